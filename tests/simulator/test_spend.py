"""Spend belongs to the days of its account, and its slices add up exactly."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roi.simulator import Config, generate
from roi.simulator.clock import DAY, HOUR, account_days, midnight
from roi.simulator.slices import daily, hourly, round_half_away

NEW_YORK = ZoneInfo("America/New_York")
KOLKATA = ZoneInfo("Asia/Kolkata")


@pytest.mark.parametrize(
    ("date", "hours"),
    [
        (dt.date(2026, 10, 31), 24),
        (dt.date(2026, 11, 1), 25),
        (dt.date(2026, 3, 8), 23),
    ],
)
def test_an_account_day_has_the_hours_of_its_zone(date: dt.date, hours: int) -> None:
    days = account_days(NEW_YORK, midnight(date) - DAY, midnight(date) + 3 * DAY)
    start, end = next((start, end) for day, start, end in days if day == date)
    assert (end - start) // HOUR == hours


def test_an_unfinished_or_half_covered_account_day_is_not_reported() -> None:
    start, end = midnight(dt.date(2026, 11, 1)), midnight(dt.date(2026, 11, 4))
    days = account_days(KOLKATA, start, end)
    assert [day for day, _, _ in days] == [dt.date(2026, 11, 2), dt.date(2026, 11, 3)]
    assert days[0][1] == start + 18 * HOUR + HOUR // 2
    assert all(start <= first < last <= end for _, first, last in days)


def test_a_day_of_25_hours_is_in_the_truth() -> None:
    simulation = generate(Config(until=dt.date(2026, 11, 4), days=5, rate=300))
    for _ in simulation:
        pass
    lengths = {
        dt.datetime.fromisoformat(each.period_end)
        - dt.datetime.fromisoformat(each.period_start)
        for each in simulation.truth.spend_reports
        if each.platform == "facebook"
    }
    assert lengths == {dt.timedelta(hours=24), dt.timedelta(hours=25)}


def test_a_day_at_half_past_is_cut_at_full_hours() -> None:
    start = midnight(dt.date(2026, 11, 2), KOLKATA)
    slices = hourly(Decimal("24"), start, start + DAY)
    assert [part for _, part in slices] == [
        Decimal("0.5"),
        *[Decimal(1)] * 23,
        Decimal("0.5"),
    ]
    assert daily(Decimal("24"), start, start + DAY) == {
        dt.date(2026, 11, 1): Decimal("5.5"),
        dt.date(2026, 11, 2): Decimal("18.5"),
    }


@given(
    units=st.integers(min_value=0, max_value=10**24),
    start=st.integers(min_value=0, max_value=10**9),
    length=st.integers(min_value=1, max_value=40 * HOUR),
)
def test_slices_add_up_to_the_amount(units: int, start: int, length: int) -> None:
    amount = Decimal(units).scaleb(-9)
    parts = hourly(amount, start, start + length)
    assert sum(Fraction(part) for _, part in parts) == Fraction(amount)
    assert sum(map(Fraction, daily(amount, start, start + length).values())) == (
        Fraction(amount)
    )


@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        (Fraction(1, 2 * 10**18), "1E-18"),
        (Fraction(-1, 2 * 10**18), "-1E-18"),
        (Fraction(1, 3), "0.333333333333333333"),
        (Fraction(3, 2 * 10**18), "2E-18"),
        (Fraction(0), "0"),
    ],
)
def test_halves_are_rounded_away_from_zero(value: Fraction, rounded: str) -> None:
    assert round_half_away(value) == Decimal(rounded)
