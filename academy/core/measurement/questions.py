"""Marks and chosen options of people on questions, turned into one report: every question, every option, every comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from academy.core.measurement import calibration, ctt, dif
from academy.core.measurement.calibration import Calibration
from academy.core.measurement.ctt import ItemStatistics, QuizStatistics
from academy.core.measurement.dif import DifClass, MantelHaenszel
from academy.core.measurement.irt import FloatArray
from academy.core.measurement.responses import BoolArray, Responses, from_marks

STRATA = 10
"""Groups of like ability where people met different questions."""

Choices = Mapping[str, BoolArray]
"""For each option of a question, which of the people who answered it chose it."""


@dataclass(frozen=True, slots=True)
class Option:
    """One option: how many chose it, their share, the correlation of choosing it with the rest of the work.

    by_third: share of those who chose it in the weakest, middle and best third by the rest of their work; None where a
    third is empty. right: whether it is (part of) the key.
    """

    option: str
    right: bool
    count: int
    share: float | None
    rest_correlation: float | None
    by_third: tuple[float | None, float | None, float | None]


@dataclass(frozen=True, slots=True)
class Question:
    """One question's statistics, options and what to look at (codes of `ctt.flags`)."""

    name: str
    statistics: ItemStatistics
    random_guess: float | None
    options: tuple[Option, ...]
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """One question held against two groups, with the class that it gets among all questions compared."""

    name: str
    found: MantelHaenszel
    grade: DifClass | None


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """What people did on some questions, and what each answer is held against.

    marks: people × questions, NaN where not administered. highest: marks each can give. matching: the rest of a person's
    work, people × questions. strata: groups of people of like ability. comparable: whether all met the same questions, so
    that matching is a rest score; else it is the ability that the other answers show, and `fitted` what it rests on.
    """

    names: tuple[str, ...]
    marks: FloatArray
    highest: FloatArray
    matching: FloatArray
    strata: FloatArray
    comparable: bool
    fitted: Calibration | None

    @property
    def right(self) -> Responses:
        """Full marks are right, anything less is wrong."""
        return full_marks(self.names, self.marks, self.highest)


def work(names: Sequence[str], marks: FloatArray, highest: FloatArray) -> Work:
    """Marks with what they are matched by: rest scores, or where people met different questions, ability by the two-parameter model."""
    if not np.isnan(marks).any():
        totals = np.asarray(np.round(marks.sum(axis=1), 9))
        return Work(tuple(names), marks, highest, ctt.rest_scores(marks), totals, True, None)
    responses = full_marks(tuple(names), marks, highest)
    fitted = calibration.calibrate(responses, "2pl", calibration.default_priors(len(names)))
    strata = _tenths(calibration.moments(fitted.weights)[0])
    return Work(tuple(names), marks, highest, calibration.ability_without(responses, fitted), strata, False, fitted)


def full_marks(names: tuple[str, ...], marks: FloatArray, highest: FloatArray) -> Responses:
    """Marks as right and wrong: the highest is right, anything less is wrong."""
    return from_marks(names, np.where(np.isnan(marks), np.nan, ((marks >= highest) & (highest > 0)).astype(np.float64)))


def questions(
    done: Work,
    choices: Sequence[Choices],
    keys: Sequence[frozenset[str]],
    guesses: Sequence[float | None],
    *,
    people: BoolArray | None = None,
) -> list[Question]:
    """Statistics of each question, over all people or some of them (a mark for each: people × questions).

    choices, keys, guesses: for each question its options, the right ones, and the score that guessing earns [percent].
    """
    marks = done.marks if people is None else np.where(people, done.marks, np.nan)
    comparable = done.comparable and not np.isnan(marks).any()
    statistics = ctt.item_statistics(marks, done.highest, done.matching, complete=comparable)
    return [
        _question(name, statistics[at], guesses[at], _options(done, at, choices[at], keys[at], marks)) for at, name in enumerate(done.names)
    ]


def quiz(done: Work) -> QuizStatistics:
    """Statistics of the whole, from the people who met every question."""
    return ctt.quiz_statistics(done.marks)


def compare(
    done: Work,
    focal: npt.NDArray[np.bool_],
    placed: npt.NDArray[np.bool_] | None = None,
    *,
    purified: bool = False,
) -> list[Compared]:
    """Each question held against two groups of like ability.

    focal: who belongs to the group asked about, a person or people × questions; placed: who belongs to either, likewise.
    purified: while there is a question in class C, people are matched again without it (at most half of the questions are
    left out), for it would make the others look unequal. Sources: Holland & Thayer (1988); Clauser & Mazor (1998).
    """
    shape = done.marks.shape
    focal = np.broadcast_to(focal[:, None] if focal.ndim == 1 else focal, shape)
    inside = np.ones(shape, dtype=bool) if placed is None else np.broadcast_to(placed[:, None] if placed.ndim == 1 else placed, shape)
    right = np.where(inside, done.right.marks, np.nan)
    dropped = np.zeros(shape[1], dtype=bool)
    while True:
        found = _compared(done, right, focal, dropped)
        grades = dif.classify(found)
        large = [at for at, grade in enumerate(grades) if grade == "C" and not dropped[at]]
        if not purified or not large or 2 * (dropped.sum() + 1) > shape[1]:
            return [Compared(*one) for one in zip(done.names, found, grades, strict=True)]
        dropped[max(large, key=lambda at: _size(found[at]))] = True


def _compared(done: Work, right: FloatArray, focal: npt.NDArray[np.bool_], dropped: BoolArray) -> list[MantelHaenszel]:
    """Every question compared, people matched without those dropped, each with itself."""
    strata = _strata(done, dropped) if dropped.any() else done.strata
    found = []
    for at, column in enumerate(right.T):
        others = dropped.copy()
        others[at] = False
        found.append(dif.mantel_haenszel(column, focal[:, at], _strata(done, others) if dropped[at] else strata))
    return found


def _size(found: MantelHaenszel) -> float:
    return float("inf") if found.delta is None else abs(found.delta)


def _strata(done: Work, without: BoolArray) -> FloatArray:
    """Groups of people of like ability as their work without some questions shows it: totals, else tenths of ability."""
    if done.fitted is None:
        return np.asarray(np.round(done.marks[:, ~without].sum(axis=1), 9))
    return _tenths(calibration.ability_on(done.right, done.fitted, ~without))


def _tenths(ability: FloatArray) -> FloatArray:
    tenths = np.quantile(ability, np.arange(1, STRATA) / STRATA) if ability.size else np.empty(0)
    return np.searchsorted(tenths, ability).astype(np.float64)


def _question(name: str, found: ItemStatistics, guess: float | None, options: tuple[Option, ...]) -> Question:
    judged = [(one.rest_correlation, one.right, one.share or 0.0) for one in options]
    return Question(name, found, guess, options, tuple(ctt.flags(found, judged)))


def _options(done: Work, at: int, choices: Choices, key: frozenset[str], marks: FloatArray) -> tuple[Option, ...]:
    answered = ~np.isnan(done.marks[:, at])
    seen = ~np.isnan(marks[answered, at])
    rest = done.matching[answered, at][seen]
    thirds = np.searchsorted(np.quantile(rest, (1 / 3, 2 / 3)), rest) if rest.size else np.empty(0, dtype=np.intp)
    return tuple(_option(option, option in key, choices[option][seen], rest, thirds) for option in sorted(choices))


def _option(option: str, right: bool, chosen: BoolArray, rest: FloatArray, thirds: npt.NDArray[np.intp]) -> Option:
    shares = [float(chosen[thirds == third].mean()) if (thirds == third).any() else None for third in range(3)]
    return Option(
        option=option,
        right=right,
        count=int(chosen.sum()),
        share=float(chosen.mean()) if chosen.size else None,
        rest_correlation=ctt.correlation(chosen.astype(np.float64), rest),
        by_third=(shares[0], shares[1], shares[2]),
    )
