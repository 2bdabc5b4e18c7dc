"""Which platform a device belongs to, and what contradicts itself."""

from __future__ import annotations

import datetime as dt
from itertools import groupby

from tests.reference.attribution import in_order
from tests.reference.facts import History
from tests.reference.identity import event_key, grouped
from tests.reference.numbers import in_hours
from tests.reference.performance import Row
from tests.reference.rows import AdEvent, Registration, RevenueEvent

ORIGIN = ("kafka_partition", "kafka_offset", "kafka_timestamp", "log_epoch")


def device_platforms(history: History) -> list[Row]:
    """Of the touches of one instant only the last in order is ever the latest one.

    "A touch that is never the latest counts nowhere" is read to cover all columns:
    it is not in `impressions` and `clicks`, also of its own platform, and a
    registration that it won (under first_touch, or because the later one of its
    instant is no candidate) is on no row. `registration_id` is of the winning touch
    under the model behind the plain marts.
    """
    won: dict[tuple[str, ...], str] = {}
    for registration in history.eligible:
        touch = history.winner(registration)
        if touch is not None:
            won[event_key(touch)] = registration.event_id
    rows: list[Row] = []
    for device_id, touches in history.touches_of.items():
        latest = [
            list(at_once)[-1]
            for _, at_once in groupby(touches, key=lambda row: row.event_time)
        ]
        periods = [
            list(run) for _, run in groupby(latest, key=lambda row: row.platform)
        ]
        starts = [run[0].event_time for run in periods]
        for run, start, end in zip(periods, starts, [*starts[1:], None], strict=True):
            registrations = [
                won[event_key(touch)] for touch in run if event_key(touch) in won
            ]
            assert len(registrations) <= 1
            rows.append(
                {
                    "device_id": device_id,
                    "platform": run[0].platform,
                    "valid_from": start,
                    "valid_to": end,
                    "impressions": sum(row.event_type == "impression" for row in run),
                    "clicks": sum(row.event_type == "click" for row in run),
                    "registration_id": registrations[0] if registrations else None,
                }
            )
    return rows


def conflict(kind: str, detected_at: dt.datetime, **ids: str | None) -> Row:
    """A row; `conflict_id` and the rest of `details` are the project's to choose."""
    return {
        "conflict_type": kind,
        "device_id": ids.get("device_id"),
        "user_id": ids.get("user_id"),
        "platform": ids.get("platform"),
        "event_id": ids.get("event_id"),
        "detected_at": detected_at,
    }


def latest(events: list[AdEvent] | list[Registration]) -> dt.datetime:
    return max(event.event_time for event in events)


def of_devices(history: History) -> list[Row]:
    """Thresholds of the seed take the place of the numbers in the contract's table.

    The events involved are all touches (registrations) of the device; of an
    inhuman day the touches in the hours that are over the threshold. A junk device
    is a row once an event of it, touch or registration, is there.
    """
    limits = history.seeds.thresholds
    rows: list[Row] = []
    for device_id, touches in history.touches_of.items():
        if len({row.platform for row in touches}) > limits["several_platforms"]:
            rows.append(
                conflict("several_platforms", latest(touches), device_id=device_id)
            )
        hours = grouped(touches, lambda row: history.clock.hour_at(row.event_time))
        busy = [hour for hour in hours if len(hour) > limits["inhuman_touch_rate"]]
        for day in grouped(busy, lambda hour: history.clock.day(hour[0].event_time)):
            rows.append(
                conflict(
                    "inhuman_touch_rate", max(map(latest, day)), device_id=device_id
                )
            )
    for group in grouped(history.registrations, lambda row: row.device_id):
        if len({row.user_id for row in group}) > limits["several_users"]:
            rows.append(
                conflict("several_users", latest(group), device_id=group[0].device_id)
            )
    for group in grouped(history.registrations, lambda row: row.user_id):
        if len({row.device_id for row in group}) > limits["several_devices"]:
            rows.append(
                conflict("several_devices", latest(group), user_id=group[0].user_id)
            )
    events = [*history.touches, *history.registrations]
    for seen in grouped(events, lambda row: row.device_id):
        if seen[0].device_id in history.seeds.junk_devices:
            at = max(event.event_time for event in seen)
            rows.append(conflict("junk_device", at, device_id=seen[0].device_id))
    return rows


def of_registrations(history: History) -> list[Row]:
    """All but the third are of events up to the registration, so that one is last.

    `registered_before_impression` involves the device's first touch as well, which
    is later and makes it a conflict; what comes after that changes nothing (the
    contract does not say which touches are involved). "Touches" are ad events of
    either type, whatever the name says.
    """
    rows: list[Row] = []
    for row in history.eligible:
        ids = {"device_id": row.device_id, "user_id": row.user_id}
        of_device = history.touches_of.get(row.device_id, [])
        if of_device and all(touch.event_time > row.event_time for touch in of_device):
            rows.append(
                conflict("registered_before_impression", of_device[0].event_time, **ids)
            )
        touches = history.competing[row.event_id]
        if not touches:
            continue
        last = touches[-1]
        kinds = []
        tied = [touch for touch in touches if touch.event_time == last.event_time]
        if len({touch.platform for touch in tied}) > 1:
            kinds.append("tied_touches")
        found = [each.touch for each in history.candidates[row.event_id]]
        if in_order(found)[-1] is not last:
            kinds.append("lost_by_priority")
        seconds = in_hours(row.event_time - last.event_time) * 3600
        limit = history.seeds.thresholds["instant_registration"]
        if last.event_type == "click" and seconds <= limit:
            kinds.append("instant_registration")
        rows += [conflict(kind, row.event_time, **ids) for kind in kinds]
    return rows


def of_events(history: History) -> list[Row]:
    """Events of every topic that has ids; the listed fields are those of section 1.

    Fields in `properties` may differ; those of a row's origin always do. The latest
    event involved is the copy with the latest event_time.
    """
    events: list[AdEvent | Registration | RevenueEvent]
    rows: list[Row] = []
    raw = history.raw
    for events in (
        [*raw.ad_events],
        [*raw.user_registrations],
        [*raw.revenue_events],
    ):
        for copies in grouped(events, event_key):
            listed = {
                tuple(
                    getattr(copy, name)
                    for name in type(copy).__dataclass_fields__
                    if name not in ORIGIN
                )
                for copy in copies
            }
            if len(listed) > 1:
                rows.append(
                    conflict(
                        "event_id_reused",
                        max(copy.event_time for copy in copies),
                        event_id=copies[0].event_id,
                        platform=getattr(copies[0], "platform", None),
                    )
                )
    return rows


def attribution_conflicts(history: History) -> list[Row]:
    return of_devices(history) + of_registrations(history) + of_events(history)
