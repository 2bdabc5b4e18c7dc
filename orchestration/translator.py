"""How dbt's nodes look as assets: groups by layer, every test a check."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import takewhile
from typing import Any

import dagster as dg
from dagster_dbt import (
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    DbtProject,
)


class LayerTranslator(DagsterDbtTranslator):
    """Assets keyed by schema and name, grouped by layer."""

    def __init__(self) -> None:
        super().__init__(
            DagsterDbtTranslatorSettings(enable_source_tests_as_checks=True)
        )

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetSpec:
        """The description that dbt has, in the group of its layer."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        props = self.get_resource_props(manifest, unique_id)
        return spec.replace_attributes(group_name=layer(props))

    def get_asset_check_spec(
        self,
        asset_spec: dg.AssetSpec,
        manifest: Mapping[str, Any],
        unique_id: str,
        project: DbtProject | None,
    ) -> dg.AssetCheckSpec | None:
        """The check of a test, described as the test describes itself."""
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        if spec is None:
            return None
        return dg.AssetCheckSpec(
            spec.name,
            asset=spec.asset_key,
            description=description(self.get_resource_props(manifest, unique_id)),
            additional_deps=spec.additional_deps,
            blocking=spec.blocking,
            metadata=spec.metadata,
        )


def layer(props: Mapping[str, Any]) -> str:
    """raw, seeds, staging, intermediate or marts: the folder, or what stands for it."""
    match props["resource_type"]:
        case "source":
            return str(props["source_name"])
        case "seed":
            return "seeds"
        case _:
            return str(props["fqn"][1])


def description(test: Mapping[str, Any]) -> str | None:
    """What a test says about itself: its description, or the comment it opens with."""
    if test.get("description"):
        return str(test["description"])
    lines = takewhile(lambda line: line.startswith("--"), test["raw_code"].splitlines())
    return " ".join(line.removeprefix("--").strip() for line in lines) or None


def attach_tests(manifest: dict[str, Any]) -> dict[str, Any]:
    """Let every test belong to a node: without one, Dagster shows no check for it.

    dbt says so itself for a generic test. A singular test that reads several nodes
    belongs to the one furthest downstream, the first of them where there are several.
    """
    parents: Mapping[str, list[str]] = manifest["parent_map"]

    @cache
    def depth(unique_id: str) -> int:
        return 1 + max(map(depth, parents.get(unique_id, ())), default=0)

    for node in manifest["nodes"].values():
        read = node["depends_on"].get("nodes", [])
        if node["resource_type"] == "test" and not node.get("attached_node") and read:
            node["attached_node"] = max(read, key=depth)
    return manifest
