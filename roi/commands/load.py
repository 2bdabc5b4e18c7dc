"""`roi load`: from Kafka into Postgres, each message exactly once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from roi import settings
from roi.errors import RoiError
from roi.settings import Postgres

if TYPE_CHECKING:
    import psycopg


def load(
    once: Annotated[
        bool,
        typer.Option(
            "--once",
            help="Load up to where the topics end now, by whomever, then exit.",
        ),
    ] = False,
) -> None:
    """Load events from Kafka into the raw tables, each message exactly once.

    Runs until it is stopped (Ctrl-C or SIGTERM finish the batch that is being
    written). While Kafka or Postgres is away it waits, and goes on by itself.
    Several loaders share the partitions. Settings: `LOADER_…`; see the README.
    """
    from loader.service import Loader
    from loader.warehouse import Warehouse
    from roi import logs

    postgres, kafka = settings.both()
    loader_settings = settings.read(settings.LoaderSettings)
    logs.configure(loader_settings.log_format)
    with stop_on_signals() as stop:
        done = Loader(
            kafka=kafka,
            warehouse=Warehouse(lambda: connect(postgres)),
            settings=loader_settings,
            log=logs.logger("loader"),
            stop=stop,
            once=once,
        ).run()
    if once and not done:
        raise RoiError(
            "stopped before the ends of the topics were reached; what is loaded is "
            "safe, run it again for the rest"
        )


def connect(postgres: Postgres) -> psycopg.Connection:
    """A connection for the loader."""
    import psycopg

    return psycopg.connect(
        **postgres.connection_parameters(),
        application_name="roi-loader",
        connect_timeout=5,
        # A peer that vanished without a word is noticed within half a minute.
        keepalives_idle=10,
        keepalives_interval=5,
        keepalives_count=3,
        tcp_user_timeout=30_000,
    )


@contextmanager
def stop_on_signals() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set; a second Ctrl-C interrupts at once."""
    stop = threading.Event()

    def handle(number: int, frame: object) -> None:
        if stop.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        stop.set()

    before = {
        number: signal.signal(number, handle)
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
