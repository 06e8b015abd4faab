"""Every decision of the generator, out of one ``random.Random`` that is passed in.

The smallest draw is the plainest answer: no, the first, the lowest. Hypothesis shrinks draws towards zero, so what it
ends with is the plainest session that still fails. All draws are ``randrange``, whose sequence for a seed a test pins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Decisions and numbers. Few and small draws: Hypothesis has only so many of them for one example."""

    def __init__(self, random: Random) -> None:
        self.below = random.randrange

    def whole(self, low: int, high: int) -> int:
        """Both ends included."""
        return low + self.below(high - low + 1)

    def decimal(self, low: int, high: int, places: int) -> Decimal:
        """``decimal(450, 1400, 1)`` is 45.0 to 140.0, always with its one place."""
        return Decimal(self.whole(low, high)).scaleb(-places)

    def chance(self, share: float) -> bool:
        """To half a percent: Hypothesis draws evenly up to 256 and prefers small numbers beyond."""
        return self.below(200) >= 200 - round(200 * share)

    def pick(self, options: Sequence[T]) -> T:
        return options[self.below(len(options))]

    def weighed(self, options: Mapping[T, int]) -> T:
        """One of the keys, as often as its weight says."""
        left = self.below(sum(options.values()))
        for option, weight in options.items():
            left -= weight
            if left < 0:
                return option
        raise ValueError("nothing to choose from")

    def some(self, options: Sequence[T], most: int) -> list[T]:
        """Up to ``most`` of the options, each at most once."""
        left = list(options)
        return [left.pop(self.below(len(left))) for _ in range(self.below(min(most, len(left)) + 1))]
