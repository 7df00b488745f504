"""The second factor: set up, asked for, used once, replaced by a recovery code, taken away."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from academy.services import accounts, audit, credentials, one_time_links, second_factor, sessions
from academy.services.accounts import Person
from academy.services.form_errors import FormError
from academy.services.site import Site
from academy.services.throttle import LIMITS, Throttled
from tests.conftest import PASSWORD, Clock, add_person, make_app

SECURITY = "/en/account/security"
FACTOR = f"{SECURITY}/second-factor"


def code(key: str, clock: Clock, steps: int = 0) -> str:
    """What an authenticator app shows."""
    return pyotp.TOTP(key.replace(" ", "")).at(int(clock.time.timestamp()) + 30 * steps)


def turn_on(site: Site, person: Person, clock: Clock) -> tuple[str, tuple[str, ...]]:
    """Set the second factor up; its key and recovery codes. The code of this moment is used."""
    second_factor.begin(site, person.id, password=PASSWORD)
    found = second_factor.enrolment(site, person, "Academy")
    assert found is not None
    return found.key, second_factor.confirm(site, person.id, code(found.key, clock))


@pytest.fixture
def person(light_site: Site) -> Person:
    """A learner with a password."""
    return add_person(light_site, "lena", "learner", password=PASSWORD)


def give_password(client: FlaskClient, query: str = "") -> str:
    answer = client.post(f"/en/sign-in{query}", data={"email": "lena@example.org", "password": PASSWORD})
    assert answer.status_code == 303
    return answer.location


def is_in(client: FlaskClient) -> bool:
    return client.get("/en/account").status_code == 200


def test_a_code_works_once(site: Site, clock: Clock) -> None:
    lena = add_person(site, "lena", "learner", password=PASSWORD)
    key, _ = turn_on(site, lena, clock)
    assert not second_factor.check(site, lena.id, code(key, clock))  # confirmed with it
    clock.forward(seconds=30)
    now = code(key, clock)
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: second_factor.check(site, lena.id, now), range(4))) == 1
    assert not second_factor.check(site, lena.id, now)
    clock.forward(hours=3)
    assert not second_factor.check(site, lena.id, now)


def test_clocks_may_differ_by_half_a_minute(light_site: Site, person: Person, clock: Clock) -> None:
    key, _ = turn_on(light_site, person, clock)
    clock.forward(minutes=10)
    assert not second_factor.check(light_site, person.id, code(key, clock, -2))
    assert not second_factor.check(light_site, person.id, code(key, clock, 2))
    assert second_factor.check(light_site, person.id, code(key, clock, -1))
    assert second_factor.check(light_site, person.id, code(key, clock, 1))
    assert not second_factor.check(light_site, person.id, code(key, clock))  # older than one that was used


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "\x00", "x" * 5000])
def test_what_is_no_code_is_refused(light_site: Site, person: Person, clock: Clock, typed: str) -> None:
    turn_on(light_site, person, clock)
    assert not second_factor.check(light_site, person.id, typed)


def test_a_recovery_code_works_once_however_it_is_typed(light_site: Site, person: Person, clock: Clock) -> None:
    _, codes = turn_on(light_site, person, clock)
    assert len(set(codes)) == second_factor.RECOVERY_CODES
    assert second_factor.check(light_site, person.id, f" {codes[0].upper()} ")
    assert not second_factor.check(light_site, person.id, codes[0])
    assert second_factor.check(light_site, person.id, codes[1].replace("-", ""))
    assert second_factor.status(light_site, person.id).recovery_codes == second_factor.RECOVERY_CODES - 2
    renewed = second_factor.renew_recovery_codes(light_site, person.id, password=PASSWORD)
    assert not second_factor.check(light_site, person.id, codes[2])
    assert second_factor.check(light_site, person.id, renewed[0])


def test_guessing_is_throttled(light_site: Site, person: Person, clock: Clock) -> None:
    key, _ = turn_on(light_site, person, clock)
    clock.forward(minutes=1)
    for _ in range(LIMITS["code", "account"].burst):
        assert not second_factor.check(light_site, person.id, "000000")
    with pytest.raises(Throttled):
        second_factor.check(light_site, person.id, code(key, clock))


def test_neither_key_nor_codes_stand_in_the_database(light_site: Site, person: Person, clock: Clock) -> None:
    key, codes = turn_on(light_site, person, clock)
    with light_site.database.reading() as session:
        kept = str([session.execute(text(f"SELECT * FROM {table}")).all() for table in ("secondfactor", "recoverycode", "auditevent")])
    assert key not in kept
    assert not any(part in kept for code in codes for part in (code, code.replace("-", "")))


def test_a_key_in_use_is_not_shown_or_replaced(light_site: Site, person: Person, clock: Clock) -> None:
    turn_on(light_site, person, clock)
    assert second_factor.enrolment(light_site, person, "Academy") is None
    with pytest.raises(FormError, match="factor-present"):
        second_factor.begin(light_site, person.id, password=PASSWORD)
    with pytest.raises(FormError, match="password-wrong"):
        second_factor.turn_off(light_site, person.id, password="wrong mango 7")
    assert second_factor.status(light_site, person.id).is_on


def test_the_way_through_the_pages(app: Flask, light_site: Site, person: Person, clock: Clock) -> None:
    here, other = app.test_client(), app.test_client()
    give_password(here)
    give_password(other)
    assert here.post(f"{FACTOR}/begin", data={"present": "wrong mango 7"}).status_code == 422
    assert here.get(FACTOR).status_code == 303  # nothing begun
    assert here.post(f"{FACTOR}/begin", data={"present": PASSWORD}).location == FACTOR
    page = here.get(FACTOR)
    assert page.headers["Cache-Control"] == "no-store"
    assert '<svg xmlns="http://www.w3.org/2000/svg"' in page.text or "<svg " in page.text
    assert "style=" not in page.text
    (key,) = re.findall(r'<p class="mono">([A-Z2-7 ]{39})</p>', page.text)
    assert here.post(FACTOR, data={"code": "000000"}).status_code == 422
    shown = here.post(FACTOR, data={"code": code(key, clock)})
    assert shown.headers["Cache-Control"] == "no-store"
    codes = re.findall(r"<li>([a-z2-9]{5}-[a-z2-9]{5})</li>", shown.text)
    assert len(codes) == second_factor.RECOVERY_CODES
    assert is_in(here)
    assert not is_in(other)  # it knew nothing of the second factor

    assert give_password(other, "?next=/en/courses") == "/en/sign-in/code?next=/en/courses"
    assert not is_in(other)
    assert 'value="/en/courses"' in other.get("/en/sign-in/code?next=/en/courses").text
    assert other.post("/en/sign-in/code", data={"code": code(key, clock)}).status_code == 422  # it was used to confirm
    clock.forward(seconds=30)
    answer = other.post("/en/sign-in/code", data={"code": code(key, clock), "next": "/en/courses"})
    assert (answer.status_code, answer.location) == (303, "/en/courses")
    assert is_in(other)
    actions = [event.action for event in audit.listing(light_site)[0]]
    assert actions[:4] == ["signed-in", "code-refused", "password-accepted", "second-factor-on"]

    assert other.post(f"{SECURITY}/recovery-codes", data={"present": PASSWORD}).status_code == 200
    assert other.post(f"{FACTOR}/off", data={"present": PASSWORD}).status_code == 303
    assert is_in(other)
    assert not is_in(here)
    assert give_password(here) == "/en/"


def test_the_code_is_awaited_for_ten_minutes_and_one_password(app: Flask, light_site: Site, person: Person, clock: Clock) -> None:
    key, _ = turn_on(light_site, person, clock)
    late, changed, client = app.test_client(), app.test_client(), app.test_client()
    give_password(late)
    clock.forward(minutes=10)
    assert late.post("/en/sign-in/code", data={"code": code(key, clock)}).location == "/en/sign-in"
    assert not is_in(late)
    give_password(changed)
    credentials.change_password(light_site, person.id, present=PASSWORD, new="otro mango con sal 8")
    assert changed.get("/en/sign-in/code").location == "/en/sign-in"
    assert client.get("/en/sign-in/code").location == "/en/sign-in"
    assert client.post("/en/sign-in/code", data={"code": code(key, clock)}).location == "/en/sign-in"


def test_a_one_time_link_does_not_stand_in_for_the_code(stranger: FlaskClient, light_site: Site, person: Person, clock: Clock) -> None:
    turn_on(light_site, person, clock)
    link = one_time_links.reset_link(light_site, person.id)
    answer = stranger.post(f"/en/reset/{link}", data={"password": "otro mango con sal 8"})
    assert answer.location == "/en/sign-in/code"
    assert not is_in(stranger)


def test_a_changed_password_keeps_the_session_verified(light_site: Site, tmp_path: Path, clock: Clock) -> None:
    client = make_app(light_site, tmp_path, ACADEMY_SECOND_FACTOR="required").test_client()
    person = add_person(light_site, "lena", "manager", password=PASSWORD)
    key, _ = turn_on(light_site, person, clock)
    give_password(client)
    clock.forward(seconds=30)
    client.post("/en/sign-in/code", data={"code": code(key, clock)})
    client.post("/en/account/password", data={"present": PASSWORD, "password": "otro mango con sal 8"})
    assert client.get("/en/programs/gap").status_code == 200


@pytest.mark.parametrize(("role", "page", "must"), [("manager", "/en/programs/gap", True), ("admin", "/en/admin/accounts", True),
                                                    ("learner", "/en/skills", False), ("educator", "/en/author/", False)])  # fmt: skip
def test_managers_and_admins_must_have_it_where_it_is_required(
    light_site: Site, tmp_path: Path, clock: Clock, role: str, page: str, must: bool
) -> None:
    client = make_app(light_site, tmp_path, ACADEMY_SECOND_FACTOR="required").test_client()
    person = add_person(light_site, "lena", role, password=PASSWORD)
    give_password(client)
    assert (client.get(page).location == SECURITY) == must
    assert (client.post("/en/account", data={"name": "X"}).location == SECURITY) == must
    if must:
        assert "Your role needs a second factor" in client.get(SECURITY).text
        client.post(f"{FACTOR}/begin", data={"present": PASSWORD})
        (key,) = re.findall(r'<p class="mono">([A-Z2-7 ]{39})</p>', client.get(FACTOR).text)
        client.post(FACTOR, data={"code": code(key, clock)})
        assert client.get(page).status_code == 200
        session = sessions.begin(light_site, accounts.find(light_site, person.id) or person)  # one begun without a code
        with client.session_transaction() as cookie:
            cookie["_user_id"] = session
        assert client.get(page).location == SECURITY
        assert client.post(f"{FACTOR}/off", data={"present": PASSWORD}).location == SECURITY
        assert second_factor.status(light_site, person.id).is_on


def test_an_admin_takes_it_away_from_who_lost_it(ada: FlaskClient, light_site: Site, person: Person, clock: Clock) -> None:
    turn_on(light_site, person, clock)
    session = sessions.begin(light_site, person)
    page = f"/en/admin/accounts/{person.id}"
    assert "Take the second factor away" in ada.get(page).text
    assert ada.post(f"{page}/second-factor").status_code == 303
    assert not second_factor.status(light_site, person.id).is_on
    assert sessions.find(light_site, session) is None
    assert "Take the second factor away" not in ada.get(page).text
    (event,) = audit.listing(light_site, action="second-factor-off")[0]
    assert (event.actor_name, event.subject_name) == ("Ada", "Lena")
    assert ada.post("/en/admin/accounts/9999/second-factor").status_code == 404
