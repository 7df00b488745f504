"""`python -m tests.bench.estimates`: CPU microseconds for an answer's update with its summary, and for choosing a question."""

from __future__ import annotations

import os
import platform
import time
from collections import Counter
from collections.abc import Callable

import numpy as np

from academy.core.measurement import ability, retention, selection
from academy.core.measurement.irt import ItemParameters
from academy.core.measurement.selection import Candidate
from tests.bench import simulation

ROUNDS = 7


def main() -> int:
    """Measure and print, each the median of seven rounds."""
    chance = np.random.default_rng(1)
    item = ItemParameters(1.2, 0.3, 0.25, 0.4)
    posterior = ability.update(ability.prior(), item, 1.0, idle_days=0.0, feedback=True)
    cases: dict[str, tuple[Callable[[], object], int]] = {
        "update and summary after an answer": (lambda: _answer(posterior, item, 1.0), 2_000),
        "the same after a year without answers": (lambda: _answer(posterior, item, 365.0), 1_000),
    }
    for count in (200, 5_000):
        bank = [Candidate(at, one, "abcd"[at % 4]) for at, one in enumerate(simulation.bank(count, chance))]
        cases[f"choosing among {count:,} questions"] = (lambda bank=bank: _choose(posterior, bank), 20)  # type: ignore[misc]  # bound now
    cases["retention of a skill"] = (lambda: retention.retrievability(20.0, 30.0), 20_000)
    for name, (work, times) in cases.items():
        print(f"{name:42} {_microseconds(work, times):10.1f} µs")
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, median of {ROUNDS} rounds.")
    return 0


def _answer(posterior: ability.Posterior, item: ItemParameters, idle_days: float) -> ability.Estimate:
    return ability.summarise(ability.update(posterior, item, 1.0, idle_days=idle_days, feedback=True))


def _choose(posterior: ability.Posterior, bank: list[Candidate[int]]) -> Candidate[int]:
    return selection.choose(posterior, bank, shares=dict.fromkeys("abcd", 0.25), asked=Counter(), chance=0.5)


def _microseconds(work: Callable[[], object], times: int) -> float:
    work()
    found = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(times):
            work()
        found.append((time.process_time() - start) / times * 1e6)
    return sorted(found)[ROUNDS // 2]


if __name__ == "__main__":
    raise SystemExit(main())
