"""Money over an interval, cut into days exactly as the contract says (section 4).

For cut points t(0) < t(1) < …, slice k is round(amount · t(k) / T, 18) less
round(amount · t(k - 1) / T, 18), halves away from zero: the slices add up to the
amount.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Context, Decimal
from fractions import Fraction

from roi.simulator.clock import HOUR, utc_date

DIGITS = 18
_EXACT = Context(prec=76)


def round_half_away(value: Fraction) -> Decimal:
    """A number to 18 decimals; halves away from zero."""
    scaled = abs(value) * 10**DIGITS
    units = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    sign = -1 if value < 0 else 1
    return Decimal(sign * units).scaleb(-DIGITS, _EXACT)


def hourly(amount: Decimal, start: int, end: int) -> list[tuple[int, Decimal]]:
    """The slices of an amount by the hours of UTC.

    Args:
        amount: What the interval cost.
        start: Its beginning, an instant.
        end: Its end, an instant after that.

    Returns:
        The beginning of each hour that the interval touches, and its slice.
    """
    whole = Fraction(amount)
    slices = []
    hour, before = start - start % HOUR, Decimal(0)
    while hour < end:
        cut = min(hour + HOUR, end)
        until = round_half_away(whole * (cut - start) / (end - start))
        slices.append((hour, _EXACT.subtract(until, before)))
        hour, before = hour + HOUR, until
    return slices


def daily(amount: Decimal, start: int, end: int) -> dict[dt.date, Decimal]:
    """The hourly slices of an amount, summed by the days of UTC."""
    days: defaultdict[dt.date, Decimal] = defaultdict(Decimal)
    for hour, part in hourly(amount, start, end):
        day = utc_date(hour)
        days[day] = _EXACT.add(days[day], part)
    return dict(days)
