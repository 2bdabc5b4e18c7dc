"""What `roi up` has made ready, and the commands that read it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from roi import settings
from roi.settings import TOPICS, Embedded

if TYPE_CHECKING:
    from tests.conftest import RunRoi

pytestmark = pytest.mark.services


@pytest.mark.parametrize(
    "role", ["roi_owner", "roi_loader", "roi_transformer", "roi_reader"]
)
def test_every_role_can_log_in(services: Embedded, role: str) -> None:
    parameters = services.postgres.connection_parameters() | {"user": role}
    with psycopg.connect(**parameters) as connection:
        assert connection.execute("select current_user").fetchone() == (role,)


def test_text_is_ordered_by_code_point_and_time_is_utc(services: Embedded) -> None:
    with psycopg.connect(**services.postgres.connection_parameters()) as connection:
        row = connection.execute(
            "select 'B' < 'a', upper('é'), current_setting('TimeZone'), "
            "current_setting('fsync')"
        ).fetchone()
    assert row == (True, "É", "UTC", "on")


def test_a_wrong_password_is_refused(services: Embedded) -> None:
    parameters = services.postgres.connection_parameters() | {"password": "wrong"}
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(**parameters)


def test_back_filled_messages_are_not_deleted_by_age(services: Embedded) -> None:
    with KafkaAdminClient(**services.kafka.client) as admin:
        described = admin.describe_configs(
            [ConfigResource(ConfigResourceType.TOPIC, "ad_events")]
        )
    assert "'retention.ms': {'value': '-1'" in str(described)


def test_env_leads_a_shell_to_the_services(services: Embedded, state_dir: Path) -> None:
    roi = Path(sys.executable).with_name("roi")
    shell = subprocess.run(
        ["/bin/sh", "-ec", f'eval "$("{roi}" env)"; exec env'],
        env=os.environ | {"ROI_STATE_DIR": str(state_dir)},
        capture_output=True,
        text=True,
        check=True,
    )
    found = dict(
        line.split("=", 1) for line in shell.stdout.splitlines() if "=" in line
    )
    with pytest.MonkeyPatch.context() as patch:
        for name, value in found.items():
            if name.startswith(("PG", "KAFKA_", "ROI_")):
                patch.setenv(name, value)
        postgres, kafka = settings.both()
    assert postgres == services.postgres
    assert kafka.bootstrap_servers == services.kafka.bootstrap_servers
    psycopg.connect(**postgres.connection_parameters()).close()


def test_env_without_services_says_what_to_do(tmp_path: Path, run_roi: RunRoi) -> None:
    result = run_roi("env", ROI_STATE_DIR=str(tmp_path))
    assert (result.returncode, result.stdout) == (1, "")
    assert "run `roi up`" in result.stderr
    assert result.stderr.count("\n") == 1


def test_migrate_again_is_up_to_date(
    services: Embedded, state_dir: Path, run_roi: RunRoi
) -> None:
    result = run_roi("migrate", ROI_STATE_DIR=str(state_dir))
    assert (result.returncode, result.stdout) == (0, "up to date\n")


def test_migrate_without_a_server_is_one_line(tmp_path: Path, run_roi: RunRoi) -> None:
    result = run_roi("migrate", PGHOST="127.0.0.1", PGPORT="1", PGUSER="nobody")
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("by_environment", [False, True])
def test_status_shows_every_topic(
    services: Embedded, state_dir: Path, run_roi: RunRoi, by_environment: bool
) -> None:
    variables = {"ROI_STATE_DIR": str(state_dir)}
    if by_environment:
        variables = services.postgres.environment() | {
            "ROI_STATE_DIR": str(state_dir / "elsewhere"),
            "KAFKA_BOOTSTRAP_SERVERS": str(services.kafka),
        }
    result = run_roi("status", "--format", "json", **variables)
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert {each["topic"] for each in found["partitions"]} == set(TOPICS)
    assert found["services"]["kafka"]["embedded"] is not by_environment
    assert all(each["lag"] is not None for each in found["partitions"])


def test_status_shows_one_service_when_the_other_is_away(
    services: Embedded, run_roi: RunRoi
) -> None:
    variables = services.postgres.environment() | {"PGPORT": "1"}
    result = run_roi("status", KAFKA_BOOTSTRAP_SERVERS=str(services.kafka), **variables)
    assert result.returncode == 1
    assert "ad_events" in result.stdout
    assert result.stderr.count("\n") == 1
    assert "Postgres at 127.0.0.1:1/roi is not usable" in result.stderr
