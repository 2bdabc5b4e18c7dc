"""The delivery law of contract section 2, checked against the broker's own log.

For every partition: rows in the raw table + rejects that are not redriven = data
messages of the log from `first_offset` to before `next_offset`, each exactly once.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import psycopg
from kafka import KafkaConsumer, TopicPartition

from roi.settings import Kafka, Postgres

LOADED = """
select kafka_partition, kafka_offset, count(*)
from (
    select kafka_partition, kafka_offset, log_epoch from raw.{topic}
    union all
    select kafka_partition, kafka_offset, log_epoch from raw.rejected_events
    where kafka_topic = '{topic}' and redriven_at is null
) as stored
group by 1, 2
"""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the oracle found, by topic and partition."""

    lost: Counter[TopicPartition]
    doubled: Counter[TopicPartition]
    invented: Counter[TopicPartition]
    """Rows beyond the position, or of offsets that hold no message."""
    messages: int

    @property
    def holds(self) -> bool:
        return not (self.lost or self.doubled or self.invented)


def messages_in_log(
    kafka: Kafka, ranges: dict[TopicPartition, tuple[int, int]]
) -> dict[TopicPartition, set[int]]:
    """The offsets of data messages from a first offset to before a next one."""
    consumer = KafkaConsumer(
        **kafka.client,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        isolation_level="read_committed",
        max_poll_records=50_000,
        max_partition_fetch_bytes=8 << 20,
    )
    found: dict[TopicPartition, set[int]] = {partition: set() for partition in ranges}
    try:
        consumer.assign(list(ranges))
        for partition, (first, _) in ranges.items():
            consumer.seek(partition, first)
        open_ones = set(ranges)
        while open_ones:
            for partition, records in consumer.poll(500).items():
                end = ranges[partition][1]
                found[partition] |= {
                    record.offset for record in records if record.offset < end
                }
            open_ones = {
                partition
                for partition in open_ones
                if (consumer.position(partition) or 0) < ranges[partition][1]
            }
    finally:
        consumer.close()
    return found


def check(kafka: Kafka, postgres: Postgres, topics: tuple[str, ...]) -> Verdict:
    """Hold a database against the log."""
    stored: dict[TopicPartition, Counter[int]] = {}
    with psycopg.connect(**postgres.connection_parameters()) as connection:
        # One snapshot: the backend of a loader that was killed may still commit.
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        ranges = {
            TopicPartition(topic, partition): (first, following)
            for topic, partition, first, following in connection.execute(
                "select kafka_topic, kafka_partition, first_offset, next_offset "
                "from raw.kafka_offsets where kafka_topic = any(%s)",
                [list(topics)],
            )
        }
        for topic in topics:
            for number, offset, count in connection.execute(
                LOADED.format(topic=topic).encode()
            ):
                stored.setdefault(TopicPartition(topic, number), Counter())[offset] = (
                    count
                )
    log = messages_in_log(kafka, ranges)
    lost: Counter[TopicPartition] = Counter()
    doubled: Counter[TopicPartition] = Counter()
    invented: Counter[TopicPartition] = Counter()
    for partition in log.keys() | stored.keys():
        expected = log.get(partition, set())
        there = stored.get(partition, Counter())
        lost[partition] += len(expected - there.keys())
        invented[partition] += len(there.keys() - expected)
        doubled[partition] += sum(count - 1 for count in there.values())
    return Verdict(
        lost=+lost,
        doubled=+doubled,
        invented=+invented,
        messages=sum(map(len, log.values())),
    )
