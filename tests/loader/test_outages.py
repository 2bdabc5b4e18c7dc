"""Services that are away: the loader says so, waits, and goes on by itself."""

from __future__ import annotations

import json
import signal
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import IO

import psycopg
import pytest
from kafka import KafkaProducer

from roi.embedded import ports
from roi.settings import Embedded, Kafka
from tests.conftest import RunRoi
from tests.loader import delivery_law
from tests.loader.databases import fresh_database
from tests.loader.processes import loaded_offsets, loader_process, wait_until

pytestmark = pytest.mark.services

TOPIC = "user_registrations"
QUICK = {
    "LOADER_TOPICS": TOPIC,
    "LOADER_RETRY_MAX_SECONDS": "0.5",
    "LOADER_LOG_FORMAT": "json",
}


@contextmanager
def _forwarding(port: int, target: int) -> Iterator[None]:
    """A port that leads to another one on this machine."""

    class Forward(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.create_connection(("127.0.0.1", target)) as upstream:
                back = threading.Thread(
                    target=self._pump, args=(upstream, self.request), daemon=True
                )
                back.start()
                self._pump(self.request, upstream)
                back.join()

        @staticmethod
        def _pump(source: socket.socket, sink: socket.socket) -> None:
            try:
                while data := source.recv(65536):
                    sink.sendall(data)
                sink.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # either end has gone

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    with Server(("127.0.0.1", port), Forward) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def registrations(services: Embedded) -> int:
    producer = KafkaProducer(**services.kafka.client)
    for number in range(300):
        producer.send(
            TOPIC,
            value=json.dumps(
                {
                    "event_id": f"outage-{number}",
                    "event_time": "2026-01-31T09:30:00Z",
                    "user_id": f"user-{number}",
                    "device_id": f"device-{number}",
                }
            ).encode(),
        )
    producer.flush()
    producer.close()
    return 300


def _line_with(stream: IO[str] | None, event: str) -> dict[str, str]:
    assert stream is not None
    for line in stream:
        fields: dict[str, str] = json.loads(line)
        if fields["event"] == event:
            return fields
    raise AssertionError(f"no line {event}")


def test_waits_for_postgres_and_goes_on(services: Embedded, registrations: int) -> None:
    port = ports.any_free()
    with fresh_database(services) as postgres:
        away = replace(postgres, port=port)
        with loader_process(services.kafka, away, "--once", **QUICK) as process:
            line = _line_with(process.stderr, "postgres_unavailable")
            assert "Connection refused" in line["error"]
            assert str(port) in line["error"]
            with _forwarding(port, postgres.port):
                _, errors = process.communicate(timeout=60)
            assert process.returncode == 0, errors
        verdict = delivery_law.check(services.kafka, postgres, (TOPIC,))
    assert verdict.holds, verdict
    assert verdict.messages >= registrations


def test_waits_for_kafka_and_goes_on(services: Embedded, registrations: int) -> None:
    port = ports.any_free()
    away = Kafka(bootstrap_servers=(f"127.0.0.1:{port}",), client={})
    with fresh_database(services) as postgres:
        with loader_process(away, postgres, "--once", **QUICK) as process:
            line = _line_with(process.stderr, "kafka_unavailable")
            assert str(port) in line["servers"]
            with _forwarding(port, services.kafka_port):
                _, errors = process.communicate(timeout=60)
            assert process.returncode == 0, errors
        verdict = delivery_law.check(services.kafka, postgres, (TOPIC,))
    assert verdict.holds, verdict


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stops_when_told_to_and_exits_with_0(
    services: Embedded, registrations: int, number: signal.Signals
) -> None:
    with (
        fresh_database(services) as postgres,
        psycopg.connect(**postgres.connection_parameters(), autocommit=True) as watcher,
        loader_process(services.kafka, postgres, **QUICK) as process,
    ):
        wait_until(lambda: loaded_offsets(watcher) > 0)
        process.send_signal(number)
        _, errors = process.communicate(timeout=20)
        assert process.returncode == 0, errors
        assert "Traceback" not in errors
        assert delivery_law.check(services.kafka, postgres, (TOPIC,)).holds


def test_goes_on_after_its_connection_was_ended(
    services: Embedded, registrations: int
) -> None:
    with (
        fresh_database(services) as postgres,
        psycopg.connect(**postgres.connection_parameters(), autocommit=True) as watcher,
        loader_process(services.kafka, postgres, **QUICK) as process,
    ):
        wait_until(lambda: loaded_offsets(watcher) >= registrations)
        watcher.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where application_name = 'roi-loader' and datname = current_database()"
        )
        producer = KafkaProducer(**services.kafka.client)
        producer.send(TOPIC, value=b"not JSON")
        producer.flush()
        producer.close()
        before = loaded_offsets(watcher)
        wait_until(lambda: loaded_offsets(watcher) > before or _rejected(watcher))
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
        assert process.returncode == 0
        assert delivery_law.check(services.kafka, postgres, (TOPIC,)).holds


def _rejected(watcher: psycopg.Connection) -> int:
    row = watcher.execute("select count(*) from raw.rejected_events").fetchone()
    assert row is not None
    return int(row[0])


def test_a_schema_without_migrations_is_named(
    services: Embedded, run_roi: RunRoi
) -> None:
    with fresh_database(services) as postgres:
        with psycopg.connect(**postgres.connection_parameters()) as connection:
            connection.execute("drop schema raw cascade")
        outcome = run_roi(
            "load",
            "--once",
            **postgres.environment(),
            KAFKA_BOOTSTRAP_SERVERS=str(services.kafka),
        )
    assert outcome.returncode == 1
    assert "run `roi migrate`" in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_one_of_two_services_set_is_an_error(
    services: Embedded, run_roi: RunRoi
) -> None:
    outcome = run_roi("load", "--once", KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1")
    assert outcome.returncode == 2
    assert outcome.stderr.count("\n") == 1
    assert "PGHOST is not" in outcome.stderr
