"""The response model and estimates against published numbers and laws."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.core.measurement import ability, mastery
from academy.core.measurement.irt import GRID, ItemParameters, author_prior, expected_response, probability_correct
from academy.core.measurement.mastery import Status
from tests.core import lsat6

scores = st.floats(0.0, 1.0)
items = st.builds(
    ItemParameters, st.floats(0.3, 3.0), st.floats(-3.0, 3.0), st.floats(0.0, 0.5), st.floats(0.0, 1.0)
)  # fmt: skip


def test_the_curve_passes_halfway_at_the_difficulty() -> None:
    item = ItemParameters(discrimination=1.3, difficulty=0.7, guessing=0.25)
    assert probability_correct(np.array([0.7]), item)[0] == pytest.approx(0.625)


def test_expected_response_flattens_by_the_published_form() -> None:
    item = author_prior("medium", 0.25)
    assert expected_response(item).discrimination == pytest.approx(1 / np.sqrt(1 + 1 / 2.89))
    assert expected_response(item).difficulty == 0.0


@pytest.mark.parametrize("pattern", lsat6.TWO_PARAMETER_SCORES)
def test_lsat6_patterns_have_the_published_eap_scores(pattern: str) -> None:
    parameters = [ItemParameters(a, b, 0.0) for a, b in lsat6.TWO_PARAMETER]
    estimate = ability.eap((item, float(mark)) for item, mark in zip(parameters, pattern, strict=True))
    assert (estimate.theta, estimate.se) == pytest.approx(lsat6.TWO_PARAMETER_SCORES[pattern], abs=1e-3)


@pytest.mark.parametrize("pattern", lsat6.TWO_PARAMETER_SCORES)
def test_lsat6_totals_have_the_published_eap_scores(pattern: str) -> None:
    parameters = [ItemParameters(a, b, 0.0) for a, b in lsat6.ONE_PARAMETER]
    estimate = ability.eap((item, float(mark)) for item, mark in zip(parameters, pattern, strict=True))
    assert (estimate.theta, estimate.se) == pytest.approx(lsat6.ONE_PARAMETER_SCORES[pattern.count("1")], abs=1e-3)


@given(st.lists(st.tuples(items, scores), max_size=12))
def test_eap_does_not_depend_on_the_order_of_answers(scored: list[tuple[ItemParameters, float]]) -> None:
    here, there = ability.eap(scored), ability.eap(reversed(scored))
    assert here.theta == pytest.approx(there.theta, abs=1e-9)
    assert here.se == pytest.approx(there.se, abs=1e-9)


@given(st.lists(st.tuples(items, scores, st.floats(0, 5000)), max_size=30))
def test_a_posterior_stays_a_distribution(scored: list[tuple[ItemParameters, float, float]]) -> None:
    posterior = ability.prior()
    for item, score, idle in scored:
        posterior = ability.update(posterior, item, score, idle_days=idle, feedback=True)
    assert posterior.weights.sum() == pytest.approx(1.0)
    assert (posterior.weights >= 0).all()
    estimate = ability.summarise(posterior)
    assert estimate.low <= estimate.theta <= estimate.high
    assert np.isfinite([estimate.theta, estimate.se]).all()


@given(items, st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_a_better_score_never_lowers_the_estimate(item: ItemParameters, low: float, high: float) -> None:
    low, high = sorted((low, high))
    after = [ability.update(ability.prior(), item, score, idle_days=0, feedback=False) for score in (low, high)]
    assert ability.summarise(after[0]).theta <= ability.summarise(after[1]).theta + 1e-9


def test_waiting_adds_doubt_and_moves_nothing() -> None:
    start = ability.eap([(author_prior("easy", 0.25), 1.0)] * 5)
    posterior = ability.prior()
    for _ in range(5):
        posterior = ability.update(posterior, author_prior("easy", 0.25), 1.0, idle_days=0, feedback=False)
    assert ability.summarise(posterior).theta == pytest.approx(start.theta, abs=1e-9)
    item = ItemParameters(1e-9, 0.0, 0.0)  # tells nothing
    later = ability.update(posterior, item, 1.0, idle_days=300, feedback=False)
    assert ability.summarise(later).se > ability.summarise(posterior).se
    assert ability.summarise(later).theta == pytest.approx(ability.summarise(posterior).theta, abs=1e-2)


def test_the_walk_has_the_variance_it_is_given() -> None:
    item = ItemParameters(1e-9, 0.0, 0.0)
    after = ability.update(ability.prior(), item, 1.0, idle_days=100, feedback=True)
    expected = 1.0 + ability.WALK_PER_ANSWER**2 + 100 * ability.WALK_PER_DAY**2
    assert ability.summarise(after).se ** 2 == pytest.approx(expected, rel=1e-3)


def test_an_impossible_score_is_refused() -> None:
    with pytest.raises(ValueError, match="not in"):
        ability.update(ability.prior(), author_prior("easy", 0.0), 1.2, idle_days=0, feedback=False)


def test_weights_survive_being_stored() -> None:
    weights = ability.prior().weights
    assert (ability.from_bytes(ability.to_bytes(weights)) == weights).all()
    with pytest.raises(ValueError, match="weights"):
        ability.from_bytes(b"12345678")


@given(st.lists(items, min_size=1, max_size=8), st.floats(-5, 5), st.floats(-5, 5))
def test_the_domain_score_rises_with_ability(bank: list[ItemParameters], first: float, second: float) -> None:
    low, high = sorted((first, second))
    assert mastery.domain_score(low, bank) <= mastery.domain_score(high, bank) + 1e-12


@given(st.lists(items, min_size=1, max_size=8))
def test_the_cut_is_where_four_fifths_are_expected(bank: list[ItemParameters]) -> None:
    cut = mastery.cut_score(bank)
    assert GRID[0] <= cut <= GRID[-1]
    if GRID[0] < cut < GRID[-1]:
        assert mastery.domain_score(cut, bank) == pytest.approx(0.80, abs=1e-6)


def test_the_probability_above_a_cut_falls_smoothly() -> None:
    posterior = ability.prior()
    assert ability.probability_above(posterior, 0.0) == pytest.approx(0.5)
    found = [ability.probability_above(posterior, cut) for cut in np.linspace(-6.5, 6.5, 200)]
    assert all(here >= there for here, there in itertools.pairwise(found))
    assert found[0] == pytest.approx(1.0)
    assert found[-1] == 0.0


def test_status_needs_answers_and_confidence() -> None:
    assert mastery.status(0.99, 0) is Status.UNKNOWN
    assert mastery.status(0.90, 5) is Status.DEMONSTRATED
    assert mastery.status(0.10, 5) is Status.NOT_YET
    assert mastery.status(0.50, 5) is Status.NOT_ENOUGH


def test_answers_still_needed_are_fewer_the_clearer_the_case() -> None:
    item = author_prior("medium", 0.25)
    able = ability.Posterior(_normal(2.2), 10, datetime(2026, 1, 1, tzinfo=UTC))
    near = ability.Posterior(_normal(1.2), 10, datetime(2026, 1, 1, tzinfo=UTC))
    cut = mastery.cut_score([item])
    far, close = mastery.answers_to_decide(able, item, cut), mastery.answers_to_decide(near, item, cut)
    assert far is not None
    assert close is None or far < close


def _normal(mean: float) -> np.ndarray:
    weights = np.exp(-0.5 * ((GRID - mean) / 0.7) ** 2)
    return np.asarray(weights / weights.sum())
