"""`python -m tests.bench.scale`: PostgreSQL with as many learners and responses as asked for, and what each thing then takes."""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from types import ModuleType
from typing import TypeVar

import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from academy.app import create_app
from academy.config import ROOT, Settings, read_settings
from academy.core.measurement import ability
from academy.services import accounts, assess, calibrate, publish, rebuild, registry, sessions
from academy.services.site import Site, open_site
from academy.store import answering, evidence_rows, prepared, schema
from tests import postgres
from tests.bench import product
from tests.factories import right_answer

T = TypeVar("T")
PAGE = ROOT / "docs/performance.md"
MARK, END = "<!-- scale -->", "<!-- end scale -->"
READERS = 60
SMALLER = 1000
"""How many times more learners the large database has than the small one."""
VISITS_EACH = 3
"""Lessons that each learner has opened; they have finished one attempt at a quiz too."""
SKILLS_EACH = 2
"""Skills that each learner has estimates of: as many as their answers touch would take most of the disk."""
_TOKEN = re.compile(r'(?<=name="csrf_token" value=")[^"]+')

_ITEMS = """CREATE TEMP TABLE bank AS SELECT row_number() OVER (ORDER BY v.course_id, v.item_id) - 1 AS n, v.*, t.language, t.text_version
FROM itemversion v JOIN itemtext t USING (course_id, item_id) WHERE v.active AND v.skill_id <> '' AND t.language = 'es'"""
_LESSONS = "CREATE TEMP TABLE lesson (n integer, course_id text, module_id text, slug text, quiz_id text)"
_FILL = (
    """INSERT INTO account (id, email, name, password_hash, password_version, language, theme, state, sector, target_role, ration,
    synthetic, created_at) SELECT n, 's' || n || '@scale.example', 'S', '', 1, 'es', '',
    (ARRAY['MX-CMX','MX-MEX','MX-NLE','MX-JAL'])[n % 4 + 1], '',
    (ARRAY['PD-WRL-003','PD-WRL-001','OG-WRL-005'])[n % 3 + 1], 6, true,
    now() - interval '300 days' FROM generate_series(1, :learners) n""",
    "INSERT INTO rolegrant (account_id, role, granted_at) SELECT n, 'learner', now() FROM generate_series(1, :learners) n",
    """INSERT INTO response (learner_id, sequence, submission, course_id, item_id, key_version, text_version, language, answer, score,
    answered_at, purpose, effort) SELECT l, s, 'x/' || s, course_id, item_id, key_version, text_version, language, 'null',
    (random() < 0.45 + 0.3 * (l % 7) / 7.0)::int, now() - make_interval(days => (l % 200)::int, mins => (:each - s) * 3), 'practice', ''
    FROM generate_series(1, :learners) l CROSS JOIN generate_series(1, :each) s JOIN bank ON bank.n = (l * 37 + s) % :items""",
    """INSERT INTO standing (learner_id, sequence, attempts, role_id, readiness, assessed_share, proficient, ready_until, first_answer_at,
    last_answer_at) SELECT n, :each, 1, (ARRAY['PD-WRL-003','PD-WRL-001','OG-WRL-005'])[n % 3 + 1], random(), random(), n % 9 = 0,
    CASE WHEN n % 9 = 0 THEN now() + interval '90 days' END, now() - make_interval(days => (n % 200)::int + 1),
    now() - make_interval(days => (n % 200)::int) FROM generate_series(1, :learners) n""",
    """INSERT INTO lessonvisit (learner_id, course_id, module_id, slug, first_seen_at, last_seen_at, finished_at)
    SELECT l, course_id, module_id, slug, at, at, at FROM generate_series(1, :learners) l CROSS JOIN generate_series(1, :visits) v
    CROSS JOIN LATERAL (SELECT now() - make_interval(days => (l % 200)::int) AS at) moment JOIN lesson ON n = (l * 7 + v) % :lessons""",
    """INSERT INTO attempt (learner_id, number, course_id, module_id, quiz_id, seed, item_ids, pass_percent, started_at, finished_at, score,
    passed) SELECT l, 1, course_id, module_id, quiz_id, 's', '[]', 80, at, at, 0.5, l % 3 = 0 FROM generate_series(1, :learners) l
    CROSS JOIN LATERAL (SELECT now() - make_interval(days => (l % 200)::int) AS at) moment JOIN lesson ON n = (l * 7 + 1) % :lessons""",
    """INSERT INTO skillestimate (learner_id, skill_id, weights, answers, theta, se, last_answer_at)
    SELECT n, skill, :weights, 5, 0, 1, now() - make_interval(days => (n % 200)::int)
    FROM generate_series(1, :learners) n CROSS JOIN (SELECT DISTINCT skill_id AS skill FROM bank ORDER BY 1 LIMIT :skills) chosen""",
    "SELECT setval(pg_get_serial_sequence('account', 'id'), (SELECT max(id) FROM account))",
)


@dataclass(frozen=True, slots=True)
class Taken:
    """How long something took: in all, or the median and the slowest of several; and the statements that one took."""

    seconds: float
    slowest: float | None = None
    statements: int | None = None

    def __str__(self) -> str:
        took = f"{self.seconds:,.1f} s" if self.seconds >= 2 else f"{self.seconds * 1000:,.1f} ms"
        slowest = f", slowest {self.slowest * 1000:,.0f}" if self.slowest is not None else ""
        sent = "" if self.statements is None else f"; {self.statements} statement{'s' if self.statements != 1 else ''}"
        return took + slowest + sent


def main() -> int:
    """Fill a database, measure, print the table, and write it into the documentation where asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learners", type=int, default=1_000_000)
    parser.add_argument("--responses", type=int, default=10_000_000)
    parser.add_argument("--sample", type=int, default=500, help="learners that are derived again (default: %(default)s)")
    parser.add_argument("--whole-night", action="store_true", help="let the calibration derive every learner again")
    parser.add_argument("--write", action="store_true", help=f"into {PAGE.relative_to(ROOT)}")
    options = parser.parse_args()
    each = max(1, options.responses // options.learners)
    small, large = (_at(learners, each, options) for learners in (max(READERS, options.learners // SMALLER), options.learners))
    text = "\n".join(_table(options.learners, each, small, large))
    print(text)
    if options.write:
        head, _mark, rest = PAGE.read_text(encoding="utf-8").partition(MARK)
        PAGE.write_text(f"{head}{MARK}\n{text}\n{END}{rest.partition(END)[2]}", encoding="utf-8")
    return 0


def _at(learners: int, each: int, options: argparse.Namespace) -> dict[str, Taken]:
    """All that is measured with so many learners, by what was done."""
    with tempfile.TemporaryDirectory() as folder, postgres.server(durable=True) as url:
        values = {"ACADEMY_DATA": folder, "ACADEMY_SECRET": secrets.token_hex(20), "ACADEMY_DATABASE_URL": url, "ACADEMY_LOG": "off"}
        settings = read_settings(values)
        site = open_site(settings)
        schema.migrate(site.database)
        registry.sync(site)
        print(f"filling in {learners:,} learners with {each} responses each", file=sys.stderr)
        filled, _ = _timed(lambda: _fill(site, learners, each))
        found = {"rows generated": Taken(filled)}
        for what, taken in _measured(settings, site, learners, min(options.sample, learners), options.whole_night):
            print(f"{what}: {taken}", file=sys.stderr)
            found[what] = taken
        site.database.dispose()
    return found


def _table(learners: int, each: int, small: dict[str, Taken], large: dict[str, Taken]) -> Iterator[str]:
    where = f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}"
    yield f"{datetime.now(UTC).date()}, {where}; {each} responses of each learner."
    yield ""
    yield f"| what | {max(READERS, learners // SMALLER):,} learners | {learners:,} learners | ratio |"
    yield "| --- | ---: | ---: | ---: |"
    yield from (f"| {what} | {small[what]} | {taken} | {taken.seconds / small[what].seconds:,.1f} |" for what, taken in large.items())


def _fill(site: Site, learners: int, each: int) -> None:
    """Rows made by the database itself, and its statistics of them."""
    with site.database.writing() as session:
        connection = session.connection()
        connection.execute(sa.text(_ITEMS))
        connection.execute(sa.text(_LESSONS))
        lessons = list(_lessons(site))
        connection.execute(sa.text("INSERT INTO lesson VALUES (:n, :course, :module, :slug, :quiz)"), lessons)
        items = connection.execute(sa.text("SELECT count(*) FROM bank")).scalar_one()
        weights = ability.to_bytes(ability.prior().weights)
        given = {"learners": learners, "each": each, "items": items, "skills": SKILLS_EACH, "weights": weights}
        given |= {"visits": VISITS_EACH, "lessons": len(lessons)}
        for statement in _FILL:
            text = sa.text(statement)
            connection.execute(text, {name: given[name] for name in text.compile().params})
    with site.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("ANALYZE"))


def _lessons(site: Site) -> Iterator[dict[str, object]]:
    """Every lesson with its module's quiz, numbered."""
    courses = site.courses.current.courses.values()
    found = [(course, module, slug) for course in courses for module in course.modules for slug in module.slugs]
    for number, (course, module, slug) in enumerate(found):
        quiz = module.quizzes[course.source_language].id
        yield {"n": number, "course": course.id, "module": module.id, "slug": slug, "quiz": quiz}


def _measured(settings: Settings, site: Site, learners: int, sample: int, whole_night: bool) -> Iterator[tuple[str, Taken]]:
    yield "`academy publish`", Taken(_timed(lambda: publish.publish(site, seed=1))[0])
    app = create_app(settings, site)
    people = [1 + number * (learners // READERS) for number in range(READERS)]
    clients = [_client(site, app.test_client(), f"s{number}@scale.example") for number in people]
    lesson = f"/es/courses/{product.COURSE}/{product.MODULE}/{product.LESSON}"
    yield "lesson page, first time", _each(site, [partial(one.get, lesson) for one in clients])
    yield "lesson page, again", _each(site, [partial(one.get, lesson) for one in clients])
    module = site.courses.current.courses[product.COURSE].modules[0]
    quiz = module.quizzes["es"]
    item = next(item for item in quiz.items if item.type in ("single", "truefalse"))
    numbers = [assess.start_attempt(site, person, product.COURSE, module.id, quiz) for person in people]
    addresses = [f"/es/attempts/{number}/{item.id}" for number in numbers]
    forms = [{"csrf_token": _TOKEN.findall(one.get(lesson).text)[0], "answer": right_answer(item)} for one in clients]
    answers = [partial(one.post, at, data=form) for one, at, form in zip(clients, addresses, forms, strict=True)]
    yield "answer recorded", _each(site, answers)
    manager = accounts.create_account(site, email="m@example.org", name="M", roles=("manager",))
    reader = _client(site, app.test_client(), manager.email)
    states = list(site.framework.states)[:READERS]
    yield "dashboard of a place, cold", _each(site, [partial(reader.get, f"{product.DASHBOARD}?state={one}") for one in states])
    yield "dashboard, warm", _each(site, [partial(reader.get, product.DASHBOARD)] * 20)
    with site.database.writing() as session:
        spent, _ = _timed(lambda: rebuild.rebuild_learners(site, session, range(1, sample + 1)))
    yield "rebuild, of one learner", Taken(spent / sample)
    yield "calibration of all skills, until learners are derived again", Taken(_timed(lambda: _calibrate(site, whole_night))[0])


class _Enough(Exception):
    """The night's work need not go on."""


def _calibrate(site: Site, whole_night: bool) -> None:
    def progress(_done: int, _all: int, what: str) -> None:
        if what == calibrate.DERIVING and not whole_night:
            raise _Enough

    with contextlib.suppress(_Enough):
        calibrate.calibrate(site, progress=progress)


def _client(site: Site, client: FlaskClient, email: str) -> FlaskClient:
    person = accounts.find_by_email(site, email)
    assert person is not None, "it was made"
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = sessions.begin(site, person), True
    return client


def _each(site: Site, acts: Sequence[Callable[[], TestResponse]]) -> Taken:
    done = [_timed(act) for act in acts[1:]]
    refused = [answer.status for _, answer in done if answer.status_code not in (200, 303)]
    if refused:
        raise RuntimeError(f"{len(refused)} of {len(done)} were refused: {refused[0]}")
    times = sorted(seconds for seconds, _ in done)
    return Taken(statistics.median(times), times[-1], _statements(site, acts[0]))


def _statements(site: Site, act: Callable[[], object]) -> int:
    """How many statements an act sends, those that were prepared among them."""
    sent = 0
    real = prepared.run

    def counted(*_: object) -> None:
        nonlocal sent
        sent += 1

    def run(connection: sa.Connection, statement: prepared.Statement, values: Mapping[str, object]) -> Sequence[object]:
        counted()
        return real(connection, statement, values)

    engines = (site.database.engine, site.database.selecting)
    modules: tuple[ModuleType, ...] = (prepared, evidence_rows, answering)  # they call it by their own name
    for engine in engines:
        sa.event.listen(engine, "before_cursor_execute", counted)
    for module in modules:
        vars(module)["run"] = run
    try:
        act()
    finally:
        for module in modules:
            vars(module)["run"] = real
        for engine in engines:
            sa.event.remove(engine, "before_cursor_execute", counted)
    return sent


def _timed(act: Callable[[], T]) -> tuple[float, T]:
    began = time.perf_counter()
    found = act()
    return time.perf_counter() - began, found


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
