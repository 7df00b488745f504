"""Rows of the claims' ledger, of a file that we ship, a CSV file or a form, turned into claims, with every fault at its place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from academy.core import csv_files
from academy.core.content.model import Problem
from academy.core.framework import Claim
from academy.store.reference_rows import PROVENANCE, Row
from academy.store.reference_tables import LANGUAGES, Node, read_csv

AREAS = ("MX", "LATAM", "LAC", "US", "WORLD")
UNITS = ("persons", "posts", "posts per year")
FIELDS = ("id", "area", "low", "mode", "high", "unit", "counts", *PROVENANCE)
COLUMNS = ("id", "area", "low", "mode", "high", "unit", "counts_es", "counts_en", *PROVENANCE, "retired")
"""The columns of an exported ledger; `retired` may be left out, and low, mode, high, url and retrieved may be empty."""

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_ID, LONGEST = 64, 500
MOST = 10**10


@dataclass(frozen=True, slots=True)
class Line:
    """A claim as a file gives it, and whether the file says that it is retired; None where it does not say."""

    claim: Claim
    retired: bool | None = False


def claim_of(row: Row) -> Claim:
    """A row's claim; what is wrong is noted at the row."""
    low, mode, high = (row.optional_number(name, 0, MOST) for name in ("low", "mode", "high"))
    ascending(row, [number for number in (low, mode, high) if number is not None])
    claim = Claim(
        id=row.text("id", SLUG, "isc2-2022-mx"),
        area=row.choice("area", AREAS),
        low=low,
        mode=mode,
        high=high,
        unit=row.choice("unit", UNITS),
        counts=row.names("counts"),
        provenance=row.provenance(),
    )
    texts = {"id": claim.id, "source": claim.provenance.source, "url": claim.provenance.url or ""}
    for name, text in {**texts, **{f"counts_{key}": words for key, words in claim.counts.items()}}.items():
        most = LONGEST_ID if name == "id" else LONGEST
        if len(text) > most:
            row.fault("reference-long", row.node(name), field=name, expected=str(most))
    return claim


def ascending(row: Row, numbers: Sequence[float]) -> None:
    """Note a range that is out of order."""
    if row.sound and list(numbers) != sorted(numbers):
        found = ", ".join(f"{number:g}" for number in numbers)
        row.fault("reference-range", row.node("mode"), field="low, mode, high", found=found, expected="low <= mode <= high")


def of_fields(fields: Mapping[str, str]) -> tuple[Claim, list[Problem]]:
    """The claim that a form's fields give, and what is wrong with them."""
    nodes = {name: Node(fields.get(name, "").strip(), 1, 1) for name in FIELDS if name != "counts"}
    nodes["counts"] = Node({key: Node(fields.get(f"counts_{key}", "").strip(), 1, 1) for key in LANGUAGES}, 1, 1)
    row = Row("", Node(nodes, 1, 1), "id", 1)
    claim = claim_of(row)
    return claim, row.problems


def of_csv(text: str, path: str) -> tuple[dict[str, Line], list[Problem]]:
    """The sound rows of a CSV file by id, and every fault by line and column."""
    table, problems = read_csv(text, path)
    if absent := missing_columns(table.header, set(COLUMNS) - {"retired", "low", "high", "url", "retrieved"}):
        return {}, [*problems, *(Problem(path, 1, 1, "reference-column", (("field", name),)) for name in absent)]
    assert table.header is not None, "no column is missing"
    problems += Row(path, table.header, "id", 0).unread((*FIELDS, "retired"))
    found: dict[str, Line] = {}
    for number, node in enumerate(table.rows, start=1):
        row = Row(path, node, "id", number)
        claim = claim_of(row)
        retired = row.node("retired") is not None and row.choice("retired", ("yes", "no")) == "yes"
        if row.name in found:
            row.fault("reference-duplicate", row.node("id"))
        if row.sound:
            found[claim.id] = Line(claim, retired if "retired" in row.fields else None)
        problems += row.problems
    return found, sorted(problems, key=lambda problem: (problem.line, problem.column))


def missing_columns(header: Node | None, wanted: set[str]) -> list[str]:
    """The columns that a CSV file lacks, as they are written."""
    fields = header.value if header is not None and isinstance(header.value, Mapping) else {}
    present = set(fields)
    for name, node in fields.items():
        if isinstance(node.value, Mapping):
            present |= {f"{name}_{key}" for key in node.value}
    return sorted(wanted - present)


def as_csv(lines: Sequence[Line]) -> str:
    """The claims as a CSV file that can be read again."""
    return csv_files.as_csv(COLUMNS, map(_cells, lines))


def _cells(line: Line) -> list[csv_files.Cell]:
    claim, came = line.claim, line.claim.provenance
    numbers = (_written(number) for number in (claim.low, claim.mode, claim.high))
    words = (claim.counts.get(key, "") for key in LANGUAGES)
    source = (came.source, came.year, came.grade, came.url or "", came.retrieved or "")
    return [claim.id, claim.area, *numbers, claim.unit, *words, *source, "yes" if line.retired else "no"]


def _written(number: float | None) -> str:
    return "" if number is None else f"{number:.15g}"
