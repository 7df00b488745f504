"""What is held about a person, handed to them; and a person erased, in two stages, even from a restored backup."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlmodel import Session

from academy.core import csv_files
from academy.core.interop import archives
from academy.services import accounts, audit, credentials, sessions
from academy.services.form_errors import FormError
from academy.services.site import Site
from academy.store import accounts as rows
from academy.store import people, throttles
from academy.store import sessions as session_rows
from academy.store.tables.accounts import Account, Erasure

_SPENT = timedelta(days=30)
_MONTH = timedelta(days=30.44)


@dataclass(frozen=True, slots=True)
class Purged:
    """What one run of `purge` did: erasures taken from the list, begun for disuse, and done."""

    applied: int
    inactive: int
    erased: int


def export(site: Site, person_id: int) -> bytes:
    """A zip of everything held about a person: one JSON file, and each of its tables as CSV."""
    with site.database.reading(steady=True) as session:
        held = people.held(session, person_id)
    audit.note(site, "exported", actor=person_id, subject=person_id, what="own data")
    plain = {name: [{field: _plain(value) for field, value in row.items()} for row in table] for name, table in held.items()}
    files = {"academy.json": json.dumps(plain, ensure_ascii=False, indent=1).encode()}
    return archives.write_archive(files | {f"{name}.csv": _as_csv(table) for name, table in plain.items()})


def ask_erasure(site: Site, person_id: int, *, password: str) -> datetime:
    """Block a person's account at once and erase it after the term; when. Raises Throttled, FormError(present=…, confirm=…)."""
    credentials.check_password(site, person_id, password)
    return begin_erasure(site, person_id, by=person_id)


def begin_erasure(site: Site, person_id: int, *, by: int | str | None) -> datetime:
    """The first stage, whoever asks. Asking twice changes nothing. Raises FormError(confirm="last-admin")."""
    with site.database.writing() as session:
        return _begin(site, session, person_id, by=by).due_at


def cancel_erasure(site: Site, person_id: int, *, by: int | None) -> bool:
    """Open an account again whose term is not over; False where no erasure is pending."""
    with site.database.writing() as session:
        erasure = people.pending(session, person_id)
        if erasure is None:
            return False
        line = _line(erasure, cancelled=True)
        session.delete(erasure)
        account = rows.by_id(session, person_id, lock=True)
        account.disabled_at = None
        session.add(account)
        audit.record(site, session, "erasure-cancelled", actor=by, subject=person_id)
    _append(site, line)  # after the commit: until then the person is to be erased
    return True


def erase_now(site: Site, person_id: int, *, by: int | None) -> None:
    """Both stages at once. Raises FormError(confirm="last-admin")."""
    with site.database.writing() as session:
        _erase(site, session, _begin(site, session, person_id, by=by, due_at=site.now()))


def purge(site: Site) -> Purged:
    """All that time alone calls for: erasures that are due or that a restored backup lost, accounts in disuse, what has expired."""
    applied, now = apply_list(site), site.now()
    with site.database.writing() as session:
        throttles.drop_free(session, now)
        session_rows.drop_idle(session, now - sessions.IDLE, now - sessions.LIFETIME)
        people.drop_spent(session, now - _SPENT)
        unused = people.inactive(session, now - site.retention.inactive_months * _MONTH) if site.retention.inactive_months else []
        for person_id in unused:
            _begin(site, session, person_id, by=audit.SYSTEM)
    return Purged(applied, len(unused), erase_due(site))


def erase_due(site: Site) -> int:
    """Erase everybody whose term is over; how many."""
    with site.database.reading() as session:
        waiting = people.due(session, site.now())
    for erasure in waiting:  # each by itself: answers need not wait for all of them
        with site.database.writing() as session:
            _erase(site, session, session.merge(erasure))
    return len(waiting)


def apply_list(site: Site) -> int:
    """Begin the erasures of the list that this database does not know, as after restoring an older backup; how many."""
    with site.database.writing() as session:
        return sum(_apply(site, session, line) for line in _listed(site).values() if not line["cancelled"])


def has_list(site: Site) -> bool:
    """Whether the list of erasures is there; it is begun with the first one."""
    return site.erasures is not None and site.erasures.exists()


def _begin(site: Site, session: Session, person_id: int, *, by: int | str | None, due_at: datetime | None = None) -> Erasure:
    """The erasure of a person. due_at: the end of the term where it is not given; one that waits is moved only to a given one."""
    pending = people.pending(session, person_id)
    if pending is not None:
        if due_at is not None:
            pending.due_at = due_at
            session.add(pending)
            _append(site, _line(pending))
        return pending
    account = accounts.close(site, session, person_id)
    due_at = due_at or site.now() + timedelta(days=site.retention.erasure_days)
    erasure = Erasure(account_id=person_id, made_at=account.created_at, asked_at=site.now(), due_at=due_at)
    audit.record(site, session, "erasure-asked", actor=by, subject=person_id)
    session.add(erasure)
    session.flush()
    _append(site, _line(erasure))  # before the commit: a line too many blocks an account whose person asked for it
    return erasure


def _erase(site: Site, session: Session, erasure: Erasure) -> None:
    audit.record(site, session, "erased", actor=audit.SYSTEM, subject=erasure.account_id)  # the last event under their key
    erasure.done_at = site.now()
    session.add(erasure)
    session.flush()
    people.erase(session, erasure.account_id)


def _apply(site: Site, session: Session, line: Mapping[str, Any]) -> bool:
    account = session.get(Account, line["account"])
    made_at = datetime.fromisoformat(line["made_at"])
    if account is None or account.created_at != made_at or people.pending(session, line["account"]) is not None:
        return False
    try:
        accounts.close(site, session, line["account"])
    except FormError:  # the only admin of that older moment: kept until there is another
        return False
    audit.record(site, session, "erasure-asked", actor=audit.SYSTEM, subject=line["account"], details={"by": "list"})
    asked_at, due_at = (datetime.fromisoformat(line[field]) for field in ("asked_at", "due_at"))
    session.merge(Erasure(account_id=line["account"], made_at=made_at, asked_at=asked_at, due_at=due_at))
    session.flush()
    return True


def _line(erasure: Erasure, *, cancelled: bool = False) -> str:
    """A line of the list; it names an account by its number and the moment it was made, nothing else."""
    moments = {field: getattr(erasure, field).astimezone(UTC).isoformat() for field in ("made_at", "asked_at", "due_at")}
    return json.dumps({"account": erasure.account_id, **moments, "cancelled": cancelled})


def _append(site: Site, line: str) -> None:
    if site.erasures is None:
        return
    with site.erasures.open("a", encoding="ascii") as file:
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())


def _listed(site: Site) -> dict[tuple[int, str], dict[str, Any]]:
    """The last line about each account; a half-written one is passed over."""
    found: dict[tuple[int, str], dict[str, Any]] = {}
    if site.erasures is None or not has_list(site):
        return found
    for text in site.erasures.read_text(encoding="ascii", errors="replace").splitlines():
        try:
            line = json.loads(text)
            found[line["account"], line["made_at"]] = line
        except (ValueError, KeyError, TypeError):
            continue
    return found


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | date) else value


def _as_csv(table: list[dict[str, Any]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, fieldnames=list(table[0]))
    writer.writeheader()
    for row in table:
        writer.writerow({field: _cell(value) for field, value in row.items()})
    return out.getvalue().encode()


def _cell(value: Any) -> Any:
    return csv_files.plain(json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value)
