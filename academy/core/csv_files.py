"""Rows turned into CSV that a spreadsheet only shows: a text that it would take for a formula is made a plain one, and read back."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")

Cell = str | int | float | None


def as_csv(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A table as CSV; None is an empty cell."""
    text = _Text()
    writer = csv.writer(text)
    writer.writerow([plain(cell) for cell in head])
    writer.writerows([plain(cell) for cell in row] for row in rows)
    return "".join(text.pieces)


class _Text:
    """What is written, piece by piece."""

    def __init__(self) -> None:
        self.pieces: list[str] = []

    def write(self, piece: str) -> None:
        self.pieces.append(piece)


def plain(cell: Cell) -> Cell:
    """A text that begins like a formula gets an apostrophe before it. Source: OWASP, CSV Injection."""
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip(" ").startswith(_FORMULA) else cell


def meant(cell: str) -> str:
    """The text of which `plain` made this one."""
    return cell[1:] if cell.startswith("'") and cell[1:].lstrip(" ").startswith(_FORMULA) else cell
