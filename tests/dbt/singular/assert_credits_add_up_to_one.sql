-- A row of this test is a registration whose credits in some model do not add up to 1,
-- or that has credits in some models only.
with credits as (
    select * from {{ ref('int_attribution_credits') }}
),

sums as (
    select
        registration_id,
        attribution_model,
        sum(credit) as credit
    from credits
    group by 1, 2
),

final as (
    select
        registration_id,
        'registration ' || registration_id || ' has credits from ' || min(credit)
        || ' to ' || max(credit) || ' in ' || count(*) || ' models' as problem
    from sums
    group by 1
    having max(abs(credit - 1)) > 0.000000001 or count(*) != 5
)

select * from final
