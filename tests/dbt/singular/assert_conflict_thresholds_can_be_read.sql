-- A row of this test is a value of conflict_thresholds.csv that cannot be read.
with thresholds as (
    select * from {{ ref('conflict_thresholds') }}
),

cleaned as (
    select
        concat_ws(',', coalesce(conflict_type, ''), coalesce(threshold, ''))
            as csv_row,
        lower({{ normalised_text('conflict_type') }}) as conflict_type,
        {{ normalised_text('threshold') }} as threshold
    from thresholds
),

reasons as (
    select
        csv_row,
        'conflict_type is instant_registration or inhuman_touch_rate' as reason
    from cleaned
    where
        conflict_type is null
        or conflict_type not in ('instant_registration', 'inhuman_touch_rate')
    union all
    select
        csv_row,
        'threshold is a number, 0 or more' as reason
    from cleaned
    where
        threshold is null
        or threshold like '-%'
        or not {{ is_readable('threshold', 'number') }}
),

final as (
    select 'conflict_thresholds.csv: ' || reason || ', not in: ' || csv_row as problem
    from reasons
)

select * from final
