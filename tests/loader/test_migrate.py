"""The raw schema and its roles."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from loader import migrate
from loader.errors import SchemaOutdated
from roi.settings import Embedded, Postgres
from tests.conftest import RunRoi
from tests.loader.databases import empty_database, fresh_database

pytestmark = pytest.mark.services


@pytest.fixture
def unmigrated(services: Embedded) -> Iterator[Postgres]:
    with empty_database(services) as postgres:
        yield postgres


@pytest.fixture(scope="module")
def database(services: Embedded) -> Iterator[Postgres]:
    with fresh_database(services) as postgres:
        yield postgres


def test_applied_once_when_several_start_together(unmigrated: Postgres) -> None:
    def attempt(_: int) -> list[str]:
        with psycopg.connect(**unmigrated.connection_parameters()) as connection:
            return migrate.migrate(connection)

    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(attempt, range(6)))
    everything = [migration.name for migration in migrate.migrations()]
    assert sorted(results, key=len) == [[]] * 5 + [everything]


def test_a_newer_schema_is_refused(unmigrated: Postgres) -> None:
    with psycopg.connect(**unmigrated.connection_parameters()) as connection:
        with pytest.raises(SchemaOutdated, match="roi migrate"):
            migrate.check(connection)
        migrate.migrate(connection)
        migrate.check(connection)
        connection.execute(
            "insert into raw.schema_migrations (version, name) values (9999, 'later')"
        )
        with pytest.raises(SchemaOutdated, match="newer version"):
            migrate.check(connection)


def test_the_command_is_repeatable(unmigrated: Postgres, run_roi: RunRoi) -> None:
    first = run_roi("migrate", **unmigrated.environment())
    assert first.returncode == 0, first.stderr
    assert "0002_raw.sql" in first.stdout
    again = run_roi("migrate", **unmigrated.environment())
    assert again.returncode == 0
    assert "up to date" in again.stdout


EVENT = (
    "insert into raw.user_registrations (event_id, event_time, user_id, device_id, "
    "kafka_partition, kafka_offset, kafka_timestamp, log_epoch, load_seq) "
    "values ('e', now(), 'u', 'd', 0, 0, now(), 0, 1)"
)
POSITION = (
    "insert into raw.kafka_offsets (kafka_topic, kafka_partition, first_offset, "
    "next_offset) values ('t', 0, 0, 0)"
)


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("roi_loader", EVENT),
        ("roi_loader", POSITION),
        ("roi_loader", "select * from raw.kafka_offsets"),
        ("roi_loader", "update raw.kafka_offsets set next_offset = next_offset + 1"),
        ("roi_transformer", "select * from raw.ad_events"),
        ("roi_transformer", "create table marts.anything (column_a int)"),
        ("roi_reader", "select has_schema_privilege('marts', 'usage')"),
        ("roi_owner", "delete from raw.ad_events"),
    ],
)
def test_a_role_can_do_its_work(database: Postgres, role: str, statement: str) -> None:
    with psycopg.connect(**database.connection_parameters()) as connection:
        connection.execute(f"set role {role}".encode())
        connection.execute(statement.encode())
        connection.rollback()


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("roi_loader", "select * from raw.ad_events"),
        ("roi_loader", "update raw.user_registrations set user_id = 'x'"),
        ("roi_loader", "delete from raw.ad_events"),
        ("roi_loader", "truncate raw.ad_events"),
        ("roi_loader", "delete from raw.kafka_offsets"),
        ("roi_loader", "update raw.rejected_events set redriven_at = now()"),
        ("roi_loader", "insert into raw.schema_migrations values (1, 'x')"),
        ("roi_loader", "create table raw.anything (column_a int)"),
        ("roi_loader", "create table marts.anything (column_a int)"),
        ("roi_transformer", EVENT),
        ("roi_transformer", "delete from raw.ad_events"),
        ("roi_transformer", "update raw.kafka_offsets set load_seq = 0"),
        ("roi_reader", "select * from raw.ad_events"),
        ("roi_reader", "create table marts.anything (column_a int)"),
    ],
)
def test_a_role_can_do_nothing_else(
    database: Postgres, role: str, statement: str
) -> None:
    with psycopg.connect(**database.connection_parameters()) as connection:
        connection.execute(f"set role {role}".encode())
        with pytest.raises(InsufficientPrivilege):
            connection.execute(statement.encode())


def test_what_is_built_later_can_be_read(database: Postgres) -> None:
    with psycopg.connect(**database.connection_parameters()) as connection:
        connection.execute("set role roi_transformer")
        connection.execute("create table marts.built_later (column_a int)")
        connection.execute("set role roi_reader")
        connection.execute("select * from marts.built_later")
        connection.rollback()
