-- The messages that brought a registration, in the order that decides which counts.
select
    row_number() over (
        order by
            reg.kafka_timestamp,
            reg.log_epoch,
            reg.kafka_partition,
            reg.kafka_offset
    ) = 1 as counts,
    reg.event_time,
    reg.user_id,
    reg.device_id,
    reg.country,
    reg.properties,
    reg.log_epoch,
    reg.kafka_partition,
    reg.kafka_offset,
    reg.kafka_timestamp,
    reg.load_seq
from raw.user_registrations as reg
inner join intermediate.int_run_positions as pos
    on
        pos.kafka_topic = 'user_registrations'
        and reg.kafka_partition = pos.kafka_partition
        and reg.load_seq <= pos.load_seq
where reg.event_id = %(registration_id)s::text
order by
    reg.kafka_timestamp,
    reg.log_epoch,
    reg.kafka_partition,
    reg.kafka_offset
