"""Raw rows as the loader stores them, and the variables of a build.

Instants are aware and in UTC; amounts are exact decimals; text is normalised as
section 1 of the contract says (that is the loader's work, not the reference's).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

MODELS = ("last_touch", "first_touch", "linear", "position_based", "time_decay")


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Where a row comes from."""

    kafka_partition: int = 0
    kafka_offset: int = 0
    kafka_timestamp: dt.datetime = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    log_epoch: int = 0

    @property
    def copy_order(self) -> tuple[dt.datetime, int, int, int]:
        """Step 1: the copy that is first in this order is the event."""
        return (
            self.kafka_timestamp,
            self.log_epoch,
            self.kafka_partition,
            self.kafka_offset,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class AdEvent(Origin):
    event_id: str
    event_time: dt.datetime
    device_id: str
    platform: str
    event_type: str = "impression"
    campaign_id: str | None = None
    ad_group_id: str | None = None
    ad_id: str | None = None
    ad_type: str | None = None
    country: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Registration(Origin):
    event_id: str
    event_time: dt.datetime
    user_id: str
    device_id: str
    country: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SpendReport(Origin):
    platform: str
    period_start: dt.datetime
    period_end: dt.datetime
    amount: Decimal
    reported_at: dt.datetime
    currency: str = "USD"
    account_id: str | None = None
    campaign_id: str | None = None
    campaign_name: str | None = None
    impressions: int | None = None
    clicks: int | None = None
    conversions: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RevenueEvent(Origin):
    event_id: str
    event_time: dt.datetime
    user_id: str
    amount: Decimal
    currency: str = "USD"


RawRow = AdEvent | Registration | SpendReport | RevenueEvent

TOPICS: dict[str, type[Origin]] = {
    "ad_events": AdEvent,
    "user_registrations": Registration,
    "ad_spend": SpendReport,
    "revenue_events": RevenueEvent,
}
"""The raw tables and the rows in them."""


@dataclass(frozen=True, kw_only=True)
class Raw:
    """All rows of the four raw tables, rejected events apart."""

    ad_events: list[AdEvent] = field(default_factory=list)
    user_registrations: list[Registration] = field(default_factory=list)
    ad_spend: list[SpendReport] = field(default_factory=list)
    revenue_events: list[RevenueEvent] = field(default_factory=list)

    @classmethod
    def of(cls, rows: list[RawRow]) -> Raw:
        return cls(
            **{
                topic: [row for row in rows if isinstance(row, kind)]
                for topic, kind in TOPICS.items()
            }
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Variables:
    """The variables of dbt_project.yml."""

    reporting_timezone: str = "UTC"
    reporting_currency: str = "USD"
    attribution_model: str = "last_touch"
    time_decay_half_life_hours: Decimal = Decimal(168)


SeedRows = list[list[str]]
"""A seed as it is read: rows of text, the header left out."""


@dataclass(frozen=True, kw_only=True)
class SeedTexts:
    """The seeds, in the order of their columns in the contract."""

    attribution_rules: SeedRows = field(
        default_factory=lambda: [
            ["", "", "click", "168", "0", "", ""],
            ["", "", "impression", "24", "0", "", ""],
        ]
    )
    exchange_rates: SeedRows = field(default_factory=list)
    registration_values: SeedRows = field(default_factory=list)
    conflict_thresholds: SeedRows = field(default_factory=list)
    junk_devices: SeedRows = field(default_factory=list)
