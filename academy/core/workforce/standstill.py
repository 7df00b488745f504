"""When a learner counts as stuck, and what standing still in a module costs in people who become ready."""

from __future__ import annotations

from datetime import timedelta

from academy.core.measurement.readiness import LAPSED_DAYS
from academy.core.workforce.shares import Share

SILENT_DAYS = 14
"""From so many days without activity on, somebody is stuck."""
FAILED_TIMES = 2
"""Or from so many failures in a row on at the quiz of a module."""

MONTHS = (LAPSED_DAYS - SILENT_DAYS) / 30.4375
"""Over how many months those stopped who are silent and have not lapsed yet."""


def silent(silence: timedelta) -> bool:
    """Whether somebody has been silent long enough to be stuck."""
    return silence >= timedelta(days=SILENT_DAYS)


def failing(failures: int) -> bool:
    """Whether a quiz was failed so often in a row that somebody is stuck in its module."""
    return failures >= FAILED_TIMES


def lost_per_month(stalled: Share, entered: float, completion: Share) -> Share:
    """People a month who would have become ready had those who stand still gone on like everybody: stalled × entered / months × completion.

    stalled: of those who `entered` [persons]; completion: of those enrolled, who were ever ready. The low end has both at theirs, the high
    end likewise. Hidden or not known with either share.
    """
    if stalled.suppressed or completion.suppressed:
        return Share(None, suppressed=True)
    if None in (stalled.value, stalled.low, stalled.high, completion.value, completion.low, completion.high):
        return Share(None)
    pairs = ((stalled.value, completion.value), (stalled.low, completion.low), (stalled.high, completion.high))
    value, low, high = (round(one * other * entered / MONTHS, 2) for one, other in pairs)  # type: ignore[operator]  # looked at above
    return Share(value, low, high)
