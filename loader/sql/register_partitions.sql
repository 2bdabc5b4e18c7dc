-- A partition met for the first time begins with the oldest message that is there.
insert into raw.kafka_offsets (
    kafka_topic, kafka_partition, first_offset, next_offset
)
select
    found.kafka_topic,
    found.kafka_partition,
    found.first_offset,
    found.first_offset
from unnest(
    %(topics)s::text[], %(partitions)s::integer[], %(first_offsets)s::bigint[]
) as found (kafka_topic, kafka_partition, first_offset)
on conflict (kafka_topic, kafka_partition) do nothing
