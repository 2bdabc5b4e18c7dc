"""Messages that no loader can store, one for every way to get it wrong.

Each is about a device, user or period of its own, so that nothing counts it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from roi.simulator.clock import DAY, rfc3339
from roi.simulator.dice import Dice
from roi.simulator.seasons import instant_in
from roi.simulator.wire import Written, encode

TOO_LARGE_BYTES = 1_100_000
"""Above the limit of the contract (1 MiB), and very compressible."""

Fields = dict[str, Any]


class Broken(NamedTuple):
    """A broken message, and the reason by which the contract rejects it."""

    at: int
    reason: str
    written: Written


class _Way(NamedTuple):
    topic: str
    reason: str
    spoil: Callable[[Fields], bytes | None]


def _with(**changes: Any) -> Callable[[Fields], bytes]:
    return lambda fields: encode(fields | changes)


def _without(name: str) -> Callable[[Fields], bytes]:
    return lambda fields: encode({k: v for k, v in fields.items() if k != name})


def _replaced(old: bytes, new: bytes) -> Callable[[Fields], bytes]:
    return lambda fields: encode(fields).replace(old, new)


_WAYS = (
    _Way("ad_events", "invalid_json", lambda fields: encode(fields)[:-20]),
    _Way("ad_events", "missing_field", _without("device_id")),
    _Way("ad_events", "invalid_value", _with(event_time="2026-02-03T10:11:12")),
    _Way("ad_events", "tombstone", lambda fields: None),
    _Way("ad_events", "unstorable_text", _with(campaign_id="spring\0sale")),
    _Way("ad_events", "invalid_value", _with(event_type="swipe")),
    _Way("ad_events", "invalid_type", _with(device_id=4711)),
    _Way("ad_events", "invalid_utf8", _replaced(b"banner", b"b\xe4nner")),
    _Way("ad_spend", "invalid_value", _with(amount="NaN")),
    _Way("ad_events", "missing_field", _with(event_id=None)),
    _Way("ad_events", "unstorable_text", _replaced(b"banner", rb"b\ud800nner")),
    _Way("ad_events", "invalid_json", lambda fields: b"\xef\xbb\xbf" + encode(fields)),
    _Way("user_registrations", "missing_field", _without("user_id")),
    _Way("ad_events", "invalid_value", _with(platform="organic")),
    _Way("ad_events", "invalid_json", lambda fields: b"GET / HTTP/1.1"),
    _Way("ad_events", "invalid_type", lambda fields: encode(fields).join((b"[", b"]"))),
    _Way("ad_spend", "invalid_value", _with(amount=-12.5)),
    _Way("ad_events", "invalid_value", _with(event_time="1969-12-31T23:59:59Z")),
    _Way("user_registrations", "tombstone", lambda fields: None),
    _Way("ad_events", "too_large", _with(payload="x" * TOO_LARGE_BYTES)),
    _Way("ad_events", "invalid_value", _with(device_id="   ")),
    _Way("ad_spend", "missing_field", _without("currency")),
    _Way("user_registrations", "invalid_value", _with(user_id="u" * 600)),
    _Way("revenue_events", "invalid_type", _with(amount=True)),
    _Way("ad_spend", "invalid_type", _with(impressions="many")),
    _Way("user_registrations", "invalid_json", lambda fields: b"null,"),
)

REASONS = tuple(sorted({way.reason for way in _WAYS}))


def broken_of(seed: str, date: dt.date, touches: float) -> Iterator[Broken]:
    """The broken messages of a day: about one in a thousand, every way in turn."""
    dice = Dice(seed, "broken", date)
    count = max(3, round(touches / 1000))
    for number in range(date.toordinal() * count, (date.toordinal() + 1) * count):
        way = _WAYS[number % len(_WAYS)]
        at = instant_in(date, dice)
        fields = _fields(way.topic, at, dice)
        key = fields["platform" if way.topic == "ad_spend" else "event_id"].encode()
        yield Broken(at, way.reason, Written(way.topic, key, way.spoil(fields)))


def _fields(topic: str, at: int, dice: Dice) -> Fields:
    if topic == "ad_spend":
        return {
            "platform": f"broken {dice.digits(8)}",
            "period_start": rfc3339(at - DAY),
            "period_end": rfc3339(at),
            "amount": "1.00",
            "currency": "USD",
            "reported_at": rfc3339(at),
        }
    event = {"event_id": f"broken-{dice.digits(20)}", "event_time": rfc3339(at)}
    if topic == "revenue_events":
        return event | {
            "user_id": f"broken-{dice.digits(14)}",
            "amount": "1.00",
            "currency": "USD",
        }
    device = {"device_id": f"broken-{dice.digits(20)}"}
    if topic == "user_registrations":
        return event | device | {"user_id": f"broken-{dice.digits(14)}"}
    return event | device | {"platform": "facebook", "ad_type": "banner"}
