with thresholds as (
    select * from {{ ref('conflict_thresholds') }}
),

final as (
    select
        lower({{ normalised_text('conflict_type') }}) as conflict_type,
        {{ normalised_text('threshold') }}::numeric as threshold
    from thresholds
)

select * from final
