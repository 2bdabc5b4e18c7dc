"""All that the marts count, each with its hour, platform and campaign."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from tests.reference import attribution, spend
from tests.reference.attribution import Candidate
from tests.reference.clock import Hour, WallClock
from tests.reference.identity import classified, current_reports, first_copies, grouped
from tests.reference.revenue import Revenue
from tests.reference.rows import (
    MODELS,
    AdEvent,
    Raw,
    Registration,
    SeedTexts,
    Variables,
)
from tests.reference.seeds import Seeds, read

ORGANIC = "organic"


@dataclass(frozen=True, kw_only=True, slots=True)
class Credit:
    """A part of a registration under one model; without a touch it is organic."""

    registration: Registration
    model: str
    touch: AdEvent | None
    share: Fraction


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """One thing that makes a row exist."""

    hour: Hour
    platform: str
    campaign_id: str | None
    what: spend.Slice | AdEvent | Credit


class History:
    """The raw rows, seen through the steps of the contract."""

    def __init__(self, raw: Raw, texts: SeedTexts, variables: Variables) -> None:
        self.raw = raw
        self.variables = variables
        self.clock = WallClock(variables.reporting_timezone)
        self.seeds: Seeds = read(texts, variables, self.clock)
        self.touches = first_copies(raw.ad_events)
        self.registrations = first_copies(raw.user_registrations)
        self.reports = current_reports(raw.ad_spend)
        self.revenue = Revenue(raw.revenue_events, self.clock, self.seeds)
        self.status = classified(self.registrations)
        self.touches_of: dict[str, list[AdEvent]] = {
            group[0].device_id: attribution.in_order(group)
            for group in grouped(self.touches, lambda row: row.device_id)
        }
        self.candidates: dict[str, list[Candidate]] = {
            row.event_id: attribution.candidates(
                row, self.touches_of.get(row.device_id, []), self.seeds
            )
            for row in self.eligible
        }
        self.competing: dict[str, list[AdEvent]] = {
            event_id: attribution.competing(found)
            for event_id, found in self.candidates.items()
        }
        self.credits = [credit for row in self.eligible for credit in self._shares(row)]

    @property
    def eligible(self) -> list[Registration]:
        return [
            row for row in self.registrations if self.status[row.event_id] == "eligible"
        ]

    def _shares(self, registration: Registration) -> list[Credit]:
        touches = self.competing[registration.event_id]
        if not touches:
            return [
                Credit(
                    registration=registration,
                    model=model,
                    touch=None,
                    share=Fraction(1),
                )
                for model in MODELS
            ]
        half_life = self.variables.time_decay_half_life_hours
        return [
            Credit(registration=registration, model=model, touch=touch, share=share)
            for model, shares in attribution.credits(touches, half_life).items()
            for touch, share in zip(touches, shares, strict=True)
            if share > 0
        ]

    def winner(self, registration: Registration) -> AdEvent | None:
        """The touch of largest credit under the model behind the plain marts."""
        touches = self.competing.get(registration.event_id, [])
        if not touches:
            return None
        half_life = self.variables.time_decay_half_life_hours
        shares = attribution.credits(touches, half_life)
        return attribution.winner(touches, shares[self.variables.attribution_model])

    def facts(self) -> list[Fact]:
        slices = [
            Fact(
                hour=part.hour,
                platform=report.platform,
                campaign_id=report.campaign_id,
                what=part,
            )
            for report in self.reports
            for part in spend.sliced(report, self.clock, self.seeds)
        ]
        events = [
            Fact(
                hour=self.clock.hour_at(touch.event_time),
                platform=touch.platform,
                campaign_id=touch.campaign_id,
                what=touch,
            )
            for touch in self.touches
        ]
        shares = [
            Fact(
                hour=self.clock.hour_at(credit.registration.event_time),
                platform=credit.touch.platform if credit.touch else ORGANIC,
                campaign_id=credit.touch.campaign_id if credit.touch else None,
                what=credit,
            )
            for credit in self.credits
        ]
        return slices + events + shares
