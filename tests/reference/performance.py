"""The marts of spend, events and registrations: day, hour, model, campaign, ROI."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from fractions import Fraction

from tests.reference.facts import Credit, Fact, History
from tests.reference.identity import grouped
from tests.reference.numbers import decimal, microseconds, ratio, rounded, total
from tests.reference.revenue import HORIZONS
from tests.reference.rows import MODELS, AdEvent, SpendReport
from tests.reference.spend import Slice, covered

Row = dict[str, object]


def slices_in(facts: list[Fact]) -> list[Slice]:
    return [fact.what for fact in facts if isinstance(fact.what, Slice)]


def credits_in(facts: list[Fact], model: str) -> list[Credit]:
    return [
        fact.what
        for fact in facts
        if isinstance(fact.what, Credit) and fact.what.model == model
    ]


def spend_of(facts: list[Fact]) -> Fraction | None:
    """Null where nothing was reported, and where a rate is missing."""
    slices = slices_in(facts)
    return total([part.spend for part in slices]) if slices else None


def reported(numbers: list[Fraction | None]) -> Fraction | None:
    """Reports without a count add nothing; where none has one, null."""
    known = [number for number in numbers if number is not None]
    return total([*known]) if known else None


def measures(facts: list[Fact], length: dt.timedelta, model: str) -> Row:
    """The columns of daily_cpa, of the facts of one row.

    `spend_coverage` is 0, not null, where nothing was reported.
    """
    slices = slices_in(facts)
    events = [fact.what for fact in facts if isinstance(fact.what, AdEvent)]
    spend = spend_of(facts)
    registrations = sum(
        (credit.share for credit in credits_in(facts, model)), Fraction(0)
    )
    share = Fraction(
        microseconds(covered(part.interval for part in slices)), microseconds(length)
    )
    return {
        "spend": decimal(spend),
        "spend_coverage": rounded(share),
        "impressions": sum(event.event_type == "impression" for event in events),
        "clicks": sum(event.event_type == "click" for event in events),
        "registrations": rounded(registrations),
        "cpa": ratio(spend, registrations),
        "reported_impressions": decimal(reported([row.impressions for row in slices])),
        "reported_clicks": decimal(reported([row.clicks for row in slices])),
        "reported_conversions": decimal(reported([row.conversions for row in slices])),
    }


def by(facts: list[Fact], key: Callable[[Fact], object]) -> list[list[Fact]]:
    return grouped(facts, key)


def daily_cpa_by_model(history: History, facts: list[Fact]) -> list[Row]:
    return [
        {
            "report_date": group[0].hour.day,
            "platform": group[0].platform,
            "attribution_model": model,
            **measures(group, history.clock.day_length(group[0].hour.day), model),
        }
        for group in by(facts, lambda fact: (fact.hour.day, fact.platform))
        for model in MODELS
    ]


def daily_cpa(history: History, facts: list[Fact]) -> list[Row]:
    model = history.variables.attribution_model
    return [
        {name: value for name, value in row.items() if name != "attribution_model"}
        for row in daily_cpa_by_model(history, facts)
        if row["attribution_model"] == model
    ]


def hourly_cpa(history: History, facts: list[Fact]) -> list[Row]:
    model = history.variables.attribution_model
    return [
        {
            "report_hour": group[0].hour.start,
            "platform": group[0].platform,
            **measures(group, group[0].hour.end - group[0].hour.start, model),
        }
        for group in by(facts, lambda fact: (fact.hour, fact.platform))
    ]


def campaign_names(reports: list[SpendReport]) -> dict[tuple[str, str | None], str]:
    """(platform, campaign) → the name in its latest report, of any account.

    Read to the letter: a latest report that gives no name takes the name away.
    Reports without a campaign are those of the campaign null. Latest is as in step
    2: by reported_at, then by the order of step 1; so whether replaced reports are
    looked at makes no difference.
    """
    latest = sorted(reports, key=lambda row: (row.reported_at, row.copy_order))
    names = {(row.platform, row.campaign_id): row.campaign_name for row in latest}
    return {key: name for key, name in names.items() if name is not None}


def daily_campaign_performance(history: History, facts: list[Fact]) -> list[Row]:
    """Organic registrations are on the row organic without a campaign."""
    model = history.variables.attribution_model
    names = campaign_names(history.raw.ad_spend)
    return [
        {
            "report_date": first.hour.day,
            "platform": first.platform,
            "campaign_id": first.campaign_id,
            "campaign_name": names.get((first.platform, first.campaign_id)),
            **measures(group, history.clock.day_length(first.hour.day), model),
        }
        for group in by(
            facts, lambda fact: (fact.hour.day, fact.platform, fact.campaign_id)
        )
        for first in group[:1]
    ]


def daily_roi(history: History, facts: list[Fact]) -> list[Row]:
    """Revenue is rounded once a row, after the weighting by credit."""
    model = history.variables.attribution_model
    rows: list[Row] = []
    for group in by(facts, lambda fact: (fact.hour.day, fact.platform)):
        platform = group[0].platform
        credits = credits_in(group, model)
        spend = spend_of(group)
        revenue: dict[str, Fraction | None] = {}
        for name, horizon in HORIZONS.items():
            weighted: list[Fraction | None] = []
            for credit in credits:
                value = history.revenue.of(credit.registration, platform, horizon)
                weighted.append(None if value is None else credit.share * value)
            revenue[name] = total(weighted)
        whole = revenue["revenue"]
        gain = None if whole is None or spend is None else whole - spend
        rows.append(
            {
                "report_date": group[0].hour.day,
                "platform": platform,
                "spend": decimal(spend),
                "registrations": rounded(
                    sum((credit.share for credit in credits), Fraction(0))
                ),
                **{name: decimal(value) for name, value in revenue.items()},
                "roi": ratio(gain, spend),
                "roas": ratio(whole, spend),
            }
        )
    return rows
