"""Postgres work beside the loop: one job at a time, with patience."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import psycopg
import tenacity
from structlog.typing import FilteringBoundLogger

from loader.errors import LoaderError
from loader.warehouse import is_transient


def patiently(
    is_passing: Callable[[BaseException], bool],
    *,
    event: str,
    longest_pause: float,
    stop: threading.Event,
    log: FilteringBoundLogger,
) -> tenacity.Retrying:
    """A caller that tries again, with growing pauses, while a service is away.

    Args:
        is_passing: whether an error goes away by waiting.
        event: the name of the log line that each pause begins with.
        longest_pause: seconds.
        stop: when set, the last error is raised instead of waiting on.
        log: where the lines go.
    """

    def report(state: tenacity.RetryCallState) -> None:
        assert state.outcome is not None
        log.warning(
            event,
            attempt=state.attempt_number,
            next_try_seconds=round(state.upcoming_sleep, 1),
            error=one_line(state.outcome.exception()),
        )

    return tenacity.Retrying(
        retry=tenacity.retry_if_exception(is_passing),
        wait=tenacity.wait_random_exponential(multiplier=0.25, max=longest_pause),
        sleep=tenacity.sleep_using_event(stop),
        stop=tenacity.stop_when_event_set(stop),
        before_sleep=report,
        reraise=True,
    )


def one_line(error: BaseException | None) -> str:
    """An error's message without line breaks."""
    return " ".join(str(error).split())


class Worker:
    """A thread that does one piece of Postgres work at a time.

    It is started with what to do, and with what the loop is to do with the result.
    """

    def __init__(
        self, *, longest_pause: float, stop: threading.Event, log: FilteringBoundLogger
    ) -> None:
        """See `patiently` for the arguments."""
        self._stop = stop
        self._call = patiently(
            lambda error: isinstance(error, psycopg.Error) and is_transient(error),
            event="postgres_unavailable",
            longest_pause=longest_pause,
            stop=stop,
            log=log,
        )
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="postgres")
        self._job: Future[Any] | None = None
        self._then: Callable[[Any], None]

    @property
    def is_busy(self) -> bool:
        """Whether a job has been started whose result has not been taken."""
        return self._job is not None

    def start(self, job: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Begin a job; `finish` hands its result to `then`."""
        assert self._job is None, "one job at a time"
        self._then = then
        self._job = self._thread.submit(self._call, job)

    def wait(self, seconds: float) -> None:
        """Wait for the job to end, at most so long."""
        if self._job is not None:
            wait([self._job], timeout=seconds)

    def finish(self) -> None:
        """Hand over the result of a job that has ended; otherwise do nothing.

        Raises:
            Fenced: the job was a batch whose positions have been moved.
            LoaderError: Postgres refuses the job for good.
        """
        if self._job is None or not self._job.done():
            return
        job, self._job = self._job, None
        try:
            result = job.result()
        except psycopg.Error as error:
            if self._stop.is_set() and is_transient(error):
                return
            raise LoaderError(
                f"Postgres refuses the work (SQLSTATE {error.sqlstate}): "
                f"{one_line(error)}"
            ) from error
        self._then(result)

    def close(self) -> None:
        """Take no more work."""
        self._thread.shutdown(wait=False, cancel_futures=True)
