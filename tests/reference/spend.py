"""Spend is money over an interval: slices by hour, rates, coverage."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from tests.reference.clock import Hour, WallClock
from tests.reference.numbers import microseconds, rounded
from tests.reference.rows import SpendReport
from tests.reference.seeds import Seeds

Interval = tuple[dt.datetime, dt.datetime]


@dataclass(frozen=True, kw_only=True, slots=True)
class Slice:
    """What of one report falls into one hour."""

    hour: Hour
    report: SpendReport
    interval: Interval
    amount: Fraction
    """In the report's own currency."""
    spend: Fraction | None
    """In the reporting currency; none without a rate, also where the amount is 0."""
    impressions: Fraction | None
    clicks: Fraction | None
    conversions: Fraction | None


def parts(amount: Fraction | int, cuts: list[dt.datetime]) -> list[Fraction]:
    """round(amount · tₖ / T, 18) - round(amount · tₖ₋₁ / T, 18), for every slice."""
    start, length = cuts[0], microseconds(cuts[-1] - cuts[0])
    until = [
        Fraction(rounded(Fraction(amount) * microseconds(cut - start) / length))
        for cut in cuts
    ]
    return [after - before for before, after in pairwise(until)]


def sliced(report: SpendReport, clock: WallClock, seeds: Seeds) -> list[Slice]:
    """A report cut at the hours of the wall clock; its counts split like money."""
    hours = list(clock.hours(report.period_start, report.period_end))
    cuts = [
        report.period_start,
        *[hour.end for hour in hours[:-1]],
        report.period_end,
    ]
    amounts = parts(Fraction(report.amount), cuts)

    def counts(number: int | None) -> list[Fraction | None]:
        return [None] * len(hours) if number is None else [*parts(number, cuts)]

    def converted(amount: Fraction, day: dt.date) -> Fraction | None:
        rate = seeds.rate(report.currency, day)
        return None if rate is None else Fraction(rounded(amount * rate))

    return [
        Slice(
            hour=hour,
            report=report,
            interval=(cuts[index], cuts[index + 1]),
            amount=amounts[index],
            spend=converted(amounts[index], hour.day),
            impressions=impressions,
            clicks=clicks,
            conversions=conversions,
        )
        for index, (hour, impressions, clicks, conversions) in enumerate(
            zip(
                hours,
                counts(report.impressions),
                counts(report.clicks),
                counts(report.conversions),
                strict=True,
            )
        )
    ]


def covered(intervals: Iterable[Interval]) -> dt.timedelta:
    """The length of the union."""
    length = dt.timedelta(0)
    until: dt.datetime | None = None
    for start, end in sorted(intervals):
        begin = start if until is None else max(start, until)
        if end > begin:
            length += end - begin
        until = end if until is None else max(until, end)
    return length
