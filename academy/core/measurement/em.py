"""Answer patterns turned into the item parameters that make them most plausible: marginal EM, accelerated.

Sources: Bock & Aitkin (1981), marginal maximum likelihood by EM; Mislevy (1986), Bayes modal estimation; Varadhan & Roland
(2008), SQUAREM; Liu, Rubin & Wu (1998), parameter expansion.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from academy.core.measurement.curves import (
    GUESS,
    PLACE,
    SLOPE,
    Layout,
    curves,
    expected_information,
    score_factors,
    within_bounds,
)
from academy.core.measurement.irt import GRID, FloatArray
from academy.core.measurement.responses import Patterns

LOG_PRIOR: FloatArray = -0.5 * GRID**2 - np.log(np.exp(-0.5 * GRID**2).sum())
"""Logarithm of the standard normal weights on GRID, which sum to 1."""
LOG_PRIOR.setflags(write=False)

_LONGEST_STEP = 1.0
_SCORING_STEPS = 1
_SCORING_STEPS_WITH_GUESSING = 3  # where one step is far from the maximum
_HALVINGS = 8
_RIDGE = 1e-8
_SHORTEST_STEP = 1e-12
_SHORTEST_SHIFT = 1e-6  # of the ability scale: below it a change of the objective is rounding
_SHIFT_STEPS = 8
_SMALLEST_VARIANCE = 1e-6
_LONGEST_SHIFT = 0.5

Progress = Callable[[int, float], None]
"""Told after each step: EM maps done, and by how much the last one moved a parameter."""


@dataclass(frozen=True, slots=True, eq=False)
class Penalty:
    """The logarithm of the parameters' prior: normal for the first two columns, a Beta for c.

    mean, precision: items × 2. guess_mean, guess_weight: one an item; Beta(w m + 1, w (1 - m) + 1). Zeros say nothing.
    """

    mean: FloatArray
    precision: FloatArray
    guess_mean: FloatArray
    guess_weight: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """What one E step found at some parameters.

    weights: posterior of each pattern, patterns × nodes. right, tried: expected people at each item and node.
    log_likelihood: marginal. log_posterior: with the penalty added.
    """

    weights: FloatArray
    right: FloatArray
    tried: FloatArray
    log_likelihood: float
    log_posterior: float


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Parameters at the end, the E step there, and the log-posterior after every accepted step; maps counts EM maps."""

    parameters: FloatArray
    expected: Expected
    converged: bool
    maps: int
    path: tuple[float, ...]


def fit(
    data: Patterns,
    start: FloatArray,
    layout: Layout,
    penalty: Penalty,
    *,
    tolerance: float = 1e-7,
    longest: int = 600,
    progress: Progress = lambda _maps, _moved: None,
) -> Fit:
    """Maximise the log-posterior from a start (items × 3) until an EM map moves no parameter by more than the tolerance.

    longest: EM maps after which to stop without convergence. The log-posterior never falls along the path.
    """
    here, at = start, expect(data, start, layout, penalty)
    path, maps, converged = [at.log_posterior], 0, False
    while not converged and maps < longest:
        plain = maximise(here, at, layout, penalty)
        moved = float(np.abs(plain - here).max())
        converged = moved <= tolerance
        one, at_one = _best(data, layout, penalty, at, rescaled(plain, data.counts @ at.weights, layout, penalty), plain)
        plain = maximise(one, at_one, layout, penalty)
        two = rescaled(plain, data.counts @ at_one.weights, layout, penalty)
        far = within_bounds(_extrapolated(here, one, plain if two is None else two), layout)
        here, at = _best(data, layout, penalty, at_one, far, two, plain)
        maps += 2
        path += [at_one.log_posterior, at.log_posterior]
        progress(maps, moved)
    return Fit(here, at, converged, maps, tuple(path))


def rescaled(parameters: FloatArray, people: FloatArray, layout: Layout, penalty: Penalty) -> FloatArray | None:
    """The same curves on the scale on which these people (expected, by node) are standard normal; None where they nearly are.

    Mean and spread of ability are what plain EM is slowest to find. With priors they maximise the expected log-posterior.
    Source: Liu, Rubin & Wu (1998), parameter-expanded EM.
    """
    total = float(people.sum())
    if total <= 0.0:
        return None
    mean = float(people @ GRID) / total
    variance = float(people @ GRID**2) / total - mean * mean
    variance = max(variance, _SMALLEST_VARIANCE)
    shift, stretch = mean, 0.5 * float(np.log(variance))
    if layout.logarithmic:
        shift, stretch = _shift(parameters, total, mean, variance, penalty)
    if max(abs(shift), abs(stretch)) < _SHORTEST_SHIFT:
        return None
    result = parameters.copy()
    if layout.logarithmic:
        result[:, SLOPE] += stretch
        result[:, PLACE] = (parameters[:, PLACE] - shift) * np.exp(-stretch)
    else:
        result[:, SLOPE] *= np.exp(stretch)
        result[:, PLACE] += parameters[:, SLOPE] * shift
    return within_bounds(result, layout)


def _shift(parameters: FloatArray, people: float, mean: float, variance: float, penalty: Penalty) -> tuple[float, float]:
    """Mean and log spread of ability that maximise the expected log-posterior of (log a, b), by Newton's method."""
    shift = stretch = 0.0
    (by_slope, by_place), (slope, place) = penalty.precision.T, penalty.mean.T
    for _ in range(_SHIFT_STEPS):
        narrow = float(np.exp(-stretch))
        a, b = parameters[:, SLOPE] + stretch, (parameters[:, PLACE] - shift) * narrow
        square, away = (variance + (mean - shift) ** 2) * narrow * narrow, (mean - shift) * narrow * narrow
        pull = by_place * (b - place)
        along = people * (square - 1.0) - (by_slope * (a - slope)).sum() + (pull * b).sum()
        gradient = np.array([people * away + narrow * pull.sum(), along])
        both = 2.0 * people * away + narrow * (by_place * b).sum()
        first = narrow * narrow * (people + by_place.sum())
        second = 2.0 * people * square + by_slope.sum() + (by_place * b * b).sum()
        step = np.clip(np.linalg.solve(np.array([[first, both], [both, second]]), gradient), -_LONGEST_SHIFT, _LONGEST_SHIFT)
        shift, stretch = shift + float(step[0]), stretch + float(step[1])
        if np.abs(step).max() < _SHORTEST_STEP:
            break
    return shift, stretch


def _best(
    data: Patterns, layout: Layout, penalty: Penalty, before: Expected, *candidates: FloatArray | None
) -> tuple[FloatArray, Expected]:
    """The first of some parameters at which the log-posterior does not fall; the last one, a plain EM map, never lets it."""
    *bold, plain = (candidate for candidate in candidates if candidate is not None)
    for parameters in bold:
        found = expect(data, parameters, layout, penalty)
        if found.log_posterior >= before.log_posterior:
            return parameters, found
    return plain, expect(data, plain, layout, penalty)


def log_joint(data: Patterns, log_right: FloatArray, log_wrong: FloatArray) -> FloatArray:
    """Logarithm of prior times likelihood, patterns × nodes, from curves as items × nodes."""
    return np.asarray(data.right @ log_right + data.wrong @ log_wrong + LOG_PRIOR)


def normalised(logs: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Rows of logarithms turned into weights that sum to 1, and the logarithm of each row's sum."""
    top = logs.max(axis=-1, keepdims=True)
    weights = np.exp(logs - top)
    total = weights.sum(axis=-1, keepdims=True)
    return weights / total, (top + np.log(total))[..., 0]


def expect(data: Patterns, parameters: FloatArray, layout: Layout, penalty: Penalty) -> Expected:
    """The E step."""
    found = curves(parameters, layout)
    weights, sums = normalised(log_joint(data, found.log_right, found.log_wrong))
    people = weights * data.counts[:, None]
    right = data.right.T @ people
    likelihood = float(data.counts @ sums)
    posterior = likelihood + float(_log_penalty(parameters, layout, penalty).sum())
    return Expected(weights, right, right + data.wrong.T @ people, likelihood, posterior)


def maximise(parameters: FloatArray, at: Expected, layout: Layout, penalty: Penalty) -> FloatArray:
    """The M step: a few Fisher scoring steps for every item, each halved until the expected log-posterior does not fall."""
    value = _objective(parameters, at, layout, penalty)
    for _ in range(_SCORING_STEPS_WITH_GUESSING if layout.guessed.any() else _SCORING_STEPS):
        step = _scoring_step(parameters, at, layout, penalty)
        if np.abs(step).max() < _SHORTEST_STEP:
            break
        for _ in range(_HALVINGS):
            tried = within_bounds(parameters + step, layout)
            found = _objective(tried, at, layout, penalty)
            worse = ~((found.sum() if layout.common else found) >= (value.sum() if layout.common else value))
            if not worse.any():
                break
            step = np.where(np.reshape(worse, (-1, 1)), step / 2.0, step)
        else:
            tried = np.where(np.reshape(worse, (-1, 1)), parameters, tried)
            found = np.where(worse, value, found)
        parameters, value = tried, found
    return parameters


def penalty_information(parameters: FloatArray, layout: Layout, penalty: Penalty) -> FloatArray:
    """Minus the second derivatives of the logarithm of the prior, items × 3 × 3."""
    guess = _guess(parameters, layout)
    result = np.zeros((len(parameters), 3, 3))
    result[:, SLOPE, SLOPE], result[:, PLACE, PLACE] = penalty.precision.T
    result[:, GUESS, GUESS] = penalty.guess_weight * guess * (1.0 - guess)
    return result


def _extrapolated(zero: FloatArray, one: FloatArray, two: FloatArray) -> FloatArray:
    first = one - zero
    change = two - one - first
    size = float(np.linalg.norm(change))
    if size == 0.0:
        return two
    length = max(1.0, float(np.linalg.norm(first)) / size)
    return np.asarray(zero + 2.0 * length * first + length * length * change)


def _objective(parameters: FloatArray, at: Expected, layout: Layout, penalty: Penalty) -> FloatArray:
    found = curves(parameters, layout)
    likelihood = at.right * found.log_right + (at.tried - at.right) * found.log_wrong
    return np.asarray(likelihood.sum(axis=1) + _log_penalty(parameters, layout, penalty))


def _scoring_step(parameters: FloatArray, at: Expected, layout: Layout, penalty: Penalty) -> FloatArray:
    found = curves(parameters, layout)
    surplus = at.right - at.tried * found.right
    gradient = (surplus[:, None, :] @ score_factors(found))[:, 0, :] + _penalty_gradient(parameters, layout, penalty)
    information = expected_information(found, at.tried) + penalty_information(parameters, layout, penalty)
    information[:, range(3), range(3)] += _RIDGE
    information[~layout.guessed, GUESS, GUESS] = 1.0
    if layout.common:
        common = _common_step(gradient, information)
        return common * min(1.0, _LONGEST_STEP / max(float(np.abs(common).max()), 1e-300))
    step = np.asarray(np.linalg.solve(information, gradient[:, :, None])[:, :, 0], dtype=np.float64)
    longest = np.abs(step).max(axis=1, keepdims=True)
    return np.asarray(step * np.minimum(1.0, _LONGEST_STEP / np.maximum(longest, 1e-300)))


def _common_step(gradient: FloatArray, information: FloatArray) -> FloatArray:
    """One slope for all items and a place for each: the arrow-shaped system, solved by its Schur complement."""
    ratio = information[:, SLOPE, PLACE] / information[:, PLACE, PLACE]
    left = (information[:, SLOPE, SLOPE] - ratio * information[:, SLOPE, PLACE]).sum()
    slope = (gradient[:, SLOPE] - ratio * gradient[:, PLACE]).sum() / left
    step = np.zeros_like(gradient)
    step[:, SLOPE] = slope
    step[:, PLACE] = gradient[:, PLACE] / information[:, PLACE, PLACE] - ratio * slope
    return step


def _guess(parameters: FloatArray, layout: Layout) -> FloatArray:
    return np.where(layout.guessed, 1.0 / (1.0 + np.exp(-parameters[:, GUESS])), 0.0)


def _log_penalty(parameters: FloatArray, layout: Layout, penalty: Penalty) -> FloatArray:
    normal = -0.5 * (penalty.precision * (parameters[:, :2] - penalty.mean) ** 2).sum(axis=1)
    logit = parameters[:, GUESS]
    beta = -penalty.guess_mean * np.logaddexp(0.0, -logit) - (1.0 - penalty.guess_mean) * np.logaddexp(0.0, logit)
    return np.asarray(normal + np.where(layout.guessed, penalty.guess_weight * beta, 0.0))


def _penalty_gradient(parameters: FloatArray, layout: Layout, penalty: Penalty) -> FloatArray:
    normal = -penalty.precision * (parameters[:, :2] - penalty.mean)
    beta = np.where(layout.guessed, penalty.guess_weight * (penalty.guess_mean - _guess(parameters, layout)), 0.0)
    return np.column_stack((normal, beta))
