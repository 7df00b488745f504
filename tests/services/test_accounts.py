"""Accounts: who gets in, who does not, and what may not be lost."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import pytest

from academy.services import accounts, credentials, form_errors, one_time_links, profiles, role_grants, sessions
from academy.services.accounts import Person
from academy.services.form_errors import FormError
from academy.services.profiles import Profile
from academy.services.site import Site
from academy.store.password_lists import PasswordList
from academy.store.tables.accounts import Account, OneTimeLink
from academy.store.tables.standings import Standing
from tests.conftest import PASSWORD, Clock, add_person

EMAIL = "Lena@Example.org"
OTHER = "otro mango con sal 8"
Result = TypeVar("Result")
NOTHING = Profile(name="Lena", language="es", state="", sector="", target_role="")


@pytest.fixture
def lena(site: Site) -> Person:
    """A learner who signed up."""
    return accounts.sign_up(site, email=EMAIL, password=PASSWORD, name=" Lena ", language="en")


def test_after_signing_up_one_can_sign_in(site: Site, lena: Person) -> None:
    assert (lena.name, lena.email, sorted(lena.roles)) == ("Lena", "lena@example.org", ["learner"])
    assert credentials.sign_in(site, email=" LENA@example.org ", password=PASSWORD) == lena


@pytest.mark.parametrize(
    ("email", "password"),
    [("lena@example.org", OTHER), ("nobody@example.org", PASSWORD), ("lena@example.org", ""), ("\x00", PASSWORD), ("", "")],
)
def test_wrong_credentials_say_nothing(site: Site, lena: Person, email: str, password: str) -> None:
    assert credentials.sign_in(site, email=email, password=password) is None


def test_an_account_without_a_password_lets_nobody_in(site: Site) -> None:
    add_person(site, "ed", "educator")
    assert credentials.sign_in(site, email="ed@example.org", password="") is None


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"email": "lena"}, {"email": "email-form"}),
        ({"email": "le\x00na@example.org"}, {"email": "email-form"}),
        ({"email": "a@" + "b" * 250 + ".mx"}, {"email": "email-form"}),
        ({"email": "a,b@example.org"}, {"email": "email-form"}),
        ({"email": "a@[192.0.2"}, {"email": "email-form"}),
        ({"email": '"a\\b"@example.org'}, {"email": "email-form"}),
        ({"name": "  "}, {"name": "name-length"}),
        ({"name": "x" * 81}, {"name": "name-length"}),
        ({"name": "Le\x00na"}, {"name": "name-length"}),
        ({"password": "mango 7"}, {"password": "password-short"}),
        ({"password": "mango 7" * 30}, {"password": "password-long"}),
        ({"password": "aaaaaaaaaaaa"}, {"password": "password-easy"}),
        *(({"password": known}, {"password": "password-easy"}) for known in ("password123", "P4ssword123", "1234567890", "qwertyuiop")),
        ({"password": "academia2026"}, {"password": "password-easy"}),
        ({"password": "new@example.org1"}, {"password": "password-easy"}),
        ({"password": "NEW@example.org"}, {"password": "password-easy"}),
        ({"language": "fr"}, {"language": "language-unknown"}),
        ({"email": "", "name": "", "password": ""}, {"name": "name-length", "email": "email-form", "password": "password-short"}),
    ],
)
def test_what_cannot_be_used_is_named(site: Site, typed: dict[str, str], errors: dict[str, str]) -> None:
    form = {"email": "new@example.org", "password": PASSWORD, "name": "New", "language": "es"}
    with pytest.raises(FormError) as refused:
        accounts.sign_up(site, **(form | typed))
    assert refused.value.errors == errors
    assert all(form_errors.explain(code) for code in errors.values())
    assert accounts.listing(site)[1] == 0


@pytest.mark.parametrize(
    "password",
    [
        "zurdo mantel ocho tuba", "ZURDOMANTELTUBAX", "8203947561029384", "¡ñandú—çéлишь漢字!", "🐙🦜🌵🪁🧵🪵🐙🦜🌵🪁",
        "  spaces at both ends  ",
        "zurdo mantel tuba! " * 10, "zurdo mantel tuba! " * 3 + "1234567",
    ],
)  # fmt: skip
def test_any_characters_make_a_password_that_is_taken_as_it_was_typed(light_site: Site, password: str) -> None:
    lena = add_person(light_site, "lena", "learner", password=password)
    assert credentials.sign_in(light_site, email=lena.email, password=password) == lena
    for other in {password.swapcase(), password.strip(), password[:-1], password[:72], password + " "} - {password}:
        assert credentials.sign_in(light_site, email=lena.email, password=other) is None, other


def test_breached_passwords_are_refused_wherever_one_is_set(light_site: Site, tmp_path: Path) -> None:
    lines = sorted(hashlib.sha1(word.encode(), usedforsecurity=False).hexdigest().upper() + ":2" for word in (PASSWORD, "x", "y"))
    (tmp_path / "list").write_text("\n".join(lines))
    site = dataclasses.replace(light_site, breached=PasswordList(tmp_path / "list"))
    lena, token = add_person(site, "lena", "learner", password=OTHER), one_time_links.set_up_link(site)
    assert token is not None
    new = {"email": "new@example.org", "password": PASSWORD, "name": "New", "language": "es"}
    reset = one_time_links.reset_link(site, lena.id)
    acts: tuple[Callable[[], object], ...] = (
        lambda: accounts.sign_up(site, **new),
        lambda: one_time_links.use_set_up_link(site, token, **new),
        lambda: accounts.create_account(site, **new, roles=("learner",)),
        lambda: credentials.change_password(site, lena.id, present=OTHER, new=PASSWORD),
        lambda: one_time_links.use_reset_link(site, reset, password=PASSWORD),
    )
    for act in acts:
        with pytest.raises(FormError) as refused:
            act()
        assert refused.value.errors == {"password": "password-breached"}
    assert one_time_links.use_reset_link(site, reset, password="tres mangos sin chile 9")


def test_an_address_has_one_account(site: Site, lena: Person) -> None:
    with pytest.raises(FormError, match="email-taken"):
        accounts.sign_up(site, email="LENA@EXAMPLE.ORG", password=PASSWORD, name="Lena", language="es")


def test_two_at_once_make_one_account(site: Site) -> None:
    def join(_turn: int) -> str:
        try:
            return accounts.sign_up(site, email=EMAIL, password=PASSWORD, name="Lena", language="es").name
        except FormError as error:
            return error.errors["email"]

    assert sorted(_at_once(join, 4)) == ["Lena", "email-taken", "email-taken", "email-taken"]


def test_a_changed_password_ends_other_sessions(site: Site, lena: Person) -> None:
    token = sessions.begin(site, lena)
    changed = credentials.change_password(site, lena.id, present=PASSWORD, new=OTHER)
    assert sessions.find(site, token) is None
    assert sessions.find(site, sessions.begin(site, lena)) is None  # with the old password's version
    visit = sessions.find(site, sessions.begin(site, changed))
    assert visit is not None
    assert visit.person == changed
    assert credentials.sign_in(site, email=EMAIL, password=PASSWORD) is None
    assert credentials.sign_in(site, email=EMAIL, password=OTHER) == changed


@pytest.mark.parametrize(
    ("present", "new", "errors"),
    [(OTHER, OTHER, {"present": "password-wrong"}), (PASSWORD, "short", {"password": "password-short"})],
)
def test_a_password_changes_only_with_the_present_one(site: Site, lena: Person, present: str, new: str, errors: dict[str, str]) -> None:
    with pytest.raises(FormError) as refused:
        credentials.change_password(site, lena.id, present=present, new=new)
    assert refused.value.errors == errors
    assert credentials.sign_in(site, email=EMAIL, password=PASSWORD) == lena


def test_a_new_target_role_places_the_learner_again(site: Site, lena: Person) -> None:
    role = next(role for role in site.framework.roles.values() if role.requirements)
    profiles.change_profile(site, lena.id, Profile("Lena", "es", "MX-NLE", "31-33", role.id))
    with site.database.reading() as session:
        assert session.get_one(Standing, lena.id).role_id == role.id
    profiles.change_profile(site, lena.id, NOTHING)
    with site.database.reading() as session:
        assert session.get_one(Standing, lena.id).role_id == ""
    found = accounts.find(site, lena.id)
    assert found is not None
    assert (found.language, found.state, found.sector, found.target_role) == ("es", "", "", "")


@pytest.mark.parametrize("field", ["state", "sector", "target_role", "language"])
def test_a_profile_holds_only_known_choices(site: Site, lena: Person, field: str) -> None:
    values = {"name": "Lena", "language": "es", "state": "", "sector": "", "target_role": "", field: "x"}
    with pytest.raises(FormError) as refused:
        profiles.change_profile(site, lena.id, Profile(**values))
    assert list(refused.value.errors) == [field]


def test_preferences_are_kept_one_by_one(site: Site, lena: Person) -> None:
    profiles.change_preferences(site, lena.id, theme="dark")
    profiles.change_preferences(site, lena.id, language="es")
    found = accounts.find(site, lena.id)
    assert found is not None
    assert (found.theme, found.language) == ("dark", "es")
    with pytest.raises(ValueError, match="appearance"):
        profiles.change_preferences(site, lena.id, theme="pink")


def test_a_reset_link_works_once(site: Site, lena: Person) -> None:
    token = one_time_links.reset_link(site, lena.id)
    with pytest.raises(FormError, match="password-short"):
        one_time_links.use_reset_link(site, token, password="short")
    assert one_time_links.use_reset_link(site, token, password=OTHER) is not None
    assert one_time_links.use_reset_link(site, token, password=PASSWORD) is None
    assert credentials.sign_in(site, email=EMAIL, password=OTHER) is not None


def test_two_at_once_use_a_link_once(site: Site, lena: Person) -> None:
    token = one_time_links.reset_link(site, lena.id)
    used = _at_once(lambda turn: one_time_links.use_reset_link(site, token, password=f"{OTHER} {turn}"), 4)
    assert sum(found is not None for found in used) == 1


def test_a_reset_link_ends_after_a_day(site: Site, lena: Person, clock: Clock) -> None:
    token = one_time_links.reset_link(site, lena.id)
    clock.forward(hours=23, minutes=59)
    assert one_time_links.link_works(site, "reset", token)
    assert not one_time_links.link_works(site, "set-up", token)
    clock.forward(minutes=1)
    assert not one_time_links.link_works(site, "reset", token)
    assert one_time_links.use_reset_link(site, token, password=OTHER) is None


def test_a_newer_link_replaces_an_older_one_and_only_its_digest_is_kept(site: Site, lena: Person) -> None:
    old, new = one_time_links.reset_link(site, lena.id), one_time_links.reset_link(site, lena.id)
    assert old != new
    assert len(new) == 43  # 256 bits, six a letter
    assert not one_time_links.link_works(site, "reset", old)
    assert one_time_links.link_works(site, "reset", new)
    with site.database.reading() as session:
        assert session.get(OneTimeLink, new) is None


def test_the_set_up_link_makes_the_first_admin_and_no_second(site: Site) -> None:
    token = one_time_links.set_up_link(site)
    assert token is not None
    form = {"email": "ada@example.org", "password": PASSWORD, "name": "Ada", "language": "es"}
    with pytest.raises(FormError, match="email-form"):
        one_time_links.use_set_up_link(site, token, **(form | {"email": "ada"}))
    ada = one_time_links.use_set_up_link(site, token, **form)
    assert ada is not None
    assert ada.roles == set(accounts.ROLES)
    assert one_time_links.use_set_up_link(site, token, **(form | {"email": "eve@example.org"})) is None
    assert one_time_links.set_up_link(site) is None


def test_a_set_up_link_is_void_once_there_is_an_admin(site: Site) -> None:
    token = one_time_links.set_up_link(site)
    assert token is not None
    add_person(site, "ada", "admin")
    form = {"email": "eve@example.org", "password": PASSWORD, "name": "Eve", "language": "es"}
    assert one_time_links.use_set_up_link(site, token, **form) is None


def test_roles_are_granted_and_revoked(site: Site, lena: Person) -> None:
    for _twice in range(2):
        role_grants.grant(site, lena.id, "educator", by=None)
    assert _roles(site, lena) == {"learner", "educator"}
    for _twice in range(2):
        role_grants.revoke(site, lena.id, "learner")
    assert _roles(site, lena) == {"educator"}
    with pytest.raises(ValueError, match="boss"):
        role_grants.grant(site, lena.id, "boss", by=None)
    with pytest.raises(ValueError, match="no account"):
        role_grants.grant(site, lena.id + 1, "educator", by=None)


def test_the_last_admin_stays(site: Site) -> None:
    ada, eva = add_person(site, "ada", "admin"), add_person(site, "eva", "admin")
    accounts.disable(site, eva.id)
    role_grants.revoke(site, eva.id, "admin")
    with pytest.raises(FormError) as revoking:
        role_grants.revoke(site, ada.id, "admin")
    with pytest.raises(FormError) as disabling:
        accounts.disable(site, ada.id)
    assert (revoking.value.errors, disabling.value.errors) == ({"role": "last-admin"}, {"confirm": "last-admin"})


LEAVING = [lambda site, one: accounts.disable(site, one.id), lambda site, one: role_grants.revoke(site, one.id, "admin")]


@pytest.mark.parametrize("end", LEAVING, ids=["disabled", "revoked"])
def test_admins_who_leave_at_once_leave_one(site: Site, end: Callable[[Site, Person], None]) -> None:
    admins = [add_person(site, name, "admin") for name in ("ada", "eva", "ida")]

    def leave(turn: int) -> bool:
        try:
            end(site, admins[turn])
        except FormError:
            return False
        return True

    assert sorted(_at_once(leave, 3)) == [False, True, True]


def test_a_disabled_account_is_closed_at_once(site: Site, lena: Person) -> None:
    token = one_time_links.reset_link(site, lena.id)
    session = sessions.begin(site, lena)
    accounts.disable(site, lena.id)
    assert sessions.find(site, session) is None
    assert credentials.sign_in(site, email=EMAIL, password=PASSWORD) is None
    assert one_time_links.use_reset_link(site, token, password=OTHER) is None
    with pytest.raises(FormError, match="account-disabled"):
        one_time_links.reset_link(site, lena.id)
    with pytest.raises(FormError, match="disable-self"):
        accounts.disable(site, lena.id, by=lena.id)


def test_the_list_finds_names_with_accents_and_leaves_out_synthetic_people(site: Site) -> None:
    person = add_person(site, "angel", "learner")
    profiles.change_profile(site, person.id, Profile("Ángel 100%", "es", "", "", ""))
    other = add_person(site, "zoe", "manager")
    accounts.create_synthetic(site, number=1, name="Ángela", language="es")
    assert [one.id for one in accounts.listing(site)[0]] == [other.id, person.id]
    for query in ("ángel", "Ángel", "ANGEL@", "0%", " \x00angel "):
        assert [one.id for one in accounts.listing(site, query=query)[0]] == [person.id], query
    assert accounts.listing(site, query="1%0") == ([], 0)
    assert [one.id for one in accounts.listing(site, page=2, per_page=1)[0]] == [person.id]
    assert accounts.count_synthetic(site) == 1


def test_passwords_are_kept_as_argon2id(site: Site, lena: Person) -> None:
    with site.database.reading() as session:
        assert session.get_one(Account, lena.id).password_hash.startswith("$argon2id$")


def _roles(site: Site, person: Person) -> frozenset[str]:
    found = accounts.find(site, person.id)
    assert found is not None
    return found.roles


def _at_once(call: Callable[[int], Result], times: int) -> list[Result]:
    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(call, range(times)))
