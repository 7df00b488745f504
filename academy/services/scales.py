"""The registered items of a skill turned into its measuring scale: item parameters and cut scores."""

from __future__ import annotations

import math
import weakref
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, cast

from sqlmodel import Session

from academy.core.content.model import LEVELS, Level
from academy.core.measurement.irt import ItemParameters, author_prior
from academy.core.measurement.mastery import cut_score
from academy.services.site import Site
from academy.store import calibrations, evidence
from academy.store.calibrations import TextKey
from academy.store.tables.items import ItemCalibration, ItemVersion

EDIT_SD = 0.5
"""Standard deviation [logits] by which a rewording may change an item's difficulty."""

ItemKey = tuple[str, str, str]
"""Course, item and key version."""
FormKey = tuple[str, str, str, int]
"""An item key and the edition of its words: what has parameters of its own."""


class Answered(Protocol):
    """What names the words and the key that somebody answered."""

    @property
    def course_id(self) -> str:
        """The course."""

    @property
    def item_id(self) -> str:
        """The item."""

    @property
    def key_version(self) -> str:
        """The version of its key."""

    @property
    def language(self) -> str:
        """The language."""

    @property
    def text_version(self) -> str:
        """The version of its words in that language."""


@dataclass(frozen=True, slots=True)
class SkillScale:
    """A skill's active items and the ability [logits] from which each level counts as shown.

    A level without items has the cut of the author's nominal item of that level.
    """

    items: tuple[ItemParameters, ...]
    cuts: Mapping[Level, float]

    @property
    def measurable(self) -> bool:
        """Whether there is anything to answer."""
        return bool(self.items)


@dataclass(frozen=True, slots=True)
class Scales:
    """Every skill's scale, and the skill and parameters of every item version ever served.

    items: of the newest edition. forms: of every edition, and editions: which one some words belong to.
    """

    skills: Mapping[str, SkillScale]
    items: Mapping[ItemKey, tuple[str, ItemParameters]]
    forms: Mapping[FormKey, ItemParameters]
    editions: Mapping[TextKey, int]

    def of(self, skill_id: str) -> SkillScale:
        """The scale of a skill; one without items where none was written yet."""
        return self.skills.get(skill_id) or _EMPTY

    def measured(self, answered: Answered) -> tuple[str, ItemParameters | None]:
        """The skill and the parameters of the words that were answered; ("", None) where they measure nothing."""
        key = (answered.course_id, answered.item_id, answered.key_version)
        skill, newest = self.items.get(key, ("", None))
        return skill, self.forms.get((*key, edition_of(self.editions, answered)), newest)


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What answers have taught about the items: parameters by form with the skill they were found in, and the editions."""

    parameters: Mapping[FormKey, tuple[str, ItemCalibration]]
    editions: Mapping[TextKey, int]


NOTHING = Calibrated({}, {})
"""Before the first calibration."""

_cache: weakref.WeakKeyDictionary[object, tuple[object, int, Scales]] = weakref.WeakKeyDictionary()


def scales(site: Site, session: Session, number: int | None = None) -> Scales:
    """The scales in force, kept in memory until the courses change or there is another calibration.

    number: the newest calibration's, where it is known already.
    """
    number, library = calibrations.newest_number(session) if number is None else number, site.courses.current
    found = kept(site, number)
    if found is None:
        found = build_scales(evidence.item_versions(session), calibrated(session))
        _cache[site.courses] = (library, number, found)
    return found


def kept(site: Site, number: int) -> Scales | None:
    """The scales of a calibration, where they are those kept in memory."""
    found = _cache.get(site.courses)
    return found[2] if found is not None and found[0] is site.courses.current and found[1] == number else None


def forget(site: Site) -> None:
    """Drop the scales kept in memory, after the registered items changed."""
    _cache.pop(site.courses, None)


def calibrated(session: Session) -> Calibrated:
    """What the calibrations in force say."""
    newest = calibrations.in_force(session)
    skills = {row.id: row.skill_id for row in newest.values()}
    rows = calibrations.parameters(session, newest.values())
    return Calibrated({form_key(row): (skills[row.calibration_id], row) for row in rows}, calibrations.editions(session))


def form_key(row: ItemCalibration) -> FormKey:
    """Which form a row is about."""
    return row.course_id, row.item_id, row.key_version, row.edition


def edition_of(editions: Mapping[TextKey, int], answered: Answered) -> int:
    """The edition of the words that were answered."""
    return editions.get((answered.course_id, answered.item_id, answered.language, answered.text_version), 0)


def build_scales(versions: Sequence[ItemVersion], known: Calibrated = NOTHING) -> Scales:
    """Scales from registered item versions; inactive ones keep their parameters but no longer shape the cuts."""
    items: dict[ItemKey, tuple[str, ItemParameters]] = {}
    forms: dict[FormKey, ItemParameters] = {}
    newest = _editions_by_item(known.editions)
    by_level: dict[str, dict[Level, list[ItemParameters]]] = defaultdict(lambda: defaultdict(list))
    for row in versions:
        key, level = (row.course_id, row.item_id, row.key_version), cast(Level, row.level)
        for edition in newest.get(key[:2], [0]):
            forms[*key, edition] = parameters_of(row, edition, known)
        items[key] = (row.skill_id, forms[*key, newest.get(key[:2], [0])[-1]])
        if row.active and row.skill_id:
            by_level[row.skill_id][level].append(items[key][1])
    return Scales({skill: _scale(levels) for skill, levels in by_level.items()}, items, forms, known.editions)


def parameters_of(version: ItemVersion, edition: int, known: Calibrated) -> ItemParameters:
    """Parameters of one edition: calibrated; else those of the edition before it, less sure; else the author's level."""
    for earlier in range(edition, -1, -1):
        skill, row = known.parameters.get((version.course_id, version.item_id, version.key_version, earlier), ("", None))
        if row is not None and skill == version.skill_id:
            found = ItemParameters(row.discrimination, row.difficulty, row.guessing, row.se_difficulty)
            return found if earlier == edition else replace(found, se_difficulty=math.hypot(row.se_difficulty, EDIT_SD))
    return author_prior(cast(Level, version.level), version.guessing)


def _editions_by_item(editions: Mapping[TextKey, int]) -> dict[tuple[str, str], list[int]]:
    found: dict[tuple[str, str], set[int]] = defaultdict(set)
    for (course, item, _language, _version), edition in editions.items():
        found[course, item].add(edition)
    return {item: sorted(numbers) for item, numbers in found.items()}


def _scale(levels: Mapping[Level, list[ItemParameters]]) -> SkillScale:
    chosen: Iterable[tuple[Level, list[ItemParameters]]] = ((level, levels.get(level) or [author_prior(level, 0.0)]) for level in LEVELS)
    return SkillScale(
        items=tuple(item for level in LEVELS for item in levels.get(level, ())),
        cuts={level: cut_score(items) for level, items in chosen},
    )


_EMPTY = _scale({})
