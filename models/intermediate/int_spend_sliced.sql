with reports as (
    select * from {{ ref('int_spend_reports_current') }}
),

hours as (
    select * from {{ ref('int_reporting_hours') }}
),

rates as (
    select * from {{ ref('int_exchange_rates_by_day') }}
),

-- The days around are looked at too: where a clock is set back over midnight, an
-- hour of one day lies between hours of another.
report_dates as (
    select
        rep.spend_report_id,
        ser.day_at::date as report_date
    from reports as rep
    cross join generate_series(
        date_trunc('day', {{ in_reporting_timezone('rep.period_start') }})
        - interval '1 day',
        date_trunc('day', {{ in_reporting_timezone('rep.period_end') }})
        + interval '1 day',
        interval '1 day'
    ) as ser (day_at)
),

slices as (
    select
        rep.*,
        hrs.hour_starts_at,
        hrs.report_date,
        greatest(rep.period_start, hrs.hour_starts_at) as slice_starts_at,
        least(rep.period_end, hrs.hour_ends_at) as slice_ends_at,
        extract(
            epoch from greatest(rep.period_start, hrs.hour_starts_at) - rep.period_start
        ) as seconds_before,
        extract(
            epoch from least(rep.period_end, hrs.hour_ends_at) - rep.period_start
        ) as seconds_after
    from reports as rep
    inner join report_dates as dat
        on rep.spend_report_id = dat.spend_report_id
    inner join hours as hrs
        on
            dat.report_date = hrs.report_date
            and rep.period_start < hrs.hour_ends_at
            and rep.period_end > hrs.hour_starts_at
),

-- What has fallen by the slice's end less what had fallen by its start: whatever is
-- rounded away in one slice is there in the next.
shares as (
    select
        *,
        {{ divide_rounded('(amount * seconds_after)', 'period_seconds') }}
        - {{ divide_rounded('(amount * seconds_before)', 'period_seconds') }}
            as slice_amount,
        {{ divide_rounded('(impressions * seconds_after)', 'period_seconds') }}
        - {{ divide_rounded('(impressions * seconds_before)', 'period_seconds') }}
            as reported_impressions,
        {{ divide_rounded('(clicks * seconds_after)', 'period_seconds') }}
        - {{ divide_rounded('(clicks * seconds_before)', 'period_seconds') }}
            as reported_clicks,
        {{ divide_rounded('(conversions * seconds_after)', 'period_seconds') }}
        - {{ divide_rounded('(conversions * seconds_before)', 'period_seconds') }}
            as reported_conversions
    from slices
),

final as (
    select
        shr.spend_report_id,
        shr.hour_starts_at,
        shr.report_date,
        shr.platform,
        shr.campaign_id,
        shr.slice_starts_at,
        shr.slice_ends_at,
        shr.currency,
        shr.slice_amount,
        round(shr.slice_amount * rat.rate, 18) as spend,
        shr.reported_impressions,
        shr.reported_clicks,
        shr.reported_conversions
    from shares as shr
    left join rates as rat
        on
            shr.currency = rat.currency
            and shr.report_date = rat.report_date
)

select * from final
