"""What a registration has brought in, in the reporting currency."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

from tests.reference.clock import WallClock
from tests.reference.identity import first_copies
from tests.reference.numbers import rounded, total
from tests.reference.rows import Registration, RevenueEvent
from tests.reference.seeds import Seeds

HORIZONS = {
    "revenue": None,
    "revenue_d0": dt.timedelta(hours=24),
    "revenue_d7": dt.timedelta(hours=7 * 24),
    "revenue_d30": dt.timedelta(hours=30 * 24),
}


class Revenue:
    """Revenue events after step 1, by user."""

    def __init__(
        self, events: list[RevenueEvent], clock: WallClock, seeds: Seeds
    ) -> None:
        self._seeds = seeds
        self._of_user: dict[str, list[tuple[dt.datetime, Fraction | None]]] = {}
        for event in first_copies(events):
            rate = seeds.rate(event.currency, clock.day(event.event_time))
            amount = (
                None
                if rate is None
                else Fraction(rounded(Fraction(event.amount) * rate))
            )
            self._of_user.setdefault(event.user_id, []).append(
                (event.event_time, amount)
            )

    def of(
        self, registration: Registration, platform: str, horizon: dt.timedelta | None
    ) -> Fraction | None:
        """Its value, and the events of its user before the end of the horizon."""
        events = [
            amount
            for event_time, amount in self._of_user.get(registration.user_id, [])
            if horizon is None or event_time < registration.event_time + horizon
        ]
        return total([self._seeds.value(platform), *events])
