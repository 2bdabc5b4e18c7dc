with platform_hours as (
    select * from {{ ref('int_platform_hours') }}
),

final as (
    select
        report_date,
        platform,
        attribution_model,
        case when not bool_or(is_rate_missing) then sum(spend) end as spend,
        sum(covered_seconds) as covered_seconds,
        max(day_seconds) as day_seconds,
        sum(impressions)::bigint as impressions,
        sum(clicks)::bigint as clicks,
        sum(registrations) as registrations,
        sum(reported_impressions) as reported_impressions,
        sum(reported_clicks) as reported_clicks,
        sum(reported_conversions) as reported_conversions
    from platform_hours
    group by 1, 2, 3
)

select * from final
