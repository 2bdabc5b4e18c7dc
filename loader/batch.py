"""What one transaction writes: rows, rejects and the positions that they reach."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Protocol

from kafka import TopicPartition

from loader.positions import Advance, Position
from loader.validation import Rejection, Validator
from loader.values import copy_escaped, moment


class Message(Protocol):
    """What the loader needs of a Kafka record."""

    offset: int
    timestamp: int
    """Milliseconds from 1970; -1 where the producer gave none."""
    key: bytes | None
    value: bytes | None


_LAST_STORABLE = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp()) * 1000


@lru_cache(maxsize=65536)
def _kafka_timestamp(milliseconds: int) -> bytes:
    # A producer may claim any time at all; what Postgres could not hold is cut off.
    return moment(min(max(milliseconds, -1), _LAST_STORABLE) * 1000)


def _bytea(value: bytes | None) -> bytes:
    return rb"\N" if value is None else rb"\\x" + value.hex().encode()


class Batch:
    """Rows in COPY's text format, by table, and how far they take each partition."""

    def __init__(self) -> None:
        self.rows: defaultdict[str, list[bytes]] = defaultdict(list)
        self.rejects: list[bytes] = []
        self.advances: dict[TopicPartition, Advance] = {}
        self.row_count = 0
        self.byte_count = 0

    def __bool__(self) -> bool:
        """Whether there is anything to write: a moved position is enough."""
        return bool(self.advances)

    def add(
        self,
        partition: TopicPartition,
        position: Position,
        messages: Sequence[Message],
        next_offset: int,
        validator: Validator,
    ) -> None:
        """Take in the next messages of a partition.

        Args:
            partition: where the messages come from.
            position: where the partition stands before this batch.
            messages: in the order of their offsets, without a gap in the log's data.
            next_offset: the offset to go on from; beyond the last message's by the
                transaction markers and aborted messages that follow it.
            validator: of the partition's topic.
        """
        known = self.advances.get(partition)
        start = position if known is None else known.start
        step = Advance(start=start, next_offset=next_offset)
        self.advances[partition] = step
        number = partition.partition
        origin = b"%d\t%d\n" % (start.log_epoch, step.load_seq)
        rows = self.rows[partition.topic]
        for message in messages:
            result = validator(message.value)
            if type(result) is Rejection:
                line = (
                    b"%s\t%d\t%d\t%s\t%s\t%s\t%s\t%s"
                    % (
                        partition.topic.encode(),
                        number,
                        message.offset,
                        _kafka_timestamp(message.timestamp),
                        _bytea(message.key),
                        _bytea(message.value),
                        result.reason.encode(),
                        copy_escaped(result.detail.encode()),
                    )
                    + b"\t%s" % origin
                )
                self.rejects.append(line)
            else:
                line = b"%s\t%d\t%d\t%s\t%s" % (
                    result,
                    number,
                    message.offset,
                    _kafka_timestamp(message.timestamp),
                    origin,
                )
                rows.append(line)
            self.byte_count += len(line)
        self.row_count += len(messages)

    def ends(self) -> Mapping[TopicPartition, Position]:
        """The positions once the batch is committed."""
        return {partition: step.end for partition, step in self.advances.items()}
