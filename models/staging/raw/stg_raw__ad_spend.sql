with ad_spend as (
    select * from {{ source('raw', 'ad_spend') }}
),

positions as (
    select * from {{ ref('int_run_positions') }}
),

-- A report has no id of its own: it is the message that brought it. Which of them
-- count is decided later.
final as (
    select
        concat_ws('-', spd.log_epoch, spd.kafka_partition, spd.kafka_offset)
            as spend_report_id,
        row_number() over (
            order by
                spd.reported_at,
                spd.kafka_timestamp,
                spd.log_epoch,
                spd.kafka_partition,
                spd.kafka_offset
        ) as report_number,
        spd.platform,
        spd.account_id,
        spd.campaign_id,
        spd.campaign_name,
        spd.period_start,
        spd.period_end,
        spd.amount,
        spd.currency,
        spd.reported_at,
        spd.impressions,
        spd.clicks,
        spd.conversions
    from ad_spend as spd
    inner join positions as pos
        on
            pos.kafka_topic = 'ad_spend'
            and spd.kafka_partition = pos.kafka_partition
            and spd.load_seq <= pos.load_seq
)

select * from final
