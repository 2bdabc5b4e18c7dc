"""The loop: poll, settle rebalances, take messages in, hand the batch over.

There is no timer between an event and its row. While one batch is being written, the
next one fills; as soon as the writing is done, whatever there is goes next. So an idle
loader writes each message at once, and batches grow only because writing takes time.

Postgres work runs on one thread beside the loop, with patience: while Postgres is
away, the loop goes on polling with its partitions paused and stays in the group.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError, NoOffsetForPartitionError, OffsetOutOfRangeError
from structlog.typing import FilteringBoundLogger

from loader.batch import Batch
from loader.consumer import Assignment, open_consumer
from loader.errors import Fenced, LoaderError, PartitionStopped
from loader.events import TOPICS
from loader.positions import Position
from loader.validation import Validator
from loader.warehouse import Warehouse
from loader.worker import Worker, one_line, patiently
from roi.settings import Kafka, LoaderSettings

IDLE_POLL_MS = 500
STOP_GRACE_SECONDS = 10.0

Ends = Mapping[TopicPartition, int]


class Loader:
    """One member of the consumer group.

    Args:
        kafka: the cluster to read from.
        warehouse: the Postgres to write to.
        settings: limits and group.
        log: one line a batch at most.
        stop: set it to have the loader finish its batch and return.
        once: return when every partition has been loaded, by whomever, up to where
            its log ended at the start.
        on_commit: told of every batch that has been committed.
        on_ends: told of the ends that `once` waits for.
    """

    def __init__(
        self,
        *,
        kafka: Kafka,
        warehouse: Warehouse,
        settings: LoaderSettings,
        log: FilteringBoundLogger,
        stop: threading.Event,
        once: bool = False,
        on_commit: Callable[[Batch], None] = lambda batch: None,
        on_ends: Callable[[Ends], None] = lambda ends: None,
    ) -> None:
        self._kafka = kafka
        self._warehouse = warehouse
        self._settings = settings
        self._log = log
        self._stop = stop
        self._once = once
        self._on_commit = on_commit
        self._on_ends = on_ends
        self._validators = {
            name: Validator(TOPICS[name], max_message_bytes=settings.max_message_bytes)
            for name in settings.topic_names
        }
        self._worker = Worker(
            longest_pause=settings.retry_max_seconds, stop=stop, log=log
        )
        self._batch = Batch()
        self._positions: dict[TopicPartition, Position] = {}
        """Of the partitions that are ours and sought: where they will stand when all
        that was handed over is committed."""
        self._stopped: dict[TopicPartition, str] = {}
        self._ends: Ends = {}
        self._finished = False

    def run(self) -> bool:
        """Load until told to stop, or until done.

        Returns:
            Whether it is done: with `once`, whether every partition has been loaded.

        Raises:
            LoaderError: it cannot go on, and says what to do.
        """
        try:
            self._consumer = self._open_consumer()
        except KafkaError:
            return False  # told to stop before any broker answered
        self._assignment = Assignment(self._consumer)
        try:
            self._subscribe()
            while not self._stop.is_set() and not self._finished:
                messages = self._poll()
                self._finish_job()
                self._settle()
                self._take_in(messages)
                self._hand_over()
                self._check_ends()
        finally:
            self._close()
        return self._finished

    # The steps of the loop, in its order.

    def _poll(self) -> dict[TopicPartition, list[Any]]:
        full = (
            self._batch.row_count >= self._settings.batch_max_rows
            or self._batch.byte_count >= self._settings.batch_max_bytes
        )
        if full:
            self._assignment.pause(self._positions)
        # Never 0: the consumer would return before it has asked for anything.
        timeout = 1 if self._batch else 50 if self._worker.is_busy else IDLE_POLL_MS
        messages: dict[TopicPartition, list[Any]] = {}
        try:
            messages = self._consumer.poll(timeout)
        except NoOffsetForPartitionError:
            # Newly assigned, and the group has no offset in Kafka: ours are in
            # Postgres, and `_settle` has them read and seeks to them.
            pass
        except OffsetOutOfRangeError as error:
            for partition, offset in error.args[0].items():
                self._stop_partition(partition, offset)
        except KafkaError as error:
            if not getattr(error, "retriable", False):
                raise LoaderError(f"Kafka at {self._kafka}: {error}") from error
            self._log.warning("kafka_unavailable", error=one_line(error))
            self._stop.wait(1.0)
        if self._batch and not messages:
            # Nothing to do until Postgres has answered.
            self._worker.wait(0.1)
        return messages

    def _finish_job(self) -> None:
        """Take the result of Postgres work that is done."""
        try:
            self._worker.finish()
        except Fenced as fenced:
            # Another process moved a position, or our own COMMIT had arrived after
            # all: the table knows, so begin again from there.
            self._log.warning("fenced", reason=str(fenced))
            self._assignment.renew(self._positions)

    def _settle(self) -> None:
        """Let go of what a rebalance took, and find the place in what it gave.

        The open batch is forgotten and every position read again. What was read and
        not handed over comes again: to us where the partition is still ours, to
        another member otherwise.
        """
        gone, fresh = self._assignment.changes()
        if not gone and not fresh:
            return
        ours = (self._positions.keys() | fresh) & self._consumer.assignment()
        self._batch = Batch()
        self._positions.clear()
        self._assignment.pause(ours)
        if self._worker.is_busy:
            self._assignment.renew(ours)
        elif ours:
            try:
                first_offsets = self._consumer.beginning_offsets(list(ours))
            except KafkaError as error:
                self._log.warning("kafka_unavailable", error=one_line(error))
                self._assignment.renew(ours)
            else:
                self._worker.start(
                    lambda: self._warehouse.positions(first_offsets), self._seek
                )

    def _take_in(self, messages: Mapping[TopicPartition, list[Any]]) -> None:
        """Add what was read, in so far as it is still ours, to the open batch."""
        # An empty poll is the time to notice positions that moved over messages of
        # aborted transactions and their markers alone.
        for partition in messages or list(self._positions):
            position = self._positions.get(partition)
            if position is None:
                continue
            new = messages.get(partition, [])
            reached = self._assignment.reached(partition, new)
            known = self._batch.advances.get(partition)
            expected = known.next_offset if known else position.next_offset
            if new and new[0].offset < expected:
                # Read before we sought; what we sought is still to come.
                self._assignment.renew(self._positions)
            elif reached > expected:
                self._batch.add(
                    partition,
                    position,
                    new,
                    reached,
                    self._validators[partition.topic],
                )

    def _hand_over(self) -> None:
        """Have the open batch written, if nothing is being written."""
        if self._worker.is_busy or not self._batch:
            return
        batch, self._batch = self._batch, Batch()
        self._positions |= batch.ends()
        self._assignment.resume(self._positions)
        self._worker.start(
            lambda: self._warehouse.write(batch), lambda _: self._committed(batch)
        )

    def _check_ends(self) -> None:
        """With `once`: see whether the table has passed the ends."""
        if not self._once or self._worker.is_busy or self._batch:
            return
        unreachable = self._stopped.keys() & self._ends.keys()
        if unreachable:
            raise PartitionStopped(self._stopped[min(unreachable)])
        self._worker.start(
            lambda: self._warehouse.has_passed(self._ends),
            lambda passed: setattr(self, "_finished", passed),
        )

    # What the steps are made of.

    def _open_consumer(self) -> KafkaConsumer:
        """A consumer, as soon as a broker answers."""
        call = patiently(
            lambda error: isinstance(error, KafkaError),
            event="kafka_unavailable",
            longest_pause=self._settings.retry_max_seconds,
            stop=self._stop,
            log=self._log.bind(servers=str(self._kafka)),
        )
        return call(open_consumer, self._kafka, self._settings)

    def _subscribe(self) -> None:
        wanted = set(self._settings.topic_names)
        missing = wanted - self._consumer.topics()
        if missing == wanted:
            raise LoaderError(
                f"Kafka at {self._kafka} has none of the topics "
                f"{', '.join(sorted(wanted))}: create them, or name others in "
                "LOADER_TOPICS"
            )
        for topic in sorted(missing):
            self._log.warning("topic_missing", topic=topic)
        if self._once:
            self._ends = self._consumer.end_offsets(
                list(_partitions(self._consumer, wanted - missing))
            )
            self._on_ends(self._ends)
        self._consumer.subscribe(topics=sorted(wanted), listener=self._assignment)

    def _seek(self, positions: Mapping[TopicPartition, Position]) -> None:
        """Begin where the table says, unless a rebalance has come in between."""
        gone, fresh = self._assignment.changes()
        self._assignment.renew(fresh)
        for partition, position in positions.items():
            if partition not in gone | fresh and self._assignment.seek(
                partition, position.next_offset
            ):
                self._positions[partition] = position
                self._stopped.pop(partition, None)
        self._assignment.resume(self._positions)

    def _committed(self, batch: Batch) -> None:
        """Tell Kafka, and whoever asked."""
        self._assignment.tell_kafka(
            {
                partition: step.next_offset
                for partition, step in batch.advances.items()
                if partition in self._positions
            }
        )
        self._log.info(
            "batch_committed",
            rows=batch.row_count - len(batch.rejects),
            rejected=len(batch.rejects),
            partitions=len(batch.advances),
        )
        self._on_commit(batch)

    def _stop_partition(self, partition: TopicPartition, offset: int) -> None:
        """Leave a partition alone that cannot go on without a decision."""
        message = (
            f"{partition.topic}/{partition.partition}: message {offset}, the next to "
            "load, is not in the log: messages have expired before they were loaded, "
            "or the topic was recreated. Nothing is skipped silently: restore the "
            "topic, or set log_epoch, first_offset and next_offset of this partition "
            "in raw.kafka_offsets to go on from what is there"
        )
        self._stopped[partition] = message
        self._positions.pop(partition, None)
        self._assignment.pause([partition])
        self._log.error("partition_stopped", reason=message)

    def _close(self) -> None:
        """Finish or drop the batch that is being written, and leave the group."""
        self._stop.set()
        self._worker.wait(STOP_GRACE_SECONDS)
        with suppress(LoaderError):
            self._worker.finish()
        self._worker.close()
        self._warehouse.close()
        with suppress(KafkaError):
            self._consumer.close(timeout_ms=5_000)


def _partitions(
    consumer: KafkaConsumer, topics: Iterable[str]
) -> Iterable[TopicPartition]:
    for topic in topics:
        for number in consumer.partitions_for_topic(topic) or ():
            yield TopicPartition(topic, number)
