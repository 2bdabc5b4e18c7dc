with campaign_hours as (
    select * from {{ ref('int_campaign_hours') }}
),

registrations as (
    select * from {{ ref('int_registrations_credited') }}
),

hours as (
    select * from {{ ref('int_reporting_hours') }}
),

days as (
    select distinct
        report_date,
        day_seconds
    from hours
),

campaign_days as (
    select
        report_date,
        platform,
        campaign_id,
        case when not bool_or(is_rate_missing) then sum(spend) end as spend,
        sum(impressions)::bigint as impressions,
        sum(clicks)::bigint as clicks,
        sum(reported_impressions) as reported_impressions,
        sum(reported_clicks) as reported_clicks,
        sum(reported_conversions) as reported_conversions,
        range_agg(covered_time) as covered_time
    from campaign_hours
    group by 1, 2, 3
),

coverage as (
    select
        cmd.report_date,
        cmd.platform,
        cmd.campaign_id,
        sum(extract(epoch from upper(cov.period) - lower(cov.period)))
            as covered_seconds
    from campaign_days as cmd
    cross join unnest(cmd.covered_time) as cov (period)
    group by 1, 2, 3
),

credits as (
    select
        report_date,
        platform,
        campaign_id,
        sum(credit) as registrations
    from registrations
    where attribution_model = {{ attribution_model() }}
    group by 1, 2, 3
),

final as (
    select
        cmd.report_date,
        cmd.platform,
        cmd.campaign_id,
        cmd.spend,
        coalesce(cov.covered_seconds, 0) as covered_seconds,
        dys.day_seconds,
        cmd.impressions,
        cmd.clicks,
        coalesce(crd.registrations, 0) as registrations,
        cmd.reported_impressions,
        cmd.reported_clicks,
        cmd.reported_conversions
    from campaign_days as cmd
    inner join days as dys
        on cmd.report_date = dys.report_date
    left join coverage as cov
        on
            cmd.report_date = cov.report_date
            and cmd.platform = cov.platform
            and coalesce(cmd.campaign_id, '') = coalesce(cov.campaign_id, '')
    left join credits as crd
        on
            cmd.report_date = crd.report_date
            and cmd.platform = crd.platform
            and coalesce(cmd.campaign_id, '') = coalesce(crd.campaign_id, '')
)

select * from final
