"""Progress of long work: bars on a terminal, plain lines everywhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

Report = Callable[[int, float], None]
"""Called with how much is done, as a count, and as a share, 0 to 1."""


class ProgressBars:
    """Bars on the error stream while it is a terminal; lines on the output stream.

    A context manager. Where there is no terminal, only the lines appear.
    """

    def __init__(self, unit: str) -> None:
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn(f"{{task.fields[count]:,}} {unit}", markup=False),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            disable=not sys.stderr.isatty(),
            transient=True,
            redirect_stdout=sys.stdout.isatty(),
        )

    def __enter__(self) -> ProgressBars:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def bar(self, label: str) -> Report:
        """A new bar; it goes away when its share is 1."""
        task = self._bars.add_task(label, total=1.0, count=0)

        def report(count: int, share: float) -> None:
            self._bars.update(task, completed=share, count=count, visible=share < 1)

        return report

    def say(self, line: str) -> None:
        """Print one line to the output stream, above the bars."""
        print(line, flush=True)
