"""What Dagster shows: one lineage from the topics to the marts, and every check."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from roi.settings import PROJECT_ROOT, TOPICS

if TYPE_CHECKING:
    import dagster as dg


@pytest.fixture(scope="module")
def manifest(definitions: dg.Definitions) -> Any:
    from orchestration import dbt_project

    return dbt_project.manifest()


def test_definitions_are_complete_and_can_be_run(definitions: dg.Definitions) -> None:
    import dagster as dg

    dg.Definitions.validate_loadable(definitions)


def test_loading_warns_of_nothing() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-Werror",
            "-Wignore:sqlglotrs is deprecated:DeprecationWarning",
            # kafka-python 3.0 reads its own files in a way of which 3.11 disapproves.
            "-Wignore:read_text is deprecated:DeprecationWarning",
            "-Wignore:open_text is deprecated:DeprecationWarning",
            "-c",
            "from orchestration.definitions import defs; defs.resolve_asset_graph()",
        ],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_every_model_seed_and_source_is_an_asset(
    definitions: dg.Definitions, manifest: Any
) -> None:
    expected = {
        f"{node['schema']}/{node['name']}"
        for node in [*manifest["nodes"].values(), *manifest["sources"].values()]
        if node["resource_type"] in ("model", "seed", "source")
    }
    graph = definitions.resolve_asset_graph()
    assert expected <= {key.to_user_string() for key in graph.materializable_asset_keys}


def test_every_data_test_is_a_check(definitions: dg.Definitions, manifest: Any) -> None:
    expected = {
        node["name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test"
    }
    checks = definitions.resolve_asset_graph().asset_check_keys
    assert expected == {key.name for key in checks} - {"is_fresh"}
    assert expected


def test_lineage_leads_from_the_topics_to_the_marts(
    definitions: dg.Definitions,
) -> None:
    import dagster as dg

    graph = definitions.resolve_asset_graph()
    topics = {dg.AssetKey(["kafka", topic]) for topic in TOPICS}
    found = set()
    pending = {dg.AssetKey(["marts", "daily_roi"])}
    while pending:
        found |= pending
        pending = {p for key in pending for p in graph.get(key).parent_keys} - found
    assert topics <= found
    assert {dg.AssetKey(["raw", topic]) for topic in TOPICS} <= found


def test_groups_are_the_layers(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    groups = {graph.get(key).group_name for key in graph.get_all_asset_keys()}
    assert groups == {"kafka", "raw", "seeds", "staging", "intermediate", "marts"}


def test_assets_and_checks_are_described(definitions: dg.Definitions) -> None:
    import dagster as dg

    graph = definitions.resolve_asset_graph()
    undescribed = [
        key.to_user_string()
        for key in graph.get_all_asset_keys()
        if not graph.get(key).description
    ]
    assert undescribed == []
    key = dg.AssetCheckKey(
        dg.AssetKey(["intermediate", "int_attribution_credits"]),
        "assert_credits_add_up_to_one",
    )
    assert "add up to 1" in str(graph.get_check_spec(key).description)


def test_refresh_covers_everything(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    job = definitions.resolve_job_def("refresh")
    assert job.asset_layer.executable_asset_keys == graph.materializable_asset_keys


def test_schedules_run_without_being_switched_on(definitions: dg.Definitions) -> None:
    import dagster as dg

    shown = {
        name: (schedule.cron_schedule, schedule.default_status)
        for name in ("refresh_schedule", "freshness_schedule")
        if (schedule := definitions.resolve_schedule_def(name))
    }
    running = dg.DefaultScheduleStatus.RUNNING
    assert shown == {
        "refresh_schedule": ("0 * * * *", running),
        "freshness_schedule": ("*/15 * * * *", running),
    }


def test_tick_is_skipped_while_a_run_is_not_over(instance: dg.DagsterInstance) -> None:
    import dagster as dg

    from orchestration.defs import jobs

    schedule = jobs.schedule("refresh", "0 * * * *")

    @dg.job(name="refresh")
    def refresh() -> None: ...

    def tick() -> list[Any]:
        with dg.build_schedule_context(instance=instance) as context:
            return list(schedule.evaluate_tick(context).run_requests or [])

    assert len(tick()) == 1
    run = instance.create_run_for_job(refresh, status=dg.DagsterRunStatus.STARTED)
    assert tick() == []
    instance.report_run_canceled(run)
    assert len(tick()) == 1


def test_manifest_is_made_again_only_when_something_changed(
    manifest: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orchestration import dbt_project

    made: list[Path] = []
    monkeypatch.setattr(dbt_project, "_parse", made.append)
    dbt_project.manifest()
    assert made == []
    mark = PROJECT_ROOT / dbt_project.TARGET / "made_from"
    before = mark.read_text()
    try:
        monkeypatch.setenv("ROI_DBT_VARS", '{"reporting_currency": "EUR"}')
        from roi import settings

        settings.project.cache_clear()
        dbt_project.manifest()
    finally:
        mark.write_text(before)
    assert made == [PROJECT_ROOT / dbt_project.TARGET]
