-- A row of this test is an hour of the wall clock that ends before it starts, lasts
-- longer than an hour, or runs into the next.
with hours as (
    select * from {{ ref('int_reporting_hours') }}
),

neighbours as (
    select
        hour_starts_at,
        hour_ends_at,
        lead(hour_starts_at) over (order by hour_starts_at) as next_hour_starts_at
    from hours
),

final as (
    select 'hour from ' || hour_starts_at || ' to ' || hour_ends_at as problem
    from neighbours
    where
        hour_starts_at >= hour_ends_at
        or hour_ends_at > hour_starts_at + interval '1 hour'
        or hour_ends_at > next_hour_starts_at
)

select * from final
