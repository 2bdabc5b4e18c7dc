"""`roi demo` as a person runs it: interrupted, whole, and again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from roi.embedded import ports
from roi.settings import Embedded
from tests.conftest import RunRoi

pytestmark = pytest.mark.services

ROI = str(Path(sys.executable).with_name("roi"))
Query = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def variables(own_state_dir: Path) -> dict[str, str]:
    return {
        "ROI_STATE_DIR": str(own_state_dir),
        "ROI_EMBEDDED_POSTGRES_PORT": str(ports.any_free()),
        "ROI_EMBEDDED_KAFKA_PORT": str(ports.any_free()),
    }


@pytest.fixture(scope="module")
def demonstrated(
    own_state_dir: Path, variables: dict[str, str], run_roi: RunRoi
) -> str:
    """The output of a demo that was interrupted at every stage before."""
    for stage in range(1, 6):
        process = subprocess.Popen(
            [ROI, "demo"],
            env=os.environ | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if line.startswith(f"{stage}/5"):
                break
        # As a terminal does: to the command and to whatever it has started.
        os.killpg(process.pid, signal.SIGINT)
        rest, _ = process.communicate(timeout=60)
        output = "".join(said) + rest
        assert "Traceback" not in output, output
        # The last stage may be through before the signal arrives.
        assert process.returncode == 1 or stage == 5, output
        if process.returncode == 1:
            assert "nterrupted" in output
    outcome = run_roi("demo", **variables)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return outcome.stdout


@pytest.fixture(scope="module")
def truth(demonstrated: str, own_state_dir: Path) -> dict[str, Any]:
    text = (own_state_dir / "simulated_truth.json").read_text()
    fields: dict[str, Any] = json.loads(text, parse_float=Decimal)
    return fields


@pytest.fixture(scope="module")
def query(demonstrated: str, own_state_dir: Path) -> Iterator[Query]:
    services = Embedded.read(own_state_dir)
    assert services is not None
    with psycopg.connect(
        **services.postgres.connection_parameters(), autocommit=True
    ) as connection:
        yield lambda statement: connection.execute(statement.encode()).fetchall()


def test_it_says_what_it_does_and_that_the_data_is_invented(demonstrated: str) -> None:
    for stage in range(1, 6):
        assert f"{stage}/5" in demonstrated
    assert "SIMULATED" in demonstrated
    assert "organic" in demonstrated
    assert "Where to look next" in demonstrated


def test_registrations_are_those_of_the_truth(
    query: Query, truth: dict[str, Any]
) -> None:
    expected = {
        (row["report_date"], row["platform"]): row["registrations"]
        for row in truth["registrations"]
    }
    found = {
        (str(day), platform): registrations
        for day, platform, registrations in query(
            "select report_date, platform, registrations from marts.daily_cpa "
            "where registrations <> 0"
        )
    }
    assert found == expected


def test_every_registration_has_the_winner_of_the_truth(
    query: Query, truth: dict[str, Any]
) -> None:
    expected = {
        row["registration_id"]: (
            row["status"],
            row["platform"],
            row["touch_id"],
            row["touch_type"],
            row["campaign_id"],
        )
        for row in truth["outcomes"]
    }
    found = {
        row[0]: row[1:]
        for row in query(
            "select registration_id, status, platform, touch_id, touch_type, "
            "campaign_id from marts.attributed_registrations"
        )
    }
    assert found == expected


def test_spend_is_that_of_the_truth_to_the_last_digit(
    query: Query, truth: dict[str, Any]
) -> None:
    expected = {
        (row["report_date"], row["platform"]): Decimal(row["spend"])
        for row in truth["spend"]
    }
    found = {
        (str(day), platform): spend
        for day, platform, spend in query(
            "select report_date, platform, spend from marts.daily_cpa "
            "where spend is not null"
        )
    }
    assert found == expected
    total = sum(Decimal(row["amount"]) for row in truth["spend_reports"])
    assert sum(found.values()) == total


def test_touches_are_those_of_the_truth(query: Query, truth: dict[str, Any]) -> None:
    expected = {
        (row["report_date"], row["platform"]): (row["impressions"], row["clicks"])
        for row in truth["touches"]
    }
    found = {
        (str(day), platform): (impressions, clicks)
        for day, platform, impressions, clicks in query(
            "select report_date, platform, impressions, clicks from marts.daily_cpa "
            "where impressions + clicks > 0"
        )
    }
    assert found == expected


def test_broken_messages_are_rejected_for_the_reasons_of_the_truth(
    query: Query, truth: dict[str, Any]
) -> None:
    # The interrupted runs sent some of the messages too: each place in the log is
    # its own message, so compare what is different.
    found: dict[str, Counter[str]] = {}
    for topic, reason, count in query(
        "select kafka_topic, reason, count(distinct message_value) "
        "from raw.rejected_events where reason <> 'tombstone' group by 1, 2"
    ):
        found.setdefault(topic, Counter())[reason] = count
    for topic, reasons in truth["broken"].items():
        assert set(found.get(topic, ())) == set(reasons) - {"tombstone"}, topic
        for reason, count in found.get(topic, Counter()).items():
            assert count <= reasons[reason], (topic, reason)


MARTS = (
    "daily_cpa",
    "hourly_cpa",
    "daily_cpa_by_model",
    "daily_campaign_performance",
    "daily_roi",
    "attributed_registrations",
    "attribution_credits",
    "device_platforms",
    "attribution_conflicts",
)


def test_the_demo_again_counts_nothing_twice(
    query: Query, variables: dict[str, str], run_roi: RunRoi
) -> None:
    def contents() -> dict[str, Any]:
        return {
            mart: query(
                f"select md5(string_agg(row::text, '|' order by row::text)) "
                f"from marts.{mart} as row"
            )
            for mart in MARTS
        }

    before, rows = contents(), query("select count(*) from raw.ad_events")
    outcome = run_roi("demo", **variables)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert query("select count(*) from raw.ad_events") > rows
    assert contents() == before


def test_own_files_and_rules(
    tmp_path: Path, query: Query, variables: dict[str, str], run_roi: RunRoi
) -> None:
    # One registration 30 hours after an impression: out of the shipped window of
    # 24 hours, within the 48 of these rules.
    (tmp_path / "ad_events.csv").write_text(
        "event_id,event_time,device_id,platform,campaign_id\n"
        "own-1,2020-03-01T06:00:00Z,own-device,Own Platform,spring\n"
    )
    (tmp_path / "user_registrations.ndjson").write_text(
        '{"event_id":"own-2","event_time":"2020-03-02T12:00:00Z",'
        '"user_id":"own-user","device_id":"own-device"}\n'
    )
    (tmp_path / "ad_spend.csv").write_text(
        "platform,period_start,period_end,amount,currency,reported_at\n"
        "Own Platform,2020-03-02T00:00:00Z,2020-03-03T00:00:00Z,12.30,USD,"
        "2020-03-03T06:00:00Z\n"
    )
    rules = tmp_path / "rules.csv"
    rules.write_text(
        "platform,ad_type,event_type,lookback_hours,priority,valid_from,valid_to\n"
        ",,,48,0,,\n"
    )
    outcome = run_roi(
        "demo", "--data", str(tmp_path), "--rules", str(rules), **variables
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert "SIMULATED" not in outcome.stdout
    assert query(
        "select platform, spend, registrations, cpa from marts.daily_cpa "
        "where report_date = '2020-03-02'"
    ) == [("own platform", Decimal("12.3"), Decimal(1), Decimal("12.3"))]
    report = run_roi(
        "report", "--platform", "Own Platform", "--format", "json", **variables
    )
    rows = json.loads(report.stdout, parse_float=Decimal)
    assert [row["report_date"] for row in rows] == ["2020-03-01", "2020-03-02"]
    assert rows[1]["cpa"] == Decimal("12.3")


def test_bad_files_and_rules_are_refused_before_anything_is_sent(
    tmp_path: Path, variables: dict[str, str], run_roi: RunRoi
) -> None:
    rules = tmp_path / "rules.csv"
    rules.write_text("platform,priority\n")
    for arguments, message in (
        (("--data", str(tmp_path / "none")), "no such folder"),
        (("--data", str(tmp_path)), "no file there is named after a topic"),
        (("--rules", str(tmp_path / "none.csv")), "no such file"),
        (("--rules", str(rules)), "the header lacks ad_type"),
    ):
        outcome = run_roi("demo", *arguments, **variables)
        assert outcome.returncode in {1, 2}
        assert message in outcome.stderr
        assert outcome.stderr.count("\n") == 1


def test_services_that_are_not_embedded_are_refused(
    variables: dict[str, str], run_roi: RunRoi
) -> None:
    foreign = {"PGHOST": "db.invalid", "KAFKA_BOOTSTRAP_SERVERS": "kafka.invalid:9092"}
    outcome = run_roi("demo", **variables, **foreign)
    assert outcome.returncode == 2
    assert "--yes-write-to db.invalid" in outcome.stderr
    outcome = run_roi("simulate", **variables, **foreign)
    assert outcome.returncode == 2
    assert "--yes-write-to kafka.invalid" in outcome.stderr
