"""The Kafka side: a consumer group member that leaves positions to Postgres."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.subscription_state import ConsumerRebalanceListener
from kafka.errors import IllegalStateError, KafkaError
from kafka.structs import OffsetAndMetadata

from roi.settings import Kafka, LoaderSettings

# Messages of this size are normal; a larger one is still delivered, alone.
_PARTITION_FETCH_BYTES = 4 * 1024 * 1024


def open_consumer(kafka: Kafka, settings: LoaderSettings) -> KafkaConsumer:
    """A consumer with the defaults that this loader needs.

    Raises:
        kafka.errors.KafkaError: no broker answers.
    """
    return KafkaConsumer(
        **kafka.client,
        client_id="roi-loader",
        group_id=settings.group_id,
        group_instance_id=settings.instance_id,
        # Positions are Postgres' to know. A missing one is an error that we see.
        auto_offset_reset="none",
        enable_auto_commit=False,
        isolation_level="read_committed",
        allow_auto_create_topics=False,
        max_poll_records=settings.batch_max_rows,
        max_partition_fetch_bytes=_PARTITION_FETCH_BYTES,
        fetch_max_bytes=settings.batch_max_bytes,
        session_timeout_ms=settings.session_timeout_ms,
        heartbeat_interval_ms=settings.session_timeout_ms // 10,
        metadata_max_age_ms=30_000,
        bootstrap_timeout_ms=5_000,
        reconnect_backoff_max_ms=2_000,
        metrics_enabled=False,
    )


class Assignment(ConsumerRebalanceListener):  # type: ignore[misc]
    """The partitions that are ours, and what rebalances have changed about them.

    The consumer calls the listener on the thread that also heartbeats, so nothing
    is done there but taking notes: newly assigned partitions are paused until the
    main loop has read their positions and sought.

    A rebalance may take a partition between any two calls of the main loop. So the
    methods leave alone what is no longer ours; the next `changes` tells of it.
    """

    def __init__(self, consumer: KafkaConsumer) -> None:
        """Watch a consumer; subscribe it with this as its listener."""
        self._consumer = consumer
        self._lock = threading.Lock()
        self._gone: set[TopicPartition] = set()
        self._fresh: set[TopicPartition] = set()

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Pause them until their positions are known."""
        self._consumer.pause(*assigned)
        with self._lock:
            self._fresh |= set(assigned)

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Forget them; what is read and not written is read again by the next."""
        with self._lock:
            self._gone |= set(revoked)
            self._fresh -= set(revoked)

    def on_partitions_lost(self, lost: Collection[TopicPartition]) -> None:
        """As revoked: nothing is committed for a partition that is no longer ours."""
        self.on_partitions_revoked(lost)

    def renew(self, partitions: Iterable[TopicPartition]) -> None:
        """Have the positions of partitions that are still ours read again."""
        with self._lock:
            self._fresh |= set(partitions)

    def changes(self) -> tuple[set[TopicPartition], set[TopicPartition]]:
        """The partitions gone and the fresh ones, since the last call."""
        with self._lock:
            changes = self._gone, self._fresh & self._consumer.assignment()
            self._gone, self._fresh = set(), set()
        return changes

    def pause(self, partitions: Iterable[TopicPartition]) -> None:
        """Read no more of them, and stay in the group."""
        for partition in partitions:
            with suppress(KeyError, IllegalStateError):
                self._consumer.pause(partition)

    def resume(self, partitions: Iterable[TopicPartition]) -> None:
        """Read on."""
        for partition in partitions:
            with suppress(KeyError, IllegalStateError):
                self._consumer.resume(partition)

    def seek(self, partition: TopicPartition, offset: int) -> bool:
        """Go to an offset; whether the partition was still ours."""
        try:
            self._consumer.seek(partition, offset)
        except (KeyError, ValueError):
            return False
        return True

    def reached(self, partition: TopicPartition, messages: list[Any]) -> int:
        """The offset to go on from once these messages are taken in.

        That may be beyond the last message: transaction markers and messages of
        aborted transactions follow it.
        """
        after_last = messages[-1].offset + 1 if messages else 0
        try:
            position = self._consumer.position(partition, timeout_ms=0)
        except KafkaError:
            position = None
        return max(after_last, position or 0)

    def tell_kafka(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Commit offsets to the group, only so that tools that watch lag see them."""
        with suppress(KafkaError):
            self._consumer.commit_async(
                {
                    partition: OffsetAndMetadata(offset, "", -1)
                    for partition, offset in offsets.items()
                }
            )
