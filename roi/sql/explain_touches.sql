-- The touches of a registration's device, nearest first, each with the rule that held
-- for it and the first reason why it was no candidate, or did not win.
with registration as (
    select
        cls.device_id,
        cls.registered_at,
        cls.eligibility,
        att.platform as winner_platform,
        att.touch_id as winner_touch_id
    from intermediate.int_registrations_classified as cls
    left join marts.attributed_registrations as att
        on cls.registration_id = att.registration_id
    where cls.registration_id = %(registration_id)s::text
),

competing as (
    select
        platform,
        touch_id,
        touch_type,
        touched_at,
        touch_number
    from intermediate.int_touches_competing
    where registration_id = %(registration_id)s::text
),

winner as (
    select
        cmp.touch_id,
        cmp.touch_type,
        cmp.touched_at,
        cmp.touch_number
    from competing as cmp
    inner join registration as reg
        on
            cmp.platform = reg.winner_platform
            and cmp.touch_id = reg.winner_touch_id
),

facts as (
    select
        tch.touched_at,
        tch.platform,
        tch.touch_id,
        tch.touch_type,
        tch.campaign_id,
        tch.ad_type,
        extract(epoch from reg.registered_at - tch.touched_at) / 3600 as hours_before,
        reg.registered_at,
        reg.eligibility,
        rul.lookback_hours,
        rul.priority,
        cmp.touch_number,
        win.touch_number as winner_number,
        win.touched_at as winner_touched_at,
        win.touch_type as winner_type,
        win.touch_id as winner_id,
        count(*) over () as touches_of_device
    from registration as reg
    inner join staging.stg_raw__ad_events as tch
        on reg.device_id = tch.device_id
    left join intermediate.int_attribution_rules_resolved as rul
        on
            tch.platform = rul.platform
            and tch.touch_type = rul.touch_type
            and tch.ad_type is not distinct from rul.ad_type
            and reg.registered_at >= rul.valid_from
            and reg.registered_at < rul.valid_to
    left join competing as cmp
        on
            tch.platform = cmp.platform
            and tch.touch_id = cmp.touch_id
    left join winner as win on true
),

-- The candidates and the others that are nearest in time.
nearest as (
    select *
    from facts
    order by
        touch_number is null,
        abs(hours_before),
        platform collate "C",
        touch_id collate "C"
    limit %(limit)s::integer
)

select
    tch.touched_at,
    tch.platform,
    tch.touch_id,
    tch.touch_type,
    tch.campaign_id,
    tch.ad_type,
    tch.hours_before,
    sed.rule_platform,
    sed.rule_ad_type,
    sed.rule_event_type,
    tch.lookback_hours,
    tch.priority,
    tch.touch_number,
    case
        when tch.touch_number = tch.winner_number then 'winner'
        when tch.touch_number > tch.winner_number then 'less_credit'
        when tch.touch_number is not null and tch.touched_at < tch.winner_touched_at
            then 'earlier'
        when tch.touch_number is not null and tch.touch_type != tch.winner_type
            then 'impression_before_click'
        when tch.touch_number is not null and tch.touch_id != tch.winner_id
            then 'larger_event_id'
        when tch.touch_number is not null then 'larger_platform'
        when tch.hours_before < 0 then 'after_registration'
        when tch.eligibility != 'eligible' then 'registration_does_not_count'
        when tch.lookback_hours is null then 'no_rule'
        when tch.lookback_hours <= 0 then 'never_counts'
        when
            extract(epoch from tch.registered_at - tch.touched_at)
            > tch.lookback_hours * 3600
            then 'outside_window'
        when tch.winner_number is null then 'junk_device'
        else 'lower_priority'
    end as verdict,
    tch.touches_of_device
from nearest as tch
-- The row of the seed behind the resolved rule: the most specific one that is valid.
left join lateral (
    select
        rul.platform as rule_platform,
        rul.ad_type as rule_ad_type,
        rul.touch_type as rule_event_type
    from staging.stg_seeds__attribution_rules as rul
    where
        tch.lookback_hours is not null
        and (rul.platform is null or tch.platform = rul.platform)
        and (rul.ad_type is null or tch.ad_type = rul.ad_type)
        and (rul.touch_type is null or tch.touch_type = rul.touch_type)
        and (rul.valid_from is null or tch.registered_at >= rul.valid_from)
        and (rul.valid_to is null or tch.registered_at < rul.valid_to)
        and tch.lookback_hours = rul.lookback_hours
        and tch.priority = rul.priority
    order by
        rul.platform is null,
        rul.ad_type is null,
        rul.touch_type is null
    limit 1
) as sed on true
order by
    tch.touched_at,
    tch.touch_type = 'click',
    tch.touch_id collate "C" desc,
    tch.platform collate "C" desc
