"""Steps 1 to 3 of the contract: what counts once, and what counts at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from tests.reference.rows import (
    AdEvent,
    Origin,
    Registration,
    RevenueEvent,
    SpendReport,
)

Row = TypeVar("Row", bound=Origin)
Keyed = TypeVar("Keyed")
Event = AdEvent | Registration | RevenueEvent


def text_order(text: str) -> bytes:
    """C collation: by the bytes of UTF-8."""
    return text.encode()


def grouped(rows: Iterable[Keyed], key: Callable[[Keyed], object]) -> list[list[Keyed]]:
    """The rows of each key together."""
    groups: dict[object, list[Keyed]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return list(groups.values())


def event_key(event: Event) -> tuple[str, ...]:
    """Step 1: in ad_events (platform, event_id), elsewhere event_id."""
    if isinstance(event, AdEvent):
        return event.platform, event.event_id
    return (event.event_id,)


def first_copies(rows: list[Row]) -> list[Row]:
    """Step 1: of the copies of one event the first."""
    return [
        min(copies, key=lambda row: row.copy_order)
        for copies in grouped(rows, event_key)  # type: ignore[arg-type]
    ]


def current_reports(reports: list[SpendReport]) -> list[SpendReport]:
    """Step 2: the reports that no later one replaces.

    One rule does for both sentences: a report is replaced by any later one of the
    same platform, account and campaign whose period holds its own, the same period
    included. Whether the later one is itself replaced makes no difference, because
    what replaces that one holds the first period too. "The latest by the order of
    step 1" is read as the greatest (kafka_timestamp, log_epoch, kafka_partition,
    kafka_offset).
    """

    def order(report: SpendReport) -> tuple[object, ...]:
        return report.reported_at, report.copy_order

    def replaced(report: SpendReport, others: list[SpendReport]) -> bool:
        return any(
            order(other) > order(report)
            and other.period_start <= report.period_start
            and report.period_end <= other.period_end
            for other in others
        )

    return [
        report
        for group in grouped(
            reports, lambda row: (row.platform, row.account_id, row.campaign_id)
        )
        for report in group
        if not replaced(report, group)
    ]


def classified(registrations: list[Registration]) -> dict[str, str]:
    """Step 3: event id → eligible, duplicate_user or shared_device."""

    def order(registration: Registration) -> tuple[object, ...]:
        return registration.event_time, text_order(registration.event_id)

    status = {row.event_id: "duplicate_user" for row in registrations}
    kept = [
        min(of_user, key=order)
        for of_user in grouped(registrations, lambda row: row.user_id)
    ]
    for of_device in grouped(kept, lambda row: row.device_id):
        status |= {row.event_id: "shared_device" for row in of_device}
        status[min(of_device, key=order).event_id] = "eligible"
    return status
