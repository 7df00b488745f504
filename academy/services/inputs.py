"""The claims, scenarios and own demand in force turned into what the model reads, and frozen with a publication."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlmodel import Session

from academy.core.framework import Claim, Framework, Provenance, Scenario
from academy.core.workforce.claims import believable, believed
from academy.core.workforce.overrides import Override, in_force
from academy.services.site import Site
from academy.store import ledger
from academy.store.tables.gap import OwnDemand, Snapshot


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the demand rests on besides the facts that nobody changes here: claims, scenarios that have a number, own counts."""

    claims: Mapping[str, Claim]
    scenarios: Mapping[str, Scenario]
    workforce: Claim
    own: tuple[Override, ...] = ()

    @property
    def own_sources(self) -> tuple[tuple[str, int, str], ...]:
        """Source, year and grade of every own count, each once."""
        return tuple(dict.fromkeys((row.source, row.year, row.grade) for row in self.own))

    @property
    def digest(self) -> str:
        """The same for the same inputs."""
        return hashlib.sha256(json.dumps(as_json(self), sort_keys=True).encode()).hexdigest()

    def within(self, framework: Framework) -> Framework:
        """The framework with these claims and scenarios."""
        return dataclasses.replace(framework, claims=self.claims, scenarios=self.scenarios, workforce=self.workforce)


def shipped(framework: Framework) -> Inputs:
    """The inputs as we ship them."""
    return Inputs(framework.claims, framework.scenarios, framework.workforce)


def present(site: Site) -> Inputs:
    """The inputs in force now."""
    with site.database.reading() as session:
        return present_in(session, site.framework)


def present_in(session: Session, framework: Framework) -> Inputs:
    """The inputs in force, in a session that is open."""
    claims = claims_of(framework, ledger.claim_versions(session))
    choices = choices_of(framework, ledger.scenario_versions(session))
    own = in_force(override_of(row) for row in ledger.own_demand(session))
    workforce = claims.get(framework.workforce.id, framework.workforce)
    return Inputs(claims, scenarios_of(choices, claims, workforce.area), workforce, tuple(own))


def claims_of(framework: Framework, versions: Sequence[Any]) -> dict[str, Claim]:
    """The claims in force: those that we ship with the newest versions over them, without the retired ones."""
    found = dict(framework.claims)
    retired = {}
    for version in versions:  # the oldest first
        found[version.claim_id] = claim_from(version.claim_id, version.content)
        retired[version.claim_id] = version.retired
    return {key: claim for key, claim in found.items() if not retired.get(key)}


@dataclass(frozen=True, slots=True)
class Choice:
    """Which claims a scenario believes and the share that is budgeted posts; its number follows from the claims."""

    id: str
    name: Mapping[Any, str]
    claim_ids: tuple[str, ...]
    budgeted_share: float
    retired: bool = False


def choices_of(framework: Framework, versions: Sequence[Any]) -> dict[str, Choice]:
    """Every scenario's choice, those that we ship first, the newest version of each; retired ones too."""
    found = {key: Choice(key, scenario.name, scenario.claim_ids, scenario.budgeted_share) for key, scenario in framework.scenarios.items()}
    for version in versions:
        said = version.content
        found[version.scenario_id] = Choice(
            version.scenario_id, said["name"], tuple(said["claims"]), said["budgeted_share"], version.retired
        )
    return found


def scenarios_of(choices: Mapping[str, Choice], claims: Mapping[str, Claim], area: str) -> dict[str, Scenario]:
    """The scenarios that have a number; retired ones, and those whose every claim is retired, have none."""
    found = {}
    for key, choice in choices.items():
        scenario = None if choice.retired else scenario_of(choice, claims, area)
        if scenario is not None:
            found[key] = scenario
    return found


def scenario_of(choice: Choice, claims: Mapping[str, Claim], area: str) -> Scenario | None:
    """A choice with the number that follows from its claims of an area; None where none of them is in force."""
    kept = [claims[key] for key in choice.claim_ids if key in claims and believable(claims[key], area)]
    belief = believed(kept)
    if belief is None:
        return None
    ids = tuple(claim.id for claim in kept)
    return Scenario(choice.id, choice.name, ids, belief.low, belief.mode, belief.high, choice.budgeted_share)


def claim_json(claim: Claim) -> dict[str, Any]:
    """A claim as it is kept, without its id."""
    numbers = {"low": claim.low, "mode": claim.mode, "high": claim.high}
    return {"area": claim.area, **numbers, "unit": claim.unit, "counts": dict(claim.counts), **asdict(claim.provenance)}


def claim_from(claim_id: str, said: Mapping[str, Any]) -> Claim:
    """A claim from what is kept of it."""
    came = Provenance(said["source"], said["year"], said["grade"], said["url"], said["retrieved"])
    return Claim(claim_id, said["area"], said["low"], said["mode"], said["high"], said["unit"], said["counts"], came)


def override_of(row: OwnDemand) -> Override:
    """A row of own demand as a value."""
    return Override(
        kind=row.kind,  # type: ignore[arg-type]  # checked when it was read
        role=row.role_id,
        state=row.state,
        sector=row.sector,
        low=row.low,
        mode=row.mode,
        high=row.high,
        source=row.source,
        year=row.year,
        grade=row.grade,
    )


def as_json(inputs: Inputs) -> dict[str, Any]:
    """The inputs as a publication keeps them."""
    return {
        "claims": {key: claim_json(claim) for key, claim in inputs.claims.items()},
        "scenarios": [asdict(scenario) for scenario in inputs.scenarios.values()],
        "workforce": {"id": inputs.workforce.id, **claim_json(inputs.workforce)},
        "own": [asdict(row) for row in inputs.own],
    }


def of_snapshot(framework: Framework, snapshot: Snapshot) -> Inputs:
    """The inputs that a publication rests on; those that we ship where it is from before they could be changed."""
    said = snapshot.inputs
    if not said:
        return shipped(framework)
    scenarios = [Scenario(**{**each, "claim_ids": tuple(each["claim_ids"])}) for each in said["scenarios"]]
    return Inputs(
        {key: claim_from(key, each) for key, each in said["claims"].items()},
        {scenario.id: scenario for scenario in scenarios},
        claim_from(said["workforce"]["id"], said["workforce"]),
        tuple(Override(**each) for each in said["own"]),
    )
