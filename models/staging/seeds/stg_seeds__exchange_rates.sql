with rates as (
    select * from {{ ref('exchange_rates') }}
),

final as (
    select
        {{ normalised_text('rate_date') }}::date as rate_date,
        upper({{ normalised_text('currency') }}) as currency,
        {{ normalised_text('rate') }}::numeric as rate
    from rates
)

select * from final
