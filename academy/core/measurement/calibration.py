"""Responses turned into item parameters with their standard errors, and into scores on the scale those define."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, get_args

import numpy as np

from academy.core.measurement import em, standard_errors
from academy.core.measurement.curves import GUESS, PLACE, SLOPE, Curves, Layout, curves, runs_away, within_bounds
from academy.core.measurement.em import Fit, Penalty
from academy.core.measurement.irt import GRID, FloatArray
from academy.core.measurement.responses import BoolArray, Patterns, Responses, patterns

Model = Literal["rasch", "1pl", "2pl", "3pl"]
MODELS: tuple[Model, ...] = get_args(Model)
"""rasch: a = 1 and the spread of ability is free; 1pl: one common a; 2pl: a by item; 3pl: a and c by item."""

DISCRIMINATION_SD = 0.5
"""Standard deviation of log a before any answer."""
DISCRIMINATION_SD_FEW = 0.35
"""The same while an item has fewer answers than FEW_ANSWERS."""
FEW_ANSWERS = 200
"""Answers below which a is mostly prior. Sources: Drasgow (1989); De Ayala (2009)."""
FEWEST_ANSWERS = 30
"""Answers below which b is mostly prior. Source: Linacre (1994): about 30 answers place b within one logit."""
DIFFICULTY_SD = 1.0
"""Standard deviation [logits] of b around the author's level."""
GUESSING_WEIGHT = 20.0
"""Answers that the prior of c is worth: Beta(20 m + 1, 20 (1 - m) + 1) around the chance m of guessing."""
GUESSING = 0.2
"""Chance of guessing where the number of options is not known: five options, as in Zimowski et al. (2003), BILOG-MG."""

_SMALLEST_SLOPE = 1e-6


class Maturity(StrEnum):
    """How far an item's parameters are its own."""

    AUTHOR = "author"
    PROVISIONAL = "provisional"
    ESTIMATING = "estimating"
    CALIBRATED = "calibrated"


@dataclass(frozen=True, slots=True, eq=False)
class Priors:
    """What is believed of the items before their answers: mean of b [logits] and chance of guessing, one an item.

    A chance of 0 keeps c at 0: typed answers cannot be guessed. difficulty_sd: standard deviation of b [logits], one an
    item, where it is not DIFFICULTY_SD.
    """

    difficulty: FloatArray
    guessing: FloatArray
    difficulty_sd: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class CalibratedItem:
    """Parameters of one item and their standard errors; None where the answers do not determine them.

    answered: people who answered. discrimination a, difficulty b [logits], guessing c.
    """

    item: str
    answered: float
    discrimination: float | None = None
    difficulty: float | None = None
    guessing: float | None = None
    se_discrimination: float | None = None
    se_difficulty: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """A fitted model. sigma: standard deviation of ability [logits]; None where it is not determined.

    log_likelihood: marginal, without priors. path: the log-posterior after each step, never falling. weights: posterior
    of each row on GRID times sigma. log_right, log_wrong: curves on GRID, items × nodes, 0 where there is no curve.
    """

    model: Model
    items: tuple[CalibratedItem, ...]
    learners: float
    responses: float
    log_likelihood: float
    converged: bool
    iterations: int
    sigma: float | None
    path: tuple[float, ...]
    weights: FloatArray
    log_right: FloatArray
    log_wrong: FloatArray


def maturity(answered: float) -> Maturity:
    """What this many answers make of an item's parameters: the author's, provisional below 30, estimating below 200."""
    if answered < 1:
        return Maturity.AUTHOR
    if answered < FEWEST_ANSWERS:
        return Maturity.PROVISIONAL
    return Maturity.ESTIMATING if answered < FEW_ANSWERS else Maturity.CALIBRATED


def default_priors(items: int) -> Priors:
    """Priors of items of which nothing is known but their answers."""
    return Priors(np.zeros(items), np.full(items, GUESSING))


def calibrate(
    responses: Responses,
    model: Model,
    priors: Priors | None,
    *,
    start: FloatArray | None = None,
    tolerance: float = 1e-7,
    longest: int = 600,
    progress: em.Progress = lambda _maps, _moved: None,
) -> Calibration:
    """Item parameters by Bayes-modal marginal EM on 61 nodes; without priors by plain maximum marginal likelihood.

    start: a, b, c of each item to begin from (items × 3), for instance those of the last calibration; NaN where unknown.

    Missing answers are ignored. Without priors, an item that nobody or everybody had right has no estimate, and one item
    alone determines nothing. Under rasch the prior is that of 1pl, whose scale is sigma times narrower. Raises ValueError
    for another model, or priors of another number of items.
    Sources: Bock & Aitkin (1981); Mislevy (1986); Louis (1982) for the standard errors.
    """
    _check(responses, model, priors)
    known = _determined(responses) if priors is None else np.ones(len(responses.items), dtype=bool)
    data = patterns(responses, known)
    layout = Layout(priors is not None, model in ("rasch", "1pl"), _guessed(model, priors, known))
    if not known.any():
        return _nothing(responses, model, data)
    penalty = _penalty(responses, priors, layout, known)
    begun = _start(responses, priors, layout, known)
    if start is not None:
        begun = _warm(begun, start[known], layout)
    fitted = em.fit(data, begun, layout, penalty, tolerance=tolerance, longest=longest, progress=progress)
    fitted = _upright(fitted, layout)
    table, sigma = _reported(data, fitted, layout, penalty, model)
    return Calibration(
        model=model,
        items=_named(responses, known, table),
        learners=float(responses.counts.sum()),
        responses=float(responses.tried.sum()),
        log_likelihood=fitted.expected.log_likelihood,
        converged=fitted.converged and not runs_away(fitted.parameters, layout),
        iterations=fitted.maps,
        sigma=sigma,
        path=fitted.path,
        weights=fitted.expected.weights[data.row_pattern],
        **_curves_of_all(known, curves(fitted.parameters, layout)),
    )


def scores(calibration: Calibration) -> list[tuple[float | None, float | None]]:
    """Expected ability and its posterior standard deviation [logits] of each row; None where sigma is not known."""
    if calibration.sigma is None:
        return [(None, None)] * len(calibration.weights)
    theta, se = moments(calibration.weights)
    return [(float(at), float(doubt)) for at, doubt in zip(calibration.sigma * theta, calibration.sigma * se, strict=True)]


def moments(weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and standard deviation of posteriors on GRID (the last axis)."""
    theta = weights @ GRID
    return theta, np.sqrt(np.maximum(weights @ GRID**2 - theta**2, 0.0))


def reliability(calibration: Calibration) -> float | None:
    """Empirical reliability of the expected abilities, in [0, 1]: their variance over itself plus the mean squared doubt.

    Honest where people met different questions; None for fewer than 2 people.
    """
    theta, se = moments(calibration.weights)
    if theta.size < 2:
        return None
    spread, doubt = float(theta.var(ddof=1)), float(np.mean(se**2))
    return spread / (spread + doubt)


def ability_without(responses: Responses, calibration: Calibration) -> FloatArray:
    """Expected ability of each row from its other answers, people × items: what to match on when people saw different items."""
    return np.column_stack([moments(weights)[0] for weights in _weights_without(responses, calibration)])


def ability_on(responses: Responses, calibration: Calibration, items: BoolArray) -> FloatArray:
    """Expected ability of each row from its answers to some items only."""
    right, wrong = responses.marks[:, items] == 1.0, responses.marks[:, items] == 0.0
    logs = right @ calibration.log_right[items] + wrong @ calibration.log_wrong[items] + em.LOG_PRIOR
    return moments(em.normalised(logs)[0])[0]


def expected_without(responses: Responses, calibration: Calibration) -> FloatArray:
    """P(right) of each row on each item as its other answers say, people × items, averaged over what they leave open."""
    found = zip(_weights_without(responses, calibration), calibration.log_right, strict=True)
    return np.column_stack([weights @ np.exp(log_right) for weights, log_right in found])


def _weights_without(responses: Responses, calibration: Calibration) -> Iterator[FloatArray]:
    """For each item the posteriors of all rows without their answer to it."""
    logs = np.log(np.maximum(calibration.weights, 1e-300))
    for item, marks in enumerate(responses.marks.T):
        own = np.where((marks == 1.0)[:, None], calibration.log_right[item], calibration.log_wrong[item])
        yield em.normalised(np.where(np.isnan(marks)[:, None], logs, logs - own))[0]


def _check(responses: Responses, model: Model, priors: Priors | None) -> None:
    if model not in MODELS:
        raise ValueError(f"{model} is none of {', '.join(MODELS)}")
    if priors is not None and not len(priors.difficulty) == len(priors.guessing) == len(responses.items):
        raise ValueError("there must be one prior for each item")


def _determined(responses: Responses) -> BoolArray:
    mixed = (responses.right > 0) & (responses.right < responses.tried)
    return mixed if mixed.sum() > 1 else np.zeros_like(mixed)


def _guessed(model: Model, priors: Priors | None, known: BoolArray) -> BoolArray:
    if model != "3pl":
        return np.zeros(int(known.sum()), dtype=bool)
    return np.ones(int(known.sum()), dtype=bool) if priors is None else np.asarray(priors.guessing > 0)


def _penalty(responses: Responses, priors: Priors | None, layout: Layout, known: BoolArray) -> Penalty:
    items = int(known.sum())
    if priors is None:
        return Penalty(np.zeros((items, 2)), np.zeros((items, 2)), np.zeros(items), np.zeros(items))
    few = responses.tried < FEW_ANSWERS
    spread = np.where(few & (not layout.common), DISCRIMINATION_SD_FEW, DISCRIMINATION_SD)
    slope = 1.0 / spread**2 / (items if layout.common else 1)
    place = np.full(items, DIFFICULTY_SD) if priors.difficulty_sd is None else priors.difficulty_sd
    precision = np.column_stack((slope, place**-2.0))
    mean = np.column_stack((np.zeros(items), priors.difficulty))
    return Penalty(mean, precision, priors.guessing, np.full(items, GUESSING_WEIGHT))


def _start(responses: Responses, priors: Priors | None, layout: Layout, known: BoolArray) -> FloatArray:
    share = (responses.right[known] + 1.0) / (responses.tried[known] + 2.0)
    guessing = np.full(share.size, GUESSING) if priors is None else priors.guessing
    guessing = np.clip(np.where(layout.guessed, guessing, 0.0), 0.0, 0.95)
    above = np.clip((share - guessing) / (1.0 - guessing), 0.05 * share, 1.0)
    easiness = np.log(above / (1.0 - above))
    start = np.zeros((share.size, 3))
    start[:, SLOPE] = 0.0 if layout.logarithmic else 1.0
    start[:, PLACE] = -easiness if layout.logarithmic else easiness
    start[layout.guessed, GUESS] = np.log(guessing[layout.guessed] / (1.0 - guessing[layout.guessed]))
    return within_bounds(start, layout)


def _warm(cold: FloatArray, known: FloatArray, layout: Layout) -> FloatArray:
    """A start from known a, b, c (items × 3) where they are known; one slope for all stays where it was."""
    a, b, c = known.T
    usable = np.isfinite(a) & np.isfinite(b) & (a > _SMALLEST_SLOPE)
    result = cold.copy()
    if not layout.common:
        result[usable, SLOPE] = np.log(a[usable]) if layout.logarithmic else a[usable]
    result[usable, PLACE] = b[usable] if layout.logarithmic else -a[usable] * b[usable]
    guessed = usable & layout.guessed & (c > 0.0) & (c < 1.0)
    result[guessed, GUESS] = np.log(c[guessed] / (1.0 - c[guessed]))
    return within_bounds(result, layout)


def _upright(fitted: Fit, layout: Layout) -> Fit:
    """The mirror image of a solution in which more of ability means less: nothing in the answers tells them apart."""
    if layout.logarithmic or fitted.parameters[:, SLOPE].sum() >= 0:
        return fitted
    parameters = fitted.parameters * np.array([-1.0, 1.0, 1.0])
    at = fitted.expected
    mirrored = em.Expected(at.weights[:, ::-1], at.right[:, ::-1], at.tried[:, ::-1], at.log_likelihood, at.log_posterior)
    return Fit(parameters, mirrored, fitted.converged, fitted.maps, fitted.path)


def _reported(data: Patterns, fitted: Fit, layout: Layout, penalty: Penalty, model: Model) -> tuple[FloatArray, float]:
    """a, b, c, SE(a), SE(b) of each item, NaN where not determined, and sigma."""
    slope, place, _ = fitted.parameters.T
    covariance = standard_errors.covariances(data, fitted, layout, penalty)
    a = np.exp(slope) if layout.logarithmic else slope
    flat = np.abs(a) < _SMALLEST_SLOPE
    safe = np.where(flat, np.nan, a)
    b = place if layout.logarithmic else -place / safe
    c = np.where(layout.guessed, 1.0 / (1.0 + np.exp(-fitted.parameters[:, GUESS])), 0.0)
    to_a, to_b = _gradients(safe, b, layout, model)
    se_a, se_b = standard_errors.standard_error(covariance, to_a), standard_errors.standard_error(covariance, to_b)
    if model != "rasch":
        return np.column_stack((safe if not layout.common else a, b, c, se_a, se_b)), 1.0
    sigma = float(a[0])
    difficulty = sigma * place if layout.logarithmic else -place
    return np.column_stack((np.ones_like(a), difficulty, c, np.full_like(a, np.nan), se_b)), sigma


def _gradients(a: FloatArray, b: FloatArray, layout: Layout, model: Model) -> tuple[FloatArray, FloatArray]:
    """Derivatives of each item's reported a and b by its slope and place (items × 2): the delta method's."""
    one, zero = np.ones_like(a), np.zeros_like(a)
    if layout.logarithmic:
        return np.column_stack((a, zero)), np.column_stack((a * b, a) if model == "rasch" else (zero, one))
    return np.column_stack((one, zero)), np.column_stack((zero, -one) if model == "rasch" else (-b / a, -1.0 / a))


def _named(responses: Responses, known: BoolArray, table: FloatArray) -> tuple[CalibratedItem, ...]:
    rows = iter(table)
    return tuple(
        CalibratedItem(name, float(answered), *(_finite(next(rows)) if fitted else ()))
        for name, answered, fitted in zip(responses.items, responses.tried, known, strict=True)
    )


def _finite(values: Sequence[float] | FloatArray) -> tuple[float | None, ...]:
    return tuple(float(value) if math.isfinite(value) else None for value in values)


def _curves_of_all(known: BoolArray, found: Curves) -> dict[str, FloatArray]:
    log_right, log_wrong = np.zeros((known.size, GRID.size)), np.zeros((known.size, GRID.size))
    log_right[known], log_wrong[known] = found.log_right, found.log_wrong
    return {"log_right": log_right, "log_wrong": log_wrong}


def _nothing(responses: Responses, model: Model, data: Patterns) -> Calibration:
    """What can be said where no item is determined: how much there was, and the prior of ability."""
    empty = np.zeros((len(responses.items), GRID.size))
    return Calibration(
        model=model,
        items=tuple(CalibratedItem(name, float(n)) for name, n in zip(responses.items, responses.tried, strict=True)),
        learners=float(responses.counts.sum()),
        responses=float(responses.tried.sum()),
        log_likelihood=_alone(responses),
        converged=True,
        iterations=0,
        sigma=None if model == "rasch" else 1.0,
        path=(),
        weights=np.tile(np.exp(em.LOG_PRIOR), (data.row_pattern.size, 1)),
        log_right=empty,
        log_wrong=empty,
    )


def _alone(responses: Responses) -> float:
    """The log-likelihood at the maximum when at most one item varies: that item's share right, at every ability."""
    total = 0.0
    for right, tried in zip(responses.right, responses.tried, strict=True):
        for part in (right, tried - right):
            total += float(part * np.log(part / tried)) if part > 0 else 0.0
    return total
