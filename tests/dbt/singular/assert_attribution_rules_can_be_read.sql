-- A row of this test is a value of attribution_rules.csv that cannot be read.
with rules as (
    select * from {{ ref('attribution_rules') }}
),

cleaned as (
    select
        concat_ws(
            ',',
            coalesce(platform, ''),
            coalesce(ad_type, ''),
            coalesce(event_type, ''),
            coalesce(lookback_hours, ''),
            coalesce(priority, ''),
            coalesce(valid_from, ''),
            coalesce(valid_to, '')
        ) as csv_row,
        lower({{ normalised_text('event_type') }}) as event_type,
        {{ normalised_text('lookback_hours') }} as lookback_hours,
        {{ normalised_text('priority') }} as priority,
        {{ normalised_text('valid_from') }} as valid_from,
        {{ normalised_text('valid_to') }} as valid_to
    from rules
),

reasons as (
    select
        csv_row,
        'event_type is impression, click or empty' as reason
    from cleaned
    where event_type not in ('impression', 'click')
    union all
    select
        csv_row,
        'lookback_hours is a number, 0 or more' as reason
    from cleaned
    where
        lookback_hours is null
        or lookback_hours like '-%'
        or not {{ is_readable('lookback_hours', 'number') }}
    union all
    select
        csv_row,
        'priority is a whole number' as reason
    from cleaned
    where priority is null or not {{ is_readable('priority', 'whole_number') }}
    union all
    select
        csv_row,
        'valid_from is a date or a time with an offset' as reason
    from cleaned
    where not {{ is_readable('valid_from', 'instant') }}
    union all
    select
        csv_row,
        'valid_to is a date or a time with an offset' as reason
    from cleaned
    where not {{ is_readable('valid_to', 'instant') }}
),

final as (
    select 'attribution_rules.csv: ' || reason || ', not in: ' || csv_row as problem
    from reasons
)

select * from final
