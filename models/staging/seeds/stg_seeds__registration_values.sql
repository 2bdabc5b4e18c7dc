with registration_values as (
    select * from {{ ref('registration_values') }}
),

final as (
    select
        lower({{ normalised_text('platform') }}) as platform,
        {{ normalised_text('value') }}::numeric as registration_value
    from registration_values
)

select * from final
