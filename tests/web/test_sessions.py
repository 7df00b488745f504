"""Sessions: a row each, listed, ended one by one and all, renewed when it matters, over by themselves in the end."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, text

from academy.services import role_grants, sessions
from academy.services.accounts import Person
from academy.services.site import Site
from academy.store.db import Database
from tests.conftest import PASSWORD, Clock, add_person, client_of, make_app, sign_in

PHONE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36"
PAGE = "/en/account/security"


def token_of(client: FlaskClient) -> str:
    with client.session_transaction() as session:
        return str(session["_user_id"])


def is_in(client: FlaskClient) -> bool:
    return client.get("/en/account").status_code == 200


def test_a_session_is_found_by_its_token_on_both_databases(site: Site, clock: Clock) -> None:
    lena = add_person(site, "lena", "learner", "educator")
    token = sessions.begin(site, lena, device="Firefox, Linux")
    visit = sessions.find(site, token)
    assert visit is not None
    assert (visit.person, visit.second_factor, visit.stale) == (lena, False, False)
    assert sessions.find(site, token[:-1]) is None
    assert sessions.find(site, "") is None
    assert [(device.name, device.is_this) for device in sessions.listing(site, lena.id, token)] == [("Firefox, Linux", True)]
    renewed = sessions.renew(site, token)
    assert {len(token), len(renewed)} == {43}  # 256 bits, six a letter
    assert sessions.find(site, token) is None
    assert sessions.find(site, renewed) is not None
    assert sessions.renew(site, token) == token  # it has ended
    others = [sessions.begin(site, lena) for _ in range(3)]
    assert sessions.revoke_others(site, lena.id, renewed) == 3
    assert not any(sessions.find(site, other) for other in others)


def test_one_query_a_request(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    token = sessions.begin(site, add_person(site, "lena", "learner", "educator"))
    statements: list[object] = []
    select = Database.select
    monkeypatch.setattr(Database, "select", lambda *given: statements.append(given[1]) or select(*given))  # type: ignore[func-returns-value]
    event.listen(site.database.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    assert sessions.find(site, token)
    assert len(statements) == 1, statements


def test_only_digests_are_kept(lena: FlaskClient, light_site: Site) -> None:
    with light_site.database.reading() as session:
        rows = session.execute(text("SELECT * FROM usersession")).all()
    assert len(rows) == 1
    assert token_of(lena) not in str(rows)


def test_signing_in_begins_another_session_and_ends_the_one_before(stranger: FlaskClient, light_site: Site) -> None:
    person = add_person(light_site, "lena", "learner", password=PASSWORD)
    sign_in(stranger, person.email)
    first = token_of(stranger)
    sign_in(stranger, person.email)
    assert token_of(stranger) != first
    assert sessions.find(light_site, first) is None


def test_a_token_that_a_stranger_chose_is_not_taken_over(stranger: FlaskClient, light_site: Site) -> None:
    person = add_person(light_site, "lena", "learner", password=PASSWORD)
    with stranger.session_transaction() as session:
        session["_user_id"] = "chosen"
    assert not is_in(stranger)
    sign_in(stranger, person.email)
    assert token_of(stranger) != "chosen"


def test_signing_out_ends_the_session_and_not_only_the_cookie(lena: FlaskClient, light_site: Site) -> None:
    token = token_of(lena)
    assert lena.post("/en/sign-out").headers["Clear-Site-Data"] == '"cache", "storage"'
    assert sessions.find(light_site, token) is None


def test_changed_roles_give_every_session_another_token(app: Flask, light_site: Site) -> None:
    person = add_person(light_site, "lena", "learner")
    phone, laptop = client_of(app, person), client_of(app, person)
    before = {token_of(phone), token_of(laptop)}
    for change in (role_grants.grant, role_grants.revoke):
        change(light_site, person.id, "educator", by=None)
        assert is_in(phone)
        assert is_in(laptop)
        after = {token_of(phone), token_of(laptop)}
        assert not after & before
        assert not any(sessions.find(light_site, token) for token in before)
        before = after


def test_the_page_lists_devices_and_ends_one(app: Flask, light_site: Site) -> None:
    person = add_person(light_site, "lena", "learner", password=PASSWORD)
    here, phone = client_of(app, person), app.test_client()
    phone.post("/en/sign-in", data={"email": person.email, "password": PASSWORD}, headers={"User-Agent": PHONE})
    page = here.get(PAGE).text
    assert "Chrome, Android" in page
    assert page.count("this one") == 1
    (handle,) = re.findall(r'name="session" value="([0-9a-f]{64})"', page)
    assert here.post(f"{PAGE}/sessions", data={"session": handle}).status_code == 303
    assert not is_in(phone)
    assert is_in(here)
    assert here.post(f"{PAGE}/sessions", data={"session": handle}).status_code == 404


def test_signing_out_everywhere_else(app: Flask, light_site: Site) -> None:
    person = add_person(light_site, "lena", "learner")
    here, *others = (client_of(app, person) for _ in range(4))
    stays = client_of(app, add_person(light_site, "ana", "learner"))
    answer = here.post(f"{PAGE}/sessions", data={"session": "others"}, follow_redirects=True)
    assert "3 other devices are signed out" in answer.text
    assert is_in(here)
    assert not any(is_in(other) for other in others)
    assert is_in(stays)


def test_nobody_ends_the_session_of_another(lena: FlaskClient, app: Flask, light_site: Site) -> None:
    ana = add_person(light_site, "ana", "learner")
    token = sessions.begin(light_site, ana)
    (device,) = sessions.listing(light_site, ana.id, token)
    for handle in (device.handle, "", "none"):
        assert lena.post(f"{PAGE}/sessions", data={"session": handle}).status_code == 404
    assert sessions.find(light_site, token)


def test_a_session_ends_by_disuse_and_by_age(light_site: Site, clock: Clock) -> None:
    lena, mo = add_person(light_site, "lena", "learner"), add_person(light_site, "mo", "manager")
    for person, idle, lifetime in ((lena, sessions.IDLE, sessions.LIFETIME), (mo, sessions.STAFF_IDLE, sessions.STAFF_LIFETIME)):
        unused, used = _begin(light_site, person), _begin(light_site, person)
        begun = clock.time
        while clock.time + idle / 2 <= begun + lifetime:
            clock.time += idle / 2
            assert sessions.find(light_site, used)
        assert not sessions.find(light_site, unused)
        clock.time = begun + lifetime
        clock.forward(seconds=1)
        assert not sessions.find(light_site, used)
        assert sessions.listing(light_site, person.id, used) == []


def test_the_cookies_are_for_this_site_alone(light_site: Site, tmp_path: Path) -> None:
    person = add_person(light_site, "lena", "learner", password=PASSWORD)
    plain, secure = (make_app(light_site, tmp_path, ACADEMY_HTTPS=https).test_client() for https in ("no", "yes"))
    for client, base in ((plain, "http://localhost"), (secure, "https://localhost")):
        answer = client.post("/en/sign-in", data={"email": person.email, "password": PASSWORD}, base_url=base)
        cookies = answer.headers.getlist("Set-Cookie")
        assert {cookie.partition("=")[0] for cookie in cookies} == {"academy" if client is plain else "__Host-academy", "device"}
        for cookie in cookies:
            assert "HttpOnly" in cookie
            assert "SameSite=Lax" in cookie
            assert "Path=/" in cookie
            assert "Domain" not in cookie
            assert ("Secure" in cookie) == (client is secure)


def test_the_cookie_that_knows_a_browser_lets_nobody_in(app: Flask, stranger: FlaskClient, light_site: Site) -> None:
    person = add_person(light_site, "lena", "learner", password=PASSWORD)
    sign_in(stranger, person.email)
    cookie = stranger.get_cookie("device")
    assert cookie is not None
    other = app.test_client()
    other.set_cookie("device", cookie.value)
    assert not is_in(other)
    assert other.post("/en/sign-in", data={"email": person.email, "password": "wrong mango 7"}).status_code == 422


def _begin(site: Site, person: Person) -> str:
    return sessions.begin(site, person)
