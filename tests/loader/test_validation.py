"""What becomes of a message: contract sections 1 and 2, line by line.

A table of examples with the verdict that the contract gives them, and a property:
on generated messages the loader says what the reference validator says.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from loader import validation, values
from loader.events import TOPICS
from loader.validation import Rejection, Validator
from tests.loader.reference_validator import (
    FIELDS,
    REASONS,
    Verdict,
    exact_json,
    typed,
    validate,
)

MEBIBYTE = 1_048_576

BASE: dict[str, dict[str, str]] = {
    "ad_events": {
        "event_id": '"e-1"',
        "event_time": '"2026-01-31T09:30:00Z"',
        "device_id": '"d-1"',
        "platform": '"google"',
    },
    "user_registrations": {
        "event_id": '"e-1"',
        "event_time": '"2026-01-31T09:30:00Z"',
        "user_id": '"u-1"',
        "device_id": '"d-1"',
    },
    "ad_spend": {
        "platform": '"google"',
        "period_start": '"2026-01-31T00:00:00Z"',
        "period_end": '"2026-02-01T00:00:00Z"',
        "amount": "12.5",
        "currency": '"USD"',
        "reported_at": '"2026-02-01T03:00:00Z"',
    },
    "revenue_events": {
        "event_id": '"e-1"',
        "event_time": '"2026-01-31T09:30:00Z"',
        "user_id": '"u-1"',
        "amount": "9.99",
        "currency": '"EUR"',
    },
}
"""A sound message of each topic: its required fields as JSON text."""


def rendered(pairs: list[tuple[str, str]]) -> bytes:
    members = ",".join(f"{key}:{token}" for key, token in pairs)
    return f"{{{members}}}".encode("utf-8", "surrogatepass")


def message(topic: str, extra: str = "", /, **tokens: str | None) -> bytes:
    """The sound message with some fields set to other JSON, or left out (None)."""
    fields = BASE[topic] | tokens
    pairs = [(f'"{name}"', text) for name, text in fields.items() if text is not None]
    body = rendered(pairs)
    return body[:-1] + b"," + extra.encode() + b"}" if extra else body


# What the Validator returns, as values.

COPY_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|(.))", re.DOTALL)
CONTROL = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


def copy_field(field: bytes) -> str | None:
    r"""What COPY makes of a field of its text format; the server's own rules."""
    if field == rb"\N":
        return None
    return COPY_ESCAPE.sub(
        lambda found: (
            bytes([int(found[1], 8)])
            if found[1]
            else bytes([int(found[2], 16)])
            if found[2]
            else CONTROL.get(found[3], found[3])
        ),
        field,
    ).decode()


def stored(topic: str, line: bytes) -> dict[str, Any]:
    """The columns of a COPY line, as the values that Postgres makes of them."""
    assert b"\n" not in line
    assert b"\r" not in line
    fields = [copy_field(field) for field in line.split(b"\t")]
    kinds = {**FIELDS[topic], "properties": "json"}
    readers: dict[str, Callable[[str], Any]] = {
        "time": datetime.fromisoformat,
        "amount": Decimal,
        "spend": Decimal,
        "count": int,
        "json": exact_json,
    }
    return {
        name: None if field is None else readers.get(kind.rstrip("?"), str)(field)
        for (name, kind), field in zip(kinds.items(), fields, strict=True)
    }


def verdict_of(
    topic: str, judge: Callable[[bytes | None], bytes | Rejection], body: bytes | None
) -> Verdict:
    verdict = judge(body)
    if isinstance(verdict, Rejection):
        return str(verdict.reason)
    return stored(topic, verdict)


def loader_verdict(topic: str, body: bytes | None, limit: int = MEBIBYTE) -> Verdict:
    judge = Validator(TOPICS[topic], max_message_bytes=limit)
    return verdict_of(topic, judge, body)


# The examples.


@dataclass(frozen=True)
class Example:
    sentence: str
    topic: str
    body: bytes | None
    expected: str | dict[str, Any]
    """A reason, or some columns of the row that is stored."""
    limit: int = MEBIBYTE


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


def ad(sentence: str, expected: Any, extra: str = "", /, **tokens: Any) -> Example:
    return Example(
        sentence, "ad_events", message("ad_events", extra, **tokens), expected
    )


def spend(sentence: str, expected: Any, extra: str = "", /, **tokens: Any) -> Example:
    return Example(sentence, "ad_spend", message("ad_spend", extra, **tokens), expected)


def revenue(sentence: str, expected: Any, /, amount: str) -> Example:
    body = message("revenue_events", amount=amount)
    return Example(sentence, "revenue_events", body, expected)


def whole(sentence: str, body: bytes | None, expected: Any, **more: int) -> Example:
    return Example(sentence, "ad_events", body, expected, **more)


def time(sentence: str, text: str, expected: datetime | str) -> Example:
    verdict = expected if isinstance(expected, str) else {"event_time": expected}
    return ad(sentence, verdict, event_time=json.dumps(text))


def period(sentence: str, start: str, end: str, expected: Any) -> Example:
    return spend(
        sentence, expected, period_start=json.dumps(start), period_end=json.dumps(end)
    )


def unlisted(sentence: str, token: str, expected: Any = None) -> Example:
    verdict: Any = {"properties": {"x": expected}}
    if expected in REASONS:
        verdict = expected
    return ad(sentence, verdict, f'"x": {token}')


SOUND = message("ad_events")
GRIN = "\U0001f600"

WHOLE_MESSAGES = [
    whole("a message without value is a tombstone", None, "tombstone"),
    whole("an empty value is no JSON", b"", "invalid_json"),
    whole("white space is no JSON", b" \n", "invalid_json"),
    whole("a value of the limit is read", SOUND, {}, limit=len(SOUND)),
    whole("a byte above is too large", SOUND, "too_large", limit=len(SOUND) - 1),
    whole("large and not UTF-8 is too large", b"\xff" * 9, "too_large", limit=8),
    whole("a stray byte is no UTF-8", SOUND[:-1] + b"\xff}", "invalid_utf8"),
    whole("no UTF-8 goes before no JSON", b"{\xc3", "invalid_utf8"),
    whole("a surrogate in UTF-8 is no UTF-8", b'{"a":"\xed\xa0\x80"}', "invalid_utf8"),
    whole("an overlong NUL is no UTF-8", b'{"a":"\xc0\x80"}', "invalid_utf8"),
    whole("a byte order mark is no JSON", b"\xef\xbb\xbf" + SOUND, "invalid_json"),
    whole("text is no JSON", b"hello", "invalid_json"),
    whole("a message cut short is no JSON", SOUND[:-1], "invalid_json"),
    whole("an array cut short is no JSON", b"[1, 2", "invalid_json"),
    whole("a string cut short is no JSON", b'"abc', "invalid_json"),
    whole("two values are no JSON", SOUND + SOUND, "invalid_json"),
    whole("an array and more is no JSON", b"[] {}", "invalid_json"),
    whole("a trailing comma is no JSON", SOUND[:-1] + b",}", "invalid_json"),
    whole("single quotes are no JSON", SOUND.replace(b'"', b"'"), "invalid_json"),
    whole("a raw NUL is no JSON", SOUND.replace(b"e-1", b"\x00"), "invalid_json"),
    whole("a raw line end is no JSON", SOUND.replace(b"e-1", b"\n"), "invalid_json"),
    whole("an array is no event", b"[%s]" % SOUND, "invalid_type"),
    whole("null is no event", b"null", "invalid_type"),
    whole("a string is no event", b'"event"', "invalid_type"),
    whole("a number is no event", b" 1e5 ", "invalid_type"),
    whole("an empty object misses its fields", b"{}", "missing_field"),
    whole("white space around tokens is free", b" \r\n\t" + SOUND + b"\n", {}),
    ad("a literal NaN is no JSON", "invalid_json", '"x": NaN'),
    ad("a literal -Infinity is no JSON", "invalid_json", '"x": [-Infinity]'),
    ad("a leading zero is no JSON", "invalid_json", '"x": 01'),
    ad("a point without digits is no JSON", "invalid_json", '"x": 1.'),
    ad("an unknown escape is no JSON", "invalid_json", r'"x": "\q"'),
    ad("half an escape is no JSON", "invalid_json", r'"x": "\u12"'),
]

PRECEDENCE = [
    ad(
        "no JSON goes before a missing field", "invalid_json", '"x": NaN', event_id=None
    ),
    ad(
        "missing goes before a wrong type", "missing_field", event_id="1", platform=None
    ),
    ad(
        "missing goes before a bad value", "missing_field", event_id='""', platform=None
    ),
    ad(
        "missing goes before a NUL in another field",
        "missing_field",
        event_id=r'"\u0000"',
        platform=None,
    ),
    ad(
        "missing goes before what jsonb cannot hold",
        "missing_field",
        '"x": 1e999999',
        device_id="null",
    ),
    ad(
        "a wrong type goes before a bad value of an earlier field",
        "invalid_type",
        event_time='"yesterday"',
        platform="7",
    ),
    ad(
        "a wrong type goes before a NUL",
        "invalid_type",
        r'"x": "\u0000"',
        event_id="[]",
    ),
    ad(
        "a bad value goes before a NUL of an earlier field",
        "invalid_value",
        event_id=r'"\u0000"',
        event_time='"yesterday"',
    ),
    ad(
        "a number beyond jsonb goes before a NUL",
        "invalid_value",
        r'"x": ["\u0000", 1e999999]',
    ),
    ad(
        "a platform of organic and a NUL is a NUL",
        "unstorable_text",
        platform=r'"organic\u0000"',
    ),
    ad(
        "an event type with a NUL is a bad value",
        "invalid_value",
        event_type=r'"click\u0000"',
    ),
    ad(
        "513 characters with a NUL are a bad value",
        "invalid_value",
        event_id='"' + r"\u0000" * 513 + '"',
    ),
    spend(
        "a bad period goes before a NUL",
        "invalid_value",
        r'"x": "\u0000"',
        period_end='"2026-01-31T00:00:00Z"',
    ),
    spend(
        "half a period is a missing field",
        "missing_field",
        period_end=None,
        period_start='"never"',
    ),
]

FIELDS_PRESENT = [
    *[
        Example(
            f"{topic} without {name} misses it",
            topic,
            message(topic, **{name: None}),
            "missing_field",
        )
        for topic, fields in BASE.items()
        for name in fields
    ],
    *[
        Example(
            f"{topic} with {name} null misses it",
            topic,
            message(topic, **{name: "null"}),
            "missing_field",
        )
        for topic, fields in BASE.items()
        for name in fields
    ],
    *[
        Example(
            f"{topic} with {name} as {what} has a wrong type",
            topic,
            message(topic, **{name: token}),
            "invalid_type",
        )
        for topic, fields in FIELDS.items()
        for name, kind in fields.items()
        for what, token in {
            "an object": "{}",
            "an array": '["1"]',
            "true": "true",
            **(
                {"a string": '"1"'}
                if kind == "count?"
                else {"a number": "1"}
                if kind not in ("amount", "spend")
                else {}
            ),
        }.items()
    ],
    *[
        Example(
            f"{topic} with {name} null stores none",
            topic,
            message(topic, **{name: "null"}),
            {name: None, "properties": None},
        )
        for topic, fields in FIELDS.items()
        for name, kind in fields.items()
        if kind.endswith("?") and kind != "event_type?"
    ],
    ad("an absent event type is an impression", {"event_type": "impression"}),
    ad("a null one as well", {"event_type": "impression"}, event_type="null"),
    ad(
        "of a key that comes twice the last counts",
        {"event_id": "last", "properties": {"x": Decimal(2)}},
        r'"x": 1, "event_id": "last", "x": 2',
    ),
    ad("a null that comes last counts", "missing_field", '"event_id": null'),
    ad(
        "a bad value that comes first does not",
        {"event_id": "b"},
        '"event_id": "b"',
        event_id="1",
    ),
    ad(
        "an escaped key is the same key",
        {"event_id": "last", "properties": None},
        r'"\u0065vent_id": "last"',
    ),
    ad(
        "a key with a blank is another key",
        {"event_id": "e-1", "properties": {" event_id": ("y")}},
        '" event_id": "y"',
    ),
]

TEXT = [
    ad("white space around text goes", {"event_id": "a b"}, event_id=r'" \ta b\n "'),
    ad(
        "white space of Unicode goes",
        {"event_id": "a"},
        event_id=r'"\u00a0\u2003a\u3000\u0085\u001c"',
    ),
    ad("a zero-width space stays", {"event_id": "a\u200b"}, event_id=r'"a\u200b"'),
    ad("empty text is a bad value", "invalid_value", event_id='""'),
    ad("blank text is a bad value", "invalid_value", event_id=r'" \u3000"'),
    ad("empty optional text is a bad value", "invalid_value", country='""'),
    ad("512 characters fit", {"event_id": "x" * 512}, event_id='"%s"' % ("x" * 512)),
    ad("513 do not", "invalid_value", event_id='"%s"' % ("x" * 513)),
    ad(
        "512 are counted after stripping",
        {"event_id": "é" * 512},
        event_id='"  %s  "' % ("é" * 512),
    ),
    ad("512 emoji fit", {"event_id": GRIN * 512}, event_id='"%s"' % (GRIN * 512)),
    ad("513 emoji do not", "invalid_value", event_id='"%s"' % (GRIN * 513)),
    ad(
        "an emoji in two escapes is one character",
        {"event_id": GRIN * 512},
        event_id='"%s"' % (r"\ud83d\ude00" * 512),
    ),
    ad(
        "a platform is stored in lower case",
        {"platform": "météo"},
        platform='" MÉTÉO "',
    ),
    ad("an ad type is stored in lower case", {"ad_type": "video"}, ad_type='"Video"'),
    ad("an event type is, too", {"event_type": "click"}, event_type='" CLICK"'),
    ad("a country is stored as it is", {"country": "De"}, country='"De"'),
    ad("a third event type is a bad value", "invalid_value", event_type='"view"'),
    ad("organic is no platform", "invalid_value", platform='"organic"'),
    ad(
        "organic in capitals and blanks is none",
        "invalid_value",
        platform=r'" OrGanic\t"',
    ),
    ad("organic2 is one", {"platform": "organic2"}, platform='"organic2"'),
    spend("spend on organic is a bad value", "invalid_value", platform='"Organic"'),
    ad(
        "a UUID is stored in lower case",
        {"device_id": "6f9619ff-8b86-d011-b42d-00cf4fc964ff"},
        device_id='"6F9619FF-8B86-D011-B42D-00cf4fc964ff "',
    ),
    ad(
        "a UUID without dashes stays",
        {"device_id": "6F9619FF8B86D011B42D00CF4FC964FF"},
        device_id='"6F9619FF8B86D011B42D00CF4FC964FF"',
    ),
    ad(
        "a UUID in braces stays",
        {"device_id": "{6F9619FF-8B86-D011-B42D-00CF4FC964FF}"},
        device_id='"{6F9619FF-8B86-D011-B42D-00CF4FC964FF}"',
    ),
    ad(
        "a UUID with a G stays",
        {"device_id": "GF9619FF-8B86-D011-B42D-00CF4FC964FF"},
        device_id='"GF9619FF-8B86-D011-B42D-00CF4FC964FF"',
    ),
    ad("another device id stays", {"device_id": "AbC"}, device_id='"AbC"'),
    Example(
        "a user id that is a UUID stays",
        "user_registrations",
        message("user_registrations", user_id='"6F9619FF-8B86-D011-B42D-00CF4FC964FF"'),
        {"user_id": "6F9619FF-8B86-D011-B42D-00CF4FC964FF"},
    ),
    spend(
        "a currency is stored in upper case", {"currency": "EUR"}, currency='" eur "'
    ),
    spend("two letters are no currency", "invalid_value", currency='"EU"'),
    spend("four letters are no currency", "invalid_value", currency='"EURO"'),
    spend(
        "a letter beyond A-Z is no currency",
        "invalid_value",
        currency='"e\u0131\u0131"',
    ),
    spend("a digit is no currency", "invalid_value", currency='"EU1"'),
    spend("an unknown currency is kept", {"currency": "ZZZ"}, currency='"ZZZ"'),
]

UNSTORABLE = [
    ad("a NUL in listed text", "unstorable_text", event_id=r'"a\u0000b"'),
    ad("a lone high surrogate", "unstorable_text", event_id=r'"a\ud83d"'),
    ad("a lone low surrogate", "unstorable_text", country=r'"\uDE00"'),
    ad("surrogates in the wrong order", "unstorable_text", ad_id=r'"\ude00\ud83d"'),
    ad(
        "two high surrogates and a low one",
        "unstorable_text",
        ad_id=r'"\ud83d\ud83d\ude00"',
    ),
    ad("a NUL in unlisted text", "unstorable_text", r'"x": [{"y": "\u0000"}]'),
    ad("a lone surrogate in unlisted text", "unstorable_text", r'"x": "\ud83d\u0041"'),
    ad("a NUL in an unlisted key", "unstorable_text", r'"\u0000": 1'),
    ad("a NUL in a nested key", "unstorable_text", r'"x": {"a\u0000": 1}'),
    ad("a lone surrogate in a key", "unstorable_text", r'"\ud800": 1'),
    ad("a backslash before u0000 is text", {"ad_id": r"\u0000"}, ad_id=r'"\\u0000"'),
    ad(
        "the same in an unlisted field",
        {"properties": {"x": r"\u0000", r"\ud800": r"\\u0000"}},
        r'"x": "\\u0000", "\\ud800": "\\\\u0000"',
    ),
    ad("a pair of surrogates is fine", {"ad_id": GRIN}, ad_id=r'"\uD83D\uDe00"'),
    ad("another control character is fine", {"ad_id": "a\x01"}, ad_id=r'"a\u0001"'),
]

COPY_TEXT = [
    ad(
        "a tab, a line end and a return", {"ad_id": "a\tb\nc\rd"}, ad_id=r'"a\tb\nc\rd"'
    ),
    ad("a backslash", {"ad_id": "a\\b"}, ad_id=r'"a\\b"'),
    ad(r"the text \N is no null", {"ad_id": r"\N"}, ad_id=r'"\\N"'),
    ad(r"the text \. is no end", {"ad_id": r"\."}, ad_id=r'"\\."'),
    ad("the text null is text", {"ad_id": "null"}, ad_id='"null"'),
    ad("an escaped slash", {"ad_id": "a/b"}, ad_id=r'"a\/b"'),
]

TIMES = [
    time("Z is UTC", "2026-01-31T09:30:00Z", utc(2026, 1, 31, 9, 30)),
    time("small t and z are read", "2026-01-31t09:30:00z", utc(2026, 1, 31, 9, 30)),
    time("one blank is read", "2026-01-31 09:30:00+00:00", utc(2026, 1, 31, 9, 30)),
    time("an offset counts", "2026-01-31T09:30:00+05:30", utc(2026, 1, 31, 4, 0)),
    time("without colon as well", "2026-01-31T09:30:00-0530", utc(2026, 1, 31, 15, 0)),
    time("-00:00 is UTC", "2026-01-31T09:30:00-00:00", utc(2026, 1, 31, 9, 30)),
    time("an offset of 23:59", "2026-01-31T09:30:00+23:59", utc(2026, 1, 30, 9, 31)),
    time("an offset of 24:00", "2026-01-31T09:30:00+24:00", "invalid_value"),
    time("an offset of 60 minutes", "2026-01-31T09:30:00+01:60", "invalid_value"),
    time("an offset of hours alone", "2026-01-31T09:30:00+05", "invalid_value"),
    time("no offset", "2026-01-31T09:30:00", "invalid_value"),
    time("a zone by name", "2026-01-31T09:30:00 UTC", "invalid_value"),
    time("two blanks", "2026-01-31  09:30:00Z", "invalid_value"),
    time("a blank before the offset", "2026-01-31T09:30:00 Z", "invalid_value"),
    time("no separator", "2026-01-3109:30:00Z", "invalid_value"),
    time("a date alone", "2026-01-31", "invalid_value"),
    time("no seconds", "2026-01-31T09:30Z", "invalid_value"),
    time("the basic format", "20260131T093000Z", "invalid_value"),
    time("a point without digits", "2026-01-31T09:30:00.Z", "invalid_value"),
    time("a comma for the point", "2026-01-31T09:30:00,5Z", "invalid_value"),
    time("digits of another script", "\uff12026-01-31T09:30:00Z", "invalid_value"),
    time("empty", "", "invalid_value"),
    time("31 February", "2026-02-31T00:00:00Z", "invalid_value"),
    time("29 February", "2024-02-29T00:00:00Z", utc(2024, 2, 29)),
    time("29 February of 2025", "2025-02-29T00:00:00Z", "invalid_value"),
    time("month 0", "2026-00-10T00:00:00Z", "invalid_value"),
    time("24 o'clock", "2026-01-31T24:00:00Z", "invalid_value"),
    time("minute 60", "2026-01-31T09:60:00Z", "invalid_value"),
    time("a leap second", "2016-12-31T23:59:60Z", "invalid_value"),
    time("1970 begins", "1970-01-01T00:00:00Z", utc(1970, 1, 1)),
    time("just before", "1969-12-31T23:59:59.999999Z", "invalid_value"),
    time("rounded into 1970", "1969-12-31T23:59:59.9999999Z", utc(1970, 1, 1)),
    time("1970 in UTC", "1969-12-31T23:30:00-01:00", utc(1970, 1, 1, 0, 30)),
    time("1969 in UTC", "1970-01-01T00:30:00+01:00", "invalid_value"),
    time(
        "2099 ends",
        "2099-12-31T23:59:59.999999Z",
        utc(2099, 12, 31, 23, 59, 59, 999_999),
    ),
    time("2100", "2100-01-01T00:00:00Z", "invalid_value"),
    time("rounded into 2100", "2099-12-31T23:59:59.9999999Z", "invalid_value"),
    time("2099 in UTC", "2100-01-01T00:30:00+01:00", utc(2099, 12, 31, 23, 30)),
    time("2100 in UTC", "2099-12-31T23:30:00-01:00", "invalid_value"),
    time("the year 0000", "0000-01-01T00:00:00Z", "invalid_value"),
    time("the year 9999", "9999-12-31T23:59:59-23:59", "invalid_value"),
    time(
        "microseconds",
        "2026-01-31T09:30:00.123456Z",
        utc(2026, 1, 31, 9, 30, 0, 123456),
    ),
    time("halves go to even", "2026-01-31T09:30:00.0000005Z", utc(2026, 1, 31, 9, 30)),
    time(
        "halves go to even upwards",
        "2026-01-31T09:30:00.0000015Z",
        utc(2026, 1, 31, 9, 30, 0, 2),
    ),
    time(
        "seven nines are the next second",
        "2026-01-31T09:59:59.9999999Z",
        utc(2026, 1, 31, 10, 0),
    ),
    time(
        "a long fraction",
        "2026-01-31T09:30:00." + "123456" + "4" * 200 + "Z",
        utc(2026, 1, 31, 9, 30, 0, 123456),
    ),
]

NUMBERS = [
    revenue(
        "money keeps its digits",
        {"amount": Decimal("1.000000000000000005")},
        amount="1.000000000000000005",
    ),
    revenue("money in a string", {"amount": Decimal("-12.50")}, amount='"-12.50"'),
    revenue("a refund is negative", {"amount": Decimal(-3)}, amount="-3"),
    revenue("an exponent", {"amount": Decimal(1250)}, amount="1.25E+3"),
    revenue("a small exponent", {"amount": Decimal("1e-18")}, amount='"1e-18"'),
    revenue(
        "18 digits before the point", {"amount": Decimal(10**18 - 1)}, amount="9" * 18
    ),
    revenue("19 digits before the point", "invalid_value", amount="1" + "0" * 18),
    revenue("19 digits by exponent", "invalid_value", amount="0.1e19"),
    revenue(
        "18 digits after it",
        {"amount": Decimal("0." + "9" * 18)},
        amount="0." + "9" * 18,
    ),
    revenue("19 digits after it", "invalid_value", amount="0." + "0" * 18 + "1"),
    revenue(
        "19 with a zero that changes nothing",
        {"amount": Decimal("0.1")},
        amount="0.1" + "0" * 18,
    ),
    revenue("5,000 such zeros", {"amount": Decimal("0.1")}, amount="0.1" + "0" * 5000),
    revenue(
        "zeros before the point by exponent",
        {"amount": Decimal("1")},
        amount="1" + "0" * 5000 + "e-5000",
    ),
    revenue(
        "18 and 18 digits",
        {"amount": Decimal("9" * 18 + "." + "9" * 18)},
        amount="9" * 18 + "." + "9" * 18,
    ),
    revenue(
        "zero to any power",
        {"amount": Decimal(0)},
        amount="0.00e99999999999999999999999",
    ),
    revenue("minus zero", {"amount": Decimal(0)}, amount='"-0.0"'),
    revenue("1e400", "invalid_value", amount="1e400"),
    revenue("1e-400", "invalid_value", amount='"1e-400"'),
    revenue("a giant exponent", "invalid_value", amount="1e" + "9" * 5000),
    *[
        revenue(
            f"the string {text!r} is no amount",
            "invalid_value",
            amount=json.dumps(text),
        )
        for text in (
            *("NaN", "Infinity", "-inf", "", " 1", "1\n", "+1", "01", "1.", ".5"),
            *("1,5", "1_000", "0x10", "1e", "\uff11", "--1", "1 000", "$1", "12\u0000"),
        )
    ],
    spend("spend of zero is a report", {"amount": Decimal(0)}, amount="0"),
    spend("spend of minus zero is zero", {"amount": Decimal(0)}, amount="-0.00"),
    spend("spend is not negative", "invalid_value", amount="-0.01"),
    spend("a count", {"clicks": 12}, clicks="12"),
    spend("a count of zero", {"clicks": 0}, clicks="0"),
    spend("a count of minus zero", {"clicks": 0}, clicks="-0"),
    spend("a count with a point", {"clicks": 5}, clicks="5.000"),
    spend("a count with an exponent", {"clicks": 1500}, clicks="1.5e3"),
    spend("a count with a negative exponent", {"clicks": 15}, clicks="1500e-2"),
    spend("half a count", "invalid_value", clicks="0.5"),
    spend("a negative count", "invalid_value", clicks="-1"),
    spend("the largest count", {"clicks": 2**63 - 1}, clicks=str(2**63 - 1)),
    spend("the largest with a point", {"clicks": 2**63 - 1}, clicks=f"{2**63 - 1}.0"),
    spend("one more", "invalid_value", clicks=str(2**63)),
    spend("twenty digits", "invalid_value", clicks="1e19"),
    spend("a count of 1e999999999", "invalid_value", clicks="1e999999999"),
    spend("a count of 1e-400", "invalid_value", clicks="1e-400"),
    spend("a count of 0e-400", {"clicks": 0}, clicks="0e-400"),
]

PERIODS = [
    period(
        "a microsecond is a period",
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:00:00.000001Z",
        {},
    ),
    period(
        "none is none",
        "2026-01-01T00:00:00Z",
        "2026-01-01T01:00:00+01:00",
        "invalid_value",
    ),
    period(
        "backwards is none",
        "2026-01-02T00:00:00Z",
        "2026-01-01T00:00:00Z",
        "invalid_value",
    ),
    period("366 days are", "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z", {}),
    period(
        "a microsecond more is none",
        "2024-01-01T00:00:00Z",
        "2025-01-01T00:00:00.000001Z",
        "invalid_value",
    ),
    period(
        "366 days as stored are",
        "2024-01-01T00:00:00Z",
        "2025-01-01T00:00:00.0000004Z",
        {"period_end": utc(2025, 1, 1)},
    ),
    period(
        "nothing as stored is none",
        "2026-01-01T00:00:00.0000001Z",
        "2026-01-01T00:00:00.0000004Z",
        "invalid_value",
    ),
    period(
        "a microsecond as stored is",
        "2026-01-01T00:00:00.0000004Z",
        "2026-01-01T00:00:00.0000006Z",
        {"period_end": utc(2026, 1, 1, 0, 0, 0, 1)},
    ),
]

PROPERTIES = [
    ad("without other fields there are no properties", {"properties": None}),
    ad("a null that is not listed is kept", {"properties": {"x": None}}, '"x": null'),
    ad(
        "a field of another topic is kept",
        {"properties": {"user_id": "u"}},
        '"user_id": "u"',
    ),
    ad("an empty key is kept", {"properties": {"": ""}}, '"": ""'),
    ad(
        "white space in them is kept", {"properties": {" x ": " y\n"}}, r'" x ": " y\n"'
    ),
    ad(
        "numbers are kept exactly",
        {"properties": {"x": Decimal("1.000000000000000005")}},
        '"x": 1.000000000000000005',
    ),
    ad(
        "and what is nested",
        {"properties": {"x": [True, None, {"y": ["a\tb", Decimal(-1)]}], "z": {}}},
        r'"x": [true, null, {"y": ["a\tb", -1]}], "z": {}',
    ),
    unlisted("5,000 digits", "7" * 5000, Decimal("7" * 5000)),
    unlisted(
        "a text of 100,000 characters", '"%s"' % ("\\\\é" * 50_000), "\\é" * 50_000
    ),
    unlisted("131,072 digits before the point", "1e131071", Decimal("1e131071")),
    unlisted("131,073 digits before the point", "1e131072", "invalid_value"),
    unlisted("131,072 written digits", "1" * 131_072, Decimal("1" * 131_072)),
    unlisted("131,073 written digits", "1" * 131_073, "invalid_value"),
    unlisted("a shifted point", "0.01e131073", Decimal("1e131071")),
    unlisted("16,383 digits after the point", "1e-16383", Decimal("1e-16383")),
    unlisted("16,384 digits after the point", "1e-16384", "invalid_value"),
    unlisted("16,383 written zeros", "0." + "0" * 16_383, Decimal(0)),
    unlisted("16,384 written zeros", "0." + "0" * 16_384, "invalid_value"),
    unlisted("digits and exponent together", f"1.{'1' * 15_999}e-999", "invalid_value"),
    unlisted(
        "16,384 by digits and exponent", f"1.{'1' * 15_385}e-999", "invalid_value"
    ),
    unlisted("zero to a large power", "0e999999", Decimal(0)),
    unlisted("zero to a small power", "0e-16384", "invalid_value"),
    unlisted("zeros to a small power", "0.0e-20000", "invalid_value"),
    unlisted("zero to a giant power", "0e99999999999", "invalid_value"),
    unlisted("one to a giant power", "-1E+99999999999", "invalid_value"),
    unlisted("nested beyond jsonb", '[{"y": 1e131072}]', "invalid_value"),
    unlisted("such a number as text", '"1e131072"', "1e131072"),
    unlisted("such a number in a text", r'"a\" 1e131072 \\"', 'a" 1e131072 \\'),
]

EXAMPLES = [
    *WHOLE_MESSAGES,
    *PRECEDENCE,
    *FIELDS_PRESENT,
    *TEXT,
    *UNSTORABLE,
    *COPY_TEXT,
    *TIMES,
    *NUMBERS,
    *PERIODS,
    *PROPERTIES,
]


def short(verdict: Verdict) -> Any:
    return verdict if isinstance(verdict, str) else typed(verdict)


@pytest.mark.parametrize(
    "example", [pytest.param(item, id=item.sentence) for item in EXAMPLES]
)
def test_verdict_is_that_of_the_contract(example: Example) -> None:
    loader = loader_verdict(example.topic, example.body, example.limit)
    reference = validate(example.topic, example.body, example.limit)
    for found in (reference, loader):
        if isinstance(example.expected, str) or isinstance(found, str):
            assert found == example.expected
        else:
            assert {name: typed(found[name]) for name in example.expected} == {
                name: typed(value) for name, value in example.expected.items()
            }
    assert short(loader) == short(reference)


OPENINGS = {"[": "]", '{"a":': "}"}


def nested(opening: str, levels: int, inside: str = "1") -> str:
    return opening * levels + inside + OPENINGS[opening] * levels


@pytest.mark.parametrize("opening", OPENINGS)
@pytest.mark.parametrize(
    ("levels", "is_kept"), [(100, True), (511, True), (512, False), (100_000, False)]
)
def test_nesting_is_kept_up_to_512_levels(
    opening: str, levels: int, is_kept: bool
) -> None:
    token = nested(opening, levels)
    judge = Validator(TOPICS["ad_events"], max_message_bytes=MEBIBYTE)

    verdict = judge(message("ad_events", f'"x": {token}'))

    if is_kept:
        assert isinstance(verdict, bytes)
        field = copy_field(verdict.split(b"\t")[-1])
        assert field is not None
        assert field.replace(" ", "") == f'{{"x":{token}}}'
    else:
        assert isinstance(verdict, Rejection)
        assert verdict.reason == "invalid_value"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (message("ad_events", f'"x": {nested("[", 5000, "1,")}'), "invalid_json"),
        (message("ad_events", f'"x": {nested("[", 5000, "NaN")}'), "invalid_json"),
        (message("ad_events", f'"x": {nested("[", 5000)[:-1]}'), "invalid_json"),
        (message("ad_events", f'"x": {nested("[", 5000)}]'), "invalid_json"),
        (nested("[", 5000).encode(), "invalid_type"),
        (nested('{"a":', 5000).encode(), "missing_field"),
        (
            message("ad_events", f'"x": {nested("[", 5000)}', event_id=None),
            "missing_field",
        ),
        (message("ad_events", event_id=nested("[", 5000)), "invalid_type"),
        (message("ad_events", '"x": "%s"' % ("[{" * 5000)), "stored"),
        (message("ad_events", f'"x": [{"[]," * 5000}[]]'), "stored"),
    ],
    ids=[
        *("a comma too many", "a NaN deep down", "a bracket too few"),
        *("a bracket too many", "an array", "an object of nothing else"),
        *("a missing field", "a listed field"),
        *("brackets in a text", "many brackets side by side"),
    ],
)
def test_deep_nesting_leaves_the_order_of_reasons_alone(
    body: bytes, reason: str
) -> None:
    verdict = loader_verdict("ad_events", body)

    assert (verdict if isinstance(verdict, str) else "stored") == reason


# Generated messages.

ALPHABET = (
    "aZ09 -_:/\\\"'{}[],.\t\n\r\b\f\v\x00\x1c\x1f\x7f\x85\xa0\u200b\u2003\u3000\ufeff"
    f"éßİ\u0131\u017f\u212aΣ中{GRIN}\U0010ffff\ud83d\ude00\ud800\udfff"
)
HARMLESS = "".join(
    sign for sign in ALPHABET if sign != "\0" and not "\ud800" <= sign <= "\udfff"
)


def escaped(text: str) -> str:
    units = text.encode("utf-16-be", "surrogatepass").hex()
    escapes = "".join(rf"\u{units[i : i + 4]}" for i in range(0, len(units), 4))
    return f'"{escapes}"'


STYLES: list[Callable[[str], str]] = [
    lambda text: json.dumps(text, ensure_ascii=False),
    json.dumps,
    escaped,
    lambda text: json.dumps(text).replace("/", r"\/").replace("d83d", "D83D"),
]


def quoted(strategy: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """The strings as JSON, written in several ways."""
    return st.builds(lambda style, text: style(text), st.sampled_from(STYLES), strategy)


def signs(*numbers: int) -> st.SearchStrategy[str]:
    return st.builds(
        lambda text, sign: text or sign,
        st.text(st.sampled_from(ALPHABET), max_size=max(numbers)),
        st.sampled_from("xy"),
    )


LONG_TEXTS = [
    sign * number for sign in ("x", "é", GRIN, "\u212a") for number in (511, 512, 513)
] + [f" \u2003{'x' * 512}\x1f\n", f" {'y' * 513} ", "\0" * 512, "\0" * 513]

PLATFORMS = ["google", "Meta", " TikTok ", "météo", "\u212a", "x" * 512, "a\\N\tb"]
UUIDS = [
    "6F9619FF-8B86-D011-B42D-00CF4FC964FF",
    " 6f9619ff-8b86-d011-b42d-00cf4fc964ff\n",
    "6F9619FF-8B86-D011-B42D-00CF4FC964F",
    "{6F9619FF-8B86-D011-B42D-00CF4FC964FF}",
    "6F9619FF8B86D011B42D00CF4FC964FF",
    "6F9619FF-8B86-D011-B42D-00CF4FC964Fé",
]


@st.composite
def written_numbers(draw: st.DrawFn, longest: int = 20, power: int = 40) -> str:
    """Text in the syntax of a JSON number."""
    digits = st.text("0159", min_size=1, max_size=longest)
    whole_part = draw(digits).lstrip("0") or "0"
    fraction = draw(st.one_of(st.just(""), digits.map(".{}".format)))
    exponent = draw(
        st.one_of(
            st.just(""),
            st.just(""),
            st.builds(
                "{}{}".format,
                st.sampled_from(["e", "E", "e+", "e-", "E-0"]),
                st.integers(0, power),
            ),
        )
    )
    return draw(st.sampled_from(["", "", "-"])) + whole_part + fraction + exponent


SOUND_AMOUNTS = st.one_of(
    st.decimals(0, 10**18 - 1, places=2).map(lambda amount: f"{amount:f}"),
    st.decimals(0, 1, places=18).map(lambda amount: f"{amount:f}"),
    st.sampled_from(
        ["0", "-0", "1e17", "9" * 18, "1.5E3", "0e400", "1.0" + "0" * 40, "10e-19"]
    ),
)
SUSPICIOUS_NUMBERS = st.one_of(
    written_numbers(),
    written_numbers(longest=3, power=2),
    st.sampled_from(
        [
            *("1" + "0" * 18, "9" * 18 + ".5", "0." + "0" * 18 + "1", "1e-18", "1e-19"),
            *("1e18", "0.1e18", "0.1e19", "1e400", "1e-400", "-0.01", "-1", "-0.0"),
            *("0e99999999999", "1e99999999999", "1" + "0" * 60 + "e-60"),
            *(str(2**63 - 1), str(2**63), f"{2**63}.0", f"{2**63 - 1}.00", "1e19"),
            *("0.5", "5.0", "15e-1", "150e-1", "922337203685477580.7e1"),
        ]
    ),
)
EDGE_AMOUNTS = ["1" + "0" * 18, "9" * 19, "-0.01", "-1", "0." + "0" * 18 + "1"]
EDGE_COUNTS = ["-1", "0.5", str(2**63 - 1), str(2**63), str(2**63 + 1)]
BROKEN_AMOUNT_TEXTS = [
    "NaN",
    "Infinity",
    "",
    " 1",
    "1 ",
    "+1",
    "01",
    "1.",
    ".5",
    "\uff11",
]


def written_instant(moment: datetime, offset: int, style: int, tail: str) -> str:
    """The instant with an offset of some minutes, in one of the allowed forms."""
    local = moment + timedelta(minutes=offset)
    sign, size = ("-" if offset < 0 else "+"), abs(offset)
    zone = f"{sign}{size // 60:02}{':' if style & 1 else ''}{size % 60:02}"
    if offset == 0:
        zone = ("Z", "z", "+00:00", "-0000")[style & 3]
    fraction = f".{local.microsecond:06}{tail}" if local.microsecond or tail else ""
    separator = "Tt "[style % 3]
    return f"{local:%Y-%m-%d}{separator}{local:%H:%M:%S}{fraction}{zone}"


EPOCH = utc(1970, 1, 1)
LAST_MOMENT = utc(2099, 12, 31, 23, 59, 59, 999_998)


def between(first: datetime, last: datetime) -> st.SearchStrategy[datetime]:
    """Instants to the microsecond."""
    microseconds = (last - first) // timedelta(microseconds=1)
    return st.integers(0, microseconds).map(
        lambda number: first + timedelta(microseconds=number)
    )


MOMENTS = st.one_of(
    between(EPOCH, LAST_MOMENT),
    st.sampled_from(
        [EPOCH, utc(2024, 2, 29, 23, 59, 59, 999_999), utc(2026, 1, 1), LAST_MOMENT]
    ),
)
OFFSETS = st.one_of(
    st.just(0),
    st.sampled_from([60, -60, 330, 345, -1439, 1439]),
    st.integers(-840, 840),
)
STYLE_NUMBERS = st.integers(0, 11)
TAILS = st.sampled_from(
    ["", "", "", "0", "4", "49999999999", "5", "50", "51", "6", "9"]
)
SOUND_TIMES = st.builds(written_instant, MOMENTS, OFFSETS, STYLE_NUMBERS, TAILS)
SUSPICIOUS_TIMES = st.one_of(
    st.builds(
        "2026-01-01T00:00:{:02}.{}{}".format,
        st.sampled_from([0, 0, 59, 60]),
        st.text("0459", min_size=1, max_size=9),
        st.sampled_from(["Z", "+00:00", ""]),
    ),
    st.integers(0, 999_999).map(lambda digits: f"2026-01-01T00:00:00.{digits:06}5Z"),
    st.builds(
        "{}T{}{}".format,
        st.sampled_from(
            [
                *("1969-12-31", "1970-01-01", "2099-12-31", "2100-01-01", "0000-01-01"),
                *("9999-12-31", "2025-02-29", "2024-02-29", "2026-13-01", "2026-04-31"),
            ]
        ),
        st.sampled_from(
            [
                *("00:00:00", "23:59:59", "23:59:59.9999994", "23:59:59.9999996"),
                *("24:00:00", "12:60:00", "12:00:60", "12:00", "00:30:00"),
            ]
        ),
        st.sampled_from(
            [
                *("Z", "z", "+01:00", "-01:00", "+2359", "-23:59", "+24:00", "+05", ""),
                *(" Z", "+05:60", "+5:30", "UTC", "\u221201:00"),
            ]
        ),
    ),
    st.sampled_from(
        [
            *("", "now", "2026-01-01", "20260101T000000Z", "2026-W01-1T00:00:00Z"),
            *("2026-01-01  00:00:00Z", "2026-01-01_00:00:00Z", "1767225600", "NaN"),
            *(
                " 2026-01-01T00:00:00Z",
                "2026-01-01T00:00:00Z\n",
                "\uff12026-01-01T00:00:00Z",
            ),
        ]
    ),
)

JSONB_NUMBERS = [
    *("1e131071", "1e131072", "1e-16383", "1e-16384", "0e999999", "0e-16384"),
    *("0.0e-20000", "0e99999999999", "0.01e131073", "-0", "1.10", "1E400"),
    *("1e000000000005", "0." + "0" * 16_383, "0." + "0" * 16_384, "0.0e-16382"),
    *("10.0e-16382", f"1.{'1' * 15_999}e-384", f"1.{'1' * 15_999}e-999", "9" * 4301),
]
UNLISTED = st.recursive(
    st.one_of(
        st.sampled_from(
            ["null", "true", "false", "0", "-1.5e3", '""', '{"a":1,"a":2}']
        ),
        written_numbers(),
        quoted(st.text(st.sampled_from(HARMLESS), max_size=6)),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(" ,".join).map("[{}]".format),
        st.dictionaries(
            st.text(st.sampled_from(HARMLESS), max_size=3).map(json.dumps),
            inner,
            max_size=3,
        ).map(
            lambda items: "{" + ",".join(map(" :".join, items.items())) + "}",
        ),
    ),
    max_leaves=5,
)
SUSPICIOUS_UNLISTED = st.one_of(
    st.sampled_from(JSONB_NUMBERS),
    quoted(signs(4)),
    st.builds("[{}, {}]".format, UNLISTED, st.sampled_from(JSONB_NUMBERS)),
    st.builds("{{{}: {}}}".format, quoted(signs(4)), UNLISTED),
    st.sampled_from(
        ["NaN", "-Infinity", "01", "1.", "+1", "[1,]", r'"\u12"', "tru", "{}"]
    ),
)

SOUND_TEXTS = st.one_of(
    st.text("abcXYZ019-", min_size=1, max_size=12),
    st.text(st.sampled_from(HARMLESS), max_size=6).map("{}x".format),
    st.sampled_from([text for text in LONG_TEXTS if len(text.strip()) <= 512]).filter(
        lambda text: "\0" not in text
    ),
)
SOUND_TOKENS: dict[str, st.SearchStrategy[str]] = {
    "text": quoted(SOUND_TEXTS),
    "lower_case": quoted(SOUND_TEXTS),
    "platform": quoted(st.sampled_from(PLATFORMS)),
    "event_type": quoted(
        st.sampled_from(["click", "impression", " CLICK\n", "Impression"])
    ),
    "device_id": quoted(st.one_of(st.sampled_from(UUIDS), SOUND_TEXTS)),
    "currency": quoted(st.sampled_from(["USD", "eur", " Jpy\t"])),
    "time": quoted(SOUND_TIMES),
    "amount": st.one_of(
        SOUND_AMOUNTS,
        quoted(SOUND_AMOUNTS),
        SOUND_AMOUNTS.map(lambda a: a if a[0] == "-" else f"-{a}"),
    ),
    "spend": st.one_of(SOUND_AMOUNTS, quoted(SOUND_AMOUNTS)),
    "count": st.one_of(
        st.integers(0, 2**63 - 1).map(str),
        st.sampled_from(["0", "-0", "5.0", "1e3", "120e-1", str(2**63 - 1)]),
    ),
}
ANY_TEXT = st.one_of(
    signs(6),
    st.sampled_from(LONG_TEXTS),
    st.sampled_from(["", " ", "a\0", "\ud800", "x\udfffy", "\ud83d\ude00", "\\u0000"]),
)
SUSPICIOUS_TOKENS: dict[str, st.SearchStrategy[str]] = {
    "text": quoted(ANY_TEXT),
    "lower_case": quoted(ANY_TEXT),
    "platform": st.one_of(
        quoted(ANY_TEXT), quoted(st.sampled_from(["organic", " ORGANIC ", "organics"]))
    ),
    "event_type": quoted(
        st.one_of(ANY_TEXT, st.sampled_from(["clic\u212a", "view", "click\0"]))
    ),
    "device_id": quoted(st.one_of(ANY_TEXT, st.sampled_from(UUIDS))),
    "currency": quoted(
        st.one_of(
            ANY_TEXT, st.sampled_from(["EU", "EURO", "EU1", "u\u017fd", "\u0131QD"])
        )
    ),
    "time": quoted(SUSPICIOUS_TIMES),
    "amount": st.one_of(
        SUSPICIOUS_NUMBERS,
        quoted(SUSPICIOUS_NUMBERS),
        st.sampled_from(EDGE_AMOUNTS),
        st.sampled_from(EDGE_AMOUNTS),
        quoted(st.sampled_from(BROKEN_AMOUNT_TEXTS)),
    ),
    "count": st.one_of(
        SUSPICIOUS_NUMBERS,
        st.sampled_from(EDGE_COUNTS),
        st.sampled_from(EDGE_COUNTS),
    ),
}
SUSPICIOUS_TOKENS["spend"] = SUSPICIOUS_TOKENS["amount"]
OTHER_TYPES = st.sampled_from(["1", "true", "[]", '"1"', '{"a":"b"}'])
DURATIONS = st.sampled_from(
    [
        timedelta(microseconds=1),
        timedelta(hours=1),
        timedelta(days=1),
        timedelta(days=366),
        timedelta(days=366) - timedelta(microseconds=1),
    ]
)
ODD_DURATIONS = st.sampled_from(
    [
        timedelta(0),
        timedelta(microseconds=-1),
        timedelta(microseconds=1),
        timedelta(days=366),
        timedelta(days=366, microseconds=1),
    ]
)
CHANGES = [
    *(
        "value",
        "value",
        "value",
        "value",
        "type",
        "null",
        "absent",
        "twice",
        "unlisted",
    ),
    *("unlisted", "period"),
]
DAMAGES = [None] * 24 + [
    "bytes",
    "bytes",
    "cut",
    "token",
    "frame",
    "frame",
    "alone",
    "limit",
]
WHITE_SPACE = st.sampled_from(["", "", "", " ", "\n\t", " \r\n"])


@dataclass(frozen=True)
class Generated:
    topic: str
    body: bytes | None
    limit: int = MEBIBYTE


@st.composite
def messages_at_an_edge(draw: st.DrawFn) -> Generated:
    """The sound message with one field at the edge of its rule, or beyond."""
    kind = draw(st.sampled_from(sorted(SUSPICIOUS_TOKENS)))
    topic, name = draw(
        st.sampled_from(
            [
                (topic, name)
                for topic, fields in FIELDS.items()
                for name, its_kind in fields.items()
                if its_kind.rstrip("?") == kind
            ]
        )
    )
    token = draw(st.one_of(SUSPICIOUS_TOKENS[kind], OTHER_TYPES))
    return Generated(topic, message(topic, **{name: token}))


@st.composite
def messages(draw: st.DrawFn) -> Generated:
    """Messages of all topics: sound by construction, then changed or not."""
    if draw(st.sampled_from([True, False, False])):
        return draw(messages_at_an_edge())
    topic = draw(st.sampled_from([*FIELDS, "ad_spend"]))
    kinds = FIELDS[topic]
    pairs: list[tuple[str, str]] = [
        (name, draw(SOUND_TOKENS[kind.rstrip("?")]))
        for name, kind in kinds.items()
        if not kind.endswith("?") or draw(st.booleans())
    ]
    if topic == "ad_spend":
        set_period(draw, pairs, DURATIONS, st.just(""))
    if draw(st.booleans()):
        pairs.append(
            (draw(st.sampled_from(["x", "", "Platform", "a\tb\\"])), draw(UNLISTED))
        )
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 1, 1, 1, 2]))):
        change(draw, topic, pairs)
    pairs = draw(st.permutations(pairs)) if draw(st.booleans()) else pairs
    blank = draw(WHITE_SPACE)
    key_style = draw(st.sampled_from(STYLES))
    body = rendered(
        [(f"{blank}{key_style(key)}{blank}", token) for key, token in pairs]
    )
    return disturbed(draw, topic, body)


def set_period(
    draw: st.DrawFn,
    pairs: list[tuple[str, str]],
    durations: st.SearchStrategy[timedelta],
    tails: st.SearchStrategy[str],
) -> None:
    start = draw(between(utc(1970, 1, 2), utc(2098, 12, 1)))
    moments = {"period_start": start, "period_end": start + draw(durations)}
    for index, (name, _) in enumerate(pairs):
        if name in moments:
            text = written_instant(
                moments[name], draw(OFFSETS), draw(STYLE_NUMBERS), draw(tails)
            )
            pairs[index] = name, json.dumps(text)


def change(draw: st.DrawFn, topic: str, pairs: list[tuple[str, str]]) -> None:
    """One of the things that producers get wrong, or nearly."""
    kinds = FIELDS[topic]
    listed = [index for index, (name, _) in enumerate(pairs) if name in kinds]
    what = draw(st.sampled_from(CHANGES))
    if what == "unlisted" or not listed:
        pairs.append((draw(signs(2)), draw(SUSPICIOUS_UNLISTED)))
        return
    if what == "period":
        set_period(draw, pairs, ODD_DURATIONS, TAILS)
        return
    # The kind first: most fields are text, most rules are about the others.
    present = sorted({kinds[pairs[index][0]] for index in listed})
    kind = draw(st.sampled_from(present))
    index = draw(
        st.sampled_from([index for index in listed if kinds[pairs[index][0]] == kind])
    )
    name, kind = pairs[index][0], kind.rstrip("?")
    if what == "absent":
        del pairs[index]
    elif what == "twice":
        either = st.one_of(SUSPICIOUS_TOKENS[kind], SOUND_TOKENS[kind], st.just("null"))
        pairs.insert(draw(st.integers(0, len(pairs))), (name, draw(either)))
    else:
        tokens = {
            "value": SUSPICIOUS_TOKENS[kind],
            "type": OTHER_TYPES,
            "null": st.just("null"),
        }
        pairs[index] = name, draw(tokens[what])


def disturbed(draw: st.DrawFn, topic: str, body: bytes) -> Generated:
    """The bytes as they are, or, now and then, damaged."""
    how = draw(st.sampled_from(DAMAGES))
    if how in ("bytes", "cut", "token"):
        place = draw(st.integers(0, len(body)))
        inserted = {
            "bytes": st.binary(max_size=3),
            "cut": st.just(b""),
            "token": st.sampled_from(
                [rb"\u0000", rb"\ud800", b"\\", b'"', b"\0", b"NaN"]
            ),
        }
        rest = b"" if how == "cut" else body[place:]
        return Generated(topic, body[:place] + draw(inserted[how]) + rest)
    if how == "frame":
        frames = [b"\xef\xbb\xbf%s", b"[%s]", b"%s null", b" %s\n"]
        return Generated(topic, draw(st.sampled_from(frames)) % body)
    if how == "alone":
        alone = [None, b"", b"null", b"1e5", b'"x"', b"[", b"{}", b"[1", b'"x', b"nan"]
        return Generated(topic, draw(st.sampled_from(alone)))
    if how == "limit":
        return Generated(topic, body, limit=len(body) - draw(st.integers(0, 1)))
    return Generated(topic, body)


def test_loader_and_reference_agree_on_generated_messages() -> None:
    verdicts: Counter[str] = Counter()

    @given(messages())
    @settings(
        max_examples=1500,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    def agree(generated: Generated) -> None:
        loader = loader_verdict(generated.topic, generated.body, generated.limit)
        kind = loader if isinstance(loader, str) else "stored"
        event(kind)
        verdicts[kind] += 1
        reference = validate(generated.topic, generated.body, generated.limit)
        assert short(loader) == short(reference)

    agree()

    assert verdicts["stored"] >= 0.4 * verdicts.total()
    assert set(verdicts) | {"tombstone"} == {"stored", *REASONS}


# The proof that the comparison can fail: loaders with one mistake each.

Judge = Callable[[bytes | None], bytes | Rejection]
Mutant = Callable[[str, int, pytest.MonkeyPatch], Judge]


def with_parser(wrap: Callable[[values.Parser], values.Parser], *kinds: str) -> Mutant:
    """The loader with another parser for the fields of some kinds."""

    def build(topic: str, limit: int, _: pytest.MonkeyPatch) -> Judge:
        fields = tuple(
            replace(field, parser=wrap(field.parser))
            if FIELDS[topic][field.name].rstrip("?") in kinds
            else field
            for field in TOPICS[topic].fields
        )
        changed = replace(TOPICS[topic], fields=fields)
        return Validator(changed, max_message_bytes=limit)

    return build


def with_patch(target: object, name: str, value: object) -> Mutant:
    """The loader with something of it replaced."""

    def build(topic: str, limit: int, patch: pytest.MonkeyPatch) -> Judge:
        patch.setattr(target, name, value)
        return Validator(TOPICS[topic], max_message_bytes=limit)

    return build


def before(change_message: Callable[[bytes], bytes]) -> Mutant:
    """The loader behind something that tampers with messages."""

    def build(topic: str, limit: int, _: pytest.MonkeyPatch) -> Judge:
        judge = Validator(TOPICS[topic], max_message_bytes=limit)
        return lambda body: judge(None if body is None else change_message(body))

    return build


def after(change_line: Callable[[bytes], bytes]) -> Mutant:
    """The loader in front of something that tampers with rows."""

    def build(topic: str, limit: int, _: pytest.MonkeyPatch) -> Judge:
        judge = Validator(TOPICS[topic], max_message_bytes=limit)

        def tampered(body: bytes | None) -> bytes | Rejection:
            verdict = judge(body)
            return verdict if isinstance(verdict, Rejection) else change_line(verdict)

        return tampered

    return build


def instead_of(reason: str, pattern: bytes, value: bytes | None = None) -> Any:
    """A wrapper that lets tokens pass which the parser refuses for that reason."""

    def wrap(parser: values.Parser) -> values.Parser:
        def lenient(token: bytes) -> bytes:
            try:
                return parser(token)
            except values.Invalid as invalid:
                if invalid.reason == reason and re.fullmatch(pattern, token):
                    return token.strip(b'"') if value is None else value
                raise

        return lenient

    return wrap


def without_microseconds(line: bytes) -> bytes:
    return re.sub(rb"(:\d\d)\.\d{6}\+00", rb"\1.000000+00", line)


def first_key_counts(body: bytes) -> bytes:
    try:
        pairs = json.loads(body, object_pairs_hook=list, parse_float=Decimal)
        names = [name for name, _ in pairs]
        if len(set(names)) == len(names):
            return body
        return json.dumps(dict(reversed(pairs))).encode()
    except (ValueError, TypeError):
        return body


def no_period_check(topic: str, limit: int, _: pytest.MonkeyPatch) -> Judge:
    return Validator(replace(TOPICS[topic], check=None), max_message_bytes=limit)


MUTANTS: dict[str, Mutant] = {
    "the last reason wins": with_patch(
        validation,
        "PRECEDENCE",
        {reason: -rank for reason, rank in values.PRECEDENCE.items()},
    ),
    "any text is an amount": with_parser(
        instead_of("invalid_value", b'".*"', b"NaN"), "amount", "spend"
    ),
    "an amount may have 19 digits": with_parser(
        instead_of("invalid_value", rb"\d{19}"), "amount", "spend"
    ),
    "an amount becomes a float": with_parser(
        lambda parser: lambda token: repr(float(parser(token))).encode(),
        *("amount", "spend"),
    ),
    "spend may be negative": with_parser(lambda _: values.amount, "spend"),
    "a count of another type is zero": with_parser(
        instead_of("invalid_type", b".*", b"0"), "count"
    ),
    "a count may be 2^63": with_parser(
        instead_of("invalid_value", rb"\d{19}"), "count"
    ),
    "a UUID is not lowered": with_parser(lambda _: values.text, "device_id"),
    "every device id is lowered": with_parser(
        lambda _: values.lower_label, "device_id"
    ),
    "organic is a platform": with_parser(lambda _: values.lower_label, "platform"),
    "a platform keeps its case": with_parser(lambda _: values.text, "platform"),
    "text may have 513 characters": with_patch(values, "MAX_TEXT_CHARACTERS", 513),
    "text is never escaped": with_patch(values, "copy_escaped", lambda value: value),
    "times are cut to seconds": after(without_microseconds),
    "no bound on periods": no_period_check,
    "any number is for jsonb": with_patch(values, "_fits_numeric", lambda number: True),
    "unlisted fields are dropped": after(
        lambda line: line[: line.rindex(b"\t")] + b"\t\\N"
    ),
    "a byte order mark is skipped": before(
        lambda body: body.removeprefix(b"\xef\xbb\xbf")
    ),
    "of a key that comes twice the first counts": before(first_key_counts),
    "lone surrogates are dropped": before(
        lambda body: body.replace(rb"\ud800", b"") if b"\\u" in body else body
    ),
    "an absent event type is null": after(
        lambda line: line.replace(b"\timpression\t", b"\t\\N\t", 1)
    ),
}


@pytest.fixture(scope="module")
def corpus() -> list[tuple[Generated, Verdict]]:
    """The same generated messages every time, with the contract's verdict."""
    found: list[Generated] = []

    @given(messages())
    @settings(
        max_examples=2500,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    def collect(generated: Generated) -> None:
        found.append(generated)

    collect()
    judged = [(item, validate(item.topic, item.body, item.limit)) for item in found]
    # What the loader itself gets wrong would make every mistake look found.
    return [
        (item, reference)
        for item, reference in judged
        if short(loader_verdict(item.topic, item.body, item.limit)) == short(reference)
    ]


@pytest.fixture
def no_memory() -> Iterator[None]:
    """The loader remembers what became of tokens: not from one mistake to another."""

    def forget() -> None:
        for item in vars(values).values():
            if hasattr(item, "cache_clear"):
                item.cache_clear()

    forget()
    yield
    forget()


@pytest.mark.usefixtures("no_memory")
@pytest.mark.parametrize("name", list(MUTANTS))
def test_a_loader_with_a_mistake_is_found(
    name: str,
    corpus: list[tuple[Generated, Verdict]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def differs(generated: Generated, reference: Verdict) -> bool:
        judge = MUTANTS[name](generated.topic, generated.limit, monkeypatch)
        try:
            verdict = verdict_of(generated.topic, judge, generated.body)
            return bool(short(verdict) != short(reference))
        except (ValueError, ArithmeticError, AssertionError):
            return True  # not even a row

    assert any(differs(*item) for item in corpus)
