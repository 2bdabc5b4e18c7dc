"""Where everything stands: services, topics, loader, rejects, marts. Read-only."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import psycopg

from roi.settings import TOPICS, Kafka, Postgres

_TIMEOUT_S = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Service:
    """A service and whether it answers."""

    name: str
    endpoint: str
    embedded: bool
    problem: str | None
    """Why it cannot be reached, in one line; None where it can."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Log:
    """The log of one partition: the offsets from `start` to before `end`."""

    start: int
    end: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Position:
    """How far the loader is in one partition."""

    log_epoch: int
    next_offset: int
    updated_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Rejects:
    """Messages that are not stored, and not redriven, of one topic and reason."""

    topic: str
    reason: str
    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class AsOf:
    """Up to when a topic's events are in the marts."""

    topic: str
    frozen_at: datetime | None
    latest_event_time: datetime | None


Partition = tuple[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """All of it; what belongs to a service that does not answer is None."""

    postgres: Service
    kafka: Service
    logs: dict[Partition, Log] | None
    positions: dict[Partition, Position] | None
    rejects: list[Rejects] | None
    marts: list[AsOf] | None
    """None also where the marts were never built."""

    @property
    def is_whole(self) -> bool:
        """Whether both services answered."""
        return self.postgres.problem is None and self.kafka.problem is None

    def partitions(self) -> list[Partition]:
        """Every partition that the topics or the loader know."""
        return sorted({*(self.logs or {}), *(self.positions or {})})

    def lag(self, partition: Partition) -> int | None:
        """Offsets of a partition not loaded yet; None where it cannot be told."""
        log = (self.logs or {}).get(partition)
        if log is None or self.positions is None:
            return None
        position = self.positions.get(partition)
        # What Kafka has deleted can no longer be loaded.
        reached = max(position.next_offset, log.start) if position else log.start
        return max(log.end - reached, 0)


def collect(postgres: Postgres, kafka: Kafka) -> Status:
    """Ask both services; neither has to answer."""
    logs, kafka_problem = _ask_kafka(kafka)
    database, postgres_problem = _ask_postgres(postgres)
    positions, rejects, marts = database or (None, None, None)
    return Status(
        postgres=_service("Postgres", postgres, postgres_problem),
        kafka=_service("Kafka", kafka, kafka_problem),
        logs=logs,
        positions=positions,
        rejects=rejects,
        marts=marts,
    )


def _service(name: str, service: Postgres | Kafka, problem: str | None) -> Service:
    return Service(
        name=name, endpoint=str(service), embedded=service.embedded, problem=problem
    )


def _ask_kafka(kafka: Kafka) -> tuple[dict[Partition, Log] | None, str | None]:
    from kafka import KafkaConsumer, TopicPartition
    from kafka.errors import KafkaError

    from roi.embedded.kafka import silence

    try:
        _connect_to_any(kafka.bootstrap_servers)
        with silence():
            consumer = KafkaConsumer(
                **kafka.client,
                # As the loader reads: up to the last finished transaction.
                isolation_level="read_committed",
                enable_auto_commit=False,
                bootstrap_timeout_ms=_TIMEOUT_S * 1000,
            )
            try:
                partitions = [
                    TopicPartition(topic, number)
                    for topic in sorted(set(TOPICS) & consumer.topics())
                    for number in consumer.partitions_for_topic(topic) or ()
                ]
                starts = consumer.beginning_offsets(partitions) if partitions else {}
                ends = consumer.end_offsets(partitions) if partitions else {}
            finally:
                consumer.close(autocommit=False)
    except (KafkaError, OSError, ValueError) as error:
        return None, _one_line(error)
    logs = {
        (each.topic, each.partition): Log(start=starts[each], end=ends[each])
        for each in partitions
    }
    return logs, None


def _connect_to_any(servers: Iterable[str]) -> None:
    # kafka-python goes on trying where nobody listens, and does not say so.
    problem = OSError("no server is named")
    for server in servers:
        host, _, port = server.rpartition(":")
        try:
            address = (host.strip("[]"), int(port))
            socket.create_connection(address, timeout=_TIMEOUT_S).close()
        except OSError as error:
            problem = error
        else:
            return
    raise problem


_Database = tuple[dict[Partition, Position], list[Rejects], list[AsOf] | None]


def _ask_postgres(postgres: Postgres) -> tuple[_Database | None, str | None]:
    try:
        with psycopg.connect(
            **postgres.connection_parameters(), connect_timeout=_TIMEOUT_S
        ) as connection:
            connection.read_only = True
            found = (
                _positions(connection),
                _rejects(connection),
                _marts(connection),
            )
    except psycopg.Error as error:
        return None, _one_line(error)
    return found, None


def _positions(connection: psycopg.Connection) -> dict[Partition, Position]:
    if not _exists(connection, "raw.kafka_offsets"):
        return {}
    rows = connection.execute(
        "select kafka_topic, kafka_partition, log_epoch, next_offset, updated_at "
        "from raw.kafka_offsets"
    )
    return {
        (topic, partition): Position(
            log_epoch=epoch, next_offset=next_offset, updated_at=updated_at
        )
        for topic, partition, epoch, next_offset, updated_at in rows
    }


def _rejects(connection: psycopg.Connection) -> list[Rejects]:
    if not _exists(connection, "raw.rejected_events"):
        return []
    rows = connection.execute(
        "select kafka_topic, reason, count(*) from raw.rejected_events "
        "where redriven_at is null group by 1, 2 order by 1, 2"
    )
    return [Rejects(topic=topic, reason=why, count=n) for topic, why, n in rows]


def _marts(connection: psycopg.Connection) -> list[AsOf] | None:
    if not _exists(connection, "marts.data_as_of"):
        return None
    rows = connection.execute(
        "select kafka_topic, max(frozen_at), max(latest_event_time) "
        "from marts.data_as_of group by 1 order by 1"
    )
    return [
        AsOf(topic=topic, frozen_at=frozen_at, latest_event_time=latest)
        for topic, frozen_at, latest in rows
    ]


def _exists(connection: psycopg.Connection, relation: str) -> bool:
    row = connection.execute("select to_regclass(%s)", [relation]).fetchone()
    return row is not None and row[0] is not None


def _one_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
