"""Intervals hold the truth as often as they say, and laws of the estimate that the simulation report rests on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.core.measurement import ability, mastery
from academy.core.measurement.irt import GRID, ItemParameters, probability_correct
from academy.core.measurement.mastery import Status
from tests.bench import evidence, simulation

items = st.builds(ItemParameters, st.floats(0.3, 3.0), st.floats(-3.0, 3.0), st.floats(0.0, 0.5), st.floats(0.0, 1.0))
scored = st.lists(st.tuples(items, st.floats(0.0, 1.0)), max_size=12)


def after(answers: list[tuple[ItemParameters, float]]) -> ability.Posterior:
    posterior = ability.prior()
    for item, score in answers:
        posterior = ability.update(posterior, item, score, idle_days=0.0, feedback=False)
    return posterior


def test_who_does_not_change_is_within_the_interval_nine_times_in_ten() -> None:
    found = simulation.coverage(1_000, 30, gain=0.0, walk=False, chance=np.random.default_rng(1))
    assert evidence.LEAST <= found.share <= evidence.MOST


@pytest.mark.parametrize("gain", [0.0, 1.0])
def test_the_walk_keeps_up_with_learning(gain: float) -> None:
    found = simulation.coverage(300, 100, gain=gain, walk=True, chance=np.random.default_rng(2))
    assert found.share >= evidence.LEAST


def test_of_those_decided_nine_in_ten_are_right() -> None:
    found = simulation.placements(300, 0.5, np.random.default_rng(3), adaptive=True)
    assert found.wrong <= 0.10
    assert 5 <= found.length <= 20


@given(scored, st.randoms())
def test_without_the_walk_the_order_of_answers_does_not_matter(answers: list[tuple[ItemParameters, float]], chance) -> None:  # type: ignore[no-untyped-def]  # a Random
    shuffled = list(answers)
    chance.shuffle(shuffled)
    assert after(answers).weights == pytest.approx(after(shuffled).weights, abs=1e-9)


@given(scored)
def test_one_after_the_other_is_all_at_once(answers: list[tuple[ItemParameters, float]]) -> None:
    here, there = ability.summarise(after(answers)), ability.eap(answers)
    assert (here.theta, here.se, here.low, here.high) == pytest.approx((there.theta, there.se, there.low, there.high), abs=1e-9)


@given(items, st.sampled_from([0.0, 1.0]), st.integers(0, 60))
def test_extremes_stay_finite(item: ItemParameters, score: float, count: int) -> None:
    found = ability.summarise(after([(item, score)] * count))
    assert np.isfinite([found.theta, found.se, found.low, found.high]).all()
    assert GRID[0] <= found.low <= found.theta <= found.high <= GRID[-1]


@given(st.floats(-2.0, 2.0), st.floats(0.25, 1.2))
def test_the_interval_of_a_normal_posterior_is_the_normal_one(mean: float, spread: float) -> None:
    weights = np.exp(-0.5 * ((GRID - mean) / spread) ** 2)
    found = ability.summarise(ability.Posterior(weights / weights.sum()))
    assert (found.low, found.high) == pytest.approx((mean - 1.645 * spread, mean + 1.645 * spread), abs=0.03)


@given(st.integers(0, 6), st.floats(-1.0, 1.0))
def test_a_promise_of_more_answers_is_kept_by_answers_as_expected(count: int, cut: float) -> None:
    """Right answers lead up: who is told n answers is decided after n answers of their expected score."""
    item = ItemParameters(1.2, 0.0, 0.2)
    posterior = after([(item, 1.0)] * count)
    told = mastery.answers_to_decide(posterior, item, cut)
    if told is None or mastery.status(ability.probability_above(posterior, cut), 1) is not Status.NOT_ENOUGH:
        return
    score = float(probability_correct(np.array([ability.summarise(posterior).theta]), item)[0])
    later = posterior
    for _ in range(told):
        later = ability.update(later, item, score, idle_days=0.0, feedback=False)
    assert mastery.status(ability.probability_above(later, cut), 1) is not Status.NOT_ENOUGH
