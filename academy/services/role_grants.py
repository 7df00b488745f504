"""Roles granted to accounts and taken back, so that somebody always can grant them."""

from __future__ import annotations

from academy.services import audit
from academy.services.accounts import refuse_unknown_roles
from academy.services.form_errors import FormError
from academy.services.site import Site
from academy.store import accounts as rows
from academy.store import sessions
from academy.store.tables.accounts import RoleGrant


def grant(site: Site, account_id: int, role: str, *, by: int | None) -> None:
    """Let an account act as a kind of user. Granting twice is the same as once. Raises ValueError for an unknown role."""
    refuse_unknown_roles((role,))
    with site.database.writing() as session:
        rows.by_id(session, account_id, lock=True)
        if session.get(RoleGrant, (account_id, role)) is None:
            session.add(RoleGrant(account_id=account_id, role=role, granted_at=site.now(), granted_by=by))
            sessions.mark_stale(session, account_id)
            audit.record(site, session, "role-granted", actor=by, subject=account_id, details={"role": role})


def revoke(site: Site, account_id: int, role: str, *, by: int | None = None) -> None:
    """Take a role back. Raises ValueError for an unknown role, FormError(role="last-admin") when nobody could grant roles."""
    refuse_unknown_roles((role,))
    with site.database.writing() as session:
        if role == "admin" and rows.is_last_admin(session, account_id):
            raise FormError(role="last-admin")
        if (held := session.get(RoleGrant, (account_id, role))) is not None:
            session.delete(held)
            sessions.mark_stale(session, account_id)
            audit.record(site, session, "role-revoked", actor=by, subject=account_id, details={"role": role})
