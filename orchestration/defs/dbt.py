"""Every dbt model and seed as an asset, every data test as a check."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliResource, dbt_assets

from orchestration import dbt_project
from orchestration.defs.raw import POOL
from orchestration.translator import LayerTranslator


def build_assets(manifest: dbt_project.Manifest) -> dg.AssetsDefinition:
    """One `dbt build` for whatever of them is asked for."""

    # `project` is not given: with it, dagster-dbt copies the whole checkout to /tmp
    # for a selection of more than 200 nodes.
    @dbt_assets(
        manifest=manifest,
        dagster_dbt_translator=LayerTranslator(),
        name="dbt_build",
        pool=POOL,
    )
    def dbt_build(
        context: dg.AssetExecutionContext, dbt: DbtCliResource
    ) -> Iterator[Any]:
        with dbt_project.run_folder(context.run.run_id) as folder:
            with dbt_project.environment():
                build = dbt.cli(arguments(), context=context, target_path=folder)
            yield from build.stream()

    return dbt_build


def arguments() -> list[str]:
    """What dbt is called with; unit tests are about the code, not about the data."""
    return ["build", "--exclude-resource-type", "unit_test", *dbt_project.variables()]
