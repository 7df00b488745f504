"""Fixtures: a site on both databases with a clock of its own, and one client for each kind of user."""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import functools
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings

from academy.app import create_app
from academy.config import ROOT, read_settings
from academy.core.framework import Framework
from academy.services import accounts, registry, sessions
from academy.services.accounts import Person
from academy.services.mail import Mailer
from academy.services.site import Site
from academy.store import schema
from academy.store.course_files import CourseLibrary
from academy.store.db import Database
from academy.store.reference_files import load_framework
from academy.web.assets import build_assets
from academy.web.requests import EXTENSION
from tests import post_office as smtp
from tests import postgres
from tests.reliability.product import Product

# The machine may be busy: how long an example takes says nothing about the product. Every run tries the same examples, so that a
# red run is about the change; HYPOTHESIS_PROFILE=explore tries new ones, and what it finds is kept as an @example.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.register_profile("explore", settings.get_profile("steady"), derandomize=False, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

START = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
PASSWORD = "mango con chile 7"


class Clock:
    """A clock that moves only when told to."""

    def __init__(self, now: datetime = START) -> None:
        self.time = now

    def __call__(self) -> datetime:
        return self.time

    def forward(self, **duration: float) -> None:
        """Let time pass."""
        self.time += timedelta(**duration)


@pytest.fixture(scope="session")
def framework() -> Framework:
    """The reference facts that we ship."""
    found, problems = load_framework()
    assert problems == ()
    return found


@pytest.fixture(scope="session")
def real_courses(framework: Framework) -> CourseLibrary:
    """The courses that we ship, parsed once."""
    return CourseLibrary([ROOT / "courses"], frozenset(framework.skills), known_roles=frozenset(framework.roles))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory, real_courses: CourseLibrary, framework: Framework) -> Path:
    """A SQLite database with the present schema and the items of the real courses."""
    path = tmp_path_factory.mktemp("template") / "empty.db"
    database = Database(f"sqlite:///{path}")
    schema.migrate(database)
    _site(database, real_courses, framework, Clock())
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_url(real_courses: CourseLibrary, framework: Framework) -> Iterator[str]:
    """A PostgreSQL with a database `template_academy`: the present schema and the items of the real courses."""
    with postgres.server() as url:
        _sql(url, "CREATE DATABASE template_academy")
        database = Database(url.replace("/postgres?", "/template_academy?"))
        schema.migrate(database)
        _site(database, real_courses, framework, Clock())
        database.dispose()
        yield url


@pytest.fixture
def new_database(sqlite_template: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[[str], Database]]:
    """Makes fresh databases with the present schema, of the kind "sqlite" or "postgresql"."""
    with _databases(request, tmp_path, "academy", sqlite=sqlite_template, postgresql="template_academy") as make:
        yield make


@pytest.fixture
def empty_database(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[[str], Database]]:
    """Makes databases without any table, of the kind "sqlite" or "postgresql"."""
    with _databases(request, tmp_path, "empty") as make:
        yield make


@contextlib.contextmanager
def _databases(
    request: pytest.FixtureRequest, folder: Path, name: str, *, sqlite: Path | None = None, postgresql: str = "template1"
) -> Iterator[Callable[[str], Database]]:
    """Makes databases after templates of either kind, and closes them in the end."""
    made: list[Database] = []

    def make(kind: str) -> Database:
        if kind == "sqlite":
            path = folder / f"{name}-{len(made)}.db"
            if sqlite is not None:
                shutil.copyfile(sqlite, path)
            made.append(Database(f"sqlite:///{path}"))
        else:
            url: str = request.getfixturevalue("postgres_url")
            called = f"{name}_{abs(hash((str(folder), len(made)))):x}"
            _sql(url, f"CREATE DATABASE {called} TEMPLATE {postgresql}")
            made.append(Database(url.replace("/postgres?", f"/{called}?")))
        return made[-1]

    yield make
    for database in made:
        database.dispose()


@pytest.fixture
def start_product(tmp_path: Path, new_database: Callable[[str], Database]) -> Iterator[Callable[..., Product]]:
    """Makes a product on a fresh database of the kind "sqlite" or "postgresql"."""
    made: list[Product] = []

    def start(kind: str, **settings: str) -> Product:
        made.append(Product(tmp_path, new_database(kind).url, settings))
        return made[-1]

    yield start
    for product in made:
        product.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(new_database: Callable[[str], Database], request: pytest.FixtureRequest) -> Database:
    """A fresh database; every test that uses it runs on both kinds."""
    return new_database(request.param)


@pytest.fixture
def clock() -> Clock:
    """The site's clock."""
    return Clock()


@pytest.fixture
def site(database: Database, real_courses: CourseLibrary, framework: Framework, clock: Clock) -> Site:
    """A site with the real courses on both kinds of database."""
    return _site(database, real_courses, framework, clock)


@pytest.fixture
def light_site(new_database: Callable[[str], Database], real_courses: CourseLibrary, framework: Framework, clock: Clock) -> Site:
    """A site on SQLite only, for what does not touch the database's kind: pages."""
    return _site(new_database("sqlite"), real_courses, framework, clock)


@pytest.fixture
def post_office() -> Iterator[tuple[str, list[bytes]]]:
    """An SMTP server on this machine: its address and the mails it took."""
    with smtp.opened() as found:
        yield found


@pytest.fixture
def mail_site(light_site: Site, post_office: tuple[str, list[bytes]]) -> Site:
    """A site that can send mail."""
    return dataclasses.replace(light_site, mailer=Mailer(post_office[0], "academy@example.org", "https://academy.example.org"))


@pytest.fixture
def app(light_site: Site, tmp_path: Path) -> Flask:
    """The web application."""
    return make_app(light_site, tmp_path)


@pytest.fixture
def stranger(app: Flask) -> FlaskClient:
    """Nobody in particular."""
    return app.test_client()


@pytest.fixture
def lena(app: Flask, light_site: Site) -> FlaskClient:
    """A learner."""
    return client_of(app, add_person(light_site, "lena", "learner"))


@pytest.fixture
def ed(app: Flask, light_site: Site) -> FlaskClient:
    """An educator."""
    return client_of(app, add_person(light_site, "ed", "educator"))


@pytest.fixture
def mo(app: Flask, light_site: Site) -> FlaskClient:
    """A programme manager."""
    return client_of(app, add_person(light_site, "mo", "manager"))


@pytest.fixture
def ada(app: Flask, light_site: Site) -> FlaskClient:
    """An admin."""
    return client_of(app, add_person(light_site, "ada", "admin"))


@functools.cache
def _assets() -> Path:
    """The static files as they are published, compressed once for all tests."""
    folder = Path(tempfile.mkdtemp(prefix="academy-assets-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    build_assets(ROOT / "static", folder)
    return folder


def make_app(site: Site, data: Path, **environment: str) -> Flask:
    """The application on a site, without CSRF tokens so that forms can be posted directly."""
    settings = read_settings({"ACADEMY_DATA": str(data), "ACADEMY_SECRET": "s" * 40, **environment})
    if not (data / "assets").exists():
        shutil.copytree(_assets(), data / "assets")
    application = create_app(settings, site)
    application.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    return application


def add_person(site: Site, name: str, *roles: str, password: str = "") -> Person:
    """An account called like its address."""
    return accounts.create_account(site, email=f"{name}@example.org", name=name.title(), roles=roles, language="en", password=password)


def client_of(app: Flask, person: Person) -> FlaskClient:
    """A client signed in as this person."""
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = sessions.begin(app.extensions[EXTENSION], person, device="Firefox, Linux")
        session["_fresh"] = True
    return client


def fix_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pages and attempts draw the same tokens each time; people keep keys of their own in the audit log."""
    drawn = secrets.token_hex

    def token(length: int = 32) -> str:
        asked_by = sys._getframe(1).f_globals["__name__"]
        return drawn(length) if asked_by == "academy.store.audit" else "0" * 2 * length

    monkeypatch.setattr(secrets, "token_hex", token)


def sign_in(client: FlaskClient, email: str, password: str = PASSWORD) -> None:
    """Sign in as people do."""
    response = client.post("/en/sign-in", data={"email": email, "password": password})
    assert response.status_code == 303, response.text


def with_courses(site: Site, courses: CourseLibrary) -> Site:
    """The site with other courses, their items registered."""
    changed = dataclasses.replace(site, courses=courses)
    registry.sync(changed)
    return changed


def _site(database: Database, courses: CourseLibrary, framework: Framework, clock: Clock) -> Site:
    site = Site(database=database, courses=courses, framework=framework, now=clock)
    registry.sync(site)
    return site


def _sql(url: str, statement: str) -> None:
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql"), autocommit=True) as connection:
        connection.execute(statement)
