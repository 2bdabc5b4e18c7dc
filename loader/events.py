"""The topics of the contract and their fields: contract section 1 as a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from loader import values
from loader.values import Invalid, Parser, Reason

MAX_PERIOD_MICROSECONDS = 366 * 86_400 * 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """A field of an event and the column of the same name."""

    name: str
    parser: Parser
    required: bool = True
    default: bytes = rb"\N"
    """What is stored where the field is absent or null: a COPY field."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Topic:
    """A topic, its fields, and the table `raw.<name>` that it is loaded into."""

    name: str
    fields: tuple[Field, ...]
    check: Callable[[Mapping[str, bytes]], None] | None = None
    """A rule over several fields, given the tokens; raises `Invalid`."""


def _optional(name: str, parser: Parser = values.label) -> Field:
    return Field(name=name, parser=parser, required=False)


def _required(name: str, parser: Parser = values.text) -> Field:
    return Field(name=name, parser=parser)


def _period_is_sound(tokens: Mapping[str, bytes]) -> None:
    start = values.instant(tokens["period_start"])
    end = values.instant(tokens["period_end"])
    if not start < end <= start + MAX_PERIOD_MICROSECONDS:
        raise Invalid(
            Reason.INVALID_VALUE,
            "period_end: must be after period_start, by at most 366 days",
        )


TOPICS = {
    topic.name: topic
    for topic in (
        Topic(
            name="ad_events",
            fields=(
                _required("event_id"),
                Field(
                    name="event_type",
                    parser=values.event_type,
                    required=False,
                    default=b"impression",
                ),
                _required("event_time", values.timestamp),
                _required("device_id", values.device_id),
                _required("platform", values.platform),
                _optional("campaign_id"),
                _optional("ad_group_id"),
                _optional("ad_id"),
                _optional("ad_type", values.lower_label),
                _optional("country"),
            ),
        ),
        Topic(
            name="user_registrations",
            fields=(
                _required("event_id"),
                _required("event_time", values.timestamp),
                _required("user_id"),
                _required("device_id", values.device_id),
                _optional("country"),
            ),
        ),
        Topic(
            name="ad_spend",
            fields=(
                _required("platform", values.platform),
                _optional("account_id"),
                _optional("campaign_id"),
                _optional("campaign_name"),
                _required("period_start", values.timestamp),
                _required("period_end", values.timestamp),
                _required("amount", values.spend_amount),
                _required("currency", values.currency),
                _required("reported_at", values.timestamp),
                _optional("impressions", values.count),
                _optional("clicks", values.count),
                _optional("conversions", values.count),
            ),
            check=_period_is_sound,
        ),
        Topic(
            name="revenue_events",
            fields=(
                _required("event_id"),
                _required("event_time", values.timestamp),
                _required("user_id"),
                _required("amount", values.amount),
                _required("currency", values.currency),
            ),
        ),
    )
}
