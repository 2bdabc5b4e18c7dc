"""Counts what a simulation sends, as its truth."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from decimal import Context, Decimal
from typing import TypeVar

from roi.simulator.clock import DAY, HOUR, rfc3339, utc_date
from roi.simulator.config import Config
from roi.simulator.happenings import Happening, Purchase, Registration, Status, Touch
from roi.simulator.slices import daily
from roi.simulator.spend import CURRENCY, SpendReport
from roi.simulator.truth import (
    DayRegistrations,
    DayRevenue,
    DaySpend,
    DayTouches,
    FinalSpend,
    Outcome,
    Truth,
)

LATE = HOUR

_EXACT = Context(prec=76)
_REVENUE_DAYS = (None, 1, 7, 30)

Key = tuple[dt.date, str]
Value = TypeVar("Value")


class Tally:
    """Adds up what was sent. Every event is to be told once, copies as messages."""

    def __init__(self) -> None:
        self._messages: Counter[str] = Counter()
        self._duplicates: Counter[str] = Counter()
        self._late: Counter[str] = Counter()
        self._broken: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._statuses: Counter[Status] = Counter()
        self._registrations: Counter[Key] = Counter()
        self._touches: Counter[tuple[dt.date, str, bool]] = Counter()
        self._spend: defaultdict[Key, Decimal] = defaultdict(Decimal)
        self._revenue: defaultdict[Key, list[Decimal]] = defaultdict(
            lambda: [Decimal(0)] * len(_REVENUE_DAYS)
        )
        self._unassigned = Decimal(0)
        self._reports: list[FinalSpend] = []
        self._outcomes: list[Outcome] = []

    def message(self, topic: str, *, delay: int, is_copy: bool) -> None:
        """A message is sent this long after what it tells of."""
        self._messages[topic] += 1
        self._duplicates[topic] += is_copy
        self._late[topic] += delay >= LATE

    def broken(self, topic: str, reason: str) -> None:
        """A broken message is sent."""
        self._messages[topic] += 1
        self._broken[topic][reason] += 1

    def happening(self, event: Happening) -> None:
        """Something happens that at least one message tells of."""
        if isinstance(event, Touch):
            self._touches[utc_date(event.at), event.platform.name, event.is_click] += 1
        elif isinstance(event, Registration):
            self._register(event)
        else:
            self._purchase(event)

    def spend(self, report: SpendReport) -> None:
        """A report is the one that counts."""
        amount, campaign = report.amount, report.campaign
        self._reports.append(
            FinalSpend(
                platform=report.platform.name,
                account_id=report.account.account_id,
                campaign_id=campaign.campaign_id if campaign else None,
                period_start=rfc3339(report.period_start),
                period_end=rfc3339(report.period_end),
                amount=amount,
                currency=CURRENCY,
                impressions=report.impressions,
                clicks=report.clicks,
                conversions=report.conversions,
            )
        )
        parts = daily(amount, report.period_start, report.period_end)
        for date, part in parts.items():
            key = date, report.platform.name
            self._spend[key] = _EXACT.add(self._spend[key], part)

    def truth(self, config: Config) -> Truth:
        """What is true when all has been told."""
        touched = sorted({(date, name) for date, name, _ in self._touches})
        return Truth(
            seed=config.seed,
            first_day=config.first_day,
            last_day=config.until - dt.timedelta(days=1),
            rate=config.rate,
            messages=_known(self._messages),
            duplicates=_known(self._duplicates),
            late=_known(self._late),
            broken={
                topic: _known(reasons)
                for topic, reasons in sorted(self._broken.items())
            },
            statuses=_known(self._statuses),
            registrations=tuple(
                DayRegistrations(report_date=date, platform=name, registrations=count)
                for (date, name), count in sorted(self._registrations.items())
            ),
            touches=tuple(
                DayTouches(
                    report_date=date,
                    platform=name,
                    impressions=self._touches[date, name, False],
                    clicks=self._touches[date, name, True],
                )
                for date, name in touched
            ),
            spend=tuple(
                DaySpend(report_date=date, platform=name, spend=spend)
                for (date, name), spend in sorted(self._spend.items())
            ),
            revenue=tuple(
                _day_revenue(date, name, sums)
                for (date, name), sums in sorted(self._revenue.items())
            ),
            revenue_unassigned=self._unassigned,
            spend_reports=tuple(self._reports),
            outcomes=tuple(self._outcomes),
        )

    def _register(self, event: Registration) -> None:
        self._statuses[event.status] += 1
        date, platform = utc_date(event.at), _credited(event)
        if platform is not None:
            self._registrations[date, platform] += 1
        won = event.winner
        self._outcomes.append(
            Outcome(
                registration_id=event.event_id,
                report_date=date,
                status=event.status,
                platform=platform,
                touch_id=won.event_id if won else None,
                touch_type=("click" if won.is_click else "impression") if won else None,
                campaign_id=won.campaign.campaign_id if won else None,
            )
        )

    def _purchase(self, event: Purchase) -> None:
        registration = event.registration
        platform = _credited(registration) if registration else None
        if registration is None or platform is None:
            self._unassigned += event.amount
            return
        sums = self._revenue[utc_date(registration.at), platform]
        age = event.at - registration.at
        for index, days in enumerate(_REVENUE_DAYS):
            if days is None or age < days * DAY:
                sums[index] += event.amount


def _credited(registration: Registration) -> str | None:
    if registration.winner is not None:
        return registration.winner.platform.name
    return "organic" if registration.status == "organic" else None


def _day_revenue(date: dt.date, platform: str, sums: Sequence[Decimal]) -> DayRevenue:
    so_far, d0, d7, d30 = sums
    return DayRevenue(
        report_date=date,
        platform=platform,
        revenue=so_far,
        revenue_d0=d0,
        revenue_d7=d7,
        revenue_d30=d30,
    )


def _known(counter: Counter[Value]) -> dict[Value, int]:
    return dict(sorted((key, count) for key, count in counter.items() if count))
