"""Attribution by the letter of the contract (section 3), slow and plain.

Written from the messages alone, so that it and the simulator can be wrong only
independently of each other.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from roi.simulator import Message

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)
LOOKBACK = {"click": dt.timedelta(hours=168), "impression": dt.timedelta(hours=24)}

Row = dict[str, Any]


def rows(messages: Iterable[Message], topic: str) -> list[Row]:
    """The events of a topic as they are stored, broken ones left out."""
    return [
        row
        for message in messages
        if message.topic == topic and (row := _row(topic, message.value)) is not None
    ]


def _row(topic: str, value: bytes | None) -> Row | None:
    if value is None or b"broken" in value[:600]:
        return None
    try:
        row: Row = json.loads(value, parse_float=str)
    except ValueError:
        return None
    for name in ("event_time", "period_start", "period_end", "reported_at"):
        if name in row:
            row[name] = dt.datetime.fromisoformat(row[name])
    if topic == "ad_events":
        row["event_type"] = row.get("event_type") or "impression"
    if "platform" in row:
        row["platform"] = row["platform"].strip().lower()
    if _UUID.fullmatch(row.get("device_id", "")):
        row["device_id"] = row["device_id"].lower()
    return row


def last_touch(messages: Iterable[Message]) -> dict[str, tuple[str, Row | None]]:
    """Status and winning touch of each registration event."""
    messages = list(messages)
    touches: dict[str, dict[tuple[str, str], Row]] = defaultdict(dict)
    for row in rows(messages, "ad_events"):
        touches[row["device_id"]][row["platform"], row["event_id"]] = row
    registrations = {
        row["event_id"]: row for row in rows(messages, "user_registrations")
    }
    users, devices = set[str](), set[str]()
    outcomes: dict[str, tuple[str, Row | None]] = {}
    for row in sorted(
        registrations.values(), key=lambda each: (each["event_time"], each["event_id"])
    ):
        if row["user_id"] in users:
            outcomes[row["event_id"]] = "duplicate_user", None
            continue
        users.add(row["user_id"])
        if row["device_id"] in devices:
            outcomes[row["event_id"]] = "shared_device", None
            continue
        devices.add(row["device_id"])
        at = row["event_time"]
        candidates = [
            touch
            for touch in touches[row["device_id"]].values()
            if at - LOOKBACK[touch["event_type"]] <= touch["event_time"] <= at
        ]
        # Later, click, smaller event id, smaller platform: the last in the order.
        candidates.sort(key=lambda each: (each["event_id"], each["platform"]))
        candidates.sort(
            key=lambda each: (each["event_time"], each["event_type"] == "click"),
            reverse=True,
        )
        won = candidates[0] if candidates else None
        outcomes[row["event_id"]] = ("attributed" if won else "organic"), won
    return outcomes
