"""The pages of one's own account."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from academy.services import accounts, one_time_links
from academy.services.site import Site
from tests.conftest import PASSWORD, Clock, add_person, make_app, sign_in

NEW = {"email": "ana@example.org", "password": PASSWORD, "name": "Ana"}
OTHER = "otro mango con sal 8"
FAILED = "do not match an account"


@pytest.fixture
def ana(light_site: Site) -> accounts.Person:
    """A learner with a password."""
    return accounts.sign_up(light_site, language="es", **NEW)


def test_signing_up_leads_to_the_profile(stranger: FlaskClient, light_site: Site) -> None:
    assert stranger.get("/en/sign-up").status_code == 200
    answer = stranger.post("/en/sign-up", data=NEW)
    assert (answer.status_code, answer.location) == (303, "/en/account")
    page = stranger.get("/en/account")
    assert "Your account is ready" in page.text
    assert "ana@example.org" in page.text
    found = accounts.find_by_email(light_site, "ana@example.org")
    assert found is not None
    assert (found.roles, found.language) == (frozenset({"learner"}), "en")


def test_signing_up_leads_back_to_where_one_was(stranger: FlaskClient) -> None:
    assert 'name="next" value="/en/courses"' in stranger.get("/en/sign-up?next=/en/courses").text
    assert stranger.post("/en/sign-up", data=NEW | {"next": "/en/courses"}).location == "/en/courses"


def test_errors_are_named_on_top_and_at_the_field_and_passwords_are_not_sent_back(stranger: FlaskClient) -> None:
    answer = stranger.post("/en/sign-up", data={"email": "<ana>", "name": "Ana", "password": "mango7"})
    assert answer.status_code == 422
    assert "Check 2 entries" in answer.text
    assert 'href="#email"' in answer.text
    assert 'href="#password"' in answer.text
    assert answer.text.count('aria-invalid="true"') == 2
    assert 'value="&lt;ana&gt;"' in answer.text
    assert 'value="Ana"' in answer.text
    assert "mango7" not in answer.text


def test_a_taken_address_is_said(stranger: FlaskClient, ana: accounts.Person) -> None:
    answer = stranger.post("/en/sign-up", data=NEW)
    assert answer.status_code == 422
    assert "already an account" in answer.text


def test_where_sign_up_is_closed_nobody_signs_up(light_site: Site, tmp_path: Path) -> None:
    stranger = make_app(light_site, tmp_path, ACADEMY_SIGN_UP="closed").test_client()
    for answer in (stranger.get("/en/sign-up"), stranger.post("/en/sign-up", data=NEW)):
        assert answer.status_code == 403
        assert "Accounts are given out here" in answer.text
    assert "/en/sign-up" not in stranger.get("/en/sign-in").text
    assert accounts.find_by_email(light_site, NEW["email"]) is None


@pytest.mark.parametrize(("email", "password"), [("ana@example.org", OTHER), ("eva@example.org", PASSWORD), ("", "")])
def test_a_wrong_password_and_an_unknown_address_look_alike(stranger: FlaskClient, ana: accounts.Person, email: str, password: str) -> None:
    answer = stranger.post("/en/sign-in", data={"email": email, "password": password})
    assert answer.status_code == 422
    assert FAILED in answer.text
    assert f'name="email" type="email" value="{email}"' in answer.text
    assert not password or password not in answer.text


@pytest.mark.parametrize(
    ("roles", "start"),
    [
        (("learner", "manager"), "/en/"),
        (("manager",), "/en/programs/gap"),
        (("educator",), "/en/author/"),
        (("admin",), "/en/admin/accounts"),
        ((), "/en/"),
    ],
)
def test_each_kind_of_user_begins_at_their_page(stranger: FlaskClient, light_site: Site, roles: tuple[str, ...], start: str) -> None:
    add_person(light_site, "pat", *roles, password=PASSWORD)
    answer = stranger.post("/en/sign-in", data={"email": "pat@example.org", "password": PASSWORD})
    assert (answer.status_code, answer.location) == (303, start)
    assert stranger.get(start).status_code == 200
    assert stranger.get("/en/sign-in").location == start


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/ok\n"])
def test_nobody_is_sent_to_another_site(stranger: FlaskClient, ana: accounts.Person, wanted: str) -> None:
    form = stranger.get("/en/sign-in", query_string={"next": wanted}).text.split("<main", 1)[1].split("</main>")[0]
    assert 'name="next"' not in form
    answer = stranger.post("/en/sign-in", data={"email": ana.email, "password": PASSWORD, "next": wanted})
    assert answer.location == "/en/"
    assert stranger.post("/en/preferences", data={"theme": "", "next": wanted}).location == "/en/"


def test_signing_in_leads_to_the_page_wanted(stranger: FlaskClient, ana: accounts.Person) -> None:
    asked = stranger.get("/en/skills?a=b")
    assert asked.location == "/en/sign-in?next=/en/skills?a%3Db"
    form = stranger.get(asked.location).text
    assert 'name="next" value="/en/skills?a=b"' in form
    answer = stranger.post("/en/sign-in", data={"email": ana.email, "password": PASSWORD, "next": "/en/skills?a=b"})
    assert answer.location == "/en/skills?a=b"


def test_a_session_holds_nothing_of_the_one_before(stranger: FlaskClient, ana: accounts.Person) -> None:
    with stranger.session_transaction() as session:
        session["planted"] = "yes"
    sign_in(stranger, ana.email)
    with stranger.session_transaction() as session:
        assert "planted" not in session


def test_passwords_are_masked_and_left_to_managers_of_passwords(
    stranger: FlaskClient, lena: FlaskClient, light_site: Site, ana: accounts.Person
) -> None:
    reset = one_time_links.reset_link(light_site, ana.id)
    for client, page, kinds in (
        (stranger, "/en/sign-in", ["current-password"]),
        (stranger, "/en/sign-up", ["new-password"]),
        (stranger, f"/en/reset/{reset}", ["new-password"]),
        (lena, "/en/account/password", ["current-password", "new-password"]),
        (lena, "/en/account/data", ["current-password"]),
        (lena, "/en/account/security", ["current-password"]),
    ):
        fields = re.findall(r'<input[^>]*name="(?:password|present)"[^>]*>', client.get(page).text)
        assert [re.findall(r'autocomplete="([^"]*)"', field) for field in fields] == [[kind] for kind in kinds], page
        assert all('type="password"' in field and "readonly" not in field for field in fields), page


def test_a_form_changes_the_fields_that_it_names(lena: FlaskClient, light_site: Site) -> None:
    before = accounts.find_by_email(light_site, "lena@example.org")
    assert before is not None
    more = {
        "email": "eve@example.org",
        "roles": "admin",
        "role": "admin",
        "password_version": "9",
        "id": "1",
        "disabled_at": "",
        "synthetic": "1",
    }
    assert lena.post("/en/account", data={"name": "Elena"} | more).status_code == 303
    assert accounts.find(light_site, before.id) == dataclasses.replace(before, name="Elena")


def test_signing_out(lena: FlaskClient) -> None:
    assert 'href="/en/account"' in lena.get("/en/courses").text
    assert 'action="/en/sign-out"' in lena.get("/en/account").text
    assert lena.get("/en/sign-out").status_code == 405
    assert lena.post("/en/sign-out").location == "/en/"
    assert "You are signed out" in lena.get("/en/").text
    assert lena.get("/en/account").status_code == 302


@pytest.mark.parametrize("page", ["/en/account", "/en/account/password"])
def test_a_stranger_is_asked_to_sign_in(stranger: FlaskClient, page: str) -> None:
    assert stranger.get(page).location == f"/en/sign-in?next={page}"
    assert stranger.post(page, data={"name": "X"}).location == "/en/sign-in"
    assert "this was not saved" in stranger.get("/en/sign-in").text


def test_the_profile_says_why_and_is_kept(lena: FlaskClient, light_site: Site) -> None:
    framework = light_site.framework
    role = next(role for role in framework.roles.values() if role.requirements)
    sector = next(iter(framework.sectors))
    page = lena.get("/en/account").text
    assert page.count("Why: ") == 3
    assert "groups of 11 people or more" in page
    profile = {"name": "Elena", "language": "en", "state": "MX-NLE", "sector": sector, "target_role": role.id}
    answer = lena.post("/en/account", data=profile)
    assert (answer.status_code, answer.location) == (303, "/en/account")
    page = lena.get("/en/account").text
    assert "Saved." in page
    for value in ("MX-NLE", sector, role.id):
        assert f'<option value="{value}" selected>' in page
    assert 'value="Elena"' in page


def test_roles_are_grouped_and_say_when_they_cannot_be_measured(lena: FlaskClient, light_site: Site) -> None:
    page = lena.get("/es/account").text
    roles = light_site.framework.roles.values()
    assert page.count("<optgroup") == len({role.category for role in roles})
    english = lena.get("/en/account").text
    assert english.count("(cannot be measured yet)</option>") == sum(not role.requirements for role in roles)
    assert english.index('label="Design and Development"') < english.index('label="Protection and Defense"')
    assert all(f'<option value="{role.id}">' in page for role in roles)


def test_states_are_in_alphabetical_order(lena: FlaskClient) -> None:
    select = re.search(r'<select[^>]*id="state".*?</select>', lena.get("/es/account").text, re.DOTALL)
    assert select
    names = re.findall(r'<option value="MX-[^>]*>([^<]*)', select[0])
    assert len(names) == 32
    assert names.index("Estado de México") < names.index("Michoacán de Ocampo") < names.index("Morelos")


@pytest.mark.parametrize("field", ["state", "sector", "target_role", "language"])
def test_a_profile_with_an_unknown_choice_is_refused(lena: FlaskClient, field: str) -> None:
    answer = lena.post("/en/account", data={"name": "Elena", "language": "en", field: "x"})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert 'value="Elena"' in answer.text


def test_a_new_language_shows_at_once_and_traps_nobody(lena: FlaskClient) -> None:
    answer = lena.post("/en/account", data={"name": "Lena", "language": "es"})
    assert answer.location == "/es/account"
    assert lena.get("/").location == "/es/"
    assert lena.get("/en/courses").status_code == 200
    assert 'hreflang="en"' in lena.get("/es/account").text
    assert lena.post("/en/account", data={"name": "Lena", "language": "es"}).location == "/en/account"


def test_a_manager_is_not_asked_where_they_count(mo: FlaskClient) -> None:
    page = mo.get("/en/account").text
    assert 'name="state"' not in page
    assert mo.post("/en/account", data={"name": "Mo", "language": "en"}).status_code == 303


def test_a_new_password_ends_other_sessions(app: Flask, ana: accounts.Person) -> None:
    here, there = app.test_client(), app.test_client()
    sign_in(here, ana.email)
    sign_in(there, ana.email)
    assert here.get("/en/account/password").status_code == 200
    assert here.post("/en/account/password", data={"present": OTHER, "password": OTHER}).status_code == 422
    short = here.post("/en/account/password", data={"present": PASSWORD, "password": "short"})
    assert short.status_code == 422
    assert PASSWORD not in short.text
    answer = here.post("/en/account/password", data={"present": PASSWORD, "password": OTHER})
    assert (answer.status_code, answer.location) == (303, "/en/account")
    assert here.get("/en/account").status_code == 200
    assert there.get("/en/account").status_code == 302


def test_a_reset_link_sets_a_password_once(stranger: FlaskClient, light_site: Site, ana: accounts.Person) -> None:
    path = f"/en/reset/{one_time_links.reset_link(light_site, ana.id)}"
    assert stranger.get(path).status_code == 200
    short = stranger.post(path, data={"password": "short"})
    assert short.status_code == 422
    assert 'href="#password"' in short.text
    answer = stranger.post(path, data={"password": OTHER})
    assert (answer.status_code, answer.location) == (303, "/en/")
    assert stranger.get("/en/account").status_code == 200
    for again in (stranger.get(path), stranger.post(path, data={"password": OTHER})):
        assert again.status_code == 410
        assert "no longer works" in again.text


@pytest.mark.parametrize("kind", ["reset", "set-up"])
def test_an_invented_link_does_not_work(stranger: FlaskClient, kind: str) -> None:
    assert stranger.get(f"/en/{kind}/invented").status_code == 410
    assert stranger.post(f"/en/{kind}/invented", data=NEW).status_code == 410


def test_the_set_up_link_makes_the_first_admin(stranger: FlaskClient, light_site: Site, clock: Clock) -> None:
    path = f"/es/set-up/{one_time_links.set_up_link(light_site)}"
    assert stranger.get(path).status_code == 200
    refused = stranger.post(path, data=NEW | {"email": "ana"})
    assert refused.status_code == 422
    assert 'value="Ana"' in refused.text
    answer = stranger.post(path, data=NEW)
    assert (answer.status_code, answer.location) == (303, "/es/admin/accounts")
    assert stranger.get(answer.location).status_code == 200
    assert stranger.get(path).status_code == 410


def test_a_stranger_keeps_an_appearance_in_a_cookie(stranger: FlaskClient) -> None:
    answer = stranger.post("/en/preferences", data={"theme": "dark", "next": "/en/courses"})
    assert (answer.status_code, answer.location) == (303, "/en/courses")
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert 'data-theme="dark"' in stranger.get("/en/courses").text
    stranger.post("/en/preferences", data={"theme": ""})
    assert "data-theme" not in stranger.get("/en/courses").text


def test_a_person_keeps_it_in_the_account(app: Flask, ana: accounts.Person) -> None:
    here, there = app.test_client(), app.test_client()
    here.post("/en/preferences", data={"theme": "dark"})
    sign_in(here, ana.email)
    assert here.post("/en/preferences", data={"theme": "light"}).status_code == 303
    sign_in(there, ana.email)
    assert 'data-theme="light"' in there.get("/en/courses").text
    here.post("/en/preferences", data={"theme": ""})
    assert "data-theme" not in here.get("/en/courses").text


def test_an_unknown_appearance_is_refused(stranger: FlaskClient) -> None:
    assert stranger.post("/en/preferences", data={"theme": "pink"}).status_code == 400


def test_forms_carry_a_token_against_forgery(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    stranger = app.test_client()
    assert stranger.post("/en/sign-in", data={"email": "a@example.org", "password": PASSWORD}).status_code == 400
    token = re.search(r'name="csrf_token" value="([^"]+)"', stranger.get("/en/sign-in").text)
    assert token
    form = {"email": "a@example.org", "password": PASSWORD, "csrf_token": token[1]}
    assert stranger.post("/en/sign-in", data=form).status_code == 422
