"""The embedded services together: up, with all that the product needs, and down."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from roi import profiles, settings, topics
from roi.embedded import ports
from roi.embedded.kafka import KafkaServer
from roi.embedded.locks import exclusive
from roi.embedded.postgres import PostgresServer
from roi.embedded.server import Server, wait_until_it_answers
from roi.errors import RoiError
from roi.settings import Embedded, TopicSettings

ROLES = ("roi_owner", "roi_loader", "roi_transformer", "roi_reader")

Report = Callable[[str], None]
"""Is told in a few words what is happening."""


def up(
    state_dir: Path,
    report: Report = lambda _: None,
    *,
    postgres_port: int | None = None,
    kafka_port: int | None = None,
) -> Embedded:
    """Start what does not run yet; topics, schema and roles are then ready.

    Repeatable, also after it was interrupted or the servers were killed. Ports once
    used are used again; of one that is taken, the next free one is.

    Args:
        state_dir: the folder that holds the services' state; made where absent.
        report: is told what is happening.
        postgres_port: the port to prefer where none is remembered.
        kafka_port: the same for Kafka.

    Raises:
        RoiError: a service does not start; the message says why, and where its log
            is. What has started goes on; `down` ends it.
    """
    state_dir = state_dir.resolve()
    state_dir.mkdir(parents=True, exist_ok=True)
    with _alone(state_dir, report):
        known = Embedded.read(state_dir)
        project = settings.project()
        preferred = known or Embedded(
            postgres_port=postgres_port or project.embedded_postgres_port,
            kafka_port=kafka_port or project.embedded_kafka_port,
        )
        topic_settings = topics.for_one_broker(settings.read(TopicSettings))
        postgres = PostgresServer(state_dir, report)
        kafka = KafkaServer(state_dir, report)
        # Kafka takes longer: it starts while Postgres does.
        launched_kafka = _launch(kafka, preferred.kafka_port)
        launched_postgres = _launch(postgres, preferred.postgres_port)
        report("Postgres: starting")
        found_postgres = _port(postgres, launched_postgres)
        report("Kafka: starting")
        embedded = Embedded(
            postgres_port=found_postgres, kafka_port=_port(kafka, launched_kafka)
        )
        if embedded != known:
            embedded.write(state_dir)
        report("Postgres: schema and roles")
        try:
            _prepare_database(embedded)
        except psycopg.Error as error:
            reason = " ".join(str(error).split())
            raise RoiError(
                f"the database {embedded.postgres} cannot be prepared: {reason} "
                f"(see {postgres.log})"
            ) from error
        report("Kafka: topics")
        topics.create(embedded.kafka, topic_settings)
        profiles.write(state_dir, embedded)
        return embedded


def down(state_dir: Path, report: Report = lambda _: None) -> list[str]:
    """End whatever runs, cleanly; the data stays.

    Repeatable; also ends what an interrupted `up` has left.

    Returns:
        The names of what was ended.

    Raises:
        RoiError: a process belongs to another user.
    """
    state_dir = state_dir.resolve()
    if not state_dir.is_dir():
        return []
    ended = []
    with _alone(state_dir, report):
        servers: list[Server] = [
            KafkaServer(state_dir, report),
            PostgresServer(state_dir, report),
        ]
        for server in servers:
            report(f"{server.name}: stopping")
            if server.stop():
                ended.append(server.name)
    return ended


def _alone(state_dir: Path, report: Report) -> AbstractContextManager[None]:
    wait = "waiting for another `roi up` or `roi down`"
    return exclusive(state_dir / "lock", lambda: report(wait))


def _launch(server: Server, preferred: int) -> tuple[psutil.Process, int, bool]:
    """The process, its port, and whether it is a new one."""
    running = server.process()
    if running is not None:
        return running, server.port(running), False
    port = ports.next_free(preferred)
    return server.launch(port), port, True


def _port(server: Server, launched: tuple[psutil.Process, int, bool]) -> int:
    """The port, once the server answers there."""
    process, port, is_new = launched
    while True:
        try:
            wait_until_it_answers(server, process, port)
        except RoiError:
            # Somebody took the port between our look at it and the server's start?
            if not is_new or server.process() is not None or ports.is_free(port):
                raise
            port = ports.next_free(port)
            process = server.launch(port)
        else:
            return port


def _prepare_database(embedded: Embedded) -> None:
    from loader.migrate import migrate

    parameters = embedded.postgres.connection_parameters()
    with psycopg.connect(**{**parameters, "dbname": "postgres"}, autocommit=True) as c:
        names = {name for (name,) in c.execute("select datname from pg_database")}
        if Embedded.DATABASE not in names:
            name = sql.Identifier(Embedded.DATABASE)
            c.execute(sql.SQL("create database {}").format(name))
    with psycopg.connect(**parameters, autocommit=True) as c:
        migrate(c)
        without_password = c.execute(
            "select rolname from pg_authid where rolname = any(%s) "
            "and rolpassword is null",
            [list(ROLES)],
        ).fetchall()
        for (role,) in without_password:
            c.execute(
                sql.SQL("alter role {} password {}").format(
                    sql.Identifier(role), sql.Literal(Embedded.PASSWORD)
                )
            )
