"""Answers in the order given, turned into the table that a skill is calibrated on."""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Iterable
from typing import NamedTuple

import numpy as np

from academy.core.measurement.irt import FloatArray
from academy.core.measurement.responses import Responses, from_marks

WINDOW = 30 * 86_400.0
"""Seconds for which somebody counts as the same: people learn, so later answers are those of another."""


class Exposure(NamedTuple):
    """One answer; there may be millions. item: what must not have been met before; form: what gets parameters.

    score in [0, 1]; at: seconds since some instant.
    """

    learner: int
    item: Hashable
    form: int
    score: float
    at: float


def stacked(exposures: Iterable[Exposure]) -> Responses:
    """First exposures only, a row for each learner within 30 days; a full score is right, anything less is wrong.

    exposures: by learner, and each learner's in the order given. There is a column for each form up to the highest.
    Source: Wright (2003), stacking of repeated measures.
    """
    rows, columns, marks = array("l"), array("l"), array("b")
    row, forms, window = -1, 0, -1
    learner: int | None = None
    met: set[Hashable] = set()
    for who, item, form, score, at in exposures:
        if who != learner:
            learner, start, window, met = who, at, -1, set()
        if form >= forms:
            forms = form + 1
        if item in met:
            continue
        met.add(item)
        now = int((at - start) // WINDOW) if at > start else 0
        if now != window:
            row, window = row + 1, now
        rows.append(row)
        columns.append(form)
        marks.append(score >= 1.0)
    return from_marks(tuple(str(form) for form in range(forms)), _table(rows, columns, marks, row + 1, forms))


def _table(rows: array[int], columns: array[int], marks: array[int], height: int, width: int) -> FloatArray:
    table = np.full((height, width), np.nan)
    table[np.asarray(rows), np.asarray(columns)] = np.asarray(marks)
    return table
