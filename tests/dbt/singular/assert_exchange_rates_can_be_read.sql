-- A row of this test is a value of exchange_rates.csv that cannot be read.
with rates as (
    select * from {{ ref('exchange_rates') }}
),

cleaned as (
    select
        concat_ws(
            ',', coalesce(rate_date, ''), coalesce(currency, ''), coalesce(rate, '')
        ) as csv_row,
        {{ normalised_text('rate_date') }} as rate_date,
        upper({{ normalised_text('currency') }}) as currency,
        {{ normalised_text('rate') }} as rate
    from rates
),

reasons as (
    select
        csv_row,
        'rate_date is a date (2026-01-31)' as reason
    from cleaned
    where rate_date is null or not {{ is_readable('rate_date', 'date') }}
    union all
    select
        csv_row,
        'currency is three letters' as reason
    from cleaned
    where currency is null or currency !~ '^[A-Z]{3}$'
    union all
    select
        csv_row,
        'rate is a number above 0' as reason
    from cleaned
    where
        rate is null
        or not {{ is_readable('rate', 'number') }}
        or rate !~ '^[+]?[0-9.]*[1-9]'
),

final as (
    select 'exchange_rates.csv: ' || reason || ', not in: ' || csv_row as problem
    from reasons
)

select * from final
