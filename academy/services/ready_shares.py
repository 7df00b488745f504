"""Published counts turned into the share of those enrolled who are ready, which is published with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from academy.config import LANGUAGES
from academy.core.workforce import shares
from academy.core.workforce.splits import name
from academy.core.workforce.suppression import Published
from academy.store.snapshots import CellRow

METRIC = "ready_share"
"""Of the nation and a state; `ready_share:es` of those who learn in Spanish."""


def published(cells: Sequence[CellRow]) -> Iterator[CellRow]:
    """The share of the nation, of each state and of each language, all work roles together, from published counts alone."""
    counts = {(cell.state, cell.metric): cell for cell in cells if not cell.role_id and not cell.sector and not cell.scenario}
    for (state, metric), enrolled in counts.items():
        kind, _, language = metric.partition(":")
        if kind != "enrolled" or language not in ("", *LANGUAGES):
            continue
        ready = counts[state, name("ready", language) if language else "ready"]
        found = shares.share(Published(ready.value, ready.suppressed), Published(enrolled.value, enrolled.suppressed))
        yield CellRow(
            "",
            "",
            state,
            "",
            name(METRIC, language) if language else METRIC,
            "share",
            found.value,
            found.low,
            found.high,
            enrolled.n if found.value is not None else None,
            found.suppressed,
        )
