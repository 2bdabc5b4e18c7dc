with ad_events as (
    select * from {{ ref('int_ad_events_hourly') }}
),

spend_slices as (
    select * from {{ ref('int_spend_sliced') }}
),

registrations as (
    select * from {{ ref('int_registrations_credited') }}
),

-- What happened, each from its own source; the sums below bring it together.
facts as (
    select
        hour_starts_at,
        report_date,
        platform,
        campaign_id,
        impressions,
        clicks,
        null::numeric as spend,
        false as is_rate_missing,
        null::numeric as reported_impressions,
        null::numeric as reported_clicks,
        null::numeric as reported_conversions,
        null::timestamptz as slice_starts_at,
        null::timestamptz as slice_ends_at
    from ad_events
    union all
    select
        hour_starts_at,
        report_date,
        platform,
        campaign_id,
        0 as impressions,
        0 as clicks,
        spend,
        spend is null as is_rate_missing,
        reported_impressions,
        reported_clicks,
        reported_conversions,
        slice_starts_at,
        slice_ends_at
    from spend_slices
    union all
    -- A credit in any model makes the row; how much is in another relation.
    select distinct
        hour_starts_at,
        report_date,
        platform,
        campaign_id,
        0 as impressions,
        0 as clicks,
        null::numeric as spend,
        false as is_rate_missing,
        null::numeric as reported_impressions,
        null::numeric as reported_clicks,
        null::numeric as reported_conversions,
        null::timestamptz as slice_starts_at,
        null::timestamptz as slice_ends_at
    from registrations
),

final as (
    select
        hour_starts_at,
        report_date,
        platform,
        campaign_id,
        sum(impressions)::bigint as impressions,
        sum(clicks)::bigint as clicks,
        case when not bool_or(is_rate_missing) then sum(spend) end as spend,
        bool_or(is_rate_missing) as is_rate_missing,
        sum(reported_impressions) as reported_impressions,
        sum(reported_clicks) as reported_clicks,
        sum(reported_conversions) as reported_conversions,
        range_agg(tstzrange(slice_starts_at, slice_ends_at))
        filter (where slice_starts_at is not null)
            as covered_time
    from facts
    group by 1, 2, 3, 4
)

select * from final
