with touches as (
    select * from {{ ref('stg_raw__ad_events') }}
),

rules as (
    select * from {{ ref('stg_seeds__attribution_rules') }}
),

touch_kinds as (
    select distinct
        platform,
        ad_type,
        touch_type
    from touches
),

-- Naming the platform outweighs naming the ad type, which outweighs the touch type.
matches as (
    select
        knd.platform,
        knd.ad_type,
        knd.touch_type,
        rul.lookback_hours,
        rul.priority,
        coalesce(rul.valid_from, '-infinity') as valid_from,
        coalesce(rul.valid_to, 'infinity') as valid_to,
        case when rul.platform is null then 0 else 4 end
        + case when rul.ad_type is null then 0 else 2 end
        + case when rul.touch_type is null then 0 else 1 end as specificity
    from touch_kinds as knd
    inner join rules as rul
        on
            (rul.platform is null or knd.platform = rul.platform)
            and (rul.ad_type is null or knd.ad_type = rul.ad_type)
            and (rul.touch_type is null or knd.touch_type = rul.touch_type)
),

boundaries as (
    select
        platform,
        ad_type,
        touch_type,
        valid_from as boundary_at
    from matches
    union
    select
        platform,
        ad_type,
        touch_type,
        valid_to as boundary_at
    from matches
),

-- Within such a period the same rules are valid throughout.
periods as (
    select
        platform,
        ad_type,
        touch_type,
        boundary_at as valid_from,
        lead(boundary_at) over (
            partition by platform, ad_type, touch_type
            order by boundary_at
        ) as valid_to
    from boundaries
),

ranked as (
    select
        per.platform,
        per.ad_type,
        per.touch_type,
        per.valid_from,
        per.valid_to,
        mat.lookback_hours,
        mat.priority,
        row_number() over (
            partition by per.platform, per.ad_type, per.touch_type, per.valid_from
            order by mat.specificity desc
        ) as rule_number
    from periods as per
    inner join matches as mat
        on
            per.platform = mat.platform
            and per.ad_type is not distinct from mat.ad_type
            and per.touch_type = mat.touch_type
            and per.valid_from >= mat.valid_from
            and per.valid_to <= mat.valid_to
),

final as (
    select
        platform,
        ad_type,
        touch_type,
        valid_from,
        valid_to,
        lookback_hours,
        priority
    from ranked
    where rule_number = 1
)

select * from final
