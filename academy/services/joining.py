"""A cohort joined by an invitation, with an account or by signing up, and left again."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from academy.services import accounts, audit, cohort_plan, cohorts, member_standing, rebuild
from academy.services.accounts import Person
from academy.services.cohort_plan import Responsible
from academy.services.cohorts import Outline
from academy.services.form_errors import FormError
from academy.services.invitations import digest_of
from academy.services.scales import scales
from academy.services.site import Site
from academy.store import accounts as account_rows
from academy.store import cohorts as rows
from academy.store import evidence, evidence_rows
from academy.store.tables.cohorts import Cohort, CohortMember, Invitation
from academy.store.tables.standings import Standing


@dataclass(frozen=True, slots=True)
class Offer:
    """What an invitation offers whoever holds it, and who will see them. full: no seat is left. joined: the reader is in already."""

    cohort: Outline
    staff: tuple[Responsible, ...]
    email: str
    name: str
    full: bool
    joined: bool


def find_offer(site: Site, token: str, person: Person | None) -> Offer | None:
    """What an invitation offers; None where it no longer works, but for whoever is in the cohort already."""
    with site.database.reading() as session:
        row = rows.invitation(session, digest_of(token))
        found = rows.cohort(session, row.cohort_id) if row else None
        if row is None or found is None or found[0].archived_at is not None:
            return None
        inside = person is not None and rows.is_member(session, row.cohort_id, person.id)
        if not inside and not _usable(site, row):
            return None
        staff = tuple(cohort_plan.as_responsible(held, account) for held, account in rows.staff(session, [row.cohort_id]))
        full = rows.count_members(session, row.cohort_id) >= found[0].seats
    return Offer(cohorts.outline(*found), staff, row.email, row.name, full, inside)


def join(site: Site, token: str, person: Person) -> int:
    """Let a learner who agreed join by an invitation; the cohort's number. Joining twice uses up nothing.

    Raises FormError(invitation="invitation-spent" | "invitation-other" | "cohort-full").
    """
    with site.database.writing() as session:
        return _join(site, session, token, person)


def sign_up(site: Site, token: str, *, email: str, password: str, name: str, language: str, address: str = "") -> Person:
    """Make a learner's account and join, both or neither; also where nobody may sign up alone.

    Raises Throttled, FormError as `accounts.sign_up` and `join` do.
    """
    offer = find_offer(site, token, None)
    if offer is None:
        raise FormError(invitation="invitation-spent")
    return accounts.sign_up_and(
        site,
        lambda session, person: _join(site, session, token, person),
        email=offer.email or email,
        password=password,
        name=name,
        language=language,
        address=address,
    )


def is_member(site: Site, cohort_id: int, learner_id: int) -> bool:
    """Whether a learner is in a cohort now."""
    with site.database.reading() as session:
        return rows.is_member(session, cohort_id, learner_id)


def leave(site: Site, cohort_id: int, learner_id: int, *, by: int) -> bool:
    """Let a learner leave, or be taken out by whoever is responsible; False where they are not in it.

    From then on nobody there sees them. They may be invited again.
    """
    with site.database.writing() as session:
        row = session.get(CohortMember, (learner_id, cohort_id))
        if row is None or row.left_at is not None:
            return False
        row.left_at = site.now()
        session.add(row)
        audit.record(site, session, "cohort-left", actor=by, subject=learner_id, details={"cohort": cohort_id})
        return True


def _join(site: Site, session: Session, token: str, person: Person) -> int:
    found = rows.invitation(session, digest_of(token))
    if found is None:
        raise FormError(invitation="invitation-spent")
    cohort = rows.lock_cohort(session, found.cohort_id)  # cohort before invitation: everybody waits in the same order
    row = rows.invitation(session, digest_of(token), lock=True)
    if row is None or cohort.archived_at is not None:
        raise FormError(invitation="invitation-spent")
    if rows.is_member(session, row.cohort_id, person.id):
        return row.cohort_id
    if not _usable(site, row):
        raise FormError(invitation="invitation-spent")
    if row.email and row.email != person.email:
        raise FormError(invitation="invitation-other")
    if rows.count_members(session, row.cohort_id) >= cohort.seats:
        raise FormError(invitation="cohort-full")
    row.uses += 1
    member = session.get(CohortMember, (person.id, row.cohort_id)) or CohortMember(
        learner_id=person.id, cohort_id=row.cohort_id, joined_at=site.now()
    )
    member.joined_at, member.left_at = site.now(), None
    member.ready_at_joining = _is_ready(site, session, cohort, person)
    session.add_all([row, member])
    _aim(site, session, cohort, person.id)
    audit.record(site, session, "cohort-joined", actor=person.id, subject=person.id, details={"cohort": row.cohort_id})
    return row.cohort_id


def _is_ready(site: Site, session: Session, cohort: Cohort, person: Person) -> bool:
    stored = session.get(Standing, person.id)
    if stored is not None and stored.placed_at is not None:
        return True
    role = member_standing.role_for(cohort, person.target_role)
    estimates = evidence_rows.estimates(session, person.id)
    answered = lambda: evidence.answered_items(session, person.id)  # noqa: E731  # asked only when it decides
    held = member_standing.standing_for(site, scales(site, session), person.id, role, estimates, answered)
    return held.ready_until is not None and held.ready_until > site.now()


def _aim(site: Site, session: Session, cohort: Cohort, learner_id: int) -> None:
    """Whoever aims for no work role yet aims for the cohort's from now on, as the page of the invitation said."""
    account = account_rows.by_id(session, learner_id, lock=True)
    if cohort.target_role and not account.target_role:
        account.target_role = cohort.target_role
        session.add(account)
        session.flush()
        rebuild.rebuild_learners(site, session, [learner_id])


def _usable(site: Site, row: Invitation) -> bool:
    return row.revoked_at is None and row.expires_at > site.now() and row.uses < row.most_uses
