"""What is published about counts turned into what somebody can still think possible for each hidden one, by linear programmes."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from academy.core.workforce.draws import FloatArray
from academy.core.workforce.known import Bounds, Key, Knowledge, Sum

_TINY = 1e-6
_ENOUGH = 0.9
"""Counts are pushed all together as long as that leaves fewer than this share of them."""
_EFFORT = 30_000
"""Counts solved one by one, times the size of the programme; those beyond are taken to be exposed."""
_FIRMER = 1.01
"""What a change costs where none was believed before, beside 1 elsewhere."""
_HOPELESS = 20
"""With more left than this many times those that may be solved, none is."""


@dataclass(frozen=True, slots=True)
class Before:
    """A count of the publication before, where it is not the same as today's."""

    key: Key


def possible(known: Knowledge, key: Key) -> Bounds:
    """The least and the largest value of a count that agree with everything published. Raises ValueError where none does."""
    programme = _Programme(known)
    return Bounds(programme.least(key), programme.most(key))


def limiting(known: Knowledge, key: Key) -> tuple[dict[Key, float], dict[Key, float]]:
    """The counts whose own least, and those whose own largest value keeps a count from being smaller or larger than it can be.

    With each, how much one person more or less would give: the marginal of its bound in the programme.
    """
    programme = _Programme(known)
    least: dict[Key, float] = {}
    most: dict[Key, float] = {}
    for sign in (1.0, -1.0):
        low, high = programme.marginals(key, sign)
        for found, one in ((least, low), (most, high)):
            found.update({each: max(weight, found.get(each, 0.0)) for each, weight in one.items()})
    return least, most


def narrow(known: Knowledge, keys: Collection[Key], *, least: int, proven: bool = False) -> list[Key]:
    """Those of `keys` that can be narrowed down to fewer than `least` whole numbers.

    Any point that agrees with everything published widens what is possible for every count at once, so nearly all are
    cleared without a programme of their own: first by programmes that push all together, then by such as share no sum. What is left
    is solved one by one, exactly, as far as that is not too dear; what would be is returned too, as if it were narrowed down;
    not so if only those are asked for that are `proven` to be.
    """
    programme = _Programme(known)
    found = [key for key in keys if not programme.free(key)]
    seen: dict[Key, Bounds] = {}
    left = [key for key in keys if programme.free(key)]
    pending: list[Key] = []
    while left and (not pending or len(left) < _ENOUGH * len(pending)):
        pending = left
        left = _pushed(programme, pending, pending, seen, least)
    solvable = _EFFORT // max(1, programme.size)
    if len(left) > _HOPELESS * solvable:
        solvable = 0
    while left and solvable > 0:
        group = _sharing_no_sum(left, known)[:solvable]
        left = _pushed(programme, group, left, seen, least)
        stuck = set(group).intersection(left)
        found += [key for key in group if key in stuck and Bounds(programme.least(key), programme.most(key)).integers < least]
        left = [key for key in left if key not in stuck]
        solvable -= max(1, len(stuck))
    return found if proven else found + left


def _pushed(programme: _Programme, group: Sequence[Key], keys: list[Key], seen: dict[Key, Bounds], least: int) -> list[Key]:
    """Push a group to both sides; those of `keys` that are not wide enough after it."""
    for point in programme.pushed(group, seen, least - 1.0):
        for key in keys:
            value, old = point(key), seen.get(key)
            seen[key] = Bounds(min(value, old.low), max(value, old.high)) if old else Bounds(value, value)
    return [key for key in keys if seen[key].integers < least]


def _sharing_no_sum(keys: Iterable[Key], known: Knowledge) -> list[Key]:
    """The first of `keys`, and each further one that is in no sum with one chosen already."""
    sums: dict[Key, list[int]] = {}
    for index, each in enumerate(known.sums):
        for key in (each.total, *each.parts):
            sums.setdefault(key, []).append(index)
    taken: set[int] = set()
    chosen = []
    for key in keys:
        if taken.isdisjoint(sums.get(key, ())):
            taken.update(sums.get(key, ()))
            chosen.append(key)
    return chosen


def joined(now: Knowledge, before: Knowledge, same: Collection[Key]) -> Knowledge:
    """What two successive publications say together to somebody who believes that the counts in `same` did not change.

    Counts of the publication before that are not among them are called `Before(key)`.
    """
    names: dict[Key, Key] = {Before(key): key for key in same}
    bounds = dict(now.bounds)
    for key, old in before.bounds.items():
        if key in same:
            bounds[key] = Bounds(max(old.low, bounds[key].low), min(old.high, bounds[key].high))
        else:
            bounds[Before(key)] = old
    apart = _apart(now, before)
    return Knowledge(bounds, tuple(_renamed(each, names) for each in apart.sums), _renamed_orders(apart.orders, names))


def unchanged(now: Knowledge, before: Knowledge, believed: Collection[Key] = ()) -> frozenset[Key]:
    """The counts that need not have changed between two publications, where as little changed in all as they allow.

    A programme finds the smallest change; of several, one that keeps what was `believed` to be the same.
    """
    alike = [key for key, bounds in before.bounds.items() if key in now.bounds and bounds.meets(now.bounds[key])]
    return frozenset(_Programme(_apart(now, before)).unchanged(alike, believed))


def _apart(now: Knowledge, before: Knowledge) -> Knowledge:
    return Knowledge(
        {**now.bounds, **{Before(key): bounds for key, bounds in before.bounds.items()}},
        (*now.sums, *(Sum(Before(each.total), tuple(Before(part) for part in each.parts)) for each in before.sums)),
        (*now.orders, *((Before(small), Before(large)) for small, large in before.orders)),
    )


def _renamed(found: Sum, names: Mapping[Key, Key]) -> Sum:
    return Sum(names.get(found.total, found.total), tuple(names.get(part, part) for part in found.parts))


def _renamed_orders(orders: Iterable[tuple[Key, Key]], names: Mapping[Key, Key]) -> tuple[tuple[Key, Key], ...]:
    return tuple((names.get(small, small), names.get(large, large)) for small, large in orders)


class _Programme:
    """The knowledge as a sparse system: equations, orders and bounds of the counts that are not fixed."""

    def __init__(self, known: Knowledge) -> None:
        self._fixed = {key: bounds.low for key, bounds in known.bounds.items() if bounds.low == bounds.high}
        self._keys = [key for key in known.bounds if key not in self._fixed]
        self._at = {key: index for index, key in enumerate(self._keys)}
        self._bounds = [(known.bounds[key].low, _limit(known.bounds[key].high)) for key in self._keys]
        equal = [self._row(((each.total, 1.0), *((part, -1.0) for part in each.parts))) for each in known.sums]
        below = [self._row(((small, 1.0), (large, -1.0))) for small, large in known.orders]
        self._equal = _distinct(row for row in equal if row[0])
        self._below = _distinct(row for row in below if row[0])

    @property
    def size(self) -> int:
        """How many counts are not fixed."""
        return len(self._keys)

    def free(self, key: Key) -> bool:
        """Whether more than one value is open before any sum is looked at."""
        return key not in self._fixed

    def least(self, key: Key) -> float:
        """The least possible value of a count."""
        return self._extreme(key, 1.0)

    def most(self, key: Key) -> float:
        """Its largest; infinite where nothing limits it."""
        return -self._extreme(key, -1.0)

    def marginals(self, key: Key, sign: float) -> tuple[dict[Key, float], dict[Key, float]]:
        """Counts at their least and at their largest value that hold the extreme of a count; none where it has no bound."""
        if not self.free(key):
            return {}, {}
        answer = self._answer(self._towards(key, sign), [], [], [])
        if answer.status == 3:
            return {}, {}
        sides = (np.abs(answer.lower.marginals), np.abs(answer.upper.marginals))
        low, high = ({self._keys[index]: float(side[index]) for index in np.flatnonzero(side > _TINY)} for side in sides)
        return low, high

    def pushed(self, keys: Sequence[Key], seen: Mapping[Key, Bounds], width: float) -> Iterator[Callable[[Key], float]]:
        """Two possible points: one where these counts are large together, one where they are small.

        None is pushed further than `width` [persons] from what was `seen` of it on the other side.
        """
        size, columns = len(self._keys), [self._at[key] for key in keys]
        lows = [seen[key].low if key in seen else self._bounds[self._at[key]][0] for key in keys]
        rows = [((column, -1.0), (size + index, 1.0)) for index, column in enumerate(columns)]
        caps: list[Any] = [(None, low + width) for low in lows]
        high = self._solve(self._cost(len(keys), -1.0), rows, [0.0] * len(rows), caps)
        yield lambda key: self._value(high, key)
        highs = [max(float(high[column]), seen[key].high if key in seen else -math.inf) for key, column in zip(keys, columns, strict=True)]
        rows = [((column, 1.0), (size + index, -1.0)) for index, column in enumerate(columns)]
        low = self._solve(self._cost(len(keys), 1.0), rows, [0.0] * len(rows), [(most - width, None) for most in highs])
        yield lambda key: self._value(low, key)

    def _value(self, point: FloatArray, key: Key) -> float:
        return self._fixed[key] if key in self._fixed else float(point[self._at[key]])

    def _cost(self, extra: int, weight: float) -> FloatArray:
        return np.concatenate([np.zeros(len(self._keys)), np.full(extra, weight)])

    def unchanged(self, keys: Collection[Key], believed: Collection[Key]) -> set[Key]:
        """Counts equal to those of the publication before where the sum of all changes is smallest; rather those `believed` to be."""
        free = [key for key in keys if self.free(key) or self.free(Before(key))]
        fixed = set(keys).difference(free)
        if not free:
            return fixed
        size = len(self._keys)
        rows, limits = [], []
        for index, key in enumerate(free):
            for sign in (1.0, -1.0):  # the change is at least the difference, either way round
                row, constant = self._row(((key, sign), (Before(key), -sign)))
                rows.append((*row, (size + index, -1.0)))
                limits.append(constant)
        cost = np.concatenate([np.zeros(size), [_FIRMER if key in believed else 1.0 for key in free]])
        point = self._solve(cost, rows, limits, [(0.0, None)] * len(free))
        return fixed | {key for index, key in enumerate(free) if point[size + index] < _TINY}

    def _extreme(self, key: Key, sign: float) -> float:
        if key in self._fixed:
            return sign * self._fixed[key]
        point = self._solve(self._towards(key, sign), [], [], [])
        return -math.inf if point.size == 0 else sign * float(point[self._at[key]])

    def _towards(self, key: Key, sign: float) -> FloatArray:
        cost = np.zeros(len(self._keys))
        cost[self._at[key]] = sign
        return cost

    def _row(self, terms: Iterable[tuple[Key, float]]) -> tuple[tuple[tuple[int, float], ...], float]:
        """Weights of the free counts, and the constant on the other side."""
        constant, row = 0.0, []
        for key, weight in terms:
            if key in self._fixed:
                constant -= weight * self._fixed[key]
            else:
                row.append((self._at[key], weight))
        return tuple(row), constant

    def _solve(self, cost: FloatArray, rows: list[Any], limits: list[float], bounds: list[Any]) -> FloatArray:
        """The cheapest point; empty where the cost has no bottom."""
        answer = self._answer(cost, rows, limits, bounds)
        return np.zeros(0) if answer.status == 3 else np.asarray(answer.x, dtype=np.float64)

    def _answer(self, cost: FloatArray, rows: list[Any], limits: list[float], bounds: list[Any]) -> Any:
        """The solver's answer, of status 3 where the cost has no bottom. Raises ValueError where there is no point at all."""
        from scipy.optimize import linprog  # only publishing needs it, and it is slow to load

        width = cost.size
        below = [row for row, _ in self._below] + rows
        ends = [constant for _, constant in self._below] + limits
        answer = linprog(
            cost,
            A_ub=_matrix(below, width) if below else None,
            b_ub=ends or None,
            A_eq=_matrix([row for row, _ in self._equal], width) if self._equal else None,
            b_eq=[constant for _, constant in self._equal] or None,
            bounds=[*self._bounds, *bounds],
            method="highs",
        )
        if answer.status not in (0, 3):
            raise ValueError(f"what is published contradicts itself: {answer.message}")
        return answer


def _matrix(rows: list[Any], width: int) -> Any:
    from scipy.sparse import csr_array

    lengths = np.cumsum([0, *(len(row) for row in rows)])
    columns = np.array([index for row in rows for index, _ in row], dtype=np.int64)
    weights = np.array([weight for row in rows for _, weight in row], dtype=np.float64)
    return csr_array((weights, columns, lengths), shape=(len(rows), width))


def _distinct(rows: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys(rows))


def _limit(high: float) -> float | None:
    return high if math.isfinite(high) else None
