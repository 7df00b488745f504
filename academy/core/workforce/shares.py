"""Two published counts, one of which lies within the other, turned into a share with its interval."""

from __future__ import annotations

from dataclasses import dataclass

from academy.core.measurement.intervals import Z_80, wilson
from academy.core.workforce.suppression import FEWEST_FOR_A_RATE, ROUNDED_TO, Published

_HALF = ROUNDED_TO // 2


@dataclass(frozen=True, slots=True)
class Share:
    """A share of people [0, 1] and an 80 % interval; all None where it is hidden, or not known."""

    value: float | None
    low: float | None = None
    high: float | None = None
    suppressed: bool = False


def share(part: Published, whole: Published) -> Share:
    """The share of published counts [persons], so that it tells nothing about hidden ones.

    Hidden where either is, or where `whole` is fewer than 20; not known of nobody. The interval is Wilson's, with what rounding took
    from both counts.
    """
    if part.suppressed or whole.suppressed:
        return Share(None, suppressed=True)
    if part.value is None or not whole.value:
        return Share(None)
    if whole.value < FEWEST_FOR_A_RATE:
        return Share(None, suppressed=True)
    value = min(1.0, part.value / whole.value)
    least = part.value - _HALF if part.value else 0.0
    most = part.value + _HALF if part.value else 0.0
    low, high = _end(least, whole.value + _HALF, 0), _end(most, whole.value - _HALF, 1)
    return Share(round(value, 4), round(min(low, value), 4), round(max(high, value), 4))


def apart(one: Share, other: Share) -> bool | None:
    """Whether the intervals of two shares do not meet; None where one has none."""
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return None
    return one.high < other.low or other.high < one.low


def _end(part: float, whole: float, side: int) -> float:
    found = wilson(min(1.0, part / whole), whole, z=Z_80)
    assert found is not None, "a share of 18 people or more"
    return found[side]
