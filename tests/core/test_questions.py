"""Questions reported on and compared, with whole tables and with gaps."""

from __future__ import annotations

import numpy as np
import pytest

from academy.core.measurement import calibration, ctt, questions
from academy.core.measurement.irt import FloatArray
from academy.core.measurement.responses import BoolArray


def simulated(people: int, items: int, *, seed: int, shift: float = 0.0, at: int = 0) -> tuple[FloatArray, BoolArray]:
    """Marks of two groups in turn; one item is harder by `shift` logits for the second."""
    chance = np.random.default_rng(seed)
    theta, b, focal = chance.normal(size=(people, 1)), np.linspace(-1, 1, items), np.arange(people) % 2 == 1
    harder = np.where(focal[:, None] & (np.arange(items) == at), shift, 0.0)
    return (chance.random((people, items)) < 1 / (1 + np.exp(-1.5 * (theta - b - harder)))).astype(float), focal


def names(count: int) -> list[str]:
    return [f"q{number}" for number in range(count)]


def test_one_strongly_unequal_question_among_few_does_not_spoil_the_others() -> None:
    marks, focal = simulated(600, 5, seed=1, shift=4.0, at=2)
    work = questions.work(names(5), marks, np.ones(5))
    plain, purified = questions.compare(work, focal), questions.compare(work, focal, purified=True)
    assert purified[2].grade == "C"
    assert [one.name for one in purified if one.grade == "C"] == ["q2"]
    others = [sum(abs(one.found.delta or 0.0) for at, one in enumerate(found) if at != 2) for found in (plain, purified)]
    assert others[1] < others[0] / 2
    assert len([one for one in plain if one.grade == "C"]) > 1


def test_the_same_with_gaps() -> None:
    marks, focal = simulated(900, 6, seed=2, shift=4.0, at=2)
    marks[np.random.default_rng(3).random(marks.shape) < 0.2] = np.nan
    work = questions.work(names(6), marks, np.ones(6))
    assert not work.comparable
    assert [one.name for one in questions.compare(work, focal, purified=True) if one.grade == "C"] == ["q2"]


def test_without_a_difference_a_second_look_changes_nothing() -> None:
    marks, focal = simulated(400, 6, seed=4)
    work = questions.work(names(6), marks, np.ones(6))
    assert questions.compare(work, focal) == questions.compare(work, focal, purified=True)


def test_options_are_counted_in_thirds_of_the_rest() -> None:
    marks = np.array([[float(position < number) for position in range(3)] for number in (0, 0, 1, 2, 3, 3)])
    work = questions.work(names(3), marks, np.ones(3))
    chosen = {"a": marks[:, 0] == 0, "b": marks[:, 0] == 1, "c": np.zeros(6, dtype=bool)}
    found = questions.questions(work, [chosen, {}, {}], [frozenset("b"), frozenset(), frozenset()], [None] * 3)
    a, b, c = found[0].options
    assert (a.count, b.count, c.count, c.share, c.rest_correlation) == (2, 4, 0, 0.0, None)
    assert b.right
    assert not a.right
    assert b.rest_correlation == pytest.approx(ctt.correlation(marks[:, 0], marks[:, 1:].sum(axis=1)))
    assert b.by_third[2] == 1.0


def test_some_people_are_matched_as_all_were() -> None:
    marks, _ = simulated(100, 4, seed=5)
    work = questions.work(names(4), marks, np.ones(4))
    some = np.zeros(marks.shape, dtype=bool)
    some[:50] = True
    part = questions.questions(work, [{}] * 4, [frozenset()] * 4, [None] * 4, people=some)
    assert [one.statistics.n for one in part] == [50] * 4
    expected = ctt.correlation(marks[:50, 0], marks[:50, 1:].sum(axis=1))
    assert part[0].statistics.discrimination == pytest.approx(100 * expected if expected is not None else None)


def test_reliability_is_that_of_what_was_found() -> None:
    marks, _ = simulated(500, 20, seed=6)
    responses = questions.full_marks(tuple(names(20)), marks, np.ones(20))
    fitted = calibration.calibrate(responses, "2pl", calibration.default_priors(20))
    theta, se = calibration.moments(fitted.weights)
    assert calibration.reliability(fitted) == pytest.approx(theta.var(ddof=1) / (theta.var(ddof=1) + (se**2).mean()))
    everything = calibration.ability_on(responses, fitted, np.ones(20, dtype=bool))
    assert everything == pytest.approx(theta, abs=1e-9)
