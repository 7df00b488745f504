"""What the commands on tables of answers share: their marks checked, numbers printed."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from academy.commands import CommandError
from academy.core.measurement.irt import FloatArray
from academy.store.response_files import Table


def add_format(parser: argparse.ArgumentParser, *more: str) -> None:
    """Let the caller choose text, JSON or more."""
    parser.add_argument("--format", choices=("text", "json", *more), default="text", help="default: %(default)s")


def check_marks(table: Table, marks: FloatArray, highest: FloatArray, *, whole: bool) -> None:
    """Raise CommandError at the first mark that its item cannot give."""
    bad = ~np.isnan(marks) & (marks != 0) & (marks != 1) if whole else marks > highest
    if not bad.any():
        return
    row, column = (int(at) for at in np.argwhere(bad)[0])
    wanted = "0, 1 or blank" if whole else f"at most {highest[column]:g}; give --max-marks"
    raise CommandError(f"row {table.lines[row]}, {table.items[column]}: {table.cells[row][column]} must be {wanted}")


def shown(value: float | None, digits: int) -> str:
    """A number with these digits; - where it is not known."""
    return "-" if value is None else f"{value:.{digits}f}"


def whole(value: float) -> int | float:
    """A whole number without its decimals."""
    return int(value) if value.is_integer() else value


def print_json(value: Mapping[str, Any]) -> None:
    """Print an object; it must not hold NaN."""
    print(json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False))
