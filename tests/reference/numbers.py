"""Exact arithmetic: fractions inside, decimals of 18 places outside."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

PLACES = 18
HOUR = dt.timedelta(hours=1)
MICROSECOND = dt.timedelta(microseconds=1)


def rounded(value: Fraction | Decimal | int) -> Decimal:
    """To 18 decimals, halves away from zero."""
    exact = Fraction(value)
    scaled = abs(exact) * 10**PLACES
    digits = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal((int(exact < 0), tuple(map(int, str(digits))), -PLACES))


def ratio(above: Fraction | None, below: Fraction | None) -> Decimal | None:
    """Rounded; null where either is missing or the lower one is 0."""
    if above is None or not below:
        return None
    return rounded(above / below)


def total(parts: list[Fraction | None]) -> Fraction | None:
    """A sum that is null, never smaller, when one of its parts is not known."""
    if any(part is None for part in parts):
        return None
    return sum((part for part in parts if part is not None), Fraction(0))


def decimal(value: Fraction | None) -> Decimal | None:
    """`rounded`, of what may be missing."""
    return None if value is None else rounded(value)


def microseconds(span: dt.timedelta) -> int:
    """The exact length."""
    return span // MICROSECOND


def in_hours(span: dt.timedelta) -> Fraction:
    """The exact length."""
    return Fraction(microseconds(span), microseconds(HOUR))
