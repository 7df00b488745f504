"""Seats turned into people placed, and into the cells whose need they would cover most of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from academy.core.workforce.gap import coverage, shortage_left
from academy.core.workforce.suppression import FEWEST_FOR_A_RATE


@dataclass(frozen=True, slots=True)
class Cell:
    """A work role in a state: people needed and in the field [persons]."""

    role: str
    state: str
    need: float
    workforce: float


@dataclass(frozen=True, slots=True)
class Gain:
    """What people who find a post do to a cell: missing after that [persons], and coverage won [-]."""

    cell: Cell
    left: float
    won: float


def placed(seats: float, *, completion: float, placement: float) -> float:
    """People in a post after all have finished [persons]; completion and placement are shares."""
    return seats * completion * placement


def gains(cells: Sequence[Cell], people: float, count: int) -> tuple[Gain, ...]:
    """The cells that win most coverage from so many people, among those where as many are missing, so that nobody is in vain.

    Cells where fewer than 20 are needed are left out: no coverage is published of them. Ties go to the larger need.
    """
    found = [_gain(cell, people) for cell in cells if cell.need >= max(FEWEST_FOR_A_RATE, cell.workforce + people)]
    return tuple(sorted(found, key=lambda gain: (-round(gain.won, 4), -gain.cell.need, gain.cell.role, gain.cell.state))[:count])


def _gain(cell: Cell, people: float) -> Gain:
    before, after = coverage(cell.need, cell.workforce) or 0.0, coverage(cell.need, cell.workforce, people) or 0.0
    return Gain(cell, shortage_left(cell.need, cell.workforce, people), after - before)
