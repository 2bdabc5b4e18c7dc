with rules as (
    select * from {{ ref('attribution_rules') }}
),

final as (
    select
        lower({{ normalised_text('platform') }}) as platform,
        lower({{ normalised_text('ad_type') }}) as ad_type,
        lower({{ normalised_text('event_type') }}) as touch_type,
        {{ normalised_text('lookback_hours') }}::numeric as lookback_hours,
        {{ normalised_text('priority') }}::bigint as priority,
        {{ seed_instant('valid_from') }} as valid_from,
        {{ seed_instant('valid_to') }} as valid_to
    from rules
)

select * from final
