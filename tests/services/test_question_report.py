"""The report on a course's questions: what it counts, what it compares, what it flags, and when it keeps quiet."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlmodel import select

from academy.core.framework import Framework
from academy.core.measurement import ctt
from academy.services import calibrate, question_report
from academy.services.question_report import ChoiceError, Cohort, CourseReport
from academy.services.question_table import DO_NOT_KNOW
from academy.services.site import Site
from academy.store.course_files import CourseLibrary
from academy.store.tables.learning import Response
from tests.conftest import Clock, add_person, with_courses
from tests.factories import CHECK, single, take_quiz, write_course
from tests.population import populate

COURSE = "ports"
NAMES = [f"q{number:02}" for number in range(20)]
DIFFICULTY = dict(zip(NAMES, np.linspace(-1.5, 1.5, 20).tolist(), strict=True))
FEW = {name: DIFFICULTY[name] for name in NAMES[:6]}


@pytest.fixture
def twenty(light_site: Site, tmp_path: Path, framework: Framework) -> Site:
    """The site with one course of twenty questions in two languages."""
    write_course(tmp_path / "courses", "".join(single(name) for name in NAMES), check=CHECK.format(id="check"), languages=("es", "en"))
    return with_courses(light_site, CourseLibrary([tmp_path / "courses"], frozenset(framework.skills)))


def quiz(report: CourseReport) -> question_report.SetReport:
    return next(part for part in report.sets if part.kind == "quiz")


def test_the_one_question_that_is_harder_in_one_language_is_found(twenty: Site) -> None:
    populate(twenty, COURSE, 400, seed=3, difficulty=DIFFICULTY, languages=("es", "en"), harder={("q07", "en"): 1.6})
    items = quiz(question_report.read(twenty, COURSE)).items
    grades = {one.item.id: one.by_language_dif.grade for one in items if one.by_language_dif}
    assert [name for name, grade in grades.items() if grade == "C"] == ["q07"]
    assert [(one.item.id, flag) for one in items for flag in one.flags if flag.startswith("harder")] == [("q07", "harder-in-en")]


def test_the_same_is_found_where_people_met_different_questions(twenty: Site) -> None:
    populate(twenty, COURSE, 500, seed=4, difficulty=DIFFICULTY, languages=("en", "es"), harder={("q11", "es"): 1.8}, missing=0.25)
    part = quiz(question_report.read(twenty, COURSE))
    assert not part.comparable
    assert part.reliability is not None
    assert 60 < part.reliability < 95
    assert [one.item.id for one in part.items if one.by_language_dif and one.by_language_dif.grade == "C"] == ["q11"]
    assert part.items[11].flags == ("harder-in-es",)


def test_below_fifty_in_a_group_it_says_insufficient(twenty: Site) -> None:
    populate(twenty, COURSE, 98, seed=5, difficulty=FEW, languages=("es", "en"), harder={("q03", "en"): 3.0})
    items = quiz(question_report.read(twenty, COURSE)).items[:6]
    assert {one.by_language_dif.grade for one in items if one.by_language_dif} == {"insufficient"}
    assert not [flag for one in items for flag in one.flags if flag.startswith("harder")]


def test_a_state_can_be_held_against_the_others(twenty: Site) -> None:
    states = ("MX-NLE", "MX-CMX", "MX-JAL", "")
    populate(twenty, COURSE, 400, seed=6, difficulty=FEW, states=states, harder={("q02", "MX-NLE"): 2.0})
    items = quiz(question_report.read(twenty, COURSE, Cohort("state", "MX-NLE"))).items
    found = items[2].cohort_dif
    assert found is not None
    assert (found.grade, found.found.reference, found.found.focal) == ("C", 200, 100)
    assert items[2].flags == ("harder-for-cohort",)
    assert not [one for one in items[:6] if one is not items[2] and one.cohort_dif and one.cohort_dif.grade == "C"]


def test_the_numbers_are_those_of_the_marks(twenty: Site) -> None:
    people = [add_person(twenty, f"p{number}", "learner").id for number in range(12)]
    for number, person in enumerate(people):
        take_quiz(twenty, person, COURSE, "1-first", right=number)
    take_quiz(twenty, people[0], COURSE, "1-first")  # a repeat, which does not count
    part = quiz(question_report.read(twenty, COURSE))
    marks = np.array([[float(position < number) for position in range(20)] for number in range(12)])
    expected = ctt.item_statistics(marks, np.ones(20), ctt.rest_scores(marks))
    assert [one.question.statistics for one in part.items] == expected
    assert (part.n, part.comparable) == (12, True)
    assert part.test.mean == pytest.approx(marks.sum(axis=1).mean())
    assert part.test.consistency is None, "fewer than 30 people"
    assert part.items[0].distribution == ((0.0, 1), (1.0, 11))
    unknown = next(option for option in part.items[0].question.options if option.option == DO_NOT_KNOW)
    assert (unknown.count, unknown.right) == (1, False)
    assert all(one.flags == () for one in part.items)


def test_languages_are_pooled_and_apart(twenty: Site) -> None:
    populate(twenty, COURSE, 60, seed=7, difficulty=FEW, languages=("es", "es", "en"))
    one = quiz(question_report.read(twenty, COURSE)).items[0]
    assert {language: found.statistics.n for language, found in one.by_language.items()} == {"es": 40, "en": 20}
    assert one.question.statistics.n == 60
    assert one.by_language["en"].flags == ()


def test_a_wrong_key_and_an_option_that_nobody_takes_are_named(twenty: Site) -> None:
    populate(twenty, COURSE, 120, seed=8, difficulty=FEW)
    with twenty.database.writing() as session:
        for row in session.exec(select(Response)).all():
            if row.item_id == "q01":  # keyed backwards: who is right everywhere else is wrong here
                row.score, row.answer = 1.0 - row.score, "b" if row.score == 0.0 else "a"
            if row.item_id == "q02" and row.answer == "c":
                row.answer = "a"
            session.add(row)
    items = quiz(question_report.read(twenty, COURSE)).items
    assert "check-key" in items[1].flags
    assert "option-unchosen" in items[1].flags
    assert items[2].flags == ("option-unchosen",)
    assert {option.option: option.right for option in items[2].question.options} == {"a": False, "b": True, "c": False}


def test_an_earlier_key_keeps_its_own_statistics(twenty: Site, tmp_path: Path, framework: Framework) -> None:
    populate(twenty, COURSE, 40, seed=9, difficulty=FEW)
    write_course(tmp_path / "courses", "".join(single(name, key="a" if name == "q00" else "b") for name in NAMES), languages=("es", "en"))
    site = with_courses(twenty, CourseLibrary([tmp_path / "courses"], frozenset(framework.skills)))
    one = quiz(question_report.read(site, COURSE)).items[0]
    assert one.question.statistics.n == 0
    assert [(old.question.statistics.n, old.question.options[1].right) for old in one.earlier] == [(40, True)]


def test_a_question_that_leaks_is_noticed(twenty: Site, clock: Clock) -> None:
    populate(twenty, COURSE, 150, seed=10, difficulty=DIFFICULTY)
    clock.forward(days=120)
    populate(twenty, COURSE, 150, seed=11, difficulty=DIFFICULTY | {"q12": -4.0})
    items = quiz(question_report.read(twenty, COURSE)).items
    leaked = {one.item.id: one.leak.since for one in items if one.leak and one.leak.since}
    assert list(leaked) == ["q12"]
    assert abs(leaked["q12"] - clock()) < timedelta(days=1)
    assert set(items[12].flags) == {"easier-lately", "leak"}


def test_parameters_and_their_maturity_come_along(twenty: Site) -> None:
    populate(twenty, COURSE, 40, seed=12, difficulty=FEW)
    assert quiz(question_report.read(twenty, COURSE)).items[0].parameters is None
    calibrate.calibrate(twenty)
    items = quiz(question_report.read(twenty, COURSE)).items
    assert items[0].parameters is not None
    assert (items[0].parameters.maturity, items[0].parameters.answered) == ("estimating", 40)
    assert items[19].parameters is None


def test_without_answers_nothing_is_claimed(twenty: Site) -> None:
    report = question_report.read(twenty, COURSE)
    assert [(part.kind, part.n, part.reliability) for part in report.sets] == [("quiz", 0, None), ("checks", 0, None)]
    assert all(one.flags == () and one.question.statistics.facility is None for part in report.sets for one in part.items)


@pytest.mark.parametrize(
    ("group", "focal", "says"),
    [("state", None, "need each other"), ("sector", "31-33", "none of"), ("state", "XX", "no state XX"), ("language", "fr", "no language")],
)
def test_a_cohort_that_does_not_exist_is_refused(twenty: Site, group: str, focal: str | None, says: str) -> None:
    with pytest.raises(ChoiceError, match=says):
        question_report.checked_cohort(twenty, group, focal)


def test_courses_are_checked(twenty: Site) -> None:
    assert question_report.checked_courses(twenty, None) == [COURSE]
    with pytest.raises(ChoiceError, match="no course none"):
        question_report.checked_courses(twenty, "none")
