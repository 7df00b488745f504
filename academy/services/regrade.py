"""Stored answers and changed courses turned into what would change, and those changes appended."""

from __future__ import annotations

import dataclasses
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session

from academy.core.content import impact as changes
from academy.core.content.impact import SAME, Impact, ItemId, Tally
from academy.core.content.model import Item
from academy.core.content.version import ItemVersions
from academy.core.grading import passes, result
from academy.services import audit, rebuild
from academy.services.site import Site
from academy.store import regrades
from academy.store.course_files import Library
from academy.store.db import Database
from academy.store.regrades import Graded
from academy.store.tables.learning import Attempt

Progress = Callable[[int, int], None]
_LEARNERS_AT_ONCE = 200
_MEMORY = 100_000  # answers graded that are remembered, so that the same answer is graded once


@dataclass(frozen=True, slots=True)
class AttemptChange:
    """A finished attempt whose result changes, on account of these items."""

    attempt: Attempt
    share: float | None
    passes: bool
    items: frozenset[str]


@dataclass(frozen=True, slots=True)
class Block:
    """What changes for some learners: responses with their new score and the key version that gives it, and attempts."""

    responses: Sequence[tuple[Graded, float, str]]
    attempts: Sequence[AttemptChange]

    @property
    def learners(self) -> set[int]:
        """Those for whom anything changes."""
        return {graded.learner_id for graded, _, _ in self.responses} | {each.attempt.learner_id for each in self.attempts}


def measure(database: Database, before: Library, after: Library, progress: Progress = lambda _done, _all: None) -> Impact:
    """What replacing one state of the courses by another would do to stored results. Only reads."""
    affected = changes.changed_items(before.versions, after.versions)
    with database.reading(steady=True) as session:
        found, _ = _measure(_Grader(session, affected, after.item), progress)
    return found


def preview(site: Site, progress: Progress = lambda _done, _all: None) -> Impact:
    """What `apply` would change now: stored results that the present courses would not give. Only reads."""
    with site.database.reading(steady=True) as session:
        found, _ = _measure(_grader(site, session), progress)
    return found


def apply(site: Site, actor: str, progress: Progress = lambda _done, _all: None) -> Impact:
    """Append every change of `preview` in one transaction with an audit event, and derive again what rests on it."""
    with site.database.writing() as session:
        grader = _grader(site, session)
        found, learners = _measure(grader, progress)
        if not learners:
            return found
        event = audit.record(site, session, "regrade", actor=actor, details=as_json(found))
        for done, block in enumerate(grader.blocks(learners), start=1):
            _apply_block(site, session, block, event)
            progress(min(done * _LEARNERS_AT_ONCE, len(learners)), len(learners))
    return found


def unaccepted(found: Impact, library: Library) -> list[ItemId]:
    """Quizzes of which somebody would lose a pass and that do not say `regrade: accept`."""
    accepting = {
        (course.id, module.quizzes[course.source_language].id)
        for course in library.courses.values()
        for module in course.modules
        if course.source_language in module.quizzes and module.quizzes[course.source_language].regrade_accepted
    }
    return [quiz for quiz in found.losing() if quiz not in accepting]


def as_json(found: Impact) -> dict[str, Any]:
    """An impact as plain values: counts as a whole, and by course, item and quiz."""
    return {
        **dataclasses.asdict(found.whole),
        "courses": [{"course": course, **dataclasses.asdict(tally)} for course, tally in sorted(found.courses.items()) if tally],
        "items": _parts(found.items, "item"),
        "quizzes": _parts(found.quizzes, "quiz"),
    }


def _parts(tallies: Mapping[ItemId, Tally], kind: str) -> list[dict[str, Any]]:
    named = sorted(tallies.items())
    return [{"course": course, kind: name, **dataclasses.asdict(tally)} for (course, name), tally in named if tally]


def _grader(site: Site, session: Session) -> _Grader:
    versions = site.courses.current.versions
    affected = {key: versions[key] for key in sorted(regrades.items_with_versions(session)) if key in versions}
    return _Grader(session, affected, site.courses.current.item)


def _measure(grader: _Grader, progress: Progress) -> tuple[Impact, list[int]]:
    """The impact, and the learners for whom anything changes."""
    found, concerned = Impact(), set[int]()
    for item in grader.affected:
        if grader.count(item, found):
            concerned |= grader.learners(item)
    learners: list[int] = []
    for done, block in enumerate(grader.blocks(sorted(concerned)), start=1):
        for change in block.attempts:
            quiz = (change.attempt.course_id, change.attempt.quiz_id)
            found.add_attempt(quiz, change.items, passed_before=bool(change.attempt.passed), passes_now=change.passes)
        learners += sorted(block.learners)
        progress(min(done * _LEARNERS_AT_ONCE, len(concerned)), len(concerned))
    return found, learners


def _apply_block(site: Site, session: Session, block: Block, event: int) -> None:
    regrades.keep(session, block.responses, event, site.now())
    for change in block.attempts:
        change.attempt.score, change.attempt.passed = change.share, change.passes
        session.add(change.attempt)
    session.flush()
    rebuild.rebuild_learners(site, session, sorted({graded.learner_id for graded, _, _ in block.responses}))
    session.expunge_all()


@dataclass(slots=True)
class _Grader:
    """Grades stored answers to some items by their present versions."""

    session: Session
    affected: Mapping[ItemId, ItemVersions]
    find: Callable[[str, str], Item | None]
    """A question as it is served, by course and id."""
    _known: dict[tuple[ItemId, str, str, str | None], float | None] = field(default_factory=dict)
    _points: dict[str, dict[tuple[str, str], float]] = field(default_factory=dict)

    def count(self, item: ItemId, found: Impact) -> bool:
        """Add an item's responses to the impact; whether the result of any attempt may change."""
        concerns = False
        for alike in regrades.answers_alike(self.session, *item, self._settled(item)):
            if alike.graded_by == self._target(item, alike.language):
                continue
            score = self._score(item, alike.language, alike.text_version, alike.answer)
            found.add_responses(item, alike.score, score, alike.count)
            moved = score is not None and abs(score - alike.score) > SAME
            concerns = concerns or moved or self._worth(item, alike.graded_by) != changes.present_points(self.affected[item].source)
        return concerns

    def learners(self, item: ItemId) -> set[int]:
        """Whose answers to an item are not graded by its present key."""
        return regrades.learners_not_graded_by(self.session, *item, self._settled(item))

    def blocks(self, learners: Sequence[int]) -> Iterator[Block]:
        """What changes, for a bounded number of learners at a time."""
        courses = {course_id for course_id, _ in self.affected}
        for start in range(0, len(learners), _LEARNERS_AT_ONCE):
            some = learners[start : start + _LEARNERS_AT_ONCE]
            responses = regrades.responses_to(self.session, some, courses)
            changed = [change for graded in responses if (change := self._change(graded)) is not None]
            by_attempt: dict[tuple[int, int], list[Graded]] = defaultdict(list)
            for graded in responses:
                if graded.attempt is not None:
                    by_attempt[graded.learner_id, graded.attempt].append(graded)
            scores = {(graded.learner_id, graded.sequence): score for graded, score, _ in changed}
            attempts = regrades.finished_attempts(self.session, some, courses)
            yield Block(changed, list(self._attempt_changes(attempts, by_attempt, scores)))

    def _change(self, graded: Graded) -> tuple[Graded, float, str] | None:
        item = (graded.course_id, graded.item_id)
        if item not in self.affected or graded.graded_by == self._target(item, graded.language):
            return None
        answer = json.dumps(graded.answer, sort_keys=True)
        score = self._score(item, graded.language, graded.text_version, answer)
        if score is None or abs(score - graded.score) <= SAME:
            return None
        return graded, score, self._target(item, graded.language)

    def _attempt_changes(
        self,
        attempts: Iterable[Attempt],
        responses: Mapping[tuple[int, int], Sequence[Graded]],
        scores: Mapping[tuple[int, int], float],
    ) -> Iterator[AttemptChange]:
        for attempt in attempts:
            if attempt.score is None:  # something still waits to be marked
                continue
            given = responses.get((attempt.learner_id, attempt.number), ())
            before = [(graded.score, self._worth_of(graded)) for graded in given]
            after = [(scores.get((graded.learner_id, graded.sequence), graded.score), self._present_worth(graded)) for graded in given]
            late = self._unanswered(attempt, {graded.item_id for graded in given})
            share = result([*after, *late])
            # A change of points alone leaves no trace in the responses: then the stored result says that it was applied.
            if _close(result([*before, *late]), share) or _close(attempt.score, share):
                continue
            items = frozenset(graded.item_id for graded, old, new in zip(given, before, after, strict=True) if old != new)
            yield AttemptChange(attempt, share, passes(share, attempt.pass_percent), items)

    def _unanswered(self, attempt: Attempt, given: AbstractSet[str]) -> list[tuple[float, float]]:
        """Score and points of what was not answered before a timed attempt ended; it counts in the result."""
        if attempt.ends_at is None:
            return []
        missing = [self.find(attempt.course_id, item_id) for item_id in attempt.item_ids if item_id not in given]
        return [(0.0, item.points) for item in missing if item is not None and not item.by_self]

    def _settled(self, item: ItemId) -> list[str]:
        """Key versions by which no answer in any language has to be graded again."""
        versions = self.affected[item]
        return [] if versions.drifted else [versions.key_version]

    def _target(self, item: ItemId, language: str) -> str:
        return self.affected[item].key_version_in(language)

    def _score(self, item: ItemId, language: str, text_version: str, answer: str | None) -> float | None:
        key = (item, language, text_version, answer)
        if key not in self._known:
            if len(self._known) >= _MEMORY:
                self._known.clear()
            versions = self.affected[item]
            canonical = regrades.text(self.session, *item, language, text_version)
            before = changes.wording(canonical) if canonical is not None else None
            given = json.loads(answer) if answer is not None else None
            self._known[key] = changes.regraded(versions.items.get(language, versions.source), given, before)
        return self._known[key]

    def _worth_of(self, graded: Graded) -> float:
        return self._worth((graded.course_id, graded.item_id), graded.graded_by)

    def _present_worth(self, graded: Graded) -> float:
        found = self.affected.get((graded.course_id, graded.item_id))
        return changes.present_points(found.source) if found else self._worth_of(graded)

    def _worth(self, item: ItemId, key_version: str) -> float:
        """The points of a key version. One that was never registered is the present one."""
        course_id, item_id = item
        if course_id not in self._points:
            keys = regrades.keys_of(self.session, course_id)
            self._points[course_id] = {key: changes.points_of(canonical) for key, canonical in keys.items()}
        found = self._points[course_id].get((item_id, key_version))
        if found is not None:
            return found
        return changes.present_points(self.affected[item].source) if item in self.affected else 1.0


def _close(here: float | None, there: float | None) -> bool:
    return here == there if here is None or there is None else abs(here - there) <= SAME
