-- A row of this test is a currency without a rate on days on which money flowed in it.
-- The sums that it belongs to are null until exchange_rates.csv has one.
{{ config(severity='warn') }}

with spend_slices as (
    select * from {{ ref('int_spend_sliced') }}
),

revenue_events as (
    select * from {{ ref('stg_raw__revenue_events') }}
),

rates as (
    select * from {{ ref('int_exchange_rates_by_day') }}
),

needed as (
    select
        currency,
        report_date
    from spend_slices
    union
    select
        currency,
        {{ in_reporting_timezone('earned_at') }}::date as report_date
    from revenue_events
),

final as (
    select
        ned.currency,
        'exchange_rates.csv: no rate for ' || ned.currency || ' on '
        || min(ned.report_date) || ' (' || count(*) || ' days in all)' as problem
    from needed as ned
    left join rates as rat
        on
            ned.currency = rat.currency
            and ned.report_date = rat.report_date
    where rat.rate is null
    group by 1
)

select * from final
