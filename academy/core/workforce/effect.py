"""Own counts turned into what they change: cells and totals before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from academy.core.framework import Framework
from academy.core.workforce.counts import Cubes, cubes, model_of, summed, without_unknown
from academy.core.workforce.cube import bottom_up
from academy.core.workforce.overrides import KINDS, Kind, Override, Reconciled, Unmet

Place = tuple[Kind, str, str, str]
"""What is counted, and where: kind, role, state, sector; "" is summed over."""

_MOVED = 0.5
"""A change of less than this many persons or posts is none."""


@dataclass(frozen=True, slots=True)
class Change:
    """A number of a place before and after [persons or posts]; None where it is not known."""

    place: Place
    before: float | None
    after: float | None

    @property
    def moved(self) -> bool:
        """Whether it is another number afterwards."""
        if self.before is None or self.after is None:
            return self.before is not self.after
        return abs(self.after - self.before) >= _MOVED

    @property
    def size(self) -> float:
        """How much it moves [persons or posts]."""
        return abs((self.after or 0.0) - (self.before or 0.0))


@dataclass(frozen=True, slots=True)
class Effect:
    """What other own counts would change: places that a row speaks of, totals of the nation, all others that move, by kind the largest
    first, and what cannot hold."""

    spoken: tuple[Change, ...]
    totals: tuple[Change, ...]
    others: tuple[Change, ...]
    unmet: tuple[Unmet, ...]

    def at(self, kind: Kind) -> Change:
        """The change of a kind's total of the nation."""
        return next(change for change in (*self.spoken, *self.totals) if change.place == (kind, "", "", ""))


def effect(framework: Framework, before: Sequence[Override], after: Sequence[Override]) -> Effect:
    """What changes where the counts `after` replace those `before`."""
    old, new = _numbers(framework, before), _numbers(framework, after)
    differing = set(before) ^ set(after)
    places = dict.fromkeys(row.place for row in (*after, *before) if row in differing)
    spoken = [Change(place, _at(old, place), _at(new, place)) for place in places]
    nation = [Change((kind, "", "", ""), _at(old, (kind, "", "", "")), _at(new, (kind, "", "", ""))) for kind in KINDS]
    shown = {*places, *(change.place for change in nation)}
    margins = [Change(place, old.margins.get(place), new.margins.get(place)) for place in {**old.margins, **new.margins}]
    others = [change for change in margins if change.moved and change.place not in shown]
    others.sort(key=lambda change: (KINDS.index(change.place[0]), -change.size))
    unmet = [each for kind in KINDS for each in _of(new.cubes, kind).unmet]
    return Effect(tuple(spoken), tuple(change for change in nation if change.place not in places), tuple(others), tuple(unmet))


@dataclass(frozen=True, slots=True)
class _Numbers:
    cubes: Cubes
    seed: np.ndarray[tuple[int, ...], np.dtype[np.float64]]
    margins: dict[Place, float | None]


def _numbers(framework: Framework, own: Sequence[Override]) -> _Numbers:
    model = model_of(framework, own)
    seed = bottom_up(model.employment, model.rates, model.shares)
    found = cubes(framework, own)
    axes, margins = found.axes, dict[Place, float | None]()
    spots = [("", ""), *((state, "") for state in axes.states), *(("", sector) for sector in axes.sectors)]
    for kind in KINDS:
        cells = _of(found, kind)
        table = summed(cells.cube[None])[:, 0]
        if kind == "vacancies":
            table = without_unknown(table, cells, seed)
        roles = ("",) if kind == "employment" else ("", *axes.roles)
        for at, (state, sector) in enumerate(spots):
            for index, role in enumerate(roles):
                margins[kind, role, state, sector] = None if np.isnan(table[at, index]) else float(table[at, index])
    return _Numbers(found, seed, margins)


def _at(numbers: _Numbers, place: Place) -> float | None:
    """The number of any place, also of one state's sector."""
    kind, role, state, sector = place
    if place in numbers.margins:
        return numbers.margins[place]
    if role and role not in numbers.cubes.axes.roles:
        return None if kind == "vacancies" else 0.0
    box = numbers.cubes.axes.box(Override(kind, "" if kind == "employment" else role, state, sector, 0, 0, 0, "", 0, ""))
    cells = _of(numbers.cubes, kind)
    if kind == "vacancies" and (numbers.seed[box] * ~cells.known[box]).sum() > _MOVED * 1e-6:
        return None
    return float(cells.cube[box].sum())


def _of(found: Cubes, kind: Kind) -> Reconciled:
    return {"need": found.need, "workforce": found.workforce, "vacancies": found.vacancies, "employment": found.employment}[kind]
