-- A row of this test is an hour or a day of which spend reports cover more than there
-- is.
with platform_hours as (
    select * from {{ ref('int_platform_hours') }}
),

platform_days as (
    select * from {{ ref('int_platform_days') }}
),

campaign_days as (
    select * from {{ ref('int_campaign_days') }}
),

final as (
    select platform || ' in the hour from ' || hour_starts_at as problem
    from platform_hours
    where covered_seconds > hour_seconds
    union all
    select platform || ' on ' || report_date as problem
    from platform_days
    where covered_seconds > day_seconds
    union all
    select platform || ' on ' || report_date || ' by campaign' as problem
    from campaign_days
    where covered_seconds > day_seconds
)

select * from final
