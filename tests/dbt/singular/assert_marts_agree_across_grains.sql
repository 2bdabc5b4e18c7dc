-- A row of this test is a day and platform that two marts show differently.
with daily as (
    select * from {{ ref('daily_cpa') }}
),

hourly as (
    select * from {{ ref('hourly_cpa') }}
),

by_model as (
    select * from {{ ref('daily_cpa_by_model') }}
),

campaigns as (
    select * from {{ ref('daily_campaign_performance') }}
),

returns as (
    select * from {{ ref('daily_roi') }}
),

amounts as (
    select
        report_date,
        platform,
        impressions + clicks as ad_events,
        registrations
    from daily
    union all
    select
        {{ in_reporting_timezone('report_hour') }}::date as report_date,
        platform,
        sum(impressions + clicks) as ad_events,
        sum(registrations) as registrations
    from hourly
    group by 1, 2
    union all
    select
        report_date,
        platform,
        impressions + clicks as ad_events,
        registrations
    from by_model
    where attribution_model = {{ attribution_model() }}
    union all
    select
        report_date,
        platform,
        sum(impressions + clicks) as ad_events,
        sum(registrations) as registrations
    from campaigns
    group by 1, 2
    union all
    select
        report_date,
        platform,
        null as ad_events,
        registrations
    from returns
),

final as (
    select
        report_date,
        platform,
        platform || ' on ' || report_date as problem
    from amounts
    group by 1, 2
    having
        count(*) != 5
        or count(distinct ad_events) > 1
        or count(distinct registrations) > 1
)

select * from final
