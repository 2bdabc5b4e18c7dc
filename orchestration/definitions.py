"""What Dagster shows and runs; `dagster dev` finds it by pyproject.toml."""

from __future__ import annotations

import dagster as dg

from orchestration import dbt_project
from orchestration.defs import dbt, freshness, jobs, raw, resources

_manifest = dbt_project.manifest()
_load = raw.load_assets(_manifest)
_build = dbt.build_assets(_manifest)

defs = dg.Definitions.merge(
    dg.Definitions(
        assets=[*raw.topics(), _load, _build],
        asset_checks=[freshness.raw_tables_are_fresh],
        resources=resources.resources(),
        # The steps of a run follow each other; a process for each would only load
        # all of this again.
        executor=dg.in_process_executor,
    ),
    jobs.definitions(load=_load, build=_build, checks=freshness.raw_tables_are_fresh),
)
