"""What the embedded Postgres and the embedded Kafka have in common."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import psutil
import tenacity

from roi.embedded import processes
from roi.errors import RoiError

START_SECONDS = 120.0
"""How long a server may take until it answers; a recovery can take a while."""


class Server(Protocol):
    """One server of a state folder."""

    name: str
    log: Path

    def process(self) -> psutil.Process | None:
        """Its process, if it runs."""

    def port(self, process: psutil.Process) -> int:
        """Where it listens."""

    def launch(self, port: int) -> psutil.Process:
        """Start it, first preparing what is missing; does not wait for it."""

    def answers(self, port: int) -> bool:
        """Whether it can be worked with; another server on that port is a no."""

    def stop(self) -> bool:
        """End it cleanly; False where it did not run."""


def wait_until_it_answers(server: Server, process: psutil.Process, port: int) -> None:
    """Return when it can be worked with.

    Raises:
        RoiError: it ended, or took too long; the message has the log's last words.
    """

    def state() -> bool:
        if server.answers(port):
            return True
        if not processes.is_alive(process):
            raise processes.exited(server.name, server.log)
        return False

    _until(state, server)


def _until(state: Callable[[], bool], server: Server) -> None:
    def gave_up(_: tenacity.RetryCallState) -> bool:
        raise RoiError(
            f"{server.name} does not answer after {START_SECONDS:.0f} s: "
            f"{processes.last_words(server.log)} (see {server.log})"
        )

    tenacity.Retrying(
        retry=tenacity.retry_if_result(lambda done: not done),
        wait=tenacity.wait_fixed(0.1),
        stop=tenacity.stop_after_delay(START_SECONDS),
        retry_error_callback=gave_up,
    )(state)
