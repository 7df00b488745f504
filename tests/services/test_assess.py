"""Answering: durable, once, first meetings only; and everything derived can be made again."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlmodel import select

from academy.core.framework import Framework
from academy.core.measurement import ability
from academy.core.measurement.irt import author_prior
from academy.services import accounts, assess, profiles, progress, rebuild, registry, skills
from academy.services.assess import Given, NotOpen
from academy.services.profiles import Profile
from academy.services.site import Site
from academy.store.course_files import CourseLibrary
from academy.store.tables.learning import Response
from academy.store.tables.standings import SkillEstimate, Standing
from tests.conftest import Clock, add_person, with_courses
from tests.factories import CHECK, single, take_quiz, write_course

COURSE, MODULE, SKILL = "ports", "1-first", "ai-social-engineering"


@pytest.fixture
def small(site: Site, tmp_path: Path, framework: Framework) -> Site:
    """The site with one small course."""
    write_course(tmp_path / "courses", single("one") + single("two") + single("three"), check=CHECK.format(id="check"))
    return with_courses(site, CourseLibrary([tmp_path / "courses"], frozenset(framework.skills)))


def test_an_answer_moves_the_estimate_as_the_model_says(small: Site) -> None:
    lena = add_person(small, "lena", "learner").id
    number = _start(small, lena)
    item = small.courses.current.item(COURSE, "one")
    assert item is not None
    given = assess.answer_item(small, lena, number, item, course_id=COURSE, language="es", answer="b")
    assert isinstance(given, Given)
    assert given.score == 1
    expected = ability.update(ability.prior(), author_prior("medium", 1 / 3), 1.0, idle_days=0, feedback=True)
    with small.database.reading() as session:
        row = session.get(SkillEstimate, (lena, SKILL))
    assert row is not None
    assert ability.from_bytes(row.weights) == pytest.approx(expected.weights, abs=1e-12)
    assert row.theta == pytest.approx(ability.summarise(expected).theta)


def test_answering_twice_records_once(small: Site) -> None:
    lena = add_person(small, "lena", "learner").id
    number = _start(small, lena)
    item = small.courses.current.item(COURSE, "one")
    assert item is not None
    first = assess.answer_item(small, lena, number, item, course_id=COURSE, language="es", answer="b")
    again = assess.answer_item(small, lena, number, item, course_id=COURSE, language="es", answer="a")
    assert again == first
    assert len(_responses(small, lena)) == 1


def test_many_at_once_record_once(small: Site) -> None:
    lena = add_person(small, "lena", "learner").id
    number = _start(small, lena)
    item = small.courses.current.item(COURSE, "one")
    assert item is not None

    def answer(_: int) -> float:
        given = assess.answer_item(small, lena, number, item, course_id=COURSE, language="es", answer="b")
        assert isinstance(given, Given)
        return given.score

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(answer, range(24))) == [1.0] * 24
    assert len(_responses(small, lena)) == 1
    assert rebuild.differences(small) == []


def test_the_last_answer_finishes_the_attempt(small: Site) -> None:
    lena = add_person(small, "lena", "learner").id
    number = take_quiz(small, lena, COURSE, MODULE, right=2)
    found = assess.sitting(small, lena, number)
    assert found is not None
    assert found.score == pytest.approx(2 / 3)
    assert found.passed is True
    assert found.next_item is None
    other = small.courses.current.item(COURSE, "check")
    assert other is not None
    with pytest.raises(NotOpen):
        assess.answer_item(small, lena, number, other, course_id=COURSE, language="es", answer="a")


def test_an_open_attempt_is_gone_on_with(small: Site) -> None:
    lena = add_person(small, "lena", "learner").id
    assert _start(small, lena) == _start(small, lena)
    take_quiz(small, lena, COURSE, MODULE)
    assert _start(small, lena) == 2


def test_a_retake_teaches_but_moves_nothing(small: Site) -> None:
    lena = add_person(small, "lena", "learner").id
    take_quiz(small, lena, COURSE, MODULE, right=1)
    before = _theta(small, lena)
    take_quiz(small, lena, COURSE, MODULE)
    assert _theta(small, lena) == before
    assert len(_responses(small, lena)) == 6
    assert rebuild.differences(small) == []


def test_others_attempts_are_not_there(small: Site) -> None:
    lena, kim = add_person(small, "lena", "learner").id, add_person(small, "kim", "learner").id
    number = _start(small, lena)
    item = small.courses.current.item(COURSE, "one")
    assert item is not None
    assert assess.sitting(small, kim, number) is None
    with pytest.raises(NotOpen):
        assess.answer_item(small, kim, number, item, course_id=COURSE, language="es", answer="b")


def test_a_knowledge_check_counts_the_first_time(small: Site) -> None:
    lena = add_person(small, "lena", "learner").id
    item = small.courses.current.item(COURSE, "check")
    assert item is not None
    for submission, answer in (("s1", "a"), ("s1", "a"), ("s2", "b")):
        assess.answer_check(small, lena, item, course_id=COURSE, language="es", answer=answer, submission=submission)
    assert [row.score for row in _responses(small, lena)] == [1.0, 0.0]
    with small.database.reading() as session:
        row = session.get(SkillEstimate, (lena, SKILL))
    assert row is not None
    assert row.answers == 1


def test_rebuilding_finds_and_mends_what_was_spoilt(small: Site, clock: Clock) -> None:
    people = [add_person(small, f"p{number}", "learner").id for number in range(3)]
    for number, person in enumerate(people):
        take_quiz(small, person, COURSE, MODULE, right=number)
        clock.forward(days=3)
    assert rebuild.differences(small) == []
    with small.database.writing() as session:
        row = session.get(SkillEstimate, (people[1], SKILL))
        standing = session.get(Standing, people[2])
        assert row is not None
        assert standing is not None
        row.theta += 1e-6
        standing.proficient = not standing.proficient
        session.add(row)
        session.add(standing)
    assert [(found.learner_id, found.what) for found in rebuild.differences(small)] == [
        (people[1], f"estimate of {SKILL}"),
        (people[2], "standing: proficient"),
    ]
    assert rebuild.rebuild_all(small) == 3
    assert rebuild.differences(small) == []


def test_a_changed_key_starts_a_new_version_and_keeps_old_answers(site: Site, tmp_path: Path, framework: Framework) -> None:
    write_course(tmp_path / "courses", single("one") + single("two"))
    before = with_courses(site, CourseLibrary([tmp_path / "courses"], frozenset(framework.skills)))
    lena = add_person(before, "lena", "learner").id
    take_quiz(before, lena, COURSE, MODULE)
    write_course(tmp_path / "courses", single("one", key="a") + single("two"))
    after = with_courses(before, CourseLibrary([tmp_path / "courses"], frozenset(framework.skills)))
    take_quiz(after, lena, COURSE, MODULE)
    versions = {row.key_version for row in _responses(after, lena) if row.item_id == "one"}
    assert len(versions) == 2
    with after.database.reading() as session:
        row = session.get(SkillEstimate, (lena, SKILL))
    assert row is not None
    assert row.answers == 3, "two first meetings, and the new version of the first question"
    assert rebuild.differences(after) == []


def test_progress_comes_from_facts_and_stays_between_nothing_and_all(small: Site) -> None:
    lena = add_person(small, "lena", "learner").id
    course = small.courses.current.courses[COURSE]
    shares = [progress.course_progress(course, "es", progress.facts(small, lena)).share]
    for act in (
        lambda: progress.open_lesson(small, lena, COURSE, MODULE, "1-hello"),
        lambda: progress.finish_lesson(small, lena, COURSE, MODULE, "1-hello"),
        lambda: progress.finish_lesson(small, lena, COURSE, MODULE, "1-hello"),
        lambda: take_quiz(small, lena, COURSE, MODULE),
        lambda: take_quiz(small, lena, COURSE, MODULE),
    ):
        act()
        shares.append(progress.course_progress(course, "es", progress.facts(small, lena)).share)
    assert shares[0] == shares[1] == 0
    assert 0 < shares[2] == shares[3] < 1
    assert shares[4:] == [1.0, 1.0]
    assert progress.course_progress(course, "es", progress.facts(small, lena)).next_step is None


def test_without_answers_nothing_is_known(small: Site) -> None:
    lena = add_person(small, "lena", "learner").id
    report = skills.report(small, lena, "PD-WRL-003")
    assert report.readiness is not None
    assert report.readiness.value is None
    assert all(line.share is None for line in report.lines)


def test_bulk_work_commits_together_or_not_at_all(small: Site) -> None:
    def half_done() -> None:
        with small.database.together():
            add_person(small, "gone", "learner")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half_done()
    assert accounts.find_by_email(small, "gone@example.org") is None
    with small.database.together():
        stays = add_person(small, "stays", "learner").id
        take_quiz(small, stays, COURSE, MODULE)
    with small.database.reading() as session:
        assert session.exec(select(Response.learner_id).distinct()).all() == [stays]
    assert rebuild.differences(small) == []


def _start(site: Site, learner_id: int) -> int:
    course = site.courses.current.courses[COURSE]
    return assess.start_attempt(site, learner_id, COURSE, MODULE, course.modules[0].quizzes["es"])


def _responses(site: Site, learner_id: int) -> list[Response]:
    with site.database.reading() as session:
        query = select(Response).where(Response.learner_id == learner_id).order_by(Response.sequence)  # type: ignore[arg-type]
        return list(session.exec(query))


def _theta(site: Site, learner_id: int) -> float:
    with site.database.reading() as session:
        row = session.get(SkillEstimate, (learner_id, SKILL))
        assert row is not None
        return row.theta


def test_an_attempt_whose_last_question_left_the_course_ends(site: Site, tmp_path: Path, framework: Framework) -> None:
    write_course(tmp_path / "courses", single("one") + single("two") + single("three"))
    before = with_courses(site, CourseLibrary([tmp_path / "courses"], frozenset(framework.skills)))
    lena = add_person(before, "lena", "learner").id
    number = _start(before, lena)
    for name in ("one", "two"):
        item = before.courses.current.item(COURSE, name)
        assert item is not None
        assess.answer_item(before, lena, number, item, course_id=COURSE, language="es", answer="b")
    write_course(tmp_path / "courses", single("one") + single("two"))
    after = with_courses(before, CourseLibrary([tmp_path / "courses"], frozenset(framework.skills)))
    stuck = assess.sitting(after, lena, number)
    assert stuck is not None
    assert stuck.next_item is None
    assess.settle(after, lena, number)
    ended = assess.sitting(after, lena, number)
    assert ended is not None
    assert (ended.score, ended.passed) == (1.0, True)
    assert _start(after, lena) == number + 1
    assert progress.course_progress(after.courses.current.courses[COURSE], "es", progress.facts(after, lena)).share > 0


def test_two_checks_of_one_page_are_two_answers(site: Site, tmp_path: Path, framework: Framework) -> None:
    write_course(tmp_path / "courses", single("one"), check=CHECK.format(id="first") + "\nText.\n\n" + CHECK.format(id="second"))
    small = with_courses(site, CourseLibrary([tmp_path / "courses"], frozenset(framework.skills)))
    lena = add_person(small, "lena", "learner").id
    for name in ("first", "second"):
        item = small.courses.current.item(COURSE, name)
        assert item is not None
        for _ in range(2):
            assess.answer_check(small, lena, item, course_id=COURSE, language="es", answer="a", submission="page")
    assert [row.item_id for row in _responses(small, lena)] == ["first", "second"]


@pytest.mark.parametrize("submission", ["", "a\0b", "x" * 5000, "1/abc", "\ud800"])
def test_whatever_a_browser_sends_as_submission_is_only_a_name(small: Site, submission: str) -> None:
    lena = add_person(small, "lena", "learner").id
    item = small.courses.current.item(COURSE, "check")
    assert item is not None
    assess.answer_check(small, lena, item, course_id=COURSE, language="es", answer="a", submission=submission)
    assert take_quiz(small, lena, COURSE, MODULE) == 1
    assert len(_responses(small, lena)) == 4


def test_other_requirements_place_everybody_again(small: Site) -> None:
    lena = add_person(small, "lena", "learner")
    profiles.change_profile(small, lena.id, Profile("Lena", "en", "", "", "PD-WRL-003"))
    take_quiz(small, lena.id, COURSE, MODULE)
    role = small.framework.roles["PD-WRL-003"]
    changed = dataclasses.replace(role, requirements=tuple(dataclasses.replace(need, weight=1.0) for need in role.requirements[::-1]))
    other = dataclasses.replace(small, framework=dataclasses.replace(small.framework, roles={**small.framework.roles, role.id: changed}))
    assert rebuild.differences(other) != []
    assert registry.sync(other)
    assert rebuild.differences(other) == []
    assert not registry.sync(other)
