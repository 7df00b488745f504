"""Open answers: kept, waiting, marked once, and only then evidence; on both databases, and always replayed exactly."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlmodel import select

from academy.core.content.model import Item
from academy.core.framework import Framework
from academy.core.measurement import ability
from academy.core.measurement.irt import author_prior
from academy.services import assess, open_answers, rebuild, registry
from academy.services.assess import Given, Sitting, Waiting
from academy.services.open_answers import NotWaiting
from academy.services.site import Site
from academy.store.course_files import CourseLibrary
from academy.store.tables.learning import OpenAnswer, Response
from academy.store.tables.standings import SkillEstimate
from tests.conftest import Clock, add_person, with_courses
from tests.factories import OPEN, single, write_course

COURSE, MODULE, SKILL = "ports", "1-first", "ai-social-engineering"
QUIZ = single("one") + OPEN.format(id="write", self="") + OPEN.format(id="think", self="`self` ")


@pytest.fixture
def small(site: Site, tmp_path: Path, framework: Framework) -> Site:
    """The site with one small course: a choice, an answer that an educator marks, and one marked by its writer."""
    write_course(tmp_path / "courses", QUIZ, check=OPEN.format(id="check", self=""))
    return with_courses(site, CourseLibrary([tmp_path / "courses"], frozenset(framework.skills), development=True))


def item_of(site: Site, item_id: str) -> Item:
    found = site.courses.current.item(COURSE, item_id)
    assert found is not None
    return found


def start(site: Site, learner: int) -> int:
    return assess.start_attempt(site, learner, COURSE, MODULE, site.courses.current.courses[COURSE].modules[0].quizzes["es"])


def answer(site: Site, learner: int, number: int, item_id: str, given: str | None) -> Given | Waiting:
    return assess.answer_item(site, learner, number, item_of(site, item_id), course_id=COURSE, language="es", answer=given)


def sitting(site: Site, learner: int, number: int) -> Sitting:
    found = assess.sitting(site, learner, number)
    assert found is not None
    return found


def responses(site: Site, learner: int) -> list[Response]:
    with site.database.reading() as session:
        return list(session.exec(select(Response).where(Response.learner_id == learner).order_by(Response.sequence)))  # type: ignore[arg-type]


def test_what_is_written_waits_and_is_not_counted_as_wrong(small: Site) -> None:
    lena = add_person(small, "lena", "learner").id
    number = start(small, lena)
    assert answer(small, lena, number, "write", "I hang up.") == answer(small, lena, number, "write", "Something else.")
    assert responses(small, lena) == []
    with small.database.reading() as session:
        assert session.exec(select(SkillEstimate)).all() == []
    found = sitting(small, lena, number)
    assert found.waiting["write"].text == "I hang up."
    assert found.next_item == "one"
    assert rebuild.differences(small) == []


def test_an_attempt_has_no_result_while_answers_wait_and_settles_when_they_are_marked(small: Site, clock: Clock) -> None:
    lena, ed = add_person(small, "lena", "learner").id, add_person(small, "ed", "educator").id
    number = start(small, lena)
    for item_id, text in (("one", "b"), ("write", "I hang up."), ("think", "No blame.")):
        answer(small, lena, number, item_id, text)
    waiting = sitting(small, lena, number)
    assert waiting.finished_at is not None
    assert (waiting.score, waiting.passed, waiting.to_be_graded, waiting.next_item) == (None, None, 1, None)
    assert start(small, lena) == number + 1, "nobody has to wait to try again"
    clock.forward(days=3)
    open_answers.mark(small, ed, lena, waiting.waiting["write"].number, met=["a"], comment="  Say\0 when. ")
    settled = sitting(small, lena, number)
    assert settled.score == pytest.approx((1 + 0.5) / 2), "what learners mark themselves counts neither for nor against"
    assert settled.passed is True
    assert settled.finished_at == waiting.finished_at
    assert settled.answers["write"].comment == "Say when."
    assert settled.answers["write"].answer == {"text": "I hang up.", "met": "a"}
    assert rebuild.differences(small) == []


def test_a_marked_answer_is_evidence_of_the_day_it_was_written(small: Site, clock: Clock) -> None:
    lena = add_person(small, "lena", "learner").id
    number = start(small, lena)
    waiting = answer(small, lena, number, "write", "I hang up.")
    written_at = clock()
    clock.forward(days=10)
    answer(small, lena, number, "one", "b")
    answered_at = clock()
    clock.forward(days=5)
    assert isinstance(waiting, Waiting)
    open_answers.mark(small, None, lena, waiting.number, met=["a"], comment="")
    first, second = responses(small, lena)
    assert [first.item_id, second.item_id] == ["one", "write"], "in the order in which they became responses"
    assert (second.score, second.answered_at) == (0.5, written_at)
    expected = ability.update(ability.prior(), author_prior("medium", 1 / 3), 1.0, idle_days=0, feedback=True)
    expected = ability.update(expected, author_prior("medium", 0.0), 0.5, idle_days=0, feedback=True)
    with small.database.reading() as session:
        row = session.get_one(SkillEstimate, (lena, SKILL))
    assert ability.from_bytes(row.weights) == pytest.approx(expected.weights, abs=1e-12)
    assert row.last_answer_at == answered_at, "marking an old answer does not make the latest evidence older"
    assert rebuild.differences(small) == []
    rebuild.rebuild_all(small)
    assert rebuild.differences(small) == []


def test_what_learners_mark_themselves_is_practice_only(small: Site) -> None:
    lena = add_person(small, "lena", "learner").id
    number = start(small, lena)
    waiting = answer(small, lena, number, "think", "No blame.")
    assert isinstance(waiting, Waiting)
    assert open_answers.queue(small).answers == []
    with pytest.raises(NotWaiting):
        open_answers.mark(small, None, lena, waiting.number, met=["a"], comment="")
    open_answers.mark_own(small, lena, waiting.number, met=["a", "b"])
    assert [(r.item_id, r.score) for r in responses(small, lena)] == [("think", 1.0)]
    with small.database.reading() as session:
        assert session.exec(select(SkillEstimate)).all() == []
    assert rebuild.differences(small) == []


def test_nobody_marks_their_own_where_an_educator_does(small: Site) -> None:
    lena = add_person(small, "lena", "learner").id
    waiting = answer(small, lena, start(small, lena), "write", "I hang up.")
    assert isinstance(waiting, Waiting)
    with pytest.raises(NotWaiting):
        open_answers.mark_own(small, lena, waiting.number, met=["a", "b"])
    with pytest.raises(NotWaiting):
        open_answers.mark(small, None, lena, waiting.number, met=["z"], comment="")
    with pytest.raises(NotWaiting):
        open_answers.mark(small, None, lena, 99, met=[], comment="")
    assert responses(small, lena) == []


def test_many_who_mark_at_once_leave_one_response(small: Site) -> None:
    lena = add_person(small, "lena", "learner").id
    waiting = answer(small, lena, start(small, lena), "write", "I hang up.")
    assert isinstance(waiting, Waiting)
    number = waiting.number

    def mark(_: int) -> bool:
        try:
            open_answers.mark(small, None, lena, number, met=["a"], comment="")
        except NotWaiting:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(mark, range(12))) == [False] * 11 + [True]
    assert len(responses(small, lena)) == 1
    assert rebuild.differences(small) == []


def test_not_knowing_needs_no_reader(small: Site) -> None:
    lena = add_person(small, "lena", "learner").id
    given = answer(small, lena, start(small, lena), "write", None)
    assert isinstance(given, Given)
    assert given.score == 0


def test_a_question_taken_out_of_the_course_holds_nobody_up(small: Site, tmp_path: Path, framework: Framework) -> None:
    lena = add_person(small, "lena", "learner").id
    number = start(small, lena)
    for item_id, text in (("one", "b"), ("write", "I hang up."), ("think", None)):
        answer(small, lena, number, item_id, text)
    write_course(tmp_path / "courses", single("one"))
    changed = with_courses(small, CourseLibrary([tmp_path / "courses"], frozenset(framework.skills)))
    assert (open_answers.queue(changed).answers, open_answers.queue(changed).orphans) == ([], 1)
    assess.settle(changed, lena, number)
    assert (sitting(changed, lena, number).score, sitting(changed, lena, number).passed) == (1.0, True)
    assert all(registry.readiness(changed).values())


def test_a_knowledge_check_waits_likewise_and_the_queue_knows_no_names(small: Site, clock: Clock) -> None:
    lena, ed = add_person(small, "lena", "learner").id, add_person(small, "ed", "educator").id
    send = {"course_id": COURSE, "language": "es", "answer": "I hang up."}
    first = assess.answer_check(small, lena, item_of(small, "check"), submission="s1", **send)
    assert assess.answer_check(small, lena, item_of(small, "check"), submission="s1", **send) == first
    clock.forward(minutes=1)
    answer(small, lena, start(small, lena), "write", "And call.")
    queue = open_answers.queue(small)
    assert [(each.item.id, each.text) for each in queue.answers] == [("check", "I hang up."), ("write", "And call.")]
    assert "lena" not in repr(queue).lower()
    assert isinstance(first, Waiting)
    open_answers.mark(small, ed, lena, first.number, met=["b"], comment="")
    found = assess.check_answers(small, lena, COURSE, ["check"])["check"]
    assert isinstance(found, Given)
    assert found.score == 0.5
    with small.database.reading() as session:
        row = session.get_one(OpenAnswer, (lena, first.number))
    assert (row.graded_by, row.graded_at) == (ed, clock())
    assert rebuild.differences(small) == []
