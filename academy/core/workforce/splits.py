"""Counts of the nation that are split further, by language, turned into the sums and orders that tie them to the others."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from academy.core.workforce.demand import CellId
from academy.core.workforce.known import Sum
from academy.core.workforce.margins import NESTED, Count

NATION = CellId()


def name(kind: str, part: str) -> str:
    """What the count of one part is called, `ready:es`."""
    return f"{kind}:{part}"


def sums(metrics: Collection[str], stages: Sequence[str]) -> Iterator[Sum]:
    """That the languages make the nation, at each of these stages that the published `metrics` split."""
    for stage in stages:
        parts = tuple((NATION, metric) for metric in metrics if metric.startswith(f"{stage}:"))
        if parts:
            yield Sum((NATION, stage), parts)


def orders(metrics: Collection[str]) -> Iterator[tuple[Count, Count]]:
    """That a stage never holds more people of a language than the one it lies within."""
    for inner, outer in NESTED:
        for metric in metrics:
            kind, _, part = metric.partition(":")
            if part and kind == inner and (around := name(outer, part)) in metrics:
                yield (NATION, metric), (NATION, around)
