"""Employment by state and sector, and national figures, spread over work roles, states and sectors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from academy.core.framework import Sector, State
from academy.core.workforce.draws import FloatArray


def ipf(seed: FloatArray, rows: FloatArray, cols: FloatArray, *, tolerance: float = 1e-10, rounds: int = 1000) -> FloatArray:
    """`seed` scaled by rows and columns until it sums to both margins.

    seed: (S, J), at least 0. rows, cols: margins with the same total. Raises ValueError when they cannot be met.
    Source: Deming & Stephan (1940), iterative proportional fitting.
    """
    if seed.shape != (rows.size, cols.size):
        raise ValueError(f"the seed is {seed.shape}, the margins ({rows.size}, {cols.size})")
    if min(seed.min(), rows.min(), cols.min()) < 0 or not np.isclose(rows.sum(), cols.sum(), rtol=1e-9):
        raise ValueError("seed and margins must be at least 0, and both margins must have one total")
    fitted = seed.astype(np.float64)
    for _ in range(rounds):
        fitted = fitted * _factors(rows, fitted.sum(axis=1))[:, None]
        fitted = fitted * _factors(cols, fitted.sum(axis=0))[None, :]
        if np.abs(fitted.sum(axis=1) - rows).max() <= tolerance * max(1.0, float(rows.sum())):
            return fitted
    raise ValueError("the margins cannot be met from this seed")


def employment_cube(states: Sequence[State], sectors: Sequence[Sector], seed: FloatArray | None = None) -> FloatArray:
    """Employed persons by state and sector, shape (S, J): states' totals hold, sectors are scaled to the same total.

    A seed of ones, the default, assumes that every state has the nation's mix of sectors (grade D).
    """
    rows = np.array([state.employed for state in states], dtype=np.float64)
    cols = np.array([sector.employed for sector in sectors], dtype=np.float64)
    cols *= rows.sum() / cols.sum()
    return ipf(np.ones((rows.size, cols.size)) if seed is None else seed, rows, cols)


def allocation(employment: FloatArray, exposure: FloatArray) -> FloatArray:
    """Each cell's share of a national figure, shape (S, J), summing to 1: employment times the sector's exposure.

    All 0 where nobody is employed.
    """
    weighted = np.asarray(employment * exposure[None, :], dtype=np.float64)
    total = weighted.sum()
    return weighted / total if total > 0 else weighted


def bottom_up(employment: FloatArray, per_thousand: FloatArray, shares: FloatArray) -> FloatArray:
    """Need [persons] by role, state and sector, shape (R, S, J): employed times security staff per 1,000 times role share."""
    return np.asarray(shares[:, None, None] * (employment * per_thousand[None, :] / 1000.0)[None, :, :], dtype=np.float64)


def top_down(shortage: float, budgeted: float, weights: FloatArray, shares: FloatArray) -> FloatArray:
    """Shortage [persons] by role, state and sector, shape (R, S, J): a national claim spread like employment."""
    return shortage * budgeted * _spread(weights, shares)


def workforce_by_cell(workforce: float, weights: FloatArray, shares: FloatArray) -> FloatArray:
    """Persons in the field by role, state and sector, shape (R, S, J), where nothing better is known (grade D)."""
    return workforce * _spread(weights, shares)


def _spread(weights: FloatArray, shares: FloatArray) -> FloatArray:
    return np.asarray(shares[:, None, None] * weights[None, :, :], dtype=np.float64)


def _factors(target: FloatArray, present: FloatArray) -> FloatArray:
    return np.divide(target, present, out=np.zeros_like(target, dtype=np.float64), where=present > 0)
