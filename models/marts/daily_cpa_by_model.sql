{{ config(unique_key=['report_date', 'platform', 'attribution_model']) }}

with platform_days as (
    select * from {{ ref('int_platform_days') }}
),

final as (
    select
        report_date,
        platform,
        attribution_model,
        {{ as_decimal('spend') }} as spend,
        {{ divide_rounded('covered_seconds', 'day_seconds') }}
            as spend_coverage,
        impressions,
        clicks,
        registrations::numeric(38, 18) as registrations,
        {{ divide_rounded('spend', 'registrations') }} as cpa,
        {{ as_decimal('reported_impressions') }} as reported_impressions,
        {{ as_decimal('reported_clicks') }} as reported_clicks,
        {{ as_decimal('reported_conversions') }} as reported_conversions
    from platform_days
)

select * from final
