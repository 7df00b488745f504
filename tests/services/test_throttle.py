"""Throttling: shared by all workers, exact under attempts at the same time, and no help to whoever asks which accounts exist."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import Any

import argon2
import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, text

from academy.services import accounts, credentials, passwords, throttle
from academy.services.form_errors import FormError
from academy.services.site import Site
from academy.services.throttle import LIMITS, Throttled
from tests.conftest import PASSWORD, Clock, add_person

ROOM = LIMITS["sign-in", "account"]
OTHER = "otro mango con sal 8"


def fail(site: Site, email: str = "lena@example.org", address: str = "192.0.2.1", device: str = "") -> bool:
    """One failed sign-in; whether it was let through."""
    try:
        assert credentials.sign_in(site, email=email, password=OTHER, address=address, device=device) is None
    except Throttled:
        return False
    return True


def test_an_account_has_room_for_some_attempts_then_one_at_a_time(site: Site, clock: Clock) -> None:
    for _ in range(ROOM.burst):
        throttle.charge(site, "sign-in", account="lena")
    with pytest.raises(Throttled) as caught:
        throttle.charge(site, "sign-in", account="lena")
    assert caught.value.seconds == ROOM.seconds_each
    throttle.charge(site, "sign-in", account="ana")  # nobody else waits
    clock.forward(seconds=ROOM.seconds_each - 1)
    with pytest.raises(Throttled) as caught:
        throttle.charge(site, "sign-in", account="lena")
    assert caught.value.seconds == 1
    clock.forward(seconds=1)
    throttle.charge(site, "sign-in", account="lena")
    with pytest.raises(Throttled):
        throttle.charge(site, "sign-in", account="lena")


def test_attempts_at_the_same_time_do_not_slip_through(site: Site) -> None:
    def attempt(number: int) -> bool:
        try:
            throttle.charge(site, "sign-in", account="lena", address=f"192.0.2.{number % 2}")
        except Throttled:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(30))) == ROOM.burst


def test_an_address_is_counted_over_all_accounts(site: Site, clock: Clock) -> None:
    limit = LIMITS["sign-in", "address"]
    for number in range(limit.burst):
        throttle.charge(site, "sign-in", account=f"person {number}", address="192.0.2.1")
    with pytest.raises(Throttled):
        throttle.charge(site, "sign-in", account="one more", address="192.0.2.1")
    throttle.charge(site, "sign-in", account="one more", address="192.0.2.2")


def test_what_is_refused_does_not_count(site: Site, clock: Clock) -> None:
    for _ in range(ROOM.burst):
        throttle.charge(site, "sign-in", account="lena")
    for _ in range(5):
        with pytest.raises(Throttled):
            throttle.charge(site, "sign-in", account="lena")
    clock.forward(seconds=ROOM.seconds_each)
    throttle.charge(site, "sign-in", account="lena")


def test_signing_in_forgets_an_accounts_attempts(light_site: Site) -> None:
    add_person(light_site, "lena", "learner", password=PASSWORD)
    exhaust(light_site, "lena@example.org", leave=1)
    assert credentials.sign_in(light_site, email="lena@example.org", password=PASSWORD, address="192.0.2.1")
    assert exhaust(light_site, "lena@example.org") == ROOM.burst


def test_a_throttled_account_lets_nobody_in_by_the_right_password_but_its_own_browser(light_site: Site) -> None:
    add_person(light_site, "lena", "learner", password=PASSWORD)
    exhaust(light_site, "lena@example.org")
    with pytest.raises(Throttled):
        credentials.sign_in(light_site, email="Lena@example.org", password=PASSWORD, address="192.0.2.9")
    assert credentials.sign_in(light_site, email="lena@example.org", password=PASSWORD, address="192.0.2.9", device="her phone")


def test_nothing_typed_is_kept_readable(light_site: Site) -> None:
    fail(light_site, "secret@example.org", "192.0.2.77")
    with light_site.database.reading() as session:
        rows = session.execute(text("SELECT name FROM throttle")).scalars().all()
    assert len(rows) == 2
    assert all(len(name) == 64 and set(name) <= set("0123456789abcdef") for name in rows)


def test_known_and_unknown_accounts_cost_the_same_work(site: Site) -> None:
    add_person(site, "lena", "learner", password=PASSWORD)
    add_person(site, "ed", "educator")  # without a password
    accounts.disable(site, add_person(site, "dora", "learner", password=PASSWORD).id)
    fail(site, "warm@example.org")
    work = [_work(site, lambda name=name: fail(site, f"{name}@example.org")) for name in ("lena", "ed", "dora", "nobody", "\x00")]  # type: ignore[misc]  # a lambda's default
    assert work[0][0]
    assert work[0][1] == 1  # one password hash computed
    assert all(other == work[0] for other in work)


def test_known_and_unknown_accounts_cost_the_same_work_once_they_are_slowed_down(site: Site) -> None:
    add_person(site, "lena", "learner", password=PASSWORD)
    accounts.disable(site, add_person(site, "dora", "learner", password=PASSWORD).id)
    names = ("lena", "dora", "nobody")
    for name in ("warm", *names):
        exhaust(site, f"{name}@example.org")
    fail(site, "warm@example.org")
    for _ in ("the event is kept", "it was kept before"):
        work = [_work(site, lambda name=name: fail(site, f"{name}@example.org")) for name in names]  # type: ignore[misc]  # a lambda's default
        assert work[0][0]
        assert work[0][1] == 0
        assert all(other == work[0] for other in work)


def test_known_and_unknown_accounts_are_answered_in_the_same_words(stranger: FlaskClient, light_site: Site) -> None:
    add_person(light_site, "lena", "learner", password=PASSWORD)
    answers = {}
    for name in ("lena", "nobody"):
        typed = {"email": f"{name}@example.org", "password": OTHER}
        first = stranger.post("/en/sign-in", data=typed)
        exhaust(light_site, typed["email"])
        pages = (first, stranger.post("/en/sign-in", data=typed))
        answers[name] = [
            (page.status_code, _without_tokens(page.text).replace(name, "…"), page.headers.get("Retry-After")) for page in pages
        ]
    assert answers["lena"] == answers["nobody"]
    assert [(status, wait) for status, _, wait in answers["lena"]] == [(422, None), (429, str(ROOM.seconds_each))]


def test_the_stored_dummy_is_as_slow_as_a_password() -> None:
    assert not argon2.PasswordHasher().check_needs_rehash(passwords.OF_NOBODY)


def test_ones_own_password_cannot_be_guessed_from_within(light_site: Site) -> None:
    lena = add_person(light_site, "lena", "learner", password=PASSWORD)
    for _ in range(LIMITS["password", "account"].burst):
        with pytest.raises(FormError):
            credentials.change_password(light_site, lena.id, present=OTHER, new=PASSWORD)
    with pytest.raises(Throttled):
        credentials.change_password(light_site, lena.id, present=PASSWORD, new=OTHER)


def exhaust(site: Site, email: str, leave: int = 0) -> int:
    """Use up an account's room but for some attempts; how many there were."""
    used = 0
    try:
        while used < ROOM.burst - leave:
            throttle.charge(site, "sign-in", account=email)
            used += 1
    except Throttled:
        pass
    return used


def _without_tokens(page: str) -> str:
    return re.sub(r'name="csrf_token" value="[^"]*"', "", page)


def _work(site: Site, act: Callable[[], Any]) -> tuple[list[str], int]:
    """The statements sent to the database and the password hashes computed while something is done."""
    statements: list[str] = []
    hashes = 0

    def count(frame: FrameType, what: str, _argument: Any) -> None:
        nonlocal hashes
        hashes += what == "call" and frame.f_code.co_name == "verify_secret"

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(site.database.engine, "before_cursor_execute", note)
    sys.setprofile(count)
    try:
        act()
    finally:
        sys.setprofile(None)
        event.remove(site.database.engine, "before_cursor_execute", note)
    return statements, hashes
