with registrations as (
    select * from {{ ref('int_registrations_credited') }}
),

registration_revenue as (
    select * from {{ ref('int_registration_revenue') }}
),

registration_values as (
    select * from {{ ref('stg_seeds__registration_values') }}
),

-- What one registration is worth to one platform, before its share of the credit.
worths as (
    select
        reg.report_date,
        reg.platform,
        reg.credit,
        coalesce(own.registration_value, oth.registration_value, 0)
            as registration_value,
        rev.registration_id is null as is_without_revenue,
        rev.revenue,
        rev.revenue_d0,
        rev.revenue_d7,
        rev.revenue_d30
    from registrations as reg
    left join registration_revenue as rev
        on reg.registration_id = rev.registration_id
    left join registration_values as own
        on reg.platform = own.platform
    left join registration_values as oth
        on oth.platform is null
    where reg.attribution_model = {{ attribution_model() }}
),

earnings as (
    select
        report_date,
        platform,
        credit,
        registration_value + case when is_without_revenue then 0 else revenue end
            as revenue,
        registration_value + case when is_without_revenue then 0 else revenue_d0 end
            as revenue_d0,
        registration_value + case when is_without_revenue then 0 else revenue_d7 end
            as revenue_d7,
        registration_value + case when is_without_revenue then 0 else revenue_d30 end
            as revenue_d30
    from worths
),

final as (
    select
        report_date,
        platform,
        case when count(*) = count(revenue) then sum(credit * revenue) end
            as revenue,
        case when count(*) = count(revenue_d0) then sum(credit * revenue_d0) end
            as revenue_d0,
        case when count(*) = count(revenue_d7) then sum(credit * revenue_d7) end
            as revenue_d7,
        case when count(*) = count(revenue_d30) then sum(credit * revenue_d30) end
            as revenue_d30
    from earnings
    group by 1, 2
)

select * from final
