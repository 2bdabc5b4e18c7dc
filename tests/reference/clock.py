"""Days and hours of the wall clock in the reporting time zone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo

from tests.reference.numbers import HOUR

SECOND = dt.timedelta(seconds=1)


@dataclass(frozen=True, slots=True, order=True)
class Hour:
    """The longest run of instants with one local date, hour and offset to UTC.

    So the hour that a clock shows twice is two hours, and where a clock is put
    forward or back in the middle of an hour, that hour is a short one.
    """

    start: dt.datetime
    end: dt.datetime
    day: dt.date


class WallClock:
    """The clock of one zone; every instant in and out is in UTC."""

    def __init__(self, zone: str) -> None:
        self._zone = ZoneInfo(zone)
        self.hour_at = cache(self._hour_at)
        self.day_length = cache(self._day_length)

    def _label(self, instant: dt.datetime) -> tuple[dt.date, int, dt.timedelta]:
        local = instant.astimezone(self._zone)
        offset = local.utcoffset()
        assert offset is not None
        return local.date(), local.hour, offset

    def _hour_at(self, instant: dt.datetime) -> Hour:
        local = instant.astimezone(self._zone)
        since = dt.timedelta(
            minutes=local.minute, seconds=local.second, microseconds=local.microsecond
        )
        start = instant - since
        return Hour(
            self._edge(instant, start),
            self._edge(instant, start + HOUR),
            local.date(),
        )

    def _edge(self, inside: dt.datetime, outside: dt.datetime) -> dt.datetime:
        """Where the label of `inside` ends on the way to `outside`.

        Clocks are changed at whole seconds; so every edge is one.
        """
        label = self._label(inside)
        backwards = outside <= inside
        if backwards:
            if self._label(outside) == label:
                return outside
            first, last = outside, inside.replace(microsecond=0)
            while last - first > SECOND:
                middle = first + (last - first) // 2
                middle = middle.replace(microsecond=0)
                if self._label(middle) == label:
                    last = middle
                else:
                    first = middle
            return last
        first, last = inside.replace(microsecond=0), outside
        if self._label(outside - SECOND) == label:
            return outside
        while last - first > SECOND:
            middle = (first + (last - first) // 2).replace(microsecond=0)
            if self._label(middle) == label:
                first = middle
            else:
                last = middle
        return last

    def hours(self, start: dt.datetime, end: dt.datetime) -> Iterator[Hour]:
        """The hours that have an instant in [start, end)."""
        while start < end:
            hour = self.hour_at(start)
            yield hour
            start = hour.end

    def day(self, instant: dt.datetime) -> dt.date:
        return instant.astimezone(self._zone).date()

    def midnight(self, day: dt.date) -> dt.datetime:
        """The instant of 00:00; where it comes twice the first one.

        Where the clock jumps over it, the contract says nothing: this reads it by
        the offset before the jump.
        """
        local = dt.datetime(day.year, day.month, day.day, tzinfo=self._zone)
        return local.astimezone(dt.UTC)

    def _day_length(self, day: dt.date) -> dt.timedelta:
        noon = dt.datetime(day.year, day.month, day.day, 12, tzinfo=dt.UTC)
        around = self.hours(noon - 48 * HOUR, noon + 48 * HOUR)
        return sum(
            (hour.end - hour.start for hour in around if hour.day == day),
            dt.timedelta(0),
        )
