"""The Postgres side: one transaction a batch.

Rows, rejects and positions become visible together or not at all. The
compare-and-set on the positions comes last, so that their row locks are held only
while COMMIT runs; a process that lost its partition, was paused and woke up, or does
not know whether its COMMIT arrived, fails it and writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress

import psycopg
from kafka import TopicPartition
from psycopg import sql

from loader import migrate, positions
from loader.batch import Batch
from loader.errors import SchemaOutdated
from loader.events import TOPICS
from loader.positions import Position

ORIGIN = (
    "kafka_partition",
    "kafka_offset",
    "kafka_timestamp",
    "log_epoch",
    "load_seq",
)
REJECT = (
    "kafka_topic",
    "kafka_partition",
    "kafka_offset",
    "kafka_timestamp",
    "message_key",
    "message_value",
    "reason",
    "detail",
    "log_epoch",
    "load_seq",
)


def _copy(table: str, columns: Iterable[str]) -> sql.Composed:
    return sql.SQL("copy raw.{} ({}) from stdin").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )


COPY = {
    name: _copy(name, [field.name for field in topic.fields] + ["properties", *ORIGIN])
    for name, topic in TOPICS.items()
}
COPY_REJECTS = _copy("rejected_events", REJECT)

# Classes of SQLSTATE that pass by themselves or by an administrator's hand:
# connection, read-only, rollback, resources, not in a usable state, operator
# intervention, system error. https://www.postgresql.org/docs/current/errcodes-appendix.html
_TRANSIENT_CLASSES = {"08", "25", "40", "53", "55", "57", "58"}


def is_transient(error: psycopg.Error) -> bool:
    """Whether to wait and try again: never told by the message's text."""
    if error.sqlstate is None:
        return isinstance(error, psycopg.OperationalError)
    return error.sqlstate[:2] in _TRANSIENT_CLASSES


class Warehouse:
    """A connection to Postgres as `roi_loader`, opened when it is needed.

    Methods raise `psycopg.Error`; `is_transient` tells whether to try again, and the
    next call then opens a new connection.
    """

    def __init__(self, connect: Callable[[], psycopg.Connection]) -> None:
        """Take the way to connect; no connection is made yet."""
        self._connect = connect
        self._connection: psycopg.Connection | None = None

    def _open(self) -> psycopg.Connection:
        if self._connection is not None and not self._connection.broken:
            return self._connection
        self.close()
        connection = self._connect()
        try:
            try:
                connection.execute("set role roi_loader")
            except psycopg.errors.InvalidParameterValue as error:
                raise SchemaOutdated(
                    f"there is no role roi_loader in {connection.info.dbname}: "
                    "run `roi migrate`"
                ) from error
            migrate.check(connection)
            connection.commit()
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return connection

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            with suppress(psycopg.Error):
                self._connection.close()
            self._connection = None

    def write(self, batch: Batch) -> None:
        """Write a batch in one transaction.

        Raises:
            Fenced: a position is not where the batch began; nothing is written.
            psycopg.Error: nothing is written, unless the connection broke during
                COMMIT: then a second call finds out, and is fenced if it was.
        """
        connection = self._open()
        with connection.transaction():
            for topic, rows in batch.rows.items():
                _copy_in(connection, COPY[topic], rows)
            _copy_in(connection, COPY_REJECTS, batch.rejects)
            positions.advance(connection, batch.advances)

    def positions(
        self, first_offsets: Mapping[TopicPartition, int]
    ) -> dict[TopicPartition, Position]:
        """The positions of partitions; new ones begin at their first offset."""
        connection = self._open()
        topics = {partition.topic for partition in first_offsets}
        with connection.transaction():
            positions.register(connection, first_offsets)
            known = positions.read(connection, topics)
        return {partition: known[partition] for partition in first_offsets}

    def has_passed(self, ends: Mapping[TopicPartition, int]) -> bool:
        """Whether every partition's next offset has reached its end."""
        connection = self._open()
        with connection.transaction():
            known = positions.read(connection, {end.topic for end in ends})
        return all(
            partition in known and known[partition].next_offset >= end
            for partition, end in ends.items()
        )


def _copy_in(
    connection: psycopg.Connection, statement: sql.Composed, rows: Sequence[bytes]
) -> None:
    # In one burst: a process that is stopped in the middle of COPY would keep its
    # locks, so everything is encoded before it begins.
    if rows:
        with connection.cursor().copy(statement) as copy:
            copy.write(b"".join(rows))
