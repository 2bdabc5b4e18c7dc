"""Where the loader stands in each partition, as `raw.kafka_offsets` holds it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources

import psycopg
from kafka import TopicPartition

from loader.errors import Fenced

_SQL = resources.files("loader") / "sql"
READ = (_SQL / "read_positions.sql").read_bytes()
REGISTER = (_SQL / "register_partitions.sql").read_bytes()
ADVANCE = (_SQL / "advance_positions.sql").read_bytes()


@dataclass(frozen=True, kw_only=True, slots=True)
class Position:
    """How far a partition has been written, and by how many transactions."""

    log_epoch: int
    next_offset: int
    load_seq: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Advance:
    """A step of one partition: from where a batch began to where it ends."""

    start: Position
    next_offset: int

    @property
    def load_seq(self) -> int:
        """The number of the batch's rows of this partition."""
        return self.start.load_seq + 1

    @property
    def end(self) -> Position:
        """The position once the batch is committed."""
        return Position(
            log_epoch=self.start.log_epoch,
            next_offset=self.next_offset,
            load_seq=self.load_seq,
        )


def read(
    connection: psycopg.Connection, topics: Iterable[str]
) -> dict[TopicPartition, Position]:
    """The positions of all partitions of some topics."""
    rows = connection.execute(READ, {"topics": list(topics)})
    return {
        TopicPartition(topic, partition): Position(
            log_epoch=epoch, next_offset=next_offset, load_seq=load_seq
        )
        for topic, partition, epoch, next_offset, load_seq in rows
    }


def register(
    connection: psycopg.Connection, first_offsets: Mapping[TopicPartition, int]
) -> None:
    """Enter partitions that have no position yet; the others stay as they are."""
    connection.execute(
        REGISTER,
        {
            "topics": [partition.topic for partition in first_offsets],
            "partitions": [partition.partition for partition in first_offsets],
            "first_offsets": list(first_offsets.values()),
        },
    )


def advance(
    connection: psycopg.Connection, advances: Mapping[TopicPartition, Advance]
) -> None:
    """Move positions within the open transaction, if they stand as expected.

    Raises:
        Fenced: at least one does not; the caller must roll back.
    """
    steps = advances.values()
    cursor = connection.execute(
        ADVANCE,
        {
            "topics": [partition.topic for partition in advances],
            "partitions": [partition.partition for partition in advances],
            "epochs": [step.start.log_epoch for step in steps],
            "expected_offsets": [step.start.next_offset for step in steps],
            "load_seqs": [step.start.load_seq for step in steps],
            "next_offsets": [step.next_offset for step in steps],
        },
    )
    if cursor.rowcount != len(advances):
        raise Fenced(
            f"{len(advances) - cursor.rowcount} of {len(advances)} positions are "
            "not where this process left them"
        )
