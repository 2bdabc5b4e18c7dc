-- A row of this test is a platform of which the hours do not show as many ad events as
-- there are.
with touches as (
    select * from {{ ref('stg_raw__ad_events') }}
),

platform_hours as (
    select * from {{ ref('int_platform_hours') }}
),

expected as (
    select
        platform,
        count(*) as ad_events
    from touches
    group by 1
),

observed as (
    select
        platform,
        sum(impressions + clicks) as ad_events
    from platform_hours
    where attribution_model = 'last_touch'
    group by 1
),

final as (
    select
        exp.platform || ': ' || coalesce(obs.ad_events, 0) || ' of ' || exp.ad_events
            as problem
    from expected as exp
    left join observed as obs
        on exp.platform = obs.platform
    where exp.ad_events is distinct from obs.ad_events
)

select * from final
