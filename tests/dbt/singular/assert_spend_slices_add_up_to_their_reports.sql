-- A row of this test is a spend report whose hours do not add up to it exactly.
with reports as (
    select * from {{ ref('int_spend_reports_current') }}
),

slices as (
    select * from {{ ref('int_spend_sliced') }}
),

sums as (
    select
        spend_report_id,
        sum(slice_amount) as amount,
        sum(reported_impressions) as impressions,
        sum(reported_clicks) as clicks,
        sum(reported_conversions) as conversions
    from slices
    group by 1
),

final as (
    select
        'spend report ' || rep.spend_report_id || ' of ' || rep.amount
        || ' has hours of ' || coalesce(sms.amount::text, 'nothing') as problem
    from reports as rep
    left join sums as sms
        on rep.spend_report_id = sms.spend_report_id
    where
        rep.amount is distinct from sms.amount
        or rep.impressions is distinct from sms.impressions
        or rep.clicks is distinct from sms.clicks
        or rep.conversions is distinct from sms.conversions
)

select * from final
