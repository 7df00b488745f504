"""Published claims turned into what a scenario believes: one national shortage with its range."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from academy.core.framework import Claim

YEARLY = "posts per year"
_DIGITS = 3
"""Significant digits of a most likely figure that is our own, the mean of several."""


@dataclass(frozen=True, slots=True)
class Belief:
    """A national shortage [persons]: least, most likely, most."""

    low: float
    mode: float
    high: float


def believable(claim: Claim, area: str) -> bool:
    """Whether a scenario may rest on a claim: a number above 0, of the country's area, that is not a rate per year."""
    return claim.area == area and claim.unit != YEARLY and (_mode(claim) or 0.0) > 0


def believed(claims: Sequence[Claim]) -> Belief | None:
    """The range from the lowest to the highest figure of some claims; their geometric mean is the most likely. None without any.

    A single claim is taken as published; without a range it has none.
    """
    modes = [mode for claim in claims if (mode := _mode(claim)) is not None and mode > 0]
    if not modes:
        return None
    low = min(value for claim in claims for value in (claim.low, _mode(claim)) if value)
    high = max(value for claim in claims for value in (claim.high, _mode(claim)) if value)
    mode = modes[0] if len(modes) == 1 else _rounded(math.exp(sum(map(math.log, modes)) / len(modes)))
    return Belief(low, min(max(mode, low), high), high)


def _mode(claim: Claim) -> float | None:
    """The claim's figure; the geometric mean of its ends where only those were published."""
    if claim.mode is not None:
        return claim.mode
    if claim.low and claim.high:
        return math.sqrt(claim.low * claim.high)
    return claim.low or claim.high


def _rounded(value: float) -> float:
    return round(value, _DIGITS - 1 - math.floor(math.log10(value)))
