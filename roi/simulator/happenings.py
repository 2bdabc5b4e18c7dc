"""What happens in the simulated world, and what is true about it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from roi.simulator.market import Ad, Campaign, Platform

Status = Literal["attributed", "organic", "shared_device", "duplicate_user"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Device:
    """A phone."""

    device_id: str
    country: str
    system: Literal["ios", "android"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Touch:
    """A device sees an ad, or clicks on it."""

    event_id: str
    at: int
    device: Device
    platform: Platform
    campaign: Campaign
    ad: Ad
    is_click: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Registration:
    """A user registers; how it came about is known."""

    event_id: str
    at: int
    device: Device
    user_id: str
    status: Status
    winner: Touch | None = None
    """The touch that led to it: the last one in its window. None unless attributed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Purchase:
    """A user pays, or is paid back."""

    event_id: str
    at: int
    user_id: str
    amount: Decimal
    registration: Registration | None
    """The user's eligible registration; None where there is none."""


Happening = Touch | Registration | Purchase
