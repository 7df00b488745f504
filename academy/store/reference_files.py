"""The files of academy/reference/ turned into the framework: skills, work roles, states, sectors and published claims."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar, cast

from academy.core.content.model import LEVELS, Level, Problem
from academy.core.framework import (
    Claim,
    CompetencyArea,
    Country,
    Framework,
    Provenance,
    Requirement,
    RoleShare,
    Scenario,
    Sector,
    Skill,
    State,
    WorkRole,
)
from academy.store.claim_rows import MOST, SLUG, ascending, claim_of
from academy.store.country_files import modelled, read_countries
from academy.store.reference_rows import PROVENANCE, Row
from academy.store.reference_tables import Node, read_table

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
CATEGORIES = ("OG", "DD", "IO", "PD", "IN")
GROUPS = ("automotive", "electronics", "energy", "finance", "government", "logistics", "manufacturing")
LEAST_SKILLS, MOST_SKILLS = 6, 10
_AREAS, _SKILLS, _ROLES = "competency_areas.yaml", "skills.yaml", "work_roles.yaml"
_STATES, _SECTORS, _SHARES = "states.csv", "sectors.csv", "role_shares.csv"
_CLAIMS, _SCENARIOS = "claims.csv", "scenarios.yaml"
_STATE_FIELDS = (
    *("iso", "inegi", "abbreviation", "name", "region", "us_border"),
    *("population", "employed", "tile_row", "tile_column"),
)
_SECTOR_FIELDS = (
    *("id", "name", "parent", "group", "employed", "security_per_thousand", "exposure"),
    *(f"rate_{name}" for name in PROVENANCE),
)
_AREA = re.compile(r"NF-COM-\d{3}")
_ROLE = re.compile(r"(OG|DD|IO|PD|IN)-WRL-\d{3}")
_VERSION = re.compile(r"\d+\.\d+\.\d+")
_NICE = re.compile(r"[KST]\d{4}")
_ISO = re.compile(r"MX-[A-Z]{3}")
_INEGI = re.compile(r"\d{2}")
_ABBREVIATION = re.compile(r"[A-Z]{2,5}")
_SCIAN = re.compile(r"\d{2,3}(-\d{2})?")

T = TypeVar("T")


@dataclass(slots=True)
class _Reading:
    """What has been read so far. `seen`: by file, the ids that stand in it, those of faulty rows included."""

    directory: Path
    shown: str
    problems: list[Problem] = field(default_factory=list)
    seen: dict[str, set[str]] = field(default_factory=dict)

    def rows(self, name: str, key: str, fields: Collection[str], build: Callable[[Row], T]) -> dict[str, T]:
        """The sound rows of a file by id, in file order."""
        table, problems = read_table(self.directory / name, f"{self.shown}/{name}")
        known = (*fields, *PROVENANCE)
        if table.header is not None:
            self.problems += Row(table.path, table.header, key, 0).unread(known)
        self.problems += problems
        kept: dict[str, T] = {}
        for number, node in enumerate(table.rows, start=1):
            row = Row(table.path, node, key, number)
            value = build(row)
            self._once(name, row, key)
            if table.header is None:
                self.problems += row.unread(known)
            if row.sound:
                kept[row.name] = value
            self.problems += row.problems
        return kept

    def known(self, row: Row, field_name: str, found: str, file: str, node: Node | None = None) -> None:
        """Note a reference to a row that stands in no file."""
        if found and found not in self.seen.get(file, set()):
            row.fault("reference-unknown", node or row.node(field_name), field=field_name, found=found)

    def fault(self, name: str, code: str, **values: str) -> None:
        """Note a fault of a whole file."""
        self.problems.append(Problem(f"{self.shown}/{name}", 1, 1, code, tuple(values.items())))

    def _once(self, name: str, row: Row, key: str) -> None:
        seen = self.seen.setdefault(name, set())
        if row.name in seen:
            row.fault("reference-duplicate", row.node(key))
        seen.add(row.name)


def load_framework(directory: Path | None = None) -> tuple[Framework, tuple[Problem, ...]]:
    """The reference facts and every fault in them, by file and line. Faulty rows are left out."""
    place = (directory or REFERENCE).resolve()
    project = REFERENCE.parents[1]
    shown = place.relative_to(project) if place.is_relative_to(project) else place
    reading = _Reading(place, shown.as_posix())
    countries, problems = read_countries(place, shown.as_posix())
    reading.problems += problems
    country = modelled(countries)
    areas = reading.rows(_AREAS, "id", ("id", "name"), _area)
    skills = _skills(reading, areas)
    roles = _roles(reading, skills)
    claims = reading.rows(_CLAIMS, "id", ("id", "area", "low", "mode", "high", "unit", "counts"), claim_of)
    framework = Framework(
        areas=areas,
        skills=skills,
        roles=roles,
        states=_states(reading, country),
        sectors=_sectors(reading),
        claims=claims,
        scenarios=_scenarios(reading, claims),
        role_shares=_role_shares(reading),
        workforce=_workforce(reading, claims, country),
        countries=countries,
    )
    return framework, tuple(sorted(reading.problems, key=lambda problem: (problem.path, problem.line, problem.column)))


def _area(row: Row) -> CompetencyArea:
    return CompetencyArea(row.text("id", _AREA, "NF-COM-002"), row.names("name"), row.provenance())


def _skills(reading: _Reading, areas: Collection[str]) -> dict[str, Skill]:
    def build(row: Row) -> Skill:
        area = row.optional("competency_area")
        reading.known(row, "competency_area", area or "", _AREAS)
        return Skill(
            row.text("id", SLUG, "log-analysis"),
            row.names("name"),
            row.names("description"),
            _nice_ids(row),
            area if area in areas else None,
            row.provenance(),
        )

    return reading.rows(_SKILLS, "id", ("id", "name", "description", "nice_ids", "competency_area"), build)


def _nice_ids(row: Row) -> tuple[str, ...]:
    found: list[str] = []
    for word, node in row.words("nice_ids"):
        if not _NICE.fullmatch(word):
            row.fault("reference-nice-id", node, found=word)
        if word in found:
            row.fault("reference-repeat", node, field="nice_ids", found=word)
        found.append(word)
    given = row.node("nice_ids")
    if given is not None and given.value == []:
        row.fault("reference-field", given, field="nice_ids")
    return tuple(found)


def _roles(reading: _Reading, skills: Collection[str]) -> dict[str, WorkRole]:
    def build(row: Row) -> WorkRole:
        role_id, category = row.text("id", _ROLE, "PD-WRL-003"), row.choice("category", CATEGORIES)
        needs = _requirements(reading, row)
        if needs and not LEAST_SKILLS <= len(needs) <= MOST_SKILLS:
            row.fault("reference-requirements", row.node("requirements"), found=str(len(needs)))
        return WorkRole(
            role_id,
            category,
            row.names("name"),
            # A skill that was left out for its own fault does not take the role with it.
            tuple(need for need in needs if need.skill_id in skills),
            row.text("nice_version", _VERSION, "2.0.0"),
            row.provenance(),
        )

    return reading.rows(_ROLES, "id", ("id", "category", "name", "requirements", "nice_version"), build)


def _requirements(reading: _Reading, role: Row) -> list[Requirement]:
    found: list[Requirement] = []
    for number, node in enumerate(role.entries("requirements"), start=1):
        row = role.within(node, number, "skill")
        skill = row.text("skill")
        reading.known(row, "skill", skill, _SKILLS)
        if skill in [need.skill_id for need in found]:
            row.fault("reference-duplicate", row.node("skill"))
        level = cast(Level, row.choice("level", LEVELS))
        found.append(Requirement(skill, level, row.number("weight", 0.01, 100)))
        role.problems += row.problems
        reading.problems += row.unread(("skill", "level", "weight"))
    return found


def _states(reading: _Reading, country: Country | None) -> dict[str, State]:
    tiles: dict[tuple[int, int], str] = {}

    def build(row: Row) -> State:
        found = _state(row)
        tile = (found.tile_row, found.tile_column)
        if all(tile) and tiles.setdefault(tile, row.name) != row.name:
            row.fault("reference-tile", row.node("tile_row"), other=tiles[tile])
        return found

    states = reading.rows(_STATES, "iso", _STATE_FIELDS, build)
    total = sum(state.population for state in states.values())
    expected = country.population if country else None
    if expected and len(states) == len(reading.seen.get(_STATES, ())) and total != expected:
        reading.fault(_STATES, "reference-sum", field="population", found=f"{total:,}", expected=f"{expected:,}")
    return states


def _state(row: Row) -> State:
    return State(
        iso=row.text("iso", _ISO, "MX-NLE"),
        inegi=row.text("inegi", _INEGI, "19"),
        abbreviation=row.text("abbreviation", _ABBREVIATION, "NL"),
        name=row.text("name"),
        region=row.text("region"),
        us_border=row.choice("us_border", ("yes", "no")) == "yes",
        population=row.whole("population", 1, MOST),
        employed=row.whole("employed", 1, MOST),
        tile_row=row.whole("tile_row", 1, 20),
        tile_column=row.whole("tile_column", 1, 20),
        provenance=row.provenance(),
    )


def _sectors(reading: _Reading) -> dict[str, Sector]:
    parents: list[tuple[Row, str]] = []

    def build(row: Row) -> Sector:
        found = _sector(row)
        parents.append((row, found.parent or ""))
        return found

    sectors = reading.rows(_SECTORS, "id", _SECTOR_FIELDS, build)
    # A subsector may stand before its parent, so parents are looked up at the end.
    for row, parent in parents:
        before = len(row.problems)
        reading.known(row, "parent", parent, _SECTORS)
        reading.problems += row.problems[before:]
        if not row.sound:
            sectors.pop(row.name, None)
    return sectors


def _sector(row: Row) -> Sector:
    return Sector(
        id=row.text("id", _SCIAN, "336"),
        name=row.names("name"),
        parent=row.optional("parent"),
        group=row.choice("group", GROUPS) if row.node("group") else None,
        employed=row.whole("employed", 1, MOST),
        security_per_thousand=row.number("security_per_thousand", 0, 1000),
        exposure=row.number("exposure", 0, 1000),
        provenance=row.provenance(),
        rate_provenance=row.provenance("rate_"),
    )


def _scenarios(reading: _Reading, claims: Collection[str]) -> dict[str, Scenario]:
    def build(row: Row) -> Scenario:
        low, mode, high = (row.number(name, 1, MOST) for name in ("low", "mode", "high"))
        ascending(row, (low, mode, high))
        believed = row.words("claims")
        for claim, node in believed:
            reading.known(row, "claims", claim, _CLAIMS, node)
        row.provenance()
        return Scenario(
            row.text("id", SLUG, "headline"),
            row.names("name"),
            tuple(claim for claim, _ in believed if claim in claims),
            low,
            mode,
            high,
            row.number("budgeted_share", 0, 1),
        )

    return reading.rows(_SCENARIOS, "id", ("id", "name", "claims", "low", "mode", "high", "budgeted_share"), build)


def _role_shares(reading: _Reading) -> dict[str, RoleShare]:
    def build(row: Row) -> RoleShare:
        role = row.text("role")
        reading.known(row, "role", role, _ROLES)
        return RoleShare(role, row.number("share", 0, 1), row.provenance())

    shares = reading.rows(_SHARES, "role", ("role", "share"), build)
    total = round(sum(share.share for share in shares.values()), 9)
    if len(shares) == len(reading.seen.get(_SHARES, ())) and total != 1:
        reading.fault(_SHARES, "reference-sum", field="share", found=f"{total:g}", expected="1")
    return shares


def _workforce(reading: _Reading, claims: Mapping[str, Claim], country: Country | None) -> Claim:
    """The claim that the modelled country's pack names as the people in the field."""
    name, area = (country.workforce or "", country.area) if country else ("", "")
    if name and name not in reading.seen.get(_CLAIMS, set()):
        reading.fault(_CLAIMS, "reference-absent", found=name)
    return claims.get(name) or Claim(name, area, None, None, None, "persons", {}, Provenance("", 0, "D"))
