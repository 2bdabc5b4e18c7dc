"""Instants as whole microseconds since 1970 in UTC, exact and cheap to compare."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

MICROSECOND = 1
MILLISECOND = 1_000
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_ONE = dt.timedelta(microseconds=1)


def instant(moment: dt.datetime) -> int:
    """An aware time as an instant."""
    return (moment - _EPOCH) // _ONE


def midnight(date: dt.date, zone: dt.tzinfo = dt.UTC) -> int:
    """The instant at which a day begins in a zone."""
    return instant(dt.datetime.combine(date, dt.time(), zone))


def moment(at: int, zone: dt.tzinfo = dt.UTC) -> dt.datetime:
    """An instant as an aware time."""
    return (_EPOCH + dt.timedelta(microseconds=at)).astimezone(zone)


def utc_date(at: int) -> dt.date:
    """The day of an instant in UTC."""
    return (_EPOCH + dt.timedelta(microseconds=at)).date()


def rfc3339(at: int, offset: dt.timezone = dt.UTC) -> str:
    """An instant as text, with the digits that it needs."""
    if offset is dt.UTC:
        return f"{moment(at).replace(tzinfo=None).isoformat()}Z"
    return moment(at, offset).isoformat()


def account_days(
    zone: ZoneInfo, start: int, end: int
) -> list[tuple[dt.date, int, int]]:
    """The whole days of a zone between two instants.

    Returns:
        Date, beginning and end of each; where clocks change it has 23 or 25 hours.
    """
    days = []
    date = moment(start, zone).date()
    while (ends := midnight(date + dt.timedelta(days=1), zone)) <= end:
        begins = midnight(date, zone)
        if begins >= start:
            days.append((date, begins, ends))
        date += dt.timedelta(days=1)
    return days
