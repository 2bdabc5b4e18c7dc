with touches as (
    select * from {{ ref('stg_raw__ad_events') }}
),

registrations as (
    select * from {{ ref('stg_raw__user_registrations') }}
),

spend_reports as (
    select * from {{ ref('int_spend_reports_current') }}
),

revenue_events as (
    select * from {{ ref('stg_raw__revenue_events') }}
),

-- Only days that occur: events may bear any date from 1970 to 2099.
report_dates as (
    select {{ in_reporting_timezone('touched_at') }}::date as report_date
    from touches
    union
    select {{ in_reporting_timezone('registered_at') }}::date as report_date
    from registrations
    union
    select {{ in_reporting_timezone('earned_at') }}::date as report_date
    from revenue_events
    union
    select ser.day_at::date as report_date
    from spend_reports as rep
    cross join generate_series(
        date_trunc('day', {{ in_reporting_timezone('rep.period_start') }})
        - interval '1 day',
        date_trunc('day', {{ in_reporting_timezone('rep.period_end') }})
        + interval '1 day',
        interval '1 day'
    ) as ser (day_at)
),

-- One look an hour at the zone's offset from UTC, over each day and so far around
-- it that the day is whole in any zone.
ticks as (
    select distinct
        (dat.report_date::timestamp at time zone 'UTC')
        + ser.hours * interval '1 hour' as tick_at
    from report_dates as dat
    cross join generate_series(-18, 42) as ser (hours)
),

offsets as (
    select
        tick_at,
        {{ in_reporting_timezone('tick_at') }}
        - (tick_at at time zone 'UTC') as utc_offset
    from ticks
),

neighbours as (
    select
        tick_at,
        utc_offset,
        lag(tick_at) over by_time as previous_tick_at,
        lead(tick_at) over by_time as next_tick_at,
        lag(utc_offset) over by_time as previous_utc_offset
    from offsets
    window by_time as (order by tick_at)
),

-- Between two looks with different offsets: the second at which it changed.
changes as (
    select
        ngh.tick_at,
        ngh.utc_offset,
        min(ser.second_at) as boundary_at
    from neighbours as ngh
    cross join
        generate_series(
            ngh.previous_tick_at + interval '1 second',
            ngh.tick_at,
            interval '1 second'
        ) as ser (second_at)
    where
        ngh.previous_tick_at = ngh.tick_at - interval '1 hour'
        and ngh.previous_utc_offset != ngh.utc_offset
        and {{ in_reporting_timezone('ser.second_at') }}
        - (ser.second_at at time zone 'UTC') = ngh.utc_offset
    group by 1, 2
),

-- A null offset ends a stretch of days; the next one, if any, lies apart.
boundaries as (
    select
        tick_at as boundary_at,
        utc_offset
    from neighbours
    where previous_tick_at is distinct from tick_at - interval '1 hour'
    union all
    select
        boundary_at,
        utc_offset
    from changes
    union all
    select
        tick_at as boundary_at,
        null as utc_offset
    from neighbours
    where next_tick_at is distinct from tick_at + interval '1 hour'
),

stretches as (
    select
        utc_offset,
        boundary_at as starts_at,
        lead(boundary_at) over (order by boundary_at) as ends_at
    from boundaries
),

hours as (
    select
        str.utc_offset,
        ser.local_hour,
        ser.local_hour::date as report_date,
        greatest(
            str.starts_at, (ser.local_hour - str.utc_offset) at time zone 'UTC'
        ) as hour_starts_at,
        least(
            str.ends_at,
            (ser.local_hour - str.utc_offset + interval '1 hour')
            at time zone 'UTC'
        ) as hour_ends_at
    from stretches as str
    cross join
        generate_series(
            date_trunc('hour', (str.starts_at at time zone 'UTC') + str.utc_offset),
            (str.ends_at at time zone 'UTC')
            + str.utc_offset
            - interval '1 microsecond',
            interval '1 hour'
        ) as ser (local_hour)
    where str.utc_offset is not null
),

final as (
    select
        hrs.hour_starts_at,
        hrs.hour_ends_at,
        hrs.report_date,
        hrs.local_hour,
        hrs.utc_offset,
        extract(epoch from hrs.hour_ends_at - hrs.hour_starts_at) as hour_seconds,
        sum(extract(epoch from hrs.hour_ends_at - hrs.hour_starts_at))
            over (partition by hrs.report_date)
            as day_seconds
    from hours as hrs
    inner join report_dates as dat
        on hrs.report_date = dat.report_date
)

select * from final
