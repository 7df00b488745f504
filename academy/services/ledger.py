"""The ledger of published figures: managers add, correct, retire and bring back rows; every version stays."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from sqlmodel import Session

from academy.core.content.model import Problem
from academy.core.framework import Claim, Framework
from academy.services import audit, inputs
from academy.services.site import Site
from academy.store import claim_rows, ledger
from academy.store.audit import person_key
from academy.store.tables.gap import ClaimVersion


def N_(message: str) -> str:  # noqa: N802  # the customary mark for text that is translated later
    """Mark a message for translation."""
    return message


MESSAGES: Mapping[str, str] = MappingProxyType(
    {
        "reference-field": N_("Fill this in."),
        "reference-language": N_("Fill this in, in both languages."),
        "reference-number": N_("Write a number without thousands separators, such as 260000."),
        "reference-range": N_("It is out of range; low, most likely and high ascend."),
        "reference-choice": N_("Choose one of the list."),
        "reference-grade": N_("Choose one of the list."),
        "reference-form": N_("Write an address that begins with https://, and a day like 2026-10-31."),
        "reference-long": N_("This is too long."),
        "share": N_("Write a number from 0 to 100."),
        "no-claims": N_("Choose at least one figure."),
        "name": N_("Give it a name in both languages, of at most 60 characters."),
        "many": N_("There are as many scenarios as can be kept apart. Correct one of them."),
        "changed": N_("Somebody changed this row meanwhile. Look at it again before you save."),
        "moved": N_("The numbers moved since you looked. Look at what the file would change now, then apply it."),
        "workforce": N_("The model spreads this row over the cells as the people in the field. Correct it instead of retiring it."),
        "workforce-number": N_("This row is the number of people in the field: it takes a number above 0 of persons in Mexico."),
        "last-scenario": N_("No scenario would be left with a number. Let another one believe some other claim first."),
    }
)
"""What is wrong with a form, by code. English msgids."""


class Refused(ValueError):
    """What a manager asked for cannot be done. `errors` maps a field to a message code."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        """Keep one code a field."""
        super().__init__(", ".join(f"{field}: {code}" for field, code in errors.items()))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Entry:
    """A version of a claim. Number 0 is as we ship it; `made_by` is a name, "" where the person is no longer known."""

    claim: Claim
    number: int
    retired: bool = False
    made_at: datetime | None = None
    made_by: str = ""


def explain(code: str, translate: Callable[[str], str] = str) -> str:
    """What a message code says, in the reader's language."""
    return translate(MESSAGES[code])


def entries(site: Site) -> list[Entry]:
    """Every claim in its newest version, retired ones too; those that we ship first."""
    with site.database.reading() as session:
        return list(newest(session, site.framework).values())


def history(site: Site, claim_id: str) -> list[Entry]:
    """The versions of one claim, the newest first; none where there is no such claim."""
    with site.database.reading() as session:
        versions = ledger.claim_versions(session, claim_id)
        names = audit.names(session, {version.made_by for version in versions})
        found = [_entry(version, names) for version in reversed(versions)]
    shipped = site.framework.claims.get(claim_id)
    return found if shipped is None else [*found, Entry(shipped, 0)]


def save(site: Site, manager_id: int, fields: Mapping[str, str], *, claim_id: str = "", number: int = 0) -> Claim:
    """Add a claim, or correct one whose newest version is `number`; a retired one stays retired.

    Raises Refused with what is wrong by field.
    """
    with site.database.writing() as session:
        present = newest(session, site.framework)
        name = claim_id or _new_id(fields, present)
        claim, problems = claim_rows.of_fields({**fields, "id": name})
        if problems:
            raise Refused(_by_field(problems))
        if claim_id and (claim_id not in present or present[claim_id].number != number):
            raise Refused({"claim": "changed"})
        retired = name in present and present[name].retired
        keep(site, session, {name: claim_rows.Line(claim, retired)}, person_key(session, manager_id), present)
        action = "claim-corrected" if claim_id else "claim-added"
        audit.record(site, session, action, actor=manager_id, details={"claim": name})
    return claim


def retire(site: Site, manager_id: int, claim_id: str, *, retired: bool) -> bool:
    """Retire a claim or bring it back; False where there is none. Raises Refused where the model cannot do without it."""
    with site.database.writing() as session:
        present = newest(session, site.framework)
        if claim_id not in present:
            return False
        if present[claim_id].retired != retired:
            line = claim_rows.Line(present[claim_id].claim, retired)
            keep(site, session, {claim_id: line}, person_key(session, manager_id), present)
            action = "claim-retired" if retired else "claim-restored"
            audit.record(site, session, action, actor=manager_id, details={"claim": claim_id})
        return True


def newest(session: Session, framework: Framework) -> dict[str, Entry]:
    """The newest version of every claim by id, those that we ship first."""
    versions = ledger.claim_versions(session)
    names = audit.names(session, {version.made_by for version in versions})
    found = {key: Entry(claim, 0) for key, claim in framework.claims.items()}
    return found | {version.claim_id: _entry(version, names) for version in versions}


def check_usable(session: Session, framework: Framework) -> None:
    """Raise Refused where the inputs in force leave the model without a workforce or without a scenario."""
    found = inputs.present_in(session, framework)
    workforce = found.claims.get(framework.workforce.id)
    if workforce is None:
        raise Refused({"claim": "workforce"})
    if not workforce.mode or workforce.unit != "persons" or workforce.area != framework.workforce.area:
        raise Refused({"mode": "workforce-number"})
    if not found.scenarios:
        raise Refused({"claim": "last-scenario"})


def keep(
    site: Site, session: Session, lines: Mapping[str, claim_rows.Line], key: str, present: Mapping[str, Entry], import_id: int | None = None
) -> None:
    """Append a version of each line, and see that the model can still be worked out. Raises Refused where not."""
    for claim_id, line in lines.items():
        number = present[claim_id].number + 1 if claim_id in present else 1
        session.add(
            ClaimVersion(
                claim_id=claim_id,
                number=number,
                content=inputs.claim_json(line.claim),
                retired=bool(line.retired),
                made_at=site.now(),
                made_by=key,
                import_id=import_id,
            )
        )
    session.flush()
    check_usable(session, site.framework)


def _entry(version: ClaimVersion, names: Mapping[str, str]) -> Entry:
    claim = inputs.claim_from(version.claim_id, version.content)
    return Entry(claim, version.number, version.retired, version.made_at, names.get(version.made_by, ""))


def _by_field(problems: Sequence[Problem]) -> dict[str, str]:
    """The first message code of each field of a form."""
    found: dict[str, str] = {}
    for problem in problems:
        values = dict(problem.values)
        field = values.get("field", "grade" if problem.code == "reference-grade" else "claim")
        if field == "counts":
            field = f"counts_{values.get('language', 'es')}"
        found.setdefault({"low, mode, high": "mode", "id": "source"}.get(field, field), problem.code)
    return found


def _new_id(fields: Mapping[str, str], present: Mapping[str, Entry]) -> str:
    """An id that tells source, year and area, and is not taken."""
    plain = unicodedata.normalize("NFKD", fields.get("source", "")).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain)[:3]
    place = re.findall(r"[a-z0-9]+", f"{fields.get('year', '')} {fields.get('area', '')}".lower())
    name = "-".join([*words, *place])[:50].strip("-") or "claim"
    return next(found for found in (name, *(f"{name}-{number}" for number in range(2, 10_000))) if found not in present)
