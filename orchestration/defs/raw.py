"""The topics, and the raw tables that the loader fills from them."""

from collections.abc import Iterator

import dagster as dg

from orchestration import loading
from orchestration.dbt_project import Manifest
from roi import settings
from roi.errors import RoiError
from roi.settings import TOPICS

POOL = "warehouse"
"""Whatever writes to Postgres; `dagster.yaml` lets one run at a time do so."""

BESIDE = {
    "rejected_events": "Messages that can never be stored, with their bytes.",
    "kafka_offsets": "Where the loader stands. One row per partition of a topic.",
}
"""Raw tables that are fed by all topics."""


def topic_key(topic: str) -> dg.AssetKey:
    """The asset of a topic."""
    return dg.AssetKey(["kafka", topic])


def table_key(table: str) -> dg.AssetKey:
    """The asset of a raw table, which is that of the dbt source."""
    return dg.AssetKey(["raw", table])


def topics() -> list[dg.AssetSpec]:
    """The topics of the contract: outside of Dagster, the beginning of the lineage."""
    return [
        dg.AssetSpec(
            topic_key(topic),
            description=f"The Kafka topic `{topic}`.",
            group_name="kafka",
            kinds={"kafka"},
        )
        for topic in TOPICS
    ]


def load_assets(manifest: Manifest) -> dg.AssetsDefinition:
    """One run of the loader, up to where the topics end when it starts."""

    @dg.multi_asset(name="load", specs=table_specs(manifest), pool=POOL)
    def load(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
        limits = settings.read(settings.OrchestrationSettings)
        try:
            postgres, kafka = settings.both()
            loaded = loading.load(
                postgres=postgres,
                kafka=kafka,
                loader_settings=settings.read(settings.LoaderSettings),
                patience_seconds=limits.load_patience_seconds,
                log=context.log,
            )
        except RoiError as error:
            raise dg.Failure(str(error)) from error
        for topic in TOPICS:
            ends = [end for part, end in loaded.ends.items() if part.topic == topic]
            # The topic is filled by others; this is how far.
            context.log_event(
                dg.AssetMaterialization(
                    topic_key(topic),
                    metadata={"partitions": len(ends), "end_offsets": sum(ends)},
                )
            )
            yield dg.MaterializeResult(
                asset_key=table_key(topic), metadata=topic_metadata(loaded, topic)
            )
        yield dg.MaterializeResult(
            asset_key=table_key("rejected_events"),
            metadata={"rejected": sum(loaded.rejects.values())} | _by_reason(loaded),
        )
        yield dg.MaterializeResult(
            asset_key=table_key("kafka_offsets"),
            metadata={"partitions": len(loaded.positions)},
        )

    return load


def table_specs(manifest: Manifest) -> list[dg.AssetSpec]:
    """The raw tables, described as dbt describes its sources."""
    described = {
        source["name"]: source["description"]
        for source in manifest["sources"].values()
        if source["source_name"] == "raw" and source["description"]
    }
    upstream = {topic: [topic] for topic in TOPICS} | dict.fromkeys(BESIDE, TOPICS)
    return [
        dg.AssetSpec(
            table_key(table),
            deps=[topic_key(topic) for topic in upstream[table]],
            description=described.get(table) or BESIDE[table],
            group_name="raw",
            kinds={"postgres"},
        )
        for table in upstream
    ]


def topic_metadata(loaded: loading.Loaded, topic: str) -> dict[str, dg.MetadataValue]:
    """What a run of the loader did for a topic, and where the topic now stands."""
    records = [
        dg.TableRecord(
            {
                "partition": partition,
                "log_epoch": position.log_epoch,
                "next_offset": position.next_offset,
                "load_seq": position.load_seq,
            }
        )
        for (name, partition), position in sorted(loaded.positions.items())
        if name == topic
    ]
    metadata: dict[str, dg.MetadataValue] = {
        "rows_loaded": dg.MetadataValue.int(loaded.rows.get(topic, 0)),
        "rejected": dg.MetadataValue.int(
            sum(n for (name, _), n in loaded.rejects.items() if name == topic)
        ),
    }
    if records:
        metadata["positions"] = dg.MetadataValue.table(records)
    return metadata


def _by_reason(loaded: loading.Loaded) -> dict[str, int]:
    return {
        f"{topic}: {reason}": count
        for (topic, reason), count in sorted(loaded.rejects.items())
    }
