with touches as (
    select * from {{ ref('stg_raw__ad_events') }}
),

registrations as (
    select * from {{ ref('int_registrations_classified') }}
),

competing as (
    select * from {{ ref('int_touches_competing') }}
),

rules as (
    select * from {{ ref('int_attribution_rules_resolved') }}
),

thresholds as (
    select * from {{ ref('stg_seeds__conflict_thresholds') }}
),

-- The last of the competing touches is the winner of last_touch.
winners as (
    select
        cmp.registration_id,
        cmp.platform,
        cmp.touch_id,
        cmp.touch_type,
        cmp.touched_at,
        reg.registered_at,
        reg.user_id,
        reg.device_id
    from competing as cmp
    inner join registrations as reg
        on cmp.registration_id = reg.registration_id
    where cmp.touch_number = cmp.touches
),

latest_touches as (
    select
        win.registration_id,
        win.user_id,
        win.device_id,
        win.platform,
        win.touch_id,
        win.touched_at,
        win.registered_at,
        cmp.platform as tied_platform
    from winners as win
    inner join competing as cmp
        on
            win.registration_id = cmp.registration_id
            and win.touched_at = cmp.touched_at
),

tied_platforms as (
    select
        registration_id,
        user_id,
        device_id,
        platform,
        touch_id,
        touched_at,
        registered_at,
        jsonb_agg(
            distinct tied_platform collate "C" order by tied_platform collate "C"
        ) as platforms
    from latest_touches
    group by 1, 2, 3, 4, 5, 6, 7
),

tied_touches as (
    select
        registration_id,
        user_id,
        device_id,
        platform,
        registered_at as detected_at,
        jsonb_build_object(
            'registration_id', registration_id,
            'touch_id', touch_id,
            'touched_at', {{ instant_text('touched_at') }},
            'platforms', platforms
        ) as details
    from tied_platforms
    where jsonb_array_length(platforms) > 1
),

-- Everything on the device from the winner to the registration that is a candidate.
candidates as (
    select
        win.registration_id,
        win.user_id,
        win.device_id,
        win.platform,
        win.touch_id,
        win.touch_type,
        win.touched_at,
        win.registered_at,
        tch.platform as lost_platform,
        tch.touch_id as lost_touch_id,
        tch.touch_type as lost_touch_type,
        tch.touched_at as lost_touched_at
    from winners as win
    inner join touches as tch
        on
            win.device_id = tch.device_id
            and win.registered_at >= tch.touched_at
            and win.touched_at <= tch.touched_at
    inner join rules as rul
        on
            tch.platform = rul.platform
            and tch.touch_type = rul.touch_type
            and tch.ad_type is not distinct from rul.ad_type
            and win.registered_at >= rul.valid_from
            and win.registered_at < rul.valid_to
    where
        rul.lookback_hours > 0
        and extract(epoch from win.registered_at - tch.touched_at)
        <= rul.lookback_hours * 3600
),

-- The winner is the last that competes: what comes after it lost by priority.
later_candidates as (
    select
        *,
        row_number() over (
            partition by registration_id
            order by
                lost_touched_at desc,
                lost_touch_type = 'click' desc,
                lost_touch_id collate "C",
                lost_platform collate "C"
        ) as latest_number,
        count(*) over (partition by registration_id) as lost_touches
    from candidates
    where
        lost_touched_at > touched_at
        or (touch_type = 'impression' and lost_touch_type = 'click')
        or (
            lost_touch_type = touch_type
            and (
                lost_touch_id collate "C" < touch_id collate "C"
                or (
                    lost_touch_id = touch_id
                    and lost_platform collate "C" < platform collate "C"
                )
            )
        )
),

lost_by_priority as (
    select
        registration_id,
        user_id,
        device_id,
        platform,
        registered_at as detected_at,
        jsonb_build_object(
            'registration_id', registration_id,
            'touch_id', touch_id,
            'lost_touches', lost_touches,
            'latest_lost_platform', lost_platform,
            'latest_lost_touch_id', lost_touch_id
        ) as details
    from later_candidates
    where latest_number = 1
),

first_touches as (
    select
        device_id,
        min(touched_at) as first_touched_at
    from touches
    group by 1
),

registered_before_impression as (
    select
        reg.registration_id,
        reg.user_id,
        reg.device_id,
        null::text as platform,
        fst.first_touched_at as detected_at,
        jsonb_build_object(
            'registration_id', reg.registration_id,
            'registered_at', {{ instant_text('reg.registered_at') }},
            'first_touched_at', {{ instant_text('fst.first_touched_at') }}
        ) as details
    from registrations as reg
    inner join first_touches as fst
        on
            reg.device_id = fst.device_id
            and reg.registered_at < fst.first_touched_at
    where reg.eligibility = 'eligible'
),

instant_registration as (
    select
        win.registration_id,
        win.user_id,
        win.device_id,
        win.platform,
        win.registered_at as detected_at,
        jsonb_build_object(
            'registration_id', win.registration_id,
            'touch_id', win.touch_id,
            'seconds', extract(epoch from win.registered_at - win.touched_at)
        ) as details
    from winners as win
    inner join thresholds as thr
        on
            thr.conflict_type = 'instant_registration'
            and extract(epoch from win.registered_at - win.touched_at)
            <= thr.threshold
    where win.touch_type = 'click'
),

several_devices as (
    select
        user_id,
        max(registered_at) as detected_at,
        jsonb_build_object(
            'devices', count(distinct device_id),
            'registrations', count(*),
            'kept_registration_id',
            max(registration_id collate "C")
            filter (where eligibility != 'duplicate_user')
        ) as details
    from registrations
    group by 1
    having count(distinct device_id) > 1
),

final as (
    select
        'several_devices' as conflict_type,
        null::text as registration_id,
        user_id,
        null::text as device_id,
        null::text as platform,
        detected_at,
        details
    from several_devices
    union all
    select
        'tied_touches' as conflict_type,
        registration_id,
        user_id,
        device_id,
        platform,
        detected_at,
        details
    from tied_touches
    union all
    select
        'lost_by_priority' as conflict_type,
        registration_id,
        user_id,
        device_id,
        platform,
        detected_at,
        details
    from lost_by_priority
    union all
    select
        'registered_before_impression' as conflict_type,
        registration_id,
        user_id,
        device_id,
        platform,
        detected_at,
        details
    from registered_before_impression
    union all
    select
        'instant_registration' as conflict_type,
        registration_id,
        user_id,
        device_id,
        platform,
        detected_at,
        details
    from instant_registration
)

select * from final
