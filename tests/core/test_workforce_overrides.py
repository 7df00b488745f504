"""Own counts: the most specific wins, the rest keeps the model's proportions, and what cannot hold is told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from academy.core.framework import Claim, Provenance
from academy.core.workforce import counts, draws, overrides
from academy.core.workforce.claims import Belief, believable, believed
from academy.core.workforce.demand import CellId, demand_by_cell
from academy.core.workforce.overrides import Axes, Kind, Override, in_force, reconcile
from tests.core.test_workforce_demand import make_framework

AXES = Axes(("a", "b"), ("x", "y"), ("1", "2"))
MODEL = np.array([[[10.0, 20.0], [30.0, 40.0]], [[5.0, 5.0], [5.0, 5.0]]])
ROLE, OTHER, WEST, EAST = "PD-WRL-003", "IO-WRL-005", "MX-AAA", "MX-BBB"


def own(mode: float, *, role: str = "", state: str = "", sector: str = "", kind: Kind = "need", **ends: float) -> Override:
    return Override(kind, role, state, sector, ends.get("low", mode), mode, ends.get("high", mode), "A count", 2025, "B")


def test_a_total_is_spread_in_the_model_s_proportions() -> None:
    found = reconcile(MODEL, AXES, [own(240)])
    np.testing.assert_allclose(found.cube, 2 * MODEL)
    assert found.unmet == ()
    assert found.known.all()


def test_the_most_specific_wins_and_the_remainder_goes_to_the_others() -> None:
    found = reconcile(MODEL, AXES, [own(100, role="a", state="x"), own(50, role="a", state="x", sector="1"), own(1000, role="a")])
    np.testing.assert_allclose(found.cube[0], np.array([[50, 50], [900 * 3 / 7, 900 * 4 / 7]]))
    np.testing.assert_allclose(found.cube[1], MODEL[1], err_msg="nobody counted the other role")


def test_rows_that_cross_hold_both() -> None:
    found = reconcile(MODEL, AXES, [own(300, role="a"), own(90, state="x")])
    assert found.cube[0].sum() == pytest.approx(300)
    assert found.cube[:, 0].sum() == pytest.approx(90)
    assert found.cube[1, 1].sum() == pytest.approx(10), "in no row"
    ratio = found.cube[:, 0] / MODEL[:, 0]
    assert ratio[0, 0] == pytest.approx(ratio[0, 1]), "the model's proportions hold within a row"
    assert found.unmet == ()


def test_order_does_not_matter() -> None:
    rows = [own(300, role="a"), own(90, state="x"), own(7, role="b", state="x", sector="2")]
    np.testing.assert_allclose(reconcile(MODEL, AXES, rows).cube, reconcile(MODEL, AXES, rows[::-1]).cube, rtol=1e-6)


def test_a_coarser_count_below_its_parts_is_told_and_the_parts_hold() -> None:
    found = reconcile(MODEL, AXES, [own(80, role="a", state="x"), own(50, role="a")])
    assert found.cube[0, 0].sum() == pytest.approx(80)
    (unmet,) = found.unmet
    assert unmet.row.mode == 50
    assert unmet.found == pytest.approx(80)


def test_a_role_without_a_share_takes_the_mix_of_all() -> None:
    model = MODEL.copy()
    model[1] = 0
    found = reconcile(model, AXES, [own(100, role="b")])
    np.testing.assert_allclose(found.cube[1], [[10, 20], [30, 40]])
    np.testing.assert_allclose(found.cube[0], MODEL[0])


@pytest.mark.parametrize("turn", [1, -1])
def test_a_part_of_a_role_without_a_share_leaves_the_rest_to_spread_by(turn: int) -> None:
    model = MODEL.copy()
    model[1] = 0
    found = reconcile(model, AXES, [own(10, role="b", state="x", sector="1"), own(100, role="b")][::turn])
    np.testing.assert_allclose(found.cube[1], [[10, 20], [30, 40]])
    assert found.unmet == ()


def test_of_rows_about_the_same_the_last_counts() -> None:
    assert [row.mode for row in in_force([own(1, state="x"), own(2), own(3, state="x")])] == [3, 2]


@given(
    st.lists(
        st.tuples(st.sampled_from(["", "a", "b"]), st.sampled_from(["", "x", "y"]), st.sampled_from(["", "1", "2"]), st.floats(0, 1e6)),
        max_size=8,
    )
)
@example([("", "y", "1", 1.0), ("a", "y", "", 2.225073858507e-311), ("b", "", "1", 0.0)])
def test_whatever_is_counted_nothing_is_negative_and_the_most_specific_hold(rows: list[tuple[str, str, str, float]]) -> None:
    given_rows = in_force(own(mode, role=role, state=state, sector=sector) for role, state, sector, mode in rows)
    found = reconcile(MODEL, AXES, given_rows)
    assert (found.cube >= 0).all()
    assert np.isfinite(found.cube).all()
    for row in given_rows:
        if row.level == 3:
            assert found.cube[AXES.box(row)].sum() == pytest.approx(row.mode, abs=1e-6)


def demand_of(*rows: Override, seed: int = 1) -> Any:
    return demand_by_cell(make_framework(), np.random.default_rng(seed), 400, rows)


def test_own_counts_of_one_kind_leave_everything_else_alone() -> None:
    before, after = demand_of(), demand_of(own(500, kind="need", state=WEST))
    assert after[CellId(state=WEST)].bottom_up.value == pytest.approx(500)
    assert after[CellId(state=EAST)].bottom_up == before[CellId(state=EAST)].bottom_up
    for cell, found in after.items():
        assert found.scenarios == before[cell].scenarios
        assert found.workforce.value == pytest.approx(before[cell].workforce.value)
    moved = after[CellId()].bottom_up.value - before[CellId()].bottom_up.value
    assert moved == pytest.approx(500 - before[CellId(state=WEST)].bottom_up.value)


def test_a_count_with_a_range_brings_its_own_doubt() -> None:
    sure, unsure = demand_of(own(500, state=WEST)), demand_of(own(500, state=WEST, low=300, high=900))
    assert sure[CellId(state=WEST)].bottom_up.low == pytest.approx(500)
    assert 320 < unsure[CellId(state=WEST)].bottom_up.low < 480 < 520 < unsure[CellId(state=WEST)].bottom_up.high < 880


def test_people_counted_move_coverage_and_the_need_from_above() -> None:
    before, after = demand_of(), demand_of(own(20_000, kind="workforce"))
    nation = CellId()
    assert after[nation].workforce.value == pytest.approx(20_000)
    for key, found in after[nation].scenarios.items():
        assert found.shortage == before[nation].scenarios[key].shortage
        assert found.need.value == pytest.approx(20_000 + found.shortage.value)
        assert found.coverage.value == pytest.approx(20_000 / found.need.value)
    assert after[nation].covered.value == pytest.approx(20_000 / after[nation].bottom_up.value)


def test_open_posts_are_known_only_where_they_were_counted() -> None:
    found = demand_of(own(60, kind="vacancies", role=ROLE, state=WEST), own(10, kind="vacancies", role=ROLE, state=EAST))
    assert found[CellId(ROLE, state=WEST)].vacancies.value == pytest.approx(60)
    assert found[CellId(ROLE)].vacancies.value == pytest.approx(70)
    assert found[CellId()].vacancies is None, "nobody counted the other role's"
    assert found[CellId(state=WEST)].vacancies is None
    assert found[CellId(ROLE, sector="52")].vacancies.value > 0
    assert demand_of()[CellId(ROLE)].vacancies is None


def test_employment_counted_moves_weights_and_need() -> None:
    before, after = demand_of(), demand_of(own(900_000, kind="employment", state=WEST))
    assert after[CellId(state=WEST)].bottom_up.value == pytest.approx(1.5 * before[CellId(state=WEST)].bottom_up.value)
    assert after[CellId()].workforce.value == pytest.approx(before[CellId()].workforce.value), "the national figure is only spread anew"
    assert after[CellId(state=EAST)].workforce.value < before[CellId(state=EAST)].workforce.value


@pytest.mark.parametrize("place", [CellId(state=WEST), CellId(sector="52"), CellId()])
def test_nobody_employed_is_a_count_like_any_other(place: CellId) -> None:
    empty = demand_of(own(0, kind="employment", state=place.state, sector=place.sector))[place]
    assert (empty.bottom_up.value, empty.workforce.value, empty.covered.value, empty.covered.high) == (0, 0, 0, 0)


def test_counts_that_cannot_all_hold_come_to_a_standstill(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [*(own(300, role=role) for role in AXES.roles), *(own(90 + at, state=state) for at, state in enumerate(AXES.states))]
    turns, scale = [], overrides._scale
    monkeypatch.setattr(overrides, "_scale", lambda *given: turns.append(given) or scale(*given))  # type: ignore[func-returns-value]
    for given_rows in (rows, rows[::-1]):
        turns.clear()
        found = reconcile(MODEL, AXES, given_rows)
        assert sorted(unmet.row.mode for unmet in found.unmet) == [90, 91], "counts of roles come last and hold"
        assert len(turns) < 20 * 2, "one turn takes all counts of roles, another all of states"


def test_thousands_of_crossing_counts_take_as_many_steps_as_a_few(monkeypatch: pytest.MonkeyPatch) -> None:
    axes = Axes(*(tuple(f"{letter}{number}" for number in range(14)) for letter in "rsj"))
    model = np.random.default_rng(1).random((14, 14, 14))
    pairs = [(role, state) for role in axes.roles for state in axes.states]
    rows = [own(3 + at % 7, role=role, state=state) for at, (role, state) in enumerate(pairs)]
    rows += [own(40 + at % 9, state=state, sector=sector) for at, (state, sector) in enumerate(zip(axes.states, axes.sectors, strict=True))]
    turns, scale = [], overrides._scale
    monkeypatch.setattr(overrides, "_scale", lambda *given: turns.append(given) or scale(*given))  # type: ignore[func-returns-value]
    found = reconcile(model, axes, rows)
    assert len(turns) <= 2 * overrides._ROUNDS < len(rows) * 3
    alone = reconcile(model, axes, rows[:1])
    assert alone.cube[0, 0].sum() == pytest.approx(3)
    for row in rows[: len(pairs)]:
        assert found.cube[axes.box(row)].sum() == pytest.approx(row.mode), "every count of a role and state holds"


def test_without_own_counts_the_cubes_are_the_model_s() -> None:
    found, model = counts.cubes(make_framework()), demand_of()
    assert found.need.cube.sum() == pytest.approx(model[CellId()].bottom_up.value)
    assert found.workforce.cube.sum() == pytest.approx(model[CellId()].workforce.value)
    assert not found.vacancies.known.any()


def test_a_scenario_is_drawn_as_it_would_be_alone() -> None:
    uniform = np.random.default_rng(3).random(50_000)
    found = draws.log_triangular_at(uniform, 12_000, 17_300, 25_000)
    by_chance = draws.log_triangular(np.random.default_rng(4), 12_000, 17_300, 25_000, 50_000)
    np.testing.assert_allclose(np.quantile(found, (0.1, 0.5, 0.9)), np.quantile(by_chance, (0.1, 0.5, 0.9)), rtol=0.01)
    with pytest.raises(ValueError, match="ascend"):
        draws.log_triangular_at(uniform, 5, 4, 6)


def claim(low: float | None, mode: float | None, high: float | None, *, area: str = "MX", unit: str = "persons") -> Claim:
    return Claim("c", area, low, mode, high, unit, {"en": "People"}, Provenance("Somebody", 2024, "C"))


def test_several_claims_are_believed_from_the_lowest_to_the_highest() -> None:
    assert believed([claim(None, 12_000, None), claim(None, 25_000, None)]) == Belief(12_000, 17_300, 25_000)
    assert believed([claim(None, 260_000, None)]) == Belief(260_000, 260_000, 260_000)
    assert believed([claim(200, 300, 500), claim(None, 900, None)]) == Belief(200, 520, 900)
    assert believed([claim(100, None, 400)]) == Belief(100, 200, 400)
    assert believed([]) is None
    assert believed([claim(None, None, None)]) is None


def test_what_a_scenario_may_rest_on() -> None:
    assert believable(claim(None, 5, None), "MX")
    assert believable(claim(None, 5, None, unit="posts"), "MX")
    assert not believable(claim(None, None, None), "MX")
    assert not believable(claim(None, 0, None), "MX")
    assert not believable(claim(None, 5, None, area="US"), "MX")
    assert not believable(claim(None, 5, None, unit="posts per year"), "MX")
