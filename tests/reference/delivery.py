"""Histories on their way into raw.*, in slices, as the loader would write them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple, fields, replace
from random import Random

import psycopg

from tests.reference.histories import History
from tests.reference.rows import TOPICS, RawRow

ADVANCE = """
insert into raw.kafka_offsets (
    kafka_topic, kafka_partition, log_epoch, first_offset, next_offset, load_seq
)
values (%s, %s, %s, 0, %s, %s)
on conflict (kafka_topic, kafka_partition) do update
set
    log_epoch = excluded.log_epoch,
    next_offset = excluded.next_offset,
    load_seq = excluded.load_seq
"""

Slices = list[list[RawRow]]


def delivered(histories: Sequence[History], dice: Random, slices: int) -> Slices:
    """The rows in random slices, with offsets in the order of delivery.

    Copies and late events come in any slice. With the last slice the topics have
    been recreated: a new epoch, offsets from 0.
    """
    rows = [row for history in histories for row in history.rows]
    dice.shuffle(rows)
    parts: Slices = [[] for _ in range(slices)]
    for row in rows:
        parts[dice.randrange(slices)].append(row)
    offsets: Counter[tuple[object, ...]] = Counter()
    found: Slices = []
    for number, part in enumerate(parts):
        epoch = int(number == slices - 1 and slices > 1)
        found.append([])
        for row in part:
            partition = (type(row), row.kafka_partition, epoch)
            found[-1].append(
                replace(row, kafka_offset=offsets[partition], log_epoch=epoch)
            )
            offsets[partition] += 1
    return found


def write(connection: psycopg.Connection, rows: Sequence[RawRow]) -> None:
    """One transaction for each topic and partition, which raises its load_seq."""
    for topic, kind in TOPICS.items():
        for partition in sorted({row.kafka_partition for row in rows}):
            batch = [
                row
                for row in rows
                if isinstance(row, kind) and row.kafka_partition == partition
            ]
            if batch:
                with connection.transaction():
                    write_batch(connection, topic, partition, batch)


def write_batch(
    connection: psycopg.Connection, topic: str, partition: int, rows: list[RawRow]
) -> None:
    stands = connection.execute(
        "select load_seq from raw.kafka_offsets "
        "where kafka_topic = %s and kafka_partition = %s for update",
        [topic, partition],
    ).fetchone()
    load_seq = 1 + (stands[0] if stands else 0)
    columns = [each.name for each in fields(rows[0])]
    into = f"copy raw.{topic} ({', '.join(columns)}, load_seq) from stdin"
    with connection.cursor() as cursor, cursor.copy(into.encode()) as copy:
        for row in rows:
            copy.write_row((*astuple(row), load_seq))
    last = rows[-1]
    connection.execute(
        ADVANCE, [topic, partition, last.log_epoch, last.kafka_offset + 1, load_seq]
    )
