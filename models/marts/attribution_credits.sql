{{
    config(
        unique_key=['registration_id', 'attribution_model', 'platform', 'touch_id'],
    )
}}

with credits as (
    select * from {{ ref('int_attribution_credits') }}
),

final as (
    select
        registration_id,
        attribution_model,
        platform,
        touch_id,
        touch_type,
        campaign_id,
        ad_type,
        touched_at,
        credit
    from credits
)

select * from final
