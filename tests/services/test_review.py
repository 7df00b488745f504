"""Review: what fades, the daily ration, and readiness that ends without any answer and comes back with one."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from academy.core.framework import Framework, Requirement
from academy.core.grading import read_answer
from academy.core.measurement import retention
from academy.core.measurement.retention import EASY, HELPED
from academy.services import assess, gap, placement, profiles, rebuild, registry, review, skills
from academy.services.gap import Query
from academy.services.profiles import Profile
from academy.services.publish import publish
from academy.services.questions import Question
from academy.services.review import Sitting
from academy.services.site import Site
from academy.store import evidence_rows
from academy.store.course_files import CourseLibrary
from academy.store.tables.learning import Response
from academy.store.tables.standings import Basis, SkillEstimate, Standing
from tests.conftest import Clock, add_person, with_courses
from tests.factories import right_answer, single, take_quiz, write_course

COURSE, MODULE, SKILL, OTHER = "ports", "1-first", "ai-social-engineering", "ai-attack-economics"
ROLE, STATE = "PD-WRL-003", "MX-NLE"


@pytest.fixture
def small(site: Site, tmp_path: Path, framework: Framework) -> Site:
    """A site where one role asks for one skill, and 24 questions measure it."""
    role = dataclasses.replace(framework.roles[ROLE], requirements=(Requirement(SKILL, "medium", 1.0),))
    other = dataclasses.replace(framework, roles=dict(framework.roles) | {ROLE: role})
    return courses(dataclasses.replace(site, framework=other), tmp_path / "one", "".join(single(f"q{number}") for number in range(24)))


@pytest.fixture
def two(site: Site, tmp_path: Path) -> Site:
    """A site with 8 questions of each of two skills."""
    return courses(site, tmp_path / "two", "".join(single(f"q{at}") + single(f"e{at}", skill=OTHER) for at in range(8)))


def courses(site: Site, root: Path, items: str) -> Site:
    write_course(root, items)
    return with_courses(site, CourseLibrary([root], frozenset(site.framework.skills)))


def learner_of(site: Site, name: str, *, questions: int, right: int | None = None) -> int:
    """A learner of the role who answered the first questions of the quiz."""
    person = add_person(site, name, "learner")
    profiles.change_profile(site, person.id, Profile(name, "es", STATE, "", ROLE))
    quiz = site.courses.current.courses[COURSE].modules[0].quizzes["es"]
    number = assess.start_attempt(site, person.id, COURSE, MODULE, quiz)
    for at, item in enumerate(quiz.items[:questions]):
        answer = read_answer(item, {"answer": right_answer(item)}) if right is None or at < right else None
        assess.answer_item(site, person.id, number, item, course_id=COURSE, language="es", answer=answer)
    return person.id


def hold(site: Site, learner: int, stability: float) -> None:
    """Give a learner's memory another stability, as if the answers before had been other ones."""
    with site.database.writing() as session:
        row = session.get_one(SkillEstimate, (learner, SKILL))
        standing = evidence_rows.lock_standing(session, learner)
        assert row.reviewed_at is not None
        row.stability = stability
        row.retained_until = row.reviewed_at + timedelta(days=retention.days_until(retention.RETAINED_AT, stability))
        row.due_at = row.reviewed_at + timedelta(days=stability)
        standing.ready_until = row.retained_until
        session.add(row)
        evidence_rows.keep_standing(session, standing)


def sit(site: Site, learner: int, number: int) -> Sitting:
    found = review.sitting(site, learner, number, "es")
    assert found is not None
    return found


def answer(
    site: Site, learner: int, number: int, question: Question, *, right: bool = True, effort: str = "", seconds: int | None = None
) -> None:
    given = read_answer(question.item, {"answer": right_answer(question.item)}) if right else None
    review.answer(site, learner, number, question, answer=given, effort=effort, seconds=seconds)


def standing(site: Site, learner: int) -> Standing:
    with site.database.reading() as session:
        return session.get_one(Standing, learner)


def memory(site: Site, learner: int, skill: str = SKILL) -> SkillEstimate:
    with site.database.reading() as session:
        return session.get_one(SkillEstimate, (learner, skill))


def published(site: Site) -> tuple[float | None, float | None]:
    """Ready today and ever ready of the role and state, as the newest snapshot has them."""
    publish(site)
    report = gap.read(site, Query(role=ROLE, state=STATE))
    assert report is not None
    found = {row.metric: row.value for row in report.rows}
    return found["ready"], found["ever_ready"]


def test_ready_ends_on_day_100_without_an_answer_and_comes_back_with_a_review(small: Site, clock: Clock) -> None:
    people = [learner_of(small, f"learner{number}", questions=20) for number in range(12)]
    for learner in people:
        assert standing(small, learner).first_ready_at == clock()
        hold(small, learner, 30.0)
    assert published(small) == (10, 10), "12, rounded once"
    clock.forward(days=99)
    assert published(small) == (10, 10)
    assert skills.ready(small, people[0]).today
    clock.forward(days=1)
    assert published(small) == (0, 10), "ready no more, but once"
    assert not skills.ready(small, people[0]).today
    assert skills.ready(small, people[0]).ever
    for learner in people:
        number = review.begin(small, learner, "es")
        assert number is not None
        answer(small, learner, number, sit(small, learner, number).questions[0])
        assert skills.ready(small, learner).today
    assert published(small) == (10, 10)


def test_a_failed_review_brings_nothing_back(small: Site, clock: Clock) -> None:
    lena = learner_of(small, "lena", questions=20)
    hold(small, lena, 30.0)
    clock.forward(days=100)
    number = review.begin(small, lena, "es")
    assert number is not None
    answer(small, lena, number, sit(small, lena, number).questions[0], right=False)
    assert not skills.ready(small, lena).today
    answer(small, lena, number, sit(small, lena, number).questions[1])
    assert skills.ready(small, lena).today


def test_every_answer_stores_until_when_it_holds_and_replay_gives_the_same(small: Site, clock: Clock) -> None:
    lena = learner_of(small, "lena", questions=20)
    for days in (1, 3, 9, 40):
        clock.forward(days=days)
        number = review.begin(small, lena, "es")
        assert number is not None
        for at, question in enumerate(sit(small, lena, number).questions):
            answer(small, lena, number, question, right=at != 1, effort=(EASY, HELPED, "")[at], seconds=(10, 300, None)[at])
            row, place = memory(small, lena), standing(small, lena)
            assert row.reviewed_at == clock()
            assert place.ready_until in (None, row.retained_until)
    assert rebuild.differences(small) == []
    rebuild.rebuild_all(small)
    assert rebuild.differences(small) == []
    with small.database.writing() as session:
        row = session.get_one(SkillEstimate, (lena, SKILL))
        assert row.stability is not None
        row.stability += 1e-6
        session.add(row)
    assert [found.what for found in rebuild.differences(small)] == [f"retention of {SKILL}"]


def test_a_release_that_derives_otherwise_derives_all_again(small: Site, clock: Clock) -> None:
    """An upgraded database has no retention yet; registering the courses replays the answers."""
    lena = learner_of(small, "lena", questions=20)
    with small.database.writing() as session:
        row, place = session.get_one(SkillEstimate, (lena, SKILL)), session.get_one(Standing, lena)
        row.stability = row.difficulty = row.reviewed_at = row.due_at = row.retained_until = None
        place.first_ready_at, place.ready_until = None, clock() + timedelta(days=10_000)
        session.merge(Basis(name="requirements", digest="of the release before"))
        session.add_all([row, place])
    assert review.overview(small, lena, "es").fading == ()
    assert registry.sync(small)
    assert rebuild.differences(small) == []
    assert standing(small, lena).first_ready_at == clock()


def test_a_new_target_role_asks_anew_who_was_ever_ready(small: Site, clock: Clock) -> None:
    lena = learner_of(small, "lena", questions=20)
    assert skills.ready(small, lena).ever
    profiles.change_profile(small, lena, Profile("Lena", "es", STATE, "", "PD-WRL-004"))
    assert not skills.ready(small, lena).ever
    assert rebuild.differences(small) == []
    profiles.change_profile(small, lena, Profile("Lena", "es", STATE, "", ROLE))
    assert standing(small, lena).first_ready_at == clock()


def test_what_faded_most_comes_first_and_fresh_questions_before_others(two: Site, clock: Clock) -> None:
    lena = learner_of(two, "lena", questions=12)
    clock.forward(days=1)
    item = two.courses.current.item(COURSE, "e0")
    assert item is not None
    assess.answer_check(two, lena, item, course_id=COURSE, language="es", answer="b", submission="x")
    clock.forward(days=12)
    found = review.overview(two, lena, "es")
    assert [one.skill.id for one in found.fading] == [SKILL, OTHER]
    assert [one.skill.id for one in found.due] == [SKILL, OTHER]
    assert {one.fresh for one in found.fading} == {2}
    number = review.begin(two, lena, "es")
    assert number is not None
    chosen = sit(two, lena, number).questions
    assert [question.skill_id for question in chosen] == [SKILL, OTHER] * 3
    assert {question.item.id for question in chosen[:4]} == {"q6", "q7", "e6", "e7"}, "those never met"
    assert chosen[5].item.id != "e0", "met longest ago, not lately"
    again = [question.item.id for question in chosen[4:]]
    assert again == ["q0", "e1"]


def test_the_ration_has_the_size_that_one_chose(two: Site, clock: Clock) -> None:
    lena = learner_of(two, "lena", questions=12)
    assert review.overview(two, lena, "es").ration == 6
    review.set_ration(two, lena, 2)
    clock.forward(days=5)
    number = review.begin(two, lena, "es")
    assert number == 1
    questions = sit(two, lena, number).questions
    assert len(questions) == 2
    for question in questions:
        answer(two, lena, number, question)
    done = sit(two, lena, number)
    assert done.finished_at == clock()
    assert review.overview(two, lena, "es").today == 2
    clock.forward(days=1)
    assert review.overview(two, lena, "es").today == 0
    for size in (0, 31, -1):
        with pytest.raises(ValueError, match="a ration has 1 to 30"):
            review.set_ration(two, lena, size)


def test_it_can_be_left_and_gone_on_with_and_answers_count_once(two: Site, clock: Clock) -> None:
    lena = learner_of(two, "lena", questions=12)
    clock.forward(days=5)
    number = review.begin(two, lena, "es")
    assert number is not None
    first = sit(two, lena, number).questions[0]
    answer(two, lena, number, first)
    answer(two, lena, number, first, right=False)
    two.database.dispose()  # as if the process had died
    clock.forward(days=2)
    assert review.begin(two, lena, "es") == number
    again = sit(two, lena, number)
    assert again.next_position == 2
    assert again.answers[first.place].score == 1.0
    with two.database.reading() as session:
        kept = session.exec(select(Response).where(Response.learner_id == lena, Response.purpose == review.PURPOSE)).all()
    assert len(kept) == 1
    kim = add_person(two, "kim", "learner").id
    answer(two, kim, number, first)
    assert review.sitting(two, kim, number, "es") is None


def test_nothing_to_review_before_the_first_answer_and_ahead_of_time_on_request(two: Site) -> None:
    kim = add_person(two, "kim", "learner").id
    assert review.begin(two, kim, "es") is None
    assert review.overview(two, kim, "es").fading == ()
    lena = learner_of(two, "lena", questions=12)
    found = review.overview(two, lena, "es")
    assert found.due == ()
    assert found.next_due is not None
    number = review.begin(two, lena, "es")
    assert number is not None
    assert len(sit(two, lena, number).questions) == 6


def test_questions_that_are_gone_do_not_keep_a_review_open(two: Site, clock: Clock, tmp_path: Path) -> None:
    lena = learner_of(two, "lena", questions=12)
    clock.forward(days=5)
    number = review.begin(two, lena, "es")
    assert number is not None
    first = sit(two, lena, number).questions[0]
    answer(two, lena, number, first)
    changed = courses(two, tmp_path / "less", single(first.item.id, skill=first.skill_id))
    assert sit(changed, lena, number).next_position is None
    review.settle(changed, lena, number)
    assert sit(changed, lena, number).finished_at is not None


def test_a_repeat_moves_retention_but_not_ability(small: Site, clock: Clock) -> None:
    lena = learner_of(small, "lena", questions=24)
    before = memory(small, lena)
    clock.forward(days=3)
    number = review.begin(small, lena, "es")
    assert number is not None
    answer(small, lena, number, sit(small, lena, number).questions[0])
    after = memory(small, lena)
    assert (after.theta, after.answers, after.last_answer_at) == (before.theta, before.answers, before.last_answer_at)
    assert after.stability is not None
    assert before.stability is not None
    assert after.stability > before.stability
    assert after.reviewed_at == clock()
    assert rebuild.differences(small) == []


def test_a_placement_feeds_retention_too(small: Site) -> None:
    person = add_person(small, "kim", "learner").id
    number = placement.begin(small, person, "", "es")
    assert number is not None
    sitting = placement.sitting(small, person, number, "es")
    assert sitting is not None
    assert sitting.question is not None
    placement.answer(small, person, number, sitting.question, answer="b", language="es")
    assert memory(small, person).retained_until is not None


def test_the_whole_quiz_holds_some_days_only(small: Site, clock: Clock) -> None:
    lena = add_person(small, "lena", "learner").id
    take_quiz(small, lena, COURSE, MODULE)
    until = memory(small, lena).retained_until
    assert until is not None
    assert 5 < (until - clock()).days < 10, "one sitting is one lesson"
