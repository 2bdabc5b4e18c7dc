"""Fixtures for Dagster's definitions and for what they run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from roi import settings
from roi.settings import Embedded

if TYPE_CHECKING:
    import dagster as dg

# dagster-dbt brings sqlglotrs, which says at its import that it has a successor.
SQLGLOTRS = "ignore:sqlglotrs is deprecated:DeprecationWarning"
# dagster-dbt calls what Dagster has deprecated.
DAGSTER_DBT = "ignore:AssetExecutionContext.op is deprecated:DeprecationWarning"

Simulate = Callable[..., None]


def pytest_configure(config: pytest.Config) -> None:
    for line in (SQLGLOTRS, DAGSTER_DBT):
        config.addinivalue_line("filterwarnings", line)


@pytest.fixture(scope="session")
def definitions(isolated_environment: None) -> dg.Definitions:
    from orchestration.definitions import defs

    return defs


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """A Dagster of its own, on disk as in real life."""
    import dagster as dg

    with dg.DagsterInstance.local_temp(
        str(tmp_path), overrides={"telemetry": {"enabled": False}}
    ) as instance:
        yield instance


@pytest.fixture(scope="module")
def own_services(own_state_dir: Path) -> Embedded:
    """Services of the module's own: what is loaded and built here stays here."""
    from roi.embedded import ports
    from roi.embedded import services as embedded_services

    return embedded_services.up(
        own_state_dir, postgres_port=ports.any_free(), kafka_port=ports.any_free()
    )


@pytest.fixture
def wired(
    own_services: Embedded, own_state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> Embedded:
    """Everything in the test uses the module's services."""
    monkeypatch.setenv("ROI_STATE_DIR", str(own_state_dir))
    settings.project.cache_clear()
    return own_services


@pytest.fixture
def simulate(wired: Embedded) -> Simulate:
    """Send some days of simulated traffic."""
    from roi.simulator import Config, generate, sinks

    def send(*, seed: str, days: int = 3, rate: int = 500) -> None:
        config = Config(seed=seed, days=days, until=dt.date(2026, 11, 20), rate=rate)
        sinks.drain(generate(config), sinks.into_kafka(wired.kafka))

    return send
