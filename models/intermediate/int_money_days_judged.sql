with spend_reports as (
    select * from {{ ref('int_spend_reports_current') }}
),

spend_slices as (
    select * from {{ ref('int_spend_sliced') }}
),

hours as (
    select * from {{ ref('int_reporting_hours') }}
),

revenue_events as (
    select * from {{ ref('stg_raw__revenue_events') }}
),

registrations as (
    select * from {{ ref('int_registrations_classified') }}
),

rates as (
    select * from {{ ref('int_exchange_rates_by_day') }}
),

account_slices as (
    select
        slc.spend_report_id,
        slc.hour_starts_at,
        slc.platform,
        coalesce(rep.account_id, '') as account_id,
        slc.campaign_id,
        slc.slice_starts_at,
        slc.slice_ends_at
    from spend_slices as slc
    inner join spend_reports as rep
        on slc.spend_report_id = rep.spend_report_id
),

-- Hour by hour: what an earlier slice of the same account and campaign covers still.
slices as (
    select
        *,
        max(slice_ends_at) over (
            partition by hour_starts_at, platform, account_id, campaign_id
            order by slice_starts_at, spend_report_id collate "C"
            rows between unbounded preceding and 1 preceding
        ) as covered_until
    from account_slices
),

beside_campaigns as (
    select
        hour_starts_at,
        platform,
        account_id,
        range_agg(tstzrange(slice_starts_at, slice_ends_at))
        filter (where campaign_id is null)
        * range_agg(tstzrange(slice_starts_at, slice_ends_at))
        filter (where campaign_id is not null) as doubled_time
    from slices
    group by 1, 2, 3
),

doubled_slices as (
    select
        hour_starts_at,
        platform,
        tstzmultirange(
            tstzrange(slice_starts_at, least(slice_ends_at, covered_until))
        ) as doubled_time
    from slices
    where covered_until > slice_starts_at
    union all
    select
        hour_starts_at,
        platform,
        doubled_time
    from beside_campaigns
    where not isempty(doubled_time)
),

overlaps_by_hour as (
    select
        hour_starts_at,
        platform,
        range_agg(doubled_time) as doubled_time
    from doubled_slices
    group by 1, 2
),

doubled_hours as (
    select
        ovl.platform,
        hrs.report_date,
        extract(epoch from upper(dbl.period) - lower(dbl.period)) as doubled_seconds
    from overlaps_by_hour as ovl
    inner join hours as hrs
        on ovl.hour_starts_at = hrs.hour_starts_at
    cross join unnest(ovl.doubled_time) as dbl (period)
),

doubled_days as (
    select
        report_date,
        platform,
        sum(doubled_seconds) as doubled_seconds
    from doubled_hours
    group by 1, 2
),

days as (
    select distinct
        report_date,
        day_seconds
    from hours
),

spend_days as (
    select
        report_date,
        platform,
        count(distinct spend_report_id) filter (where spend is null)
            as unconverted_reports
    from spend_slices
    group by 1, 2
),

eligible_users as (
    select user_id
    from registrations
    where eligibility = 'eligible'
),

earnings as (
    select
        {{ in_reporting_timezone('rev.earned_at') }}::date as report_date,
        rat.rate is null as is_rate_missing,
        usr.user_id is null as is_unassigned,
        round(rev.amount * rat.rate, 18) as revenue
    from revenue_events as rev
    left join rates as rat
        on
            rev.currency = rat.currency
            and {{ in_reporting_timezone('rev.earned_at') }}::date = rat.report_date
    left join eligible_users as usr
        on rev.user_id = usr.user_id
),

revenue_days as (
    select
        report_date,
        count(*) filter (where is_rate_missing) as unconverted_events,
        count(*) filter (where is_unassigned) as unassigned_events,
        count(*) filter (where is_unassigned and is_rate_missing)
            as unknown_events,
        coalesce(sum(revenue) filter (where is_unassigned), 0) as unassigned_revenue
    from earnings
    group by 1
),

findings as (
    select
        spd.report_date,
        'overlapping_spend' as check_name,
        spd.platform,
        coalesce({{ divide_rounded('dbl.doubled_seconds', 'dys.day_seconds') }}, 0)
            as observed,
        0::numeric as expected,
        case when dbl.platform is null then 'pass' else 'fail' end as status
    from spend_days as spd
    inner join days as dys
        on spd.report_date = dys.report_date
    left join doubled_days as dbl
        on
            spd.report_date = dbl.report_date
            and spd.platform = dbl.platform
    union all
    select
        report_date,
        'exchange_rate_missing' as check_name,
        platform,
        unconverted_reports as observed,
        0 as expected,
        case when unconverted_reports > 0 then 'fail' else 'pass' end as status
    from spend_days
    union all
    select
        report_date,
        'exchange_rate_missing' as check_name,
        'all' as platform,
        unconverted_events as observed,
        0 as expected,
        case when unconverted_events > 0 then 'fail' else 'pass' end as status
    from revenue_days
    union all
    select
        report_date,
        'revenue_unassigned' as check_name,
        'all' as platform,
        case when unknown_events = 0 then unassigned_revenue end as observed,
        0 as expected,
        case when unassigned_events > 0 then 'warn' else 'pass' end as status
    from revenue_days
),

final as (
    select
        report_date,
        check_name,
        platform,
        {{ as_decimal('observed') }} as observed,
        {{ as_decimal('expected') }} as expected,
        status
    from findings
)

select * from final
