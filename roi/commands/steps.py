"""What a command is doing: one changing line on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import TracebackType

from rich.console import Console
from rich.status import Status


class Steps:
    """A spinner on the error stream; elsewhere one line for each new step.

    A context manager that gives the function to report with. Steps are texts of the
    form `what: doing (count)`; the count alone is not a new step.
    """

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._status: Status | None = None
        self._last = ""

    def __enter__(self) -> Callable[[str], None]:
        if self._console.is_terminal:
            self._status = self._console.status("")
            self._status.start()
        return self._report

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._status is not None:
            self._status.stop()

    def _report(self, text: str) -> None:
        if self._status is not None:
            self._status.update(text)
            return
        step = text.partition(" (")[0]
        if step != self._last:
            print(step, file=sys.stderr, flush=True)
            self._last = step
