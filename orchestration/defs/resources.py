"""What the assets work with."""

from __future__ import annotations

from dagster_dbt import DbtCliResource

from orchestration import dbt_project


def resources() -> dict[str, object]:
    """dbt, the one of this environment whatever PATH says."""
    return {
        "dbt": DbtCliResource(
            project_dir=dbt_project.project(),
            dbt_executable=dbt_project.EXECUTABLE,
            global_config_flags=["--no-use-colors"],
        )
    }
