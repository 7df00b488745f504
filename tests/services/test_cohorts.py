"""Programs, cohorts, invitations and work: what is refused, what is exact, what is taken back, what privacy finds."""

from __future__ import annotations

import io
import json
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import event
from sqlmodel import col, select

from academy.services import (
    accounts,
    audit,
    cohort_plan,
    cohorts,
    employment,
    groups,
    invitations,
    joining,
    privacy,
    profiles,
    rebuild,
    role_grants,
    timing,
)
from academy.services.accounts import Person
from academy.services.form_errors import FormError
from academy.services.invitation_sheet import Room, read, text_of
from academy.services.profiles import Profile
from academy.services.progress import NOTHING_DONE
from academy.services.site import Site
from academy.store.tables.cohorts import CohortMember, Invitation
from academy.store.tables.standings import StageChange, Standing
from tests.conftest import PASSWORD, START, Clock, add_person
from tests.factories import take_quiz

TYPED = {
    "name": "Nuevo León 1", "partner": "Banorte", "state": "MX-NLE", "sector": "52", "target_role": "PD-WRL-003", "seats": "3",
    "starts_on": "2026-02-01", "ends_on": "2026-08-01", "cost": "300,000", "currency": "MXN",
}  # fmt: skip


def cohort_of(site: Site, manager: Person, **typed: str) -> int:
    program = cohorts.keep_program(site, None, name="Norte", partner="", archived=False, by=manager.id)
    return cohorts.create(site, program, cohorts.checked_details(site.framework, {**TYPED, **typed}), by=manager.id)


def joined(site: Site, cohort_id: int, by: Person, *people: Person) -> None:
    token = invitations.make_link(site, cohort_id, uses=str(len(people)), days="30", by=by.id)
    for person in people:
        joining.join(site, token, person)


@pytest.fixture
def statements(light_site: Site) -> list[str]:
    """What is asked of the database from now on."""
    found: list[str] = []
    event.listen(light_site.database.engine, "checkout", lambda connection, *_: connection.set_trace_callback(found.append))
    return found


@pytest.fixture
def manager(light_site: Site) -> Person:
    return add_person(light_site, "mo", "manager")


@pytest.mark.parametrize(
    ("field", "text", "code"),
    [
        ("name", "", "text-length"),
        ("name", "x" * 81, "text-length"),
        ("partner", "x" * 81, "text-long"),
        ("partner", "a\x07b", "text-long"),
        ("state", "MX-XXX", "choice-unknown"),
        ("sector", "none", "choice-unknown"),
        ("target_role", "PD-WRL-999", "choice-unknown"),
        ("seats", "0", "seats-range"),
        ("seats", "2001", "seats-range"),
        ("seats", "٣", "seats-range"),
        ("starts_on", "2026-02-30", "date-form"),
        ("ends_on", "2026-01-31", "date-order"),
        ("cost", "-1", "cost-range"),
        ("cost", "9999999999", "cost-range"),
        ("currency", "EUR", "choice-unknown"),
    ],
)
def test_details_are_refused_by_field(light_site: Site, field: str, text: str, code: str) -> None:
    with pytest.raises(FormError) as refused:
        cohorts.checked_details(light_site.framework, {**TYPED, field: text})
    assert refused.value.errors == {field: code}


def test_who_makes_a_cohort_answers_for_it_and_somebody_always_does(light_site: Site, manager: Person) -> None:
    other, ed = add_person(light_site, "otto", "manager"), add_person(light_site, "ed", "educator")
    number = cohort_of(light_site, manager)
    assert cohorts.find(light_site, number, manager) is not None
    assert cohorts.find(light_site, number, other) is None
    with pytest.raises(FormError, match="person-unknown"):
        cohort_plan.name(light_site, number, email=ed.email, duty="manager", by=manager.id)
    cohort_plan.name(light_site, number, email=ed.email, duty="educator", by=manager.id)
    assert cohorts.find(light_site, number, ed) is not None
    assert cohorts.find(light_site, number, ed, managing=True) is None
    with pytest.raises(FormError, match="last-manager"):
        cohort_plan.release(light_site, number, manager.id, "manager", by=manager.id)
    cohort_plan.name(light_site, number, email=other.email, duty="manager", by=manager.id)
    cohort_plan.release(light_site, number, manager.id, "manager", by=other.id)
    assert cohorts.find(light_site, number, manager) is None
    role_grants.revoke(light_site, ed.id, "educator")
    assert cohorts.find(light_site, number, ed) is None, "a duty ends with its role"
    assert [one.name for one in cohort_plan.responsible(light_site, number)] == ["Otto"]


def test_an_admin_may_manage_a_cohort_without_seeing_its_people(light_site: Site, manager: Person) -> None:
    ada, number = add_person(light_site, "ada", "admin"), cohort_of(light_site, manager)
    assert cohorts.find(light_site, number, ada) is None
    assert cohorts.find(light_site, number, ada, managing=True) is not None


def test_sizes_are_hidden_from_who_does_not_answer(light_site: Site, manager: Person) -> None:
    other, number = add_person(light_site, "otto", "manager"), cohort_of(light_site, manager)
    joined(light_site, number, manager, add_person(light_site, "lena", "learner"))
    [mine], [theirs] = cohorts.listing(light_site, manager), cohorts.listing(light_site, other)
    assert (mine.size.value, set(mine.duties)) == (1.0, {"manager"})
    assert (theirs.size.value, theirs.size.suppressed, theirs.duties) == (None, True, frozenset())


def test_a_program_is_archived_after_its_cohorts_and_seats_hold_those_inside(light_site: Site, manager: Person) -> None:
    number = cohort_of(light_site, manager)
    program = cohorts.listing(light_site, manager)[0].cohort.program_id
    joined(light_site, number, manager, *(add_person(light_site, name, "learner") for name in ("lena", "luis")))
    with pytest.raises(FormError, match="program-open"):
        cohorts.keep_program(light_site, program, name="Norte", partner="", archived=True, by=manager.id)
    details = cohorts.checked_details(light_site.framework, {**TYPED, "seats": "1"})
    with pytest.raises(FormError, match="seats-taken"):
        cohorts.change(light_site, number, details, archived=False, by=manager.id)
    cohorts.change(light_site, number, cohorts.checked_details(light_site.framework, TYPED), archived=True, by=manager.id)
    cohorts.keep_program(light_site, program, name="Norte", partner="", archived=True, by=manager.id)
    assert cohorts.programs(light_site) == []
    with pytest.raises(FormError, match="program-unknown"):
        cohorts.create(light_site, program, details, by=manager.id)
    with pytest.raises(FormError, match="program-archived"):
        cohorts.change(light_site, number, cohorts.checked_details(light_site.framework, TYPED), archived=False, by=manager.id)
    for refused in (
        lambda: invitations.make_link(light_site, number, uses="1", days="9", by=manager.id),
        lambda: invitations.invite(light_site, number, SHEET, "es", by=manager.id),
        lambda: invitations.check(light_site, number, SHEET, "es", by=manager),
    ):
        with pytest.raises(FormError, match="cohort-archived"):
            refused()


def test_a_work_role_stays_while_people_are_held_against_it(light_site: Site, manager: Person) -> None:
    number, lena = cohort_of(light_site, manager), add_person(light_site, "lena", "learner")
    other = cohorts.checked_details(light_site.framework, {**TYPED, "target_role": "PD-WRL-001"})
    joined(light_site, number, manager, lena)
    with pytest.raises(FormError, match="target_role: role-fixed"):
        cohorts.change(light_site, number, other, archived=False, by=manager.id)
    joining.leave(light_site, number, lena.id, by=lena.id)
    cohorts.change(light_site, number, other, archived=False, by=manager.id)


def test_whose_account_is_closed_is_in_no_cohort(light_site: Site, manager: Person) -> None:
    number = cohort_of(light_site, manager, seats="2")
    lena, luis = add_person(light_site, "lena", "learner"), add_person(light_site, "luis", "learner")
    joined(light_site, number, manager, lena, luis)
    accounts.disable(light_site, lena.id, by=None)
    assert not joining.is_member(light_site, number, lena.id)
    assert joining.is_member(light_site, number, luis.id)
    assert cohorts.listing(light_site, manager)[0].size.value == 1.0
    joined(light_site, number, manager, add_person(light_site, "eva", "learner"))


def test_the_dry_run_names_nobody_to_an_admin_and_is_in_the_log(light_site: Site, manager: Person) -> None:
    number, ada = cohort_of(light_site, manager), add_person(light_site, "ada", "admin")
    joined(light_site, number, manager, add_person(light_site, "lena", "learner"))
    invitations.invite(light_site, number, "email\nana@example.org", "es", by=manager.id)
    sheet = "email\nlena@example.org\nana@example.org\nbad"
    seen = [[error.code for error in invitations.check(light_site, number, sheet, "es", by=person).errors] for person in (manager, ada)]
    assert seen == [["member", "invited", "email"], ["known", "known", "email"]]
    events = [event for event in audit.listing(light_site, limit=50)[0] if event.action == "cohort-viewed"]
    assert [(event.actor_name, event.details["shown"]) for event in events] == [("Ada", "dry run"), ("Mo", "dry run")]


def test_assignments_come_in_order_of_their_dates(light_site: Site, manager: Person) -> None:
    number = cohort_of(light_site, manager)
    for course, module, due in (("foundations", "", ""), ("ai-threats", "2-deepfakes", "2026-05-01"), ("alert-triage", "", "2026-04-01")):
        cohort_plan.assign(light_site, number, course_id=course, module_id=module, due_on=due, by=manager.id)
    cohort_plan.assign(light_site, number, course_id="alert-triage", module_id="", due_on="2026-06-01", by=manager.id)
    given = [(one.course_id, one.module_id, one.due_on) for one in cohort_plan.assignments(light_site, number)]
    assert given == [
        ("ai-threats", "2-deepfakes", date(2026, 5, 1)),
        ("alert-triage", "", date(2026, 6, 1)),
        ("foundations", "", None),
    ]
    with pytest.raises(FormError, match="course-unknown"):
        cohort_plan.assign(light_site, number, course_id="ai-threats", module_id="none", due_on="", by=manager.id)
    cohort_plan.unassign(light_site, number, course_id="foundations", module_id="", by=manager.id)
    assert len(cohort_plan.assignments(light_site, number)) == 2


def test_what_no_database_holds_is_not_looked_for(light_site: Site, manager: Person, statements: list[str]) -> None:
    number = cohort_of(light_site, manager)
    statements.clear()
    cohort_plan.unassign(light_site, number, course_id="ai\x00threats", module_id="", by=manager.id)
    assert statements == [], "PostgreSQL takes no NUL"


def test_seats_are_exact_when_many_join_at_once(site: Site) -> None:
    manager = add_person(site, "mo", "manager")
    number = cohort_of(site, manager)
    people = [add_person(site, f"l{at}", "learner") for at in range(8)]
    tokens = [invitations.make_link(site, number, uses="3", days="9", by=manager.id) for _ in range(4)]

    def join(at: int) -> str:
        try:
            joining.join(site, tokens[at % 4], people[at])
        except FormError as refused:
            return refused.errors["invitation"]
        return "joined"

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(join, range(8)))
    assert sorted(results) == ["cohort-full"] * 5 + ["joined"] * 3
    with site.database.reading() as session:
        assert len(session.exec(select(CohortMember)).all()) == 3
        assert sum(row.uses for row in session.exec(select(Invitation))) == 3


def test_a_link_for_one_lets_one_in_when_many_come_at_once(site: Site) -> None:
    manager = add_person(site, "mo", "manager")
    number = cohort_of(site, manager, seats="30")
    people = [add_person(site, f"l{at}", "learner") for at in range(8)]
    token = invitations.make_link(site, number, uses="1", days="9", by=manager.id)

    def join(person: Person) -> str:
        try:
            joining.join(site, token, person)
        except FormError as refused:
            return refused.errors["invitation"]
        return "joined"

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(join, people))
    assert sorted(results) == ["invitation-spent"] * 7 + ["joined"]


def locked(statements: list[str], *tables: str) -> list[str]:
    """These tables in the order in which statements first read them, or change them to lock a row."""
    written = [one.replace("\n", " ") for one in statements]
    found = {
        table: next(at for at, one in enumerate(written) if f"FROM {table} " in one or one.startswith(f"UPDATE {table} "))
        for table in tables
    }
    return sorted(found, key=lambda table: found[table])


def test_everybody_locks_in_the_same_order(light_site: Site, manager: Person, statements: list[str]) -> None:
    number, lena = cohort_of(light_site, manager), add_person(light_site, "lena", "learner")
    token = invitations.make_link(light_site, number, uses="1", days="9", by=manager.id)
    statements.clear()
    joining.sign_up(light_site, token, email="ana@example.org", password=PASSWORD, name="Ana", language="es")
    begun = statements.index(next(one for one in statements if "INSERT INTO account" in one))
    assert locked(statements[begun:], "cohort", "audithead") == ["cohort", "audithead"]
    statements.clear()
    timing.set_extra(light_site, lena.id, 50, by=manager.id)
    assert locked(statements, "account", "standing") == ["account", "standing"]


def test_joining_again_uses_up_nothing_and_leaving_makes_room(light_site: Site, manager: Person, clock: Clock) -> None:
    number = cohort_of(light_site, manager, seats="1")
    lena, luis = add_person(light_site, "lena", "learner"), add_person(light_site, "luis", "learner")
    token = invitations.make_link(light_site, number, uses="1", days="90", by=manager.id)
    assert joining.join(light_site, token, lena) == number
    assert joining.join(light_site, token, lena) == number, "spent, but not for whoever is in"
    again = joining.find_offer(light_site, token, lena)
    assert again is not None
    assert again.joined
    assert joining.find_offer(light_site, token, luis) is None
    token = invitations.make_link(light_site, number, uses="1", days="90", by=manager.id)
    assert joining.join(light_site, token, lena) == number
    with pytest.raises(FormError, match="cohort-full"):
        joining.join(light_site, token, luis)
    assert joining.leave(light_site, number, lena.id, by=lena.id)
    assert not joining.leave(light_site, number, lena.id, by=lena.id)
    assert joining.join(light_site, token, luis) == number
    clock.forward(days=91)
    assert joining.find_offer(light_site, token, None) is None
    assert accounts.find(light_site, lena.id).target_role == "PD-WRL-003"  # type: ignore[union-attr]  # they joined


@pytest.mark.parametrize(("uses", "days", "field"), [("0", "9", "uses"), ("4", "9", "uses"), ("3", "91", "days"), ("3", "x", "days")])
def test_a_link_has_bounds(light_site: Site, manager: Person, uses: str, days: str, field: str) -> None:
    number = cohort_of(light_site, manager)
    with pytest.raises(FormError, match=field):
        invitations.make_link(light_site, number, uses=uses, days=days, by=manager.id)


def test_an_invitation_ends_by_revoking_and_by_archiving(light_site: Site, manager: Person) -> None:
    number, lena = cohort_of(light_site, manager), add_person(light_site, "lena", "learner")
    first, second = (invitations.make_link(light_site, number, uses="1", days="9", by=manager.id) for _ in range(2))
    newest = invitations.waiting(light_site, number)[0]
    assert not invitations.revoke(light_site, number + 1, newest.id, by=manager.id)
    assert invitations.revoke(light_site, number, newest.id, by=manager.id)
    assert joining.find_offer(light_site, second, lena) is None
    assert joining.find_offer(light_site, first, lena) is not None
    cohorts.change(light_site, number, cohorts.checked_details(light_site.framework, TYPED), archived=True, by=manager.id)
    assert joining.find_offer(light_site, first, lena) is None
    for token in (first, second, "none"):
        with pytest.raises(FormError, match="invitation-spent"):
            joining.join(light_site, token, lena)


SHEET = "Correo;Nombre;Idioma\nana@example.org;Ana;es\n\nbad;Bea;es\nANA@example.org;Ana;es\nmo@example.org;Mo;es\n" \
        "old@example.org;Old;en\ncy@example.org;Cy;fr\ndi@example.org;;\nel@example.org;El;es\n"  # fmt: skip


def test_each_line_of_a_sheet_is_judged() -> None:
    sheet = read(SHEET, Room({"mo@example.org"}, {"old@example.org"}, 2), "en")
    assert [(one.line, one.email, one.name, one.language) for one in sheet.good] == [
        (2, "ana@example.org", "Ana", "es"),
        (9, "di@example.org", "", "en"),
    ]
    assert [(one.line, one.code) for one in sheet.errors] == [
        (4, "email"), (5, "duplicate"), (6, "member"), (7, "invited"), (8, "language"), (10, "seats"),
    ]  # fmt: skip
    assert text_of("correo\nñandú@example.org".encode("cp1252")).endswith("ñandú@example.org")
    assert read(text_of(b"\xef\xbb\xbfemail\nx@example.org"), Room((), (), 9), "es").good[0].email == "x@example.org"


@pytest.mark.parametrize(("text", "code"), [("", "empty"), (" \n", "empty"), ("name\nAna\n", "head"), ("email\n" + "x\n" * 2001, "long")])
def test_what_is_no_such_sheet_is_refused(text: str, code: str) -> None:
    with pytest.raises(FormError, match=f"sheet-{code}"):
        read(text, Room((), (), 9), "es")


def test_inviting_by_csv_lets_the_named_sign_up_once(light_site: Site, manager: Person) -> None:
    number = cohort_of(light_site, manager)
    assert len(invitations.check(light_site, number, SHEET, "es", by=manager).good) == 3, "seats"
    made = invitations.invite(light_site, number, SHEET, "es", by=manager.id)
    assert [one.invitee.email for one in made] == ["ana@example.org", "mo@example.org", "old@example.org"]
    assert invitations.invite(light_site, number, SHEET, "es", by=manager.id) == []
    with pytest.raises(FormError, match="invitation-other"):
        joining.join(light_site, made[0].token, add_person(light_site, "eva", "learner"))
    person = joining.sign_up(light_site, made[0].token, email="mallory@example.org", password=PASSWORD, name="Ana", language="es")
    assert (person.email, set(person.roles)) == ("ana@example.org", {"learner"})
    with pytest.raises(FormError, match="invitation-spent"):
        joining.sign_up(light_site, made[0].token, email="", password=PASSWORD, name="Ana", language="es")


def test_signing_up_for_a_full_cohort_makes_no_account(light_site: Site, manager: Person) -> None:
    number = cohort_of(light_site, manager, seats="1")
    tokens = [invitations.make_link(light_site, number, uses="1", days="9", by=manager.id) for _ in range(2)]
    joining.join(light_site, tokens[0], add_person(light_site, "lena", "learner"))
    with pytest.raises(FormError, match="cohort-full"):
        joining.sign_up(light_site, tokens[1], email="ana@example.org", password=PASSWORD, name="Ana", language="es")
    assert accounts.find_by_email(light_site, "ana@example.org") is None


def stages(site: Site, learner_id: int) -> list[tuple[str, str]]:
    with site.database.reading() as session:
        query = select(StageChange).where(StageChange.learner_id == learner_id).order_by(col(StageChange.number))
        return [(row.was, row.stage) for row in session.exec(query)]


def test_work_places_and_taking_it_back_returns(light_site: Site, clock: Clock) -> None:
    lena = add_person(light_site, "lena", "learner")
    given = {"role_id": "PD-WRL-003", "started_on": "2026-02-01", "sector": "52", "by": lena.id}
    first = employment.record(light_site, lena.id, **given)  # type: ignore[arg-type]  # by name
    take_quiz(light_site, lena.id, "ai-threats", "1-attack-economics", right=1)
    clock.forward(days=200)
    second = employment.record(light_site, lena.id, **given)  # type: ignore[arg-type]  # likewise
    assert stages(light_site, lena.id) == [("enrolled", "placed")], "answers and silence change nothing while placed"
    assert employment.withdraw(light_site, lena.id, first, by=lena.id)
    assert not employment.withdraw(light_site, lena.id, first, by=lena.id)
    assert [work.number for work in employment.listing(light_site, lena.id)] == [second]
    employment.withdraw(light_site, lena.id, second, by=lena.id)
    assert stages(light_site, lena.id)[1:] == [("placed", "lapsed")]
    assert rebuild.differences(light_site) == []


def test_rebuilding_keeps_who_is_placed(light_site: Site) -> None:
    lena = add_person(light_site, "lena", "learner")
    employment.record(light_site, lena.id, role_id="PD-WRL-003", started_on="2026-02-01", sector="", by=lena.id)
    profiles.change_profile(light_site, lena.id, Profile("Lena", "en", "", "", "PD-WRL-001"))  # places anew
    rebuild.rebuild_all(light_site)
    with light_site.database.reading() as session:
        assert session.get_one(Standing, lena.id).placed_at == START


@pytest.mark.parametrize(
    ("given", "field"),
    [({"role_id": "none"}, "role"), ({"sector": "none"}, "sector"), ({"started_on": "soon"}, "started_on"),
     ({"started_on": "2026-03-03"}, "started_on"), ({"started_on": "1900-01-01"}, "started_on")],
)  # fmt: skip
def test_work_is_refused_by_field(light_site: Site, given: dict[str, str], field: str) -> None:
    lena = add_person(light_site, "lena", "learner")
    typed = {"role_id": "PD-WRL-003", "started_on": "2026-02-01", "sector": "", **given}
    with pytest.raises(FormError, match=field):
        employment.record(light_site, lena.id, by=lena.id, **typed)


def test_a_day_ends_when_it_ends_in_central_mexico(light_site: Site, manager: Person, clock: Clock) -> None:
    number, lena = cohort_of(light_site, manager), add_person(light_site, "lena", "learner")
    joined(light_site, number, manager, lena)
    cohort_plan.assign(light_site, number, course_id="foundations", module_id="", due_on="2026-03-02", by=manager.id)
    clock.forward(hours=14.5)  # 05:30 of 3 March in UTC, 23:30 of the 2nd there
    [todo] = groups.listing(light_site, lena.id, "es", NOTHING_DONE)[0].todos
    assert todo.days == 0, "not late yet"
    with pytest.raises(FormError, match="work-early"):
        employment.record(light_site, lena.id, role_id="PD-WRL-003", started_on="2026-03-03", sector="", by=lena.id)


def test_privacy_hands_over_and_erases_cohorts_work_and_invitations(site: Site, clock: Clock) -> None:
    manager, lena = add_person(site, "mo", "manager"), add_person(site, "lena", "learner")
    number = cohort_of(site, manager)
    joined(site, number, manager, lena)
    employment.record(site, lena.id, role_id="PD-WRL-003", started_on="2026-02-01", sector="", by=manager.id)
    other = cohort_of(site, manager)
    invitations.invite(site, other, "email,name\nlena@example.org,Lena", "es", by=manager.id)
    data = json.loads(zipfile.ZipFile(io.BytesIO(privacy.export(site, lena.id))).read("academy.json"))
    assert data["cohortmember"][0]["cohort_id"] == number
    assert data["employment"][0]["role_id"] == "PD-WRL-003"
    assert data["invitation"][0]["email"] == "lena@example.org"
    privacy.erase_now(site, lena.id, by=None)
    with site.database.reading() as session:
        assert session.exec(select(CohortMember)).all() == []
        assert [row.email for row in session.exec(select(Invitation))] == [""]
    privacy.erase_now(site, manager.id, by=None)  # who made and answers for things may go too
    clock.forward(days=200)
    privacy.purge(site)
    with site.database.reading() as session:
        assert session.exec(select(Invitation)).all() == []
    assert audit.verify(site)[0] == []


def test_what_is_done_to_cohorts_is_in_the_log(light_site: Site, manager: Person) -> None:
    number, lena = cohort_of(light_site, manager), add_person(light_site, "lena", "learner")
    joined(light_site, number, manager, lena)
    joining.leave(light_site, number, lena.id, by=manager.id)
    events = {event.action: event for event in audit.listing(light_site, limit=50)[0]}
    assert {"program-kept", "cohort-kept", "invited", "cohort-joined", "cohort-left"} <= set(events)
    assert (events["cohort-left"].actor_name, events["cohort-left"].subject_name) == ("Mo", "Lena")
    assert "lena" not in str([event.details for event in events.values()]).lower()
    assert events["invited"].at == START
