{{ config(unique_key=['device_id', 'valid_from']) }}

with touches as (
    select * from {{ ref('stg_raw__ad_events') }}
),

registrations as (
    select * from {{ ref('attributed_registrations') }}
),

-- Of the touches of one instant only the last, in the order of the models, is ever
-- the latest; the others count nowhere.
ranked as (
    select
        device_id,
        touched_at,
        platform,
        touch_id,
        touch_type,
        row_number() over (
            partition by device_id collate "C", touched_at
            order by
                touch_type = 'click' desc,
                touch_id collate "C",
                platform collate "C"
        ) as rank_of_instant
    from touches
),

compared as (
    select
        *,
        lag(platform) over (
            partition by device_id collate "C"
            order by touched_at
        ) as previous_platform
    from ranked
    where rank_of_instant = 1
),

numbered as (
    select
        *,
        count(*) filter (
            where previous_platform is null or platform != previous_platform
        ) over (
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

touches_won as (
    select
        num.device_id,
        num.period_number,
        num.platform,
        num.touched_at,
        num.touch_type,
        win.registration_id
    from numbered as num
    left join winners as win
        on
            num.platform = win.platform
            and num.touch_id = win.touch_id
),

-- A device has at most one eligible registration, so a period has at most one.
periods as (
    select
        device_id,
        period_number,
        platform,
        min(touched_at) as valid_from,
        count(*) filter (where touch_type = 'impression') as impressions,
        count(*) filter (where touch_type = 'click') as clicks,
        max(registration_id collate "C") as registration_id
    from touches_won
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
