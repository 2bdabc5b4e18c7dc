"""Values of listed fields: from a JSON token to a COPY field.

Contract section 1, line by line. Every parser takes the bytes of one JSON value as
they stood in the message and returns the bytes that COPY's text format takes, so
that a number is never converted and money keeps its digits.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

import msgspec

Parser = Callable[[bytes], bytes]


class Reason(StrEnum):
    """Why a message is rejected. Where several hold, the first in this list."""

    TOMBSTONE = "tombstone"
    TOO_LARGE = "too_large"
    INVALID_UTF8 = "invalid_utf8"
    INVALID_JSON = "invalid_json"
    MISSING_FIELD = "missing_field"
    INVALID_TYPE = "invalid_type"
    INVALID_VALUE = "invalid_value"
    UNSTORABLE_TEXT = "unstorable_text"


PRECEDENCE = {reason: rank for rank, reason in enumerate(Reason)}


class Invalid(Exception):
    """A value breaks a rule; `detail` says which, without the value itself."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


MAX_TEXT_CHARACTERS = 512

# COPY's text format: these four bytes have a meaning of their own.
_COPY_SPECIAL = re.compile(rb"[\\\t\n\r]")
_COPY_ESCAPES = {b"\\": b"\\\\", b"\t": b"\\t", b"\n": b"\\n", b"\r": b"\\r"}


def copy_escaped(value: bytes) -> bytes:
    """Bytes as a field of COPY's text format."""
    if _COPY_SPECIAL.search(value) is None:
        return value
    return _COPY_SPECIAL.sub(lambda match: _COPY_ESCAPES[match[0]], value)


def _string(token: bytes, expected: str) -> bytes:
    """The content of a JSON string in UTF-8."""
    if not token.startswith(b'"'):
        raise Invalid(Reason.INVALID_TYPE, f"must be a string: {expected}")
    if b"\\" not in token:
        return token[1:-1]
    return msgspec.json.decode(token, type=str).encode()


def _text(token: bytes, *, lower: bool = False) -> bytes:
    """Listed text, stripped, 1 to 512 characters, not yet COPY-escaped."""
    content = _string(token, f"1 to {MAX_TEXT_CHARACTERS} characters")
    if content.isascii():
        # str.strip() takes the separators U+001C to U+001F too, bytes.strip() not.
        content = content.strip(b" \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f")
        length = len(content)
        if lower:
            content = content.lower()
    else:
        characters = content.decode().strip()
        length = len(characters)
        content = (characters.lower() if lower else characters).encode()
    if not 1 <= length <= MAX_TEXT_CHARACTERS:
        raise Invalid(
            Reason.INVALID_VALUE,
            f"must have 1 to {MAX_TEXT_CHARACTERS} characters, has {length}",
        )
    return content


def _storable(content: bytes) -> bytes:
    """COPY-escaped text, if Postgres can store it.

    The validator has turned lone surrogates into NULs.
    """
    if b"\x00" in content:
        raise Invalid(Reason.UNSTORABLE_TEXT, "has a NUL or a lone surrogate")
    return copy_escaped(content)


def text(token: bytes) -> bytes:
    """Text as it is, without leading and trailing white space."""
    return _storable(_text(token))


# Few different values, met again and again: remembered by the token.
@lru_cache(maxsize=8192)
def label(token: bytes) -> bytes:
    """Text of few different values, such as a campaign; as `text`."""
    return _storable(_text(token))


@lru_cache(maxsize=1024)
def lower_label(token: bytes) -> bytes:
    """Text in lower case, such as an ad type."""
    return _storable(_text(token, lower=True))


@lru_cache(maxsize=1024)
def platform(token: bytes) -> bytes:
    """A platform in lower case; `organic` is reserved."""
    content = _text(token, lower=True)
    if content == b"organic":
        raise Invalid(Reason.INVALID_VALUE, "'organic' is reserved and no platform")
    return _storable(content)


@lru_cache(maxsize=64)
def event_type(token: bytes) -> bytes:
    """`impression` or `click`."""
    content = _text(token, lower=True)
    if content not in (b"impression", b"click"):
        raise Invalid(Reason.INVALID_VALUE, "must be 'impression' or 'click'")
    return content


@lru_cache(maxsize=256)
def currency(token: bytes) -> bytes:
    """Three letters A-Z, in upper case."""
    content = _text(token)
    if re.fullmatch(rb"[A-Za-z]{3}", content) is None:
        raise Invalid(Reason.INVALID_VALUE, "must be three letters A-Z (ISO 4217)")
    return content.upper()


_UUID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def device_id(token: bytes) -> bytes:
    """A device: a UUID in lower case, any other id byte for byte."""
    content = _text(token)
    if len(content) == 36 and _UUID.fullmatch(content.lower()):
        content = content.lower()
    return _storable(content)


_TIMESTAMP = re.compile(
    rb"(\d{4}-\d\d-\d\d)[Tt ]((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)"
    rb"(?:\.(\d+))?(?:[Zz]|([+-])([01]\d|2[0-3]):?([0-5]\d))"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST = 0
_LAST = (datetime(2100, 1, 1, tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)


@lru_cache(maxsize=4096)
def _midnight(date: bytes) -> int:
    """Microseconds from 1970 to a date, as if it were in UTC."""
    try:
        moment = datetime.fromisoformat(date.decode()).replace(tzinfo=UTC)
    except ValueError:
        raise Invalid(Reason.INVALID_VALUE, "is no date of the calendar") from None
    return (moment - _EPOCH) // timedelta(microseconds=1)


def instant(token: bytes) -> int:
    """An RFC 3339 time with an offset, in microseconds from 1970.

    Fractions are rounded as Postgres rounds them: as a double, halves to even.
    """
    match = _TIMESTAMP.fullmatch(_string(token, "an RFC 3339 time with an offset"))
    if match is None:
        raise Invalid(
            Reason.INVALID_VALUE,
            "must be an RFC 3339 time with an offset, like 2026-01-31T09:30:00Z",
        )
    date, clock, fraction, sign, offset_hours, offset_minutes = match.groups()
    seconds = int(clock[:2]) * 3600 + int(clock[3:5]) * 60 + int(clock[6:])
    if sign is not None:
        offset = int(offset_hours) * 3600 + int(offset_minutes) * 60
        seconds += offset if sign == b"-" else -offset
    microseconds = _midnight(date) + seconds * 1_000_000
    if fraction is not None:
        microseconds += round(float(b"0." + fraction) * 1_000_000)
    if not _FIRST <= microseconds < _LAST:
        raise Invalid(Reason.INVALID_VALUE, "must lie in the years 1970 to 2099, UTC")
    return microseconds


@lru_cache(maxsize=65536)
def _second(seconds: int) -> bytes:
    moment = _EPOCH + timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%d %H:%M:%S").encode()


def moment(microseconds: int) -> bytes:
    """Microseconds from 1970 as a COPY field of type timestamptz."""
    seconds, fraction = divmod(microseconds, 1_000_000)
    return b"%s.%06d+00" % (_second(seconds), fraction)


def timestamp(token: bytes) -> bytes:
    """An RFC 3339 time with an offset."""
    return moment(instant(token))


_NUMBER = re.compile(rb"(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?")
_PLAIN_AMOUNT = re.compile(rb"(?:0|[1-9]\d{0,17})(?:\.\d{1,18})?")


def _digits(number: bytes) -> tuple[bool, bytes, int] | None:
    """A JSON number as sign, significant digits and power of ten; None if it is none.

    `-12.50e1` is `(True, b"125", 0)`: zeros that change nothing are gone.
    """
    match = _NUMBER.fullmatch(number)
    if match is None:
        return None
    sign, whole, fraction, exponent = match.groups()
    digits = whole + (fraction or b"")
    significant = digits.lstrip(b"0").rstrip(b"0")
    if not significant:
        return False, b"0", 0
    if exponent is not None and len(exponent) > 20:
        # Out of every bound, and int() would take its time over it.
        exponent = exponent[:1].strip(b"0123456789") + b"9" * 19
    power = int(exponent or 0) - len(fraction or b"")
    return sign == b"-", significant, power + len(digits) - len(digits.rstrip(b"0"))


def _plain(negative: bool, significant: bytes, power: int) -> bytes:
    """Digits and power of ten as a number without exponent."""
    if power >= 0:
        plain = significant + b"0" * power
    else:
        padded = significant.rjust(1 - power, b"0")
        plain = padded[:power] + b"." + padded[power:]
    return b"-" + plain if negative else plain


def amount(token: bytes) -> bytes:
    """Money: a JSON number or a string in its syntax, kept exactly.

    At most 18 digits before and 18 after the point.
    """
    if token.startswith(b'"'):
        token = _string(token, "")
    elif token[:1] not in b"-0123456789":
        raise Invalid(Reason.INVALID_TYPE, "must be a number, or one in a string")
    if _PLAIN_AMOUNT.fullmatch(token):
        return token
    number = _digits(token)
    if number is None:
        raise Invalid(Reason.INVALID_VALUE, "must have the syntax of a JSON number")
    _, significant, power = number
    if power < -18 or len(significant) + power > 18:
        raise Invalid(
            Reason.INVALID_VALUE,
            "must have at most 18 digits before and 18 after the point",
        )
    return _plain(*number)


def spend_amount(token: bytes) -> bytes:
    """Money spent: not negative."""
    value = amount(token)
    if value.startswith(b"-"):
        raise Invalid(Reason.INVALID_VALUE, "must not be negative")
    return value


def count(token: bytes) -> bytes:
    """A number of integral value from 0 to 2^63 - 1."""
    if token[:1] not in b"-0123456789":
        raise Invalid(Reason.INVALID_TYPE, "must be a number")
    number = _digits(token)
    assert number is not None  # the decoder has seen to the syntax
    negative, significant, power = number
    if (
        negative
        or power < 0
        or len(significant) + power > 19
        or int(plain := _plain(*number)) >= 2**63
    ):
        raise Invalid(Reason.INVALID_VALUE, "must be a whole number from 0 to 2^63-1")
    return plain


_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*"|(-?[0-9][0-9.eE+-]*)', re.DOTALL)
# A quick look: no number without either of these leaves the bounds below, since an
# exponent of three digits moves the point by less than a thousand places.
_LARGE_NUMBER = re.compile(rb"[0-9][eE][+-]?[0-9]{4}|[0-9]{15000}")
_NUL_ESCAPE = re.compile(rb"\\(?:u0000|(.))", re.DOTALL)


_LARGEST_EXPONENT = 2**30 - 1


def _fits_numeric(number: bytes) -> bool:
    """Whether Postgres' numeric, and so jsonb, holds a JSON number.

    131,072 digits before the point, 16,383 after, written zeros counted after it, and
    no exponent beyond 2^30, not even of zero.
    """
    match = _NUMBER.fullmatch(number)
    if match is None:
        return False
    _, whole, fraction, exponent = match.groups()
    if exponent is not None and len(exponent.lstrip(b"+-").lstrip(b"0")) > 10:
        return False
    power = int(exponent or 0)
    if abs(power) > _LARGEST_EXPONENT:
        return False
    places = len(fraction or b"")
    leading = len((whole + (fraction or b"")).lstrip(b"0"))
    return places - power <= 16_383 and (
        leading == 0 or leading - places + power <= 131_072
    )


def unlisted(token: bytes) -> bytes:
    """Any JSON value that jsonb can hold, as a part of a COPY field."""
    if _LARGE_NUMBER.search(token) and not all(
        _fits_numeric(match[1])
        for match in _TOKENS.finditer(token)
        if match[1] is not None
    ):
        raise Invalid(Reason.INVALID_VALUE, "has a number that jsonb cannot hold")
    if b"\\u0000" in token and any(
        match[1] is None for match in _NUL_ESCAPE.finditer(token)
    ):
        raise Invalid(Reason.UNSTORABLE_TEXT, "has a NUL or a lone surrogate")
    return copy_escaped(token)
