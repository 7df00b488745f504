"""What was refused comes to stand in the audit log: who and which page, and never without bound."""

from __future__ import annotations

import contextlib
import logging

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from academy.services import assess, audit, publish, second_factor, throttle
from academy.services.audit import Event
from academy.services.form_errors import FormError
from academy.services.site import Site
from academy.services.throttle import EVENTS, LIMITS
from academy.store import throttles
from tests.conftest import PASSWORD, Clock, add_person, client_of

ROOM = EVENTS["access-refused"]
NOT_HERS = "/en/programs/gap"


def events(site: Site, action: str = "access-refused") -> list[Event]:
    """Every event of this action, oldest first."""
    return audit.listing(site, action=action, limit=500)[0][::-1]


def test_a_page_for_other_roles_leaves_who_and_which(app: Flask, lena: FlaskClient, light_site: Site) -> None:
    ana = client_of(app, add_person(light_site, "ana", "learner", "educator"))
    assert lena.get(f"{NOT_HERS}?state=secret").status_code == 403
    assert ana.post("/en/admin/accounts/1/disable").status_code == 403
    first, second = events(light_site)
    assert (first.actor_name, first.details) == ("Lena", {"page": "programs.show_gap", "status": 403})
    assert (second.actor_name, second.details) == ("Ana", {"page": "admin.submit_disable", "status": 403})
    assert len(first.origin) == 16
    assert (first.subject, second.subject) == ("", "")
    assert audit.verify(light_site)[0] == []


def test_what_belongs_to_others_leaves_the_same_event_as_what_is_not_there(app: Flask, light_site: Site) -> None:
    owner, other = add_person(light_site, "owner", "learner"), client_of(app, add_person(light_site, "other", "learner"))
    course = light_site.courses.current.courses["ai-threats"]
    number = assess.start_attempt(light_site, owner.id, course.id, course.modules[0].id, course.modules[0].quizzes["es"])
    for address in (f"/en/attempts/{number}", f"/en/attempts/{number + 1}"):
        assert other.get(address).status_code == 404
    assert [(found.actor_name, found.details) for found in events(light_site)] == [
        ("Other", {"page": "quizzes.show_attempt", "status": 404})
    ] * 2


def test_what_is_refused_to_nobody_in_particular_leaves_none(
    stranger: FlaskClient, lena: FlaskClient, mo: FlaskClient, light_site: Site
) -> None:
    for client, address in ((stranger, NOT_HERS), (stranger, "/en/attempts/1"), (lena, "/en/nowhere"), (lena, "/en/courses/none")):
        assert client.get(address).status_code in (302, 404)
    assert mo.get("/en/programs/").status_code == 200
    assert events(light_site) == []


def test_a_page_that_is_kept_for_others_is_refused_and_noted_all_the_same(lena: FlaskClient, mo: FlaskClient, light_site: Site) -> None:
    publish.publish(light_site)
    for _ in range(2):
        assert mo.get(NOT_HERS).status_code == 200
        assert lena.get(NOT_HERS).status_code == 403
    assert len(events(light_site)) == 2


def test_nobody_fills_the_log_by_being_refused(app: Flask, lena: FlaskClient, light_site: Site, clock: Clock) -> None:
    for _ in range(ROOM.burst + 5):
        assert lena.get(NOT_HERS).status_code == 403
    assert len(events(light_site)) == ROOM.burst
    statements: list[str] = []
    event.listen(light_site.database.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    assert lena.get(NOT_HERS).status_code == 403
    assert statements
    assert all(statement.startswith("SELECT") for statement in statements), statements  # and wait for nobody who writes
    assert client_of(app, add_person(light_site, "ana", "learner")).get(NOT_HERS).status_code == 403
    assert len(events(light_site)) == ROOM.burst + 1  # nobody else's room is used up
    clock.forward(seconds=ROOM.seconds_each)
    for _ in range(3):
        assert lena.get(NOT_HERS).status_code == 403
    assert len(events(light_site)) == ROOM.burst + 2


def test_a_refusal_that_cannot_be_kept_stands(
    lena: FlaskClient, light_site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    monkeypatch.setattr(throttles, "locked", full)
    logging.getLogger("academy.app").addHandler(caplog.handler)
    assert lena.get(NOT_HERS).status_code == 403
    logging.getLogger("academy.app").removeHandler(caplog.handler)
    assert "a refused access was not kept" in caplog.text


def test_slowed_sign_ins_leave_one_event_an_hour(stranger: FlaskClient, light_site: Site, clock: Clock) -> None:
    lena, room = add_person(light_site, "lena", "learner", password=PASSWORD), LIMITS["sign-in", "account"]
    typed = {"email": "Lena@example.org", "password": "not hers 77"}
    for _ in range(room.burst):
        assert stranger.post("/en/sign-in", data=typed).status_code == 422
    assert events(light_site, "throttled") == []
    for _ in range(6):
        assert stranger.post("/en/sign-in", data=typed).status_code == 429
    (found,) = events(light_site, "throttled")
    assert (found.actor, found.subject_id, found.details) == (audit.STRANGER, lena.id, {"kind": "sign-in", "by": "account"})
    assert len(found.origin) == 16
    clock.forward(hours=1)
    for _ in range(room.burst + 6):
        stranger.post("/en/sign-in", data=typed)
    assert len(events(light_site, "throttled")) == 2


def test_a_slowed_network_address_leaves_one_event_for_all_accounts(light_site: Site) -> None:
    for number in range(LIMITS["sign-in", "address"].burst + 20):
        with contextlib.suppress(throttle.Throttled):
            throttle.charge(light_site, "sign-in", account=f"p{number}@example.org", address="192.0.2.1", whose=f"p{number}@example.org")
    (found,) = events(light_site, "throttled")
    assert (found.subject, found.details) == ("", {"kind": "sign-in", "by": "address"})


def test_slowed_codes_and_passwords_leave_an_event(light_site: Site) -> None:
    lena = add_person(light_site, "lena", "learner", password=PASSWORD)
    for _ in range(LIMITS["code", "account"].burst):
        assert not second_factor.check(light_site, lena.id, "123456", address="192.0.2.7")
    for _ in range(3):
        with pytest.raises(throttle.Throttled):
            second_factor.check(light_site, lena.id, "123456", address="192.0.2.7")
    for _ in range(LIMITS["password", "account"].burst + 3):
        with pytest.raises((throttle.Throttled, FormError)):
            second_factor.begin(light_site, lena.id, password="not hers 77")
    found = events(light_site, "throttled")
    assert [(one.subject_id, one.details["kind"]) for one in found] == [(lena.id, "code"), (lena.id, "password")]
