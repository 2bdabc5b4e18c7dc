"""What is true about simulated traffic, known from how it was made.

It holds for the rules, rates and variables as shipped: `last_touch`, clicks 168 h,
impressions 24 h, equal priorities, days of UTC, USD.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from roi.simulator.happenings import Status


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What becomes of one registration, and which touch wins it."""

    registration_id: str
    report_date: dt.date
    status: Status
    platform: str | None
    """`organic` where no touch is in its window; None where it counts nowhere."""
    touch_id: str | None = None
    touch_type: str | None = None
    campaign_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class DayRegistrations:
    """Eligible registrations of a day, by the platform that gets the credit."""

    report_date: dt.date
    platform: str
    registrations: int


@dataclass(frozen=True, kw_only=True, slots=True)
class DayTouches:
    """Ad events of a day and platform, each counted once."""

    report_date: dt.date
    platform: str
    impressions: int
    clicks: int


@dataclass(frozen=True, kw_only=True, slots=True)
class FinalSpend:
    """A spend report that none replaces."""

    platform: str
    account_id: str
    campaign_id: str | None
    period_start: str
    period_end: str
    amount: Decimal
    currency: str
    impressions: int
    clicks: int
    conversions: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class DaySpend:
    """What a platform costs on a day of UTC, to the eighteenth decimal."""

    report_date: dt.date
    platform: str
    spend: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class DayRevenue:
    """Revenue events of the users who registered on a day, by credited platform.

    Without `seeds/registration_values.csv`: what a registration itself is worth
    comes on top.
    """

    report_date: dt.date
    platform: str
    revenue: Decimal
    revenue_d0: Decimal
    revenue_d7: Decimal
    revenue_d30: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class Truth:
    """What is true once every message of a simulation has arrived."""

    seed: str
    first_day: dt.date
    last_day: dt.date
    rate: int
    messages: Mapping[str, int]
    """By topic, everything included."""
    duplicates: Mapping[str, int]
    """By topic: messages that repeat an earlier one, byte for byte."""
    late: Mapping[str, int]
    """By topic: messages that arrive an hour or more after what they tell of."""
    broken: Mapping[str, Mapping[str, int]]
    """By topic and by the contract's reason."""
    statuses: Mapping[Status, int]
    """Registrations by status; eligible are `attributed` and `organic`."""
    registrations: tuple[DayRegistrations, ...]
    touches: tuple[DayTouches, ...]
    spend: tuple[DaySpend, ...]
    revenue: tuple[DayRevenue, ...]
    revenue_unassigned: Decimal
    """Of users who are not eligible."""
    spend_reports: tuple[FinalSpend, ...]
    outcomes: tuple[Outcome, ...]

    @property
    def eligible(self) -> int:
        """Registrations that count."""
        return self.statuses.get("attributed", 0) + self.statuses.get("organic", 0)

    @property
    def rejected(self) -> int:
        """Messages that the loader has to reject."""
        return sum(sum(reasons.values()) for reasons in self.broken.values())

    def json(self) -> str:
        """As JSON; decimals are strings, days `YYYY-MM-DD`."""
        return json.dumps(asdict(self), default=_text, indent=1) + "\n"


def _text(value: Any) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
