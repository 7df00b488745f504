"""The stock-flow forecast and the command's contract."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from academy.commands import CommandError
from academy.commands import forecast as command
from academy.core.workforce.draws import rank_correlation, ranks
from academy.core.workforce.forecast import forecast

EXAMPLE: dict[str, Any] = {
    "gap": 1000,
    "demand": 4000,
    "workforce": 3000,
    "throughput_per_month": 80,
    "placement": 0.7,
    "demand_growth_per_year": 0.04,
    "attrition_per_year": 0.10,
    "horizon_months": 120,
    "targets_months": [24, 60],
    "draws": 0,
    "seed": 1,
}


def printed(**changes: Any) -> dict[str, Any]:
    """What the command prints for the example with these changes; None leaves a field out."""
    inputs = command.parse({name: value for name, value in {**EXAMPLE, **changes}.items() if value is not None})
    return command.as_json(forecast(inputs, np.random.default_rng(inputs.seed)), inputs)


def test_the_linear_formula_is_optimistic() -> None:
    found = printed()
    assert found["linear_months"] == pytest.approx(56.6, abs=0.05)
    assert found["closes_in_months"] is None
    assert found["p_not_closed_by_horizon"] == 1.0
    assert found["p_closed_by"] == {"24": 0.0, "60": 0.0}


def test_required_throughput_bound_and_exact() -> None:
    required = printed()["required_throughput_per_month"]["24"]
    assert required["lower_bound"] == pytest.approx(114.29, abs=0.005)
    assert required["exact"] == pytest.approx(122.90, abs=0.005)


def test_the_required_throughput_just_closes_in_time() -> None:
    exact = printed()["required_throughput_per_month"]["24"]["exact"]
    assert printed(throughput_per_month=exact + 0.001)["closes_in_months"] == {"median": 24.0, "p10": 24.0, "p90": 24.0}
    assert printed(throughput_per_month=exact - 0.01)["p_closed_by"]["24"] == 0.0


def test_the_first_months_by_hand() -> None:
    path = printed()["path"]
    assert len(path) == 121
    assert path[0] == {"month": 0, "gap": {"p10": 1000.0, "p50": 1000.0, "p90": 1000.0}}
    assert path[1]["gap"]["p50"] == pytest.approx(1000 + 4000 * 0.04 / 12 + 3000 * 0.1 / 12 - 56)


def test_no_net_flow_has_no_linear_time() -> None:
    assert printed(throughput_per_month=10)["linear_months"] is None


def test_a_closed_gap_needs_nothing() -> None:
    found = printed(gap=0, demand=3000, demand_growth_per_year=0, attrition_per_year=0)
    assert found["linear_months"] == 0
    assert found["closes_in_months"] == {"median": 0.0, "p10": 0.0, "p90": 0.0}
    assert found["required_throughput_per_month"]["24"] == {"lower_bound": 0.0, "exact": 0.0}


def test_nobody_placed_has_no_required_throughput() -> None:
    assert printed(placement=0)["required_throughput_per_month"]["24"] == {"lower_bound": None, "exact": None}


def test_the_gap_may_be_left_out() -> None:
    assert printed(gap=None) == printed()


def test_doubt_is_reproducible_ordered_and_attributed() -> None:
    doubt = {"gap": {"low": 100, "mode": 400, "high": 900}, "throughput_per_month": {"low": 40, "mode": 80, "high": 160}, "draws": 500}
    found = printed(**doubt)
    assert found == printed(**doubt)
    assert found != printed(**doubt, seed=2)
    assert all(at["gap"]["p10"] <= at["gap"]["p50"] <= at["gap"]["p90"] for at in found["path"])
    assert set(found["variance_share"]) == {"gap", "throughput_per_month"}
    assert sum(found["variance_share"].values()) == pytest.approx(1.0, abs=1e-5)
    assert 0 < found["p_not_closed_by_horizon"] < 1
    assert found["closes_in_months"]["p90"] is None


def test_a_number_has_no_variance_share() -> None:
    assert printed(draws=50)["variance_share"] == {}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"placement": 1.7}, "placement must be a number from 0 to 1"),
        ({"placement": "0.7"}, "placement must be a number from 0 to 1"),
        ({"placement": True}, "placement must be a number from 0 to 1"),
        ({"demand": None}, "demand is missing"),
        ({"demand": -1}, "demand must be a number from 0 to"),
        ({"demand": float("nan")}, "demand must be a number from 0 to"),
        ({"gap": 5}, "gap must be demand - workforce"),
        ({"workforce": {"low": 5, "mode": 4, "high": 6}}, "workforce must ascend"),
        ({"workforce": {"low": 0, "mode": 4, "high": 6}}, "workforce.low must be above 0"),
        ({"workforce": {"low": 1, "high": 6}}, "workforce must be a number or an object of low, mode and high"),
        ({"attrition_per_year": {"low": 0, "mode": 0.1, "high": 1.5}}, "attrition_per_year.high must be a number from 0 to 1"),
        ({"horizon_months": 0}, "horizon_months must be a whole number from 1 to 600"),
        ({"targets_months": 24}, "targets_months must be a list"),
        ({"targets_months": [0]}, "targets_months must be a whole number from 1 to 600"),
        ({"draws": 2.5}, "draws must be a whole number from 0 to 20,000"),
        ({"seed": -1}, "seed must be a whole number from 0 to"),
        ({"growth": 1}, "unknown field 'growth'"),
    ],
)
def test_bad_input_is_named_with_its_range(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(CommandError, match=field) as caught:
        printed(**changes)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_json_is_said_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "inputs.json"
    file.write_text('{"gap": ', encoding="utf-8")
    with pytest.raises(CommandError, match="is not JSON"):
        command._load(str(file))
    with pytest.raises(CommandError, match="cannot read"):
        command._load(str(tmp_path / "nowhere.json"))
    with pytest.raises(CommandError, match="JSON object"):
        command.parse([])


def test_the_text_says_that_it_does_not_close() -> None:
    inputs = command.parse(EXAMPLE)
    lines = command.as_text(forecast(inputs, np.random.default_rng(1)), inputs)
    assert lines[0] == "Does not close within 120 months at today's rate."


def test_equal_values_share_their_mean_rank() -> None:
    np.testing.assert_allclose(ranks([3.0, 1.0, 3.0, 2.0]), [3.5, 1.0, 3.5, 2.0])
    assert rank_correlation(np.array([1.0, 2.0, 3.0]), np.array([1.0, 8.0, 27.0])) == pytest.approx(1.0)
    assert rank_correlation(np.array([1.0, 2.0]), np.array([5.0, 5.0])) == 0.0
