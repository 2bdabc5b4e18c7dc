with touches as (
    select * from {{ ref('int_touches_competing') }}
),

ages as (
    select
        *,
        extract(
            epoch from max(touched_at) over (partition by registration_id) - touched_at
        ) / ({{ half_life_hours() }} * 3600) as half_lives
    from touches
),

-- After a hundred half-lives less is left than 18 decimals can show; computing it
-- would in the end be an underflow, which Postgres takes for an error.
weights as (
    select
        *,
        case
            when half_lives > 100 then 0
            else power(2::numeric, -half_lives)
        end as decayed_weight
    from ages
),

shares as (
    select
        *,
        case when touch_number = touches then 1 else 0 end as last_touch,
        case when touch_number = 1 then 1 else 0 end as first_touch,
        {{ divide_rounded('1', 'touches') }} as linear,
        case
            when touches = 1 then 1
            when touches = 2 then 0.5
            when touch_number in (1, touches) then 0.4
            else {{ divide_rounded('0.2', '(touches - 2)') }}
        end as position_based,
        {{
            divide_rounded(
                'decayed_weight',
                'sum(decayed_weight) over (partition by registration_id)',
            )
        }} as time_decay
    from weights
),

final as (
    select
        shr.registration_id,
        mdl.attribution_model,
        shr.platform,
        shr.touch_id,
        shr.touch_type,
        shr.campaign_id,
        shr.ad_type,
        shr.touched_at,
        shr.registered_at,
        shr.touch_number,
        mdl.credit::numeric(38, 18) as credit
    from shares as shr
    cross join
        unnest(
            array[
                'last_touch', 'first_touch', 'linear', 'position_based', 'time_decay'
            ],
            array[
                shr.last_touch,
                shr.first_touch,
                shr.linear,
                shr.position_based,
                shr.time_decay
            ]
        ) as mdl (attribution_model, credit)
    where mdl.credit > 0
)

select * from final
