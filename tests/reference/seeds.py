"""Seeds, read as the contract says: normalised as events are."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from tests.reference.clock import WallClock
from tests.reference.rows import AdEvent, Registration, SeedTexts, Variables

THRESHOLDS = {
    "several_platforms": 1,
    "several_users": 1,
    "several_devices": 1,
    "instant_registration": 10,
    "inhuman_touch_rate": 100,
}
"""What the contract's table says in words: more than 1, at most 10 s, more than 100."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    platform: str
    ad_type: str
    event_type: str
    lookback_hours: Fraction
    priority: int
    valid_from: dt.datetime | None
    valid_to: dt.datetime | None

    @property
    def specificity(self) -> tuple[bool, bool, bool]:
        return bool(self.platform), bool(self.ad_type), bool(self.event_type)

    def fits(self, touch: AdEvent, registration: Registration) -> bool:
        at = registration.event_time
        return (
            self.platform in ("", touch.platform)
            and self.ad_type in ("", touch.ad_type)
            and self.event_type in ("", touch.event_type)
            and (self.valid_from is None or self.valid_from <= at)
            and (self.valid_to is None or at < self.valid_to)
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Seeds:
    rules: dict[str, list[Rule]]
    """By the platform they name."""
    rates: dict[str, dict[dt.date, Fraction]]
    values: dict[str, Fraction]
    thresholds: dict[str, Fraction]
    junk_devices: set[str]
    reporting_currency: str

    def rule_for(self, touch: AdEvent, registration: Registration) -> Rule | None:
        """Step 4: the most specific row that is valid when the user registers."""
        fitting = self.fitting(touch, registration)
        return max(fitting, key=lambda rule: rule.specificity, default=None)

    def fitting(self, touch: AdEvent, registration: Registration) -> list[Rule]:
        """The rows that are valid and do not name another platform or type."""
        return [
            rule
            for platform in ("", touch.platform)
            for rule in self.rules.get(platform, [])
            if rule.fits(touch, registration)
        ]

    def rate(self, currency: str, day: dt.date) -> Fraction | None:
        """The rate of the day or the latest before; of the own currency 1."""
        if currency == self.reporting_currency:
            return Fraction(1)
        dated = self.rates.get(currency, {})
        last = max((date for date in dated if date <= day), default=None)
        return None if last is None else dated[last]

    def value(self, platform: str) -> Fraction:
        """Of one registration: the row of the platform, else the empty one, else 0."""
        return self.values.get(platform, self.values.get("", Fraction(0)))


def instant(text: str, clock: WallClock) -> dt.datetime | None:
    """An RFC 3339 time; a bare date is its midnight in the reporting time zone."""
    text = text.strip()
    if not text:
        return None
    if len(text) == len("2024-01-01"):
        return clock.midnight(dt.date.fromisoformat(text))
    return dt.datetime.fromisoformat(text.upper()).astimezone(dt.UTC)


def device(text: str) -> str:
    """Section 1: a UUID in lower case, any other id as it is."""
    text = text.strip()
    parts = text.split("-")
    is_uuid = [len(part) for part in parts] == [8, 4, 4, 4, 12] and not (
        set("".join(parts)) - set("0123456789abcdefABCDEF")
    )
    return text.lower() if is_uuid else text


def read_rule(row: list[str], clock: WallClock) -> Rule:
    platform, ad_type, event_type, lookback, priority, valid_from, valid_to = row
    return Rule(
        platform=platform.strip().lower(),
        ad_type=ad_type.strip().lower(),
        event_type=event_type.strip().lower(),
        lookback_hours=Fraction(Decimal(lookback.strip())),
        priority=int(priority.strip()),
        valid_from=instant(valid_from, clock),
        valid_to=instant(valid_to, clock),
    )


def read(texts: SeedTexts, variables: Variables, clock: WallClock) -> Seeds:
    rules: dict[str, list[Rule]] = {}
    for row in texts.attribution_rules:
        rule = read_rule(row, clock)
        rules.setdefault(rule.platform, []).append(rule)
    rates: dict[str, dict[dt.date, Fraction]] = {}
    for date, currency, rate in texts.exchange_rates:
        dated = rates.setdefault(currency.strip().upper(), {})
        dated[dt.date.fromisoformat(date.strip())] = Fraction(Decimal(rate.strip()))
    return Seeds(
        rules=rules,
        rates=rates,
        values={
            platform.strip().lower(): Fraction(Decimal(value.strip()))
            for platform, value in texts.registration_values
        },
        thresholds={name: Fraction(number) for name, number in THRESHOLDS.items()}
        | {
            name.strip(): Fraction(Decimal(threshold.strip()))
            for name, threshold in texts.conflict_thresholds
        },
        junk_devices={device(row[0]) for row in texts.junk_devices},
        reporting_currency=variables.reporting_currency,
    )
