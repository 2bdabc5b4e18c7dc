"""Loader processes that are started, watched from Postgres' side, and killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from roi.settings import Kafka, Postgres

ROI = str(Path(sys.executable).with_name("roi"))

ACTIVITY = """
select
    case
        when wait_event = 'SyncRep' then 'commit'
        when query ilike '%copy raw.%' then 'copy'
        when query ilike '%update raw.kafka_offsets%' then 'compare-and-set'
        else 'other'
    end
from pg_stat_activity
where
    application_name = 'roi-loader'
    and datname = current_database()
    and state = 'active'
    and wait_event_type in ('Lock', 'IPC')
"""


@contextmanager
def loader_process(
    kafka: Kafka,
    postgres: Postgres,
    *arguments: str,
    command: Sequence[str] = (ROI, "load"),
    **variables: str,
) -> Iterator[subprocess.Popen[str]]:
    """A loader; killed at the end if it still runs."""
    process = subprocess.Popen(
        [*command, *arguments],
        env=os.environ
        | postgres.environment()
        | {"KAFKA_BOOTSTRAP_SERVERS": str(kafka)}
        | variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def kill(process: subprocess.Popen[str]) -> None:
    """As the operating system would when it runs out of memory."""
    process.send_signal(signal.SIGKILL)
    process.wait()


def wait_until(condition: Callable[[], Any], *, seconds: float = 60.0) -> Any:
    """Ask again and again until something is so; its value."""
    deadline = time.monotonic() + seconds
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not so within {seconds} s: {condition}")
        time.sleep(0.01)
    return result


def blocked_phase(watcher: psycopg.Connection) -> str | None:
    """Where in its transaction a loader is held up, if one is."""
    row = watcher.execute(ACTIVITY).fetchone()
    return row[0] if row else None


def loaded_offsets(watcher: psycopg.Connection) -> int:
    """How many offsets have been passed in all partitions."""
    row = watcher.execute(
        "select coalesce(sum(next_offset - first_offset), 0) from raw.kafka_offsets"
    ).fetchone()
    assert row is not None
    return int(row[0])
