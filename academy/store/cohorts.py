"""Queries on programs, cohorts, who answers for them, who is in them, and invitations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, func, select

from academy.store.tables.accounts import Account, RoleGrant
from academy.store.tables.cohorts import Cohort, CohortCourse, CohortMember, CohortStaff, Invitation, Program

_OF_MEMBER = col(Account.id) == col(CohortMember.learner_id)
_INSIDE = (col(CohortMember.left_at).is_(None), col(Account.disabled_at).is_(None))


def programs(session: Session) -> Sequence[Program]:
    """Every program that is not archived, by name."""
    return session.exec(select(Program).where(col(Program.archived_at).is_(None)).order_by(col(Program.name), col(Program.id))).all()


def cohorts(session: Session) -> Sequence[tuple[Cohort, Program]]:
    """Every cohort with its program, the one that began last first."""
    query = select(Cohort, Program).join(Program, col(Program.id) == col(Cohort.program_id))
    return session.exec(query.order_by(col(Cohort.starts_on).desc(), col(Cohort.id).desc())).all()


def cohort(session: Session, cohort_id: int) -> tuple[Cohort, Program] | None:
    """One cohort with its program."""
    query = select(Cohort, Program).join(Program, col(Program.id) == col(Cohort.program_id))
    return session.exec(query.where(Cohort.id == cohort_id)).one_or_none()


def lock_cohort(session: Session, cohort_id: int) -> Cohort:
    """The cohort, locked until the transaction ends: who joins waits for who joined before. Raises ValueError where there is none."""
    found = session.get(Cohort, cohort_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise ValueError(f"there is no cohort {cohort_id}")
    return found


def open_cohorts(session: Session, program_id: int) -> int:
    """How many cohorts of a program are not archived."""
    query = select(func.count()).select_from(Cohort).where(Cohort.program_id == program_id, col(Cohort.archived_at).is_(None))
    return session.exec(query).one()


def duties(session: Session, account_id: int) -> dict[int, set[str]]:
    """What an account answers for, by cohort; a duty without the role that goes with it is none."""
    query = select(CohortStaff.cohort_id, CohortStaff.duty).join(
        RoleGrant, (col(RoleGrant.account_id) == col(CohortStaff.account_id)) & (col(RoleGrant.role) == col(CohortStaff.duty))
    )
    found: dict[int, set[str]] = defaultdict(set)
    for cohort_id, duty in session.exec(query.where(CohortStaff.account_id == account_id)):
        found[cohort_id].add(duty)
    return dict(found)


def staff(session: Session, cohort_ids: Sequence[int]) -> Sequence[tuple[CohortStaff, Account]]:
    """Who answers for these cohorts today: open accounts that still have the role, by name."""
    query = (
        select(CohortStaff, Account)
        .join(Account, col(Account.id) == col(CohortStaff.account_id))
        .join(RoleGrant, (col(RoleGrant.account_id) == col(Account.id)) & (col(RoleGrant.role) == col(CohortStaff.duty)))
        .where(col(CohortStaff.cohort_id).in_(cohort_ids), col(Account.disabled_at).is_(None))
    )
    return session.exec(query.order_by(col(CohortStaff.duty).desc(), col(Account.name), col(Account.id))).all()


def member_counts(session: Session) -> dict[int, int]:
    """How many people are in each cohort; as in `members`, those whose account is closed are left out."""
    query = select(CohortMember.cohort_id, func.count()).join(Account, _OF_MEMBER).where(*_INSIDE)
    return dict(session.exec(query.group_by(col(CohortMember.cohort_id))).all())


def count_members(session: Session, cohort_id: int) -> int:
    """How many people are in a cohort, likewise."""
    query = select(func.count()).select_from(CohortMember).join(Account, _OF_MEMBER)
    return session.exec(query.where(CohortMember.cohort_id == cohort_id, *_INSIDE)).one()


def is_member(session: Session, cohort_id: int, learner_id: int) -> bool:
    """Whether a learner is in a cohort, likewise."""
    query = select(CohortMember.learner_id).join(Account, _OF_MEMBER)
    here = (CohortMember.cohort_id == cohort_id, CohortMember.learner_id == learner_id)
    return session.exec(query.where(*here, *_INSIDE)).one_or_none() is not None


def members(session: Session, cohort_id: int) -> Sequence[tuple[CohortMember, Account]]:
    """Who is in a cohort, by name; people whose account is closed are left out."""
    query = select(CohortMember, Account).join(Account, _OF_MEMBER).where(CohortMember.cohort_id == cohort_id, *_INSIDE)
    return session.exec(query.order_by(col(Account.name), col(Account.id))).all()


def memberships(session: Session, learner_id: int) -> Sequence[tuple[CohortMember, Cohort, Program]]:
    """The cohorts that a learner is in, the one joined last first."""
    query = (
        select(CohortMember, Cohort, Program)
        .join(Cohort, col(Cohort.id) == col(CohortMember.cohort_id))
        .join(Program, col(Program.id) == col(Cohort.program_id))
        .where(CohortMember.learner_id == learner_id, col(CohortMember.left_at).is_(None))
    )
    return session.exec(query.order_by(col(CohortMember.joined_at).desc(), col(CohortMember.cohort_id))).all()


def courses(session: Session, cohort_ids: Sequence[int]) -> Sequence[CohortCourse]:
    """What these cohorts are to do, what is due first before the rest, without a date last."""
    query = select(CohortCourse).where(col(CohortCourse.cohort_id).in_(cohort_ids))
    rows = session.exec(query.order_by(col(CohortCourse.course_id), col(CohortCourse.module_id))).all()
    return sorted(rows, key=lambda row: (row.due_on is None, row.due_on))


def invitation(session: Session, digest: str, *, lock: bool = False) -> Invitation | None:
    """The invitation whose token has this digest; locked: as it is now, whatever the session read of it before."""
    query = select(Invitation).where(Invitation.token_digest == digest)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.exec(query).one_or_none()


def invitations(session: Session, cohort_id: int, now: datetime) -> Sequence[Invitation]:
    """A cohort's invitations that can still be used, the newest first."""
    return session.exec(
        select(Invitation)
        .where(
            Invitation.cohort_id == cohort_id,
            col(Invitation.revoked_at).is_(None),
            col(Invitation.expires_at) > now,
            col(Invitation.uses) < col(Invitation.most_uses),
        )
        .order_by(col(Invitation.id).desc())
    ).all()
