"""Demand: the margins hold, claims are spread whole, and doubt is reproducible."""

from __future__ import annotations

import numpy as np
import pytest

from academy.core.framework import Claim, Framework, Provenance, RoleShare, Scenario, Sector, State
from academy.core.workforce import cube, demand
from academy.core.workforce.demand import CellId, demand_by_cell

ASSUMED = Provenance("An assumption made for this test", 2025, "D")
ROLES = {"PD-WRL-003": 0.25, "IO-WRL-005": 0.75}


def make_state(iso: str, employed: int, column: int) -> State:
    """A state with this many employed people."""
    return State(iso, "01", iso[-3:], iso, "Norte", False, 2 * employed, employed, 1, column, ASSUMED)


def make_sector(sector_id: str, employed: int, per_thousand: float) -> Sector:
    """A sector with this many employed people and this need of security staff."""
    return Sector(sector_id, {"es": sector_id}, None, None, employed, per_thousand, 1.0, ASSUMED, ASSUMED)


def make_framework() -> Framework:
    """Two states, two sectors, two roles, two scenarios; 1,000,000 employed, 8,000 in the field."""
    scenarios = [Scenario("low", {"en": "Low"}, (), 1000, 1000, 2000, 1.0), Scenario("high", {"en": "High"}, (), 8000, 8000, 8000, 0.5)]
    return Framework(
        areas={},
        skills={},
        roles={},
        states={state.iso: state for state in (make_state("MX-AAA", 600_000, 1), make_state("MX-BBB", 400_000, 2))},
        sectors={sector.id: sector for sector in (make_sector("52", 100, 30.0), make_sector("31", 300, 10.0))},
        claims={},
        scenarios={scenario.id: scenario for scenario in scenarios},
        role_shares={role: RoleShare(role, share, ASSUMED) for role, share in ROLES.items()},
        workforce=Claim("workforce", "MX", None, 8000, None, "persons", {"en": "Employed"}, ASSUMED),
    )


def test_proportional_fitting_meets_both_margins() -> None:
    fitted = cube.ipf(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([40.0, 60.0]), np.array([50.0, 50.0]))
    np.testing.assert_allclose(fitted, [[17.577, 22.423], [32.423, 27.577]], atol=5e-4)


def test_an_empty_cell_of_the_seed_stays_empty() -> None:
    fitted = cube.ipf(np.array([[0.0, 1.0], [1.0, 1.0]]), np.array([10.0, 30.0]), np.array([20.0, 20.0]))
    np.testing.assert_allclose(fitted, [[0.0, 10.0], [20.0, 10.0]], atol=1e-6)


@pytest.mark.parametrize(
    ("seed", "rows", "cols"),
    [
        ([[1.0, 1.0]], [1.0, 1.0], [1.0, 1.0]),
        ([[1.0, 1.0], [1.0, 1.0]], [1.0, 1.0], [1.0, 2.0]),
        ([[1.0, -1.0], [1.0, 1.0]], [1.0, 1.0], [1.0, 1.0]),
        ([[0.0, 0.0], [1.0, 1.0]], [1.0, 1.0], [1.0, 1.0]),
    ],
)
def test_margins_that_cannot_be_met_are_refused(seed: list[list[float]], rows: list[float], cols: list[float]) -> None:
    with pytest.raises(ValueError, match=r"seed|margins"):
        cube.ipf(np.array(seed), np.array(rows), np.array(cols))


def test_the_employment_cube_keeps_state_totals_and_scales_sectors() -> None:
    framework = make_framework()
    employment = cube.employment_cube(list(framework.states.values()), list(framework.sectors.values()))
    np.testing.assert_allclose(employment, [[150_000, 450_000], [100_000, 300_000]])


def test_a_claim_is_spread_whole() -> None:
    weights = cube.allocation(np.array([[150.0, 450.0], [100.0, 300.0]]), np.array([2.0, 1.0]))
    spread = cube.top_down(260_000, 0.5, weights, np.array([0.25, 0.75]))
    assert spread.shape == (2, 2, 2)
    assert spread.sum() == pytest.approx(130_000)
    assert weights[0, 0] / weights[1, 0] == pytest.approx(1.5)
    assert cube.workforce_by_cell(536_027, weights, np.array([0.25, 0.75])).sum() == pytest.approx(536_027)


def test_bottom_up_need_is_staff_per_thousand() -> None:
    need = cube.bottom_up(np.array([[150_000.0, 450_000.0]]), np.array([30.0, 10.0]), np.array([0.25, 0.75]))
    np.testing.assert_allclose(need[:, 0, :], [[1125, 1125], [3375, 3375]])


def test_both_needs_are_compared_and_not_averaged() -> None:
    found = demand.compare_need(536_027, 260_000, 700_000)
    assert found.top_down == 796_027
    assert found.ratio == pytest.approx(1.13718, abs=1e-5)
    assert demand.compare_need(1, 1, 0).ratio is None


def test_every_cell_sums_to_the_nation() -> None:
    cells = demand_by_cell(make_framework(), np.random.default_rng(7), draws=200)
    nation = cells[CellId("PD-WRL-003")]
    assert nation.workforce.value == pytest.approx(2000)
    assert nation.scenarios["low"].shortage.value == pytest.approx(250)
    assert nation.scenarios["high"].need.value == pytest.approx(3000)
    assert nation.bottom_up.value == pytest.approx(0.25 * 15_000)
    for metric in ("workforce", "bottom_up"):
        states = [getattr(cells[CellId("PD-WRL-003", state=state)], metric).value for state in ("MX-AAA", "MX-BBB")]
        sectors = [getattr(cells[CellId("PD-WRL-003", sector=sector)], metric).value for sector in ("52", "31")]
        assert sum(states) == pytest.approx(sum(sectors)) == pytest.approx(getattr(nation, metric).value)


def test_the_value_lies_within_its_interval() -> None:
    for cell in demand_by_cell(make_framework(), np.random.default_rng(7), draws=200).values():
        ranges = [cell.workforce, cell.bottom_up, cell.shortage_bottom_up, cell.covered]
        ranges += [part for found in cell.scenarios.values() for part in (found.shortage, found.need, found.coverage)]
        assert all(found.low <= found.value <= found.high for found in ranges)


def test_doubt_is_reproducible_and_about_what_is_not_known() -> None:
    first, again = (demand_by_cell(make_framework(), np.random.default_rng(7), draws=200) for _ in range(2))
    assert first == again
    everyone = first[CellId()]
    assert everyone.workforce.low == everyone.workforce.high == 8000
    assert everyone.scenarios["low"].shortage.high > everyone.scenarios["low"].shortage.low
    assert everyone.scenarios["high"].shortage.low == everyone.scenarios["high"].shortage.high == 4000
    assert first[CellId("PD-WRL-003")].workforce.low < 2000 < first[CellId("PD-WRL-003")].workforce.high


def test_a_workforce_without_a_number_is_refused() -> None:
    framework = make_framework()
    nothing = Claim("workforce", "MX", None, None, None, "persons", {}, ASSUMED)
    values = {name: getattr(framework, name) for name in Framework.__slots__}
    with pytest.raises(ValueError, match="workforce"):
        demand_by_cell(Framework(**{**values, "workforce": nothing}), np.random.default_rng(7), draws=10)
