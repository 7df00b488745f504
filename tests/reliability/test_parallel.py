"""Fifty submit the same thing at once: one attempt, one response, and each is told of the same one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import pytest
from sqlmodel import select

from academy.core.framework import Framework
from academy.services import assess, rebuild, registry
from academy.services.assess import Given
from academy.services.site import Site
from academy.store.course_files import CourseLibrary
from academy.store.db import Database
from academy.store.tables.learning import Attempt, Response
from tests.conftest import Clock, add_person
from tests.factories import CHECK, single, write_course
from tests.reliability.product import COURSE, LESSON, MODULE, Answer, Product

MANY = 50
T = TypeVar("T")


def at_once(act: Callable[[int], T]) -> list[T]:
    """What fifty threads get that act in the same moment."""
    ready = threading.Barrier(MANY)

    def one(number: int) -> T:
        ready.wait()
        return act(number)

    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(one, range(MANY)))


def rows(site: Site) -> tuple[list[Attempt], list[Response]]:
    with site.database.reading() as session:
        return list(session.exec(select(Attempt))), list(session.exec(select(Response)))


def test_through_the_services(database: Database, tmp_path: Path, framework: Framework, clock: Clock) -> None:
    write_course(tmp_path, single("one"), check=CHECK.format(id="check"))
    site = Site(database, CourseLibrary([tmp_path], frozenset(framework.skills)), framework, clock)
    registry.sync(site)
    lena = add_person(site, "lena", "learner").id
    quiz = site.courses.current.courses[COURSE].modules[0].quizzes["es"]
    item, check = quiz.items[0], site.courses.current.item(COURSE, "check")
    assert check is not None

    def begin(_: int) -> int:
        return assess.start_attempt(site, lena, COURSE, MODULE, quiz)

    def answer(number: int) -> float:
        letter = "ab"[number % 2]
        given = assess.answer_item(site, lena, 1, item, course_id=COURSE, language="es", answer=letter)
        assert isinstance(given, Given)
        return given.score

    def answer_check(number: int) -> float:
        letter = "ab"[number % 2]
        given = assess.answer_check(site, lena, check, course_id=COURSE, language="es", answer=letter, submission="s")
        assert isinstance(given, Given)
        return given.score

    assert at_once(begin) == [1] * MANY
    scores, checked = at_once(answer), at_once(answer_check)
    attempts, responses = rows(site)
    assert [(attempt.number, attempt.score) for attempt in attempts] == [(1, scores[0])]
    assert sorted((row.item_id, row.score) for row in responses) == [("check", checked[0]), ("one", scores[0])]
    assert (set(scores), set(checked)) == ({scores[0]}, {checked[0]})
    assert rebuild.differences(site) == []


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_over_http(start_product: Callable[..., Product], kind: str) -> None:
    product = start_product(kind)
    product.start()
    lena = product.sign_in(add_person(product.site, "lena", "learner"))
    check = f"/es/courses/{COURSE}/{MODULE}/{LESSON}/checks/check"

    def answer(number: int) -> Answer:
        if number % 2:
            return lena.post("/es/attempts/1/one", answer="abc"[number % 3])
        return lena.post(check, answer="ab"[number // 2 % 2], submission="s")

    assert at_once(lambda _: lena.begin()) == [1] * MANY
    assert {found.status for found in at_once(answer)} == {303}
    attempts, responses = rows(product.site)
    assert [attempt.number for attempt in attempts] == [1]
    assert sorted(row.item_id for row in responses) == ["check", "one"]
    assert rebuild.differences(product.site) == []
