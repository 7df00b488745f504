"""An answer worked out before anything is locked: kept if nothing changed meanwhile, worked out again if something did."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, col, select

from academy.core.content.model import Item
from academy.core.framework import Framework
from academy.services import assess, profiles, rebuild, recording, scales
from academy.services.assess import Given, Waiting
from academy.services.profiles import Profile
from academy.services.recording import Act
from academy.services.site import Site
from academy.store import answer_writes, evidence, evidence_rows
from academy.store.answer_writes import Writing
from academy.store.answering import Sheet
from academy.store.course_files import CourseLibrary
from academy.store.evidence_rows import EstimateRow, ResponseRow, StandingRow
from academy.store.tables.items import Calibration
from academy.store.tables.learning import OpenAnswer, Regrade, Response
from academy.store.tables.standings import StageChange
from tests.conftest import add_person, with_courses
from tests.factories import single, write_course

COURSE, MODULE = "ports", "1-first"


@pytest.fixture
def small(site: Site, tmp_path: Path, framework: Framework) -> Site:
    """One course with five questions, on either database."""
    write_course(tmp_path / "courses", "".join(single(name) for name in ("one", "two", "three", "four", "five")))
    return with_courses(site, CourseLibrary([tmp_path / "courses"], frozenset(framework.skills)))


@pytest.fixture
def lena(small: Site) -> int:
    """A learner with an open attempt, whose first answer is recorded."""
    lena = add_person(small, "lena", "learner").id
    quiz = small.courses.current.courses[COURSE].modules[0].quizzes["es"]
    assert assess.start_attempt(small, lena, COURSE, MODULE, quiz) == 1
    answer(small, lena, "one")
    return lena


def item_of(site: Site, name: str) -> Item:
    item = site.courses.current.item(COURSE, name)
    assert item is not None
    return item


def answer(site: Site, learner: int, name: str, letter: str = "b", seen: Sheet | None = None) -> Given | Waiting:
    return assess.answer_item(site, learner, 1, item_of(site, name), course_id=COURSE, language="es", answer=letter, seen=seen)


def sheet(site: Site, learner: int) -> Sheet:
    found = assess.sheet(site, learner, 1)
    assert found is not None
    return found


def sequences(site: Site, learner: int) -> list[tuple[str, int]]:
    with site.database.reading() as session:
        rows = session.exec(select(Response).where(Response.learner_id == learner)).all()
    return sorted((row.item_id, row.sequence) for row in rows)


def keep(site: Site, response: ResponseRow, standing: StandingRow, estimate: EstimateRow | None, calibration: int = 0) -> bool:
    return answer_writes.keep(site.database, Writing(response, standing, estimate), calibration=calibration)


def refuse(_session: Session, _learner: int) -> StandingRow:
    raise AssertionError("nothing is to be locked")


def test_nothing_is_locked_where_nothing_else_happens(small: Site, lena: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence_rows, "lock_standing", refuse)
    answer(small, lena, "two")
    answer(small, lena, "three")
    assert sequences(small, lena) == [("one", 1), ("three", 3), ("two", 2)]
    assert rebuild.differences(small) == []


def test_the_last_answer_ends_the_attempt_without_a_lock(small: Site, lena: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence_rows, "lock_standing", refuse)
    for name, letter in (("two", "b"), ("three", "b"), ("four", "a")):
        answer(small, lena, name, letter)
    open_yet = assess.sitting(small, lena, 1)
    assert open_yet is not None
    assert (open_yet.finished_at, open_yet.passed) == (None, None)
    answer(small, lena, "five")
    finished = assess.sitting(small, lena, 1)
    assert finished is not None
    assert (finished.finished_at, finished.score, finished.passed) == (small.now(), 0.8, True)
    assert rebuild.differences(small) == []


def test_the_last_answer_ends_the_attempt_by_the_scores_in_force(small: Site, lena: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with small.database.writing() as session:
        [first] = evidence_rows.attempt_responses(session, lena, 1).values()
        for number, score in ((1, 0.5), (2, 0.0)):
            keys: dict[str, Any] = {"key_version_before": first.key_version, "key_version": f"key {number}"}
            scores: dict[str, Any] = {"score_before": first.score, "score": score, "event_id": 1, "regraded_at": small.now()}
            session.add(Regrade(learner_id=lena, sequence=first.sequence, number=number, **keys, **scores))
    monkeypatch.setattr(evidence_rows, "lock_standing", refuse)
    for name in ("two", "three", "four", "five"):
        answer(small, lena, name)
    finished = assess.sitting(small, lena, 1)
    assert finished is not None
    assert (finished.score, finished.passed) == (0.8, True)


def test_an_answer_that_has_become_the_last_ends_the_attempt(small: Site, lena: int) -> None:
    for name in ("two", "three"):
        answer(small, lena, name)
    before = sheet(small, lena)
    answer(small, lena, "four")
    answer(small, lena, "five", seen=before)  # as it was seen, "four" is open
    finished = assess.sitting(small, lena, 1)
    assert finished is not None
    assert finished.passed is True


def test_a_change_of_stage_is_kept_with_the_answer(small: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    kim = add_person(small, "kim", "learner").id
    quiz = small.courses.current.courses[COURSE].modules[0].quizzes["es"]
    assert assess.start_attempt(small, kim, COURSE, MODULE, quiz) == 1
    with small.database.reading() as session:
        scales.scales(small, session)
    monkeypatch.setattr(evidence_rows, "lock_standing", refuse)
    for name in ("one", "two", "three"):
        answer(small, kim, name)
    with small.database.reading() as session:
        changes = session.exec(select(StageChange).where(StageChange.learner_id == kim).order_by(col(StageChange.number))).all()
    assert (changes[0].was, changes[0].stage, changes[0].changed_at) == ("enrolled", "active", small.now())
    assert [row.number for row in changes] == list(range(1, len(changes) + 1))
    assert rebuild.differences(small) == []


def test_an_answer_between_reading_and_writing_is_not_lost(small: Site, lena: int) -> None:
    before = sheet(small, lena)
    answer(small, lena, "two")
    answer(small, lena, "three", seen=before)
    assert sequences(small, lena) == [("one", 1), ("three", 3), ("two", 2)]
    assert rebuild.differences(small) == []


def test_the_same_question_answered_between_gives_the_first_answer(small: Site, lena: int) -> None:
    before = sheet(small, lena)
    first = answer(small, lena, "two", "b")
    assert answer(small, lena, "two", "a", seen=before) == first
    assert sequences(small, lena) == [("one", 1), ("two", 2)]


def test_whatever_locks_the_standing_between_counts(small: Site, lena: int) -> None:
    before = sheet(small, lena)
    profiles.change_profile(small, lena, Profile("Lena", "es", "MX-NLE", "", "PD-WRL-003"))
    rebuild.rebuild_all(small)
    answer(small, lena, "two", seen=before)
    with small.database.reading() as session:
        standing = evidence_rows.standing(session, lena)
    assert standing is not None
    assert standing.role_id == "PD-WRL-003"
    assert rebuild.differences(small) == []


def test_what_is_out_of_date_writes_nothing(small: Site, lena: int) -> None:
    before = sheet(small, lena).standing
    answer(small, lena, "two")
    with small.database.reading() as session:
        present, standing = evidence_rows.estimates(session, lena), evidence_rows.standing(session, lena)
    act = Act(COURSE, "es", "b", "late", 1)
    assert recording.record_at_once(small, before, item_of(small, "three"), act) is None
    assert sequences(small, lena) == [("one", 1), ("two", 2)]
    with small.database.reading() as session:
        assert evidence_rows.estimates(session, lena) == present
        assert evidence_rows.standing(session, lena) == standing


def test_what_the_database_refuses_leaves_nothing_and_the_next_is_kept(small: Site, lena: int) -> None:
    with small.database.reading() as session:
        [first] = evidence_rows.narrowed(session, col(Response.learner_id) == lena)
        [estimate] = evidence_rows.estimates(session, lena).values()
    now = sheet(small, lena).standing
    again = replace(now, sequence=9)
    assert not keep(small, first._replace(submission="other"), again, estimate)  # its number is taken
    assert sheet(small, lena).standing == now
    assert keep(small, first._replace(sequence=2, submission="other"), replace(now, sequence=2), estimate)
    assert sheet(small, lena).standing == replace(now, sequence=2, revision=now.revision + 1)


def test_an_answer_that_measures_nothing_is_kept_too(small: Site, lena: int) -> None:
    with small.database.reading() as session:
        [first] = evidence_rows.narrowed(session, col(Response.learner_id) == lena)
    now = sheet(small, lena).standing
    assert keep(small, first._replace(sequence=2, submission="other"), replace(now, sequence=2), None)
    assert len(sequences(small, lena)) == 2


def test_bulk_work_is_not_left_by_its_answers(small: Site, lena: int) -> None:
    def stopped() -> None:
        with small.database.together():
            answer(small, lena, "two")
            raise RuntimeError("nothing of it")

    with pytest.raises(RuntimeError, match="nothing of it"):
        stopped()
    assert sequences(small, lena) == [("one", 1)]


def check(site: Site, learner: int, letter: str, submission: str) -> Given | Waiting:
    return assess.answer_check(site, learner, item_of(site, "two"), course_id=COURSE, language="es", answer=letter, submission=submission)


def test_a_knowledge_check_locks_nothing_either(small: Site, lena: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence_rows, "lock_standing", refuse)
    check(small, lena, "a", "first")
    check(small, lena, "b", "second")
    assert sequences(small, lena) == [("one", 1), ("two", 2), ("two", 3)]
    assert rebuild.differences(small) == []


def test_a_check_sent_twice_is_recorded_once(small: Site, lena: int) -> None:
    given = [check(small, lena, letter, "same") for letter in ("a", "b")]
    assert given[0] == given[1]
    assert sequences(small, lena) == [("one", 1), ("two", 2)]
    check(small, lena, "b", "other")
    assert sequences(small, lena) == [("one", 1), ("two", 2), ("two", 3)]
    assert rebuild.differences(small) == []


def test_what_was_submitted_before_or_waits_to_be_marked_is_not_recorded_at_once(small: Site, lena: int) -> None:
    check(small, lena, "a", "same")
    now = sheet(small, lena).standing
    with small.database.writing() as session:
        [one] = evidence_rows.attempt_responses(session, lena, 1).values()
        two = evidence.check_responses(session, lena, COURSE, ["two"])["two"]
        text: dict[str, Any] = {"text_version": "x", "language": "es", "text": "No sé", "given_at": small.now()}
        session.add(OpenAnswer(learner_id=lena, number=1, submission="waits", course_id=COURSE, item_id="three", **text))
    later = one._replace(sequence=3, attempt=None)
    for submission in (one.submission, two.submission, "waits"):
        assert not keep(small, later._replace(submission=submission), replace(now, sequence=3), None)
    assert sheet(small, lena).standing == now
    assert keep(small, later._replace(submission="new"), replace(now, sequence=3), None)


def test_what_another_calibration_measured_is_worked_out_again(small: Site, lena: int) -> None:
    with small.database.reading() as session:
        [first] = evidence_rows.attempt_responses(session, lena, 1).values()
    now = sheet(small, lena).standing
    second = first._replace(sequence=2, submission="other"), replace(now, sequence=2)
    assert not keep(small, *second, None, calibration=1)
    with small.database.writing() as session:
        counts: dict[str, Any] = {"learners": 1, "answers": 1, "responses": 1, "iterations": 1}
        fit: dict[str, Any] = {"model": "rasch", "log_likelihood": 0.0, "converged": True}
        session.add(Calibration(skill_id="x", created_at=small.now(), **counts, **fit))
    assert not keep(small, *second, None)
    assert keep(small, *second, None, calibration=1)


def test_nothing_is_stored_beside_a_transaction_of_the_same_thread(small: Site, lena: int) -> None:
    with small.database.reading() as session:
        [first] = evidence_rows.attempt_responses(session, lena, 1).values()
    now = sheet(small, lena).standing
    with small.database.writing():
        assert not keep(small, first._replace(sequence=2, submission="other"), replace(now, sequence=2), None)
    assert keep(small, first._replace(sequence=2, submission="other"), replace(now, sequence=2), None)
