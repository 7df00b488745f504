"""The shares of a question's points that Moodle knows, and written shares turned into them."""

from __future__ import annotations

import math

_LISTED = (
    1, 9 / 10, 5 / 6, 4 / 5, 3 / 4, 7 / 10, 2 / 3, 3 / 5, 1 / 2, 2 / 5, 1 / 3, 3 / 10, 1 / 4, 1 / 5, 1 / 6, 1 / 7, 1 / 8, 1 / 9, 1 / 10,
    1 / 20, 0,
)  # fmt: skip
FRACTIONS: tuple[float, ...] = tuple(sorted({float(sign * share) + 0.0 for share in _LISTED for sign in (1, -1)}))
"""Moodle's list, from −1 to 1, lowest first; a third is a third. Source: question_bank::fraction_options_full in Moodle."""

_SAME = 0.0001  # 33.33% is a third, and nobody needs to hear of it


def read_percent(text: str) -> float | None:
    """`33.333` or `33,3 %` as a share, −1 to 1; None where it is no number or lies beyond."""
    try:
        value = float(text.strip().removesuffix("%").strip().replace(",", ".")) / 100
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) <= 1 else None


def nearest(share: float) -> tuple[float, bool]:
    """The share of Moodle's list that is nearest, and whether that is another one than was written."""
    found = min(FRACTIONS, key=lambda listed: abs(listed - share))
    return found, abs(found - share) > _SAME


def percent(share: float) -> str:
    """A share as Moodle writes it: 33.33333."""
    return f"{round(share * 100, 5) + 0.0:.7g}"
