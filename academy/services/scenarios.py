"""Scenarios: managers choose which published figures each believes and which part is budgeted posts; every version stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from academy.core.framework import Claim, Framework, Scenario
from academy.core.workforce.claims import believable
from academy.services import audit, inputs
from academy.services.inputs import Choice
from academy.services.ledger import Refused, check_usable
from academy.services.site import Site
from academy.store import ledger
from academy.store.audit import person_key
from academy.store.reference_tables import LANGUAGES
from academy.store.tables.gap import ScenarioVersion

OWN = "own-"
MOST = 24
"""How many scenarios there may be, retired ones included: a publication holds every cell under each."""

LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a scenario. Number 0 is as we ship it; `scenario` None: no claim that it believes is in force."""

    choice: Choice
    scenario: Scenario | None
    number: int
    made_at: datetime | None = None
    made_by: str = ""


def newest(site: Site) -> list[Version]:
    """Every scenario in its newest version, retired ones too; those that we ship first."""
    with site.database.reading() as session:
        versions = ledger.scenario_versions(session)
        claims = inputs.present_in(session, site.framework).claims
        last = {version.scenario_id: version for version in versions}
        names = audit.names(session, {version.made_by for version in last.values()})
        choices = inputs.choices_of(site.framework, versions)
    return [_version(choice, claims, site.framework.workforce.area, last.get(key), names) for key, choice in choices.items()]


def history(site: Site, scenario_id: str) -> list[Version]:
    """The versions of one scenario, the newest first; none where there is no such scenario."""
    with site.database.reading() as session:
        versions = ledger.scenario_versions(session, scenario_id)
        claims = inputs.present_in(session, site.framework).claims
        names = audit.names(session, {version.made_by for version in versions})
    shipped, area = inputs.choices_of(site.framework, ()).get(scenario_id), site.framework.workforce.area
    found = [_version(_choice(site.framework, version), claims, area, version, names) for version in reversed(versions)]
    return found if shipped is None else [*found, _version(shipped, claims, area, None, names)]


def believable_claims(site: Site) -> list[Claim]:
    """The claims in force that a scenario may rest on."""
    return [claim for claim in inputs.present(site).claims.values() if _may_rest_on(claim, site.framework)]


def save(
    site: Site, manager_id: int, fields: Mapping[str, str], claim_ids: Sequence[str], *, scenario_id: str = "", number: int = 0
) -> str:
    """Add a scenario, or change one whose newest version is `number`; returns its id.

    A retired one stays retired, and claims that are so at present stay believed for when they are back. Raises Refused with what
    is wrong by field.
    """
    with site.database.writing() as session:
        versions = ledger.scenario_versions(session)
        choices = inputs.choices_of(site.framework, versions)
        if scenario_id and (scenario_id not in choices or _number(versions, scenario_id) != number):
            raise Refused({"scenario": "changed"})
        if not scenario_id and len(choices) >= MOST:
            raise Refused({"scenario": "many"})
        claims = inputs.present_in(session, site.framework).claims
        offered = {key for key, claim in claims.items() if _may_rest_on(claim, site.framework)}
        before = choices.get(scenario_id)
        content = _content(fields, [key for key in claim_ids if key in offered])
        content["claims"] += [key for key in before.claim_ids if key not in offered] if before else []
        name = scenario_id or f"{OWN}{1 + sum(key.startswith(OWN) for key in choices)}"
        _keep(site, session, manager_id, name, content, retired=before is not None and before.retired)
        audit.record(site, session, "scenario-saved", actor=manager_id, details={"scenario": name})
    return name


def retire(site: Site, manager_id: int, scenario_id: str, *, retired: bool) -> bool:
    """Retire a scenario or bring it back; False where there is none. Raises Refused where it is the last with a number."""
    with site.database.writing() as session:
        choice = inputs.choices_of(site.framework, ledger.scenario_versions(session)).get(scenario_id)
        if choice is None:
            return False
        if choice.retired != retired:
            content = {"name": dict(choice.name), "claims": list(choice.claim_ids), "budgeted_share": choice.budgeted_share}
            _keep(site, session, manager_id, scenario_id, content, retired=retired)
            action = "scenario-retired" if retired else "scenario-restored"
            audit.record(site, session, action, actor=manager_id, details={"scenario": scenario_id})
        return True


def _keep(site: Site, session: Session, manager_id: int, scenario_id: str, content: Any, *, retired: bool) -> None:
    session.add(
        ScenarioVersion(
            scenario_id=scenario_id,
            number=_number(ledger.scenario_versions(session), scenario_id) + 1,
            content=content,
            retired=retired,
            made_at=site.now(),
            made_by=person_key(session, manager_id),
        )
    )
    session.flush()
    check_usable(session, site.framework)


def _content(fields: Mapping[str, str], claim_ids: Sequence[str]) -> dict[str, Any]:
    errors: dict[str, str] = {}
    names = {language: fields.get(f"name_{language}", "").strip() for language in LANGUAGES}
    errors |= {f"name_{language}": "name" for language, name in names.items() if not 0 < len(name) <= LONGEST_NAME}
    try:
        share = float(fields.get("budgeted", "").strip())
    except ValueError:
        share = -1.0
    if not 0 <= share <= 100:
        errors["budgeted"] = "share"
    if not claim_ids:
        errors["claims"] = "no-claims"
    if errors:
        raise Refused(errors)
    return {"name": names, "claims": list(claim_ids), "budgeted_share": share / 100}


def _may_rest_on(claim: Claim, framework: Framework) -> bool:
    return believable(claim, framework.workforce.area) and claim.id != framework.workforce.id


def _number(versions: Sequence[ScenarioVersion], scenario_id: str) -> int:
    return max((version.number for version in versions if version.scenario_id == scenario_id), default=0)


def _choice(framework: Framework, version: ScenarioVersion) -> Choice:
    return inputs.choices_of(framework, [version])[version.scenario_id]


def _version(choice: Choice, claims: Mapping[str, Claim], area: str, kept: ScenarioVersion | None, names: Mapping[str, str]) -> Version:
    scenario = inputs.scenario_of(choice, claims, area)
    if kept is None:
        return Version(choice, scenario, 0)
    return Version(choice, scenario, kept.number, kept.made_at, names.get(kept.made_by, ""))
