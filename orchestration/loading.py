"""One run of the loader inside a Dagster run: bounded, and ended when that is ended."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import psycopg
import structlog
from kafka import TopicPartition
from structlog.typing import FilteringBoundLogger

from loader import positions
from loader.batch import Batch
from loader.positions import Position
from loader.service import Loader
from loader.warehouse import REJECT, Warehouse
from roi.commands.load import connect
from roi.errors import ServiceUnavailable
from roi.settings import TOPICS, Kafka, LoaderSettings, Postgres
from roi.status import collect

_LOOK_SECONDS = 1.0
_GRACE_SECONDS = 30.0
_TOPIC, _REASON = REJECT.index("kafka_topic"), REJECT.index("reason")


@dataclass(frozen=True, kw_only=True, slots=True)
class Loaded:
    """What a run of the loader did, and where it then stood."""

    rows: Mapping[str, int]
    """By table: written by this run; another loader may have written more."""
    rejects: Mapping[tuple[str, str], int]
    """By topic and reason."""
    positions: Mapping[TopicPartition, Position]
    ends: Mapping[TopicPartition, int]
    """Where the topics ended at the start."""


def load(
    *,
    postgres: Postgres,
    kafka: Kafka,
    loader_settings: LoaderSettings,
    patience_seconds: float,
    log: logging.Logger,
) -> Loaded:
    """Load up to where the topics end now, by whomever; as `roi load --once`.

    Args:
        postgres: where to.
        kafka: where from.
        loader_settings: of the loader.
        patience_seconds: after how long without any progress to give up.
        log: is told what the loader says.

    Raises:
        ServiceUnavailable: there was no progress for that long.
        LoaderError: the loader cannot go on.
    """
    rows: Counter[str] = Counter()
    rejects: Counter[tuple[str, str]] = Counter()
    ends: dict[TopicPartition, int] = {}

    def count(batch: Batch) -> None:
        rows.update({table: len(lines) for table, lines in batch.rows.items()})
        for line in batch.rejects:
            fields = line.split(b"\t")
            rejects[fields[_TOPIC].decode(), fields[_REASON].decode()] += 1

    lines = _Lines()
    stop = threading.Event()
    loader = Loader(
        kafka=kafka,
        warehouse=Warehouse(lambda: connect(postgres)),
        settings=loader_settings,
        log=lines.logger(),
        stop=stop,
        once=True,
        on_commit=count,
        on_ends=ends.update,
    )
    running = _Running(loader)
    running.start()
    try:
        seen, since = _positions(postgres), time.monotonic()
        while running.is_alive():
            running.join(_LOOK_SECONDS)
            lines.pass_on(log)
            # Whoever moves the positions: a loader beside us is as good.
            now = _positions(postgres)
            if now and now != seen:
                seen, since = now, time.monotonic()
            if time.monotonic() - since > patience_seconds and running.is_alive():
                raise ServiceUnavailable(_why(postgres, kafka, patience_seconds))
    finally:
        # Also when the run is terminated: the batch in hand is finished or dropped.
        stop.set()
        running.join(_GRACE_SECONDS)
        lines.pass_on(log)
    if running.error is not None:
        raise running.error
    if not running.done:
        raise ServiceUnavailable(_why(postgres, kafka, patience_seconds))
    return Loaded(rows=rows, rejects=rejects, positions=_positions(postgres), ends=ends)


class _Running(threading.Thread):
    """The loader in a thread: interrupts reach the main thread only."""

    def __init__(self, loader: Loader) -> None:
        super().__init__(name="loader", daemon=True)
        self._loader = loader
        self.done = False
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            self.done = self._loader.run()
        except Exception as error:  # noqa: BLE001 - raised again by `load`
            self.error = error


class _Lines:
    """The loader's log lines, to be handed on by the thread that owns the run."""

    def __init__(self) -> None:
        self._lines: queue.SimpleQueue[tuple[int, str]] = queue.SimpleQueue()

    def logger(self) -> FilteringBoundLogger:
        bound: FilteringBoundLogger = structlog.wrap_logger(
            self,
            processors=[
                structlog.processors.format_exc_info,
                structlog.processors.LogfmtRenderer(key_order=["event"]),
            ],
            wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        )
        return bound

    def info(self, line: str) -> None:
        self._lines.put((logging.INFO, line))

    def warning(self, line: str) -> None:
        self._lines.put((logging.WARNING, line))

    def error(self, line: str) -> None:
        self._lines.put((logging.ERROR, line))

    critical = error

    def pass_on(self, log: logging.Logger) -> None:
        while not self._lines.empty():
            log.log(*self._lines.get())


def _positions(postgres: Postgres) -> dict[TopicPartition, Position]:
    """Where the loader stands; nothing where Postgres does not say."""
    with suppress(psycopg.Error), connect(postgres) as connection:
        return positions.read(connection, TOPICS)
    return {}


def _why(postgres: Postgres, kafka: Kafka, patience_seconds: float) -> str:
    found = collect(postgres, kafka)
    away = [
        f"{each.name} at {each.endpoint} is not usable ({each.problem})"
        for each in (found.postgres, found.kafka)
        if each.problem
    ]
    reason = "; ".join(away) or "both services answer, the loader's lines say more"
    return (
        f"nothing was loaded for {patience_seconds:.0f} s: {reason}. What is loaded is "
        "safe; run it again for the rest"
    )
