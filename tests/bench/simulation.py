"""Simulated people and questions, measured by the product's own functions: how often its claims are true."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from academy.core.measurement import ability, mastery, selection
from academy.core.measurement.ability import Posterior
from academy.core.measurement.irt import ItemParameters, author_prior, probability_correct
from academy.core.measurement.mastery import Status
from academy.core.measurement.selection import Candidate

GUESSING = 0.25
TOPICS = "abcd"
LEVELS = ("easy", "medium", "hard")


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often a 90 % interval held the true ability after the last answer, and the root mean square error [logits]."""

    share: float
    error: float


@dataclass(frozen=True, slots=True)
class Placements:
    """What placements came to: mean questions asked, share decided, share wrong among the decided, and coverage."""

    length: float
    decided: float
    wrong: float
    coverage: float


@dataclass(frozen=True, slots=True)
class Promise:
    """Learners who were told about how many answers more would decide, and the middle half of how many it took.

    undecided: share that was not decided after three times as many as promised.
    """

    told: str
    people: int
    low: float
    median: float
    high: float
    undecided: float


def bank(count: int, chance: np.random.Generator) -> list[ItemParameters]:
    """Questions with a ~ LogN(0, 0.3²), b ~ N(0, 1) and four options each."""
    discriminations, difficulties = np.exp(chance.normal(0, 0.3, count)), chance.normal(0, 1, count)
    return [ItemParameters(float(a), float(b), GUESSING) for a, b in zip(discriminations, difficulties, strict=True)]


def coverage(people: int, answers: int, *, gain: float, walk: bool, chance: np.random.Generator, new: bool = False) -> Coverage:
    """People of ability N(0, 1) answer in random order while ability rises by `gain` in 100 answers.

    walk: the posterior lets ability move, as it does in practice. new: the product knows only the author's level of each
    question, whose true difficulty lies N(0, 1) around it and whose discrimination is LogN(0, 0.3²).
    """
    held, errors = 0, []
    for _ in range(people):
        true, known = _new_bank(answers, chance) if new else (bank(answers, chance),) * 2
        start = chance.normal()
        posterior = ability.prior()
        for at in range(answers):
            theta = start + gain * (at + 1) / 100
            posterior = ability.update(posterior, known[at], _score(theta, true[at], chance), idle_days=0.0, feedback=walk)
        found = ability.summarise(posterior)
        now = start + gain * answers / 100
        held += found.low <= now <= found.high
        errors.append(found.theta - now)
    return Coverage(held / people, float(np.sqrt(np.mean(np.square(errors)))))


def placements(people: int, cut: float, chance: np.random.Generator, *, adaptive: bool) -> Placements:
    """People take the placement in one skill with 100 questions of four subtopics, against a cut [logits].

    adaptive: as the product asks; otherwise in random order, with the same rules for stopping.
    """
    items = bank(100, chance)
    topics = {topic: 1 / len(TOPICS) for topic in TOPICS}
    lengths, decided, wrong, held = [], 0, 0, 0
    for _ in range(people):
        theta = chance.normal()
        posterior, asked = _place(items, theta, cut, topics, chance, adaptive=adaptive)
        above, found = ability.probability_above(posterior, cut), ability.summarise(posterior)
        status = mastery.status(above, asked)
        lengths.append(asked)
        decided += status is not Status.NOT_ENOUGH
        wrong += status is (Status.NOT_YET if theta > cut else Status.DEMONSTRATED)
        held += found.low <= theta <= found.high
    return Placements(float(np.mean(lengths)), decided / people, wrong / max(decided, 1), held / people)


def promises(people: int, chance: np.random.Generator) -> list[Promise]:
    """After 8 answers people who are not decided are told how many more would decide; then they go on answering."""
    items = bank(100, chance)
    cut = mastery.cut_score(items)
    typical = sorted(items, key=lambda item: item.difficulty)[len(items) // 2]
    took: dict[str, list[float]] = {"1 to 5": [], "6 to 15": [], "16 to 60": []}
    for _ in range(people):
        theta, posterior = chance.normal(), ability.prior()
        for _ in range(8):
            posterior = _answer(posterior, items, theta, chance)
        if mastery.status(ability.probability_above(posterior, cut), 8) is not Status.NOT_ENOUGH:
            continue
        told = mastery.answers_to_decide(posterior, typical, cut)
        if told is not None:
            group = "1 to 5" if told <= 5 else "6 to 15" if told <= 15 else "16 to 60"
            took[group].append(_took(posterior, items, theta, cut, 3 * told, chance))
    return [_promise(told, counts) for told, counts in took.items() if counts]


def _took(posterior: Posterior, items: Sequence[ItemParameters], theta: float, cut: float, most: int, chance: np.random.Generator) -> float:
    """Answers until the skill was decided; infinite where the last of `most` did not decide it."""
    for count in range(1, most + 1):
        posterior = _answer(posterior, items, theta, chance)
        if mastery.status(ability.probability_above(posterior, cut), 8 + count) is not Status.NOT_ENOUGH:
            return count
    return float("inf")


def _promise(told: str, counts: Sequence[float]) -> Promise:
    low, median, high = np.quantile(counts, [0.25, 0.5, 0.75], method="lower")
    return Promise(told, len(counts), float(low), float(median), float(high), float(np.mean(np.isinf(counts))))


def _answer(posterior: Posterior, items: Sequence[ItemParameters], theta: float, chance: np.random.Generator) -> Posterior:
    item = items[int(chance.integers(len(items)))]
    return ability.update(posterior, item, _score(theta, item, chance), idle_days=0.0, feedback=True)


def _place(
    items: Sequence[ItemParameters], theta: float, cut: float, topics: dict[str, float], chance: np.random.Generator, *, adaptive: bool
) -> tuple[Posterior, int]:
    left = [Candidate(at, item, TOPICS[at % len(TOPICS)]) for at, item in enumerate(items)]
    posterior, asked = ability.prior(), Counter[str]()
    while True:
        if adaptive:
            one = selection.choose(posterior, left, shares=topics, asked=asked, chance=float(chance.random()))
        else:
            one = left[int(chance.integers(len(left)))]
        left.remove(one)
        asked[one.topic] += 1
        posterior = ability.update(posterior, one.item, _score(theta, one.item, chance), idle_days=0.0, feedback=False)
        above, se = ability.probability_above(posterior, cut), ability.summarise(posterior).se
        if selection.stop(above=above, se=se, answers=posterior.answers, asked=asked.total()) is not None:
            return posterior, asked.total()


def _new_bank(count: int, chance: np.random.Generator) -> tuple[list[ItemParameters], list[ItemParameters]]:
    """Questions as they are, and as the product knows them before anybody has answered."""
    known = [author_prior(LEVELS[int(chance.integers(3))], GUESSING) for _ in range(count)]  # type: ignore[arg-type]  # a level
    true = [ItemParameters(float(np.exp(chance.normal(0, 0.3))), item.difficulty + float(chance.normal()), GUESSING) for item in known]
    return true, known


def _score(theta: float, item: ItemParameters, chance: np.random.Generator) -> float:
    return float(chance.random() < probability_correct(np.array([theta]), item)[0])
