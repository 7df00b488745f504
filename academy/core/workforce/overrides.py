"""Own counts for any role, state or sector, set into the model's cells: the most specific wins, what is left of a coarser one is spread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from academy.core.workforce.draws import FloatArray

Kind = Literal["need", "workforce", "employment", "vacancies"]
KINDS: tuple[Kind, ...] = ("need", "workforce", "employment", "vacancies")
UNITS: Mapping[Kind, str] = {"need": "persons", "workforce": "persons", "employment": "persons", "vacancies": "posts"}
_CLOSE = 1e-9
_TINY = 1e-12
# Less than this is nobody: scaling it up would say nothing, and overflow.
_NOBODY = 1e-30
_STILL = 1e-6
"""Rows of one level that cannot all hold come to a standstill: so little does the largest factor change from turn to turn."""

_ROUNDS, _ROUNDS_DRAWN = 200, 20
"""Most turns that rows of one level take where they cross, for the most likely numbers and for draws of them."""

Box = tuple[slice, slice, slice]
"""Which roles, states and sectors a row speaks of: one of each, or all."""


@dataclass(frozen=True, slots=True)
class Override:
    """What somebody counted [persons or posts] for a role, a state and a sector; "" is all of them."""

    kind: Kind
    role: str
    state: str
    sector: str
    low: float
    mode: float
    high: float
    source: str
    year: int
    grade: str

    @property
    def place(self) -> tuple[Kind, str, str, str]:
        """What it is about; of two rows about the same, the later counts."""
        return self.kind, self.role, self.state, self.sector

    @property
    def level(self) -> int:
        """How specific it is: 3 a role in a sector of a state, 0 everything."""
        return sum(map(bool, (self.role, self.state, self.sector)))


@dataclass(frozen=True, slots=True)
class Axes:
    """The roles, states and sectors of a cube, in its order."""

    roles: Sequence[str]
    states: Sequence[str]
    sectors: Sequence[str]

    def box(self, row: Override) -> Box:
        """The cells that a row speaks of. Raises ValueError for a role, state or sector that the cube does not have."""
        return _slice(self.roles, row.role), _slice(self.states, row.state), _slice(self.sectors, row.sector)


@dataclass(frozen=True, slots=True)
class Unmet:
    """A row that does not hold after all were set: more specific rows, or others of its level, say otherwise."""

    row: Override
    found: float


@dataclass(frozen=True, slots=True)
class Reconciled:
    """A cube with own counts set into it, shape (…, R, S, J); which cells they set; and the rows that do not hold."""

    cube: FloatArray
    known: npt.NDArray[np.bool_]
    unmet: tuple[Unmet, ...] = field(default=())


def in_force(rows: Iterable[Override]) -> list[Override]:
    """Of rows about the same, the last one."""
    return list({row.place: row for row in rows}.values())


def seeded(model: FloatArray, axes: Axes, rows: Sequence[Override]) -> FloatArray:
    """The model with something to spread by where it has nothing: a role without a share takes the mix of all roles together.

    It is as small as no matter: its cells are set by the row that asked for them.
    """
    found = model.copy()
    mix = model.sum(axis=-3)
    for row in rows:
        roles, states, sectors = axes.box(row)
        if row.role:
            cells = found[..., roles, states, sectors]
            found[..., roles, states, sectors] = np.where(cells > 0, cells, _TINY * mix[..., None, states, sectors])
    return found


def reconcile(model: FloatArray, axes: Axes, rows: Sequence[Override], values: FloatArray | None = None) -> Reconciled:
    """Own counts set into the model's cells. The most specific wins; the rest keeps the model's proportions.

    model: (R, S, J), or (D, R, S, J) with `values` (D, rows), a draw of each row's count; without, their most likely ones.
    Level by level, from a role in a sector of a state up to the nation, the cells that no more specific row has set are scaled
    until every row of the level holds, in turns where rows of one level cross (iterative proportional fitting). What several
    rows together do not allow is left unmet and told.
    """
    wanted = np.array([row.mode for row in rows]) if values is None else values
    cube, boxes = seeded(model, axes, rows), [axes.box(row) for row in rows]
    known = np.zeros(cube.shape[-3:], dtype=np.bool_)
    for level in (3, 2, 1, 0):
        here, last = _groups(cube, known, axes, rows, wanted, level), np.inf
        for _ in range(_ROUNDS if values is None else _ROUNDS_DRAWN):
            far = max((_scale(group) for group in here), default=0.0)
            if far <= _CLOSE or abs(last - far) <= _STILL * far:
                break
            last = far
        for row, box in zip(rows, boxes, strict=True):
            if row.level == level:
                known[box] = True
    return Reconciled(cube, known, () if values is not None else tuple(_unmet(cube, boxes, rows)))


@dataclass(frozen=True, slots=True)
class _Group:
    """Rows that speak of the same dimensions, each of a place of its own, so that none touches another's cells.

    cube: the cube with those dimensions last, a view; where: the rows' places in them; free: their cells that are not known yet,
    (…, N); left_over: what every row leaves for these, (…, N).
    """

    cube: FloatArray
    where: tuple[Any, ...]
    free: npt.NDArray[np.bool_]
    left_over: FloatArray
    summed: tuple[int, ...]


def _groups(
    cube: FloatArray, known: npt.NDArray[np.bool_], axes: Axes, rows: Sequence[Override], wanted: FloatArray, level: int
) -> list[_Group]:
    """A level's rows by the dimensions that they speak of. Those of roles come last, so where not all can hold, these do."""
    found: dict[tuple[int, ...], list[int]] = {}
    for index, row in enumerate(rows):
        if row.level == level:
            found.setdefault(tuple(at for at, name in enumerate((row.role, row.state, row.sector)) if name), []).append(index)
    return [
        _group(cube, known, axes, [rows[index] for index in members], wanted[..., members], at)
        for at, members in sorted(found.items(), reverse=True)
    ]


def _group(
    cube: FloatArray, known: npt.NDArray[np.bool_], axes: Axes, rows: Sequence[Override], wanted: FloatArray, dimensions: tuple[int, ...]
) -> _Group:
    boxes = [axes.box(row) for row in rows]
    where: tuple[Any, ...] = (..., *(np.array([box[at].start for box in boxes]) for at in dimensions)) if dimensions else (..., None)
    moved, to = [at - 3 for at in dimensions], range(-len(dimensions), 0)
    cells, free = np.moveaxis(cube, moved, to), ~np.moveaxis(known, moved, to)[where]
    over = tuple(range(len(dimensions) - 4, -1))
    left_over = np.maximum(0.0, wanted - cells[where].sum(axis=over, where=~free))
    return _Group(cells, where, free, left_over, over)


def _scale(group: _Group) -> float:
    """Scale the free cells of every row, so that all of its cells hold what it says; returns the largest factor's distance from 1."""
    cells = group.cube[group.where]
    left = cells.sum(axis=group.summed, where=group.free)
    factor = np.divide(group.left_over, left, out=np.ones_like(left), where=left > _NOBODY)
    np.multiply(cells, np.expand_dims(factor, group.summed), out=cells, where=group.free)
    group.cube[group.where] = cells
    return float(np.abs(factor - 1.0).max())


def _unmet(cube: FloatArray, boxes: Sequence[Box], rows: Sequence[Override]) -> Iterable[Unmet]:
    for box, row in zip(boxes, rows, strict=True):
        found = float(cube[box].sum())
        if abs(found - row.mode) > max(0.5, 1e-6 * row.mode):
            yield Unmet(row, found)


def _slice(names: Sequence[str], name: str) -> slice:
    if not name:
        return slice(None)
    at = list(names).index(name)
    return slice(at, at + 1)
