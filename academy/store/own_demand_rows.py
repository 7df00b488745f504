"""A CSV file of own demand turned into counts by role, state and sector, with every fault at its line and column."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from academy.core import csv_files
from academy.core.content.codes import N_
from academy.core.content.model import Problem
from academy.core.framework import Framework
from academy.core.workforce.overrides import KINDS, Kind, Override
from academy.store.claim_rows import LONGEST, MOST, ascending, missing_columns
from academy.store.reference_rows import Row
from academy.store.reference_tables import read_csv

COLUMNS = ("role", "state", "sector", "kind", "low", "mode", "high", "source", "year", "grade")
"""The columns of a file; `value` may stand for `mode`, and low and high may be left out."""

MOST_ROWS = 5000
_NO_ROLE = N_("empty: people employed are not counted by work role")
_ONE_FIGURE = N_("empty: people employed are taken as one figure")


@dataclass(frozen=True, slots=True)
class CountedLine:
    """A row and the line where it stands."""

    line: int
    row: Override


def of_csv(text: str, path: str, framework: Framework) -> tuple[list[CountedLine], list[Problem]]:
    """The sound rows of a file in their order, and every fault."""
    table, problems = read_csv(text, path)
    wanted = {"role", "state", "sector", "kind", "source", "year", "grade"}
    absent = missing_columns(table.header, wanted)
    if absent or table.header is None:
        return [], [*problems, *(Problem(path, 1, 1, "reference-column", (("field", name),)) for name in absent)]
    problems += Row(path, table.header, "kind", 0).unread((*COLUMNS, "value"))
    found: dict[tuple[Kind, str, str, str], CountedLine] = {}
    for number, node in enumerate(table.rows[:MOST_ROWS], start=1):
        row = Row(path, node, "", number)
        count = _count(row, framework)
        if count.place in found and row.sound:
            row.fault("reference-duplicate")
        if row.sound:
            found[count.place] = CountedLine(row.line, count)
        problems += row.problems
    if len(table.rows) > MOST_ROWS:
        values = {"row": N_("The file"), "field": N_("number of rows"), "found": str(len(table.rows)), "expected": f"1..{MOST_ROWS}"}
        problems.append(Problem(path, table.rows[MOST_ROWS].line, 1, "reference-range", tuple(values.items())))
    return list(found.values()), sorted(problems, key=lambda problem: (problem.line, problem.column))


def as_csv(rows: Iterable[Override]) -> str:
    """Rows as a file that can be read again."""
    return csv_files.as_csv(COLUMNS, map(_cells, rows))


def _cells(row: Override) -> list[csv_files.Cell]:
    numbers = (f"{number:.15g}" for number in (row.low, row.mode, row.high))
    return [row.role, row.state, row.sector, row.kind, *numbers, row.source, row.year, row.grade]


def _count(row: Row, framework: Framework) -> Override:
    kind = cast(Kind, row.choice("kind", KINDS))
    places = {}
    for name, known in (("role", framework.roles), ("state", framework.states), ("sector", framework.sectors)):
        places[name] = row.optional(name) or ""
        if places[name] and places[name] not in known:
            row.fault("reference-unknown", row.node(name), field=name, found=places[name])
    row.name = " ".join(word for word in (kind, *places.values()) if word) or row.name
    low, mode, high = _numbers(row)
    if kind == "employment":
        if places["role"]:
            row.fault("reference-type", row.node("role"), field="role", expected=_NO_ROLE)
        if low != high:
            row.fault("reference-type", row.node("low") or row.node("high"), field="low, high", expected=_ONE_FIGURE)
    came = row.provenance()
    if len(came.source) > LONGEST:
        row.fault("reference-long", row.node("source"), field="source", expected=str(LONGEST))
    return Override(kind, places["role"], places["state"], places["sector"], low, mode, high, came.source, came.year, came.grade)


def _numbers(row: Row) -> tuple[float, float, float]:
    """Low, most likely and high; one figure is all three."""
    name = "value" if row.node("mode") is None and row.node("value") is not None else "mode"
    mode = row.number(name, 0, MOST)
    low = row.optional_number("low", 0, MOST)
    high = row.optional_number("high", 0, MOST)
    found = (mode if low is None else low, mode, mode if high is None else high)
    ascending(row, found)
    if row.sound and found[0] == 0 < found[2]:
        row.fault("reference-range", row.node("low"), field="low", found="0", expected="> 0")
    return found
