{{ config(unique_key=['report_date', 'platform']) }}

with platform_days as (
    select * from {{ ref('int_platform_days') }}
),

earnings as (
    select * from {{ ref('int_platform_day_revenue') }}
),

-- No registrations: no revenue. With some, an unknown sum stays unknown.
returns as (
    select
        pld.report_date,
        pld.platform,
        pld.spend,
        pld.registrations,
        case when ern.platform is null then 0 else ern.revenue end as revenue,
        case when ern.platform is null then 0 else ern.revenue_d0 end as revenue_d0,
        case when ern.platform is null then 0 else ern.revenue_d7 end as revenue_d7,
        case when ern.platform is null then 0 else ern.revenue_d30 end as revenue_d30
    from platform_days as pld
    left join earnings as ern
        on
            pld.report_date = ern.report_date
            and pld.platform = ern.platform
    where pld.attribution_model = {{ attribution_model() }}
),

final as (
    select
        report_date,
        platform,
        {{ as_decimal('spend') }} as spend,
        registrations::numeric(38, 18) as registrations,
        {{ as_decimal('revenue') }} as revenue,
        {{ as_decimal('revenue_d0') }} as revenue_d0,
        {{ as_decimal('revenue_d7') }} as revenue_d7,
        {{ as_decimal('revenue_d30') }} as revenue_d30,
        {{ divide_rounded('(revenue - spend)', 'spend') }} as roi,
        {{ divide_rounded('revenue', 'spend') }} as roas
    from returns
)

select * from final
