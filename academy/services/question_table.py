"""First answers to some questions as a table of people × questions: marks, options chosen, languages, places, times."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from academy.core.measurement import calibration, ctt, questions
from academy.core.measurement.drift import Leak, cusum
from academy.core.measurement.questions import Choices, Work
from academy.core.measurement.responses import BoolArray
from academy.store.calibrations import Given
from academy.store.tables.items import ItemVersion

RECENT = timedelta(days=90)
"""How far back from the last answer "lately" reaches."""
FEWEST_ALIKE = 3
"""People who must have typed the same answer before it is shown."""
CHOSEN = ("single", "truefalse", "multiple", "lines")
"""Types whose options are chosen; their answers are option ids."""
TYPED = ("number", "text")
"""Types whose answers are short words, which several people may give alike."""
DO_NOT_KNOW = "?"
"""Stands among the options for "I do not know yet"."""

_CHANCE = ("single", "truefalse")  # where the score that guessing earns is defined as Moodle does


class AnswerTable:
    """First answers as people × questions, with what each answer was, in which language, where and when."""

    def __init__(self, versions: Sequence[ItemVersion], answers: Mapping[tuple[str, str], Sequence[Given]]) -> None:
        """A column for each version. answers: by item and key version, the first of each learner."""
        given = [answers.get((version.item_id, version.key_version), ()) for version in versions]
        people = sorted({one.learner_id for column in given for one in column})
        row = {learner: at for at, learner in enumerate(people)}
        shape = (len(people), len(versions))
        canonical = [json.loads(version.canonical) for version in versions]
        self.marks = np.full(shape, np.nan)
        self.spoken = np.full(shape, "", dtype="<U2")
        self.states = np.full(len(people), "", dtype="<U8")
        self.times: list[list[datetime]] = [[one.answered_at for one in column] for column in given]
        self._rows = [np.array([row[one.learner_id] for one in column], dtype=np.intp) for column in given]
        self.recent = np.zeros(shape, dtype=bool)
        last = max((at for column in self.times for at in column), default=None)
        for at, column in enumerate(given):
            here = self._rows[at]
            self.marks[here, at] = [one.score * canonical[at]["points"] for one in column]
            self.spoken[here, at] = [one.language for one in column]
            self.states[here] = [one.state for one in column]
            self.recent[here, at] = [last is not None and one.answered_at > last - RECENT for one in column]
        self.languages = [one.language for column in given for one in column]
        names = [version.item_id for version in versions]
        self.work: Work = questions.work(names, self.marks, np.array([float(one["points"]) for one in canonical]))
        self.keys = [_key(one) for one in canonical]
        # Options are matched with the people who answered, in the order of the table's rows.
        ordered = [[column[place] for place in np.argsort(rows)] for column, rows in zip(given, self._rows, strict=True)]
        self.choices = [_choices(one, column) for one, column in zip(canonical, ordered, strict=True)]
        self.guesses = [
            100.0 * version.guessing if one["type"] in _CHANCE else None for version, one in zip(versions, canonical, strict=True)
        ]

    def leaks(self) -> list[Leak | None]:
        """For each question with enough answers, whether it became easier than its people explain."""
        right = self.work.right
        fitted = self.work.fitted or calibration.calibrate(right, "2pl", calibration.default_priors(len(self.keys)))
        expected = calibration.expected_without(right, fitted) if self.keys else self.marks
        return [
            cusum(right.marks[rows, at], expected[rows, at], self.times[at]) if len(rows) >= ctt.FEWEST_FOR_VERDICTS else None
            for at, rows in enumerate(self._rows)
        ]


def _key(canonical: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(canonical["key"]) if canonical["type"] in CHOSEN else frozenset()


def _choices(canonical: Mapping[str, Any], given: Sequence[Given]) -> Choices:
    """Who chose what: options by id, "I do not know yet", or what several people typed alike."""
    if canonical["type"] in CHOSEN:
        chosen = [{one.answer} if isinstance(one.answer, str) else set(one.answer or [DO_NOT_KNOW]) for one in given]
        nobody = {DO_NOT_KNOW} if not any(DO_NOT_KNOW in one for one in chosen) else set()
        offered = [*canonical["options"], DO_NOT_KNOW]
        return {option: _mask(option in one for one in chosen) for option in offered if option not in nobody}
    if canonical["type"] not in TYPED:
        return {}
    typed = [one.answer.casefold() if isinstance(one.answer, str) else "" for one in given]
    common = [words for words, count in Counter(typed).items() if words and count >= FEWEST_ALIKE]
    return {words: _mask(one == words for one in typed) for words in common}


def _mask(values: Iterable[bool]) -> BoolArray:
    return np.array(list(values), dtype=bool)
