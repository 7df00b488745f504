"""A posterior and the questions at hand turned into the next question, and into whether to go on asking."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

import numpy as np

from academy.core.measurement import ability, mastery
from academy.core.measurement.ability import Posterior
from academy.core.measurement.irt import GRID, FloatArray, ItemParameters

FEWEST = 5
"""Answers before which a skill is not decided."""
MOST = 20
"""Questions after which a placement asks no more about a skill."""
PRECISE = 0.40
"""Standard deviation of ability [logits] at which more questions would tell little."""
BEST = 5
"""How many of the most telling questions chance chooses among, so that no question is asked of everybody."""

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Candidate(Generic[Key]):
    """A question that could be asked: its key, its parameters, and the subtopic of the skill that it is about."""

    key: Key
    item: ItemParameters
    topic: str


class Stop(StrEnum):
    """Why no more is asked about a skill."""

    DECIDED = "decided"
    PRECISE = "precise"
    LONG = "long"


def stop(*, above: float, se: float, answers: int, asked: int) -> Stop | None:
    """Whether enough was asked: P(theta > cut), the posterior's standard deviation, all answers, and those of this test.

    Sources: Eggen (1999), Spray & Reckase (1996), on tests that stop once they can decide.
    """
    if answers >= FEWEST:
        if above >= mastery.SURE or above <= mastery.SURELY_NOT:
            return Stop.DECIDED
        if se <= PRECISE:
            return Stop.PRECISE
    return Stop.LONG if asked >= MOST else None


def worth_asking(above: float) -> float:
    """How open a decision is: P(1 - P), at most 1/4, of P(theta > cut)."""
    return above * (1.0 - above)


def expected_variance(posterior: Posterior, items: Sequence[ItemParameters]) -> FloatArray:
    """Posterior variance of ability [logits²] to be expected after an answer to each item, weighted by the posterior predictive.

    E V = E theta² - m1² / P(right) - m0² / P(wrong), m1 and m0 the parts of the mean on either side.
    Sources: Owen (1975); van der Linden (1998).
    """
    right = np.array([ability.curve(item) for item in items]) * posterior.weights
    wrong = posterior.weights - right
    rest = (right @ GRID) ** 2 / right.sum(axis=1) + (wrong @ GRID) ** 2 / np.maximum(wrong.sum(axis=1), 1e-300)
    return np.asarray(posterior.weights @ GRID**2 - rest, dtype=np.float64)


def choose(
    posterior: Posterior, candidates: Sequence[Candidate[Key]], *, shares: Mapping[str, float], asked: Counter[str], chance: float
) -> Candidate[Key]:
    """One of the five most telling questions among the subtopics that are due.

    shares: part of the skill's questions by subtopic. asked: questions asked by subtopic. chance: uniform in [0, 1).
    Raises ValueError without candidates. Source: Kingsbury & Zara (1989).
    """
    if not candidates:
        raise ValueError("there is nothing to choose from")
    due = balanced(candidates, shares, asked)
    order = np.argsort(expected_variance(posterior, [candidate.item for candidate in due]), kind="stable")
    return due[int(order[int(chance * min(BEST, len(due)))])]


def balanced(candidates: Sequence[Candidate[Key]], shares: Mapping[str, float], asked: Counter[str]) -> Sequence[Candidate[Key]]:
    """Candidates of subtopics that have not had their share of the questions yet; all of them where none is left of those."""
    number = asked.total() + 1
    room = {topic for topic, share in shares.items() if asked[topic] < math.ceil(share * number - 1e-9)}
    return [candidate for candidate in candidates if candidate.topic in room] or candidates
