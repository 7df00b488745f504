"""Questions of other systems turned into what our item types can hold, with a note of everything that changes."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from academy.core.interop.model import Imported, ImportedOption
from academy.core.items import ITEM_TYPES

MOST_OPTIONS = 12
FEWEST_STEPS = 3
_CRITERION = {"es": "Responde lo que se pregunta.", "en": "It answers what is asked."}
_FULL = 0.999  # shares are written with five digits
_SAME = 0.001


class Unfit(ValueError):
    """Why a question cannot be held here; the message is the reason, in English."""


def adapted(question: Imported, language: str) -> Imported:
    """The question with shares of 1 and 0 where our grading knows only right and wrong. Raises Unfit.

    language: of the criterion that an open question needs where its bank has none.
    """
    notes: list[str] = []
    if question.type == "match" and len({right for _, right in question.pairs}) < len(question.pairs):
        question = dataclasses.replace(question, type="categorize")
        notes.append("Several rows have the same partner, so it became a question with categories.")
    if question.type not in ITEM_TYPES:
        raise Unfit(f"the type {question.type or 'unknown'} is not supported yet")
    if question.type in ("single", "truefalse"):
        question = _one(question, notes)
    if question.type == "multiple":
        question = _several(question, notes)
    elif question.type in ("number", "text"):
        question = _typed(question, notes)
    elif question.type == "order":
        _check_steps(question.options)
    elif question.type == "open":
        question = _open(question, language, notes)
    return dataclasses.replace(question, notes=tuple(dict.fromkeys((*question.notes, *notes))))


def is_right(question: Imported, option: ImportedOption) -> bool:
    """Whether an option of an adapted question is marked with [x]."""
    return option.fraction > 0 if question.type == "multiple" else option.fraction >= _FULL


def _open(question: Imported, language: str, notes: list[str]) -> Imported:
    if len(question.options) > MOST_OPTIONS:
        raise Unfit(f"its rubric has {len(question.options)} criteria; {MOST_OPTIONS} are the most")
    if question.options:
        return question
    notes.append("It has no rubric, so one criterion stands in its place: write what a good answer has.")
    return dataclasses.replace(question, options=(ImportedOption(_CRITERION.get(language, _CRITERION["en"]), 0.0),))


def _check_steps(steps: Sequence[ImportedOption]) -> None:
    if not FEWEST_STEPS <= len(steps) <= MOST_OPTIONS:
        raise Unfit(f"it has {len(steps)} steps to put in order; {FEWEST_STEPS} to {MOST_OPTIONS} are possible")


def _one(question: Imported, notes: list[str]) -> Imported:
    """One option is right; where several are, it becomes a question with several answers."""
    full = sum(option.fraction >= _FULL for option in question.options)
    _check_number(question.options)
    if full == 0:
        raise Unfit("no answer is fully right")
    _note_parts(question.options, notes)
    if full == 1:
        return question
    notes.append("Several answers are fully right, so all of them are to be chosen.")
    options = tuple(dataclasses.replace(option, fraction=1 / full if option.fraction >= _FULL else 0.0) for option in question.options)
    return dataclasses.replace(question, type="multiple", options=options)


def _several(question: Imported, notes: list[str]) -> Imported:
    right = [option for option in question.options if option.fraction > 0]
    _check_number(question.options)
    if not right:
        raise Unfit("no answer is right")
    if len(question.options) == 2 and len(right) == 1:
        notes.append("Of two answers one is right, so one is to be chosen.")
        options = tuple(dataclasses.replace(option, fraction=float(option.fraction > 0)) for option in question.options)
        return dataclasses.replace(question, type="single", options=options)
    if len(question.options) < 3:
        raise Unfit("it has fewer than three answers, of which several are to be chosen")
    share = 1 / len(right)
    if any(abs(option.fraction - share) > _SAME for option in right):
        notes.append("Right answers earned different shares; here each earns the same.")
    if any(abs(option.fraction + share) > _SAME for option in question.options if option.fraction <= 0):
        notes.append("Each wrong choice costs here as much as a right one earns.")
    return question


def _typed(question: Imported, notes: list[str]) -> Imported:
    kept: list[ImportedOption] = []
    for option in question.options:
        if question.type == "text" and len(option.text) > 2 and option.text.startswith("/") and option.text.endswith("/"):
            notes.append(f"The answer {option.text[:40]} was left out: between slashes it would be a pattern.")
        else:
            kept.append(option)
    if not any(option.fraction >= _FULL for option in kept):
        raise Unfit("no answer is fully right")
    _note_parts(kept, notes)
    return dataclasses.replace(question, options=tuple(kept))


def _check_number(options: Sequence[ImportedOption]) -> None:
    if len(options) < 2:
        raise Unfit("it has fewer than two answers to choose from")
    if len(options) > MOST_OPTIONS:
        raise Unfit(f"it has {len(options)} answers to choose from; {MOST_OPTIONS} are the most")


def _note_parts(options: Sequence[ImportedOption], notes: list[str]) -> None:
    if any(0 < option.fraction < _FULL for option in options):
        notes.append("Answers that earned a part of the points count as wrong here.")
    if any(option.fraction < 0 for option in options):
        notes.append("Wrong answers that cost points cost none here.")
