"""Every message exactly once, whatever is killed when."""

from __future__ import annotations

import itertools
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psycopg
import pytest
from kafka import KafkaProducer

from roi.settings import Embedded, Postgres
from tests.loader import delivery_law
from tests.loader.databases import fresh_database
from tests.loader.processes import (
    blocked_phase,
    kill,
    loaded_offsets,
    loader_process,
    wait_until,
)

pytestmark = pytest.mark.services

KILLS = 20
TOPIC = "ad_events"
SMALL_BATCHES = {
    "LOADER_TOPICS": TOPIC,
    "LOADER_BATCH_MAX_ROWS": "1000",
    # A static member: its successor need not wait for the group to miss it.
    "LOADER_INSTANCE_ID": "under-test",
}


@pytest.fixture(scope="module")
def backlog(services: Embedded) -> int:
    """Messages enough for every run to have some left, one in a hundred broken."""
    count = 40_000
    producer = KafkaProducer(
        **services.kafka.client, compression_type="snappy", linger_ms=20
    )
    for number in range(count):
        value = (
            b'{"event_id":"law-%d","event_time":"2026-01-31T09:30:00Z",'
            b'"device_id":"device-%d","platform":"facebook"}' % (number, number % 500)
        )
        producer.send(TOPIC, value=value[:40] if number % 100 == 0 else value)
    producer.flush()
    producer.close()
    return count


@contextmanager
def _held(postgres: Postgres, statement: str) -> Iterator[None]:
    """A lock that stops whoever needs it."""
    with psycopg.connect(**postgres.connection_parameters()) as connection:
        connection.execute(statement.encode())
        yield
        connection.rollback()


@contextmanager
def _commits_held(postgres: Postgres) -> Iterator[None]:
    """COMMIT waits for a standby that never comes: done, and nobody is told."""
    parameters = postgres.connection_parameters()
    with psycopg.connect(**parameters, autocommit=True) as connection:
        connection.execute("set synchronous_commit = local")
        connection.execute("alter system set synchronous_standby_names = 'nobody'")
        connection.execute("select pg_reload_conf()")
        try:
            yield
        finally:
            connection.execute("alter system reset synchronous_standby_names")
            connection.execute("select pg_reload_conf()")


Hold = Callable[[Postgres], AbstractContextManager[None]]
HOLDS: dict[str, Hold] = {
    "copy": lambda postgres: _held(postgres, f"lock table raw.{TOPIC} in share mode"),
    "compare-and-set": lambda postgres: _held(
        postgres, "select from raw.kafka_offsets for update"
    ),
    "commit": _commits_held,
}


def test_delivery_law_survives_twenty_kills(
    services: Embedded, backlog: int, capsys: pytest.CaptureFixture[str]
) -> None:
    phases: Counter[str] = Counter()
    plan = itertools.cycle([*HOLDS, "anywhere"])
    with (
        fresh_database(services) as postgres,
        psycopg.connect(**postgres.connection_parameters(), autocommit=True) as watcher,
    ):
        # Positions exist, so that there is a row to lock from the first kill on.
        with loader_process(services.kafka, postgres, **SMALL_BATCHES) as first:
            wait_until(lambda: loaded_offsets(watcher) > 0)
            kill(first)
            phases["anywhere"] += 1
        for wanted in itertools.islice(plan, KILLS - 1):
            before = loaded_offsets(watcher)
            if wanted == "anywhere":
                with loader_process(
                    services.kafka, postgres, **SMALL_BATCHES
                ) as process:
                    wait_until(lambda: loaded_offsets(watcher) > before)  # noqa: B023
                    phases[blocked_phase(watcher) or "anywhere"] += 1
                    kill(process)
                continue
            with (
                HOLDS[wanted](postgres),
                loader_process(services.kafka, postgres, **SMALL_BATCHES) as process,
            ):
                wait_until(lambda: blocked_phase(watcher) == wanted)  # noqa: B023
                phases[wanted] += 1
                kill(process)
            verdict = delivery_law.check(services.kafka, postgres, (TOPIC,))
            assert verdict.holds, f"after a kill during {wanted}: {verdict}"

        with loader_process(
            services.kafka, postgres, "--once", **SMALL_BATCHES
        ) as process:
            _, errors = process.communicate(timeout=120)
            assert process.returncode == 0, errors
        verdict = delivery_law.check(services.kafka, postgres, (TOPIC,))

    with capsys.disabled():
        print(f"\n  killed in phase: {dict(phases)}; {verdict.messages} messages")
    assert verdict.holds, verdict
    assert verdict.messages >= backlog
    assert phases.total() == KILLS
    assert sum(phases[inside] for inside in HOLDS) >= 12


def test_oracle_finds_a_loader_that_commits_offsets_first(
    services: Embedded, backlog: int
) -> None:
    broken = (sys.executable, str(Path(__file__).with_name("broken_loader.py")), "load")
    with (
        fresh_database(services) as postgres,
        psycopg.connect(**postgres.connection_parameters(), autocommit=True) as watcher,
    ):
        with (
            HOLDS["copy"](postgres),
            loader_process(
                services.kafka, postgres, command=broken, **SMALL_BATCHES
            ) as process,
        ):
            wait_until(lambda: blocked_phase(watcher) == "copy")
            kill(process)
        wait_until(lambda: blocked_phase(watcher) is None)
        verdict = delivery_law.check(services.kafka, postgres, (TOPIC,))
    assert verdict.lost.total() > 0
    assert not verdict.doubled


def test_two_loaders_share_the_work_and_neither_writes_twice(
    services: Embedded, backlog: int
) -> None:
    shared = {"LOADER_TOPICS": TOPIC, "LOADER_GROUP_ID": "two-share-the-work"}
    with (
        fresh_database(services) as postgres,
        loader_process(services.kafka, postgres, "--once", **shared) as one,
        loader_process(services.kafka, postgres, "--once", **shared) as other,
    ):
        for process in (one, other):
            _, errors = process.communicate(timeout=120)
            assert process.returncode == 0, errors
        verdict = delivery_law.check(services.kafka, postgres, (TOPIC,))
    assert verdict.holds, verdict
    assert verdict.messages >= backlog
