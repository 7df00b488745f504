"""Timed quizzes and limited attempts: the server's clock, grace, extra time, and exactly as many attempts as allowed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlmodel import select

from academy.core.content.model import Language, Quiz
from academy.core.framework import Framework
from academy.services import assess, audit, open_answers, rebuild, registry, regrade, timing
from academy.services.assess import Sitting, TimeOver
from academy.services.site import Site
from academy.services.timing import NoMoreAttempts, Terms
from academy.store.course_files import CourseLibrary
from academy.store.db import Database
from academy.store.tables.learning import Attempt, Response
from tests.conftest import Clock, add_person, with_courses
from tests.factories import OPEN, single, take_quiz, write_course

COURSE, MODULE = "ports", "1-first"
QUESTIONS = single("one") + single("two") + single("three")


def limited(folder: Path, framework: Framework, limits: str, items: str = QUESTIONS) -> CourseLibrary:
    """A course whose quiz has these limits in its front matter; its translation says nothing of them."""
    write_course(folder, items, languages=("es", "en"), limits=limits)
    return CourseLibrary([folder], frozenset(framework.skills))


@pytest.fixture
def timed(new_database: Callable[[str], Database], tmp_path: Path, framework: Framework, clock: Clock) -> Site:
    """A site whose quiz may take ten minutes."""
    site = Site(new_database("sqlite"), limited(tmp_path / "courses", framework, "minutes: 10\n"), framework, clock)
    registry.sync(site)
    return site


def quiz_of(site: Site, language: Language = "es") -> Quiz:
    return site.courses.current.courses[COURSE].modules[0].quizzes[language]


def begin(site: Site, learner: int) -> int:
    return assess.start_attempt(site, learner, COURSE, MODULE, quiz_of(site))


def give(site: Site, learner: int, number: int, item_id: str, answer: str = "b") -> None:
    item = site.courses.current.item(COURSE, item_id)
    assert item is not None
    assess.answer_item(site, learner, number, item, course_id=COURSE, language="es", answer=answer)


def settled(site: Site, learner: int, number: int) -> Sitting:
    """The attempt as a page shows it."""
    assess.settle(site, learner, number)
    found = assess.sitting(site, learner, number)
    assert found is not None
    return found


def test_within_the_grace_an_answer_counts_and_after_it_none(timed: Site, clock: Clock) -> None:
    lena = add_person(timed, "lena", "learner").id
    number = begin(timed, lena)
    clock.forward(minutes=10, seconds=30)
    give(timed, lena, number, "one")
    clock.forward(seconds=1)
    with pytest.raises(TimeOver):
        give(timed, lena, number, "two")
    found = settled(timed, lena, number)
    assert found.score == pytest.approx(1 / 3)
    assert (found.finished_at, found.passed) == (found.ends_at, False)
    assert found.answers.keys() == {"one"}
    give(timed, lena, number, "one", "a")  # sent again: what was recorded stands
    assert settled(timed, lena, number).answers["one"].score == 1
    with timed.database.reading() as session:
        assert [row.item_id for row in session.exec(select(Response))] == ["one"]
    assert rebuild.differences(timed) == []


def test_the_next_attempt_begins_when_the_time_of_the_last_is_over(timed: Site, clock: Clock) -> None:
    lena = add_person(timed, "lena", "learner").id
    assert begin(timed, lena) == begin(timed, lena) == 1
    clock.forward(minutes=11)
    assert begin(timed, lena) == 2
    assert settled(timed, lena, 1).score == 0


def test_who_answers_in_time_has_the_usual_result(timed: Site, clock: Clock) -> None:
    lena = add_person(timed, "lena", "learner").id
    number = take_quiz(timed, lena, COURSE, MODULE)
    clock.forward(hours=1)
    found = settled(timed, lena, number)
    assert (found.score, found.passed) == (1.0, True)
    assert found.finished_at == found.started_at


def test_extra_time_holds_for_open_and_later_attempts(timed: Site, clock: Clock) -> None:
    lena, kim = add_person(timed, "lena", "learner").id, add_person(timed, "kim", "learner").id
    number, other = begin(timed, lena), begin(timed, kim)
    timing.set_extra(timed, lena, 50, by=None)
    assert timing.terms(timed, lena, COURSE, quiz_of(timed)) == Terms(15, None)
    assert timing.terms(timed, kim, COURSE, quiz_of(timed)) == timing.terms(timed, None, COURSE, quiz_of(timed)) == Terms(10, None)
    timing.set_extra(timed, kim, 15, by=None)
    assert timing.terms(timed, kim, COURSE, quiz_of(timed)) == Terms(11, None), "11.5: no minute is promised that the clock does not give"
    timing.set_extra(timed, kim, 0, by=None)
    clock.forward(minutes=14)
    give(timed, lena, number, "one")
    with pytest.raises(TimeOver):
        give(timed, kim, other, "one")
    timing.set_extra(timed, lena, 0, by=None)
    with pytest.raises(TimeOver):
        give(timed, lena, number, "two")
    timing.set_extra(timed, lena, 100, by=None)
    number = begin(timed, lena)
    found = assess.sitting(timed, lena, number)
    assert found is not None
    assert found.ends_at is not None
    assert (found.ends_at - found.started_at).total_seconds() / 60 == pytest.approx(20)
    events, _ = audit.listing(timed, action="extra-time-set")
    assert [event.details["per_cent"] for event in events] == [100, 0, 0, 15, 50]


@pytest.mark.parametrize("per_cent", [-1, 301])
def test_extra_time_has_bounds(timed: Site, per_cent: int) -> None:
    with pytest.raises(ValueError, match="0 to 300"):
        timing.set_extra(timed, add_person(timed, "lena", "learner").id, per_cent, by=None)


def test_a_written_answer_is_marked_after_the_time(
    new_database: Callable[[str], Database], tmp_path: Path, framework: Framework, clock: Clock
) -> None:
    items = single("one") + single("two") + OPEN.format(id="write", self="")
    site = Site(new_database("sqlite"), limited(tmp_path / "courses", framework, "minutes: 10\n", items), framework, clock)
    registry.sync(site)
    lena = add_person(site, "lena", "learner").id
    number = begin(site, lena)
    give(site, lena, number, "write", "I hang up.")
    clock.forward(minutes=11)
    found = settled(site, lena, number)
    assert (found.finished_at, found.passed, found.to_be_graded) == (found.ends_at, None, 1)
    open_answers.mark(site, None, lena, found.waiting["write"].number, met=["a", "b"], comment="")
    found = settled(site, lena, number)
    assert found.score == pytest.approx(1 / 3)
    assert found.passed is False


def test_a_changed_key_leaves_what_was_not_answered_at_nothing(timed: Site, clock: Clock, tmp_path: Path, framework: Framework) -> None:
    lena = add_person(timed, "lena", "learner").id
    number = begin(timed, lena)
    give(timed, lena, number, "one", "a")
    clock.forward(minutes=11)
    assert settled(timed, lena, number).score == 0
    courses = limited(tmp_path / "changed", framework, "minutes: 10\n", single("one", key="a") + single("two") + single("three"))
    changed = with_courses(timed, courses)
    regrade.apply(changed, actor="command")
    assert settled(changed, lena, number).score == pytest.approx(1 / 3)
    assert not regrade.preview(changed).whole


def test_as_many_attempts_as_allowed_whoever_hurries(database: Database, tmp_path: Path, framework: Framework, clock: Clock) -> None:
    site = Site(database, limited(tmp_path / "courses", framework, "attempts: 2\n"), framework, clock)
    registry.sync(site)
    assert quiz_of(site, "en").attempts == 2  # another language is no way around
    lena = add_person(site, "lena", "learner").id

    def take(_: int) -> int:
        try:
            return take_quiz(site, lena, COURSE, MODULE)
        except NoMoreAttempts:
            return 0
        except assess.NotOpen:  # another one finished the attempt that both had begun
            return -1

    with ThreadPoolExecutor(50) as pool:
        found = set(pool.map(take, range(50)))
    found.add(take(50))  # all of them may have begun before the first attempt was over
    assert found - {0, -1} == {1, 2}
    with pytest.raises(NoMoreAttempts):
        begin(site, lena)
    assert timing.terms(site, lena, COURSE, quiz_of(site)) == Terms(None, 0)
    with database.reading() as session:
        assert len(session.exec(select(Attempt)).all()) == 2
        assert len(session.exec(select(Response)).all()) == 6
    assert rebuild.differences(site) == []
