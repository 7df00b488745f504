"""A fitted model turned into how well its answers determine each item's parameters. Source: Louis (1982)."""

from __future__ import annotations

import numpy as np

from academy.core.measurement.curves import GUESS, PLACE, SLOPE, Layout, complete_information, curves, score_factors
from academy.core.measurement.em import Fit, Penalty, penalty_information
from academy.core.measurement.irt import GRID, FloatArray
from academy.core.measurement.responses import Patterns

_SMALLEST_EIGENVALUE = 1e-9  # of the information scaled to a diagonal of 1: below it a direction is open
_SMALLEST_SCALE = 1e-12
_SMALLEST_WEIGHT = 1e-13  # of a posterior at a node: below it a person adds nothing there
_LARGEST_SHARE = 1e-8  # of a parameter that may lie in an open direction


def covariances(data: Patterns, fitted: Fit, layout: Layout, penalty: Penalty) -> FloatArray:
    """Covariances of each item's slope and place, items × 2 × 2; NaN where the answers leave them open."""
    information = observed_information(data, fitted, layout, penalty)
    items = len(layout.guessed)
    spread, free = _design(layout)
    reduced = spread.T @ information @ spread
    scale = np.sqrt(np.maximum(np.diag(reduced), 0.0))
    open_, scale = scale < _SMALLEST_SCALE, np.where(scale < _SMALLEST_SCALE, 1.0, scale)
    values, vectors = np.linalg.eigh(reduced / np.outer(scale, scale))
    bad = values < _SMALLEST_EIGENVALUE
    inverse = (vectors[:, ~bad] / values[~bad]) @ vectors[:, ~bad].T / np.outer(scale, scale)
    unknown = open_ | ((vectors[:, bad] ** 2).sum(axis=1) > _LARGEST_SHARE)
    inverse[unknown, :] = inverse[:, unknown] = np.nan
    result = np.empty((items, 2, 2))
    for item in range(items):
        columns = free[item]
        result[item] = inverse[np.ix_(columns, columns)]
    return result


def standard_error(covariance: FloatArray, gradient: FloatArray) -> FloatArray:
    """Standard error of a function of each item's slope and place, from its gradient (items × 2), by the delta method."""
    reached = np.where(gradient[:, :, None] * gradient[:, None, :] == 0.0, 0.0, covariance)
    variance = np.einsum("ja,jab,jb->j", gradient, reached, gradient)
    return np.asarray(np.sqrt(np.where(variance >= 0.0, variance, np.nan)))


def observed_information(data: Patterns, fitted: Fit, layout: Layout, penalty: Penalty) -> FloatArray:
    """Minus the second derivatives of the log-posterior by all parameters, in the order of the flattened table.

    Complete information less the variance of the complete scores given the answers. Source: Louis (1982).
    """
    found, at = curves(fitted.parameters, layout), fitted.expected
    factors, items = score_factors(found), len(fitted.parameters)
    people, seen = at.weights * data.counts[:, None], data.right + data.wrong
    lost = np.zeros((items, 3, items, 3))
    for node in range(GRID.size):
        near = at.weights[:, node] > _SMALLEST_WEIGHT
        residual = data.right[near] - seen[near] * found.right[:, node]
        spread = (residual * people[near, node, None]).T @ residual
        here = factors[:, node, :]
        lost += here[:, :, None, None] * spread[:, None, :, None] * here[None, None, :, :]
    flat = factors.transpose(1, 0, 2)
    mean = data.right[:, :, None] * np.tensordot(at.weights, flat, 1)
    mean -= seen[:, :, None] * np.tensordot(at.weights, flat * found.right.T[:, :, None], 1)
    mean = mean.reshape(len(seen), 3 * items)
    result = (mean * data.counts[:, None]).T @ mean - lost.reshape(3 * items, 3 * items)
    blocks = complete_information(found, layout, at.right, at.tried) + penalty_information(fitted.parameters, layout, penalty)
    for item in range(items):
        result[3 * item : 3 * item + 3, 3 * item : 3 * item + 3] += blocks[item]
    return result


def _design(layout: Layout) -> tuple[FloatArray, list[list[int]]]:
    """How the flattened table hangs on the parameters that are free, and which of those are each item's slope and place."""
    items = len(layout.guessed)
    columns: list[tuple[int, ...]] = [tuple(3 * item + SLOPE for item in range(items))] if layout.common else []
    free = []
    for item in range(items):
        slope = 0 if layout.common else len(columns)
        columns += [(3 * item + kind,) for kind in ((PLACE,) if layout.common else (SLOPE, PLACE))]
        free.append([slope, len(columns) - 1])
        columns += [(3 * item + GUESS,)] if layout.guessed[item] else []
    spread = np.zeros((3 * items, len(columns)))
    for column, rows in enumerate(columns):
        spread[list(rows), column] = 1.0
    return spread, free
