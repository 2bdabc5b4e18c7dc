"""Laws that the reference must obey on any history, and what histories hold."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from random import Random

from hypothesis import given, settings

from tests.reference.clock import WallClock
from tests.reference.compare import CONFLICT_KEYS, KEYS, differing, keyed
from tests.reference.delivery import delivered
from tests.reference.histories import History, generate, histories, seeds_of
from tests.reference.identity import current_reports
from tests.reference.marts import Marts, marts
from tests.reference.rows import (
    MODELS,
    Raw,
    SpendReport,
    Variables,
)
from tests.reference.situations import count


def built(told: list[History], slices: int = 1, zone: str = "UTC") -> Marts:
    rows = [row for part in delivered(told, Random(1), slices) for row in part]
    return marts(Raw.of(rows), seeds_of(told), Variables(reporting_timezone=zone))


@settings(max_examples=40, deadline=None)
@given(histories())
def test_credits_of_a_registration_add_up_to_one(told: list[History]) -> None:
    found = built(told)
    sums: dict[object, Decimal] = defaultdict(Decimal)
    for row in found["attribution_credits"]:
        sums[row["registration_id"], row["attribution_model"]] += row["credit"]  # type: ignore[operator]
    attributed = {
        row["registration_id"]
        for row in found["attributed_registrations"]
        if row["status"] == "attributed"
    }
    assert sums.keys() == {(each, model) for each in attributed for model in MODELS}
    assert all(abs(each - 1) < Decimal("1e-9") for each in sums.values())


@settings(max_examples=40, deadline=None)
@given(histories())
def test_days_hours_campaigns_and_models_agree(told: list[History]) -> None:
    found = built(told, zone="America/New_York")
    clock = WallClock("America/New_York")

    def totals(relation: str, column: str) -> dict[object, Decimal]:
        sums: dict[object, Decimal] = defaultdict(Decimal)
        unknown = set()
        for row in found[relation]:
            if row.get("attribution_model", "last_touch") != "last_touch":
                continue
            hour = row.get("report_hour")
            day = (
                clock.day(hour) if isinstance(hour, dt.datetime) else row["report_date"]
            )
            if row[column] is None:
                unknown.add((day, row["platform"]))
            sums[day, row["platform"]] += row[column] or 0  # type: ignore[operator]
        # Null parts: nothing reported, or a sum that is not known.
        return {k: v for k, v in sums.items() if column != "spend" or k not in unknown}

    for column in ("registrations", "impressions", "clicks", "spend"):
        days = totals("daily_cpa", column)
        assert days == totals("daily_cpa_by_model", column)
        for relation in ("hourly_cpa", "daily_campaign_performance"):
            parts = totals(relation, column)
            assert {key: days[key] for key in parts} == parts
    eligible: dict[object, int] = defaultdict(int)
    for row in found["attributed_registrations"]:
        if row["status"] in ("attributed", "organic"):
            eligible[clock.day(row["registered_at"])] += 1  # type: ignore[arg-type]
    for model in MODELS:
        counted: dict[object, Decimal] = defaultdict(Decimal)
        for row in found["daily_cpa_by_model"]:
            if row["attribution_model"] == model:
                counted[row["report_date"]] += row["registrations"]  # type: ignore[operator]
        for day, number in counted.items():
            assert abs(number - eligible[day]) < Decimal("1e-6")


@settings(max_examples=20, deadline=None)
@given(histories(most=1))
def test_slices_add_up_to_the_amounts(told: list[History]) -> None:
    raw = Raw.of([row for row in told[0].rows if isinstance(row, SpendReport)])
    known = [row for row in raw.ad_spend if row.currency == "USD"]
    expected = sum(
        (Fraction(row.amount) for row in current_reports(known)), Fraction(0)
    )
    found = marts(Raw(ad_spend=known))
    for relation in ("hourly_cpa", "daily_cpa", "daily_campaign_performance"):
        assert sum(Fraction(row["spend"]) for row in found[relation]) == expected  # type: ignore[arg-type]


def test_a_comparison_sees_every_kind_of_difference() -> None:
    expected = built([generate(number, Random(number)) for number in range(3)])
    for relation, rows in expected.items():
        right = keyed(relation, rows)
        assert not differing(relation, right, keyed(relation, rows), "last_touch")
        column = "detected_at" if relation == "attribution_conflicts" else "platform"
        if relation in KEYS and column in KEYS[relation]:
            column = next(name for name in rows[0] if name not in KEYS[relation])
        for wrong in (
            rows[1:],
            [*rows, rows[0]],
            [*rows[:-1], rows[-1] | {column: "wrong"}],
        ):
            found = differing(relation, right, keyed(relation, wrong), "last_touch")
            assert len(found) == 1, relation


def test_histories_hold_every_situation_often() -> None:
    told = [generate(number, Random(number)) for number in range(400)]
    found = count(told, Variables())
    assert len(found) == 44
    assert found.keys() > CONFLICT_KEYS.keys()
    rare = {
        name: number
        for name, number in found.items()
        if number < (4 if name in CONFLICT_KEYS else 20)
    }
    assert not rare
