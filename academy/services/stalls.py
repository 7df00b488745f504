"""A publication turned into where learners stand still: module by module, and the questions after which most stopped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from academy.core.content.model import Course, Module
from academy.core.workforce.splits import name
from academy.services import standstill
from academy.services.gap import Row
from academy.services.site import Site
from academy.services.standstill import LOST, MISSED_SHARE, STALL_SHARE

SHOWN = 10
"""Questions that are shown; all that are published are in the files."""


@dataclass(frozen=True, slots=True)
class ModuleStall:
    """Published numbers of a module: people who entered, finished and stand still; their share; people ready a month that are lost."""

    course: Course
    module: Module
    entered: Row
    finished: Row | None
    stalled: Row | None
    share: Row | None
    lost: Row | None


@dataclass(frozen=True, slots=True)
class ItemStop:
    """Published numbers of a question, its words by language: people who stopped after it, and how many of them had it wrong."""

    course: Course
    module: Module
    id: str
    words: Mapping[str, str]
    stopped: Row
    missed: Row | None
    share: Row | None


@dataclass(frozen=True, slots=True)
class Stalls:
    """Every module that somebody entered, as courses order them; the questions after which most people stopped, most first."""

    modules: tuple[ModuleStall, ...]
    items: tuple[ItemStop, ...]

    @property
    def most(self) -> ModuleStall | None:
        """The module in which most people stand still; None where no share is published, or nobody does."""
        known = [one for one in self.modules if one.stalled and one.stalled.value and one.share and one.share.value is not None]
        return max(known, key=lambda one: (_value(one.stalled), _value(one.share)), default=None)

    @property
    def top(self) -> float:
        """The right end of a drawing of the shares [0, 1]."""
        return max((float(one.share.hi) for one in self.modules if one.share and one.share.hi), default=1.0)


def of(site: Site, nation: Mapping[str, Row]) -> Stalls:
    """Where learners stand still, of the nation's published numbers by metric."""
    modules = []
    for course, module in standstill.modules(site):
        part = standstill.place(course.id, module.id)
        entered = nation.get(name("entered", part))
        if entered is not None and (entered.suppressed or entered.value):
            rows = (nation.get(name(kind, part)) for kind in ("finished", "stalled", STALL_SHARE, LOST))
            modules.append(ModuleStall(course, module, entered, *rows))
    found = []
    for part, (course, module, written) in standstill.items(site).items():
        stopped = nation.get(name("stopped", part))
        if stopped is not None:
            words = {language: item.stem for language, item in written.items()}
            rows = (nation.get(name(kind, part)) for kind in ("missed", MISSED_SHARE))
            found.append(ItemStop(course, module, part.partition("/")[2], words, stopped, *rows))
    found.sort(key=lambda one: (-_value(one.stopped), one.course.id, one.id))
    return Stalls(tuple(modules), tuple(found[:SHOWN]))


def _value(row: Row | None) -> float:
    return float(row.value) if row is not None and row.value is not None else 0.0
