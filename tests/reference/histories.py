"""Small histories full of corner cases, many of which share one database.

Every id of history 17 begins with `h017-`, every platform of it with `p017_`, so
devices, users, events and the rows of a day and platform of two histories never mix.
Two things are shared: organic rows, and the seeds, where a history's own rules,
values and junk devices name its platforms and devices. That does no harm, because
the reference is worked out for the union of all histories, not one by one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.reference.rows import (
    AdEvent,
    RawRow,
    Registration,
    RevenueEvent,
    SeedTexts,
)
from tests.reference.story_spend import SpendStory

HOUR = dt.timedelta(hours=1)
MICROSECOND = dt.timedelta(microseconds=1)
ZERO = dt.timedelta(0)

COMMON_SEEDS = SeedTexts(
    attribution_rules=[
        ["", "", "click", "168", "0", "", ""],
        ["", "", " Impression ", "24", "0", "", ""],
        ["", "video", "", "36.5", "0", "", "2024-07-01"],
        ["", "Video", "", "12", "1", "2024-07-01", ""],
        ["", "search", "click", "0", "0", "2024-10-27T06:30:00+05:30", ""],
    ],
    exchange_rates=[
        ["2023-12-31", "EUR", "1.1"],
        ["2024-03-10", "EUR", "1.0853"],
        ["2024-03-31", "eur", "1.079999999999999999"],
        ["2024-11-03", "EUR", "1.09"],
        ["2024-01-01", "INR", "0.012003"],
        ["2024-10-28", "GBP", "1.3"],
        ["2024-01-01", "USD", "0.9"],
    ],
    registration_values=[["", "2.5"], ["Organic", "1.25"]],
    # So few touches an hour that histories of ten touches can have too many.
    conflict_thresholds=[["instant_registration", "10"], ["inhuman_touch_rate", "2"]],
)
"""What holds for all histories: no rate for GBP before the 28th of October 2024 nor
for XTS ever, and a rate for the reporting currency that must not be heeded."""

EARLIER_SEEDS = replace(
    COMMON_SEEDS,
    attribution_rules=[["", "", "", "48", "0", "", ""]],
    exchange_rates=[["2023-12-31", "EUR", "1.2"], ["2024-01-01", "XTS", "3"]],
    registration_values=[["", "4"]],
)
"""Other seeds, for a build before they were edited."""


@dataclass(frozen=True, kw_only=True)
class History:
    """The rows of one history, before delivery, and what it adds to the seeds."""

    number: int
    rows: list[RawRow] = field(default_factory=list)
    rules: list[list[str]] = field(default_factory=list)
    values: list[list[str]] = field(default_factory=list)
    junk_devices: list[list[str]] = field(default_factory=list)


def seeds_of(histories: list[History], common: SeedTexts = COMMON_SEEDS) -> SeedTexts:
    """The seeds of a database with these histories."""
    return replace(
        common,
        attribution_rules=common.attribution_rules
        + [rule for history in histories for rule in history.rules],
        registration_values=common.registration_values
        + [value for history in histories for value in history.values],
        junk_devices=[row for history in histories for row in history.junk_devices],
    )


class Story(SpendStory):
    """Makes up one history; every choice is a draw of `dice`."""

    def __init__(self, number: int, dice: Random) -> None:
        super().__init__(number, dice)
        self.devices = [f"h{number:03d}-d{each}" for each in range(dice.randint(1, 3))]
        self.users = [f"h{number:03d}-u{each}" for each in range(dice.randint(1, 3))]
        self.registrations: list[Registration] = []
        self.touches: list[AdEvent] = []
        self.rules: list[list[str]] = []
        self.lookbacks = ["168", "24", "36.5", "12"]

    def register(self) -> None:
        for number in range(self.dice.randint(1, 4)):
            at = self.near(
                self.anchor, ZERO, ZERO, MICROSECOND, HOUR, -HOUR, 30 * HOUR, -5 * HOUR
            )
            row = Registration(
                event_id=f"h{self.number:03d}-r{number}",
                event_time=at,
                user_id=self.pick(self.users),
                device_id=self.pick(self.devices),
                **self.origin(),
            )
            self.registrations.append(row)
            self.add(row)

    def make_rules(self) -> None:
        """Own rules: each key once, or once before and once after a boundary."""
        for _ in range(self.dice.choice([0, 1, 1, 2, 3])):
            key = [
                self.pick(self.platforms),
                self.pick(["", "", "video", "banner"]),
                self.pick(["", "click", "impression"]),
            ]
            if any(rule[:3] == key for rule in self.rules):
                continue
            for validity in self.validities():
                lookback = self.pick(["0", "1", "1.5", "0.0001", "24", "240", "168"])
                self.lookbacks.append(lookback)
                priority = self.pick(["0", "0", "1", "2", "-1"])
                self.rules.append([*key, lookback, priority, *validity])

    def validities(self) -> list[list[str]]:
        at = self.pick(self.registrations).event_time
        boundary = self.pick(
            [
                at.isoformat(),
                at.astimezone(ZoneInfo("Asia/Kolkata")).isoformat(),
                (at + MICROSECOND).isoformat().replace("+00:00", "Z"),
                at.date().isoformat(),
            ]
        )
        return self.dice.choice(
            [
                [["", ""]],
                [["", ""]],
                [["", boundary], [boundary, ""]],
                [["", boundary]],
                [[boundary, ""]],
            ]
        )

    def touch_time(self, registration: Registration) -> dt.datetime:
        edge = dt.timedelta(hours=1) * float(self.pick(self.lookbacks))
        at = registration.event_time
        return self.dice.choice(
            [
                lambda: at - edge,
                lambda: at - edge,
                lambda: at - edge - MICROSECOND,
                lambda: at - edge - MICROSECOND,
                lambda: at,
                lambda: at + self.pick([MICROSECOND, HOUR, 50 * HOUR]),
                lambda: at - self.pick([9, 10, 11]) * dt.timedelta(seconds=1),
                lambda: self.pick(self.touches).event_time if self.touches else at,
                lambda: at - self.dice.randint(1, 40) * HOUR / 2,
                lambda: at - self.dice.randint(1, 10**9) * MICROSECOND * 600,
            ]
        )()

    def touch(self) -> None:
        for number in range(self.dice.choice([0, 1, 2, 4, 6, 9])):
            registration = self.pick(self.registrations)
            # Now and then the id of an event of another platform.
            number = self.dice.choice([number] * 6 + [max(number - 1, 0)])
            row = AdEvent(
                event_id=f"h{self.number:03d}-t{number}",
                event_type=self.pick(["impression", "impression", "click"]),
                event_time=self.touch_time(registration),
                device_id=self.dice.choice(
                    [registration.device_id] * 3 + [self.pick(self.devices)]
                ),
                platform=self.pick(self.platforms),
                campaign_id=self.pick([None, "c1", "c2"]),
                ad_type=self.pick([None, None, "video", "banner", "search"]),
                **self.origin(),
            )
            self.touches.append(row)
            self.add(row)

    def earn(self) -> None:
        users = [*self.users, f"h{self.number:03d}-nobody"]
        for number in range(self.dice.choice([0, 1, 2, 3, 4, 5])):
            at = self.pick(self.registrations).event_time
            days = self.pick([1, 7, 30])
            self.add(
                RevenueEvent(
                    event_id=f"h{self.number:03d}-e{number}",
                    event_time=self.near(
                        at,
                        24 * days * HOUR,
                        24 * days * HOUR - MICROSECOND,
                        24 * days * HOUR - MICROSECOND,
                        ZERO,
                        -5 * HOUR,
                        800 * HOUR,
                    ),
                    user_id=self.pick(users),
                    amount=Decimal(self.pick(["-4.99", "9.99", "1e-18", "37"])),
                    currency=self.currency(),
                    **self.origin(),
                )
            )

    def copies(self) -> None:
        """Copies of events, most with other fields, any of which may be the first."""
        for row in list(self.rows):
            if self.dice.random() > 0.12:
                continue
            changes: dict[str, list[object]] = {
                "event_time": [self.anchor, self.anchor - HOUR],
                "device_id": [*self.devices],
                "user_id": [*self.users],
                "campaign_id": [None, "c1", "c2"],
                "ad_type": [None, "video", "search"],
                "event_type": ["click", "impression"],
                "country": [None, "NP"],
            }
            there = sorted({each.name for each in fields(row)} & changes.keys())
            names = self.dice.sample(there, min(len(there), self.dice.randint(0, 2)))
            changed = {name: self.pick(changes[name]) for name in names}
            self.add(replace(row, **self.origin(), **changed))

    def told(self) -> History:
        self.register()
        self.make_rules()
        self.touch()
        self.spend()
        self.earn()
        self.copies()
        values = [[self.platforms[0].upper(), self.pick(["0", "7.123456789012345678"])]]
        junk = [[self.devices[0]]]
        return History(
            number=self.number,
            rows=self.rows,
            rules=self.rules,
            values=values if self.dice.random() < 0.3 else [],
            junk_devices=junk if self.dice.random() < 0.1 else [],
        )


def generate(number: int, dice: Random) -> History:
    """One history; the same draws, the same history."""
    return Story(number, dice).told()


def histories(most: int = 3) -> st.SearchStrategy[list[History]]:
    """Databases of up to so many histories, for Hypothesis to shrink."""

    def told(count: int) -> Callable[[Random], list[History]]:
        return lambda dice: [generate(number, dice) for number in range(count)]

    return st.integers(1, most).flatmap(
        lambda count: st.randoms(use_true_random=False).map(told(count))
    )
