{{ config(unique_key=['report_date', 'platform']) }}

with platform_days as (
    select * from {{ ref('int_platform_days') }}
),

final as (
    select
        report_date,
        platform,
        spend::numeric(38, 18) as spend,
        {{ divide_rounded('covered_seconds', 'day_seconds') }}
            as spend_coverage,
        impressions,
        clicks,
        registrations::numeric(38, 18) as registrations,
        {{ divide_rounded('spend', 'registrations') }} as cpa,
        reported_impressions::numeric(38, 18) as reported_impressions,
        reported_clicks::numeric(38, 18) as reported_clicks,
        reported_conversions::numeric(38, 18) as reported_conversions
    from platform_days
    where attribution_model = {{ attribution_model() }}
)

select * from final
