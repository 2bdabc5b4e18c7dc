-- A row of this test is a rule that is never valid, or two rules for the same touches
-- that are valid at the same time, so that none of them could be said to hold.
with rules as (
    select * from {{ ref('stg_seeds__attribution_rules') }}
),

numbered as (
    select
        row_number() over () as rule_number,
        coalesce(platform, '') as platform,
        coalesce(ad_type, '') as ad_type,
        coalesce(touch_type, '') as touch_type,
        coalesce(valid_from, '-infinity') as valid_from,
        coalesce(valid_to, 'infinity') as valid_to
    from rules
),

reasons as (
    select
        lft.platform,
        lft.ad_type,
        lft.touch_type,
        'two rules are valid at the same time' as reason
    from numbered as lft
    inner join numbered as rgt
        on
            lft.platform = rgt.platform
            and lft.ad_type = rgt.ad_type
            and lft.touch_type = rgt.touch_type
            and lft.rule_number < rgt.rule_number
            and lft.valid_from < rgt.valid_to
            and lft.valid_to > rgt.valid_from
    union all
    select
        platform,
        ad_type,
        touch_type,
        'valid_to is not after valid_from' as reason
    from numbered
    where valid_from >= valid_to
),

final as (
    select
        'attribution_rules.csv: ' || reason || ' for platform "' || platform
        || '", ad_type "' || ad_type || '", event_type "' || touch_type || '"'
            as problem
    from reasons
)

select * from final
