"""`roi status`: where everything stands."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from roi import settings
from roi.errors import ServiceUnavailable

if TYPE_CHECKING:
    from rich.table import Table

    from roi.status import Service, Status


class Format(StrEnum):
    """How to print it."""

    table = "table"
    json = "json"


def status(
    format: Annotated[
        Format, typer.Option("--format", help="For people or for programs.")
    ] = Format.table,
    partitions: Annotated[
        bool, typer.Option("--partitions", help="One row per partition.")
    ] = False,
) -> None:
    """Show services, topics, the loader's position and lag, rejects, marts.

    Raises:
        ServiceUnavailable: a service does not answer; the rest is shown before.
    """
    from roi.status import collect

    found = collect(*settings.both())
    if format is Format.json:
        print(json.dumps(as_json(found), indent=2))
    else:
        _print_tables(found, partitions)
    unusable = [each for each in (found.postgres, found.kafka) if each.problem]
    if unusable:
        reasons = "; ".join(
            f"{each.name} at {each.endpoint} is not usable ({each.problem})"
            for each in unusable
        )
        advice = (
            "run `roi up`"
            if all(each.embedded for each in unusable)
            else "check the server and its settings"
        )
        raise ServiceUnavailable(f"{reasons}: {advice}")


def as_json(found: Status) -> dict[str, Any]:
    """The status as JSON values; times in ISO 8601, UTC."""
    return {
        "services": {
            each.name.lower(): {
                "endpoint": each.endpoint,
                "embedded": each.embedded,
                "running": each.problem is None,
                "problem": each.problem,
            }
            for each in (found.postgres, found.kafka)
        },
        "partitions": [_partition(found, each) for each in found.partitions()],
        "rejected": found.rejects
        and [
            {"topic": each.topic, "reason": each.reason, "count": each.count}
            for each in found.rejects
        ],
        "marts": found.marts
        and [
            {
                "topic": each.topic,
                "frozen_at": _iso(each.frozen_at),
                "latest_event_time": _iso(each.latest_event_time),
            }
            for each in found.marts
        ],
    }


def _partition(found: Status, key: tuple[str, int]) -> dict[str, Any]:
    log = (found.logs or {}).get(key)
    position = (found.positions or {}).get(key)
    return {
        "topic": key[0],
        "partition": key[1],
        "start_offset": log and log.start,
        "end_offset": log and log.end,
        "log_epoch": position and position.log_epoch,
        "next_offset": position and position.next_offset,
        "updated_at": _iso(position.updated_at if position else None),
        "lag": found.lag(key),
    }


def _print_tables(found: Status, by_partition: bool) -> None:
    from rich.console import Console

    console = Console(highlight=False, markup=False)
    if not console.is_terminal:  # a file or a pipe: nothing to wrap for
        console = Console(highlight=False, markup=False, width=200)
    console.print(_services((found.postgres, found.kafka)))
    if found.logs is not None or found.positions is not None:
        console.print(_topics(found, by_partition))
    if found.rejects:
        table = _table("Rejected", "topic", "reason", "#messages")
        for reject in found.rejects:
            table.add_row(reject.topic, reject.reason, f"{reject.count:,}")
        console.print(table)
    elif found.rejects is not None:
        console.print("Rejected: nothing")
    if found.marts:
        table = _table("Marts", "topic", "as of", "latest event")
        for mart in found.marts:
            table.add_row(
                mart.topic, _utc(mart.frozen_at), _utc(mart.latest_event_time)
            )
        console.print(table)
    elif found.positions is not None:
        console.print("Marts: not built yet; run `dbt build`")


def _services(services: Iterable[Service]) -> Table:
    table = _table("Services", "service", "endpoint", "embedded", "state")
    for each in services:
        state = "not usable, see below" if each.problem else "running"
        table.add_row(each.name, each.endpoint, "yes" if each.embedded else "no", state)
    return table


def _topics(found: Status, by_partition: bool) -> Table:
    columns = ["#end offset", "#loaded to", "#lag", "last loaded"]
    names = ["topic", "#partition" if by_partition else "#partitions", *columns]
    table = _table("Topics", *names)
    groups: dict[str, list[tuple[str, int]]] = {}
    for key in found.partitions():
        groups.setdefault(f"{key}" if by_partition else key[0], []).append(key)
    for keys in groups.values():
        rows = [_partition(found, key) for key in keys]
        topic, number = keys[0]
        loaded = max(
            (row["updated_at"] for row in rows if row["updated_at"]), default=None
        )
        table.add_row(
            topic,
            str(number if by_partition else len(keys)),
            _sum(row["end_offset"] for row in rows),
            _sum(row["next_offset"] for row in rows),
            _sum(row["lag"] for row in rows),
            _utc(datetime.fromisoformat(loaded) if loaded else None),
        )
    return table


def _table(title: str, *columns: str) -> Table:
    """A table; the columns that begin with # are numbers."""
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for column in columns:
        table.add_column(
            column.removeprefix("#"),
            justify="right" if column.startswith("#") else "left",
        )
    return table


def _sum(values: Iterable[int | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{sum(known):,}" if known else "-"


def _utc(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if moment else "-"


def _iso(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None
