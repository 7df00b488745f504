"""A session read together with what its person's page or answer rests on: the same as each read alone, on both databases."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from academy.core.content.model import Quiz
from academy.core.framework import Framework
from academy.services import accounts, assess, progress, registry, sessions
from academy.services.accounts import Person
from academy.services.site import Site
from academy.store import answering, traces
from academy.store import sessions as session_rows
from tests.conftest import Clock, add_person
from tests.factories import take_quiz
from tests.services.test_timing import COURSE, MODULE, limited

NOBODY = "no such token"
People = Mapping[str, tuple[Person, str]]


@pytest.fixture
def quizzed(site: Site, tmp_path: Path, framework: Framework, clock: Clock) -> Site:
    """A site with one quiz of three questions."""
    quizzed = Site(site.database, limited(tmp_path / "quizzed", framework, ""), framework, clock)
    registry.sync(quizzed)
    return quizzed


@pytest.fixture
def people(quizzed: Site) -> People:
    """Somebody with an attempt behind them and one begun, somebody with several roles and two attempts, who has neither, and who has no
    role; with the tokens of their sessions."""
    roles = {"lena": ("learner",), "mara": ("learner", "educator", "manager"), "nora": ("learner", "educator"), "olga": ()}
    found = {name: add_person(quizzed, name, *own) for name, own in roles.items()}
    for name, right in (("lena", 1), ("mara", 2), ("mara", 3)):
        take_quiz(quizzed, found[name].id, COURSE, MODULE, "en", right=right)
    assess.start_attempt(quizzed, found["lena"].id, COURSE, MODULE, quiz_of(quizzed))
    for name in ("lena", "mara"):
        progress.open_lesson(quizzed, found[name].id, COURSE, MODULE, "1-hello")
    return {name: (person, sessions.begin(quizzed, person)) for name, person in found.items()}


def quiz_of(site: Site) -> Quiz:
    """The quiz."""
    return next(module for module in site.courses.current.courses[COURSE].modules if module.id == MODULE).quizzes["en"]


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def as_alone(site: Site, people: People) -> None:
    """What each reads together is what is found one by one."""
    items = [item.id for item in quiz_of(site).items]
    for person, token in people.values():
        alone = session_rows.find(site.database, digest(token))
        assert alone is not None
        for number in (1, 2, 3):
            for item_id in (*items, "no-such-item"):
                both = answering.visited(site.database, digest(token), number, item_id)
                assert both is not None
                assert (tuple(both[0].row[: len(alone.row)]), both[0].roles) == (tuple(alone.row), alone.roles)
                sheet = answering.sheet(site.database, person.id, number)
                moment = answering.moment(site.database, person.id, COURSE, item_id)
                assert both[1] == (None if sheet is None else (sheet, moment))
        for checks in ([], items[:1], items):
            read = traces.visited(site.database, digest(token), COURSE, checks)
            assert read is not None
            assert (read[0].row.id, read[0].roles) == (person.id, person.roles)
            assert sorted(map(repr, read[1])) == sorted(map(repr, traces.of_lesson(site.database, person.id, COURSE, checks)))
    assert answering.visited(site.database, digest(NOBODY), 1, items[0]) is None
    assert traces.visited(site.database, digest(NOBODY), COURSE, items) is None


def test_read_together_is_as_read_alone(quizzed: Site, people: People) -> None:
    as_alone(quizzed, people)
    with quizzed.database.together():
        as_alone(quizzed, people)


def test_what_was_answered_is_in_what_an_answer_meets(quizzed: Site, people: People) -> None:
    item = quiz_of(quizzed).items[0]
    versions = quizzed.courses.current.item_versions(COURSE, item.id)
    _, found = answering.visited(quizzed.database, digest(people["mara"][1]), 2, item.id) or (None, None)
    assert found is not None
    sheet, moment = found
    assert sheet.answered == {one.id for one in quiz_of(quizzed).items}
    assert moment.met == {versions.key_version_in("en")}
    assert item.measured in moment.estimates
    assert answering.moment(quizzed.database, people["nora"][0].id, COURSE, item.id).met == frozenset()


@pytest.mark.parametrize("end", ["disabled", "over"])
def test_a_session_that_has_ended_gives_nothing(end: str, quizzed: Site, people: People, clock: Clock) -> None:
    person, token = people["mara"]
    ask: tuple[Callable[[], object], ...] = (
        lambda: sessions.find_with_attempt(quizzed, token, 1, "one"),
        lambda: progress.find_with_state(quizzed, token, COURSE, ["one"]),
    )
    assert all(found() is not None for found in ask)
    if end == "disabled":
        accounts.disable(quizzed, person.id)
    else:
        clock.forward(days=3)  # of staff they end the same day
    assert all(found() is None for found in ask)
