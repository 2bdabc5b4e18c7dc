with touches as (
    select * from {{ ref('stg_raw__ad_events') }}
),

hours as (
    select * from {{ ref('int_reporting_hours') }}
),

counts as (
    select
        platform,
        campaign_id,
        date_trunc('hour', {{ in_reporting_timezone('touched_at') }}) as local_hour,
        {{ in_reporting_timezone('touched_at') }}
        - (touched_at at time zone 'UTC') as utc_offset,
        count(*) filter (where touch_type = 'impression') as impressions,
        count(*) filter (where touch_type = 'click') as clicks
    from touches
    group by 1, 2, 3, 4
),

final as (
    select
        hrs.hour_starts_at,
        hrs.report_date,
        cnt.platform,
        cnt.campaign_id,
        cnt.impressions,
        cnt.clicks
    from counts as cnt
    inner join hours as hrs
        on
            cnt.local_hour = hrs.local_hour
            and cnt.utc_offset = hrs.utc_offset
)

select * from final
