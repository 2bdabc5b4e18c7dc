with thresholds as (
    select * from {{ ref('quality_thresholds') }}
),

final as (
    select
        lower({{ normalised_text('check_name') }}) as check_name,
        {{ normalised_text('warn') }}::numeric as warn_at,
        {{ normalised_text('fail') }}::numeric as fail_at,
        coalesce({{ normalised_text('at_least') }}::numeric, 0) as at_least
    from thresholds
)

select * from final
