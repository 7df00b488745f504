"""The vocabulary of the field as values: skills, work roles, states, sectors and published claims."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from academy.core.content.model import Language, Level

Names = Mapping[Language, str]


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a fact comes from. Grade: A official, B survey, C vendor or press, D assumption."""

    source: str
    year: int
    grade: str
    url: str | None = None
    retrieved: str | None = None


@dataclass(frozen=True, slots=True)
class CompetencyArea:
    """A competency area of the NICE Framework, such as NF-COM-002."""

    id: str
    name: Names
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Skill:
    """Something a person can show by answering. Our wording; `nice_ids` are the NICE statements it rests on."""

    id: str
    name: Names
    description: Names
    nice_ids: tuple[str, ...]
    competency_area: str | None
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Requirement:
    """A skill that a work role needs, at an item level, with its weight among the role's skills (> 0)."""

    skill_id: str
    level: Level
    weight: float


@dataclass(frozen=True, slots=True)
class WorkRole:
    """A work role of the NICE Framework. No requirements means that we cannot measure it yet."""

    id: str
    category: str
    name: Names
    requirements: tuple[Requirement, ...]
    nice_version: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class State:
    """A federal entity. Population and employment in persons; tile row and column from 1 on the state map."""

    iso: str
    inegi: str
    abbreviation: str
    name: str
    region: str
    us_border: bool
    population: int
    employed: int
    tile_row: int
    tile_column: int
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Sector:
    """A sector or carved-out subsector of the partition of employment (SCIAN codes).

    employed: persons in the economic census, or the grade-D figure that stands in for it; the partition is
    disjoint, so a subsector's people are not in its parent. security_per_thousand: need of security staff per
    1,000 employed (mean). exposure: weight in the top-down allocation, 1 = average.
    """

    id: str
    name: Names
    parent: str | None
    group: str | None
    employed: int
    security_per_thousand: float
    exposure: float
    provenance: Provenance
    rate_provenance: Provenance


@dataclass(frozen=True, slots=True)
class Claim:
    """One published shortage figure: low, most likely and high; `value` None where no number was given."""

    id: str
    area: str
    low: float | None
    mode: float | None
    high: float | None
    unit: str
    counts: Names
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Scenario:
    """Which national shortage is believed [persons], from which claims, and the share that is budgeted posts."""

    id: str
    name: Names
    claim_ids: tuple[str, ...]
    low: float
    mode: float
    high: float
    budgeted_share: float


@dataclass(frozen=True, slots=True)
class RoleShare:
    """Expected share of a work role among a sector group's security staff; shares of all roles sum to 1."""

    role_id: str
    share: float
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Figure:
    """One published number of a country [persons, posts per year or -] and what it counts there."""

    id: str
    metric: str
    low: float | None
    mode: float
    high: float | None
    unit: str
    counts: Names
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Country:
    """A country as data: modelled by its states, or known by national figures only, and then `why`.

    population: of all its states together [persons]; workforce: the claim that is spread over them.
    """

    id: str
    name: Names
    area: str
    modelled: bool
    why: Names
    population: int | None
    workforce: str | None
    figures: tuple[Figure, ...]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Framework:
    """All reference facts, by id, in their file order."""

    areas: Mapping[str, CompetencyArea]
    skills: Mapping[str, Skill]
    roles: Mapping[str, WorkRole]
    states: Mapping[str, State]
    sectors: Mapping[str, Sector]
    claims: Mapping[str, Claim]
    scenarios: Mapping[str, Scenario]
    role_shares: Mapping[str, RoleShare]
    workforce: Claim
    """The published national workforce [persons] that is spread over the cells where nothing better is loaded."""
    countries: Mapping[str, Country] = field(default_factory=dict)
    """Every country pack by id."""
