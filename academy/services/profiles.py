"""What people say about themselves, and how they want pages to look."""

from __future__ import annotations

from dataclasses import dataclass

from academy.config import LANGUAGES
from academy.services import rebuild
from academy.services.accounts import language_errors, name_errors
from academy.services.form_errors import refuse
from academy.services.site import Site
from academy.store import accounts as rows

THEMES = ("", "light", "dark")


@dataclass(frozen=True, slots=True)
class Profile:
    """What a person may say about themselves; all of it optional but the name."""

    name: str
    language: str
    state: str
    sector: str
    target_role: str


def change_profile(site: Site, person_id: int, profile: Profile) -> None:
    """Keep what a person says about themselves. Raises FormError(name=…, language=…, state=…, sector=…, target_role=…).

    A new target role places the learner anew, in the same transaction.
    """
    known = (
        ("state", profile.state, site.framework.states),
        ("sector", profile.sector, site.framework.sectors),
        ("target_role", profile.target_role, site.framework.roles),
    )
    unknown = {field: "choice-unknown" for field, value, choices in known if value and value not in choices}
    refuse(name_errors(profile.name) | language_errors(profile.language) | unknown)
    with site.database.writing() as session:
        account = rows.by_id(session, person_id, lock=True)
        moved = account.target_role != profile.target_role
        account.name, account.language = profile.name.strip(), profile.language
        account.state, account.sector, account.target_role = profile.state, profile.sector, profile.target_role
        session.add(account)
        session.flush()
        if moved:
            rebuild.rebuild_learners(site, session, [person_id])


def change_preferences(site: Site, person_id: int, *, theme: str | None = None, language: str | None = None) -> None:
    """Keep the appearance ("", light or dark) or the language a person chose."""
    if (theme is not None and theme not in THEMES) or (language is not None and language not in LANGUAGES):
        raise ValueError("there is no such appearance or language")
    with site.database.writing() as session:
        account = rows.by_id(session, person_id)
        account.theme = account.theme if theme is None else theme
        account.language = account.language if language is None else language
        session.add(account)
