"""When people are about: by weekday, by hour, and by the day's own luck."""

from __future__ import annotations

import datetime as dt

from roi.simulator.clock import HOUR, MILLISECOND, midnight
from roi.simulator.dice import Dice, Weighted

_WEEKDAYS = (0.97, 0.95, 0.96, 0.98, 1.04, 1.10, 1.00)
"""From Monday."""

_HOURS = Weighted(
    range(24),
    (
        *(2.4, 1.7, 1.2, 0.9, 0.8, 1.0, 1.7, 2.8, 3.7, 4.2, 4.5, 4.7),
        *(5.0, 4.9, 4.8, 4.8, 5.0, 5.4, 6.0, 6.6, 7.0, 6.8, 5.6, 3.9),
    ),
)


def touches_of(seed: str, rate: int, date: dt.date) -> float:
    """How many ad events a day is good for."""
    luck = Dice(seed, "season", date).around(0.06)
    return rate * _WEEKDAYS[date.weekday()] * luck


def instant_in(date: dt.date, dice: Dice) -> int:
    """An instant of a day, where more is going on more often."""
    hour = midnight(date) + dice.pick(_HOURS) * HOUR
    return hour + dice.between(0, HOUR // MILLISECOND - 1) * MILLISECOND
