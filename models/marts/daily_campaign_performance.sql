{{ config(unique_key=['report_date', 'platform']) }}

with campaign_days as (
    select * from {{ ref('int_campaign_days') }}
),

spend_reports as (
    select * from {{ ref('stg_raw__ad_spend') }}
),

campaign_names as (
    select
        platform,
        campaign_id,
        campaign_name,
        row_number() over (
            partition by platform, campaign_id
            order by report_number desc
        ) as name_number
    from spend_reports
),

final as (
    select
        cmd.report_date,
        cmd.platform,
        cmd.campaign_id,
        cmn.campaign_name,
        {{ as_decimal('cmd.spend') }} as spend,
        {{ divide_rounded('cmd.covered_seconds', 'cmd.day_seconds') }}
            as spend_coverage,
        cmd.impressions,
        cmd.clicks,
        cmd.registrations::numeric(38, 18) as registrations,
        {{ divide_rounded('cmd.spend', 'cmd.registrations') }} as cpa,
        {{ as_decimal('cmd.reported_impressions') }} as reported_impressions,
        {{ as_decimal('cmd.reported_clicks') }} as reported_clicks,
        {{ as_decimal('cmd.reported_conversions') }} as reported_conversions
    from campaign_days as cmd
    left join campaign_names as cmn
        on
            cmd.platform = cmn.platform
            and coalesce(cmd.campaign_id, '') = coalesce(cmn.campaign_id, '')
            and cmn.name_number = 1
)

select * from final
