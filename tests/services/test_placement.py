"""Placement: adaptive, resumable, honest about what it could not find out; its answers are evidence like any other."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import select

from academy.core.framework import Framework
from academy.core.grading import read_answer
from academy.core.measurement import ability, selection
from academy.core.measurement.irt import author_prior
from academy.core.measurement.mastery import Status
from academy.services import assess, derivation, placement, profiles, progress, rebuild, skills, skipping
from academy.services.placement import Sitting, State
from academy.services.profiles import Profile
from academy.services.questions import Question
from academy.services.site import Site
from academy.services.skipping import NotDemonstrated
from academy.store.course_files import CourseLibrary
from academy.store.tables.learning import Response
from academy.store.tables.standings import SkillEstimate
from tests.conftest import Clock, add_person, with_courses
from tests.factories import CHECK, right_answer, single, take_quiz, write_course

COURSE, MODULE, SKILL, OTHER = "ports", "1-first", "ai-social-engineering", "ai-attack-economics"
BANK = "".join(single(f"q{number}") for number in range(24))


@pytest.fixture
def bank(site: Site, tmp_path: Path, framework: Framework) -> Site:
    """The site with one course of 24 questions of one skill, and a knowledge check of it."""
    write_course(tmp_path / "courses", BANK, check=CHECK.format(id="check"))
    return with_courses(site, CourseLibrary([tmp_path / "courses"], frozenset(framework.skills)))


def small(site: Site, root: Path, framework: Framework, items: str) -> Site:
    """The site with one course of these questions."""
    write_course(root, items)
    return with_courses(site, CourseLibrary([root], frozenset(framework.skills)))


def sit(site: Site, learner: int, number: int) -> Sitting:
    found = placement.sitting(site, learner, number, "es")
    assert found is not None
    return found


def give(site: Site, learner: int, number: int, *, right: bool) -> Question:
    """Answer the open question."""
    question = sit(site, learner, number).question
    assert question is not None
    wanted = read_answer(question.item, {"answer": right_answer(question.item)}) if right else None
    placement.answer(site, learner, number, question, answer=wanted, language="es")
    return question


def go_through(site: Site, learner: int, right: Callable[[Question], bool]) -> Sitting:
    """Take a whole placement."""
    number = placement.begin(site, learner, "", "es")
    assert number is not None
    while (question := sit(site, learner, number).question) is not None:
        give(site, learner, number, right=right(question))
    return sit(site, learner, number)


@pytest.mark.parametrize(("right", "state"), [(True, State.DEMONSTRATED), (False, State.NOT_YET)])
def test_it_ends_when_it_can_tell(bank: Site, right: bool, state: State) -> None:
    lena = add_person(bank, "lena", "learner").id
    done = go_through(bank, lena, lambda _question: right)
    assert done.finished_at is not None
    assert [one.state for one in done.skills] == [state]
    assert selection.FEWEST <= len(done.answered) < selection.MOST
    assert len({question.place for question, _given in done.answered}) == len(done.answered), "no question twice"
    assert rebuild.differences(bank) == []


def test_answers_are_ordinary_evidence_without_movement_between_them(bank: Site) -> None:
    lena = add_person(bank, "lena", "learner").id
    done = go_through(bank, lena, lambda _question: True)
    expected = ability.prior()
    for _ in done.answered:
        expected = ability.update(expected, author_prior("medium", 1 / 3), 1.0, idle_days=0, feedback=False)
    with bank.database.reading() as session:
        row = session.get_one(SkillEstimate, (lena, SKILL))
        responses = session.exec(select(Response).where(Response.learner_id == lena).order_by(Response.sequence)).all()  # type: ignore[arg-type]  # a column
    assert ability.from_bytes(row.weights) == pytest.approx(expected.weights, abs=1e-12)
    assert row.answers == len(responses) == len(done.answered)
    assert {(response.purpose, response.session, response.attempt) for response in responses} == {(derivation.PLACEMENT, 1, None)}


def test_days_between_still_add_doubt(bank: Site, clock: Clock) -> None:
    people = [add_person(bank, name, "learner").id for name in ("lena", "kim")]
    for learner, days in zip(people, (0, 100), strict=True):
        number = placement.begin(bank, learner, "", "es")
        assert number is not None
        for _ in range(3):
            give(bank, learner, number, right=True)
        clock.forward(days=days)
        give(bank, learner, number, right=True)
    with bank.database.reading() as session:
        here, there = (session.get_one(SkillEstimate, (learner, SKILL)) for learner in people)
    assert there.se > here.se
    assert rebuild.differences(bank) == []


def test_it_can_be_left_and_gone_on_with(bank: Site, clock: Clock) -> None:
    lena = add_person(bank, "lena", "learner").id
    number = placement.begin(bank, lena, "", "es")
    assert number == 1
    give(bank, lena, number, right=True)
    waiting = sit(bank, lena, number).question
    kim = add_person(bank, "kim", "learner")
    profiles.change_profile(bank, kim.id, Profile("Kim", "es", "", "", "PD-WRL-003"))
    assert placement.begin(bank, kim.id, "PD-WRL-003", "es") == 1
    assert rebuild.differences(bank) == [], "who began but did not answer has nothing derived"
    clock.forward(days=3)
    bank.database.dispose()  # as if the process had died
    assert placement.begin(bank, lena, "", "es") == number
    again = sit(bank, lena, number)
    assert (again.question, len(again.answered)) == (waiting, 1)
    assert placement.overview(bank, lena, "", "es").open == number


def test_the_same_seed_asks_the_same(bank: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    people = [add_person(bank, name, "learner").id for name in ("lena", "kim", "noa")]
    for person, seed in zip(people, ("aa", "aa", "bb"), strict=True):
        monkeypatch.setattr(secrets, "token_hex", lambda _length, seed=seed: seed)
        done = go_through(bank, person, lambda _question: True)
        asked.append([question.item.id for question, _given in done.answered])
    assert asked[0] == asked[1] != asked[2]


def test_an_answer_counts_once_and_only_for_the_open_question(bank: Site) -> None:
    lena = add_person(bank, "lena", "learner").id
    number = placement.begin(bank, lena, "", "es")
    assert number is not None
    first = give(bank, lena, number, right=True)
    for question in (first, first):
        placement.answer(bank, lena, number, question, answer=None, language="es")
    found = sit(bank, lena, number)
    assert [(question.place, given.score) for question, given in found.answered] == [(first.place, 1.0)]
    kim = add_person(bank, "kim", "learner").id
    assert found.question is not None
    placement.answer(bank, kim, number, found.question, answer=None, language="es")
    assert placement.sitting(bank, kim, number, "es") is None


def test_questions_met_before_are_not_asked(bank: Site) -> None:
    lena = add_person(bank, "lena", "learner").id
    number = assess.start_attempt(bank, lena, COURSE, MODULE, bank.courses.current.courses[COURSE].modules[0].quizzes["es"])
    met = [f"q{number}" for number in range(4)]
    for item_id in met:
        item = bank.courses.current.item(COURSE, item_id)
        assert item is not None
        assess.answer_item(bank, lena, number, item, course_id=COURSE, language="es", answer=None if item_id == "q0" else "b")
    done = go_through(bank, lena, lambda question: int(question.item.id[1:]) % 2 == 0)
    assert not {question.item.id for question, _given in done.answered} & {*met, "check"}
    assert rebuild.differences(bank) == []


def test_too_few_questions_are_said_not_guessed(site: Site, tmp_path: Path, framework: Framework) -> None:
    few = small(site, tmp_path / "few", framework, "".join(single(f"q{number}") for number in range(4)))
    lena = add_person(few, "lena", "learner").id
    found = placement.overview(few, lena, "", "es")
    assert [(one.state, one.left) for one in found.skills] == [(State.TOO_FEW, 4)]
    assert not found.askable
    assert placement.begin(few, lena, "", "es") is None


def test_when_the_questions_run_out_it_stays_unknown(site: Site, tmp_path: Path, framework: Framework) -> None:
    few = small(site, tmp_path / "few", framework, "".join(single(f"q{number}") for number in range(6)))
    lena = add_person(few, "lena", "learner").id
    done = go_through(few, lena, lambda question: question.item.id in ("q0", "q2", "q4", "q5"))
    assert len(done.answered) == 6
    assert [one.state for one in done.skills] == [State.TOO_FEW]


def test_the_hardest_decision_comes_first_and_roles_without_questions_say_so(site: Site, tmp_path: Path, framework: Framework) -> None:
    items = "".join(single(f"q{number}") + single(f"e{number}", skill=OTHER) for number in range(12))
    two = small(site, tmp_path / "two", framework, items)
    lena = add_person(two, "lena", "learner").id
    found = placement.overview(two, lena, "PD-WRL-003", "es")
    states = {one.skill.id: one.state for one in found.skills}
    assert states["incident-handling"] is State.NO_QUESTIONS
    assert {skill for skill, state in states.items() if state is State.OPEN} == {SKILL, OTHER}
    assert found.most == 24
    number = placement.begin(two, lena, "PD-WRL-003", "es")
    assert number is not None
    first = sit(two, lena, number).question
    assert first is not None
    assert first.skill_id == SKILL, "equally open: the one of more weight"
    while (question := sit(two, lena, number).question) is not None and question.skill_id == SKILL:
        give(two, lena, number, right=True)
    assert question is not None
    assert question.skill_id == OTHER, "one skill after the other"


def test_one_may_stop_and_the_rest_is_not_known(bank: Site) -> None:
    lena = add_person(bank, "lena", "learner").id
    number = placement.begin(bank, lena, "", "es")
    assert number is not None
    give(bank, lena, number, right=True)
    placement.finish(bank, lena, number)
    done = sit(bank, lena, number)
    assert done.finished_at is not None
    assert done.question is None
    assert [one.state for one in done.skills] == [State.OPEN]
    assert len(done.answered) == 1, "the question that was open is not explained"
    assert placement.begin(bank, lena, "", "es") == 2


def test_a_question_that_is_gone_is_replaced(bank: Site, tmp_path: Path, framework: Framework) -> None:
    lena = add_person(bank, "lena", "learner").id
    number = placement.begin(bank, lena, "", "es")
    assert number is not None
    give(bank, lena, number, right=True)
    waiting = sit(bank, lena, number).question
    assert waiting is not None
    less = "".join(single(f"q{at}") for at in range(24) if f"q{at}" != waiting.item.id)
    changed = small(bank, tmp_path / "less", framework, less)
    assert sit(changed, lena, number).question is None
    placement.go_on(changed, lena, number, "es")
    following = sit(changed, lena, number)
    assert following.question is not None
    assert following.question.place != waiting.place
    assert len(following.answered) == 1


def test_what_a_placement_asked_is_not_explained_in_the_lesson(site: Site, tmp_path: Path, framework: Framework) -> None:
    small_site = small(site, tmp_path / "one", framework, BANK)
    lena = add_person(small_site, "lena", "learner").id
    number = placement.begin(small_site, lena, "", "es")
    assert number is not None
    question = give(small_site, lena, number, right=True)
    assert assess.check_answers(small_site, lena, COURSE, [question.item.id]) == {}


def test_demonstrated_lessons_may_be_skipped_and_taken_up_again(bank: Site) -> None:
    lena = add_person(bank, "lena", "learner").id
    course = bank.courses.current.courses[COURSE]

    def offers() -> list[tuple[int, int]]:
        found = skipping.offers(bank, skills.report(bank, lena, ""), progress.facts(bank, lena))
        return [(len(offer.open), len(offer.skipped)) for offer in found]

    assert offers() == []
    with pytest.raises(NotDemonstrated):
        skipping.skip(bank, lena, skills.report(bank, lena, ""), progress.facts(bank, lena), COURSE, MODULE)
    go_through(bank, lena, lambda _question: True)
    report = skills.report(bank, lena, "")
    assert [line.status for line in report.other_lines] == [Status.DEMONSTRATED]
    assert offers() == [(1, 0)]
    assert skipping.skip(bank, lena, report, progress.facts(bank, lena), COURSE, MODULE) == 1
    way = progress.course_progress(course, "es", progress.facts(bank, lena))
    assert [step.state for step in way.steps] == ["skipped", "todo"]
    assert way.share == 0.0, "skipped is not done"
    assert way.next_step is not None
    assert way.next_step.is_quiz
    assert offers() == [(0, 1)]
    assert skipping.take_up(bank, lena, COURSE, MODULE) == 1
    assert offers() == [(1, 0)]
    skipping.skip(bank, lena, report, progress.facts(bank, lena), COURSE, MODULE)
    progress.finish_lesson(bank, lena, COURSE, MODULE, "1-hello")
    way = progress.course_progress(course, "es", progress.facts(bank, lena))
    assert way.steps[0].state == "done", "who reads it after all has done it"


def test_what_is_known_already_is_not_asked_again(bank: Site, clock: Clock) -> None:
    lena = add_person(bank, "lena", "learner").id
    take_quiz(bank, lena, COURSE, MODULE)
    clock.forward(days=1)
    found = placement.overview(bank, lena, "", "es")
    assert [one.state for one in found.skills] == [State.DEMONSTRATED]
    assert placement.begin(bank, lena, "", "es") is None
