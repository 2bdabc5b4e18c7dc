with platform_days as (
    select * from {{ ref('int_platform_days') }}
),

positions as (
    select * from {{ ref('int_run_positions') }}
),

thresholds as (
    select * from {{ ref('stg_seeds__quality_thresholds') }}
),

-- A day is judged when it is over.
closed_days as (
    select
        *,
        {{ divide_rounded('covered_seconds', 'day_seconds') }} as spend_coverage
    from platform_days
    where
        attribution_model = {{ attribution_model() }}
        and report_date < (
            select {{ in_reporting_timezone('max(pos.frozen_at)') }}::date
            from positions as pos
        )
),

active_days as (
    select
        'impressions_incomplete' as check_name,
        platform,
        report_date,
        impressions::numeric as observed
    from closed_days
    where impressions > 0
    union all
    select
        'registrations_incomplete' as check_name,
        platform,
        report_date,
        registrations as observed
    from closed_days
    where registrations > 0
),

-- Nothing at all is what must not go unseen: the week after each day with something
-- counts too, as long as there is something of any kind.
calendar as (
    select distinct
        act.check_name,
        act.platform,
        act.report_date + ser.days as report_date
    from active_days as act
    cross join generate_series(0, 7) as ser (days)
    where act.report_date + ser.days <= (
        select max(lst.report_date) from active_days as lst
    )
),

amounts as (
    select
        cal.check_name,
        cal.platform,
        cal.report_date,
        coalesce(act.observed, 0) as observed
    from calendar as cal
    left join active_days as act
        on
            cal.check_name = act.check_name
            and cal.platform = act.platform
            and cal.report_date = act.report_date
),

-- Three days are the fewest that a median is taken of.
usual_amounts as (
    select
        amt.check_name,
        amt.platform,
        amt.report_date,
        amt.observed,
        (percentile_cont(0.5) within group (order by prv.observed))::numeric
            as expected
    from amounts as amt
    inner join amounts as prv
        on
            amt.check_name = prv.check_name
            and amt.platform = prv.platform
            and prv.report_date between amt.report_date - 7 and amt.report_date - 1
    group by 1, 2, 3, 4
    having count(*) >= 3
),

costs as (
    select
        report_date,
        platform,
        spend,
        registrations,
        spend / nullif(registrations, 0) as cpa
    from closed_days
    where spend > 0
),

usual_costs as (
    select
        cst.report_date,
        cst.platform,
        cst.spend,
        cst.registrations,
        cst.cpa,
        (percentile_cont(0.5) within group (order by prv.cpa))::numeric as usual_cpa
    from costs as cst
    inner join costs as prv
        on
            cst.platform = prv.platform
            and prv.report_date between cst.report_date - 7 and cst.report_date - 1
    group by 1, 2, 3, 4, 5
    having count(prv.cpa) >= 3
),

-- How many times dearer or cheaper; without registrations, beyond all bounds.
cost_ratios as (
    select
        *,
        spend / usual_cpa as usual_registrations,
        case
            when registrations <= 0 then 1000000
            else greatest(cpa / usual_cpa, usual_cpa / cpa)
        end as times_off
    from usual_costs
    where usual_cpa > 0
),

findings as (
    select
        amt.report_date,
        amt.check_name,
        amt.platform,
        amt.observed,
        amt.expected,
        amt.expected >= thr.at_least
        and amt.observed < thr.fail_at * amt.expected as is_failure,
        amt.expected >= thr.at_least
        and amt.observed < thr.warn_at * amt.expected as is_warning
    from usual_amounts as amt
    left join thresholds as thr
        on amt.check_name = thr.check_name
    union all
    select
        rat.report_date,
        'cpa_out_of_line' as check_name,
        rat.platform,
        rat.cpa as observed,
        rat.usual_cpa as expected,
        rat.usual_registrations >= thr.at_least
        and rat.times_off > thr.fail_at as is_failure,
        rat.usual_registrations >= thr.at_least
        and rat.times_off > thr.warn_at as is_warning
    from cost_ratios as rat
    left join thresholds as thr
        on thr.check_name = 'cpa_out_of_line'
    union all
    select
        cls.report_date,
        'spend_missing' as check_name,
        cls.platform,
        cls.spend_coverage as observed,
        1 as expected,
        cls.impressions + cls.clicks >= thr.at_least
        and cls.spend_coverage < thr.fail_at as is_failure,
        cls.impressions + cls.clicks >= thr.at_least
        and cls.spend_coverage < thr.warn_at as is_warning
    from closed_days as cls
    left join thresholds as thr
        on thr.check_name = 'spend_missing'
    where cls.impressions + cls.clicks > 0
),

final as (
    select
        report_date,
        check_name,
        platform,
        {{ as_decimal('observed') }} as observed,
        {{ as_decimal('expected') }} as expected,
        case
            when is_failure then 'fail'
            when is_warning then 'warn'
            else 'pass'
        end as status
    from findings
)

select * from final
