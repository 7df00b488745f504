"""Intervals and quantiles against published tables."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.core.measurement import intervals


# Newcombe (1998), Statistics in Medicine 17:857-872, table I, method 3.
@pytest.mark.parametrize(
    ("hits", "n", "low", "high"), [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
)
def test_wilson_has_the_published_ends(hits: int, n: int, low: float, high: float) -> None:
    assert intervals.wilson(hits / n, n) == pytest.approx((low, high), abs=5e-5)
    assert intervals.wilson(1 - hits / n, n) == pytest.approx((1 - high, 1 - low), abs=5e-5)


def test_wilson_of_nothing_is_unknown() -> None:
    assert intervals.wilson(0.5, 0) is None
    assert intervals.wilson(-0.1, 10) is None
    assert intervals.wilson(0.0, 5) == pytest.approx((0.0, 0.4344825), abs=1e-6)


# Percentage points of F in any statistical table (Pearson & Hartley 1966, table 18).
@pytest.mark.parametrize(
    ("probability", "first", "second", "value"),
    [(0.95, 1, 1, 161.448), (0.95, 5, 10, 3.3258), (0.975, 10, 20, 2.7737), (0.99, 3, 7, 8.4513), (0.975, 1, 1, 647.789), (0.5, 7, 7, 1.0)],
)
def test_f_quantiles_are_those_of_the_tables(probability: float, first: int, second: int, value: float) -> None:
    assert intervals.f_quantile(probability, first, second) == pytest.approx(value, rel=2e-5)


@given(st.floats(0.01, 0.99), st.integers(1, 2000), st.integers(1, 20_000))
def test_an_f_quantile_has_its_probability_and_its_reciprocal(probability: float, first: int, second: int) -> None:
    value = intervals.f_quantile(probability, first, second)
    x = first * value / (first * value + second)
    assert intervals.incomplete_beta(x, first / 2, second / 2) == pytest.approx(probability, abs=1e-7)
    assert intervals.f_quantile(1 - probability, second, first) == pytest.approx(1 / value, rel=1e-6)


@given(st.floats(0.0, 1.0), st.integers(1, 30), st.integers(1, 30))
def test_the_incomplete_beta_function_is_a_binomial_tail(x: float, a: int, b: int) -> None:
    n = a + b - 1
    tail = sum(math.comb(n, k) * x**k * (1 - x) ** (n - k) for k in range(a, n + 1))
    assert intervals.incomplete_beta(x, a, b) == pytest.approx(tail, abs=1e-12)


def test_fisher_and_feldt() -> None:
    assert intervals.fisher(0.5, 28) == pytest.approx(
        (math.tanh(math.atanh(0.5) - 0.391993), math.tanh(math.atanh(0.5) + 0.391993)), abs=1e-6
    )
    assert intervals.fisher(0.5, 3) is None
    assert intervals.fisher(1.0, 10) == (1.0, 1.0)
    assert intervals.feldt(0.294997, 1000, 5) == pytest.approx((0.223474, 0.361803), abs=1e-6)  # R's psychometric on LSAT6
    assert intervals.feldt(0.5, 1, 5) is None


@pytest.mark.parametrize(("value", "p"), [(0.0, 1.0), (2.7055, 0.10), (3.8415, 0.05), (6.6349, 0.01)])
def test_chi_square_has_the_published_percentage_points(value: float, p: float) -> None:
    assert intervals.chi_square_p(value) == pytest.approx(p, abs=1e-5)


def test_impossible_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="probability"):
        intervals.f_quantile(1.0, 1, 1)
