"""What the simulator says is true is what its messages say."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter, defaultdict
from decimal import Decimal
from typing import Any

import pytest

from roi.simulator import Message, Truth
from roi.simulator.broken import REASONS
from tests.simulator import reference

Simulated = tuple[list[Message], Truth]


def test_every_outcome_is_what_the_rules_give(simulated: Simulated) -> None:
    messages, truth = simulated
    outcomes = reference.last_touch(messages)
    assert len(outcomes) == len(truth.outcomes) > 500
    for expected in truth.outcomes:
        status, touch = outcomes[expected.registration_id]
        assert status == expected.status, expected
        if touch is not None:
            assert touch["event_id"] == expected.touch_id, expected
            assert touch["platform"] == expected.platform, expected
            assert touch["event_type"] == expected.touch_type, expected
            assert touch["campaign_id"] == expected.campaign_id, expected


def test_registrations_by_day_are_the_eligible_outcomes(simulated: Simulated) -> None:
    _, truth = simulated
    counted = Counter(
        (each.report_date, each.platform)
        for each in truth.outcomes
        if each.status in ("attributed", "organic")
    )
    assert counted == {
        (each.report_date, each.platform): each.registrations
        for each in truth.registrations
    }
    assert counted.total() == truth.eligible


def test_touches_by_day_are_those_sent_without_copies(simulated: Simulated) -> None:
    messages, truth = simulated
    sent = {
        (row["platform"], row["event_id"]): row
        for row in reference.rows(messages, "ad_events")
    }
    counted = Counter(
        (
            row["event_time"].astimezone(dt.UTC).date(),
            row["platform"],
            row["event_type"],
        )
        for row in sent.values()
    )
    told = Counter[tuple[dt.date, str, str]]()
    for each in truth.touches:
        told[each.report_date, each.platform, "impression"] = each.impressions
        told[each.report_date, each.platform, "click"] = each.clicks
    assert counted == told


def test_the_report_that_counts_was_made_last_and_covers_the_others(
    simulated: Simulated,
) -> None:
    messages, truth = simulated
    by_campaign: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for row in reference.rows(messages, "ad_spend"):
        key = row["platform"], row["account_id"], row["campaign_id"]
        by_campaign[key].append(row)
    final = {
        (*key, row["period_start"]): Decimal(str(row["amount"]))
        for key, rows in by_campaign.items()
        for row in rows
        if not any(
            other["reported_at"] > row["reported_at"]
            and other["period_start"] <= row["period_start"]
            and other["period_end"] >= row["period_end"]
            for other in rows
        )
    }
    assert sorted(final.values()) == sorted(each.amount for each in truth.spend_reports)
    assert sum(final.values()) == sum(each.spend for each in truth.spend)


def test_messages_copies_and_broken_ones_are_counted(simulated: Simulated) -> None:
    messages, truth = simulated
    assert Counter(message.topic for message in messages) == truth.messages
    reasons = Counter[str]()
    for counts in truth.broken.values():
        reasons.update(counts)
    assert set(reasons) == set(REASONS)
    assert reasons.total() == truth.rejected
    for topic, sent in truth.messages.items():
        good = reference.rows(messages, topic)
        assert len(good) == sent - sum(truth.broken[topic].values())
        if topic != "ad_spend":
            copies = len(good) - len(
                {(row.get("platform"), row["event_id"]) for row in good}
            )
            assert copies == truth.duplicates[topic] > 0


def test_the_traffic_has_what_makes_attribution_hard(simulated: Simulated) -> None:
    messages, truth = simulated
    assert set(truth.statuses) == {
        "attributed",
        "organic",
        "shared_device",
        "duplicate_user",
    }
    assert {each.platform for each in truth.registrations} == {
        "apple search ads",
        "facebook",
        "google",
        "organic",
        "snapchat",
        "tiktok",
    }
    assert all(truth.late.values())
    assert any(each.platform == "organic" for each in truth.revenue)
    assert truth.revenue_unassigned > 0
    refunds = [
        row
        for row in reference.rows(messages, "revenue_events")
        if Decimal(str(row["amount"])) < 0
    ]
    assert refunds


def test_revenue_is_every_purchase_once(simulated: Simulated) -> None:
    messages, truth = simulated
    paid = {
        row["event_id"]: Decimal(str(row["amount"]))
        for row in reference.rows(messages, "revenue_events")
    }
    assigned = sum(each.revenue for each in truth.revenue)
    assert assigned + truth.revenue_unassigned == sum(paid.values())


def test_truth_is_json_with_decimals_as_text(simulated: Simulated) -> None:
    _, truth = simulated
    read = json.loads(truth.json())
    assert read["first_day"] == "2026-11-06"
    assert Decimal(read["spend"][0]["spend"]) == truth.spend[0].spend
    assert "E" not in read["spend"][0]["spend"]


@pytest.mark.parametrize(("share", "hours"), [(0.75, 1), (0.95, 24)])
def test_delays_are_those_of_the_field(
    simulated: Simulated, share: float, hours: int
) -> None:
    messages, _ = simulated
    registered = {
        row["event_id"]: row for row in reference.rows(messages, "user_registrations")
    }
    delays = [
        (registered[name]["event_time"] - touch["event_time"]).total_seconds() / 3600
        for name, (_, touch) in reference.last_touch(messages).items()
        if touch is not None
    ]
    within = sum(delay <= hours for delay in delays) / len(delays)
    assert within == pytest.approx(share, abs=0.04)
    assert max(delays) <= 168
