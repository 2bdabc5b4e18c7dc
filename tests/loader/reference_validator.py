"""The contract's sections 1 and 2 a second time, written to be read.

Nothing here is shared with the loader: what a message should become is worked out
from the contract's text alone, slowly and with exact arithmetic, so that a
disagreement means that one of the two reads the contract wrongly. JSON nested
hundreds of levels deep is beyond it, and raises RecursionError.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

REASONS = (
    "tombstone",
    "too_large",
    "invalid_utf8",
    "invalid_json",
    "missing_field",
    "invalid_type",
    "invalid_value",
    "unstorable_text",
)
"""In the order of the contract: where several hold, the first."""

FIELDS: dict[str, dict[str, str]] = {
    "ad_events": {
        "event_id": "text",
        "event_type": "event_type?",
        "event_time": "time",
        "device_id": "device_id",
        "platform": "platform",
        "campaign_id": "text?",
        "ad_group_id": "text?",
        "ad_id": "text?",
        "ad_type": "lower_case?",
        "country": "text?",
    },
    "user_registrations": {
        "event_id": "text",
        "event_time": "time",
        "user_id": "text",
        "device_id": "device_id",
        "country": "text?",
    },
    "ad_spend": {
        "platform": "platform",
        "account_id": "text?",
        "campaign_id": "text?",
        "campaign_name": "text?",
        "period_start": "time",
        "period_end": "time",
        "amount": "spend",
        "currency": "currency",
        "reported_at": "time",
        "impressions": "count?",
        "clicks": "count?",
        "conversions": "count?",
    },
    "revenue_events": {
        "event_id": "text",
        "event_time": "time",
        "user_id": "text",
        "amount": "amount",
        "currency": "currency",
    },
}
"""Kind of every field; those with a question mark may be absent or null."""

NUMBER = re.compile(
    r"(?P<sign>-?)(?P<whole>0|[1-9][0-9]*)(\.(?P<fraction>[0-9]+))?"
    r"([eE](?P<exponent>[+-]?[0-9]+))?"
)
TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]"
    r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?"
    r"(?:[Zz]|([+-])([0-9]{2}):?([0-9]{2}))"
)
UUID = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
END_OF_TIME = datetime(2100, 1, 1, tzinfo=UTC)
LONGEST_PERIOD = timedelta(days=366)
LONGEST_TEXT = 512
LARGEST_COUNT = 2**63 - 1

Verdict = dict[str, Any] | str
"""The row that is stored, or the reason why none is."""


class WrongType(Exception):
    """The JSON type is none that the field may have."""


class WrongValue(Exception):
    """The right type, and it cannot be read or is out of bounds."""


@dataclass(frozen=True)
class Number:
    """A JSON number as it was written: sign, digits * 10 ** exponent, scale."""

    negative: bool
    digits: str
    """Without zeros at either end; empty is zero."""
    exponent: int
    written_exponent: int
    written_scale: int
    """Digits after the point once the exponent is applied, zeros included."""

    @classmethod
    def read(cls, text: str) -> Number:
        match = NUMBER.fullmatch(text)
        if match is None:
            raise WrongValue(f"no JSON number: {text[:40]}")
        fraction = match["fraction"] or ""
        power = small_int(match["exponent"] or "0")
        digits = (match["whole"] + fraction).lstrip("0")
        kept = digits.rstrip("0")
        return cls(
            negative=bool(match["sign"]) and kept != "",
            digits=kept,
            exponent=power - len(fraction) + len(digits) - len(kept) if kept else 0,
            written_exponent=power,
            written_scale=max(0, len(fraction) - power),
        )

    @property
    def digits_before_the_point(self) -> int:
        return max(0, len(self.digits) + self.exponent) if self.digits else 0

    @property
    def digits_after_the_point(self) -> int:
        return max(0, -self.exponent)

    @property
    def fits_jsonb(self) -> bool:
        """Postgres' numeric holds it, see `numeric_in` and `make_result`."""
        return (
            self.digits_before_the_point <= 131_072
            and self.written_scale <= 16_383
            and abs(self.written_exponent) <= (2**31 - 1) // 2
        )

    def decimal(self) -> Decimal:
        return Decimal(
            (int(self.negative), tuple(map(int, self.digits)), self.exponent)
        )


def small_int(text: str) -> int:
    """An exponent; beyond any bound that matters, some number beyond it too."""
    size = text.lstrip("+-").lstrip("0") or "0"
    return (-1 if text[0] == "-" else 1) * (int(size) if len(size) < 18 else 10**18)


def validate(topic: str, message: bytes | None, max_message_bytes: int) -> Verdict:
    """What the contract says of a message: the row, or the reason."""
    if message is None:
        return "tombstone"
    if len(message) > max_message_bytes:
        return "too_large"
    try:
        text = message.decode("utf-8")
    except UnicodeDecodeError:
        return "invalid_utf8"
    try:
        # A byte order mark is an error here as well.
        event = json.loads(
            text,
            parse_int=Number.read,
            parse_float=Number.read,
            parse_constant=no_number,
            object_pairs_hook=dict,
        )
    except ValueError:
        return "invalid_json"
    if not isinstance(event, dict):
        return "invalid_type"

    row: dict[str, Any] = {}
    reasons: set[str] = set()
    for name, kind in FIELDS[topic].items():
        value = event.pop(name, None)
        if value is None:
            row[name] = "impression" if kind == "event_type?" else None
            if not kind.endswith("?"):
                reasons.add("missing_field")
            continue
        try:
            row[name] = READERS[kind.rstrip("?")](value)
        except WrongType:
            reasons.add("invalid_type")
        except WrongValue:
            reasons.add("invalid_value")
        if isinstance(row.get(name), str) and unstorable(row[name]):
            reasons.add("unstorable_text")
    try:
        row["properties"] = unlisted(event, reasons) or None
    except WrongValue:
        reasons.add("invalid_value")
    if topic == "ad_spend" and {"period_start", "period_end"} <= row.keys():
        start, end = row["period_start"], row["period_end"]
        if start and end and not timedelta(0) < end - start <= LONGEST_PERIOD:
            reasons.add("invalid_value")
    return next((reason for reason in REASONS if reason in reasons), row)


def exact_json(text: str) -> Any:
    """Parsed JSON, numbers as decimals."""
    return json.loads(text, parse_int=Decimal, parse_float=Decimal)


def typed(value: Any) -> Any:
    """The value with its type beside it: true is not 1, and 1 not "1"."""
    if isinstance(value, dict):
        return {key: typed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [typed(item) for item in value]
    return type(value).__name__, value


def no_number(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def unstorable(text: str) -> bool:
    """A NUL or a lone surrogate, which Postgres has no text for."""
    return any(sign == "\0" or "\ud800" <= sign <= "\udfff" for sign in text)


def unlisted(value: Any, reasons: set[str]) -> Any:
    """What jsonb keeps, numbers as decimals; adds to the reasons what it cannot."""
    if isinstance(value, dict):
        return {
            unlisted(key, reasons): unlisted(item, reasons)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [unlisted(item, reasons) for item in value]
    if isinstance(value, Number):
        if not value.fits_jsonb:
            reasons.add("invalid_value")
            return None
        return value.decimal()
    if isinstance(value, str) and unstorable(value):
        reasons.add("unstorable_text")
    return value


def read_text(value: Any) -> str:
    if not isinstance(value, str):
        raise WrongType
    text = value.strip()
    if not 1 <= len(text) <= LONGEST_TEXT:
        raise WrongValue
    return text


def read_lower_case(value: Any) -> str:
    return read_text(value).lower()


def read_platform(value: Any) -> str:
    platform = read_lower_case(value)
    if platform == "organic":
        raise WrongValue
    return platform


def read_event_type(value: Any) -> str:
    event_type = read_lower_case(value)
    if event_type not in ("impression", "click"):
        raise WrongValue
    return event_type


def read_device_id(value: Any) -> str:
    device_id = read_text(value)
    return device_id.lower() if UUID.fullmatch(device_id) else device_id


def read_currency(value: Any) -> str:
    currency = read_text(value)
    if not re.fullmatch("[A-Za-z]{3}", currency):
        raise WrongValue
    return currency.upper()


def read_amount(value: Any) -> Decimal:
    if isinstance(value, str):
        value = Number.read(value)
    if not isinstance(value, Number):
        raise WrongType
    if value.digits_before_the_point > 18 or value.digits_after_the_point > 18:
        raise WrongValue
    return value.decimal()


def read_spend(value: Any) -> Decimal:
    amount = read_amount(value)
    if amount < 0:
        raise WrongValue
    return amount


def read_count(value: Any) -> int:
    if not isinstance(value, Number):
        raise WrongType
    if value.digits_after_the_point or value.digits_before_the_point > 19:
        raise WrongValue
    count = int(value.decimal())
    if not 0 <= count <= LARGEST_COUNT:
        raise WrongValue
    return count


def read_time(value: Any) -> datetime:
    if not isinstance(value, str):
        raise WrongType
    match = TIME.fullmatch(value)
    if match is None:
        raise WrongValue
    year, month, day, hour, minute, second = map(int, match.groups()[:6])
    try:
        days = (date(year, month, day) - EPOCH.date()).days
    except ValueError as error:
        raise WrongValue from error
    if hour > 23 or minute > 59 or second > 59:
        raise WrongValue
    # As Postgres does: the fraction is a double, rint() is half to even.
    microseconds = round(float(f"0.{match[7] or 0}") * 1e6)
    offset_hours, offset_minutes = int(match[9] or 0), int(match[10] or 0)
    if offset_hours > 23 or offset_minutes > 59:
        raise WrongValue
    offset = timedelta(hours=offset_hours, minutes=offset_minutes)
    since_epoch = timedelta(
        days=days,
        hours=hour,
        minutes=minute,
        seconds=second,
        microseconds=microseconds,
    ) - (-offset if match[8] == "-" else offset)
    if not timedelta(0) <= since_epoch < END_OF_TIME - EPOCH:
        raise WrongValue
    return EPOCH + since_epoch


READERS = {
    "text": read_text,
    "lower_case": read_lower_case,
    "platform": read_platform,
    "event_type": read_event_type,
    "device_id": read_device_id,
    "currency": read_currency,
    "amount": read_amount,
    "spend": read_spend,
    "count": read_count,
    "time": read_time,
}
