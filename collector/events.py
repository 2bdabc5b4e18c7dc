"""Which fields an event of each topic has, and its message key.

The names and kinds are those of the contract, section 1.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class EventForm:
    """The fields of one topic's events, in the contract's order."""

    key: str
    """The field that is the message key as well."""
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    times: frozenset[str] = frozenset({"event_time"})
    amounts: frozenset[str] = frozenset()
    counts: frozenset[str] = frozenset()

    @property
    def texts(self) -> frozenset[str]:
        """The fields that are JSON strings without being a time."""
        listed = frozenset(self.required + self.optional)
        return listed - self.times - self.amounts - self.counts


FORMS = {
    "ad_events": EventForm(
        key="device_id",
        required=("event_id", "event_time", "device_id", "platform"),
        optional=(
            "event_type",
            "campaign_id",
            "ad_group_id",
            "ad_id",
            "ad_type",
            "country",
        ),
    ),
    "user_registrations": EventForm(
        key="device_id",
        required=("event_id", "event_time", "user_id", "device_id"),
        optional=("country",),
    ),
    "ad_spend": EventForm(
        key="platform",
        required=(
            "platform",
            "period_start",
            "period_end",
            "amount",
            "currency",
            "reported_at",
        ),
        optional=(
            "account_id",
            "campaign_id",
            "campaign_name",
            "impressions",
            "clicks",
            "conversions",
        ),
        times=frozenset({"period_start", "period_end", "reported_at"}),
        amounts=frozenset({"amount"}),
        counts=frozenset({"impressions", "clicks", "conversions"}),
    ),
    "revenue_events": EventForm(
        key="user_id",
        required=("event_id", "event_time", "user_id", "amount", "currency"),
        amounts=frozenset({"amount"}),
    ),
}
"""By topic."""
