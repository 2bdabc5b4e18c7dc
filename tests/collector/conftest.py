"""What has arrived in Kafka."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from roi.settings import Embedded

Arrived = list[tuple[bytes | None, bytes | None]]
Watch = Callable[[str], Any]


@pytest.fixture
def arriving(services: Embedded) -> Watch:
    """Keys and values that come into a topic while the block runs."""
    from kafka import KafkaConsumer, TopicPartition

    @contextmanager
    def watch(topic: str) -> Iterator[Arrived]:
        arrived: Arrived = []
        consumer = KafkaConsumer(**services.kafka.client, enable_auto_commit=False)
        try:
            parts = [
                TopicPartition(topic, number)
                for number in sorted(consumer.partitions_for_topic(topic))
            ]
            consumer.assign(parts)
            before = consumer.end_offsets(parts)
            yield arrived
            after = consumer.end_offsets(parts)
            for part in parts:
                consumer.seek(part, before[part])
            while any(consumer.position(part) < after[part] for part in parts):
                for records in consumer.poll(timeout_ms=1000).values():
                    arrived += [(record.key, record.value) for record in records]
        finally:
            consumer.close()

    return watch
