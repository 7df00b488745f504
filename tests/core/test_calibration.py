"""Calibration against published tables, laws that any fit must keep, and data that determine little."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from academy.core.measurement import calibration, em
from academy.core.measurement.calibration import Calibration, Model, Priors, calibrate, default_priors, scores
from academy.core.measurement.curves import Layout, curves
from academy.core.measurement.irt import FloatArray
from academy.core.measurement.responses import Responses, from_marks, patterns
from academy.core.measurement.standard_errors import observed_information
from tests.core import lsat6

ITEMS = ("item1", "item2", "item3", "item4", "item5")
models = st.sampled_from(calibration.MODELS)
tables = st.tuples(st.integers(1, 25), st.integers(1, 6)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=st.sampled_from([0.0, 1.0, np.nan]))
)


def published() -> Responses:
    marks = np.array([[float(mark) for mark in pattern] for pattern in lsat6.PATTERN_COUNTS])
    return Responses(ITEMS, marks, np.array(list(lsat6.PATTERN_COUNTS.values()), dtype=np.float64))


def simulated(
    people: int, items: int, *, seed: int, missing: float = 0.0, guessing: float = 0.0
) -> tuple[Responses, FloatArray, FloatArray]:
    chance = np.random.default_rng(seed)
    a, b = np.exp(chance.normal(0.0, 0.3, items)), chance.normal(0.0, 1.0, items)
    theta = chance.normal(0.0, 1.0, (people, 1))
    right = guessing + (1.0 - guessing) / (1.0 + np.exp(-a * (theta - b)))
    marks = (chance.random((people, items)) < right).astype(np.float64)
    marks[chance.random((people, items)) < missing] = np.nan
    return from_marks(tuple(f"q{number}" for number in range(items)), marks), a, b


def table(found: Calibration) -> FloatArray:
    rows = [(item.discrimination, item.difficulty, item.guessing, item.se_discrimination, item.se_difficulty) for item in found.items]
    return np.array(rows, dtype=np.float64)


def named(marks: FloatArray) -> Responses:
    return from_marks(tuple(f"q{number}" for number in range(marks.shape[1])), marks)


# Rizopoulos (2006), Journal of Statistical Software 17(5), and R's mirt 1.41 on the same data.
def test_one_parameter_model_has_the_published_estimates() -> None:
    found = calibrate(published(), "1pl", None)
    assert (found.learners, found.responses, found.converged) == (1000, 5000, True)
    assert found.log_likelihood == pytest.approx(-2466.9376, abs=1e-4)
    assert table(found)[:, :2] == pytest.approx(np.array(lsat6.ONE_PARAMETER), abs=1e-5)
    assert table(found)[:, 3] == pytest.approx(np.full(5, 0.0694), abs=5e-5)
    assert table(found)[:, 4] == pytest.approx(np.array([0.3266, 0.1422, 0.0977, 0.1691, 0.2510]), abs=1e-4)


def test_two_parameter_model_has_the_published_estimates() -> None:
    found = calibrate(published(), "2pl", None)
    assert found.log_likelihood == pytest.approx(-2466.6534, abs=1e-4)
    assert table(found)[:, :2] == pytest.approx(np.array(lsat6.TWO_PARAMETER), abs=1e-5)
    assert table(found)[:, 3] == pytest.approx(np.array([0.258115, 0.186680, 0.232764, 0.185143, 0.209909]), abs=1e-5)
    assert table(found)[:, 4] == pytest.approx(np.array([0.866474, 0.307491, 0.099623, 0.434317, 0.871221]), abs=1e-5)


def test_rasch_is_the_one_parameter_model_on_another_scale() -> None:
    found = calibrate(published(), "rasch", None)
    assert found.sigma == pytest.approx(0.755135, abs=1e-6)
    assert table(found)[:, 1] == pytest.approx(np.array([-2.7300, -0.9986, -0.2399, -1.3065, -2.0994]), abs=1e-4)
    assert {item.discrimination for item in found.items} == {1.0}
    assert {item.se_discrimination for item in found.items} == {None}


@pytest.mark.parametrize(("model", "expected"), [("2pl", lsat6.TWO_PARAMETER_SCORES), ("1pl", None)])
def test_scores_are_the_published_ones(model: Model, expected: dict[str, tuple[float, float]] | None) -> None:
    found = scores(calibrate(published(), model, None))
    for pattern, score in zip(lsat6.PATTERN_COUNTS, found, strict=True):
        wanted = expected[pattern] if expected else lsat6.ONE_PARAMETER_SCORES[pattern.count("1")]
        assert score == pytest.approx(wanted, abs=1e-4)


def test_rasch_scores_are_in_logits_of_the_item_scale() -> None:
    rasch, one = scores(calibrate(published(), "rasch", None)), scores(calibrate(published(), "1pl", None))
    assert rasch[0][0] == pytest.approx(0.7551347 * (one[0][0] or 0.0), abs=1e-5)


def test_counted_patterns_are_people() -> None:
    counted = published()
    people = from_marks(ITEMS, np.repeat(counted.marks, counted.counts.astype(int), axis=0))
    assert table(calibrate(people, "2pl", None)) == pytest.approx(table(calibrate(counted, "2pl", None)), abs=1e-9)


@pytest.mark.parametrize("model", calibration.MODELS)
@pytest.mark.parametrize("flat", [True, False])
def test_standard_errors_come_from_the_curvature_of_the_log_posterior(model: Model, flat: bool) -> None:
    responses, _, _ = simulated(300, 4, seed=5, missing=0.1, guessing=0.2)
    data = patterns(responses)
    layout = Layout(not flat, model in ("rasch", "1pl"), np.full(4, model == "3pl"))
    strength = 0.0 if flat else 1.0
    penalty = em.Penalty(np.zeros((4, 2)), np.full((4, 2), strength), np.full(4, 0.2), np.full(4, 20 * strength))
    at = np.column_stack((np.full(4, 0.9), np.linspace(-1, 1, 4), np.full(4, -1.4)))

    def value(flattened: FloatArray) -> float:
        return em.expect(data, flattened.reshape(4, 3), layout, penalty).log_posterior

    fitted = em.Fit(at, em.expect(data, at, layout, penalty), True, 0, ())
    exact, step = observed_information(data, fitted, layout, penalty), 1e-4
    free = [place for place in range(12) if model == "3pl" or place % 3 != 2]
    for first, second in itertools.product(free, free):
        there, back = np.zeros(12), np.zeros(12)
        there[first], back[second] = step, step
        corners = [value(at.ravel() + s * there + t * back) * s * t for s in (1, -1) for t in (1, -1)]
        assert exact[first, second] == pytest.approx(-sum(corners) / (4 * step * step), abs=2e-3)


@settings(max_examples=40, deadline=None)
@given(tables, models, st.booleans())
def test_the_log_posterior_never_falls_and_all_is_finite_or_unknown(marks: FloatArray, model: Model, flat: bool) -> None:
    found = calibrate(named(marks), model, None if flat else default_priors(marks.shape[1]), longest=60)
    path = np.array(found.path)
    assert (np.diff(path) >= -1e-9 * np.maximum(1.0, np.abs(path[1:]))).all()
    assert np.isfinite(found.log_likelihood)
    values = table(found)
    assert (np.isfinite(values) | np.isnan(values)).all()
    if not flat:
        assert np.isfinite(values[:, :3]).all()
        assert np.isfinite(values[:, 4]).all()
    for theta, se in scores(found):
        assert theta is None or se is None or np.isfinite([theta, se]).all()


@settings(max_examples=25, deadline=None)
@given(tables, models, st.randoms(use_true_random=False))
def test_the_order_of_people_and_items_changes_nothing(marks: FloatArray, model: Model, shuffle: object) -> None:
    chance = np.random.default_rng(shuffle.randrange(2**32))  # type: ignore[attr-defined]  # hypothesis types it as object
    people, items = chance.permutation(marks.shape[0]), chance.permutation(marks.shape[1])
    priors = Priors(np.linspace(-1, 1, marks.shape[1]), np.full(marks.shape[1], 0.25))
    moved = Priors(priors.difficulty[items], priors.guessing[items])
    here, there = calibrate(named(marks), model, priors), calibrate(named(marks[people][:, items]), model, moved)
    assert there.log_likelihood == pytest.approx(here.log_likelihood, abs=1e-5)
    assert table(there) == pytest.approx(table(here)[items], abs=1e-5, nan_ok=True)
    assert calibration.moments(there.weights)[0] == pytest.approx(calibration.moments(here.weights)[0][people], abs=1e-5)


def test_a_flat_fit_is_a_maximum_of_the_likelihood() -> None:
    responses, _, _ = simulated(400, 6, seed=3, missing=0.3)
    found = calibrate(responses, "2pl", None)
    layout = Layout(True, False, np.zeros(6, dtype=bool))
    nothing = em.Penalty(np.zeros((6, 2)), np.zeros((6, 2)), np.zeros(6), np.zeros(6))
    best = np.column_stack((np.log(table(found)[:, 0]), table(found)[:, 1], np.zeros(6)))
    data, chance = patterns(responses), np.random.default_rng(1)
    assert em.expect(data, best, layout, nothing).log_likelihood == pytest.approx(found.log_likelihood)
    for _ in range(50):
        beside = best + chance.normal(0.0, 0.05, best.shape)
        assert em.expect(data, beside, layout, nothing).log_likelihood < found.log_likelihood


def test_parameters_are_recovered_from_answers_with_gaps() -> None:
    responses, a, b = simulated(2000, 20, seed=7, missing=0.5)
    found = table(calibrate(responses, "2pl", default_priors(20)))
    assert np.sqrt(np.mean((found[:, 1] - b) ** 2)) < 0.2
    assert np.corrcoef(found[:, 0], a)[0, 1] > 0.8
    assert (np.abs(found[:, 1] - b) < 1.96 * found[:, 4]).mean() >= 0.8


def test_guessing_is_recovered_and_only_where_it_is_possible() -> None:
    responses, _, b = simulated(3000, 20, seed=8, guessing=0.2)
    priors = Priors(np.zeros(20), np.where(np.arange(20) < 10, 0.25, 0.0))
    found = table(calibrate(responses, "3pl", priors))
    assert (found[10:, 2] == 0.0).all()
    assert found[:10, 2].mean() == pytest.approx(0.22, abs=0.04)
    guessed = table(calibrate(responses, "3pl", default_priors(20)))
    plain = table(calibrate(responses, "2pl", default_priors(20)))
    assert np.mean((guessed[:, 1] - b) ** 2) < np.mean((plain[:, 1] - b) ** 2)


def test_a_question_that_the_able_get_wrong_has_a_negative_slope_without_priors() -> None:
    responses, _, _ = simulated(1000, 8, seed=9)
    marks = responses.marks.copy()
    marks[:, 0] = 1.0 - marks[:, 0]
    found = calibrate(from_marks(responses.items, marks), "2pl", None)
    assert table(found)[0, 0] < 0 < table(found)[1:, 0].min()


@pytest.mark.parametrize("model", calibration.MODELS)
@pytest.mark.parametrize("flat", [True, False])
@pytest.mark.parametrize(
    "marks",
    [
        np.full((3, 2), np.nan),
        np.ones((4, 3)),
        np.zeros((4, 3)),
        np.array([[1.0], [0.0], [1.0]]),
        np.array([[1.0, 0.0, 1.0]]),
        np.tile([1.0, 0.0], (5, 1)),
        np.tril(np.ones((6, 5))),
        np.zeros((0, 2)),
    ],
)
def test_answers_that_determine_nothing_leave_priors_or_unknowns(model: Model, flat: bool, marks: FloatArray) -> None:
    found = calibrate(named(marks), model, None if flat else default_priors(marks.shape[1]))
    values = table(found)
    assert np.isfinite(found.log_likelihood)
    assert (np.abs(values[~np.isnan(values)]) < 1e6).all()
    mixed = (np.nansum(marks, axis=0) > 0) & (np.nansum(1 - marks, axis=0) > 0)
    assert np.isnan(values[:, 1]).all() if flat and mixed.sum() < 2 else True
    assert flat or np.isfinite(values[:, [0, 1, 2, 4]]).all()
    assert len(scores(found)) == len(marks)


def test_an_item_that_all_had_right_takes_no_part_in_a_flat_fit() -> None:
    counted = published()
    wider = Responses((*ITEMS, "easy"), np.column_stack((counted.marks, np.ones(len(counted.marks)))), counted.counts)
    found = calibrate(wider, "2pl", None)
    assert table(found)[:5] == pytest.approx(table(calibrate(counted, "2pl", None)))
    assert (found.items[5].answered, found.items[5].difficulty) == (1000, None)


def test_a_slope_without_end_is_no_convergence() -> None:
    found = calibrate(named(np.tril(np.ones((6, 5)))), "2pl", None)
    assert not found.converged
    assert calibrate(named(np.tril(np.ones((6, 5)))), "2pl", default_priors(5)).converged


def test_one_varying_item_alone_says_only_how_often_it_was_right() -> None:
    found = calibrate(named(np.array([[1.0], [0.0], [1.0], [1.0]])), "2pl", None)
    assert found.log_likelihood == pytest.approx(3 * np.log(0.75) + np.log(0.25))
    assert found.items[0].discrimination is None


def test_few_answers_stay_near_the_prior() -> None:
    found = calibrate(named(np.array([[np.nan, 1.0], [np.nan, 0.0]])), "3pl", Priors(np.array([1.0, 0.0]), np.array([0.25, 0.25])))
    unseen = found.items[0]
    assert (unseen.answered, unseen.discrimination, unseen.difficulty, unseen.guessing) == pytest.approx((0, 1.0, 1.0, 0.25), abs=1e-5)
    assert unseen.se_difficulty == pytest.approx(1.0, abs=1e-5)


def test_ability_from_the_other_answers_leaves_out_the_own() -> None:
    responses, _, _ = simulated(60, 5, seed=2, missing=0.2)
    fitted = calibrate(responses, "2pl", default_priors(5))
    without = calibration.ability_without(responses, fitted)
    logs = em.LOG_PRIOR.copy()
    for item in range(1, 5):
        mark = responses.marks[0, item]
        if not np.isnan(mark):
            logs = logs + (fitted.log_right[item] if mark else fitted.log_wrong[item])
    assert without[0, 0] == pytest.approx(calibration.moments(em.normalised(logs)[0])[0])


def test_curves_stay_finite_at_the_ends() -> None:
    layout = Layout(True, False, np.array([True, False]))
    found = curves(np.array([[4.0, 200.0, -9.0], [4.0, -200.0, 0.0]]), layout)
    for values in (found.log_right, found.log_wrong, found.lift, found.right):
        assert np.isfinite(values).all()


def test_what_cannot_be_calibrated_is_refused() -> None:
    with pytest.raises(ValueError, match="neither"):
        named(np.array([[0.5]]))
    with pytest.raises(ValueError, match="shape"):
        Responses(("a",), np.ones((2, 1)), np.ones(3))
    with pytest.raises(ValueError, match="count"):
        Responses(("a",), np.ones((1, 1)), np.array([-1.0]))
    with pytest.raises(ValueError, match="one prior"):
        calibrate(named(np.ones((1, 2))), "2pl", default_priors(3))
    with pytest.raises(ValueError, match="none of"):
        calibrate(named(np.ones((1, 2))), "4pl", None)  # type: ignore[arg-type]  # on purpose
