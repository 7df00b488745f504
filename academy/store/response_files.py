"""CSV files of responses and of answer keys turned into tables of cells and marks."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from academy.core.measurement.irt import FloatArray

ID_COLUMNS = ("learner", "attempt")
"""Columns that name a row and are no items."""


class ResponseFileError(Exception):
    """A file that cannot be used; its message names the first fault and its place."""


@dataclass(frozen=True, slots=True)
class Table:
    """Cells of the items, one row a person. lines: each row's line in the file. aside: other columns asked for."""

    items: tuple[str, ...]
    cells: list[list[str]]
    lines: list[int]
    aside: Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class Key:
    """The right option of an item, and how many options it has if the file says so."""

    right: str
    options: int | None


def read_table(name: str, *, aside: Sequence[str]) -> Table:
    """A file of responses. Raises ResponseFileError that names the first fault."""
    header, rows, lines = _read(name)
    missing = [column for column in aside if column not in header]
    if missing:
        raise ResponseFileError(f"{name} has no column {missing[0]}")
    columns = [at for at, column in enumerate(header) if column not in ID_COLUMNS and column not in aside]
    if not columns or not rows:
        raise ResponseFileError(f"{name} has no {'rows' if columns else 'items'}")
    others = {column: [row[header.index(column)] for row in rows] for column in aside}
    return Table(tuple(header[at] for at in columns), [[row[at] for at in columns] for row in rows], lines, others)


def read_key(name: str, items: Sequence[str]) -> dict[str, Key]:
    """The key of each item from a CSV of item, key and perhaps options. Raises ResponseFileError where one is missing."""
    header, rows, lines = _read(name)
    if not {"item", "key"} <= set(header):
        raise ResponseFileError(f"{name} must have the columns item and key")
    keys: dict[str, Key] = {}
    for row, line in zip(rows, lines, strict=True):
        cells = dict(zip(header, row, strict=True))
        if not cells["key"] or cells["item"] in keys:
            raise ResponseFileError(f"{name}, row {line}: {cells['item']} has {'a second' if cells['key'] else 'no'} key")
        keys[cells["item"]] = Key(cells["key"], _options(cells.get("options", ""), f"{name}, row {line}"))
    missing = [item for item in items if item not in keys]
    if missing:
        raise ResponseFileError(f"{name} has no key for {missing[0]}")
    return keys


def cells_as_marks(table: Table) -> FloatArray:
    """Cells as numbers, NaN where blank. Raises ResponseFileError for anything else."""
    marks = np.full((len(table.cells), len(table.items)), np.nan)
    for at, row in enumerate(table.cells):
        for column, cell in enumerate(row):
            if cell:
                marks[at, column] = _number(cell, f"row {table.lines[at]}, {table.items[column]}")
    return marks


def chosen_options(table: Table, key: Mapping[str, Key]) -> FloatArray:
    """Cells as 1 where the chosen option is the key, 0 where it is another, NaN where blank."""
    right = [key[item].right for item in table.items]
    return np.array(
        [[math.nan if not cell else float(cell == wanted) for cell, wanted in zip(row, right, strict=True)] for row in table.cells]
    )


def whole_counts(table: Table, column: str) -> FloatArray:
    """A column of whole numbers from 0: how many people each row stands for. Raises ResponseFileError."""
    counts = []
    for cell, line in zip(table.aside[column], table.lines, strict=True):
        count = _number(cell, f"row {line}, {column}")
        if count < 0 or not count.is_integer():
            raise ResponseFileError(f"row {line}, {column}: {cell} is not a whole number from 0")
        counts.append(count)
    return np.array(counts)


def _read(name: str) -> tuple[list[str], list[list[str]], list[int]]:
    """Header, rows with all spaces around cells gone, and the line of each row."""
    try:
        text = Path(name).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ResponseFileError(f"cannot read {name}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ResponseFileError(f"{name} is not UTF-8") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows, lines = [], []
    try:
        for row in reader:
            if row:
                rows.append([cell.strip() for cell in row])
                lines.append(reader.line_num)
    except csv.Error as error:
        raise ResponseFileError(f"{name} is not CSV: {error} in row {reader.line_num}") from None
    if not rows:
        raise ResponseFileError(f"{name} is empty")
    header = rows[0]
    if len(set(header)) < len(header) or "" in header:
        raise ResponseFileError(f"{name}: each column needs a name of its own")
    for row, line in zip(rows, lines, strict=True):
        if len(row) != len(header):
            raise ResponseFileError(f"{name}, row {line}: {len(row)} cells instead of {len(header)}")
    return header, rows[1:], lines[1:]


def _number(cell: str, where: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ResponseFileError(f"{where}: {cell or 'a blank cell'} is not a number")
    return value


def _options(cell: str, where: str) -> int | None:
    if not cell:
        return None
    count = _number(cell, where)
    if count < 1 or not count.is_integer():
        raise ResponseFileError(f"{where}: {cell} is not a number of options")
    return int(count)
