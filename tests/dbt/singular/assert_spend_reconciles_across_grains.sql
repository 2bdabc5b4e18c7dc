-- A row of this test is a day and platform of which hours, days and campaigns do not
-- show the same spend as the slices of the reports.
with slices as (
    select * from {{ ref('int_spend_sliced') }}
),

platform_hours as (
    select * from {{ ref('int_platform_hours') }}
),

platform_days as (
    select * from {{ ref('int_platform_days') }}
),

campaign_days as (
    select * from {{ ref('int_campaign_days') }}
),

amounts as (
    select
        report_date,
        platform,
        'slices' as grain,
        case when bool_and(spend is not null) then sum(spend) end as spend
    from slices
    group by 1, 2
    union all
    select
        report_date,
        platform,
        'hours ' || attribution_model as grain,
        case when not bool_or(is_rate_missing) then sum(spend) end as spend
    from platform_hours
    group by 1, 2, 3
    union all
    select
        report_date,
        platform,
        'days ' || attribution_model as grain,
        spend
    from platform_days
    union all
    select
        report_date,
        platform,
        'campaigns' as grain,
        case
            when count(*) filter (where covered_seconds > 0) = count(spend)
                then sum(spend)
        end as spend
    from campaign_days
    group by 1, 2
),

final as (
    select
        report_date,
        platform,
        platform || ' on ' || report_date || ': spend from '
        || coalesce(min(spend)::text, 'none') || ' to '
        || coalesce(max(spend)::text, 'none') as problem
    from amounts
    group by 1, 2
    having
        count(distinct spend) > 1
        or count(spend) not in (0, count(*))
        or (count(*) != 12 and count(spend) > 0)
)

select * from final
