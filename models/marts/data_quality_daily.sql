{{
    config(
        unique_key=['report_date', 'check_name', 'platform'],
        full_refresh=false,
    )
}}

with platform_findings as (
    select * from {{ ref('int_platform_days_judged') }}
),

device_findings as (
    select * from {{ ref('int_device_days_judged') }}
),

money_findings as (
    select * from {{ ref('int_money_days_judged') }}
),

raw_findings as (
    select * from {{ ref('int_raw_rows_judged') }}
),

touches as (
    select * from {{ ref('stg_raw__ad_events') }}
),

registrations as (
    select * from {{ ref('int_registrations_classified') }}
),

spend_slices as (
    select * from {{ ref('int_spend_sliced') }}
),

daily_cpa as (
    select * from {{ ref('daily_cpa') }}
),

hours as (
    select * from {{ ref('int_reporting_hours') }}
),

-- What the marts should show and what they do, each from its own source.
expected_totals as (
    select
        {{ in_reporting_timezone('touched_at') }}::date as report_date,
        'ad_events_in_marts' as check_name,
        platform,
        count(*)::numeric as expected,
        null::numeric as observed
    from touches
    group by 1, 3
    union all
    select
        {{ in_reporting_timezone('registered_at') }}::date as report_date,
        'registrations_in_marts' as check_name,
        'all' as platform,
        count(*) as expected,
        null as observed
    from registrations
    where eligibility = 'eligible'
    group by 1
    union all
    select
        report_date,
        'spend_in_marts' as check_name,
        platform,
        case when bool_and(spend is not null) then sum(spend) end as expected,
        null as observed
    from spend_slices
    group by 1, 3
),

observed_totals as (
    select
        report_date,
        'ad_events_in_marts' as check_name,
        platform,
        null::numeric as expected,
        (impressions + clicks)::numeric as observed
    from daily_cpa
    where impressions + clicks != 0
    union all
    select
        report_date,
        'registrations_in_marts' as check_name,
        'all' as platform,
        null as expected,
        sum(registrations) as observed
    from daily_cpa
    group by 1
    having sum(registrations) != 0
    union all
    select
        report_date,
        'spend_in_marts' as check_name,
        platform,
        null as expected,
        spend as observed
    from daily_cpa
    where spend is not null
),

totals as (
    select * from expected_totals
    union all
    select * from observed_totals
),

total_findings as (
    select
        report_date,
        check_name,
        platform,
        max(observed) as observed,
        max(expected) as expected,
        case
            when max(observed) is null and max(expected) is null then 'pass'
            when abs(max(observed) - max(expected)) <= 0.000001 then 'pass'
            else 'fail'
        end as status
    from totals
    group by 1, 2, 3
),

findings as (
    select * from platform_findings
    union all
    select * from device_findings
    union all
    select * from money_findings
    union all
    select * from raw_findings
    union all
    select * from total_findings
),

{% if is_incremental() -%}
    days as (
        select distinct report_date from hours
    ),

    former_findings as (
        select * from {{ this }}
    ),

    -- History: the state of the log as of earlier days, and days that are no longer in
    -- the data. What was found on all others is found anew.
    kept_findings as (
        select
            fmr.report_date,
            fmr.check_name,
            fmr.platform,
            fmr.observed,
            fmr.expected,
            fmr.status
        from former_findings as fmr
        where
            (
                starts_with(fmr.check_name, 'raw_')
                or not exists (
                    select 1 from days as dys
                    where fmr.report_date = dys.report_date
                )
            )
            and not exists (
                select 1 from findings as fnd
                where
                    fmr.report_date = fnd.report_date
                    and fmr.check_name = fnd.check_name
                    and fmr.platform = fnd.platform
            )
    ),

{% endif -%}

final as (
    select
        report_date,
        check_name,
        platform,
        {{ as_decimal('observed') }} as observed,
        {{ as_decimal('expected') }} as expected,
        status
    from findings
    {% if is_incremental() -%}
        union all
        select * from kept_findings
    {%- endif %}
)

select * from final
