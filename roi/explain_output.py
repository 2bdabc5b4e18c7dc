"""An explanation as tables for a person or as JSON for a program."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from roi.explain import Explanation, Row, instant, reason, shortened

_OUTCOME = (
    "user_id",
    "device_id",
    "registered_at",
    "status",
    "is_junk_device",
)
_KEPT = ("kept_registration_id", "kept_user_id", "kept_device_id", "kept_registered_at")
_WINNER = (
    "platform",
    "touch_id",
    "touch_type",
    "campaign_id",
    "ad_type",
    "touched_at",
    "hours_to_register",
)


def write_json(explained: Explanation) -> None:
    """Print one object. Numbers are exact: read them as decimals; times are in UTC."""
    found = explained.outcome
    document = {
        "registration_id": explained.registration_id,
        "why": explained.why,
        "registration": found and {name: found[name] for name in _OUTCOME},
        "kept_instead": {name.removeprefix("kept_"): found[name] for name in _KEPT}
        if found and found["kept_registration_id"]
        else None,
        "winner": {name: found[name] for name in _WINNER}
        if found and found["touch_id"]
        else None,
        "copies": explained.copies,
        "newer_copies": explained.newer_copies,
        "touches": [
            {name: value for name, value in touch.items() if name != _TOTAL}
            | {"reason": reason(touch, explained.touches)}
            for touch in explained.touches
        ],
        _TOTAL: explained.touches_of_device,
        "credits": explained.credits,
        "conflicts": explained.conflicts,
        "as_of": explained.position,
    }
    encoded = msgspec.json.Encoder(decimal_format="number").encode(_normal(document))
    print(msgspec.json.format(encoded, indent=2).decode())


_TOTAL = "touches_of_device"


def _normal(value: Any) -> Any:
    """Decimals without zeros that change nothing."""
    if isinstance(value, dict):
        return {name: _normal(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_normal(each) for each in value]
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return Decimal(text.rstrip("0").rstrip(".") if "." in text else text)
    if isinstance(value, dt.datetime):
        return instant(value).replace(" ", "T") + "Z"
    return value


def write_tables(explained: Explanation) -> None:
    """Print the walk from the messages to the credit."""
    # A file or a pipe has nothing to wrap for.
    screen = Console(highlight=False, width=None if sys.stdout.isatty() else 200)
    screen.print(
        f"Registration {explained.registration_id} (all times in UTC)", markup=False
    )
    _messages(screen, explained)
    found = explained.outcome
    if found is None:
        screen.print(f"Status: {explained.why}", markup=False)
        return
    screen.print(
        f"User {found['user_id']}, device {found['device_id']}"
        + (" (a junk id)" if found["is_junk_device"] else "")
        + f", {instant(found['registered_at'])}",
        markup=False,
    )
    screen.print(f"Status: {found['status']}: {explained.why}", markup=False)
    _touches(screen, explained)
    _credits(screen, explained)
    for each in explained.conflicts:
        screen.print(
            f"Conflict: {each['conflict_type']} "
            f"{msgspec.json.encode(each['details']).decode()}",
            markup=False,
        )
    frozen = max((each["frozen_at"] for each in explained.position), default=None)
    if frozen is not None:
        screen.print(f"as of {instant(frozen)} UTC; positions: --format json")


def _messages(screen: Console, explained: Explanation) -> None:
    rows = [
        (
            "yes" if each["counts"] else "no",
            instant(each["event_time"]),
            each["user_id"],
            each["device_id"],
            f"{each['kafka_partition']}/{each['kafka_offset']}",
            instant(each["kafka_timestamp"]),
        )
        for each in explained.copies
    ]
    columns = ("counts", "event time", "user", "device", "partition/offset", "in Kafka")
    screen.print(_table("Messages in raw.user_registrations", columns, rows))
    if explained.newer_copies:
        screen.print(f"{explained.newer_copies} more came since the marts were built")


def _touches(screen: Console, explained: Explanation) -> None:
    if not explained.touches:
        return
    rows = [
        (
            instant(each["touched_at"]),
            each["platform"],
            each["touch_type"],
            each["touch_id"],
            shortened(each["hours_before"]),
            rule(each),
            reason(each, explained.touches),
        )
        for each in explained.touches
    ]
    columns = ("touched", "platform", "type", "event id", "#h before", "rule", "why")
    screen.print(_table("Touches of the device, in order", columns, rows))
    hidden = explained.touches_of_device - len(explained.touches)
    if hidden > 0:
        screen.print(f"{hidden:,} touches of the device that are further away left out")


def rule(touch: Row) -> str:
    """The rule that held for a touch, as its row of the seed reads."""
    if touch["lookback_hours"] is None:
        return "none"
    named = (touch["rule_platform"], touch["rule_ad_type"], touch["rule_event_type"])
    return (
        f"{' / '.join(name for name in named if name) or 'any touch'}: "
        f"{shortened(touch['lookback_hours'])} h, priority {touch['priority']}"
    )


def _credits(screen: Console, explained: Explanation) -> None:
    if not explained.credits:
        return
    models = sorted({each["attribution_model"] for each in explained.credits})
    by_touch: dict[tuple[str, str], dict[str, Decimal]] = {}
    for each in sorted(explained.credits, key=lambda row: row["touch_number"]):
        credit = by_touch.setdefault((each["platform"], each["touch_id"]), {})
        credit[each["attribution_model"]] = each["credit"]
    rows = [
        (*touch, *(shortened(credit.get(model, Decimal(0))) for model in models))
        for touch, credit in by_touch.items()
    ]
    columns = ("platform", "event id", *(f"#{model}" for model in models))
    screen.print(_table("Credit by model", columns, rows))


def _table(title: str, columns: Iterable[str], rows: Iterable[Iterable[str]]) -> Table:
    """A table; the columns that begin with # are numbers."""
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for column in columns:
        table.add_column(
            column.removeprefix("#"),
            justify="right" if column.startswith("#") else "left",
        )
    for row in rows:
        table.add_row(*map(Text, row))
    return table
