"""Fixtures for every test: a clean environment, and real services on demand."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from roi import settings
from roi.settings import Embedded

FOREIGN = ("PG", "KAFKA_", "ROI_", "LOADER_", "DBT_", "DAGSTER_")
"""Prefixes of the variables that lead the product elsewhere."""

RunRoi = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session", autouse=True)
def isolated_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing that the shell has set reaches a test."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(FOREIGN):
                patch.delenv(name)
        # Nor does what dbt writes meet that of another process.
        patch.setenv("DBT_TARGET_PATH", str(tmp_path_factory.mktemp("dbt-target")))
        patch.setenv("DBT_LOG_PATH", str(tmp_path_factory.mktemp("dbt-logs")))
        yield


@pytest.fixture(autouse=True)
def fresh_settings() -> Iterator[None]:
    """A test that sets variables is heeded, and the next one is not misled."""
    settings.project.cache_clear()
    yield
    settings.project.cache_clear()


@contextmanager
def _state_folder() -> Iterator[Path]:
    from roi.embedded import services as embedded_services

    # Not under pytest's own folder, which only its owner may enter: the user that
    # Postgres runs as has to pass.
    path = Path(tempfile.mkdtemp(prefix="roi-test-")).resolve()
    path.chmod(0o755)
    try:
        yield path
    finally:
        embedded_services.down(path)
        shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def state_dir() -> Iterator[Path]:
    """The state folder of the session's services; stopped and deleted at the end."""
    with _state_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def own_state_dir() -> Iterator[Path]:
    """An empty state folder for a module that starts and kills services itself."""
    with _state_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def services(isolated_environment: None, state_dir: Path) -> Embedded:
    """A real Postgres and a real Kafka, with topics, schema and roles, all empty."""
    from roi.embedded import ports
    from roi.embedded import services as embedded_services

    return embedded_services.up(
        state_dir, postgres_port=ports.any_free(), kafka_port=ports.any_free()
    )


@pytest.fixture(scope="session")
def run_roi() -> RunRoi:
    """Run the installed command with some variables more; returns what it said."""

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [Path(sys.executable).with_name("roi"), *arguments],
            env=os.environ | variables,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    return run
