"""The reference in small examples, worked by hand from steps 1 to 6 of section 3."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest

from tests.reference.examples import (
    HOUR,
    MICROSECOND,
    NOON,
    cell,
    credits_of,
    registration,
    report,
    rows_of,
    rules,
    statuses,
    touch,
)
from tests.reference.identity import current_reports
from tests.reference.numbers import rounded
from tests.reference.rows import (
    Variables,
)

# Steps 1 to 3


def test_the_first_copy_counts_whatever_came_first() -> None:
    late, early = NOON, NOON - HOUR
    copies = [
        touch("t", 1, kafka_timestamp=late, kafka_offset=1, campaign_id="late"),
        touch("t", 2, kafka_timestamp=early, kafka_offset=9, campaign_id="early"),
        touch("t", 3, kafka_timestamp=early, kafka_offset=9, log_epoch=1),
        touch("t", 4, platform="b"),
    ]
    found = rows_of(*copies, registration(), relation="attribution_credits")
    assert {(row["platform"], row["campaign_id"]) for row in found} == {
        ("a", "early"),
        ("b", None),
    }


def test_the_later_report_of_a_period_counts() -> None:
    first = report(0, 24, "10", reported_at=NOON + 20 * HOUR)
    again = report(0, 24, "7", reported_at=NOON + 30 * HOUR)
    tie = report(0, 24, "3", reported_at=NOON + 30 * HOUR, kafka_offset=1)
    other = report(0, 24, "1", campaign_id="c")
    assert current_reports([again, first]) == [again]
    assert current_reports([tie, again, first]) == [tie]
    assert cell(first, again, tie, other)["spend"] == 4


def test_the_closing_day_replaces_earlier_hours_only() -> None:
    closing = report(0, 24, "24", reported_at=NOON + 20 * HOUR)
    hour = report(3, 4, "2", reported_at=NOON)
    later_hour = report(4, 5, "2", reported_at=NOON + 21 * HOUR)
    crossing = report(23, 25, "2", reported_at=NOON)
    reports = [closing, hour, later_hour, crossing]
    assert current_reports(reports) == [closing, later_hour, crossing]
    assert cell(*reports)["spend"] == 27
    assert cell(*reports)["spend_coverage"] == 1


def test_one_registration_per_user_then_one_per_device() -> None:
    found = statuses(
        registration("r2", 0, user_id="u1", device_id="d1"),
        registration("r1", 0, user_id="u1", device_id="d2"),
        registration("r3", 1, user_id="u2", device_id="d2"),
        # Its first registration is on a shared device: the user counts nowhere.
        registration("r4", 2, user_id="u2", device_id="d3"),
        registration("r5", 3, user_id="u3", device_id="d1"),
    )
    assert found == {
        "r1": "organic",
        "r2": "duplicate_user",
        "r3": "shared_device",
        "r4": "duplicate_user",
        "r5": "organic",
    }


# Steps 4 to 6


@pytest.mark.parametrize(
    ("age", "counts"),
    [
        (168 * HOUR, True),
        (168 * HOUR + MICROSECOND, False),
        (0 * HOUR, True),
        (-MICROSECOND, False),
    ],
)
def test_both_ends_of_the_window_are_in_it(age: dt.timedelta, counts: bool) -> None:
    event = touch("t", age / HOUR)
    assert bool(credits_of(event, registration())) is counts


@pytest.mark.parametrize(
    ("seeds", "wins"),
    [
        # The platform beats ad_type and event_type together.
        (("a,,,1,0,,", ",video,click,9,0,,"), "organic"),
        ((",video,,1,0,,", ",,click,9,0,,"), "organic"),
        (("A ,,,9,0,,", "a,video,,0,0,,"), "organic"),
        (("a,,,9,0,,", "a,video,,0,0,,2024-05-10T12:00:00Z"), "attributed"),
        (("a,,,9,0,,", "a,video,,0,0,2024-05-10T12:00:00Z,"), "organic"),
        (("a,,,9,0,,", "a,video,,0,0,2024-05-10,2024-05-11"), "organic"),
        (("a,,,9,0,2024-05-11,",), "organic"),
        (("a,,,1.5,0,,",), "attributed"),
        (("b,,,9,0,,", ",banner,,9,0,,", ",,impression,9,0,,"), "organic"),
    ],
)
def test_the_most_specific_rule_that_is_valid_holds(
    seeds: tuple[str, ...], wins: str
) -> None:
    event = touch("t", 1.5, ad_type="video")
    (row,) = rows_of(
        event, registration(), relation="attributed_registrations", seeds=rules(*seeds)
    )
    assert row["status"] == wins


def test_only_the_highest_priority_present_competes() -> None:
    seeds = rules(",,click,24,0,,", "b,,,24,2,,", "c,,,1,5,,")
    found = credits_of(
        touch("later", 1),
        touch("high", 2, platform="b"),
        touch("outside its window", 3, platform="c"),
        registration(),
        seeds=seeds,
    )
    assert found["linear"] == {"high": 1}


def test_ties_have_one_order() -> None:
    found = credits_of(
        touch("z", 1, event_type="impression"),
        touch("a", 1, platform="b"),
        touch("a", 1, platform="a"),
        touch("b", 1),
        registration(),
    )
    assert found["first_touch"] == {"z": 1}
    assert found["last_touch"] == {"a": 1}
    (row,) = rows_of(
        touch("a", 1, platform="b"),
        touch("a", 1, platform="é"),
        registration(),
        relation="attributed_registrations",
    )
    assert row["platform"] == "b"


def test_models_split_as_the_contract_says() -> None:
    touches = [touch("1", 48), touch("2", 24), touch("3", 0), touch("4", 0.5)]
    variables = Variables(time_decay_half_life_hours=Decimal(24))
    found = credits_of(*touches[:3], registration(), variables=variables)
    third = Decimal("0.333333333333333333")
    assert found["linear"] == {"1": third, "2": third, "3": third}
    assert found["position_based"] == {
        "1": Decimal("0.4"),
        "2": Decimal("0.2"),
        "3": Decimal("0.4"),
    }
    # Weights 1/4, 1/2, 1.
    assert found["time_decay"] == {
        name: rounded(Fraction(part, 7))
        for name, part in (("1", 1), ("2", 2), ("3", 4))
    }
    assert found["last_touch"] == {"3": 1}
    assert found["first_touch"] == {"1": 1}
    four = credits_of(*touches, registration())["position_based"]
    assert four["2"] == four["4"] == Decimal("0.1")
    two = credits_of(*touches[:2], registration())["position_based"]
    assert two == {"1": Decimal("0.5"), "2": Decimal("0.5")}
