"""Comparisons of two groups against published numbers and a planted difference."""

from __future__ import annotations

import numpy as np
import pytest

from academy.core.measurement import dif
from academy.core.measurement.dif import MantelHaenszel

# Admissions at Berkeley by department (Bickel, Hammel & O'Connell 1975): men admitted, refused; women admitted, refused.
BERKELEY = [
    (512, 313, 89, 19),
    (353, 207, 17, 8),
    (120, 205, 202, 391),
    (138, 279, 131, 244),
    (53, 138, 94, 299),
    (22, 351, 24, 317),
]


def test_berkeley_has_the_published_common_odds_ratio() -> None:
    admitted, women, department = [], [], []
    for number, (men_in, men_out, women_in, women_out) in enumerate(BERKELEY):
        admitted += [1.0] * men_in + [0.0] * men_out + [1.0] * women_in + [0.0] * women_out
        women += [False] * (men_in + men_out) + [True] * (women_in + women_out)
        department += [float(number)] * (men_in + men_out + women_in + women_out)
    found = dif.mantel_haenszel(np.array(admitted), np.array(women), np.array(department))
    assert found.odds_ratio == pytest.approx(0.9046968, abs=1e-7)  # R's mantelhaen.test(UCBAdmissions)
    assert found.chi_square == pytest.approx(1.4269, abs=1e-4)
    assert found.p == pytest.approx(0.2323, abs=1e-4)
    assert found.delta == pytest.approx(-2.35 * np.log(0.9046968))


# Benjamini & Hochberg (1995), section 3.2: fifteen p values, four of which are rejected at 0.05.
def test_adjusted_p_values_are_the_published_ones() -> None:
    published = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    adjusted = dif.benjamini_hochberg([None, *reversed(published)])
    assert adjusted[0] is None
    assert sum(p is not None and p <= 0.05 for p in adjusted) == 4
    assert adjusted[-4] == pytest.approx(0.0095 * 15 / 4)
    assert adjusted[1] == 1.0


def test_only_the_planted_item_is_in_class_c() -> None:
    chance = np.random.default_rng(11)
    theta, b = chance.normal(size=(400, 1)), np.linspace(-1.5, 1.5, 20)
    focal = np.arange(400) >= 200
    shift = np.where(focal[:, None] & (np.arange(20) == 7), 1.5, 0.0)
    right = (chance.random((400, 20)) < 1 / (1 + np.exp(-1.2 * (theta - b - shift)))).astype(np.float64)
    found = [dif.mantel_haenszel(column, focal, right.sum(axis=1)) for column in right.T]
    assert [at for at, grade in enumerate(dif.classify(found)) if grade == "C"] == [7]
    delta = found[7].delta
    assert delta is not None
    assert delta < -1.5  # harder for the focal group
    small = np.arange(400) >= 351
    few = [dif.mantel_haenszel(column, small, right.sum(axis=1)) for column in right.T]
    assert set(dif.classify(few)) == {"insufficient"}


def test_classes_need_size_and_significance() -> None:
    def one(delta: float, p: float) -> MantelHaenszel:
        return MantelHaenszel(4.0, p, 1.0, delta, 100, 100)

    assert dif.classify([one(-1.6, 0.001), one(1.2, 0.001), one(0.9, 0.001), one(3.0, 0.5)]) == ["C", "B", "A", "A"]


def test_where_nothing_can_be_compared_nothing_is_said() -> None:
    alike = dif.mantel_haenszel(np.ones(100), np.arange(100) < 50, np.zeros(100))
    apart = dif.mantel_haenszel(np.tile([1.0, 0.0], 50), np.arange(100) < 50, (np.arange(100) < 50).astype(float))
    assert alike.p is apart.p is None
    assert dif.classify([alike, apart]) == [None, None]


def test_an_odds_ratio_without_bound_is_unknown_but_counts() -> None:
    focal = np.arange(120) < 60
    found = dif.mantel_haenszel((~focal).astype(np.float64), focal, np.zeros(120))
    assert (found.odds_ratio, found.delta) == (None, None)
    assert dif.classify([found]) == ["C"]


def test_gaps_are_left_out() -> None:
    right = np.array([1.0, 0.0, np.nan, 1.0, 0.0])
    found = dif.mantel_haenszel(right, np.array([True, True, True, False, False]), np.zeros(5))
    assert (found.reference, found.focal) == (2, 2)
