with rates as (
    select * from {{ ref('stg_seeds__exchange_rates') }}
),

hours as (
    select * from {{ ref('int_reporting_hours') }}
),

report_dates as (
    select distinct report_date from hours
),

-- A rate holds until the next one of its currency.
periods as (
    select
        currency,
        rate,
        rate_date,
        lead(rate_date) over (
            partition by currency order by rate_date
        ) as next_rate_date
    from rates
    where currency != upper('{{ var("reporting_currency", "USD") }}')
),

final as (
    select
        dat.report_date,
        per.currency,
        per.rate
    from report_dates as dat
    inner join periods as per
        on
            dat.report_date >= per.rate_date
            and (dat.report_date < per.next_rate_date or per.next_rate_date is null)
    union all
    select
        report_date,
        upper('{{ var("reporting_currency", "USD") }}') as currency,
        1 as rate
    from report_dates
)

select * from final
