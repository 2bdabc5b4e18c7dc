"""Servers that go on when the command that started them has ended.

A server is found by a mark among its arguments that names its state folder. So it
is found whatever became of the command that started it, and no other process is
ever taken for it.
"""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil
import tenacity

from roi.errors import RoiError

_POLL = 0.05  # seconds
# The shell reports the process id and is gone: the server has no parent to wait for.
_DETACH = '"$@" >&2 </dev/null & echo $!'
# What tells most comes first: an exception's own line, a line of a high level.
_TROUBLES = (
    re.compile(r"^(Caused by: )?[\w.$]+(Exception|Error): "),
    re.compile(r"\b(ERROR|FATAL|PANIC)\b"),
)


def spawn(
    name: str,
    command: Sequence[str | Path],
    *,
    log: Path,
    folder: Path,
    environment: Mapping[str, str],
    user: tuple[int, int] | None = None,
) -> psutil.Process:
    """Start a server in a session of its own, out of reach of Ctrl-C.

    Args:
        name: what to call it when it fails.
        command: program and arguments.
        log: takes whatever it prints; the one before is put aside.
        folder: its working directory.
        environment: its environment, whole.
        user: user and group id to run as; None for our own.

    Raises:
        RoiError: it ended at once.
    """
    if log.exists():
        log.replace(log.with_suffix(".log.old"))
    uid, gid = user or (None, None)
    with log.open("ab") as output:
        shell = subprocess.run(
            ["/bin/sh", "-c", _DETACH, "sh", *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=output,
            cwd=folder,
            env=dict(environment),
            user=uid,
            group=gid,
            extra_groups=None if user is None else [],
            start_new_session=True,
            check=True,
        )
    try:
        return psutil.Process(int(shell.stdout))
    except psutil.NoSuchProcess:
        raise exited(name, log) from None


def exited(name: str, log: Path) -> RoiError:
    """The error for a server that ended by itself."""
    return RoiError(f"{name} did not start: {last_words(log)} (see {log})")


def last_words(log: Path) -> str:
    """The line of a log that tells best of trouble, else its last one."""
    try:
        lines = log.read_text(errors="replace").split("\n")
    except OSError:
        return "it left no log"
    lines = [line.strip() for line in lines if line.strip()]
    for trouble in _TROUBLES:
        found = [line for line in lines if trouble.search(line)]
        if found:
            return found[-1][:300]
    return lines[-1][:300] if lines else "it logged nothing"


def find(mark: str, program: str) -> psutil.Process | None:
    """The server with this mark among its arguments, if it runs.

    Args:
        mark: the whole argument.
        program: the file name of its executable.
    """
    found = [
        process
        for process in _every(program)
        if mark in _arguments(process) and is_alive(process)
    ]
    # A child between fork and exec still bears its parent's arguments.
    return min(found, key=lambda process: process.create_time(), default=None)


def argument(process: psutil.Process, prefix: str) -> str | None:
    """What follows a prefix in one of the arguments of a process."""
    for each in _arguments(process):
        if each.startswith(prefix):
            return each.removeprefix(prefix)
    return None


def working_in(folder: Path, program: str) -> list[psutil.Process]:
    """Processes of a program whose working directory is a folder."""
    found = []
    for process in _every(program):
        with suppress(psutil.Error):
            if process.cwd() == str(folder):
                found.append(process)
    return found


def is_alive(process: psutil.Process) -> bool:
    """Whether it runs; a zombie, or another with its recycled id, does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def stop(process: psutil.Process, *, by: signal.Signals, patience: float) -> None:
    """End a process: by a signal, and where that does not help within seconds, kill.

    Raises:
        RoiError: it belongs to somebody else, or cannot be killed.
    """
    for sign, seconds in ((by, patience), (signal.SIGKILL, 10.0)):
        try:
            process.send_signal(sign)
        except psutil.NoSuchProcess:
            return
        except psutil.AccessDenied as error:
            raise RoiError(
                f"process {process.pid} was started by another user: run `roi down` "
                "as that user"
            ) from error
        if wait_for_end([process], seconds):
            return
    raise RoiError(f"process {process.pid} does not end: see `ps -p {process.pid}`")


def wait_for_end(some: Sequence[psutil.Process], seconds: float) -> bool:
    """Whether all of them have ended within a time."""
    poll = tenacity.Retrying(
        retry=tenacity.retry_if_result(bool),
        wait=tenacity.wait_fixed(_POLL),
        stop=tenacity.stop_after_delay(seconds),
        retry_error_callback=lambda _: True,
    )
    return not poll(lambda: any(map(is_alive, some)))


def _every(program: str) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.name() == program:
                yield process


def _arguments(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
