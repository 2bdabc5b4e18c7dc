with reports as (
    select * from {{ ref('stg_raw__ad_spend') }}
),

-- Of reports of one and the same period only the latest can count; what an earlier
-- one of them replaces, the latest replaces too.
versions as (
    select
        *,
        extract(epoch from period_end - period_start) as period_seconds,
        row_number() over (
            partition by platform, account_id, campaign_id, period_start, period_end
            order by report_number desc
        ) as version_number
    from reports
),

lengths as (
    select
        *,
        min(period_seconds) over (
            partition by platform, account_id, campaign_id
        ) as shortest_period_seconds
    from versions
    where version_number = 1
),

-- Reports that can hold others, once for each UTC day that they touch: a period
-- within theirs begins on one of these days.
longer_reports as (
    select
        rep.platform,
        rep.account_id,
        rep.campaign_id,
        rep.period_start,
        rep.period_end,
        rep.report_number,
        ser.utc_day
    from lengths as rep
    cross join
        generate_series(
            floor(extract(epoch from rep.period_start) / 86400)::bigint,
            floor(extract(epoch from rep.period_end) / 86400)::bigint
        ) as ser (utc_day)
    where rep.period_seconds > rep.shortest_period_seconds
),

replaced as (
    select distinct rep.spend_report_id
    from lengths as rep
    inner join longer_reports as lng
        on
            rep.platform = lng.platform
            and coalesce(rep.account_id, '') = coalesce(lng.account_id, '')
            and coalesce(rep.campaign_id, '') = coalesce(lng.campaign_id, '')
            and floor(extract(epoch from rep.period_start) / 86400) = lng.utc_day
            and rep.period_start >= lng.period_start
            and rep.period_end <= lng.period_end
            and rep.report_number < lng.report_number
),

final as (
    select
        rep.spend_report_id,
        rep.report_number,
        rep.platform,
        rep.account_id,
        rep.campaign_id,
        rep.period_start,
        rep.period_end,
        rep.period_seconds,
        rep.amount,
        rep.currency,
        rep.reported_at,
        rep.impressions,
        rep.clicks,
        rep.conversions
    from lengths as rep
    where
        not exists (
            select 1 from replaced as rpl
            where rep.spend_report_id = rpl.spend_report_id
        )
)

select * from final
