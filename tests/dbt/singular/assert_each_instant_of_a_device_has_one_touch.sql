-- A row of this test is a device of which the periods do not have one touch for each
-- instant at which it was touched.
with periods as (
    select * from {{ ref('device_platforms') }}
),

touches as (
    select * from {{ ref('stg_raw__ad_events') }}
),

instants as (
    select distinct
        device_id,
        touched_at
    from touches
),

expected as (
    select
        device_id,
        count(*) as instants
    from instants
    group by 1
),

observed as (
    select
        device_id,
        sum(impressions + clicks) as touches
    from periods
    group by 1
),

final as (
    select
        coalesce(obs.device_id, exp.device_id) || ': ' || coalesce(obs.touches, 0)
        || ' of ' || coalesce(exp.instants, 0) as problem
    from expected as exp
    full outer join observed as obs
        on exp.device_id = obs.device_id
    where obs.touches is distinct from exp.instants
)

select * from final
