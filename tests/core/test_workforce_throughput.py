"""How many people become ready a month, and whether the doubt about it is honest."""

from __future__ import annotations

import numpy as np
import pytest

from academy.core.workforce.throughput import Throughput, pinball, predicted, throughput, unsteadiness
from tests.bench.gap_evidence import TARGET, backtest, report


def test_the_mean_is_the_window_s_with_a_little_prior() -> None:
    found = throughput(59.5)
    assert found.mean == pytest.approx(10.0)
    assert found.shape == pytest.approx(60.0)
    assert throughput(0).mean == pytest.approx(0.5 / 6)


def test_unsteady_months_widen_the_rate() -> None:
    assert throughput(59.5, unsteadiness=0.04).shape == pytest.approx(1 / (1 / 60 + 0.04))
    steady, unsteady = (predicted(throughput(60, unsteadiness=v), 6, np.random.default_rng(1)) for v in (0.0, 0.1))
    assert steady.value == unsteady.value
    assert unsteady.low < steady.low < steady.value < steady.high < unsteady.high


@pytest.mark.parametrize(("count", "months", "beyond"), [(-1, 6, 0.0), (1, 0, 0.0), (1, 6, -0.1)])
def test_impossible_counts_are_refused(count: float, months: int, beyond: float) -> None:
    with pytest.raises(ValueError, match="at least"):
        throughput(count, months=months, unsteadiness=beyond)


def test_chance_alone_is_steady_and_jumps_are_not() -> None:
    rng = np.random.default_rng(3)
    chance = [[int(count) for count in rng.poisson(30, 24)] for _ in range(50)]
    assert unsteadiness(chance) < 0.005
    assert unsteadiness([[10] * 12 + [40] * 12]) > 0.5
    assert unsteadiness([[5] * 5]) == 0.0


def test_the_pinball_loss_by_hand() -> None:
    assert pinball(10, 0.9, 8) == pytest.approx(1.8)
    assert pinball(6, 0.9, 8) == pytest.approx(0.2)
    assert pinball(8, 0.9, 8) == 0.0


def test_draws_have_the_stated_mean_and_spread() -> None:
    drawn = Throughput(10.0, 25.0).draws(np.random.default_rng(1), 20_000)
    assert drawn.mean() == pytest.approx(10.0, rel=0.01)
    assert drawn.std() == pytest.approx(2.0, rel=0.03)


@pytest.mark.parametrize("seed", [7, 11, 23])
def test_intervals_cover_and_beat_the_last_month_on_series_the_model_did_not_make(seed: int) -> None:
    found = backtest(seed)
    assert found.points >= 200 * 6
    assert 0.75 <= found.covered <= 0.88
    assert found.error < found.error_last


def test_the_committed_report_is_what_the_command_writes() -> None:
    assert TARGET.read_text(encoding="utf-8") == report(backtest())
