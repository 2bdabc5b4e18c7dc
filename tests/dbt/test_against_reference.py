"""The SQL against a second implementation of the contract, in plain Python."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from random import Random

import psycopg
import pytest

from roi.settings import PROJECT_ROOT, Embedded, Postgres
from tests.loader.databases import fresh_database
from tests.reference.compare import Comparison, compare
from tests.reference.delivery import delivered, write
from tests.reference.histories import (
    COMMON_SEEDS,
    EARLIER_SEEDS,
    generate,
    seeds_of,
)
from tests.reference.marts import marts
from tests.reference.rows import Raw, SeedTexts, Variables

pytestmark = pytest.mark.services

COLUMNS = {
    "attribution_rules": (
        "platform,ad_type,event_type,lookback_hours,priority,valid_from,valid_to"
    ),
    "exchange_rates": "rate_date,currency,rate",
    "registration_values": "platform,value",
    "conflict_thresholds": "conflict_type,threshold",
    "junk_devices": "device_id",
}


@dataclass(frozen=True, kw_only=True)
class Dbt:
    """dbt as a person runs it, with a target folder, a log and seeds of its own."""

    postgres: Postgres
    folder: Path
    variables: Variables

    def seed(self, texts: SeedTexts) -> None:
        """The project's seeds, but those that the histories are about."""
        seeds = self.folder / "seeds"
        seeds.mkdir(exist_ok=True)
        for path in (PROJECT_ROOT / "seeds").iterdir():
            shutil.copy(path, seeds)
        for name, header in COLUMNS.items():
            path = seeds / f"{name}.csv"
            if path.exists():
                with path.open("w", newline="") as file:
                    csv.writer(file).writerows(
                        [header.split(","), *getattr(texts, name)]
                    )

    def build(self, *more: str) -> None:
        """Every model, seed and test but dbt's unit tests."""
        command = [
            str(Path(sys.executable).with_name("dbt")),
            "build",
            "--no-use-colors",
            "--exclude-resource-type=unit_test",
            f"--target-path={self.folder / 'target'}",
            f"--log-path={self.folder / 'logs'}",
            f"--vars={json.dumps(asdict(self.variables), default=float)}",
            *more,
        ]
        done = subprocess.run(
            command,
            cwd=PROJECT_ROOT,
            env=os.environ
            | self.postgres.environment()
            | {"ROI_SEEDS": str(self.folder / "seeds")},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


@pytest.mark.parametrize(
    ("variables", "how_many", "slices", "full_refresh"),
    [
        pytest.param(Variables(), 400, 2, True, id="as shipped"),
        pytest.param(
            Variables(
                reporting_timezone="America/New_York",
                attribution_model="first_touch",
                reporting_currency="EUR",
                time_decay_half_life_hours=Decimal("12.5"),
            ),
            150,
            2,
            False,
            id="New York",
        ),
        pytest.param(
            Variables(
                reporting_timezone="Asia/Kathmandu", attribution_model="position_based"
            ),
            150,
            1,
            False,
            id="Kathmandu",
        ),
    ],
)
def test_marts_equal_the_reference(
    services: Embedded,
    tmp_path: Path,
    variables: Variables,
    how_many: int,
    slices: int,
    full_refresh: bool,
    capsys: pytest.CaptureFixture[str],
) -> None:
    histories = [generate(number, Random(number)) for number in range(how_many)]
    parts = delivered(histories, Random("delivery"), slices)
    seeds = seeds_of(histories, COMMON_SEEDS)
    with (
        fresh_database(services) as postgres,
        psycopg.connect(**postgres.connection_parameters(), autocommit=True) as server,
    ):
        server.execute("set timezone to 'UTC'")
        dbt = Dbt(postgres=postgres, folder=tmp_path, variables=variables)
        dbt.seed(EARLIER_SEEDS)
        for number, part in enumerate(parts):
            write(server, part)
            if number == slices - 1:
                dbt.seed(seeds)
            dbt.build()
        raw = Raw.of([row for part in parts for row in part])
        expected = marts(raw, seeds, variables)
        found = compare(server, expected, variables)
        assert_same(found, "the run that follows the last slice")
        if full_refresh:
            dbt.build("--full-refresh")
            found = compare(server, expected, variables)
            assert_same(found, "a full refresh")
    with capsys.disabled():
        compared = sum(found.rows.values())
        print(f"\n{how_many} histories, {compared} rows compared", end="")
        if found.skipped:
            print(f"; NOT compared, there is no such mart: {found.skipped}", end=" ")


def assert_same(found: Comparison, after: str) -> None:
    assert not found.differences, f"after {after}\n{found.report()}"
