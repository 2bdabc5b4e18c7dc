"""`roi explain`: the walk of a registration, from the relations that attribute it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from roi.settings import PROJECT_ROOT, Embedded, Postgres
from tests.conftest import RunRoi
from tests.loader.databases import fresh_database

pytestmark = pytest.mark.services

RULES = """platform,ad_type,event_type,lookback_hours,priority,valid_from,valid_to
facebook,,click,168,1,,
google,,impression,24,0,,
tiktok,,impression,24,0,,
muted,,,0,9,,
"""

# device, touch, platform, type, time
TOUCHES = [
    ("d1", "too-old", "google", "impression", "2018-06-30 11:59:59Z"),
    ("d1", "seen", "google", "impression", "2018-07-01 10:00Z"),
    ("d1", "first", "facebook", "click", "2018-07-01 10:30Z"),
    ("d1", "click", "facebook", "click", "2018-07-01 11:00Z"),
    ("d1", "later", "tiktok", "impression", "2018-07-01 11:50Z"),
    ("d1", "never", "muted", "click", "2018-07-01 11:55Z"),
    ("d1", "unruled", "google", "click", "2018-07-01 11:56Z"),
    ("d1", "after", "facebook", "click", "2018-07-01 12:00:00.000001Z"),
    ("d4", "a", "facebook", "click", "2018-07-01 11:00Z"),
    ("d4", "b", "facebook", "click", "2018-07-01 11:00Z"),
]

# id, user, device, time
REGISTRATIONS = [
    ("won", "ann", "d1", "2018-07-01 12:00Z"),
    ("won", "somebody else", "d1", "2018-07-01 12:00Z"),
    ("shared", "bob", "d1", "2018-07-01 13:00Z"),
    ("again", "ann", "d2", "2018-07-02 12:00Z"),
    ("organic", "cid", "d3", "2018-07-01 12:00Z"),
    ("tied", "dan", "d4", "2018-07-01 12:00Z"),
]

Explain = Callable[[str], dict[str, Any]]


def _load(
    connection: psycopg.Connection[Any], topic: str, columns: str, rows: list[Any]
) -> None:
    """Put rows where the loader would, as its next transaction."""
    first = connection.execute(
        "insert into raw.kafka_offsets (kafka_topic, kafka_partition, first_offset, "
        "next_offset, load_seq) values (%s, 0, 0, 0, 0) on conflict (kafka_topic, "
        "kafka_partition) do update set load_seq = raw.kafka_offsets.load_seq "
        "returning next_offset, load_seq",
        [topic],
    ).fetchone()
    assert first is not None
    offset, load_seq = first
    for number, row in enumerate(rows):
        places = ", ".join(["%s"] * (len(row) + 2))
        connection.execute(
            f"insert into raw.{topic} ({columns}, kafka_offset, load_seq, "
            "kafka_partition, kafka_timestamp, log_epoch) "
            f"values ({places}, 0, '2018-07-03 00:00Z', 0)".encode(),
            [*row, offset + number, load_seq + 1],
        )
    connection.execute(
        "update raw.kafka_offsets set next_offset = %s, load_seq = %s "
        "where kafka_topic = %s",
        [offset + len(rows), load_seq + 1, topic],
    )


@pytest.fixture(scope="module")
def database(services: Embedded) -> Iterator[Postgres]:
    with fresh_database(services) as postgres:
        yield postgres


@pytest.fixture(scope="module")
def build(
    database: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], None]:
    """Builds seeds and models, without tests."""
    folder = tmp_path_factory.mktemp("dbt")
    shutil.copytree(PROJECT_ROOT / "seeds", folder / "seeds")
    (folder / "seeds" / "attribution_rules.csv").write_text(RULES)
    shutil.copyfile(PROJECT_ROOT / "profiles.yml.example", folder / "profiles.yml")

    def run() -> None:
        done = subprocess.run(
            [
                Path(sys.executable).with_name("dbt"),
                *("build", "--exclude-resource-type", "test", "unit_test"),
                *("--profiles-dir", folder),
            ],
            cwd=PROJECT_ROOT,
            env=os.environ
            | database.environment()
            | {
                "ROI_SEEDS": str(folder / "seeds"),
                "DBT_TARGET_PATH": str(folder / "target"),
                "DBT_LOG_PATH": str(folder),
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout

    return run


@pytest.fixture(scope="module")
def built(database: Postgres, build: Callable[[], None]) -> Postgres:
    with psycopg.connect(**database.connection_parameters()) as connection:
        _load(
            connection,
            "ad_events",
            "device_id, event_id, platform, event_type, event_time",
            TOUCHES,
        )
        _load(
            connection,
            "user_registrations",
            "event_id, user_id, device_id, event_time",
            REGISTRATIONS,
        )
    build()
    return database


@pytest.fixture
def explain(built: Postgres, run_roi: RunRoi) -> Explain:
    def ask(registration_id: str) -> dict[str, Any]:
        outcome = run_roi(
            "explain", registration_id, "--format", "json", **built.environment()
        )
        assert outcome.returncode == 0, outcome.stderr
        document: dict[str, Any] = json.loads(outcome.stdout)
        return document

    return ask


def test_each_touch_says_why_it_won_or_lost(explain: Explain) -> None:
    found = explain("won")
    assert {each["touch_id"]: each["verdict"] for each in found["touches"]} == {
        "too-old": "outside_window",
        "seen": "lower_priority",
        "first": "earlier",
        "click": "winner",
        "later": "lower_priority",
        "never": "never_counts",
        "unruled": "no_rule",
        "after": "after_registration",
    }
    assert found["winner"]["touch_id"] == "click"
    click = next(each for each in found["touches"] if each["touch_id"] == "click")
    assert (
        click["rule_platform"],
        click["rule_ad_type"],
        click["rule_event_type"],
        click["lookback_hours"],
        click["priority"],
    ) == ("facebook", None, "click", 168, 1)


def test_the_credits_of_every_model_are_there(explain: Explain) -> None:
    credits = {
        (each["attribution_model"], each["touch_id"]): each["credit"]
        for each in explain("won")["credits"]
    }
    assert credits["last_touch", "click"] == 1
    assert credits["first_touch", "first"] == 1
    assert credits["linear", "first"] == credits["linear", "click"] == 0.5
    assert len({model for model, _ in credits}) == 5


def test_the_copy_that_counts_is_the_first(explain: Explain) -> None:
    found = explain("won")
    assert [(each["counts"], each["user_id"]) for each in found["copies"]] == [
        (True, "ann"),
        (False, "somebody else"),
    ]
    assert "event_id_reused" in {each["conflict_type"] for each in found["conflicts"]}


@pytest.mark.parametrize(
    ("registration_id", "status", "kept"),
    [
        ("shared", "shared_device", "won"),
        ("again", "duplicate_user", "won"),
        ("organic", "organic", None),
    ],
)
def test_a_registration_that_was_not_kept_names_the_one_that_was(
    explain: Explain, registration_id: str, status: str, kept: str | None
) -> None:
    found = explain(registration_id)
    assert found["registration"]["status"] == status
    assert (found["kept_instead"] or {}).get("registration_id") == kept
    assert found["winner"] is None


def test_a_tie_is_explained_by_the_id(explain: Explain) -> None:
    verdicts = {
        each["touch_id"]: each["verdict"] for each in explain("tied")["touches"]
    }
    assert verdicts == {"a": "winner", "b": "larger_event_id"}


def test_the_table_tells_the_same(built: Postgres, run_roi: RunRoi) -> None:
    said = run_roi("explain", " won ", **built.environment()).stdout
    for part in (
        "attributed",
        "facebook / click: 168 h, priority 1",
        "lost_by_priority",
    ):
        assert part in said
    assert "lower priority: 0, and a candidate has 1" in said


def test_errors_are_one_line(built: Postgres, run_roi: RunRoi) -> None:
    unknown = run_roi("explain", "nobody", **built.environment())
    assert unknown.returncode == 2
    assert "no registration 'nobody'" in unknown.stderr
    reader = run_roi(
        "explain",
        "won",
        **built.environment() | {"PGUSER": "roi_reader", "PGPASSWORD": "roi"},
    )
    assert reader.returncode == 1
    assert "roi_transformer" in reader.stderr
    for outcome in (unknown, reader):
        assert outcome.stderr.count("\n") == 1


def test_transformer_may_read_all_of_it(built: Postgres, run_roi: RunRoi) -> None:
    outcome = run_roi(
        "explain",
        "won",
        **built.environment() | {"PGUSER": "roi_transformer", "PGPASSWORD": "roi"},
    )
    assert outcome.returncode == 0, outcome.stderr


def test_what_the_marts_have_not_read_is_said_and_the_next_run_writes_only_that(
    built: Postgres, build: Callable[[], None], explain: Explain
) -> None:
    def written() -> list[Any]:
        """Rows with the transactions that wrote them."""
        found = []
        with psycopg.connect(**built.connection_parameters()) as connection:
            for mart in ("device_platforms", "attribution_conflicts"):
                statement = f"select xmin::text, row.* from marts.{mart} as row"
                found.append(sorted(map(str, connection.execute(statement.encode()))))
            found.append(
                connection.execute(
                    "select report_date, check_name, platform, xmin::text "
                    "from marts.data_quality_daily "
                    "where not starts_with(check_name, 'raw_') order by 1, 2, 3"
                ).fetchall()
            )
        return found

    before = written()
    with psycopg.connect(**built.connection_parameters()) as connection:
        _load(
            connection,
            "user_registrations",
            "event_id, user_id, device_id, event_time",
            [("new", "eve", "d9", "2018-07-02 12:00Z")],
        )
    found = explain("new")
    assert found["registration"] is None
    assert found["newer_copies"] == 1
    assert "dbt build" in found["why"]
    build()
    assert explain("new")["registration"]["status"] == "organic"
    periods, conflicts, findings = written()
    assert (periods, conflicts) == tuple(before[:2])
    # A registration more on one day, and nothing else.
    changed = {row[:3] for row in {*findings} ^ {*before[2]}}
    assert {(str(day), check) for day, check, _ in changed} <= {
        ("2018-07-02", "registrations_in_marts"),
        ("2018-07-02", "registrations_incomplete"),
        ("2018-07-02", "registered_before_impression"),
        ("2018-07-02", "devices_with_several_users"),
    }
    assert changed
