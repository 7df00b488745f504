"""Marks of people on items, as a table with gaps, and the same right and wrong patterns gathered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from academy.core.measurement.irt import FloatArray

IntArray = npt.NDArray[np.intp]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Responses:
    """Right (1), wrong (0) or not administered (NaN), one row a person or pattern, one column an item.

    items: names, in the columns' order. marks: people × items. counts: how many people each row stands for, from 0.
    Raises ValueError when the shapes differ, a mark is neither 0, 1 nor NaN, or a count is negative or not finite.
    """

    items: tuple[str, ...]
    marks: FloatArray
    counts: FloatArray

    def __post_init__(self) -> None:
        if self.marks.shape != (self.counts.size, len(self.items)):
            raise ValueError(f"marks have the shape {self.marks.shape}, not {(self.counts.size, len(self.items))}")
        if not np.isin(self.marks[~np.isnan(self.marks)], (0.0, 1.0)).all():
            raise ValueError("a mark is neither 0, 1 nor NaN")
        if not (np.isfinite(self.counts) & (self.counts >= 0)).all():
            raise ValueError("a count is negative or not finite")

    @property
    def tried(self) -> FloatArray:
        """How many people each item was administered to."""
        return np.asarray(self.counts @ ~np.isnan(self.marks), dtype=np.float64)

    @property
    def right(self) -> FloatArray:
        """How many people had each item right."""
        return np.asarray(self.counts @ (self.marks == 1.0), dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Patterns:
    """Each different pattern once: right and wrong are patterns × items of 0 and 1, an unseen item being 0 in both.

    counts: people of each pattern. row_pattern: the pattern of each row of the responses.
    """

    right: FloatArray
    wrong: FloatArray
    counts: FloatArray
    row_pattern: IntArray


def from_marks(items: tuple[str, ...], marks: FloatArray) -> Responses:
    """Responses in which every row is one person."""
    return Responses(items, marks, np.ones(len(marks)))


def patterns(responses: Responses, columns: BoolArray | None = None) -> Patterns:
    """The different patterns among these responses, on the chosen columns only."""
    marks = responses.marks if columns is None else responses.marks[:, columns]
    codes = np.where(np.isnan(marks), -1, marks).astype(np.int8)
    if codes.shape[1] == 0:
        codes = np.full((len(codes), 1), -1, dtype=np.int8)
    different, row_pattern = np.unique(codes, axis=0, return_inverse=True)
    row_pattern = row_pattern.reshape(-1)
    counts = np.bincount(row_pattern, weights=responses.counts, minlength=len(different)).astype(np.float64)
    different = different[:, : marks.shape[1]]
    return Patterns((different == 1).astype(np.float64), (different == 0).astype(np.float64), counts, row_pattern)
