"""Pages of the gap, with what was chosen on them, kept by name: saved, listed, renamed and removed by the person whom they belong to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from academy.services.form_errors import FormError
from academy.services.site import Site
from academy.store import saved_views as rows
from academy.store.tables.gap import SavedView

LONGEST_NAME, LONGEST_ADDRESS = 80, 500
MOST = 100
"""How many views a person may keep."""


@dataclass(frozen=True, slots=True)
class View:
    """A view as its person sees it. address: path and query from the language on."""

    id: int
    name: str
    address: str
    saved_at: datetime


def listing(site: Site, person_id: int) -> list[View]:
    """A person's views, by name."""
    with site.database.reading() as session:
        return [_view(row) for row in rows.of_account(session, person_id)]


def save(site: Site, person_id: int, *, name: str, address: str) -> View:
    """Keep an address under a name; under a name that is there, in place of what it named. Raises FormError with what is wrong by field."""
    name = _checked(name)
    if not 0 < len(address) <= LONGEST_ADDRESS:
        raise FormError(name="address-too-long")
    with site.database.writing() as session:
        rows.lock(session, person_id)
        present = rows.of_account(session, person_id)
        row = next((one for one in present if one.name == name), None)
        if row is None and len(present) >= MOST:
            raise FormError(name="too-many")
        row = row or SavedView(account_id=person_id, name=name, address=address, saved_at=site.now())
        row.address, row.saved_at = address, site.now()
        session.add(row)
        session.flush()
        return _view(row)


def rename(site: Site, person_id: int, view_id: int, name: str) -> bool:
    """Give a view another name; False where the person has no such view. Raises FormError with what is wrong by field."""
    name = _checked(name)
    with site.database.writing() as session:
        rows.lock(session, person_id)
        row = rows.find(session, person_id, view_id)
        if row is None:
            return False
        if any(one.name == name and one.id != view_id for one in rows.of_account(session, person_id)):
            raise FormError(name="taken")
        row.name = name
        session.add(row)
    return True


def remove(site: Site, person_id: int, view_id: int) -> View | None:
    """Remove a view; returns what it was, None where the person has no such view."""
    with site.database.writing() as session:
        row = rows.find(session, person_id, view_id)
        if row is None:
            return None
        session.delete(row)
        return _view(row)


def _checked(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise FormError(name="empty")
    if len(name) > LONGEST_NAME:
        raise FormError(name="too-long")
    return name


def _view(row: SavedView) -> View:
    assert row.id is not None, "it was kept"
    return View(row.id, row.name, row.address, row.saved_at)
