select
    kafka_topic,
    kafka_partition,
    log_epoch,
    next_offset,
    load_seq
from raw.kafka_offsets
where kafka_topic = any(%(topics)s::text[])
