-- A row of this test is an attributed registration of which the winning touch was the
-- latest of its device at its instant, and that is not in exactly one period; or one
-- that is in a period of another platform.
with periods as (
    select * from {{ ref('device_platforms') }}
),

registrations as (
    select * from {{ ref('attributed_registrations') }}
),

placed as (
    select
        reg.registration_id,
        reg.platform,
        per.platform as period_platform,
        count(per.device_id) over (partition by reg.registration_id) as periods
    from registrations as reg
    inner join periods as per
        on
            reg.device_id = per.device_id
            and reg.touched_at >= per.valid_from
            and (reg.touched_at < per.valid_to or per.valid_to is null)
    where reg.status = 'attributed'
),

shown as (
    select
        registration_id,
        count(*) as times
    from periods
    where registration_id is not null
    group by 1
),

final as (
    select
        plc.registration_id,
        'registration ' || plc.registration_id || ' lies in ' || plc.periods
        || ' periods and is shown in ' || coalesce(shw.times, 0) as problem
    from placed as plc
    left join shown as shw
        on plc.registration_id = shw.registration_id
    where
        plc.periods != 1
        or shw.times > 1
        or (shw.times = 1 and plc.platform != plc.period_platform)
)

select * from final
