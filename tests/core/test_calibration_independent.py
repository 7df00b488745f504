"""Fits held against a likelihood written here a second time, from its definition: the top of it, its curvature, its value.

The reference is slow and plain: a product over the answers of each person, summed over abilities. No code of the product
is used for it. Cases are those on which estimators usually break.
"""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from academy.core.measurement import em
from academy.core.measurement.calibration import Calibration, Model, Priors, calibrate, default_priors
from academy.core.measurement.curves import Layout
from academy.core.measurement.irt import FloatArray
from academy.core.measurement.responses import Responses, from_marks, patterns

ABILITIES = np.linspace(-6.0, 6.0, 61)


@dataclass(frozen=True)
class Case:
    """Answers and how they are fitted; flat: without priors."""

    responses: Responses
    model: Model
    flat: bool
    guessing: float = 0.0


def simulate(people: int, a: FloatArray, b: FloatArray, *, seed: int, c: float = 0.0, missing: float = 0.0, mean: float = 0.0) -> Responses:
    chance = np.random.default_rng(seed)
    theta = chance.normal(mean, 1.0, (people, 1))
    right = c + (1.0 - c) / (1.0 + np.exp(-a * (theta - b)))
    marks = (chance.random((people, len(a))) < right).astype(np.float64)
    marks[chance.random(marks.shape) < missing] = np.nan
    return from_marks(tuple(f"q{at}" for at in range(len(a))), marks)


def counted(responses: Responses) -> Responses:
    """The same people as patterns with counts."""
    different, counts = np.unique(responses.marks, axis=0, return_counts=True)
    return Responses(responses.items, different, counts.astype(np.float64))


@functools.cache
def tally(responses: Responses) -> Counter[tuple[bool | None, ...]]:
    """How many people gave each pattern of answers; None is not administered."""
    found: Counter[tuple[bool | None, ...]] = Counter()
    for marks, count in zip(responses.marks, responses.counts, strict=True):
        found[tuple(None if math.isnan(mark) else bool(mark) for mark in marks)] += int(count)
    return found


SPREAD = np.linspace(-1.5, 1.5, 5)
ONES = np.ones(5)
CASES = {
    "missing": Case(simulate(600, np.linspace(0.7, 1.8, 5), SPREAD, seed=1, missing=0.4), "2pl", True),
    "steep": Case(simulate(400, np.array([2.5, 3.0, 3.5, 4.0]), np.linspace(-0.3, 0.8, 4), seed=2), "2pl", True),
    "few people": Case(simulate(40, ONES, SPREAD, seed=3), "2pl", False),
    "few people, one slope": Case(simulate(40, ONES, SPREAD, seed=3), "1pl", True),
    "patterns": Case(counted(simulate(500, np.linspace(0.6, 1.4, 5), SPREAD, seed=4)), "2pl", True),
    "rasch": Case(simulate(500, 1.6 * ONES, SPREAD, seed=5, missing=0.2), "rasch", True),
    "guessing": Case(simulate(1500, np.linspace(1.0, 2.0, 5), SPREAD, seed=6, c=0.25), "3pl", False, 0.25),
    "able people": Case(simulate(400, ONES, SPREAD, seed=7, mean=1.5), "2pl", False),
    "few seen": Case(simulate(300, ONES, SPREAD, seed=8, missing=0.8), "2pl", False),
}


def log_posterior(case: Case, a: FloatArray, b: FloatArray, c: FloatArray, sigma: float) -> float:
    """The marginal log-likelihood, and with priors their logarithm up to a constant."""
    weights = np.exp(-0.5 * ABILITIES**2)
    weights /= weights.sum()
    total = 0.0
    right = [c_ + (1.0 - c_) / (1.0 + np.exp(-a_ * (sigma * ABILITIES - b_))) for a_, b_, c_ in zip(a, b, c, strict=True)]
    for marks, count in tally(case.responses).items():
        likelihood = weights.copy()
        for item, mark in enumerate(marks):
            if mark is not None:
                likelihood *= right[item] if mark else 1.0 - right[item]
        total += count * math.log(likelihood.sum())
    if case.flat:
        return total
    for item, tried in enumerate(case.responses.tried):
        spread = 0.35 if tried < 200 else 0.5
        total -= 0.5 * (math.log(a[item]) / spread) ** 2 + 0.5 * b[item] ** 2
        if case.guessing:
            total += 20 * case.guessing * math.log(c[item]) + 20 * (1 - case.guessing) * math.log1p(-c[item])
    return total


def free(case: Case, found: Calibration) -> tuple[FloatArray, Callable[[FloatArray], float]]:
    """The free parameters at the fit, as log a, b, logit c (rasch: log sigma, b), and the reference as a function of them."""
    a, b, c = (np.array([getattr(item, name) for item in found.items]) for name in ("discrimination", "difficulty", "guessing"))
    size = len(b)
    if case.model == "rasch":
        assert found.sigma is not None
        start = np.concatenate(([math.log(found.sigma)], b))
        return start, lambda at: log_posterior(case, np.ones(size), at[1:], np.zeros(size), math.exp(at[0]))
    if case.model == "1pl":
        return np.concatenate(([math.log(a[0])], b)), lambda at: log_posterior(case, np.full(size, math.exp(at[0])), at[1:], c, 1.0)
    if case.model == "2pl":
        return np.concatenate((np.log(a), b)), lambda at: log_posterior(case, np.exp(at[:size]), at[size:], c, 1.0)
    logit = np.log(c / (1 - c))
    return np.concatenate((np.log(a), b, logit)), lambda at: log_posterior(
        case, np.exp(at[:size]), at[size : 2 * size], 1 / (1 + np.exp(-at[2 * size :])), 1.0
    )


def curvature(value: Callable[[FloatArray], float], at: FloatArray, step: float = 2e-3) -> FloatArray:
    """Minus the second derivatives, by central differences."""
    size = len(at)
    unit = np.eye(size) * step
    result = np.empty((size, size))
    for first in range(size):
        for second in range(first, size):
            corners = [s * t * value(at + s * unit[first] + t * unit[second]) for s in (1, -1) for t in (1, -1)]
            result[first, second] = result[second, first] = -sum(corners) / (4 * step * step)
    return result


@pytest.mark.parametrize("name", CASES)
def test_a_fit_is_the_top_of_its_likelihood_with_the_curvature_it_says(name: str) -> None:
    case = CASES[name]
    items = len(case.responses.items)
    priors = None if case.flat else Priors(np.zeros(items), np.full(items, case.guessing))
    found = calibrate(case.responses, case.model, priors)
    assert found.converged
    at, value = free(case, found)
    if case.flat:
        assert value(at) == pytest.approx(found.log_likelihood, abs=1e-6)
    information = curvature(value, at)
    assert (np.linalg.eigvalsh(information) > 0).all()
    covariance = np.linalg.inv(information)
    gradient = np.array([(value(at + step) - value(at - step)) / 2e-4 for step in np.eye(len(at)) * 1e-4])
    assert np.abs(covariance @ gradient).max() < 2e-4, "a Newton step from the fit leads nowhere"
    errors = np.sqrt(np.diag(covariance))
    place = slice(1, 1 + items) if case.model in ("rasch", "1pl") else slice(items, 2 * items)
    assert [item.se_difficulty for item in found.items] == pytest.approx(errors[place], rel=2e-3)
    if case.model in ("2pl", "3pl"):
        slopes = np.array([item.discrimination for item in found.items])
        assert [item.se_discrimination for item in found.items] == pytest.approx(slopes * errors[:items], rel=2e-3)


def test_no_answers_outvote_a_wide_prior_as_flat_priors_do_not() -> None:
    case = CASES["missing"]
    data, layout = patterns(case.responses), Layout(True, False, np.zeros(5, dtype=bool))
    nothing = em.Penalty(np.zeros((5, 2)), np.full((5, 2), 1e-9), np.zeros(5), np.zeros(5))
    start = np.column_stack((np.zeros(5), np.zeros(5), np.zeros(5)))
    wide = em.fit(data, start, layout, nothing).parameters
    flat = calibrate(case.responses, "2pl", None)
    assert np.exp(wide[:, 0]) == pytest.approx([item.discrimination for item in flat.items], abs=1e-5)
    assert wide[:, 1] == pytest.approx([item.difficulty for item in flat.items], abs=1e-5)


@pytest.mark.parametrize("name", ["missing", "guessing", "able people"])
def test_a_warm_start_ends_where_a_cold_one_does(name: str) -> None:
    case = CASES[name]
    priors = Priors(np.zeros(5), np.full(5, case.guessing))
    cold = calibrate(case.responses, case.model, priors)
    known = np.array([[item.discrimination, item.difficulty, item.guessing] for item in cold.items], dtype=np.float64)
    known[0] = np.nan  # an item that the last calibration did not know
    warm = calibrate(case.responses, case.model, priors, start=known)
    assert warm.iterations < cold.iterations
    assert [item.difficulty for item in warm.items] == pytest.approx([item.difficulty for item in cold.items], abs=1e-5)
    assert [item.discrimination for item in warm.items] == pytest.approx([item.discrimination for item in cold.items], abs=1e-5)


def test_many_people_and_items_need_few_steps() -> None:
    chance = np.random.default_rng(9)
    responses = simulate(2000, np.exp(chance.normal(0.0, 0.3, 60)), chance.normal(0.5, 1.0, 60), seed=9, c=0.2, mean=0.7)
    told: list[int] = []
    found = calibrate(responses, "2pl", default_priors(60), progress=lambda maps, _moved: told.append(maps))
    assert found.converged
    assert found.iterations < 40
    assert told == list(range(2, found.iterations + 1, 2))


def test_a_narrow_prior_of_one_item_holds_it_and_no_other() -> None:
    responses = simulate(300, ONES, SPREAD, seed=10)
    narrow = Priors(np.array([2.0, 0, 0, 0, 0]), np.zeros(5), np.array([0.05, 1, 1, 1, 1]))
    held, loose = (calibrate(responses, "2pl", priors).items for priors in (narrow, default_priors(5)))
    assert held[0].difficulty == pytest.approx(2.0, abs=0.1)
    assert loose[0].difficulty == pytest.approx(-1.5, abs=0.5)
    assert held[3].difficulty == pytest.approx(loose[3].difficulty, abs=0.2)
    assert held[0].se_difficulty == pytest.approx(0.05, abs=0.01)
