"""Rows around one noon, for examples worked by hand."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal

from tests.reference.marts import marts
from tests.reference.performance import Row
from tests.reference.rows import (
    AdEvent,
    Raw,
    RawRow,
    Registration,
    SeedTexts,
    SpendReport,
)

NOON = dt.datetime(2024, 5, 10, 12, tzinfo=dt.UTC)
DAY = dt.date(2024, 5, 10)
HOUR = dt.timedelta(hours=1)
MICROSECOND = dt.timedelta(microseconds=1)


def touch(event_id: str, hours_before: float, **more: object) -> AdEvent:
    """A click of device d on platform a, so long before noon."""
    values = {"event_type": "click", "device_id": "d", "platform": "a"} | more
    at = NOON - hours_before * HOUR
    return AdEvent(event_id=event_id, event_time=at, **values)  # type: ignore[arg-type]


def registration(event_id: str = "r", hours: float = 0, **more: object) -> Registration:
    values = {"user_id": "u", "device_id": "d"} | more
    at = NOON + hours * HOUR
    return Registration(event_id=event_id, event_time=at, **values)  # type: ignore[arg-type]


def report(start: float, end: float, amount: str, **more: object) -> SpendReport:
    """Spend of platform a between two hours after midnight, reported at `end`."""
    midnight = NOON - 12 * HOUR
    values = {"platform": "a", "reported_at": midnight + end * HOUR} | more
    return SpendReport(
        period_start=midnight + start * HOUR,
        period_end=midnight + end * HOUR,
        amount=Decimal(amount),
        **values,  # type: ignore[arg-type]
    )


def rows_of(*rows: RawRow, relation: str, **options: object) -> list[Row]:
    return marts(Raw.of(list(rows)), **options)[relation]  # type: ignore[arg-type]


def credits_of(*rows: RawRow, **options: object) -> dict[str, dict[str, Decimal]]:
    """Model → touch → credit."""
    found: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for row in rows_of(*rows, relation="attribution_credits", **options):
        found[str(row["attribution_model"])][str(row["touch_id"])] = row["credit"]  # type: ignore[assignment]
    return found


def statuses(*rows: RawRow) -> dict[object, object]:
    found = rows_of(*rows, relation="attributed_registrations")
    return {row["registration_id"]: row["status"] for row in found}


def cell(*rows: RawRow, relation: str = "daily_cpa", **options: object) -> Row:
    """The one row of platform a on the day."""
    found = rows_of(*rows, relation=relation, **options)
    (row,) = [
        row for row in found if row["platform"] == "a" and row["report_date"] == DAY
    ]
    return row


def rules(*rows: str) -> SeedTexts:
    return SeedTexts(attribution_rules=[row.split(",") for row in rows])
