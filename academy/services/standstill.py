"""Where learners stand still, turned into counts to publish, and into the published shares and losses that follow from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlmodel import Session

from academy.core.content.model import Course, Item, Module
from academy.core.workforce import shares
from academy.core.workforce.shares import Share
from academy.core.workforce.splits import name
from academy.core.workforce.standstill import lost_per_month
from academy.core.workforce.suppression import Published
from academy.services.site import Site
from academy.store import standstill
from academy.store.snapshots import CellRow

STALL_SHARE, MISSED_SHARE, LOST = "stall_share", "missed_share", "lost_ready"
KINDS = (STALL_SHARE, MISSED_SHARE, LOST)
"""What is published of modules and questions beside counts."""


def place(course_id: str, part_id: str) -> str:
    """What a module or a question of a course is called in the name of a metric."""
    return f"{course_id}/{part_id}"


def counts(site: Site, session: Session) -> dict[str, int]:
    """Counts of learners by metric: of every module with a quiz, and of each question after which enough people stopped.

    Other questions are not counted one by one: too few people for a number.
    """
    now = site.now()
    been = {(one.course_id, one.module_id): one for one in standstill.module_counts(session, now)}
    found: dict[str, int] = {}
    for course, module in modules(site):
        one = been.get((course.id, module.id))
        part = place(course.id, module.id)
        found[name("entered", part)] = one.entered if one else 0
        found[name("finished", part)] = one.finished if one else 0
        found[name("stalled", part)] = one.stalled if one else 0
    known = items(site)
    for stop in standstill.item_counts(session, now):
        part = place(stop.course_id, stop.item_id)
        if part in known and stop.stopped >= site.min_cell:
            found[name("stopped", part)] = stop.stopped
            found[name("missed", part)] = stop.missed
    return found


def published(cells: Sequence[CellRow]) -> Iterator[CellRow]:
    """Of each module the share that stands still and what that costs, of each question the share that missed it; of published counts."""
    nation = {cell.metric: Published(cell.value, cell.suppressed) for cell in cells if not (cell.role_id or cell.state or cell.sector)}
    completion = shares.share(nation["ever_ready"], nation["enrolled"])
    for metric, whole in nation.items():
        kind, _, part = metric.partition(":")
        if kind == "entered":
            stalled = shares.share(nation[name("stalled", part)], whole)
            yield _row(STALL_SHARE, part, "share", stalled, whole)
            yield _row(LOST, part, "persons per month", lost_per_month(stalled, whole.value or 0.0, completion), whole, grade="D")
        elif kind == "stopped":
            yield _row(MISSED_SHARE, part, "share", shares.share(nation[name("missed", part)], whole), whole)


def modules(site: Site) -> Iterator[tuple[Course, Module]]:
    """Every module that can be finished: those with a quiz."""
    for course in site.courses.current.courses.values():
        yield from ((course, module) for module in course.modules if module.quizzes)


def items(site: Site) -> Mapping[str, tuple[Course, Module, dict[str, Item]]]:
    """Every question of quizzes and lessons by language, by what it is called in the name of a metric."""
    found: dict[str, tuple[Course, Module, dict[str, Item]]] = {}
    everywhere = [(course, module) for course in site.courses.current.courses.values() for module in course.modules]
    for course, module in everywhere:
        written = [(lesson.language, lesson.checks) for lesson in module.lessons.values()]
        written += [(language, quiz.items) for language, quiz in module.quizzes.items()]
        for language, asked in written:
            for item in asked:
                found.setdefault(place(course.id, item.id), (course, module, {}))[2][language] = item
    return found


def _row(kind: str, part: str, unit: str, found: Share, whole: Published, *, grade: str = "") -> CellRow:
    n = int(whole.value) if whole.value is not None and found.value is not None else None
    return CellRow("", "", "", "", name(kind, part), unit, found.value, found.low, found.high, n, found.suppressed, grade)
