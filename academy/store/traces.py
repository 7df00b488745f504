"""Everything that a learner left in lessons and quizzes, read together: what pages of courses and lessons depend on."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, CompoundSelect, Integer, Select, String, bindparam, func, literal_column, null, select, union_all
from sqlmodel import Session, SQLModel

from academy.store import tables as _tables
from academy.store.db import Database
from academy.store.insertion import insertion
from academy.store.sessions import FOUND, Found, and_more, found_of, parted, who

assert _tables, "the tables register themselves"
_named = SQLModel.metadata.tables
_visit, _attempt, _skip = _named["lessonvisit"], _named["attempt"], _named["lessonskip"]
_response, _regrade, _written, _report = _named["response"], _named["regrade"], _named["openanswer"], _named["itemreport"]


class Trace(NamedTuple):
    """One thing done, or one answer as it stands. What its fields hold says its kind.

    visit: module, lesson; since when and until when. quiz: module; begun and finished. skip: module, lesson. answer: item and
    sequence. written: item and number; given and marked. report: item, reply and the answer's sequence; made and settled.
    regrade: the answer's sequence.
    """

    kind: str
    course_id: str
    name: str
    detail: str
    number: int
    at: datetime | None
    ended_at: datetime | None


def _kind(kind: str, columns: Sequence[Any]) -> Select[Any]:
    """Everybody's traces of a kind, which stand in one table."""
    return select(literal_column(f"'{kind}'", String).label("kind"), *columns)


def _of(owner: ColumnElement[int], *kinds: Select[Any]) -> list[Select[Any]]:
    """Those of one learner."""
    tables: list[Any] = [kind.get_final_froms()[0] for kind in kinds]
    return [kind.where(table.c.learner_id == owner) for kind, table in zip(kinds, tables, strict=True)]


_OWN: ColumnElement[int] = bindparam("learner_id", type_=Integer)
_NUMBER: ColumnElement[int] = literal_column("0", Integer)
_NOTHING: ColumnElement[str] = literal_column("''", String)
# The visits come first: their columns give the others their types.
_DONE = (
    _kind("visit", [
        _visit.c.course_id, _visit.c.module_id.label("name"), _visit.c.slug.label("detail"), _NUMBER.label("number"),
        _visit.c.last_seen_at.label("at"), _visit.c.finished_at.label("ended_at"),
    ]),
    _kind("quiz", [_attempt.c.course_id, _attempt.c.module_id, _NOTHING, _NUMBER, _attempt.c.started_at, _attempt.c.finished_at]),
    _kind("skip", [_skip.c.course_id, _skip.c.module_id, _skip.c.slug, _NUMBER, _skip.c.skipped_at, null()]),
)  # fmt: skip
_ANSWERS = (
    _kind("answer", [
        _response.c.course_id, _response.c.item_id, _NOTHING, _response.c.sequence, _response.c.answered_at, null(),
    ]).where(_response.c.attempt.is_(None), _response.c.purpose == literal_column("'practice'")),
    _kind("written", [
        _written.c.course_id, _written.c.item_id, _NOTHING, _written.c.number, _written.c.given_at, _written.c.graded_at,
    ]).where(_written.c.attempt.is_(None)),
)  # fmt: skip
_SEQUELS = union_all(
    *_of(
        _OWN,
        _kind("report", [
            _report.c.course_id, _report.c.item_id, _report.c.reply, _report.c.sequence, _report.c.reported_at, _report.c.resolved_at,
        ]),
        _kind("regrade", [_NOTHING, _NOTHING, _NOTHING, _regrade.c.sequence, _regrade.c.regraded_at, null()]),
    )
)  # fmt: skip
_OF_LEARNER = union_all(*_of(_OWN, *_DONE))


@functools.cache
def _keep_visit(dialect: str) -> Any:
    made = insertion(dialect)(_visit)
    finished = func.coalesce(_visit.c.finished_at, made.excluded.finished_at)
    kept = {"last_seen_at": made.excluded.last_seen_at, "finished_at": finished}
    return made.on_conflict_do_update(index_elements=list(_visit.primary_key), set_=kept)


def _lesson_parts(owner: ColumnElement[int], items: int) -> list[Select[Any]]:
    """The queries for a lesson with so many knowledge checks. Each has a name of its own: a list is spread out at every call."""
    names = [bindparam(f"item_{at}", type_=String) for at in range(items)]
    answers = [query.where(query.selected_columns[2].in_(names)) for query in _ANSWERS] if names else []
    return _of(owner, *(query.where(query.selected_columns[1] == bindparam("course_id")) for query in (*_DONE, *answers)))


@functools.cache
def _of_lesson(items: int) -> CompoundSelect[Any]:
    return union_all(*_lesson_parts(_OWN, items))


@functools.cache
def _visit_to_lesson(items: int) -> CompoundSelect[Any]:
    return and_more(FOUND, *_lesson_parts(who(FOUND), items))


def keep_visit(session: Session, learner_id: int, lesson: tuple[str, str, str], at: datetime, *, finished: bool) -> None:
    """Keep that a lesson (course, module, slug) is read now, or finished: once is enough. Two at once are one visit."""
    connection = session.connection()
    course_id, module_id, slug = lesson
    values = {"learner_id": learner_id, "course_id": course_id, "module_id": module_id, "slug": slug}
    values |= {"first_seen_at": at, "last_seen_at": at, "finished_at": at if finished else None}
    connection.execute(_keep_visit(connection.dialect.name), values)


def of_learner(database: Database, learner_id: int) -> list[Trace]:
    """A learner's visits, quizzes and skips in all courses."""
    return [Trace._make(row) for row in database.select(_OF_LEARNER, {"learner_id": learner_id})]


def of_lesson(database: Database, learner_id: int, course_id: str, item_ids: Collection[str]) -> list[Trace]:
    """A learner's visits, quizzes and skips in one course, and what became of their answers to some knowledge checks."""
    rows = database.select(_of_lesson(len(item_ids)), {"learner_id": learner_id, **_asked(course_id, item_ids)})
    return _with_sequels(database, learner_id, rows)


def visited(database: Database, token_digest: str, course_id: str, item_ids: Collection[str]) -> tuple[Found, list[Trace]] | None:
    """The session of this token with the same of its person, in one query; None where there is no such session."""
    rows = database.select(_visit_to_lesson(len(item_ids)), {"token_digest": token_digest, **_asked(course_id, item_ids)})
    own, others = parted(rows, len(FOUND.c))
    return (found_of(own), _with_sequels(database, own[0].id, others)) if own else None


def _asked(course_id: str, item_ids: Collection[str]) -> dict[str, object]:
    return {"course_id": course_id, **{f"item_{at}": item_id for at, item_id in enumerate(item_ids)}}


def _with_sequels(database: Database, learner_id: int, rows: Iterable[Sequence[Any]]) -> list[Trace]:
    """The traces that rows say, and where there are answers among them, their sequels too."""
    found = [Trace._make(row) for row in rows]
    answered = {trace.number for trace in found if trace.kind == "answer"}
    if answered:
        sequels = [Trace._make(row) for row in database.select(_SEQUELS, {"learner_id": learner_id})]
        found += [trace for trace in sequels if trace.number in answered]
    return found
