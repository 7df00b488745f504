"""Published shortage, people in the field and throughput turned into when the gap of a role in a state closes, for the publication."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from academy.core.workforce import assumed
from academy.store.snapshots import CellRow

METRICS = ("months_to_close", "open_at_horizon")


def published(cells: Sequence[CellRow], seed: int) -> Iterator[CellRow]:
    """Months to close and the share of draws open after ten years, of the nation and every state, where the throughput is known.

    The same numbers as the forecast's page gives, as they come from the same published numbers and dice. Months without a value
    and without a hidden count: more than half of the draws do not close.
    """
    known = {(cell.role_id, cell.state, cell.metric): cell for cell in cells if not cell.sector and not cell.scenario}
    for cell in cells:
        if cell.metric != "shortage" or cell.sector or cell.value is None:
            continue
        people, flow = (known.get((cell.role_id, cell.state, metric)) for metric in ("workforce", "throughput"))
        if people is None or flow is None or people.value is None or flow.value is None:
            continue
        ranges = (assumed.published(each.value, each.low, each.high) for each in (cell, people, flow))  # type: ignore[arg-type]  # looked at above
        inputs = assumed.starting(*ranges, seed=seed)
        months, still_open = assumed.closing(inputs, np.random.default_rng(seed))
        low, high = (months.p10, months.p90) if months else (None, None)
        yield _row(cell, "months_to_close", "months", months.median if months else None, low, high)
        yield _row(cell, "open_at_horizon", "share", round(still_open, 4), None, None)


def _row(cell: CellRow, metric: str, unit: str, value: float | None, low: float | None, high: float | None) -> CellRow:
    return CellRow(cell.scenario, cell.role_id, cell.state, cell.sector, metric, unit, value, low, high, source_grade="D")
