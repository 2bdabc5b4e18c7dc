"""The job `refresh`, run for real: what it fills, and how it fails."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from roi import settings
from roi.embedded import ports
from roi.settings import PROJECT_ROOT, TOPICS, Embedded

if TYPE_CHECKING:
    import dagster as dg

pytestmark = pytest.mark.services

Simulate = Callable[..., None]


def execute(embedded: Embedded, home: Path, **variables: str) -> subprocess.Popen[str]:
    """The job in a process of its own, with a broker that nobody has started."""
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}")
    broker = f"127.0.0.1:{ports.any_free()}"
    return subprocess.Popen(
        [
            Path(sys.executable).with_name("dagster"),
            *("job", "execute", "-m", "orchestration.definitions", "-j", "refresh"),
        ],
        cwd=PROJECT_ROOT,
        env=os.environ
        | embedded.postgres.environment()
        | {"KAFKA_BOOTSTRAP_SERVERS": broker, "DAGSTER_HOME": str(home)}
        | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run(
    definitions: dg.Definitions, instance: dg.DagsterInstance, job: str = "refresh"
) -> dg.ExecuteInProcessResult:
    return definitions.resolve_job_def(job).execute_in_process(
        instance=instance, raise_on_error=False
    )


def load_alone(
    definitions: dg.Definitions, instance: dg.DagsterInstance
) -> dg.ExecuteInProcessResult:
    import dagster as dg

    job = definitions.resolve_implicit_global_asset_job_def()
    raw = dg.AssetSelection.groups("raw").resolve(definitions.resolve_asset_graph())
    return job.execute_in_process(instance=instance, asset_selection=list(raw))


def ask(embedded: Embedded, query: str) -> list[tuple[Any, ...]]:
    parameters = embedded.postgres.connection_parameters()
    with psycopg.connect(**parameters) as connection:
        return connection.execute(query.encode()).fetchall()


def do(embedded: Embedded, statement: str) -> None:
    parameters = embedded.postgres.connection_parameters()
    with psycopg.connect(**parameters) as connection:
        connection.execute(statement.encode())


def rows_loaded(result: dg.ExecuteInProcessResult) -> dict[str, int]:
    loaded = {}
    for event in result.get_asset_materialization_events():
        materialization = event.step_materialization_data.materialization
        if "rows_loaded" in materialization.metadata:
            table = materialization.asset_key.path[-1]
            loaded[table] = int(str(materialization.metadata["rows_loaded"].value))
    return loaded


def failed_checks(result: dg.ExecuteInProcessResult) -> set[str]:
    return {
        evaluation.check_name
        for evaluation in result.get_asset_check_evaluations()
        if not evaluation.passed
    }


def errors(result: dg.ExecuteInProcessResult) -> str:
    return "\n".join(
        str(event.step_failure_data.error)
        for event in result.all_events
        if event.is_step_failure
    )


def test_refresh_takes_traffic_from_the_topics_to_the_marts(
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    wired: Embedded,
    simulate: Simulate,
) -> None:
    simulate(seed="first")
    result = run(definitions, instance)
    assert result.success, errors(result)

    counts = {
        topic: ask(wired, f"select count(*) from raw.{topic}")[0][0] for topic in TOPICS
    }
    assert rows_loaded(result) == counts
    assert all(counts.values())
    [(days, attributed)] = ask(
        wired,
        "select count(distinct report_date), sum(registrations) from marts.daily_cpa "
        "where platform <> 'organic'",
    )
    assert days >= 3
    assert attributed > 0

    graph = definitions.resolve_asset_graph()
    evaluated = {
        evaluation.asset_check_key
        for evaluation in result.get_asset_check_evaluations()
    }
    assert evaluated == set(graph.asset_check_keys)
    assert failed_checks(result) == set()

    again = load_alone(definitions, instance)
    assert set(rows_loaded(again).values()) == {0}


def test_failed_model_fails_the_run_and_is_named(
    definitions: dg.Definitions, instance: dg.DagsterInstance, wired: Embedded
) -> None:
    do(wired, "alter table raw.ad_spend rename column currency to money")
    try:
        result = run(definitions, instance)
    finally:
        do(wired, "alter table raw.ad_spend rename column money to currency")
    assert not result.success
    assert "stg_raw__ad_spend" in errors(result)


def test_failed_test_fails_the_run_and_its_check(
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    wired: Embedded,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    shutil.copytree(PROJECT_ROOT / "seeds", tmp_path / "seeds")
    rules = tmp_path / "seeds" / "attribution_rules.csv"
    first, *_, last = rules.read_text().splitlines()
    rules.write_text("\n".join([first, last, last, ""]))
    monkeypatch.setenv("ROI_SEEDS", str(tmp_path / "seeds"))
    settings.project.cache_clear()

    result = run(definitions, instance)
    assert not result.success
    assert "assert_attribution_rules_do_not_overlap" in failed_checks(result)
    assert "assert_attribution_rules_do_not_overlap" in errors(result)


def test_broker_that_is_away_fails_the_run_in_time(
    wired: Embedded, tmp_path: Path
) -> None:
    with execute(wired, tmp_path, ROI_LOAD_PATIENCE_SECONDS="2") as process:
        said, _ = process.communicate(timeout=90)
    assert process.returncode == 1
    assert "nothing was loaded for 2 s: Kafka at 127.0.0.1:" in said


def test_terminated_run_stops_its_loader(wired: Embedded, tmp_path: Path) -> None:
    with execute(wired, tmp_path) as process:
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if "kafka_unavailable" in line:
                break
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "RUN_SUCCESS" not in said + rest


def test_freshness_is_red_only_where_messages_wait_and_nothing_moves(
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    wired: Embedded,
    simulate: Simulate,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def red() -> set[str]:
        result = run(definitions, instance, "freshness")
        assert result.success, errors(result)
        return {
            evaluation.asset_key.path[-1]
            for evaluation in result.get_asset_check_evaluations()
            if not evaluation.passed
        }

    age = "update raw.kafka_offsets set updated_at = now() - interval '1 day'"
    load_alone(definitions, instance)
    do(wired, age)
    assert red() == set(), "topics are quiet"

    simulate(seed="second")
    assert red() == set(), "messages have come since the last load, not long ago"

    monkeypatch.setenv("ROI_FRESHNESS_LIMIT_MINUTES", "0.001")
    assert red() == set(TOPICS), "messages wait, and nothing moves"

    load_alone(definitions, instance)
    do(wired, age)
    assert red() == set(), "everything is loaded"


def test_freshness_names_what_stands_still() -> None:
    import datetime as dt

    from orchestration.defs import freshness
    from roi.status import Log, Position, Service, Status

    now = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
    service = Service(name="", endpoint="", embedded=True, problem=None)
    found = Status(
        postgres=service,
        kafka=service,
        logs={
            ("ad_events", 0): Log(start=0, end=10),
            ("ad_events", 1): Log(start=0, end=10),
        },
        positions={
            ("ad_events", 0): Position(
                log_epoch=0, next_offset=10, updated_at=now - dt.timedelta(days=1)
            ),
            ("ad_events", 1): Position(
                log_epoch=0, next_offset=7, updated_at=now - dt.timedelta(hours=2)
            ),
        },
        rejects=[],
        marts=None,
    )

    def judged(limit: dt.timedelta) -> tuple[bool, str]:
        result = freshness.judge(
            found, "ad_events", now=now, limit=limit, caught_up_at=None
        )
        return bool(result.passed), str(result.description)

    assert judged(dt.timedelta(hours=3)) == (True, "3 messages wait")
    passed, description = judged(dt.timedelta(hours=1))
    assert not passed
    assert "from partition 1:" in description
