"""Chance that comes out the same everywhere.

Only `random()` and `getrandbits()` are used: those two Python keeps stable for a
given text seed across versions, the other methods of `Random` it does not.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Weighted(Generic[Item]):
    """Things to pick from, each with its weight."""

    __slots__ = ("_bounds", "items")

    def __init__(self, items: Sequence[Item], weights: Sequence[float]) -> None:
        self.items = tuple(items)
        total = sum(weights)
        self._bounds = [bound / total for bound in accumulate(weights)]

    def pick(self, share: float) -> Item:
        """The item at a share of the whole weight, 0 to 1."""
        index = bisect_right(self._bounds, share)
        return self.items[min(index, len(self.items) - 1)]


class Dice:
    """A source of chance for one named purpose."""

    __slots__ = ("_bits", "random")

    def __init__(self, *seed: object) -> None:
        source = random.Random("/".join(str(part) for part in seed))
        self.random = source.random
        self._bits = source.getrandbits

    def chance(self, probability: float) -> bool:
        """True in this share of the cases."""
        return self.random() < probability

    def between(self, low: int, high: int) -> int:
        """A whole number from low to high, both included, each as likely."""
        return low + int(self.random() * (high - low + 1))

    def spread(self, low: int, high: int) -> int:
        """A duration between two, each order of magnitude as likely."""
        return int(math.exp(math.log(low) + self.random() * math.log(high / low)))

    def around(self, width: float) -> float:
        """A factor of 1, give or take a share."""
        return 1 + (2 * self.random() - 1) * width

    def count(self, mean: float) -> int:
        """A whole number from 1, with this mean (geometric)."""
        if mean <= 1:
            return 1
        return 1 + int(math.log(1 - self.random()) / math.log(1 - 1 / mean))

    def pick(self, items: Weighted[Item]) -> Item:
        """One of weighted things."""
        return items.pick(self.random())

    def one_of(self, items: Sequence[Item]) -> Item:
        """One of things that are all as likely."""
        return items[int(self.random() * len(items))]

    def digits(self, count: int) -> str:
        """Hexadecimal digits."""
        return f"{self._bits(4 * count):0{count}x}"

    def uuid(self) -> str:
        """A random UUID (version 4) in lower case."""
        text = self.digits(32)
        variant = "89ab"[int(text[16], 16) % 4]
        return (
            f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"
        )
