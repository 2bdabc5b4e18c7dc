with registrations as (
    select * from {{ ref('int_registrations_classified') }}
),

revenue_events as (
    select * from {{ ref('stg_raw__revenue_events') }}
),

rates as (
    select * from {{ ref('int_exchange_rates_by_day') }}
),

converted as (
    select
        reg.registration_id,
        rev.earned_at < reg.registered_at + interval '24 hours' as is_d0,
        rev.earned_at < reg.registered_at + interval '168 hours' as is_d7,
        rev.earned_at < reg.registered_at + interval '720 hours' as is_d30,
        round(rev.amount * rat.rate, 18) as revenue
    from registrations as reg
    inner join revenue_events as rev
        on reg.user_id = rev.user_id
    left join rates as rat
        on
            rev.currency = rat.currency
            and {{ in_reporting_timezone('rev.earned_at') }}::date = rat.report_date
    where reg.eligibility = 'eligible'
),

-- A sum is known only where each of its parts is.
final as (
    select
        registration_id,
        case
            when bool_and(revenue is not null)
                then sum(revenue)
        end as revenue,
        case
            when bool_and(revenue is not null or not is_d0)
                then coalesce(sum(revenue) filter (where is_d0), 0)
        end as revenue_d0,
        case
            when bool_and(revenue is not null or not is_d7)
                then coalesce(sum(revenue) filter (where is_d7), 0)
        end as revenue_d7,
        case
            when bool_and(revenue is not null or not is_d30)
                then coalesce(sum(revenue) filter (where is_d30), 0)
        end as revenue_d30
    from converted
    group by 1
)

select * from final
