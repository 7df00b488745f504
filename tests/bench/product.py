"""A database with learners, open attempts and a snapshot, and the requests that a browser would send."""

from __future__ import annotations

import http.client
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer

from academy.app import create_app
from academy.config import read_settings
from academy.services import accounts, assess, profiles, publish, registry, sessions
from academy.services.profiles import Profile
from academy.services.site import Site, open_site
from academy.store import schema
from tests.factories import right_answer

LEARNERS = 400
COURSE, MODULE, LESSON = "ai-threats", "1-attack-economics", "1-cheaper-attacks"
DASHBOARD = "/es/programs/gap"
ROLE = "PD-WRL-003"


@dataclass(frozen=True, slots=True)
class Learner:
    """A signed-in learner as a browser knows them: a cookie and a form token, and their open attempts."""

    cookie: str
    token: str
    attempts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the measurements need: cookies of learners and of a manager, the lesson's address and size, all lessons, questions to look at,
    and answers to send."""

    cookies: list[str]
    manager: str
    lesson: str
    lessons: list[str]
    page_bytes: int
    questions: list[bytes]
    answers: list[bytes]
    postgresql: bool


def prepare(environment: Mapping[str, str]) -> Prepared:
    """Learners with open attempts, the length of the lesson page, and one request for each answer they can still give."""
    settings = read_settings(dict(environment))
    site = open_site(settings)
    schema.migrate(site.database)
    registry.sync(site)
    app = create_app(settings, site)
    with site.database.together():
        learners = [_learner(site, app, settings.secret, number) for number in range(LEARNERS)]
        manager = accounts.create_account(site, email="m@example.org", name="M", roles=("manager",))
        cookie, _token = _cookie(app, settings.secret, sessions.begin(site, manager))
    publish.publish(site, seed=1)
    lesson = f"/es/courses/{COURSE}/{MODULE}/{LESSON}"
    client = app.test_client()
    client.set_cookie("academy", learners[0].cookie.removeprefix("academy="))
    length = len(client.get(lesson).data)
    answers = list(_answers(site, learners[1:]))  # the first one only reads: whoever ends a quiz sees another page
    postgresql = not site.database.sqlite
    site.database.dispose()
    questions = list(_questions(site, learners[1:]))
    return Prepared([one.cookie for one in learners], cookie, lesson, list(_lessons(site)), length, questions, answers, postgresql)


def _lessons(site: Site) -> Iterator[str]:
    for course in site.courses.current.courses.values():
        for module in course.modules:
            yield from (f"/es/courses/{course.id}/{module.id}/{slug}" for slug in module.slugs)


def get(path: str, cookie: str, tag: str = "") -> bytes:
    """A GET as bytes; `tag` names the page that the browser has already."""
    known = f"If-None-Match: {tag}\r\n" if tag else ""
    return f"GET {path} HTTP/1.1\r\nHost: academy.test\r\nCookie: {cookie}\r\n{known}\r\n".encode()


def post(path: str, cookie: str, body: str) -> bytes:
    """A POST of a form as bytes."""
    form = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}"
    return f"POST {path} HTTP/1.1\r\nHost: academy.test\r\nCookie: {cookie}\r\n{form}\r\n\r\n{body}".encode()


def entity_tag(port: int, request: bytes) -> str:
    """The tag of a page, asked for once."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    head = request.decode().split("\r\n")
    connection.request("GET", head[0].split(" ")[1], headers={"Cookie": head[2].partition(": ")[2]})
    return connection.getresponse().headers["ETag"]


def _learner(site: Site, app: Flask, secret: str, number: int) -> Learner:
    person = accounts.create_account(site, email=f"p{number}@example.org", name="P", roles=("learner",))
    profiles.change_profile(site, person.id, Profile("P", "es", "MX-NLE", "", ROLE))
    cookie, token = _cookie(app, secret, sessions.begin(site, person))
    return Learner(cookie, token, tuple(_start(site, person.id)))


def _cookie(app: Flask, secret: str, session: str) -> tuple[str, str]:
    """The cookie of a session and the token of its forms."""
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer is not None
    raw = secrets.token_hex(20)
    cookie = serializer.dumps({"_user_id": session, "_fresh": True, "csrf_token": raw})
    return f"academy={cookie}", str(URLSafeTimedSerializer(secret, salt="wtf-csrf-token").dumps(raw))


def _start(site: Site, person_id: int) -> Iterator[int]:
    for module in site.courses.current.courses[COURSE].modules:
        yield assess.start_attempt(site, person_id, COURSE, module.id, module.quizzes["es"])


def _questions(site: Site, learners: list[Learner]) -> Iterator[bytes]:
    """A look at each learner's question that is answered last."""
    item = site.courses.current.courses[COURSE].modules[-1].quizzes["es"].items[-1]
    for learner in learners:
        yield get(f"/es/attempts/{learner.attempts[-1]}/{item.id}", learner.cookie)


def _answers(site: Site, learners: list[Learner]) -> Iterator[bytes]:
    """Answer after answer, each by another learner than the one before."""
    course = site.courses.current.courses[COURSE]
    places = [(position, item) for position, module in enumerate(course.modules) for item in module.quizzes["es"].items]
    for position, item in places:
        for learner in learners:
            body = urlencode([("csrf_token", learner.token), *(("answer", value) for value in right_answer(item))])
            yield post(f"/es/attempts/{learner.attempts[position]}/{item.id}", learner.cookie, body)
