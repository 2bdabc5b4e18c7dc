with user_registrations as (
    select * from {{ source('raw', 'user_registrations') }}
),

positions as (
    select * from {{ ref('int_run_positions') }}
),

-- Of the copies of an event the one that Kafka had first counts.
copies as (
    select
        reg.event_id as registration_id,
        reg.user_id,
        reg.device_id,
        reg.event_time as registered_at,
        row_number() over (
            partition by reg.event_id
            order by
                reg.kafka_timestamp,
                reg.log_epoch,
                reg.kafka_partition,
                reg.kafka_offset
        ) as copy_number
    from user_registrations as reg
    inner join positions as pos
        on
            pos.kafka_topic = 'user_registrations'
            and reg.kafka_partition = pos.kafka_partition
            and reg.load_seq <= pos.load_seq
),

final as (
    select
        registration_id,
        user_id,
        device_id,
        registered_at
    from copies
    where copy_number = 1
)

select * from final
