with touches as (
    select * from {{ ref('stg_raw__ad_events') }}
),

registrations as (
    select * from {{ ref('int_registrations_classified') }}
),

rules as (
    select * from {{ ref('int_attribution_rules_resolved') }}
),

junk_devices as (
    select * from {{ ref('stg_seeds__junk_devices') }}
),

-- Both ends of the window count. Compared as exact numbers of seconds.
candidates as (
    select
        reg.registration_id,
        reg.registered_at,
        tch.platform,
        tch.touch_id,
        tch.touch_type,
        tch.campaign_id,
        tch.ad_type,
        tch.touched_at,
        rul.priority,
        max(rul.priority) over (
            partition by reg.registration_id
        ) as highest_priority
    from registrations as reg
    inner join touches as tch
        on
            reg.device_id = tch.device_id
            and reg.registered_at >= tch.touched_at
    inner join rules as rul
        on
            tch.platform = rul.platform
            and tch.touch_type = rul.touch_type
            and tch.ad_type is not distinct from rul.ad_type
            and reg.registered_at >= rul.valid_from
            and reg.registered_at < rul.valid_to
    where
        reg.eligibility = 'eligible'
        and rul.lookback_hours > 0
        and extract(epoch from reg.registered_at - tch.touched_at)
        <= rul.lookback_hours * 3600
        and not (
            {{ junk_devices_are_taken_out() }}
            and reg.device_id in (select junk.device_id from junk_devices as junk)
        )
),

final as (
    select
        registration_id,
        registered_at,
        platform,
        touch_id,
        touch_type,
        campaign_id,
        ad_type,
        touched_at,
        row_number() over (
            partition by registration_id
            order by
                touched_at,
                touch_type = 'click',
                touch_id collate "C" desc,
                platform collate "C" desc
        ) as touch_number,
        count(*) over (partition by registration_id) as touches
    from candidates
    where priority = highest_priority
)

select * from final
