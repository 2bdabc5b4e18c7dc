-- A row of this test is a period of a device that does not end where the next begins,
-- has the same platform as the next, or has no touch.
with periods as (
    select * from {{ ref('device_platforms') }}
),

neighbours as (
    select
        device_id,
        platform,
        valid_from,
        valid_to,
        impressions + clicks as touches,
        lead(platform) over by_time as next_platform,
        lead(valid_from) over by_time as next_valid_from
    from periods
    window by_time as (partition by device_id order by valid_from)
),

final as (
    select
        device_id,
        'device ' || device_id || ', ' || platform || ' from ' || valid_from
            as problem
    from neighbours
    where
        valid_to is distinct from next_valid_from
        or valid_to <= valid_from
        or platform = next_platform
        or touches < 1
)

select * from final
