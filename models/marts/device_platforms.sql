{{ config(unique_key=['device_id', 'valid_from']) }}

with touches as (
    select * from {{ ref('stg_raw__ad_events') }}
),

registrations as (
    select * from {{ ref('attributed_registrations') }}
),

-- Of the touches of one instant only the last, in the order of the models, is ever
-- the latest; the others count nowhere.
latest_touches as (
    select distinct on (device_id collate "C", touched_at)
        device_id,
        touched_at,
        platform,
        touch_id,
        touch_type
    from touches
    order by
        device_id collate "C",
        touched_at,
        touch_type = 'click' desc,
        touch_id collate "C",
        platform collate "C"
),

compared as (
    select
        *,
        platform is distinct from lag(platform) over (
            partition by device_id collate "C"
            order by touched_at
        ) as is_change
    from latest_touches
),

numbered as (
    select
        *,
        count(*) filter (where is_change) over (
            partition by device_id collate "C"
            order by touched_at
        ) as period_number
    from compared
),

winners as (
    select
        registration_id,
        platform,
        touch_id
    from registrations
    where status = 'attributed'
),

-- A device has at most one eligible registration, so a period has at most one.
periods as (
    select
        num.device_id,
        num.period_number,
        num.platform,
        min(num.touched_at) as valid_from,
        count(*) filter (where num.touch_type = 'impression') as impressions,
        count(*) filter (where num.touch_type = 'click') as clicks,
        max(win.registration_id collate "C") as registration_id
    from numbered as num
    left join winners as win
        on
            num.platform = win.platform
            and num.touch_id = win.touch_id
    group by 1, 2, 3
),

final as (
    select
        device_id,
        platform,
        valid_from,
        lead(valid_from) over (
            partition by device_id collate "C"
            order by valid_from
        ) as valid_to,
        impressions,
        clicks,
        registration_id
    from periods
)

select * from final
