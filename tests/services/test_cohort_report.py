"""The live page of a cohort: one rule of readiness, what faded, what was added, at a cost of a few queries."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import event
from sqlmodel import select

from academy.core.csv_files import plain
from academy.services import accounts, cohort_plan, cohort_report, cohorts, groups, joining, profiles, progress
from academy.services.accounts import Person
from academy.services.cohort_members import Cell, _cell
from academy.services.profiles import Profile
from academy.services.site import Site
from academy.store.tables.learning import Attempt
from academy.store.tables.standings import Standing
from tests.conftest import START, Clock, add_person
from tests.factories import take_quiz
from tests.services.test_cohorts import cohort_of, joined

ROLE = "PD-WRL-001"


@pytest.fixture
def manager(light_site: Site) -> Person:
    return add_person(light_site, "mo", "manager")


@pytest.fixture
def queries(light_site: Site) -> Iterator[list[str]]:
    """Every statement that is sent."""
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        found.append(statement)

    event.listen(light_site.database.engine, "before_cursor_execute", note)
    yield found
    event.remove(light_site.database.engine, "before_cursor_execute", note)


def learner(site: Site, name: str, role: str = "") -> Person:
    person = add_person(site, name, "learner")
    profiles.change_profile(site, person.id, Profile(name.title(), "en", "", "", role))
    found = accounts.find(site, person.id)
    assert found is not None
    return found


def test_a_learner_gets_ready_counts_as_added_and_fades(light_site: Site, manager: Person, clock: Clock) -> None:
    number = cohort_of(light_site, manager, target_role=ROLE, cost="1000")
    lena, luis = learner(light_site, "lena", ROLE), learner(light_site, "luis", ROLE)
    joined(light_site, number, manager, lena, luis)
    course = light_site.courses.current.courses["alert-triage"]
    cohort_plan.assign(light_site, number, course_id=course.id, module_id="1-the-room", due_on="", by=manager.id)
    for module in course.modules:
        take_quiz(light_site, lena.id, course.id, module.id)
    take_quiz(light_site, luis.id, course.id, "2-sources", right=12)
    report = cohort_report.report(light_site, number, "en")
    ready, other = report.members
    with light_site.database.reading() as session:
        stored = {row.learner_id: row for row in session.exec(select(Standing))}
    assert stored[lena.id].ready_until is not None, "by the rule that counts everybody"
    assert (ready.stage, ready.job_ready, ready.stuck, ready.finish) == ("ready", True, None, ())
    assert ready.readiness is not None
    assert ready.readiness.value == stored[lena.id].readiness
    assert other.readiness is not None
    assert other.readiness.value == stored[luis.id].readiness
    assert (report.job_ready, report.added, report.cost_each) == (1, 1, 1000.0)
    assert [member.name for member in report.nearest] == ["Luis"]
    assert other.finish[0] == (course.id, "1-the-room"), "what the role requires comes first"
    assert other.required_left == 1
    assert other.progress == 0.0
    assert ready.progress is not None
    assert 0.0 < ready.progress < 1.0, "the quiz is done, its lessons are not"
    clock.forward(days=700)
    report = cohort_report.report(light_site, number, "en")
    assert (report.job_ready, report.added, report.cost_each) == (0, 0, None)
    assert report.faded[0][1][0].name == "Lena"
    assert report.stuck[0].stuck is not None
    assert report.stuck[0].stuck.silent_days == 700


def test_who_was_ready_before_is_no_merit_of_the_cohort(light_site: Site, manager: Person) -> None:
    number = cohort_of(light_site, manager, target_role="")
    lena = learner(light_site, "lena", ROLE)
    with light_site.database.together():
        for module in light_site.courses.current.courses["alert-triage"].modules:
            take_quiz(light_site, lena.id, "alert-triage", module.id)
    joined(light_site, number, manager, lena)
    report = cohort_report.report(light_site, number, "en")
    assert report.members[0].role is not None
    assert report.members[0].role.id == ROLE, "their own, where the cohort has none"
    assert (report.job_ready, report.added) == (1, 0)


def test_a_cohort_costs_the_same_queries_at_any_size(light_site: Site, manager: Person, queries: list[str]) -> None:
    number = cohort_of(light_site, manager, seats="40")
    joined(light_site, number, manager, *(learner(light_site, f"a{at}") for at in range(2)))
    counts = []
    for more in range(2):
        if more:
            joined(light_site, number, manager, *(learner(light_site, f"b{at}") for at in range(9)))
        queries.clear()
        cohort_report.report(light_site, number, "en")
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 14


def test_without_members_or_role_there_is_nothing_to_say(light_site: Site, manager: Person) -> None:
    number = cohort_of(light_site, manager, target_role="", cost="")
    report = cohort_report.report(light_site, number, "en")
    assert (report.members, report.progress, report.cost_each, report.nearest, report.faded) == ((), None, None, [], ())
    joined(light_site, number, manager, learner(light_site, "lena"))
    [member] = cohort_report.report(light_site, number, "en").members
    assert (member.role, member.readiness, member.progress, member.stage) == (None, None, None, "enrolled")
    with pytest.raises(ValueError, match="no cohort"):
        cohort_report.report(light_site, number + 1, "en")


def test_silence_is_counted_from_joining_for_who_came_back_for_it(light_site: Site, manager: Person, clock: Clock) -> None:
    number, lena = cohort_of(light_site, manager), learner(light_site, "lena")
    take_quiz(light_site, lena.id, "alert-triage", "2-sources", right=1)
    clock.forward(days=60)
    joined(light_site, number, manager, lena)
    clock.forward(days=13)
    assert cohort_report.report(light_site, number, "en").stuck == []
    clock.forward(days=1)
    [member] = cohort_report.report(light_site, number, "en").stuck
    assert member.stuck is not None
    assert member.stuck.silent_days == 14


def attempt(passed: bool | None, score: float | None) -> Attempt:
    return Attempt(
        learner_id=1, number=1, course_id="c", module_id="m", quiz_id="q", seed="", item_ids=[], pass_percent=60,
        started_at=START, finished_at=START, score=score, passed=passed,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("attempts", "cell"),
    [
        ([(False, 0.2), (False, 0.4)], Cell(0.4, 0.4, False, 2, 2)),
        ([(False, 0.2), (True, 0.9), (False, 0.4)], Cell(0.9, 0.4, True, 3, 1)),
        ([(False, 0.2), (False, 0.3), (None, 0.5)], Cell(0.3, None, False, 3, 2)),
        ([(None, None)], Cell(None, None, False, 1, 0)),
    ],
)
def test_a_cell_of_the_gradebook(attempts: list[tuple[bool | None, float | None]], cell: Cell) -> None:
    assert _cell([attempt(*one) for one in attempts]) == cell


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1"])
def test_a_spreadsheet_only_shows_text(text: str) -> None:
    assert plain(text) == f"'{text}"


def test_other_cells_stay_as_they_are() -> None:
    assert [plain(cell) for cell in ("Ana = 1", -1.5, None, "")] == ["Ana = 1", -1.5, None, ""]


def test_what_is_no_longer_in_the_courses_is_no_longer_asked_for(light_site: Site, manager: Person) -> None:
    number, lena = cohort_of(light_site, manager), learner(light_site, "lena")
    joined(light_site, number, manager, lena)
    cohort_plan.assign(light_site, number, course_id="ai-threats", module_id="", due_on="2026-03-05", by=manager.id)
    with light_site.database.writing() as session:
        session.connection().exec_driver_sql("INSERT INTO cohortcourse (cohort_id, course_id, module_id) VALUES (?, 'gone', '')", (number,))
    assert [one.course_id for one in cohort_plan.assignments(light_site, number)] == ["ai-threats"]
    [group] = groups.listing(light_site, lena.id, "en", progress.facts(light_site, lena.id))
    assert [(todo.course_id, todo.days) for todo in group.todos] == [("ai-threats", 3)]
    cohorts.change(light_site, number, group.cohort.details, archived=True, by=manager.id)
    [group] = groups.listing(light_site, lena.id, "en", progress.NOTHING_DONE)
    assert group.todos == (), "nothing is to be done for what is over"
    assert joining.is_member(light_site, number, lena.id)
