"""Signing up where mail can be sent: the page says the same of every address, and the mail says which it is to whom it belongs."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from academy.services import accounts, audit, sign_up
from academy.services.mail import later
from academy.services.site import Site
from academy.services.throttle import LIMITS
from tests.conftest import PASSWORD, Clock, add_person, make_app, sign_in
from tests.post_office import read

NEW = {"email": "ana@example.org", "password": PASSWORD, "name": "Ana"}


@pytest.fixture
def client(mail_site: Site, tmp_path: Path) -> FlaskClient:
    """A stranger on a site that can send mail."""
    return make_app(mail_site, tmp_path).test_client()


def ask(client: FlaskClient, address: str, language: str = "en", wanted: str = "") -> str:
    """Ask for an account; the page without its form token."""
    answer = client.post(f"/{language}/sign-up", data=NEW | {"email": address, "next": wanted})
    assert answer.status_code == 200
    later.finish()
    return re.sub(r'name="csrf_token" value="[^"]*"', "", answer.text)


def link_of(raw: bytes) -> str:
    (link,) = re.findall(r"https://academy\.example\.org(/\w\w/sign-up/\S+)", read(raw)[1])
    return str(link)


def test_a_new_address_gets_a_link_that_makes_its_account(
    client: FlaskClient, mail_site: Site, post_office: tuple[str, list[bytes]]
) -> None:
    assert 'name="password"' not in client.get("/es/sign-up").text
    assert "Revisa tu correo" in ask(client, " Ana@Example.org ", "es")
    assert accounts.listing(mail_site)[1] == 0
    (raw,) = post_office[1]
    mail, text = read(raw)
    assert (mail["To"], mail["Subject"]) == ("ana@example.org", "Tu cuenta en Academy")
    assert "no existe ninguna cuenta" in text
    link = link_of(raw)
    assert "ana" not in link
    assert client.get(link).status_code == 200
    answer = client.post(link, data=NEW)
    assert (answer.status_code, answer.location) == (303, "/es/account")
    found = accounts.find_by_email(mail_site, "ana@example.org")
    assert found is not None
    assert (found.name, found.roles, found.language) == ("Ana", frozenset({"learner"}), "es")
    assert [made.subject_id for made in audit.listing(mail_site, action="account-made")[0]] == [found.id]
    answer = client.post(link, data=NEW)
    assert answer.status_code == 422
    assert accounts.listing(mail_site)[1] == 1


def test_an_address_with_an_account_gets_a_mail_that_says_so(
    client: FlaskClient, mail_site: Site, post_office: tuple[str, list[bytes]]
) -> None:
    add_person(mail_site, "lena", "learner", password=PASSWORD)
    ask(client, "LENA@example.org", "es")
    mail, text = read(post_office[1][0])
    assert (mail["To"], mail["Subject"]) == ("lena@example.org", "Your account at Academy")  # in her language, not the page's
    assert "https://academy.example.org/en/sign-in\n" in text
    assert "https://academy.example.org/en/forgotten\n" in text
    assert "/sign-up/" not in text
    sign_in(client, "lena@example.org")


def test_the_page_says_the_same_of_every_address(client: FlaskClient, mail_site: Site, post_office: tuple[str, list[bytes]]) -> None:
    add_person(mail_site, "lena", "learner", password=PASSWORD)
    accounts.disable(mail_site, add_person(mail_site, "dora", "learner", password=PASSWORD).id)
    assert len({ask(client, f"{name}@example.org") for name in ("lena", "nobody", "dora")}) == 1
    assert sorted(read(raw)[0]["To"] for raw in post_office[1]) == ["lena@example.org", "nobody@example.org"]
    for name in ("lena", "nobody"):
        for _ in range(LIMITS["sign-up", "account"].burst):
            last = client.post("/en/sign-up", data={"email": f"{name}@example.org"})
        assert last.status_code == 429


def test_known_and_unknown_addresses_cost_the_answer_the_same_work(client: FlaskClient, mail_site: Site) -> None:
    add_person(mail_site, "lena", "learner", password=PASSWORD)
    work: dict[str, list[str]] = {}
    here = threading.get_ident()

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if threading.get_ident() == here:  # what comes after the answer is done by another
            work[name].append(statement)

    event.listen(mail_site.database.engine, "before_cursor_execute", note)
    for name in ("warm", "lena", "nobody"):
        work[name] = []
        ask(client, f"{name}@example.org")
    assert work["lena"]
    assert work["lena"] == work["nobody"]


def test_a_link_is_for_its_address_alone(client: FlaskClient, mail_site: Site) -> None:
    link = f"/en/sign-up/{sign_up.link_token(mail_site, 'ana@example.org')}"
    answer = client.post(link, data=NEW | {"email": "eve@example.org"})
    assert answer.status_code == 422
    assert "sent to another address" in answer.text
    assert accounts.listing(mail_site)[1] == 0
    answer = client.post(link, data=NEW | {"password": "short", "email": "ANA@example.org"})
    assert answer.status_code == 422
    assert 'href="#password"' in answer.text
    assert client.post(link, data=NEW).status_code == 303


def test_a_link_is_gone_after_a_day_and_cannot_be_made_elsewhere(client: FlaskClient, mail_site: Site, clock: Clock) -> None:
    token = sign_up.link_token(mail_site, "ana@example.org")
    until, _, seal = token.partition("-")
    for forged in (f"{int(until) + 1}-{seal}", f"{until}-{'0' * 64}"):
        assert client.post(f"/en/sign-up/{forged}", data=NEW).status_code == 422
    for broken in ("none", f"{until}-", f"{until}-{seal}0", f"{'9' * 30}-{seal}", f"²-{seal}"):
        assert client.get(f"/en/sign-up/{broken}").status_code == 410
        assert client.post(f"/en/sign-up/{broken}", data=NEW).status_code == 410
    clock.forward(hours=24)
    assert "Ask for a new one" in client.get(f"/en/sign-up/{token}").text
    assert client.post(f"/en/sign-up/{token}", data=NEW).status_code == 410
    assert accounts.listing(mail_site)[1] == 0


@pytest.mark.parametrize("wanted", ["/en/courses/ai-threats/?a=b", "/es/glossary?q=contraseña", "/" + "a" * 199])
def test_the_page_wanted_is_in_the_link_and_cannot_be_read_there(
    client: FlaskClient, post_office: tuple[str, list[bytes]], wanted: str
) -> None:
    assert f'name="next" value="{wanted}"' in client.get("/en/sign-up", query_string={"next": wanted}).text
    ask(client, "ana@example.org", wanted=wanted)
    link = link_of(post_office[1][0])
    assert re.fullmatch(r"/en/sign-up/[0-9a-f-]+", link)
    assert client.get(link).status_code == 200
    assert client.post(link, data=NEW | {"password": "short"}).status_code == 422
    answer = client.post(link, data=NEW | {"next": "/en/elsewhere"})
    assert answer.status_code == 303
    assert unquote(answer.location) == wanted


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "/a b", "/" + "a" * 200, "/" + "ñ" * 100])
def test_a_page_elsewhere_and_an_endless_address_are_forgotten(
    client: FlaskClient, post_office: tuple[str, list[bytes]], wanted: str
) -> None:
    ask(client, "ana@example.org", wanted=wanted)
    link = link_of(post_office[1][0])
    assert link.count("-") == 2  # of /sign-up/ and before the seal
    assert client.post(link, data=NEW).location == "/en/account"


def test_a_link_leads_neither_where_others_wrote_into_it_nor_away(client: FlaskClient, mail_site: Site) -> None:
    plain, sealed = (sign_up.link_token(mail_site, NEW["email"], wanted) for wanted in ("", "/en/skills"))
    other = b"/en/review".hex()
    for forged in (f"{plain}-{other}", sealed.rpartition("-")[0], f"{sealed.rpartition('-')[0]}-{other}", f"{plain}-ff"):
        assert client.post(f"/en/sign-up/{forged}", data=NEW).status_code == 422
    for broken in (f"{plain}-", f"{sealed}0", f"{sealed}-{other}", f"{plain}-/x"):
        assert client.post(f"/en/sign-up/{broken}", data=NEW).status_code in (404, 410)
    away = sign_up.link_token(mail_site, NEW["email"], "//evil.example")
    assert client.post(f"/en/sign-up/{away}", data=NEW).location == "/en/account"


def test_what_is_no_address_is_said(client: FlaskClient, post_office: tuple[str, list[bytes]]) -> None:
    for typed in ("", "ana", "ana@example.org\r\nBcc: eve@example.org"):
        answer = client.post("/en/sign-up", data={"email": typed})
        assert answer.status_code == 422
        assert 'href="#email"' in answer.text
    assert post_office[1] == []


def test_a_link_does_not_open_a_sign_up_that_was_closed(mail_site: Site, tmp_path: Path) -> None:
    closed = make_app(mail_site, tmp_path, ACADEMY_SIGN_UP="closed").test_client()
    link = f"/en/sign-up/{sign_up.link_token(mail_site, 'ana@example.org')}"
    for answer in (closed.get(link), closed.post(link, data=NEW), closed.post("/en/sign-up", data=NEW)):
        assert answer.status_code == 403
    assert accounts.listing(mail_site)[1] == 0
