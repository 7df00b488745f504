"""The model's cells of need, workforce and open posts with own counts set into them, summed over states and sectors, with their doubt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from academy.core.framework import Framework
from academy.core.workforce.cube import allocation, bottom_up, employment_cube, workforce_by_cell
from academy.core.workforce.draws import FloatArray, log_triangular_at
from academy.core.workforce.overrides import Axes, Kind, Override, Reconciled, reconcile

_CHUNK = 25
"""Draws that are worked out at once, so that a cube of them stays small."""


@dataclass(frozen=True, slots=True)
class Model:
    """What the cells are made of. employment [persons] and weights [-]: (S, J); rates [per 1,000]: (J,); shares [-]: (R,).

    Roles are those with a share, then those that only own counts name. workforce: national [persons].
    """

    axes: Axes
    employment: FloatArray
    weights: FloatArray
    rates: FloatArray
    shares: FloatArray
    workforce: float


@dataclass(frozen=True, slots=True)
class Chance:
    """Draws of what the cells are made of: rates (D, J) and shares (D, R)."""

    rates: FloatArray
    shares: FloatArray


@dataclass(frozen=True, slots=True)
class Margins:
    """Sums of cells by place and role: most likely (P, 1 + R) and drawn (P, D, 1 + R). All roles together first; NaN: not known."""

    value: FloatArray
    draws: FloatArray

    def at(self, place: int) -> Margins:
        """Those of one place."""
        return Margins(self.value[place], self.draws[place])


@dataclass(frozen=True, slots=True)
class Counts:
    """Need and people in the field [persons], and open posts [posts] where somebody counted any."""

    need: Margins
    workforce: Margins
    vacancies: Margins | None
    people_counted: bool

    def at(self, place: int) -> Counts:
        """Those of one place: most likely (1 + R,) and drawn (D, 1 + R)."""
        posts = None if self.vacancies is None else self.vacancies.at(place)
        return Counts(self.need.at(place), self.workforce.at(place), posts, self.people_counted)


@dataclass(frozen=True, slots=True)
class Cubes:
    """Most likely cells with own counts in them: need, workforce and vacancies (R, S, J), employment (1, S, J)."""

    axes: Axes
    need: Reconciled
    workforce: Reconciled
    vacancies: Reconciled
    employment: Reconciled


def model_of(framework: Framework, own: Sequence[Override] = ()) -> Model:
    """The model's parts, own counts of employment in them."""
    sectors = framework.sectors.values()
    shares = {role: found.share for role, found in framework.role_shares.items() if found.share > 0}
    shares |= {row.role: 0.0 for row in own if row.role and row.role not in shares}
    employment = _employment(framework, own).cube[0]
    return Model(
        axes=Axes(tuple(shares), tuple(framework.states), tuple(framework.sectors)),
        employment=employment,
        weights=allocation(employment, np.array([sector.exposure for sector in sectors])),
        rates=np.array([sector.security_per_thousand for sector in sectors]),
        shares=np.array(list(shares.values())),
        workforce=float(framework.workforce.mode or 0.0),
    )


def cubes(framework: Framework, own: Sequence[Override] = ()) -> Cubes:
    """Every cell's most likely numbers with own counts in them."""
    model = model_of(framework, own)
    need = reconcile(bottom_up(model.employment, model.rates, model.shares), model.axes, _of_kind(own, "need"))
    return Cubes(
        axes=model.axes,
        need=need,
        workforce=reconcile(workforce_by_cell(model.workforce, model.weights, model.shares), model.axes, _of_kind(own, "workforce")),
        vacancies=reconcile(need.cube, model.axes, _of_kind(own, "vacancies")),
        employment=_employment(framework, own),
    )


def counts(model: Model, own: Sequence[Override], chance: Chance, rng: np.random.Generator) -> Counts | None:
    """Margins with own counts in them; None where nobody counted need, people or posts."""
    kinds: tuple[Kind, ...] = ("need", "workforce", "vacancies")
    rows = {kind: _of_kind(own, kind) for kind in kinds}
    if not any(rows.values()):
        return None
    typical = Chance(model.rates[None, :], model.shares[None, :])
    posts = bottom_up(model.employment, model.rates, model.shares)
    cells: dict[Kind, Callable[[Chance], FloatArray]] = {
        "need": lambda drawn: drawn.shares[:, :, None, None] * (model.employment * drawn.rates[:, None, :] / 1000.0)[:, None],
        "workforce": lambda drawn: model.workforce * drawn.shares[:, :, None, None] * model.weights,
        "vacancies": lambda drawn: np.broadcast_to(posts, (drawn.shares.shape[0], *posts.shape)),
    }
    found = {kind: _margins(model, rows[kind], cells[kind], typical, chance, rng) for kind in kinds if kind != "vacancies" or rows[kind]}
    open_posts = found.get("vacancies")
    if open_posts is not None:
        counted = reconcile(posts, model.axes, rows["vacancies"])
        open_posts = Margins(without_unknown(open_posts.value, counted, posts), open_posts.draws)
    return Counts(found["need"], found["workforce"], open_posts, bool(rows["workforce"]))


def summed(cube: FloatArray) -> FloatArray:
    """Cells (D, R, S, J) as margins (P, D, 1 + R): the nation, every state, every sector; all roles together first."""
    by_state, by_sector = cube.sum(axis=3), cube.sum(axis=2)
    places = np.concatenate([cube.sum(axis=(2, 3))[None], np.moveaxis(by_state, 2, 0), np.moveaxis(by_sector, 2, 0)])
    return np.concatenate([places.sum(axis=2, keepdims=True), places], axis=2)


def _margins(
    model: Model,
    rows: Sequence[Override],
    cells: Callable[[Chance], FloatArray],
    typical: Chance,
    chance: Chance,
    rng: np.random.Generator,
) -> Margins:
    size = chance.shares.shape[0]
    values = np.column_stack([log_triangular_at(rng.random((size,)), row.low, row.mode, row.high) for row in rows]) if rows else None
    once = reconcile(cells(typical)[0], model.axes, rows)
    parts = []
    for start in range(0, size, _CHUNK):
        part = slice(start, start + _CHUNK)
        cube = cells(Chance(chance.rates[part], chance.shares[part]))
        parts.append(summed(cube if values is None else reconcile(cube, model.axes, rows, values[part]).cube))
    return Margins(summed(once.cube[None])[:, 0], np.concatenate(parts, axis=1))


def without_unknown(margins: FloatArray, cells: Reconciled, model: FloatArray) -> FloatArray:
    """Margins (P, 1 + R), NaN where some cell that the model does not leave empty was counted by nobody."""
    uncounted = summed(np.where(cells.known, 0.0, model)[None])[:, 0]
    return np.where(uncounted > 1e-9, np.nan, margins)


def _employment(framework: Framework, own: Sequence[Override]) -> Reconciled:
    cube = employment_cube(list(framework.states.values()), list(framework.sectors.values()))
    return reconcile(cube[None], Axes(("",), tuple(framework.states), tuple(framework.sectors)), _of_kind(own, "employment"))


def _of_kind(own: Sequence[Override], kind: Kind) -> list[Override]:
    """The rows of a kind in an order that does not depend on when they were given."""
    return sorted((row for row in own if row.kind == kind), key=lambda row: row.place)
