"""Published cells and stages of learners turned into the sums and orders that tie their counts."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from academy.core.workforce.demand import CellId
from academy.core.workforce.known import Sum

Count = tuple[CellId, str]
"""A cell and what is counted in it."""

NESTED = (
    ("active", "enrolled"),
    ("proficient", "enrolled"),
    ("ever_ready", "enrolled"),
    ("ready", "proficient"),
    ("ready", "ever_ready"),
    ("became_ready", "ever_ready"),
)
"""Stages of which everybody in the first is also in the second."""
NO_ROLE = "none"
"""The learners of a place who count under no role: never published, but a part of all roles together."""


def sums(cells: Collection[CellId], metrics: Iterable[str]) -> tuple[Sum, ...]:
    """That states make a nation, and so do sectors, for each role; and that roles, with those under none, make all roles."""
    return tuple(Sum((total, metric), tuple((part, metric) for part in parts)) for metric in metrics for total, parts in _cell_sums(cells))


def orders(cells: Collection[CellId], metrics: Collection[str]) -> tuple[tuple[Count, Count], ...]:
    """That a stage never holds more people than the one it lies within."""
    known = [(inner, outer) for inner, outer in NESTED if inner in metrics and outer in metrics]
    return tuple(((cell, inner), (cell, outer)) for cell in cells for inner, outer in known)


def without_role(cells: Collection[CellId]) -> list[CellId]:
    """The unpublished cells of those who count under no role."""
    return [CellId(NO_ROLE, cell.state, cell.sector) for cell in cells if not cell.role_id]


def _cell_sums(cells: Collection[CellId]) -> Iterable[tuple[CellId, list[CellId]]]:
    by_state: dict[str, list[CellId]] = {}
    by_sector: dict[str, list[CellId]] = {}
    by_place: dict[tuple[str, str], list[CellId]] = {}
    for cell in [*cells, *without_role(cells)]:
        if cell.role_id:
            by_place.setdefault((cell.state, cell.sector), []).append(cell)
        if cell.state:
            by_state.setdefault(cell.role_id, []).append(cell)
        if cell.sector:
            by_sector.setdefault(cell.role_id, []).append(cell)
    for of_places in (by_state, by_sector):
        yield from ((CellId(role), parts) for role, parts in of_places.items())
    yield from ((CellId("", *place), parts) for place, parts in by_place.items())
