{{ config(unique_key=['report_hour', 'platform']) }}

with platform_hours as (
    select * from {{ ref('int_platform_hours') }}
),

final as (
    select
        hour_starts_at as report_hour,
        platform,
        {{ as_decimal('spend') }} as spend,
        {{ divide_rounded('covered_seconds', 'hour_seconds') }}
            as spend_coverage,
        impressions,
        clicks,
        registrations::numeric(38, 18) as registrations,
        {{ divide_rounded('spend', 'registrations') }} as cpa,
        {{ as_decimal('reported_impressions') }} as reported_impressions,
        {{ as_decimal('reported_clicks') }} as reported_clicks,
        {{ as_decimal('reported_conversions') }} as reported_conversions
    from platform_hours
    where attribution_model = {{ attribution_model() }}
)

select * from final
