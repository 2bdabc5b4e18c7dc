"""Whether the raw tables keep up with their topics, judged by position.

A quiet topic is fresh. Time in the data says nothing: one event dated 2099 would keep a
table fresh for ever.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg

from orchestration.defs.raw import table_key
from roi import settings
from roi.settings import TOPICS
from roi.status import Status, collect


@dg.multi_asset_check(
    name="raw_tables_are_fresh",
    specs=[
        dg.AssetCheckSpec(
            "is_fresh",
            asset=table_key(topic),
            description=(
                "Nothing waits in the topic, or the loader has moved on lately "
                "(ROI_FRESHNESS_LIMIT_MINUTES)."
            ),
        )
        for topic in TOPICS
    ],
    can_subset=True,
)
def raw_tables_are_fresh(
    context: dg.AssetCheckExecutionContext,
) -> Iterator[dg.AssetCheckResult]:
    """Compare `raw.kafka_offsets` with the ends of the topics."""
    limits = settings.read(settings.OrchestrationSettings)
    loaded_here = settings.read(settings.LoaderSettings).topic_names
    found = collect(*settings.both())
    now = datetime.now(UTC)
    for service in (found.postgres, found.kafka):
        if service.problem:
            raise dg.Failure(
                f"{service.name} at {service.endpoint} is not usable "
                f"({service.problem})"
            )
    for topic in TOPICS:
        if dg.AssetCheckKey(table_key(topic), "is_fresh") in (
            context.selected_asset_check_keys
        ):
            yield judge(
                found,
                topic,
                now=now,
                limit=timedelta(minutes=limits.freshness_limit_minutes),
                caught_up_at=last_load(context.instance, topic)
                if topic in loaded_here
                else None,
            )


def last_load(instance: dg.DagsterInstance, topic: str) -> datetime | None:
    """When a run last loaded all that there was in a topic."""
    event = instance.get_latest_materialization_event(table_key(topic))
    return datetime.fromtimestamp(event.timestamp, UTC) if event else None


def judge(
    found: Status,
    topic: str,
    *,
    now: datetime,
    limit: timedelta,
    caught_up_at: datetime | None,
) -> dg.AssetCheckResult:
    """Fresh unless messages wait in a partition that has not moved for `limit`.

    Args:
        found: the ends of the topics and the loader's positions.
        topic: which topic.
        now: the time.
        limit: how long messages may wait.
        caught_up_at: when nothing was waiting: a partition that was quiet since it was
            last written has not stood still for all that time.
    """
    rows = []
    stale = []
    for key in found.partitions():
        if key[0] != topic:
            continue
        position = (found.positions or {}).get(key)
        log = (found.logs or {}).get(key)
        lag = found.lag(key) or 0
        moves = [at for at in (position and position.updated_at, caught_up_at) if at]
        if lag and (not moves or now - max(moves) > limit):
            stale.append(key[1])
        rows.append(
            dg.TableRecord(
                {
                    "partition": key[1],
                    "lag": lag,
                    "next_offset": position.next_offset if position else None,
                    "end_offset": log.end if log else None,
                    "last_moved": position.updated_at.astimezone(UTC).isoformat()
                    if position
                    else None,
                }
            )
        )
    lag = sum(int(row.data["lag"] or 0) for row in rows)
    metadata: dict[str, dg.MetadataValue] = {
        "lag": dg.MetadataValue.int(lag),
        "limit_minutes": dg.MetadataValue.float(limit / timedelta(minutes=1)),
    }
    if rows:
        metadata["partitions"] = dg.MetadataValue.table(rows, schema=_SCHEMA)
    return dg.AssetCheckResult(
        asset_key=table_key(topic),
        check_name="is_fresh",
        passed=not stale,
        description=(
            f"{lag} messages wait, and for {limit} nothing was loaded from partition "
            f"{', '.join(map(str, stale))}: is the loader running?"
            if stale
            else f"{lag} messages wait"
            if lag
            else "everything is loaded"
        ),
        metadata=metadata,
    )


_SCHEMA = dg.TableSchema(
    [
        dg.TableColumn("partition", "int"),
        dg.TableColumn("lag", "int"),
        dg.TableColumn("next_offset", "int"),
        dg.TableColumn("end_offset", "int"),
        dg.TableColumn("last_moved", "timestamp"),
    ]
)
