"""The administrator's pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from academy.services import accounts, audit, sessions
from academy.services.accounts import Person
from academy.services.site import Site
from tests.conftest import add_person, client_of, make_app

LIST = "/en/admin/accounts"


@pytest.fixture
def pat(light_site: Site) -> Person:
    """A learner to be administered."""
    return add_person(light_site, "pat", "learner")


def test_only_admins_see_it(
    stranger: FlaskClient, lena: FlaskClient, ed: FlaskClient, mo: FlaskClient, ada: FlaskClient, pat: Person
) -> None:
    for page in (LIST, f"{LIST}/{pat.id}"):
        assert stranger.get(page).status_code == 302
        assert [client.get(page).status_code for client in (lena, ed, mo, ada)] == [403, 403, 403, 200]


@pytest.mark.parametrize("action", ["role", "reset-link", "sessions", "disable"])
def test_only_admins_change_anything(mo: FlaskClient, light_site: Site, pat: Person, action: str) -> None:
    form = {"role": "admin", "action": "grant", "confirm": "yes", "confirm_sessions": "yes"}
    token = sessions.begin(light_site, pat)
    assert mo.post(f"{LIST}/{pat.id}/{action}", data=form).status_code == 403
    assert accounts.find(light_site, pat.id) == pat
    assert sessions.find(light_site, token)


def test_people_are_found_by_name_and_address(ada: FlaskClient, light_site: Site, pat: Person) -> None:
    page = ada.get(LIST).text
    assert "2 accounts" in page
    assert "pat@example.org" in page
    found = ada.get(f"{LIST}?q=PAT").text
    assert "1 account<" in found
    assert "ada@example.org" not in found
    assert "Nobody by that name" in ada.get(f"{LIST}?q=nobody").text
    assert "&lt;b&gt;" in ada.get(f"{LIST}?q=<b>").text


def test_long_lists_have_pages(ada: FlaskClient, light_site: Site) -> None:
    for number in range(50):
        add_person(light_site, f"p{number}", "learner")
    first = ada.get(f"{LIST}?q=example").text
    assert "page 1 of 2" in first
    assert f'href="{LIST}?q=example&amp;page=2"' in first
    assert first.count("<tr>") == 51
    assert ada.get(f"{LIST}?page=2").text.count("<tr>") == 2


@pytest.mark.parametrize("page", ["0", "-1", "x", "", "2", "²", "9" * 30])
def test_there_are_no_other_pages(ada: FlaskClient, page: str) -> None:
    assert ada.get(LIST, query_string={"page": page}).status_code == 404


@pytest.mark.parametrize("number", ["999", "99999999999999999999", "x"])
def test_an_unknown_account_is_not_found(ada: FlaskClient, number: str) -> None:
    assert ada.get(f"{LIST}/{number}").status_code == 404
    assert ada.post(f"{LIST}/{number}/disable", data={"confirm": "yes"}).status_code == 404


def test_roles_are_granted_and_taken_back(ada: FlaskClient, light_site: Site, pat: Person) -> None:
    for action, roles in (("grant", {"learner", "educator"}), ("grant", {"learner", "educator"}), ("revoke", {"learner"})):
        answer = ada.post(f"{LIST}/{pat.id}/role", data={"role": "educator", "action": action})
        assert (answer.status_code, answer.location) == (303, f"{LIST}/{pat.id}")
        found = accounts.find(light_site, pat.id)
        assert found is not None
        assert found.roles == roles


@pytest.mark.parametrize("form", [{}, {"role": "boss", "action": "grant"}, {"role": "educator", "action": "eat"}])
def test_what_no_button_sends_is_refused(ada: FlaskClient, pat: Person, form: dict[str, str]) -> None:
    assert ada.post(f"{LIST}/{pat.id}/role", data=form).status_code == 400


def test_the_last_admin_stays(ada: FlaskClient, light_site: Site) -> None:
    found = accounts.find_by_email(light_site, "ada@example.org")
    assert found is not None
    answer = ada.post(f"{LIST}/{found.id}/role", data={"role": "admin", "action": "revoke"})
    assert answer.status_code == 422
    assert "Nobody else can grant roles" in answer.text
    answer = ada.post(f"{LIST}/{found.id}/disable", data={"confirm": "yes"})
    assert answer.status_code == 422
    assert "your own account" in answer.text
    assert ada.get(LIST).status_code == 200


def test_a_link_is_shown_once_and_works(ada: FlaskClient, stranger: FlaskClient, pat: Person) -> None:
    answer = ada.post(f"{LIST}/{pat.id}/reset-link")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    link = re.search(r'value="(http://localhost/en/reset/[\w-]+)"', answer.text)
    assert link
    assert "/reset/" not in ada.get(f"{LIST}/{pat.id}").text
    assert stranger.get(link[1]).status_code == 200


def test_disabling_needs_confirmation(ada: FlaskClient, light_site: Site, pat: Person) -> None:
    answer = ada.post(f"{LIST}/{pat.id}/disable")
    assert answer.status_code == 422
    assert 'href="#confirm"' in answer.text
    assert accounts.find(light_site, pat.id) == pat
    assert ada.post(f"{LIST}/{pat.id}/disable", data={"confirm": "yes"}).status_code == 303
    page = ada.get(f"{LIST}/{pat.id}").text
    assert "This account is disabled" in page
    assert "Make a link" not in page
    assert ada.post(f"{LIST}/{pat.id}/reset-link").status_code == 422
    assert "Disabled" in ada.get(LIST).text


def test_all_sessions_of_a_person_are_listed_and_end(ada: FlaskClient, app: Flask, light_site: Site, pat: Person) -> None:
    address = f"{LIST}/{pat.id}"
    assert "Nowhere at the moment" in ada.get(address).text
    phone, laptop, other = (client_of(app, person) for person in (pat, pat, add_person(light_site, "ana", "learner")))
    page = ada.get(address).text
    assert page.count("Firefox, Linux") == 2
    assert not any(device.handle in page for device in sessions.listing(light_site, pat.id))
    answer = ada.post(f"{address}/sessions")
    assert answer.status_code == 422
    assert 'href="#confirm_sessions"' in answer.text
    assert phone.get("/en/account").status_code == 200
    answer = ada.post(f"{address}/sessions", data={"confirm_sessions": "yes"})
    assert (answer.status_code, answer.location) == (303, address)
    assert "2 sessions are ended" in ada.get(address).text
    assert [client.get("/en/account").status_code for client in (phone, laptop, other, ada)] == [302, 302, 200, 200]
    (event,) = audit.listing(light_site, action="sessions-ended")[0]
    assert (event.actor_name, event.subject_name, event.details) == ("Ada", "Pat", {"count": 2})
    assert client_of(app, pat).get("/en/account").status_code == 200  # who was signed out signs in again


def test_ending_sessions_needs_the_forms_token(light_site: Site, tmp_path: Path, pat: Person) -> None:
    app = make_app(light_site, tmp_path)
    app.config["WTF_CSRF_ENABLED"] = True
    boss, token = client_of(app, add_person(light_site, "eva", "admin")), sessions.begin(light_site, pat)
    assert boss.post(f"{LIST}/{pat.id}/sessions", data={"confirm_sessions": "yes"}).status_code == 400
    assert sessions.find(light_site, token)


def test_an_admins_own_devices_stand_on_their_own_page(ada: FlaskClient, light_site: Site) -> None:
    found = accounts.find_by_email(light_site, "ada@example.org")
    assert found is not None
    page = ada.get(f"{LIST}/{found.id}").text
    assert "Firefox, Linux" not in page
    assert 'href="/en/account/security"' in page
