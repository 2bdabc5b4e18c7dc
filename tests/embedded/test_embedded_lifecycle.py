"""A person starts the services, kills them, starts them twice: they always come up."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from kafka import KafkaAdminClient

from roi.embedded import ports
from roi.embedded.kafka import KafkaServer
from roi.embedded.postgres import PostgresServer
from roi.settings import TOPICS, Embedded

if TYPE_CHECKING:
    from tests.conftest import RunRoi

pytestmark = pytest.mark.services


@pytest.fixture(scope="module")
def taken_port() -> Iterator[int]:
    """A port on which something else listens all the time."""
    with socket.socket() as other:
        other.bind((Embedded.HOST, 0))
        other.listen()
        yield other.getsockname()[1]


@pytest.fixture(scope="module")
def variables(own_state_dir: Path, taken_port: int) -> dict[str, str]:
    return {
        "ROI_STATE_DIR": str(own_state_dir),
        "ROI_EMBEDDED_POSTGRES_PORT": str(taken_port),
        "ROI_EMBEDDED_KAFKA_PORT": str(ports.any_free()),
    }


@pytest.fixture
def running(
    own_state_dir: Path, variables: dict[str, str], run_roi: RunRoi
) -> Embedded:
    """The services of this module, up."""
    result = run_roi("up", **variables)
    assert result.returncode == 0, result.stderr
    return _known(own_state_dir)


def test_two_ups_at_once_start_one_of_each_beside_a_taken_port(
    own_state_dir: Path,
    variables: dict[str, str],
    taken_port: int,
    run_roi: RunRoi,
) -> None:
    # What an interrupted start leaves behind:
    for service in ("postgres", "kafka"):
        (own_state_dir / service / "data.new" / "half").mkdir(parents=True)
    with ThreadPoolExecutor() as pool:
        both = [pool.submit(run_roi, "up", **variables) for _ in range(2)]
    first, second = (each.result() for each in both)
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert first.stdout == second.stdout
    assert f"{taken_port} was taken" in first.stdout
    embedded = _known(own_state_dir)
    assert embedded.postgres_port != taken_port
    assert _topics(embedded) >= set(TOPICS)


def test_up_survives_kill_9_with_its_data(
    own_state_dir: Path, variables: dict[str, str], running: Embedded, run_roi: RunRoi
) -> None:
    with _connect(running) as connection:
        connection.execute("create table if not exists public.kept (id integer)")
    before = _process_ids(own_state_dir)
    for process_id in before:
        os.kill(process_id, signal.SIGKILL)
    # As if the system had given the id to another process since:
    pid_file = own_state_dir / "postgres" / "data" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]))
    result = run_roi("up", **variables)
    assert result.returncode == 0, result.stderr
    assert _known(own_state_dir) == running
    assert not set(before) & set(_process_ids(own_state_dir))
    with _connect(running) as connection:
        connection.execute("select from public.kept")
    assert _topics(running) >= set(TOPICS)


def test_up_again_changes_nothing(
    own_state_dir: Path, variables: dict[str, str], running: Embedded, run_roi: RunRoi
) -> None:
    before = _process_ids(own_state_dir)
    assert run_roi("up", **variables).returncode == 0
    assert _process_ids(own_state_dir) == before
    assert _known(own_state_dir) == running


def test_up_finds_its_running_servers_when_its_notes_are_gone(
    own_state_dir: Path, variables: dict[str, str], running: Embedded, run_roi: RunRoi
) -> None:
    before = _process_ids(own_state_dir)
    Embedded.path(own_state_dir).write_text('{"postgres_port": 1')
    result = run_roi("up", **variables)
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert "is damaged" in result.stderr
    Embedded.path(own_state_dir).unlink()
    assert run_roi("up", **variables).returncode == 0
    assert _known(own_state_dir) == running
    assert _process_ids(own_state_dir) == before


def test_down_ends_everything_and_is_repeatable(
    own_state_dir: Path, variables: dict[str, str], running: Embedded, run_roi: RunRoi
) -> None:
    assert run_roi("down", **variables).returncode == 0
    again = run_roi("down", **variables)
    assert (again.returncode, again.stdout) == (0, "nothing was running\n")
    assert not _process_ids(own_state_dir)
    assert ports.is_free(running.postgres_port)
    assert not ports.is_open(running.kafka_port)
    status = run_roi("status", "--format", "json", **variables)
    assert status.returncode == 1
    assert not json.loads(status.stdout)["services"]["postgres"]["running"]
    assert status.stderr.count("\n") == 1


def _known(state_dir: Path) -> Embedded:
    embedded = Embedded.read(state_dir)
    assert embedded is not None
    return embedded


def _process_ids(state_dir: Path) -> list[int]:
    servers = (KafkaServer(state_dir, print), PostgresServer(state_dir, print))
    found = [server.process() for server in servers]
    return [process.pid for process in found if process is not None]


def _connect(embedded: Embedded) -> psycopg.Connection:
    return psycopg.connect(**embedded.postgres.connection_parameters())


def _topics(embedded: Embedded) -> set[str]:
    with KafkaAdminClient(**embedded.kafka.client) as admin:
        return set(admin.list_topics())
