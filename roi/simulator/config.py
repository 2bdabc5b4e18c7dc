"""What to simulate."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from roi.errors import UsageError
from roi.simulator.clock import HOUR, midnight

DEFAULT_SEED = "roi"
DEFAULT_DAYS = 14
DEFAULT_RATE = 9_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    """What to simulate; equal ones give equal bytes."""

    until: dt.date
    """The first day, in UTC, that is not simulated any more."""
    days: int = DEFAULT_DAYS
    seed: str = DEFAULT_SEED
    """Another seed is another market: other people, campaigns and amounts."""
    rate: int = DEFAULT_RATE
    """About how many ad events a day."""

    def __post_init__(self) -> None:
        if not 1 <= self.days <= 3_660:
            raise UsageError("--days: 1 to 3660 days can be simulated")
        if not 1 <= self.rate <= 100_000_000:
            raise UsageError("--rate: 1 to 100,000,000 ad events a day")
        if (
            not dt.date(1971, 1, 1)
            <= self.first_day
            <= self.until
            <= dt.date(2098, 1, 1)
        ):
            raise UsageError("--until: the days have to lie between 1971 and 2097")

    @property
    def first_day(self) -> dt.date:
        """The first simulated day in UTC."""
        try:
            return self.until - dt.timedelta(days=self.days)
        except OverflowError as error:
            raise UsageError("--until: the days have to lie after 1971") from error

    @property
    def dates(self) -> list[dt.date]:
        """The simulated days in UTC."""
        return [self.first_day + dt.timedelta(days=day) for day in range(self.days)]

    @property
    def start(self) -> int:
        """The instant at which the first day begins."""
        return midnight(self.first_day)

    @property
    def end(self) -> int:
        """The instant at which the last day is over."""
        return midnight(self.until)

    @property
    def horizon(self) -> int:
        """When the last message arrives: the last day's reports need their time."""
        return self.end + HOUR
