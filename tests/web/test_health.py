"""For machines that watch: health, readiness part by part, metrics for those who may, a log line without anybody in it."""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import io
import json
import logging
import os
import re
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from sqlalchemy import text

from academy.config import SettingError, read_settings
from academy.services import assess, one_time_links
from academy.services.site import Site
from academy.store.course_files import CourseLibrary
from academy.store.db import Database
from academy.web import request_log
from academy.web.short_pages import ShortPages
from tests.conftest import PASSWORD, add_person, client_of, make_app
from tests.reliability.product import Product

COURSE, MODULE = "ai-threats", "1-attack-economics"
TOKEN = "a-token-for-metrics"


def counted(page: str, name: str, **labels: str) -> float:
    """One counter's value on the page of metrics; 0 where it is not there."""
    for line in page.splitlines():
        if line.startswith(name + "{") and all(f'{label}="{value}"' in line for label, value in labels.items()):
            return float(line.rpartition(" ")[2])
    return 0.0


def test_all_is_well(stranger: FlaskClient) -> None:
    assert stranger.get("/healthz").json == {"status": "ok"}
    found = stranger.get("/readyz")
    assert (found.status_code, found.json) == (200, {"status": "ok", "parts": {"database": "ok", "migrations": "ok", "courses": "ok"}})


def test_each_part_that_fails_is_named(light_site: Site, tmp_path: Path) -> None:
    none = CourseLibrary([tmp_path / "nothing"], frozenset())
    app = make_app(light_site, tmp_path)

    def parts(**changed: Any) -> tuple[int, dict[str, str]]:
        app.extensions["academy"] = dataclasses.replace(light_site, **changed)
        found = app.test_client().get("/readyz")
        return found.status_code, found.json["parts"]  # type: ignore[index]  # the JSON is an object

    assert parts(courses=none) == (503, {"database": "ok", "migrations": "ok", "courses": "failed"})
    gone = Database(f"sqlite:///{tmp_path}/nowhere/academy.db")
    assert parts(database=gone) == (503, {"database": "failed", "migrations": "unknown", "courses": "ok"})
    with light_site.database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert parts() == (503, {"database": "ok", "migrations": "failed", "courses": "ok"})
    assert app.test_client().get("/healthz").status_code == 200


def test_metrics_count_requests_answers_and_errors(app: Flask, light_site: Site) -> None:
    person = add_person(light_site, "lena", "learner")
    lena = client_of(app, person)
    before = lena.get("/metrics").text
    quiz = light_site.courses.current.courses[COURSE].modules[0].quizzes["es"]
    number = assess.start_attempt(light_site, person.id, COURSE, MODULE, quiz)
    assert lena.post(f"/es/attempts/{number}/{quiz.items[0].id}", data={"skip": "1"}).status_code == 303
    lena.get("/en/courses")
    lena.get("/nowhere")
    after = lena.get("/metrics").text
    for name, labels in (
        ("academy_requests_total", {"endpoint": "learn.show_catalogue", "method": "GET", "status": "200"}),
        ("academy_requests_total", {"endpoint": "none", "method": "GET", "status": "404"}),
        ("academy_request_seconds_count", {"endpoint": "learn.show_catalogue"}),
        ("academy_answers_total", {"endpoint": "quizzes.submit_item"}),
    ):
        assert counted(after, name, **labels) == counted(before, name, **labels) + 1, name
    assert "lena" not in after


def test_without_a_token_metrics_are_for_this_machine(stranger: FlaskClient) -> None:
    assert stranger.get("/metrics").status_code == 200
    assert stranger.get("/metrics", environ_base={"REMOTE_ADDR": "::1"}).status_code == 200
    assert stranger.get("/metrics", environ_base={"REMOTE_ADDR": "10.0.0.7"}).status_code == 404
    for header in ("X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "X-Real-IP", "Via"):  # through a proxy on this machine
        assert stranger.get("/metrics", headers={header: "127.0.0.1"}).status_code == 404
    for host, status in (("127.0.0.1:8000", 200), ("[::1]:8000", 200), ("academy.example.org", 404)):
        assert stranger.get("/metrics", headers={"Host": host}).status_code == status


def test_with_a_token_metrics_are_for_whoever_brings_it(light_site: Site, tmp_path: Path) -> None:
    client = make_app(light_site, tmp_path, ACADEMY_METRICS_TOKEN=TOKEN).test_client()
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}x"}).status_code == 404
    found = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, environ_base={"REMOTE_ADDR": "10.0.0.7"})
    assert found.status_code == 200
    assert found.headers["Cache-Control"] == "no-store"


def test_workers_count_together(start_product: Callable[..., Product], tmp_path: Path) -> None:
    folder = tmp_path / "counters"
    folder.mkdir()
    product = start_product("sqlite", PROMETHEUS_MULTIPROC_DIR=str(folder))
    product.start()
    for _ in range(12):
        assert product.request("GET", "/es/glossary").status == 200
    page = product.request("GET", "/metrics").text
    assert counted(page, "academy_requests_total", endpoint="lookup.show_glossary") == 12
    assert len(list(folder.glob("counter_*.db"))) == 2


def logged(app: Flask, client: FlaskClient, method: str, path: str, **options: Any) -> tuple[Any, list[str]]:
    """An answer, and the lines that it left."""
    errors = io.StringIO()
    answer = client.open(path, method=method, errors_stream=errors, **options)
    return answer, errors.getvalue().splitlines()


def test_a_request_leaves_one_line_of_json_without_anybody_in_it(light_site: Site, tmp_path: Path) -> None:
    app = make_app(light_site, tmp_path, ACADEMY_LOG="json")
    person = add_person(light_site, "lena", "learner", password=PASSWORD)
    answer, lines = logged(
        app, app.test_client(), "POST", "/en/sign-in?next=/en/search%3Fq%3Dsecret", data={"email": "lena@example.org", "password": PASSWORD}
    )
    assert answer.status_code == 303
    assert len(lines) == 1
    line = json.loads(lines[0])
    assert line.keys() == {"time", "level", "request", "method", "endpoint", "status", "ms"}
    assert (line["level"], line["method"], line["endpoint"], line["status"]) == ("info", "POST", "account.submit_sign_in", 303)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])
    assert answer.headers["X-Request-ID"] == line["request"]
    assert not any(word in lines[0].lower() for word in ("lena", "example.org", "secret", "127.0.0.1", person.name.lower()))


def test_one_time_links_are_not_logged(light_site: Site, tmp_path: Path) -> None:
    token = one_time_links.reset_link(light_site, add_person(light_site, "lena", "learner").id)
    app = make_app(light_site, tmp_path, ACADEMY_LOG="text")
    answer, lines = logged(app, app.test_client(), "GET", f"/en/reset/{token}")
    assert answer.status_code == 200
    assert len(lines) == 1
    assert "account.show_reset 200" in lines[0]
    assert token not in lines[0]


@pytest.mark.parametrize(
    ("https", "given", "kept"), [("yes", "abcd-1234.x", True), ("yes", "a b\x7f", False), ("no", "abcd-1234.x", False)]
)
def test_only_a_proxy_names_requests(light_site: Site, tmp_path: Path, https: str, given: str, kept: bool) -> None:
    client = make_app(light_site, tmp_path, ACADEMY_HTTPS=https).test_client()
    found = client.get("/healthz", headers={"X-Request-ID": given}).headers["X-Request-ID"]
    assert (found == given) is kept
    assert re.fullmatch(r"[A-Za-z0-9._-]{8,64}", found)


def test_an_error_is_logged_with_its_reference_and_without_values(
    light_site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(light_site, tmp_path, ACADEMY_LOG="json")
    app.testing = False

    def fail(*_: object, **__: object) -> None:
        with light_site.database.writing() as session:
            session.execute(text("INSERT INTO account (email) VALUES (:email)"), {"email": "lena@example.org"})

    monkeypatch.setitem(app.view_functions, "learn.show_catalogue", fail)
    answer, lines = logged(app, app.test_client(), "GET", "/en/courses")
    assert answer.status_code == 500
    failure, request = (json.loads(line) for line in lines)
    assert failure["reference"] in answer.text
    assert failure["request"] == request["request"] == answer.headers["X-Request-ID"]
    assert (failure["level"], request["level"], request["status"]) == ("error", "error", 500)
    assert "IntegrityError" in failure["error"]
    assert any("test_health.py" in frame for frame in failure["trace"])
    assert "lena" not in "".join(lines)


def test_an_error_after_the_page_names_no_address(light_site: Site, tmp_path: Path) -> None:
    token = one_time_links.reset_link(light_site, add_person(light_site, "lena", "learner").id)
    app = make_app(light_site, tmp_path, ACADEMY_LOG="json")
    app.testing = False

    @app.after_request
    def _fail(_response: Response) -> NoReturn:
        raise ValueError("lena@example.org is odd")

    answer, lines = logged(app, app.test_client(), "GET", f"/en/reset/{token}")
    assert answer.status_code == 500
    assert "builtins.ValueError" in {json.loads(line).get("error") for line in lines}
    assert not any(word in "".join(lines) for word in (token, "lena"))


class Unreadable:
    """A value that cannot be told, nor written as JSON."""

    def __str__(self) -> NoReturn:
        raise AttributeError("nothing to say")


def test_a_line_that_cannot_be_made_or_written_fails_no_request(light_site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_app(light_site, tmp_path, ACADEMY_LOG="json")
    odd = (("%d of %d, said %s", 1, "two"), ("said %s", Unreadable()))

    @app.before_request
    def _log() -> None:
        for said in odd:
            app.logger.warning(*said)
        app.logger.warning("not told", extra={"cause": Unreadable()})

    answer, lines = logged(app, app.test_client(), "GET", "/en/courses")
    assert answer.status_code == 200
    assert [json.loads(line).get("message") for line in lines] == [*(said[0] for said in odd), None]
    closed = io.StringIO()
    closed.close()
    assert app.test_client().open("/en/courses", errors_stream=closed).status_code == 200
    monkeypatch.setattr(sys, "stderr", None)
    logging.getLogger("academy.requests").handlers[0].handle(logging.makeLogRecord({"msg": "nobody hears it"}))
    request_log.tell("abcd-1234", "learn.show_catalogue", "GET", 200, 0.1)


def test_an_error_before_flask_is_a_line_and_the_page_comes_all_the_same(
    light_site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> NoReturn:
        raise ValueError("lena@example.org is odd")

    monkeypatch.setattr(ShortPages, "answer", fail)
    app = make_app(light_site, tmp_path, ACADEMY_LOG="json")
    app.testing = False
    assert app.test_client().get("/en/courses").status_code == 200
    line = capsys.readouterr().err
    failure = json.loads(line.splitlines()[0])
    assert (failure["level"], failure["error"]) == ("error", "builtins.ValueError")
    assert any("test_health.py" in frame for frame in failure["trace"])
    assert "lena" not in line


def test_every_line_of_a_server_is_json(start_product: Callable[..., Product]) -> None:
    product = start_product("sqlite", ACADEMY_LOG="json")
    product.start()
    assert product.request("GET", "/es/glossary").status == 200
    os.kill(_worker_of(product.group), signal.SIGKILL)
    end = time.monotonic() + 30
    while time.monotonic() < end and not product.said("Unexpected exit"):
        with contextlib.suppress(OSError, http.client.HTTPException):
            product.request("GET", "/healthz")
    lines = [json.loads(line) for line in Path(product.log.name).read_text().splitlines()]
    assert {line["endpoint"] for line in lines if "endpoint" in line} == {"health.show_health", "lookup.show_glossary"}
    assert [line["level"] for line in lines if "Unexpected exit" in line.get("message", "")] == ["error"]


def _worker_of(server: int) -> int:
    """The number of a process that a server started to answer requests."""
    return int(Path(f"/proc/{server}/task/{server}/children").read_text().split()[0])


def test_errors_are_logged_when_requests_are_not(light_site: Site, tmp_path: Path) -> None:
    app = make_app(light_site, tmp_path, ACADEMY_LOG="off")
    app.testing = False
    assert logged(app, app.test_client(), "GET", "/en/courses")[1] == []

    def fail() -> NoReturn:
        logging.getLogger("academy.services.invitations").error("a mail failed")
        raise ValueError("lena@example.org is odd")

    app.view_functions["learn.show_catalogue"] = fail
    lines = logged(app, app.test_client(), "GET", "/en/courses")[1]
    mail, failure, request = (json.loads(line) for line in lines)
    assert mail["message"] == "a mail failed"
    assert failure["error"] == "builtins.ValueError"
    assert any("test_health.py" in frame for frame in failure["trace"])
    assert request["status"] == 500
    assert "lena" not in "".join(lines)


@pytest.mark.parametrize("setting", [{"ACADEMY_LOG": "xml"}, {"ACADEMY_METRICS_TOKEN": "short"}])
def test_malformed_settings_are_refused(setting: dict[str, str]) -> None:
    with pytest.raises(SettingError, match=next(iter(setting))):
        read_settings(setting)
