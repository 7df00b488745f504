"""What is published about counts: bounds of each, and what ties them."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass

Key = Hashable

_TINY = 1e-6


@dataclass(frozen=True, slots=True)
class Bounds:
    """The least and the largest number [persons] that a published count leaves open; infinite where nothing limits it."""

    low: float
    high: float

    @property
    def integers(self) -> float:
        """How many whole numbers lie within."""
        return math.floor(self.high + _TINY) - math.ceil(self.low - _TINY) + 1 if math.isfinite(self.high) else math.inf

    def meets(self, other: Bounds) -> bool:
        """Whether both may be true of one number."""
        return max(self.low, other.low) <= min(self.high, other.high)


@dataclass(frozen=True, slots=True)
class Sum:
    """That a count is the sum of others."""

    total: Key
    parts: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Everything that is published about counts: bounds of each, sums, and pairs of which the first is at most the second."""

    bounds: Mapping[Key, Bounds]
    sums: tuple[Sum, ...]
    orders: tuple[tuple[Key, Key], ...] = ()
