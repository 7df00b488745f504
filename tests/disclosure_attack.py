"""An attack on published counts: everything that can be added up, as a linear programme written apart from the product's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

Cell = tuple[str, str, str, str]
"""Role, state, sector, metric; "" where summed over."""

NESTED = (
    ("active", "enrolled"),
    ("proficient", "enrolled"),
    ("ever_ready", "enrolled"),
    ("ready", "proficient"),
    ("ready", "ever_ready"),
    ("became_ready", "ever_ready"),
)


PARTED = {"entered": ("finished", "stalled"), "stopped": ("missed",)}
"""Of a module and a question: what these are made of, beside those of whom nothing is published."""
ONCE = ("stalled", "stopped")
"""Everybody enrolled is in one of these at most."""


class Attack:
    """All equations and bounds that follow from one publication, or from two of which the counts are taken to be alike."""

    def __init__(self) -> None:
        self.columns: dict[Any, int] = {}
        self.low: list[float] = []
        self.high: list[float] = []
        self.equal: list[dict[int, float]] = []
        self.below: list[dict[int, float]] = []

    def learn(self, shown: Mapping[Cell, float | None], min_cell: int, day: str = "", same: Iterable[Cell] = ()) -> None:
        """Add a publication: None is hidden. Cells in `same` are those of the publication learnt before."""
        shared = set(same)

        def column(cell: Cell, low: float = 0.0, high: float = np.inf) -> int:
            name = cell if cell in shared else (day, cell)
            if name not in self.columns:
                self.columns[name] = len(self.low)
                self.low.append(low)
                self.high.append(high)
            at = self.columns[name]
            self.low[at], self.high[at] = max(self.low[at], low), min(self.high[at], high)
            return at

        for cell, value in shown.items():
            column(cell, *possible_alone(value, min_cell))
        for role, state, sector, metric in shown:
            if not state and not sector:
                self._sum(column, (role, "", "", metric), [c for c in shown if c[0] == role and c[3] == metric and c[1]])
                self._sum(column, (role, "", "", metric), [c for c in shown if c[0] == role and c[3] == metric and c[2]])
            if not role:
                parts = [c for c in shown if c[0] and c[1:] == (state, sector, metric)]
                self._sum(column, (role, state, sector, metric), [*parts, ("nobody's", state, sector, metric)])
            whole, split, part = metric.partition(":")
            if not split:
                parts = [c for c in shown if c[:3] == (role, state, sector) and c[3].startswith(f"{metric}:")]
                self._sum(column, (role, state, sector, metric), parts)
            if whole in PARTED:
                parts = [(role, state, sector, f"{each}:{part}") for each in PARTED[whole]]
                self._sum(column, (role, state, sector, metric), [*parts, ("the rest", state, sector, metric)])
            if whole == "entered" and ("", "", "", "enrolled") in shown:
                self.below.append({column(("", "", "", metric)): 1.0, column(("", "", "", "enrolled")): -1.0})
            if metric == "enrolled" and not (role or state or sector):
                for each in ONCE:
                    parts = [c for c in shown if c[3].startswith(f"{each}:")]
                    self._sum(column, (role, state, sector, metric), [*parts, ("the others", state, sector, each)])
            for inner, outer in ((f"{one}{split}{part}", f"{two}{split}{part}") for one, two in NESTED):
                if metric == inner:
                    self.below.append({column((role, state, sector, inner)): 1.0, column((role, state, sector, outer)): -1.0})

    def _sum(self, column: Any, total: Cell, parts: list[Cell]) -> None:
        if not parts:  # of a count that is not split nothing follows
            return
        row = {column(part): -1.0 for part in parts}
        row[column(total)] = 1.0
        self.equal.append(row)

    def interval(self, name: Any) -> tuple[float, float]:
        """The least and the largest value of a count."""
        at = self.columns[name]
        ends = []
        for sign in (1.0, -1.0):
            cost = np.zeros(len(self.low))
            cost[at] = sign
            answer = self._solve(cost)
            ends.append(-np.inf * sign if answer is None else answer[at])
        return ends[0], ends[1]

    def agrees(self) -> bool:
        """Whether any counts agree with all of it."""
        answer = linprog(np.zeros(len(self.low)), **self._system())
        return bool(answer.status == 0)

    def _solve(self, cost: Any) -> Any:
        answer = linprog(cost, **self._system())
        assert answer.status in (0, 3), answer.message
        return None if answer.status == 3 else answer.x

    def _system(self) -> dict[str, Any]:
        width = len(self.low)
        return {
            "A_eq": _matrix(self.equal, width),
            "b_eq": np.zeros(len(self.equal)),
            "A_ub": _matrix(self.below, width),
            "b_ub": np.zeros(len(self.below)),
            "bounds": list(zip(self.low, self.high, strict=True)),
        }


def possible_alone(value: float | None, min_cell: int) -> tuple[float, float]:
    """What a published count says by itself."""
    if value is None:
        return 1.0, np.inf
    return (max(value - 2, min_cell), value + 2) if value else (0.0, 0.0)


def integers(interval: tuple[float, float]) -> float:
    """How many whole numbers lie within."""
    low, high = interval
    return np.inf if np.isinf(high) else np.floor(high + 1e-6) - np.ceil(low - 1e-6) + 1


def narrowed(shown: Mapping[Cell, float | None], min_cell: int) -> list[Cell]:
    """Hidden cells of one publication of which fewer than 5 whole numbers are possible."""
    attack = Attack()
    attack.learn(shown, min_cell)
    return [cell for cell, value in shown.items() if value is None and integers(attack.interval(("", cell))) < 5]


def narrowed_by_both(before: Mapping[Cell, float | None], now: Mapping[Cell, float | None], min_cell: int) -> tuple[list[Any], int]:
    """The same of two publications, and for how many metrics the attacker's belief that nothing else changed can be held.

    For each metric, every count that the two publications do not prove to have changed is taken to be the same in both.
    """
    found: list[Any] = []
    held = 0
    for metric in {_whole(cell) for cell in now}:
        first = {cell: value for cell, value in before.items() if _whole(cell) == metric}
        second = {cell: value for cell, value in now.items() if _whole(cell) == metric}
        same = {cell for cell in first if _may_be_one(first[cell], second[cell], min_cell)}
        same |= {("nobody's", *cell[1:]) for cell in first if not cell[0]}
        attack = Attack()
        attack.learn(first, min_cell, "before", same)
        attack.learn(second, min_cell, "now", same)
        if not attack.agrees():
            continue
        held += 1
        for cell in first:
            # What a count of 10 said in the open the day before is not a secret of today.
            public = first[cell] is not None and integers(possible_alone(first[cell], min_cell)) < 5
            names = {cell} if cell in same else {("before", cell), ("now", cell)}
            hidden = first[cell] is None or second[cell] is None
            for name in names:
                is_hidden = hidden if name == cell else (first if name[0] == "before" else second)[cell] is None
                if is_hidden and not public and integers(attack.interval(name)) < 5:
                    found.append(name)
    return found, held


def _whole(cell: Cell) -> str:
    """The metric that a cell's is a part of, `ready` for `ready:es`."""
    found = cell[3].partition(":")[0]
    return next((whole for whole, parts in PARTED.items() if found in parts), found)


def _may_be_one(first: float | None, second: float | None, min_cell: int) -> bool:
    (low, high), (other_low, other_high) = possible_alone(first, min_cell), possible_alone(second, min_cell)
    return max(low, other_low) <= min(high, other_high)


def _matrix(rows: list[dict[int, float]], width: int) -> Any:
    if not rows:
        return np.zeros((0, width))
    entries = [(index, column, weight) for index, row in enumerate(rows) for column, weight in row.items()]
    at, columns, weights = zip(*entries, strict=True)
    return coo_array((weights, (at, columns)), shape=(len(rows), width))
