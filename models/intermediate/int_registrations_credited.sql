with registrations as (
    select * from {{ ref('int_registrations_classified') }}
),

credits as (
    select * from {{ ref('int_attribution_credits') }}
),

hours as (
    select * from {{ ref('int_reporting_hours') }}
),

eligible as (
    select
        reg.registration_id,
        reg.user_id,
        reg.registered_at,
        hrs.hour_starts_at,
        hrs.report_date
    from registrations as reg
    inner join hours as hrs
        on
            date_trunc('hour', {{ in_reporting_timezone('reg.registered_at') }})
            = hrs.local_hour
            and {{ in_reporting_timezone('reg.registered_at') }}
            - (reg.registered_at at time zone 'UTC') = hrs.utc_offset
    where reg.eligibility = 'eligible'
),

-- Without a candidate a registration is organic, in every model.
credited as (
    select
        elg.registration_id,
        elg.user_id,
        elg.registered_at,
        elg.hour_starts_at,
        elg.report_date,
        crd.attribution_model,
        crd.platform,
        crd.campaign_id,
        crd.credit
    from eligible as elg
    inner join credits as crd
        on elg.registration_id = crd.registration_id
),

organic as (
    select
        elg.registration_id,
        elg.user_id,
        elg.registered_at,
        elg.hour_starts_at,
        elg.report_date,
        mdl.attribution_model,
        'organic' as platform,
        null::text as campaign_id,
        1::numeric(38, 18) as credit
    from eligible as elg
    cross join
        unnest(
            array['last_touch', 'first_touch', 'linear', 'position_based', 'time_decay']
        ) as mdl (attribution_model)
    where
        not exists (
            select 1 from credits as crd
            where elg.registration_id = crd.registration_id
        )
),

final as (
    select * from credited
    union all
    select * from organic
)

select * from final
