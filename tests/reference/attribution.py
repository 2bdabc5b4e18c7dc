"""Steps 4 to 6 of the contract: which touches share a registration, and how."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction

from tests.reference.identity import text_order
from tests.reference.numbers import HOUR, in_hours, microseconds, rounded
from tests.reference.rows import AdEvent, Registration
from tests.reference.seeds import Seeds


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    touch: AdEvent
    priority: int


def in_order(touches: list[AdEvent]) -> list[AdEvent]:
    """Step 6: by event_time, then impression before click, then ids descending."""
    touches = sorted(touches, key=lambda row: text_order(row.platform), reverse=True)
    touches.sort(key=lambda row: text_order(row.event_id), reverse=True)
    touches.sort(key=lambda row: (row.event_time, row.event_type == "click"))
    return touches


def candidates(
    registration: Registration, touches: list[AdEvent], seeds: Seeds
) -> list[Candidate]:
    """Step 5, of the touches of the registration's device.

    A lookback is an exact number of hours; where it is no whole number of
    microseconds, nothing is rounded.
    """
    found = []
    for touch in touches:
        rule = seeds.rule_for(touch, registration)
        if rule is None or rule.lookback_hours == 0:
            continue
        age = registration.event_time - touch.event_time
        if 0 <= in_hours(age) <= rule.lookback_hours:
            found.append(Candidate(touch=touch, priority=rule.priority))
    return found


def competing(found: list[Candidate]) -> list[AdEvent]:
    """Of the candidates those of the highest priority present, in order."""
    highest = max((each.priority for each in found), default=None)
    return in_order([each.touch for each in found if each.priority == highest])


def last_touch(touches: list[AdEvent]) -> list[Fraction]:
    return [Fraction(touch is touches[-1]) for touch in touches]


def first_touch(touches: list[AdEvent]) -> list[Fraction]:
    return [Fraction(touch is touches[0]) for touch in touches]


def linear(touches: list[AdEvent]) -> list[Fraction]:
    return [Fraction(1, len(touches))] * len(touches)


def position_based(touches: list[AdEvent]) -> list[Fraction]:
    if len(touches) <= 2:
        return linear(touches)
    between = len(touches) - 2
    end = Fraction(40, 100)
    return [end, *[Fraction(20, 100) / between] * between, end]


def time_decay(touches: list[AdEvent], half_life_hours: Decimal) -> list[Fraction]:
    """Weights 2^(-age / half-life), to 60 digits."""
    half_life = Decimal(microseconds(HOUR)) * half_life_hours
    newest = touches[-1].event_time
    with localcontext(prec=60):
        weights = [
            Decimal(2) ** (-microseconds(newest - touch.event_time) / half_life)
            for touch in touches
        ]
    parts = [Fraction(weight) for weight in weights]
    return [part / sum(parts) for part in parts]


def models(
    half_life_hours: Decimal,
) -> dict[str, Callable[[list[AdEvent]], list[Fraction]]]:
    return {
        "last_touch": last_touch,
        "first_touch": first_touch,
        "linear": linear,
        "position_based": position_based,
        "time_decay": lambda touches: time_decay(touches, half_life_hours),
    }


def credits(
    touches: list[AdEvent], half_life_hours: Decimal
) -> dict[str, list[Fraction]]:
    """Model → the credit of each competing touch.

    A credit is a share, so it is rounded to 18 decimals; one that is then 0 is not
    "above 0". Everything downstream is of the rounded ones.
    """
    return {
        name: [Fraction(rounded(share)) for share in model(touches)]
        for name, model in models(half_life_hours).items()
    }


def winner(touches: list[AdEvent], shares: list[Fraction]) -> AdEvent:
    """The touch of largest credit, the later one among equals."""
    return max(enumerate(touches), key=lambda pair: (shares[pair[0]], pair[0]))[1]
