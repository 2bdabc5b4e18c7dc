"""Happenings as messages: the JSON that producers send."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from roi.simulator.clock import rfc3339
from roi.simulator.dice import Dice
from roi.simulator.happenings import Happening, Purchase, Registration, Touch
from roi.simulator.spend import CURRENCY, SpendReport

_encode = msgspec.json.Encoder(decimal_format="number").encode

_SDK_VERSIONS = ("6.2.0", "7.0.1", "7.1.0", "7.1.3")


class Message(NamedTuple):
    """A message on its way into Kafka."""

    arrives_at: int
    """Microseconds since 1970 in UTC."""
    topic: str
    key: bytes | None
    value: bytes | None
    """None is a tombstone."""


class Written(NamedTuple):
    """A message without its time of arrival."""

    topic: str
    key: bytes | None
    value: bytes | None


def encode(fields: dict[str, Any]) -> bytes:
    """An event as JSON; decimals are numbers with all their digits."""
    return _encode(fields)


def write(event: Happening, dice: Dice) -> Written:
    """The message of a happening; the dice decide what producers are free in."""
    if isinstance(event, Touch):
        return _touch(event, dice)
    if isinstance(event, Registration):
        return _registration(event, dice)
    return _purchase(event)


def _touch(touch: Touch, dice: Dice) -> Written:
    style = dice.random()
    device, platform = touch.device, touch.platform
    fields: dict[str, Any] = {
        "event_id": touch.event_id,
        "event_type": "click" if touch.is_click else "impression",
        "event_time": rfc3339(touch.at, platform.offset),
        "device_id": device.device_id,
        "platform": platform.name if style > 0.02 else platform.spelling,
        "campaign_id": touch.campaign.campaign_id,
        "ad_group_id": touch.ad.ad_group_id,
        "ad_id": touch.ad.ad_id,
        "ad_type": touch.ad.ad_type if style < 0.98 else touch.ad.ad_type.upper(),
        "country": device.country if style < 0.9 else None,
        "os": device.system,
        "sdk_version": _SDK_VERSIONS[int(style * len(_SDK_VERSIONS))],
    }
    if not touch.is_click and style < 0.05:
        del fields["event_type"]  # an impression is what is meant
    return Written("ad_events", device.device_id.encode(), encode(fields))


def _registration(registration: Registration, dice: Dice) -> Written:
    device = registration.device
    # The app writes a UUID its own way; it is the same device.
    device_id = device.device_id
    if device.system == "ios" and dice.chance(0.6):
        device_id = device_id.upper()
    fields = {
        "event_id": registration.event_id,
        "event_time": rfc3339(registration.at),
        "user_id": registration.user_id,
        "device_id": device_id,
        "country": device.country,
        "plan": "trial" if dice.chance(0.3) else "free",
    }
    return Written("user_registrations", device_id.encode(), encode(fields))


def _purchase(purchase: Purchase) -> Written:
    fields = {
        "event_id": purchase.event_id,
        "event_time": rfc3339(purchase.at),
        "user_id": purchase.user_id,
        "amount": purchase.amount,
        "currency": CURRENCY,
    }
    return Written("revenue_events", purchase.user_id.encode(), encode(fields))


def write_report(report: SpendReport) -> Written:
    """The message of a spend report."""
    platform, campaign = report.platform, report.campaign
    amount: Decimal | str = report.amount
    fields = {
        "platform": platform.spelling,
        "account_id": report.account.account_id,
        "campaign_id": campaign.campaign_id if campaign else None,
        "campaign_name": campaign.name if campaign else None,
        "period_start": rfc3339(report.period_start),
        "period_end": rfc3339(report.period_end),
        "amount": f"{amount:f}" if platform.amount_as_text else amount,
        "currency": CURRENCY.lower() if platform.amount_digits == 4 else CURRENCY,
        "reported_at": rfc3339(report.reported_at),
        "impressions": report.impressions,
        "clicks": report.clicks,
        "conversions": report.conversions,
    }
    return Written("ad_spend", platform.spelling.encode(), encode(fields))
