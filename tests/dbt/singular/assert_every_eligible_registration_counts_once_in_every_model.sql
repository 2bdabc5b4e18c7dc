-- A row of this test is a day and model on which all platforms together, organic
-- included, do not have as many registrations as there were.
with registrations as (
    select * from {{ ref('int_registrations_classified') }}
),

platform_days as (
    select * from {{ ref('int_platform_days') }}
),

expected as (
    select
        {{ in_reporting_timezone('registered_at') }}::date as report_date,
        count(*) as registrations
    from registrations
    where eligibility = 'eligible'
    group by 1
),

observed as (
    select
        report_date,
        attribution_model,
        sum(registrations) as registrations
    from platform_days
    group by 1, 2
),

final as (
    select
        coalesce(exp.report_date, obs.report_date) || ' '
        || coalesce(obs.attribution_model, 'no model')
        || ': ' || coalesce(obs.registrations, 0) || ' of '
        || coalesce(exp.registrations, 0) as problem
    from expected as exp
    full outer join observed as obs
        on exp.report_date = obs.report_date
    where
        obs.report_date is null
        or abs(obs.registrations - coalesce(exp.registrations, 0)) > 0.000001
)

select * from final
