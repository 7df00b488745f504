"""Answers of two groups, matched on ability, turned into whether an item is harder for one of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from academy.core.measurement.intervals import chi_square_p
from academy.core.measurement.irt import FloatArray
from academy.core.measurement.responses import BoolArray

DifClass = Literal["A", "B", "C", "insufficient"]

FEWEST_PER_GROUP = 50
"""People in either group below which nothing is said."""
SIGNIFICANCE = 0.05
"""False discovery rate at which a difference counts."""
DELTA_SCALE = -2.35
"""Delta of a log odds ratio on the scale of the Educational Testing Service; negative: harder for the focal group."""

_NEGLIGIBLE, _LARGE = 1.0, 1.5


@dataclass(frozen=True, slots=True)
class MantelHaenszel:
    """One item's comparison: chi-square with its p, common odds ratio (reference over focal) and ETS delta.

    p is of this item alone; `classify` weighs all items' together. None where no stratum holds both groups and both
    answers, or the ratio is 0 or without bound. reference, focal: people who answered.
    """

    chi_square: float | None
    p: float | None
    odds_ratio: float | None
    delta: float | None
    reference: int
    focal: int


def mantel_haenszel(right: FloatArray, focal: BoolArray, matching: FloatArray) -> MantelHaenszel:
    """Compare two groups on one item within strata of equal matching score.

    right: 1, 0 or NaN where not administered; focal: who belongs to the focal group; matching: one score a person. The
    chi-square has the continuity correction of one half. Source: Holland & Thayer (1988).
    """
    seen = ~np.isnan(right)
    right, focal, matching = right[seen] == 1.0, focal[seen], matching[seen]
    ahead = expected = variance = over = under = 0.0
    for score in np.unique(matching):
        here = matching == score
        n, in_focal, correct = int(here.sum()), int((here & focal).sum()), int((here & right).sum())
        reference = n - in_focal
        if n < 2 or reference == 0 or in_focal == 0:
            continue
        a = int((here & right & ~focal).sum())
        ahead += a
        expected += reference * correct / n
        variance += reference * in_focal * correct * (n - correct) / (n * n * (n - 1))
        over += a * (in_focal - (correct - a)) / n
        under += (reference - a) * (correct - a) / n
    counts = int((~focal).sum()), int(focal.sum())
    if variance <= 0.0:
        return MantelHaenszel(None, None, None, None, *counts)
    chi_square = (abs(ahead - expected) - 0.5) ** 2 / variance
    ratio = over / under if under > 0 else None
    delta = DELTA_SCALE * math.log(ratio) if ratio else None
    return MantelHaenszel(chi_square, chi_square_p(chi_square), ratio, delta, *counts)


def benjamini_hochberg(p_values: Sequence[float | None]) -> list[float | None]:
    """p values adjusted so that a cut at q expects at most the share q of false discoveries; None stays None.

    Source: Benjamini & Hochberg (1995).
    """
    known = sorted((p, at) for at, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    lowest = 1.0
    for rank in range(len(known), 0, -1):
        p, at = known[rank - 1]
        lowest = min(lowest, p * len(known) / rank)
        adjusted[at] = lowest
    return adjusted


def classify(found: Sequence[MantelHaenszel]) -> list[DifClass | None]:
    """The class of each item: A negligible, B moderate, C large; None where undefined.

    C: |delta| of at least 1.5 and significant with the items taken together; A: below 1 or not significant. Source:
    Zieky (1993), classes of the Educational Testing Service.
    """
    adjusted = benjamini_hochberg([one.p for one in found])
    return [_class(one, p) for one, p in zip(found, adjusted, strict=True)]


def _class(one: MantelHaenszel, p: float | None) -> DifClass | None:
    if min(one.reference, one.focal) < FEWEST_PER_GROUP:
        return "insufficient"
    if p is None:
        return None
    size = math.inf if one.delta is None else abs(one.delta)
    if size < _NEGLIGIBLE or p >= SIGNIFICANCE:
        return "A"
    return "C" if size >= _LARGE else "B"
