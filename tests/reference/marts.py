"""Sections 3 and 4 of the contract, worked out the slow and plain way.

`marts` gives every row of every relation but data_quality_daily (which keeps a
history of runs) and data_as_of (which is of the runs, not of the data).
"""

from __future__ import annotations

from tests.reference import performance
from tests.reference.devices import attribution_conflicts, device_platforms
from tests.reference.facts import ORGANIC, History
from tests.reference.numbers import in_hours, rounded
from tests.reference.performance import Row
from tests.reference.rows import Raw, SeedTexts, Variables

Marts = dict[str, list[Row]]


def attributed_registrations(history: History) -> list[Row]:
    rows: list[Row] = []
    for row in history.registrations:
        status = history.status[row.event_id]
        touch = history.winner(row)
        if status == "eligible":
            status = "attributed" if touch else ORGANIC
        rows.append(
            {
                "registration_id": row.event_id,
                "user_id": row.user_id,
                "device_id": row.device_id,
                "registered_at": row.event_time,
                "status": status,
                "touch_id": touch and touch.event_id,
                "touch_type": touch and touch.event_type,
                "platform": (
                    touch.platform if touch else ORGANIC if status == ORGANIC else None
                ),
                "campaign_id": touch and touch.campaign_id,
                "ad_type": touch and touch.ad_type,
                "touched_at": touch and touch.event_time,
                "hours_to_register": touch
                and rounded(in_hours(row.event_time - touch.event_time)),
            }
        )
    return rows


def attribution_credits(history: History) -> list[Row]:
    """Organic registrations have no touch, so no row."""
    return [
        {
            "registration_id": credit.registration.event_id,
            "attribution_model": credit.model,
            "platform": credit.touch.platform,
            "touch_id": credit.touch.event_id,
            "touch_type": credit.touch.event_type,
            "campaign_id": credit.touch.campaign_id,
            "ad_type": credit.touch.ad_type,
            "touched_at": credit.touch.event_time,
            "credit": rounded(credit.share),
        }
        for credit in history.credits
        if credit.touch is not None
    ]


def marts(
    raw: Raw, seeds: SeedTexts | None = None, variables: Variables | None = None
) -> Marts:
    """Relation → its rows, in no order."""
    history = History(raw, seeds or SeedTexts(), variables or Variables())
    facts = history.facts()
    return {
        "daily_cpa": performance.daily_cpa(history, facts),
        "hourly_cpa": performance.hourly_cpa(history, facts),
        "daily_cpa_by_model": performance.daily_cpa_by_model(history, facts),
        "daily_campaign_performance": performance.daily_campaign_performance(
            history, facts
        ),
        "daily_roi": performance.daily_roi(history, facts),
        "attributed_registrations": attributed_registrations(history),
        "attribution_credits": attribution_credits(history),
        "device_platforms": device_platforms(history),
        "attribution_conflicts": attribution_conflicts(history),
    }
