-- The touches are many and read twice: not to be copied first.
with touches as not materialized (
    select * from {{ ref('stg_raw__ad_events') }}
),

registrations as (
    select * from {{ ref('int_registrations_classified') }}
),

hours as (
    select * from {{ ref('int_reporting_hours') }}
),

junk_devices as (
    select * from {{ ref('stg_seeds__junk_devices') }}
),

thresholds as (
    select * from {{ ref('stg_seeds__conflict_thresholds') }}
),

touches_by_platform as (
    select
        device_id,
        platform,
        count(*) as touches,
        max(touched_at) as latest_touched_at
    from touches
    group by 1, 2
),

several_platforms as (
    select
        device_id,
        max(latest_touched_at) as detected_at,
        jsonb_build_object('touches', jsonb_object_agg(platform, touches)) as details
    from touches_by_platform
    group by 1
    having count(*) > 1
),

several_users as (
    select
        device_id,
        max(registered_at) as detected_at,
        jsonb_build_object(
            'users', count(distinct user_id),
            'registrations', count(*),
            'eligible_registration_id',
            max(registration_id collate "C") filter (where eligibility = 'eligible')
        ) as details
    from registrations
    group by 1
    having count(distinct user_id) > 1
),

-- Only a device with that many touches in all can have them in one hour.
busy_devices as (
    select
        tbp.device_id,
        thr.threshold
    from touches_by_platform as tbp
    inner join thresholds as thr
        on thr.conflict_type = 'inhuman_touch_rate'
    group by 1, 2
    having sum(tbp.touches) > thr.threshold
),

-- The wall clock's hours: where it is set back, the same hour comes twice.
touches_by_hour as (
    select
        tch.device_id,
        bsy.threshold,
        date_trunc('hour', {{ in_reporting_timezone('tch.touched_at') }})
            as local_hour,
        {{ in_reporting_timezone('tch.touched_at') }}
        - (tch.touched_at at time zone 'UTC') as utc_offset,
        count(*) as touches,
        max(tch.touched_at) as latest_touched_at
    from touches as tch
    inner join busy_devices as bsy
        on tch.device_id = bsy.device_id
    group by 1, 2, 3, 4
),

busy_hours as (
    select
        tbh.device_id,
        hrs.report_date,
        hrs.hour_starts_at,
        tbh.touches,
        tbh.latest_touched_at
    from touches_by_hour as tbh
    inner join hours as hrs
        on
            tbh.local_hour = hrs.local_hour
            and tbh.utc_offset = hrs.utc_offset
    where tbh.touches > tbh.threshold
),

inhuman_touch_rate as (
    select
        device_id,
        report_date,
        max(latest_touched_at) as detected_at,
        jsonb_build_object(
            'report_date', report_date,
            'hours', count(*),
            'most_touches_in_an_hour', max(touches),
            'first_hour', {{ instant_text('min(hour_starts_at)') }}
        ) as details
    from busy_hours
    group by 1, 2
),

seen_devices as (
    select
        device_id,
        touches,
        0 as registrations,
        latest_touched_at as latest_seen_at
    from touches_by_platform
    union all
    select
        device_id,
        0 as touches,
        1 as registrations,
        registered_at as latest_seen_at
    from registrations
),

junk_device as (
    select
        sen.device_id,
        max(sen.latest_seen_at) as detected_at,
        jsonb_build_object(
            'touches', sum(sen.touches),
            'registrations', sum(sen.registrations),
            'is_taken_out', {{ junk_devices_are_taken_out() }}
        ) as details
    from seen_devices as sen
    inner join junk_devices as jnk
        on sen.device_id = jnk.device_id
    group by 1
),

final as (
    select
        'several_platforms' as conflict_type,
        device_id,
        null::date as report_date,
        detected_at,
        details
    from several_platforms
    union all
    select
        'several_users' as conflict_type,
        device_id,
        null::date as report_date,
        detected_at,
        details
    from several_users
    union all
    select
        'inhuman_touch_rate' as conflict_type,
        device_id,
        report_date,
        detected_at,
        details
    from inhuman_touch_rate
    union all
    select
        'junk_device' as conflict_type,
        device_id,
        null::date as report_date,
        detected_at,
        details
    from junk_device
)

select * from final
