"""The registered items of a skill turned into its measuring scale: item parameters and cut scores."""

from __future__ import annotations

import weakref
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from sqlmodel import Session

from academy.core.content.model import LEVELS, Level
from academy.core.measurement.irt import ItemParameters, author_prior
from academy.core.measurement.mastery import cut_score
from academy.services.site import Site
from academy.store import evidence
from academy.store.tables import ItemVersion

ItemKey = tuple[str, str, str]
"""Course, item and key version."""


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
    """Every skill's scale, and the skill and parameters of every item version ever served."""

    skills: Mapping[str, SkillScale]
    items: Mapping[ItemKey, tuple[str, ItemParameters]]

    def of(self, skill_id: str) -> SkillScale:
        """The scale of a skill; one without items where none was written yet."""
        return self.skills.get(skill_id) or _EMPTY


_cache: weakref.WeakKeyDictionary[object, tuple[object, Scales]] = weakref.WeakKeyDictionary()


def scales(site: Site, session: Session) -> Scales:
    """The scales in force, kept in memory until the courses change."""
    kept = _cache.get(site.courses)
    library = site.courses.current
    if kept is None or kept[0] is not library:
        kept = (library, build_scales(evidence.item_versions(session)))
        _cache[site.courses] = kept
    return kept[1]


def forget(site: Site) -> None:
    """Drop the scales kept in memory, after the registered items changed."""
    _cache.pop(site.courses, None)


def build_scales(versions: Sequence[ItemVersion]) -> Scales:
    """Scales from registered item versions; inactive ones keep their parameters but no longer shape the cuts."""
    items: dict[ItemKey, tuple[str, ItemParameters]] = {}
    by_level: dict[str, dict[Level, list[ItemParameters]]] = defaultdict(lambda: defaultdict(list))
    for row in versions:
        level = cast(Level, row.level)
        parameters = author_prior(level, row.guessing)
        items[row.course_id, row.item_id, row.key_version] = (row.skill_id, parameters)
        if row.active and row.skill_id:
            by_level[row.skill_id][level].append(parameters)
    return Scales({skill: _scale(levels) for skill, levels in by_level.items()}, items)


def _scale(levels: Mapping[Level, list[ItemParameters]]) -> SkillScale:
    chosen = {level: levels.get(level) or [author_prior(level, 0.0)] for level in LEVELS}
    return SkillScale(
        items=tuple(item for level in LEVELS for item in levels.get(level, ())),
        cuts={level: cut_score(items) for level, items in chosen.items()},
    )


_EMPTY = _scale({})
