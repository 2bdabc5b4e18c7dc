{{ config(unique_key='registration_id') }}

with registrations as (
    select * from {{ ref('int_registrations_classified') }}
),

credits as (
    select * from {{ ref('int_attribution_credits') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by registration_id
            order by credit desc, touch_number desc
        ) as credit_rank
    from credits
    where attribution_model = {{ attribution_model() }}
),

winners as (
    select * from ranked
    where credit_rank = 1
),

final as (
    select
        reg.registration_id,
        reg.user_id,
        reg.device_id,
        reg.registered_at,
        case
            when reg.eligibility != 'eligible' then reg.eligibility
            when win.registration_id is null then 'organic'
            else 'attributed'
        end as status,
        win.touch_id,
        win.touch_type,
        case
            when reg.eligibility != 'eligible' then null
            else coalesce(win.platform, 'organic')
        end as platform,
        win.campaign_id,
        win.ad_type,
        win.touched_at,
        {{
            divide_rounded(
                'extract(epoch from reg.registered_at - win.touched_at)', '3600'
            )
        }} as hours_to_register
    from registrations as reg
    left join winners as win
        on reg.registration_id = win.registration_id
)

select * from final
