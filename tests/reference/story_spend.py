"""The spend of a made-up history, and the draws that all of it is made of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from tests.reference.rows import RawRow, SpendReport

Choice = TypeVar("Choice")
HOUR = dt.timedelta(hours=1)

ACCOUNT_ZONES = (
    "UTC",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
)
ANCHORS = (
    dt.datetime(2024, 3, 10, 7, tzinfo=dt.UTC),  # New York puts clocks forward
    dt.datetime(2024, 11, 3, 6, tzinfo=dt.UTC),  # and back
    dt.datetime(2024, 3, 31, 1, tzinfo=dt.UTC),  # Berlin
    dt.datetime(2024, 10, 27, 1, tzinfo=dt.UTC),
    dt.datetime(2024, 4, 6, 15, tzinfo=dt.UTC),  # Lord Howe, by half an hour
    dt.datetime(2024, 10, 5, 15, 30, tzinfo=dt.UTC),
    dt.datetime(2024, 6, 30, 18, 15, tzinfo=dt.UTC),  # midnight in Kathmandu
    dt.datetime(2024, 12, 31, 23, 59, 59, 999_999, tzinfo=dt.UTC),
)
AMOUNTS = (
    "0",
    "100",
    "0.000000000000000001",
    "33.333333333333333333",
    "1234.56",
    "7.77",
    "0.1",
)


class SpendStory:
    """Draws, and the spend reports of a history."""

    def __init__(self, number: int, dice: Random) -> None:
        self.number = number
        self.dice = dice
        self.rows: list[RawRow] = []
        self.anchor = dice.choice(ANCHORS)
        self.platforms = [
            f"p{number:03d}_{letter}" for letter in "abc"[: dice.randint(1, 3)]
        ]

    def pick(self, choices: Sequence[Choice]) -> Choice:
        return self.dice.choice(choices)

    def near(self, instant: dt.datetime, *distances: dt.timedelta) -> dt.datetime:
        return instant + self.pick(distances)

    def add(self, row: RawRow) -> None:
        self.rows.append(row)

    def origin(self) -> dict[str, Any]:
        """Often the same timestamp, so that partitions and offsets decide."""
        return {
            "kafka_timestamp": self.anchor.replace(microsecond=0)
            + self.dice.choice([0, 0, 0, 1, 2]) * HOUR,
            "kafka_partition": self.dice.randint(0, 2),
        }

    def currency(self) -> str:
        return self.dice.choice(["USD"] * 6 + ["EUR", "EUR", "INR", "GBP", "XTS"])

    def report(self, start: dt.datetime, end: dt.datetime, **more: Any) -> SpendReport:
        counts = self.dice.random() < 0.5
        values: dict[str, Any] = {
            "platform": self.pick(self.platforms),
            "account_id": self.pick([None, "a1"]),
            "campaign_id": self.pick([None, "c1", "c2"]),
            "campaign_name": self.pick([None, "Sale", "sale 2"]),
            "amount": Decimal(self.pick(AMOUNTS)),
            "currency": self.currency(),
            "reported_at": end + self.dice.choice([1, 1, 6, 48]) * HOUR,
            "impressions": self.dice.randint(0, 50) if counts else None,
            "clicks": self.pick([None, 3]),
            "conversions": self.pick([None, None, 1]),
            **self.origin(),
        }
        return SpendReport(
            period_start=start.astimezone(dt.UTC),
            period_end=end.astimezone(dt.UTC),
            **(values | more),
        )

    def day(self) -> tuple[dt.datetime, dt.datetime]:
        """A day of an ad account's own clock, near the anchor."""
        zone = ZoneInfo(self.pick(ACCOUNT_ZONES))
        date = self.anchor.astimezone(zone).date()
        date += self.dice.choice([0, 0, 0, -1, 1]) * dt.timedelta(days=1)
        first, second = (
            dt.datetime(each.year, each.month, each.day, tzinfo=zone)
            for each in (date, date + dt.timedelta(days=1))
        )
        return first.astimezone(dt.UTC), second.astimezone(dt.UTC)

    def spend(self) -> None:
        for _ in range(self.dice.choice([0, 1, 1, 2, 3])):
            start, end = self.day()
            first = self.report(start, end)
            same = {
                name: getattr(first, name)
                for name in ("platform", "account_id", "campaign_id")
            }
            kind = self.dice.choice(
                [
                    "plain",
                    "plain",
                    "restated",
                    "closed",
                    "closed",
                    "overlap",
                    "odd",
                    "long",
                ]
            )
            if kind == "plain":
                self.add(first)
            elif kind == "restated":
                self.restate(first, same)
            elif kind == "closed":
                self.close(first, same)
            elif kind == "overlap":
                self.add(first)
                self.add(self.report(start + 6 * HOUR, end + 6 * HOUR, **same))
            elif kind == "odd":
                odd = dt.timedelta(seconds=self.dice.randint(1, 90_000), microseconds=7)
                self.add(self.report(start + odd, start + odd * 2))
            else:
                self.add(
                    self.report(start, start + self.dice.choice([3, 7]) * 24 * HOUR)
                )

    def restate(self, first: SpendReport, same: dict[str, Any]) -> None:
        """The same period again: later, earlier or at the same moment."""
        self.add(first)
        for _ in range(self.dice.randint(1, 2)):
            moved = self.dice.choice([0, 0, 1, -1]) * HOUR
            self.add(
                self.report(
                    first.period_start,
                    first.period_end,
                    **same,
                    reported_at=first.reported_at + moved,
                )
            )

    def close(self, first: SpendReport, same: dict[str, Any]) -> None:
        """Hours, and the whole day after, before or at the same time as them."""
        for number in (0, 23, self.dice.randrange(24)):
            start = first.period_start + number * HOUR
            self.add(
                self.report(
                    start,
                    start + self.dice.choice([1, 1, 1, 2]) * HOUR,
                    **same,
                    reported_at=self.pick(
                        [
                            start + 2 * HOUR,
                            first.reported_at,
                            first.period_end + 50 * HOUR,
                        ]
                    ),
                )
            )
        if self.dice.random() < 0.8:
            self.add(replace(first))
