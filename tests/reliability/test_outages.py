"""The disk fills, the database goes, the clock jumps, files are half-written: a clear page, nothing lost, and it recovers alone."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlmodel import select

from academy.core.framework import Framework
from academy.services import assess, rebuild, registry, sessions, throttle
from academy.services.site import Site
from academy.services.throttle import LIMITS
from academy.store import schema
from academy.store.course_files import CourseLibrary
from academy.store.db import Database
from academy.store.tables.learning import Response
from tests import postgres
from tests.conftest import PASSWORD, Clock, add_person, client_of, make_app, sign_in
from tests.factories import CHECK, right_answer, single, take_quiz, write_course
from tests.reliability.product import COURSE, LESSON, MODULE

CHECKED = f"/en/courses/{COURSE}/{MODULE}/{LESSON}/checks/check"
PAGE = f"/en/courses/{COURSE}/{MODULE}/{LESSON}"
SORRY = "We cannot save anything right now"


def small(database: Database, folder: Path, framework: Framework, clock: Clock, *, development: bool = False) -> Site:
    """A site with one small course in a folder."""
    write_course(folder / "courses", single("one") + single("two"), check=CHECK.format(id="check"))
    courses = CourseLibrary([folder / "courses"], frozenset(framework.skills), development=development)
    site = Site(database, courses, framework, clock)
    registry.sync(site)
    return site


def serving(site: Site, folder: Path) -> Flask:
    """The application as it runs: errors become pages."""
    app = make_app(site, folder, ACADEMY_LOG="json")
    app.testing = False
    return app


def answer(client: FlaskClient, submission: str) -> tuple[int, str, list[dict[str, Any]]]:
    """Answer the knowledge check; status, page and what was logged."""
    errors = io.StringIO()
    found = client.post(CHECKED, data={"answer": "a", "submission": submission}, errors_stream=errors)
    return found.status_code, found.text, [json.loads(line) for line in errors.getvalue().splitlines()]


def responses(site: Site) -> list[Response]:
    with site.database.reading() as session:
        return list(session.exec(select(Response)))


class Disk:
    """How large the database may become, in pages; 0: as it likes."""

    def __init__(self, database: Database) -> None:
        self._pages, self._database = 0, database
        for engine in (database.engine, database.storing):
            event.listen(engine, "checkout", self._limit)

    def _limit(self, connection: Any, *_: object) -> None:
        most = self._pages or 1_073_741_823
        connection.execute(f"PRAGMA max_page_count = {most}")

    def fill(self) -> None:
        """Nothing more fits; SQLite takes a limit below the present size for the present size."""
        self._pages = 1
        self._database.dispose()  # for a connection that a thread keeps is not checked out again

    def free(self) -> None:
        """There is room again."""
        self._pages = 0
        self._database.dispose()


def test_a_full_disk(new_database: Callable[[str], Database], tmp_path: Path, framework: Framework, clock: Clock) -> None:
    site = small(new_database("sqlite"), tmp_path, framework, clock)
    disk, app = Disk(site.database), serving(site, tmp_path)
    lena = client_of(app, add_person(site, "lena", "learner"))
    assert lena.get(PAGE).status_code == 200
    disk.fill()
    acknowledged, refused = [], ""
    for turn in range(200):
        status, page, lines = answer(lena, f"s{turn}")
        if status != 303:
            refused = f"s{turn}"
            break
        acknowledged.append(f"s{turn}")
    assert (status, SORRY in page, bool(refused)) == (503, True, True)
    assert [line.get("cause") for line in lines] == ["disk-full", None]
    assert lena.get(PAGE).status_code == 200  # what needs no room goes on
    assert app.test_client().get("/readyz").status_code == 200
    disk.free()
    assert answer(lena, refused)[0] == 303
    assert len(responses(site)) == len(acknowledged) + 1
    assert rebuild.differences(site) == []


def test_the_database_goes_and_comes_back(tmp_path: Path, framework: Framework, clock: Clock) -> None:
    with postgres.installed() as server:
        server.start()
        database = Database(server.url)
        try:
            schema.migrate(database)
            site = small(database, tmp_path, framework, clock)
            app = serving(site, tmp_path)
            lena = client_of(app, add_person(site, "lena", "learner"))
            assert answer(lena, "before")[0] == 303
            server.stop()
            status, page, lines = answer(lena, "meanwhile")
            assert (status, SORRY in page, lines[0]["cause"]) == (503, True, "database")
            ready = lena.get("/readyz")
            assert ready.status_code == 503
            assert ready.json == {"status": "unready", "parts": {"database": "failed", "migrations": "unknown", "courses": "ok"}}
            assert lena.get("/healthz").status_code == 200
            server.start()
            assert lena.get("/readyz").status_code == 200
            assert answer(lena, "meanwhile")[0] == 303
            server.stop()  # and at once again, so that every pooled connection is stale
            server.start()
            assert answer(lena, "after")[0] == 303
            assert answer(lena, "before")[0] == 303
            assert len(responses(site)) == 3
            assert rebuild.differences(site) == []
        finally:
            database.dispose()
            server.stop()


def test_the_clock_jumps_back(new_database: Callable[[str], Database], tmp_path: Path, framework: Framework, clock: Clock) -> None:
    site = small(new_database("sqlite"), tmp_path, framework, clock)
    app, person = serving(site, tmp_path), add_person(site, "lena", "learner", password=PASSWORD)
    lena = app.test_client()
    sign_in(lena, "lena@example.org")
    take_quiz(site, person.id, COURSE, MODULE, right=1)
    for _ in range(LIMITS["sign-in", "account"].burst):  # mistyped
        throttle.charge(site, "sign-in", account="lena@example.org", address="127.0.0.1")
    assert app.test_client().post("/en/sign-in", data={"email": "lena@example.org", "password": PASSWORD}).status_code == 429
    clock.forward(hours=-7)
    assert answer(lena, "earlier")[0] == 303  # the session holds
    assert lena.get("/en/skills").status_code == lena.get("/en/").status_code == lena.get("/en/review").status_code == 200
    sign_in(app.test_client(), "lena@example.org")  # nobody waits seven hours for attempts that lie in the future
    take_quiz(site, person.id, COURSE, MODULE)
    assert [row.sequence for row in responses(site)] == [1, 2, 3, 4, 5]
    assert rebuild.differences(site) == []
    clock.forward(hours=7)
    assert rebuild.differences(site) == []
    assert sessions.listing(site, person.id, "")


def halves(whole: bytes) -> Iterator[bytes]:
    """A file as an editor or a copy may leave it for a moment."""
    yield b""
    yield whole[: len(whole) // 2]
    yield whole[:-2] + b"\xc3"  # in the middle of a letter


@pytest.mark.parametrize("name", ["1-first/quiz.es.md", "1-first/1-hello.es.md", "course.yaml"])
def test_a_half_written_course_file(
    new_database: Callable[[str], Database], tmp_path: Path, framework: Framework, clock: Clock, name: str
) -> None:
    site = small(new_database("sqlite"), tmp_path, framework, clock, development=True)
    write_course(tmp_path / "courses", single("other"), course_id="other")
    reread(site)
    app, person = serving(site, tmp_path), add_person(site, "lena", "learner")
    lena = client_of(app, person)
    take_quiz(site, person.id, COURSE, MODULE, right=1)
    number = assess.start_attempt(site, person.id, COURSE, MODULE, site.courses.current.courses[COURSE].modules[0].quizzes["es"])
    path = tmp_path / "courses" / COURSE / name
    whole = path.read_bytes()
    for half in halves(whole):
        path.write_bytes(half)
        reread(site)
        assert lena.get("/en/courses/other").status_code == 200
        for page in (PAGE, f"/en/courses/{COURSE}", f"/en/courses/{COURSE}/{MODULE}/quiz", f"/en/attempts/{number}", "/en/"):
            assert lena.get(page, follow_redirects=True).status_code in (200, 404), page
        assert lena.post(f"/en/attempts/{number}/one", data={"answer": "b"}).status_code in (303, 404, 422)
        path.write_bytes(whole)
        reread(site)
        assert COURSE in site.courses.current.courses
    number = assess.start_attempt(site, person.id, COURSE, MODULE, site.courses.current.courses[COURSE].modules[0].quizzes["es"])
    assert lena.post(f"/en/attempts/{number}/two", data={"answer": right_answer_of(site, "two")}).status_code == 303
    assert set(Counter((row.attempt, row.item_id) for row in responses(site)).values()) == {1}
    assert rebuild.differences(site) == []


def right_answer_of(site: Site, item_id: str) -> list[str]:
    item = site.courses.current.item(COURSE, item_id)
    assert item is not None
    return right_answer(item)


def reread(site: Site) -> None:
    """Take up edited files, as the next request does."""
    while not site.courses.refresh():
        pass
    registry.sync(site)


def test_courses_are_only_read(new_database: Callable[[str], Database], tmp_path: Path, framework: Framework, clock: Clock) -> None:
    site = small(new_database("sqlite"), tmp_path, framework, clock, development=True)
    below = sorted((tmp_path / "courses").rglob("*"))
    for path in below:
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = [(path, path.stat().st_mtime_ns) for path in below]
    app, person = serving(site, tmp_path), add_person(site, "lena", "learner")
    lena, ed = client_of(app, person), client_of(app, add_person(site, "ed", "educator"))
    assert answer(lena, "s")[0] == 303
    assert lena.get(f"/en/courses/{COURSE}/{MODULE}/quiz").status_code == ed.get("/en/author/").status_code == 200
    assert ed.get(f"/en/author/files/courses/{COURSE}/{MODULE}/quiz.es.md").status_code == 200
    after = [(path, path.stat().st_mtime_ns) for path in sorted((tmp_path / "courses").rglob("*"))]
    for path in below:
        path.chmod(0o755 if path.is_dir() else 0o644)
    assert after == before
