"""Item parameters as unbounded numbers, turned into curves on the ability grid with their derivatives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from academy.core.measurement.irt import GRID, FloatArray
from academy.core.measurement.responses import BoolArray

SLOPE, PLACE, GUESS = 0, 1, 2
"""Columns of a parameter table: a or log a, d or b, logit c."""

_LONGEST_SLOPE, _FARTHEST_PLACE = 100.0, 500.0
_LARGEST_EXPONENT = 700.0
_LOWEST_GUESS, _HIGHEST_GUESS = -9.0, 4.0


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """How a parameter table (items × 3) is read.

    logarithmic: its first columns are (log a, b), so that a > 0; else (a, d) with logit a theta + d. common: all items
    share the slope. guessed: items whose c moves; the others have c = 0.
    """

    logarithmic: bool
    common: bool
    guessed: BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """Values at the nodes of GRID, items × nodes: probability right and its logarithms, the plain logistic curve.

    lift: the logistic curve's share of the probability right. guessing: items × 1. slope: derivatives of the logit by the
    first two parameters, items × nodes × 2.
    """

    right: FloatArray
    log_right: FloatArray
    log_wrong: FloatArray
    logistic: FloatArray
    lift: FloatArray
    guessing: FloatArray
    slope: FloatArray


def within_bounds(parameters: FloatArray, layout: Layout) -> FloatArray:
    """The parameters, moved to where curves can still be computed."""
    longest = _longest(layout)
    high = np.array([longest, _FARTHEST_PLACE, _HIGHEST_GUESS])
    low = np.array([-longest, -_FARTHEST_PLACE, _LOWEST_GUESS])
    return np.clip(parameters, low, high)


def runs_away(parameters: FloatArray, layout: Layout) -> bool:
    """Whether a slope stands at its bound: the answers ask for a steeper one, without end."""
    return bool((np.abs(parameters[:, SLOPE]) >= _longest(layout)).any())


def curves(parameters: FloatArray, layout: Layout) -> Curves:
    """Three-parameter logistic curves on GRID with what their fit needs. Source: Birnbaum (1968)."""
    logit, slope = _logit(parameters, layout)
    guessing = np.where(layout.guessed, np.exp(-np.logaddexp(0.0, -parameters[:, GUESS])), 0.0)[:, None]
    log_guessing = np.where(layout.guessed, -np.logaddexp(0.0, -parameters[:, GUESS]), -np.inf)[:, None]
    log_logistic = -np.logaddexp(0.0, -logit)
    log_right = np.logaddexp(log_guessing, np.log1p(-guessing) + log_logistic)
    log_wrong = np.log1p(-guessing) - np.logaddexp(0.0, logit)
    lift = np.exp(log_logistic - log_right)
    return Curves(np.exp(log_right), log_right, log_wrong, np.exp(log_logistic), lift, guessing, slope)


def score_factors(found: Curves) -> FloatArray:
    """dP / (P (1 - P)) by each parameter, items × nodes × 3: a person's score is (x - P) times this."""
    by_guess = found.guessing * np.exp(np.minimum(-found.log_right, _LARGEST_EXPONENT))
    return np.concatenate((found.lift[:, :, None] * found.slope, by_guess[:, :, None]), axis=2)


def expected_information(found: Curves, tried: FloatArray) -> FloatArray:
    """Fisher information of each item's parameters (items × 3 × 3) when tried[item, node] people answered at a node."""
    factors = score_factors(found)
    weight = tried * np.exp(found.log_right + found.log_wrong)
    return np.asarray(np.swapaxes(factors * weight[:, :, None], 1, 2) @ factors)


def complete_information(found: Curves, layout: Layout, right: FloatArray, tried: FloatArray) -> FloatArray:
    """Minus the second derivatives (items × 3 × 3) of each item's log-likelihood if abilities were known.

    right, tried: people at each item and node.
    """
    wrong, logistic, guessing = tried - right, found.logistic, found.guessing
    by_logit = (1.0 - guessing) * found.lift * (1.0 - logistic)
    by_guess = (1.0 - guessing) * (1.0 - found.lift)
    first = right * by_logit - wrong * logistic
    logit_twice = wrong * logistic * (1.0 - logistic) - right * by_logit * (1.0 - 2.0 * logistic - by_logit)
    guess_twice = wrong * guessing * (1.0 - guessing) - right * by_guess * (1.0 - 2.0 * guessing - by_guess)
    both = right * by_logit * (guessing + by_guess)
    result = np.zeros((len(right), 3, 3))
    result[:, :2, :2] = np.einsum("jq,jqa,jqb->jab", logit_twice, found.slope, found.slope)
    if layout.logarithmic:  # else the logit is linear in its parameters
        result[:, SLOPE, SLOPE] -= (first * found.slope[:, :, SLOPE]).sum(axis=1)
        result[:, SLOPE, PLACE] -= (first * found.slope[:, :, PLACE]).sum(axis=1)
        result[:, PLACE, SLOPE] = result[:, SLOPE, PLACE]
    result[:, GUESS, :2] = result[:, :2, GUESS] = np.einsum("jq,jqa->ja", both, found.slope)
    result[:, GUESS, GUESS] = guess_twice.sum(axis=1)
    return result


def _longest(layout: Layout) -> float:
    return float(np.log(_LONGEST_SLOPE)) if layout.logarithmic else _LONGEST_SLOPE


def _logit(parameters: FloatArray, layout: Layout) -> tuple[FloatArray, FloatArray]:
    first, place = parameters[:, SLOPE, None], parameters[:, PLACE, None]
    slope = np.empty((len(parameters), GRID.size, 2))
    if not layout.logarithmic:
        slope[:, :, SLOPE], slope[:, :, PLACE] = GRID, 1.0
        return first * GRID + place, slope
    steepness = np.exp(first)
    logit = steepness * (GRID - place)
    slope[:, :, SLOPE], slope[:, :, PLACE] = logit, -steepness
    return logit, slope
