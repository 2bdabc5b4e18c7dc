with campaign_hours as (
    select * from {{ ref('int_campaign_hours') }}
),

registrations as (
    select * from {{ ref('int_registrations_credited') }}
),

hours as (
    select * from {{ ref('int_reporting_hours') }}
),

platform_hours as (
    select
        hour_starts_at,
        report_date,
        platform,
        sum(impressions)::bigint as impressions,
        sum(clicks)::bigint as clicks,
        case when not bool_or(is_rate_missing) then sum(spend) end as spend,
        bool_or(is_rate_missing) as is_rate_missing,
        sum(reported_impressions) as reported_impressions,
        sum(reported_clicks) as reported_clicks,
        sum(reported_conversions) as reported_conversions,
        range_agg(covered_time) as covered_time
    from campaign_hours
    group by 1, 2, 3
),

-- Ranges that overlap, of several campaigns or accounts, are one by now.
coverage as (
    select
        plh.hour_starts_at,
        plh.platform,
        sum(extract(epoch from upper(cov.period) - lower(cov.period)))
            as covered_seconds
    from platform_hours as plh
    cross join unnest(plh.covered_time) as cov (period)
    group by 1, 2
),

credits as (
    select
        hour_starts_at,
        platform,
        attribution_model,
        sum(credit) as registrations
    from registrations
    group by 1, 2, 3
),

final as (
    select
        plh.hour_starts_at,
        plh.report_date,
        plh.platform,
        mdl.attribution_model,
        plh.spend,
        plh.is_rate_missing,
        coalesce(cov.covered_seconds, 0) as covered_seconds,
        hrs.hour_seconds,
        hrs.day_seconds,
        plh.impressions,
        plh.clicks,
        coalesce(crd.registrations, 0) as registrations,
        plh.reported_impressions,
        plh.reported_clicks,
        plh.reported_conversions
    from platform_hours as plh
    cross join
        unnest(
            array['last_touch', 'first_touch', 'linear', 'position_based', 'time_decay']
        ) as mdl (attribution_model)
    inner join hours as hrs
        on plh.hour_starts_at = hrs.hour_starts_at
    left join coverage as cov
        on
            plh.hour_starts_at = cov.hour_starts_at
            and plh.platform = cov.platform
    left join credits as crd
        on
            plh.hour_starts_at = crd.hour_starts_at
            and plh.platform = crd.platform
            and mdl.attribution_model = crd.attribution_model
)

select * from final
