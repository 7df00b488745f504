"""Counts of the nation that are split further, by language, module and question, turned into the sums and orders that tie them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from academy.core.workforce.demand import CellId
from academy.core.workforce.known import Sum
from academy.core.workforce.margins import NESTED, Count

NATION = CellId()
MODULE_KINDS = ("entered", "finished", "stalled")
"""Counted of each module; those who finished it and those who stand still in it are among those who entered, and nobody is both."""
ITEM_KINDS = ("stopped", "missed")
"""Counted of each question after which people stopped; those who missed it are among them."""

_PARTS = {"entered": ("finished", "stalled", "under way"), "stopped": ("missed", "right")}
"""What each of these counts is the sum of, the last part never being published."""
_ONCE = ("stalled", "stopped")
"""Counts of which each learner is in one at most."""


def name(kind: str, part: str) -> str:
    """What the count of one part is called, `ready:es`."""
    return f"{kind}:{part}"


def kind_of(metric: str) -> str:
    """What a count is of, `ready` of `ready:es`."""
    return metric.partition(":")[0]


def sums(metrics: Collection[str], stages: Sequence[str]) -> Iterator[Sum]:
    """How the published `metrics` that are split add up.

    Languages make the nation at each of these stages; modules and questions are made of their parts; and of those enrolled, each stands
    still in one module at most, and stopped after one question at most. Some of these parts are not published: see `rests`.
    """
    for stage in stages:
        if parts := _of_kind(stage, metrics):
            yield Sum((NATION, stage), parts)
    for metric in metrics:
        kind, _, part = metric.partition(":")
        if kind in _PARTS:
            yield Sum((NATION, metric), tuple((NATION, name(each, part)) for each in _PARTS[kind]))
    for kind in _ONCE:
        if parts := _of_kind(kind, metrics):
            yield Sum((NATION, "enrolled"), (*parts, (NATION, name("not", kind))))


def orders(metrics: Collection[str]) -> Iterator[tuple[Count, Count]]:
    """That a stage never holds more people of a language than the one it lies within, nor a module more than are enrolled."""
    known = set(metrics)
    for metric in metrics:
        kind, _, part = metric.partition(":")
        for inner, outer in NESTED:
            if part and kind == inner and (around := name(outer, part)) in known:
                yield (NATION, metric), (NATION, around)
        if kind == "entered":
            yield (NATION, metric), (NATION, "enrolled")


def rests(ties: Iterable[Sum], metrics: Collection[str]) -> frozenset[Count]:
    """The parts of such sums that are not published; they are guarded like hidden ones."""
    known = set(metrics)
    parts = (part for each in ties for part in each.parts if isinstance(part, tuple))
    return frozenset((cell, metric) for cell, metric in parts if metric not in known)


def _of_kind(kind: str, metrics: Iterable[str]) -> tuple[Count, ...]:
    return tuple((NATION, metric) for metric in metrics if metric.startswith(f"{kind}:"))
