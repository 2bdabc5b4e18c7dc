with ad_events as (
    select * from {{ source('raw', 'ad_events') }}
),

positions as (
    select * from {{ ref('int_run_positions') }}
),

-- Of the copies of an event the one that Kafka had first counts.
copies as (
    select
        evt.event_id as touch_id,
        evt.event_type as touch_type,
        evt.event_time as touched_at,
        evt.device_id,
        evt.platform,
        evt.campaign_id,
        evt.ad_type,
        row_number() over (
            partition by evt.platform, evt.event_id
            order by
                evt.kafka_timestamp,
                evt.log_epoch,
                evt.kafka_partition,
                evt.kafka_offset
        ) as copy_number
    from ad_events as evt
    inner join positions as pos
        on
            pos.kafka_topic = 'ad_events'
            and evt.kafka_partition = pos.kafka_partition
            and evt.load_seq <= pos.load_seq
),

final as (
    select
        touch_id,
        touch_type,
        touched_at,
        device_id,
        platform,
        campaign_id,
        ad_type
    from copies
    where copy_number = 1
)

select * from final
