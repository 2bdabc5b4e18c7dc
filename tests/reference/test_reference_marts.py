"""The reference in small examples, worked by hand from section 4."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

from tests.reference.clock import WallClock
from tests.reference.examples import (
    DAY,
    HOUR,
    MICROSECOND,
    NOON,
    cell,
    registration,
    report,
    rows_of,
    touch,
)
from tests.reference.numbers import rounded
from tests.reference.rows import (
    RevenueEvent,
    SeedTexts,
)


def test_slices_of_a_report_add_up_and_round_away_from_zero() -> None:
    hours = rows_of(report(0, 3, "1"), relation="hourly_cpa")
    third, rest = Decimal("0.333333333333333333"), Decimal("0.333333333333333334")
    assert [row["spend"] for row in hours] == [third, rest, third]
    tiny = rows_of(report(0, 2, "0.000000000000000001"), relation="hourly_cpa")
    assert [row["spend"] for row in tiny] == [Decimal("1e-18"), 0]


def test_coverage_is_of_the_day_or_hour_with_overlaps_once() -> None:
    reports = [report(0, 6, "6"), report(3, 9.5, "0", campaign_id="c")]
    assert cell(*reports)["spend_coverage"] == rounded(Fraction(19, 48))
    hours = rows_of(*reports, relation="hourly_cpa")
    assert hours[-1]["spend_coverage"] == Decimal("0.5")
    assert hours[-1]["spend"] == 0
    assert hours[-1]["cpa"] is None


def test_wall_clocks_of_every_kind() -> None:
    new_york = WallClock("America/New_York")
    assert new_york.day_length(dt.date(2024, 3, 10)) == 23 * HOUR
    assert new_york.day_length(dt.date(2024, 11, 3)) == 25 * HOUR
    twice = [
        new_york.hour_at(dt.datetime(2024, 11, 3, utc, 30, tzinfo=dt.UTC))
        for utc in (5, 6)
    ]
    assert twice[0].end == twice[1].start
    kathmandu = WallClock("Asia/Kathmandu").hour_at(NOON)
    assert kathmandu.start == NOON - HOUR * 3 / 4
    lord_howe = WallClock("Australia/Lord_Howe")
    assert lord_howe.day_length(dt.date(2024, 4, 7)) == 24.5 * HOUR
    assert lord_howe.day_length(dt.date(2024, 10, 6)) == 23.5 * HOUR
    back = dt.datetime(2024, 4, 6, 15, tzinfo=dt.UTC)
    short = lord_howe.hour_at(back)
    assert (short.start, short.end) == (back, back + HOUR / 2)
    before = lord_howe.hour_at(back - MICROSECOND)
    assert (before.start, before.end) == (back - HOUR, back)


def test_rates_are_of_the_reporting_day_or_the_latest_before() -> None:
    seeds = SeedTexts(
        exchange_rates=[["2024-05-10", "eur", "2"], ["2024-05-01", "EUR", "1"]]
    )
    split = report(-12, 12, "10", currency="EUR")
    found = {
        row["report_date"]: row["spend"]
        for row in rows_of(split, relation="daily_cpa", seeds=seeds)
    }
    assert found == {DAY - dt.timedelta(days=1): 5, DAY: 10}
    missing = report(0, 24, "1", currency="XTS", campaign_id="c")
    assert cell(split, missing, seeds=seeds)["spend"] is None
    assert cell(split, missing, seeds=seeds)["spend_coverage"] == 1


def test_ratios_are_null_where_they_have_no_meaning() -> None:
    spend, user = report(0, 24, "6"), registration()
    assert cell(spend)["cpa"] is None
    assert cell(touch("t", 1), user)["spend"] is None
    assert cell(touch("t", 1), user, spend)["cpa"] == 6
    zero = cell(touch("t", 1), user, report(0, 24, "0"), relation="daily_roi")
    assert (zero["spend"], zero["roi"], zero["roas"]) == (0, None, None)


def test_revenue_counts_by_the_age_of_the_user() -> None:
    amounts = {-5: 1, 24 - 1e-9: 10, 24: 100, 168: 1000, 720: 10_000}
    events = [
        RevenueEvent(
            event_id=str(number),
            event_time=NOON + dt.timedelta(hours=hours),
            user_id="u",
            amount=Decimal(amount),
        )
        for number, (hours, amount) in enumerate(amounts.items())
    ]
    stranger = RevenueEvent(
        event_id="s", event_time=NOON, user_id="x", amount=Decimal(5)
    )
    seeds = SeedTexts(registration_values=[["", "3"], [" A ", "2"]])
    row = cell(
        *events,
        stranger,
        touch("t", 1),
        registration(),
        report(0, 24, "100"),
        relation="daily_roi",
        seeds=seeds,
    )
    # An age of 24 h less 3.6 µs is rounded to microseconds and below the edge.
    assert row["revenue_d0"] == 13
    assert row["revenue_d7"] == 113
    assert row["revenue_d30"] == 1113
    assert row["revenue"] == 11_113
    assert row["roi"] == rounded(Fraction(11_013, 100))


def test_the_campaign_has_the_name_of_its_latest_report() -> None:
    names = rows_of(
        report(0, 24, "1", campaign_id="c", campaign_name="old"),
        report(24, 48, "1", campaign_id="c", campaign_name="new", account_id="x"),
        report(0, 24, "1", campaign_name="none"),
        relation="daily_campaign_performance",
    )
    assert {(row["campaign_id"], row["campaign_name"]) for row in names} == {
        ("c", "new"),
        (None, "none"),
    }


def test_a_device_has_one_platform_at_a_time() -> None:
    found = rows_of(
        touch("1", 9),
        touch("2", 8, event_type="impression"),
        touch("3", 7, platform="b"),
        touch("0", 7, platform="a", event_type="impression"),
        touch("5", 6),
        registration(),
        relation="device_platforms",
    )
    assert [
        (row["platform"], row["impressions"], row["clicks"], row["registration_id"])
        for row in found
    ] == [("a", 1, 1, None), ("b", 0, 1, None), ("a", 0, 1, "r")]
    ends = [row["valid_to"] for row in found]
    assert ends == [NOON - 7 * HOUR, NOON - 6 * HOUR, None]


def test_conflicts_are_found() -> None:
    found = rows_of(
        touch("1", 0, platform="b", campaign_id="x"),
        touch("2", 0),
        touch("2", 0, country="NP", kafka_offset=1),
        registration(),
        registration("r2", 1, user_id="u2", device_id="d"),
        registration("r3", 1, user_id="u", device_id="e"),
        *[touch(f"n{number}", -30, device_id="f") for number in range(101)],
        registration("r4", 0, user_id="u4", device_id="f"),
        relation="attribution_conflicts",
        seeds=SeedTexts(junk_devices=[["e"]]),
    )
    assert sorted((row["conflict_type"], row["device_id"]) for row in found) == [
        ("event_id_reused", None),
        ("inhuman_touch_rate", "f"),
        ("instant_registration", "d"),
        ("junk_device", "e"),
        ("registered_before_impression", "f"),
        ("several_devices", None),
        ("several_platforms", "d"),
        ("several_users", "d"),
        ("tied_touches", "d"),
    ]
