-- The compare-and-set that makes a batch exactly-once: a row moves only if it
-- stands where the batch began. The caller counts the rows.
update raw.kafka_offsets as stored
set
    next_offset = batch.next_offset,
    load_seq = batch.load_seq + 1,
    updated_at = clock_timestamp()
from unnest(
    %(topics)s::text[],
    %(partitions)s::integer[],
    %(epochs)s::integer[],
    %(expected_offsets)s::bigint[],
    %(load_seqs)s::bigint[],
    %(next_offsets)s::bigint[]
) as batch (
    kafka_topic, kafka_partition, log_epoch, expected_offset, load_seq, next_offset
)
where
    stored.kafka_topic = batch.kafka_topic
    and stored.kafka_partition = batch.kafka_partition
    and stored.log_epoch = batch.log_epoch
    and stored.next_offset = batch.expected_offset
    and stored.load_seq = batch.load_seq
