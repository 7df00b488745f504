"""Changes of stage are kept as they happen: by answers, and by silence."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import col, select

from academy.core.workforce.stages import stage
from academy.services.publish import publish
from academy.services.site import Site
from academy.store import stage_changes
from academy.store.tables.standings import StageChange
from tests.conftest import START, Clock, add_person
from tests.factories import take_quiz


def changes(site: Site) -> list[tuple[int, str, str]]:
    with site.database.reading() as session:
        query = select(StageChange).order_by(col(StageChange.learner_id), col(StageChange.number))
        return [(change.number, change.was, change.stage) for change in session.exec(query)]


def test_the_first_answer_makes_active_and_silence_makes_lapsed_once(site: Site, clock: Clock) -> None:
    person = add_person(site, "lena", "learner")
    course = next(iter(site.courses.current.courses.values()))
    take_quiz(site, person.id, course.id, course.modules[0].id, right=0)
    assert changes(site) == [(1, "enrolled", "active")]
    clock.forward(days=181)
    publish(site)
    publish(site)
    assert changes(site)[1:] == [(2, "active", "lapsed")]
    take_quiz(site, person.id, course.id, course.modules[1].id, right=0)
    assert changes(site)[2:] == [(3, "lapsed", "active")]


def test_lapses_are_found_a_few_at_a_time(site: Site, clock: Clock) -> None:
    course = next(iter(site.courses.current.courses.values()))
    people = [add_person(site, name, "learner").id for name in ("ana", "eva", "leo")]
    for learner_id in people:
        take_quiz(site, learner_id, course.id, course.modules[0].id, right=0)
    clock.forward(days=181)
    with site.database.writing() as session:
        first = stage_changes.newly_lapsed(session, site.now(), after=0, most=2)
        rest = stage_changes.newly_lapsed(session, site.now(), after=first[-1][0].learner_id, most=2)
    assert [(standing.learner_id, number) for standing, number in (*first, *rest)] == [(person, 1) for person in people]


def test_stages_in_order() -> None:
    day = timedelta(days=1)
    known = {"last_answer_at": START - day, "proficient": False, "ready_until": None}
    assert stage(**{**known, "last_answer_at": None}, at=START) == "enrolled"  # type: ignore[arg-type]  # by name
    assert stage(**known, at=START) == "active"  # type: ignore[arg-type]  # by name
    assert stage(**{**known, "proficient": True}, at=START) == "proficient"  # type: ignore[arg-type]  # by name
    assert stage(**{**known, "ready_until": START + day}, at=START + 400 * day) == "lapsed"  # type: ignore[arg-type]  # by name
    assert stage(**{**known, "ready_until": START + 500 * day}, at=START + 400 * day) == "ready"  # type: ignore[arg-type]  # by name
