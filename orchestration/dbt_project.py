"""The dbt project as Dagster sees it: its manifest, environment and variables.

The manifest is made by `dbt parse` whenever it is missing or older than what it is
made from, in a folder of our own: a `dbt` in somebody's shell writes into `target/` at
any time. Everything here happens under a lock, since every run loads the definitions
in a process of its own.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dagster_dbt import DbtProject

from orchestration.translator import attach_tests
from roi import profiles, settings
from roi.embedded.locks import exclusive
from roi.errors import RoiError, ServiceUnavailable
from roi.settings import PROJECT_ROOT

TARGET = Path("target", "dagster")
EXECUTABLE = Path(sys.executable).with_name("dbt")
SOURCES = ("dbt_project.yml", "models", "macros", "seeds", "tests/dbt")
KEEP_FAILED_SECONDS = 7 * 24 * 3600

Manifest = Mapping[str, Any]


def project() -> DbtProject:
    """The project, with the profile of a person or else the example's."""
    return DbtProject(PROJECT_ROOT, target_path=TARGET, profiles_dir=profiles.folder())


def manifest() -> Manifest:
    """The parsed project; every test in it belongs to a model, seed or source.

    Raises:
        RoiError: the project cannot be parsed; the message is dbt's.
    """
    with _alone() as folder:
        path = folder / "manifest.json"
        mark = folder / "made_from"
        fingerprint = _fingerprint()
        if not path.exists() or not mark.exists() or mark.read_text() != fingerprint:
            _parse(folder)
            mark.write_text(fingerprint)
        content: dict[str, Any] = json.loads(path.read_bytes())
    return attach_tests(content)


def variables() -> list[str]:
    """The arguments that hand ROI_DBT_VARS to dbt."""
    given = settings.project().dbt_vars
    return ["--vars", json.dumps(given, sort_keys=True)] if given else []


def services() -> dict[str, str]:
    """The variables that lead dbt to Postgres; none where there is no Postgres yet."""
    try:
        return settings.postgres().environment()
    except ServiceUnavailable:
        return {}


@contextmanager
def environment() -> Iterator[None]:
    """While it lasts, what this process starts is led to Postgres."""
    before = os.environ.copy()
    os.environ.update(services())
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def run_folder(run_id: str) -> Iterator[Path]:
    """A folder for the artifacts of one run, deleted unless the run fails.

    Those of failed runs are kept for a week: dbt's errors point to them.
    """
    with _alone() as folder:
        runs = folder / "runs"
        path = runs / run_id
        path.mkdir(parents=True, exist_ok=True)
        partial = folder / "partial_parse.msgpack"
        if partial.exists():
            shutil.copy(partial, path)
        for old in runs.iterdir():
            if old.stat().st_mtime < time.time() - KEEP_FAILED_SECONDS:
                shutil.rmtree(old, ignore_errors=True)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _alone() -> Iterator[Path]:
    folder = PROJECT_ROOT / TARGET
    folder.mkdir(parents=True, exist_ok=True)
    with exclusive(folder / "lock", on_wait=lambda: None):
        yield folder


def _fingerprint() -> str:
    """Changes whenever a manifest made now would be another one."""
    digest = hashlib.sha256()
    digest.update(repr((variables(), services().get("PGDATABASE"))).encode())
    roots = [PROJECT_ROOT / source for source in SOURCES]
    for root in [*roots, settings.project().seeds.absolute(), EXECUTABLE]:
        for path in sorted(root.rglob("*")) if root.is_dir() else [root]:
            if path.is_file():
                stat = path.stat()
                line = f"{path} {stat.st_size} {stat.st_mtime_ns}\n"
                digest.update(line.encode())
    return digest.hexdigest()


def _parse(folder: Path) -> None:
    command = [str(EXECUTABLE), "--quiet", "parse", *variables()]
    paths = {"DBT_TARGET_PATH": str(folder), "DBT_LOG_PATH": str(folder)}
    done = subprocess.run(
        [*command, "--profiles-dir", str(profiles.folder())],
        cwd=PROJECT_ROOT,
        env=os.environ | services() | paths,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RoiError(f"`dbt parse` failed:\n{done.stdout.strip()}")
