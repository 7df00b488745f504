"""The courses' item versions kept in the database, so that every old answer can be shown, graded and replayed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, select

from academy.core.content.model import Item, Level
from academy.core.content.version import ItemVersions, canonical_key, digest
from academy.core.grading import guessing
from academy.services import audit, derivation, rebuild
from academy.services.required import required_items
from academy.services.scales import ItemKey, Scales, SkillScale, build_scales, calibrated, forget
from academy.services.site import Site
from academy.store import calibrations, evidence, schema
from academy.store.course_files import Library
from academy.store.tables.items import ItemText, ItemVersion
from academy.store.tables.standings import Basis

_RULE, _COURSES = "requirements", "courses"
_ITEMS_NAMED = 100


def refresh(site: Site) -> None:
    """Take up edited course files (development only)."""
    if site.courses.refresh():
        sync(site)


def sync(site: Site) -> bool:
    """Register new item versions and retire absent ones; whatever depends on a change is derived again. True if anything changed."""
    library = site.courses.current
    with site.database.reading() as session:
        if _courses_kept(session, library) and not _rule_changed(site, session):
            return False
    with site.database.writing() as session:
        session.merge(Basis(name=_COURSES, digest=_courses_digest(library)))
        if not _differences(session, library, site.now()) and not _rule_changed(site, session):
            return False
        before = {key: _measured(row) for key, row in _stored(session).items()}
        scales_before = build_scales(list(_stored(session).values()), calibrated(session))
        _write(session, library, site)
        session.flush()
        _note_changed_keys(site, session, set(before))
        forget(site)
        after = _stored(session)
        # Only a version that already has answers can change what is known about anyone.
        moved = [key for key, row in after.items() if key in before and _measured(row) != before[key]]
        rebuild.rebuild_learners(site, session, evidence.learners_who_answered(session, moved))
        cut_moved = _moved_cuts(scales_before, build_scales(list(after.values()), calibrated(session)))
        rebuild.rebuild_learners(site, session, evidence.learners_with_estimates(session, cut_moved))
        if _rule_changed(site, session):
            rebuild.rebuild_learners(site, session, evidence.learners_with_responses(session))
            session.merge(Basis(name=_RULE, digest=_rule_digest(site)))
    forget(site)
    return True


def readiness(site: Site) -> dict[str, bool | None]:
    """Whether each part of what the product needs is there; None where that cannot be known."""
    parts: dict[str, bool | None] = {"database": True, "migrations": None, "courses": bool(site.courses.current.courses)}
    try:
        parts["migrations"] = schema.present_version(site.database) == schema.newest_version()
    except SQLAlchemyError:
        parts["database"] = False
    return parts


def _courses_kept(session: Session, library: Library) -> bool:
    """Whether these very courses were registered last, which saves looking at each of their items."""
    kept = session.get(Basis, _COURSES)
    return kept is not None and kept.digest == _courses_digest(library)


def _courses_digest(library: Library) -> str:
    """What changes when anything that is registered of an item does."""
    lines = (
        f"{course_id}/{found.source.id} {found.key_version} {found.source.measured} {found.source.level} {guessing(found.source)}"
        f" {sorted(found.text_versions.items())} {sorted(found.drifted.items())}"
        f" {sorted((language, item.cosmetic) for language, item in found.items.items())}"
        for course_id, found in library.all_item_versions()
    )
    return digest("\n".join(sorted(lines)))


def _rule_changed(site: Site, session: Session) -> bool:
    """Whether roles ask for other skills, levels or weights than stored standings rest on, or another release derived them."""
    kept = session.get(Basis, _RULE)
    return kept is None or kept.digest != _rule_digest(site)


def _rule_digest(site: Site) -> str:
    roles = (f"{role.id}: {role.requirements!r}" for role in site.framework.roles.values())
    required = (f"{role}: {sorted(items)!r}" for role, items in sorted(required_items(site).items()))
    return digest("\n".join([derivation.VERSION, *roles, *required]))


def _differences(session: Session, library: Library, now: datetime) -> bool:
    stored = _stored(session)
    wanted = {_key(row): row for row in _wanted(library, now)}
    if any(key not in stored or _measured(stored[key]) != _measured(row) or not stored[key].active for key, row in wanted.items()):
        return True
    if any(row.active and key not in wanted for key, row in stored.items()):
        return True
    texts = set(session.exec(select(ItemText.course_id, ItemText.item_id, ItemText.language, ItemText.text_version)))
    return any(_text_key(text) not in texts for text in _wanted_texts(library, now))


def _write(session: Session, library: Library, site: Site) -> None:
    stored, now = _stored(session), site.now()
    wanted = {_key(row): row for row in _wanted(library, now)}
    for key, row in wanted.items():
        if key in stored:
            present = stored[key]
            present.skill_id, present.level, present.guessing, present.active = row.skill_id, row.level, row.guessing, True
            session.add(present)
        else:
            session.add(row)
    for key, present in stored.items():
        if key not in wanted and present.active:
            present.active = False
            session.add(present)
    _write_texts(session, library, now, new_keys=wanted.keys() - stored.keys())


def _write_texts(session: Session, library: Library, now: datetime, new_keys: AbstractSet[ItemKey]) -> None:
    """Register new wordings, each in its edition."""
    before = calibrations.editions(session)
    by_item: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for (course_id, item_id, language, _version), edition in before.items():
        here = by_item[course_id, item_id]
        here[language] = max(edition, here.get(language, 0))
    for course_id, versions in library.all_item_versions():
        fresh = (course_id, versions.source.id, versions.key_version) in new_keys
        for text in _texts(course_id, versions, now):
            if _text_key(text) not in before:
                same = fresh or versions.items[text.language].cosmetic
                text.edition = _edition(by_item[course_id, text.item_id], text.language, same_edition=same)
                session.add(text)


def _edition(present: Mapping[str, int], language: str, *, same_edition: bool) -> int:
    """The edition of a new wording among an item's present ones, the newest by language.

    A rewording begins an edition of its own, in all languages at once if they are reworded together. A cosmetic one does
    not, nor one that comes with a new key, whose statistics begin afresh anyway, nor a language that was not there before.
    """
    if language not in present:
        return max(present.values(), default=0)
    if same_edition:
        return present[language]
    return max(present.values()) + 1


def _note_changed_keys(site: Site, session: Session, before: set[ItemKey]) -> None:
    """Account for items that had another key until now."""
    known = {key[:2] for key in before}
    changed = sorted({"/".join(key[:2]) for key, row in _stored(session).items() if row.active and key not in before and key[:2] in known})
    if changed:
        details = {"items": changed[:_ITEMS_NAMED], "count": len(changed)}
        audit.record(site, session, "keys-changed", actor=audit.SYSTEM, details=details)


def _wanted(library: Library, now: datetime) -> Iterator[ItemVersion]:
    for course_id, versions in library.all_item_versions():
        skill = versions.source.measured or ""
        yield _version(course_id, versions.source, versions.key_version, versions.canonical, skill, now)
        for language, key_version in versions.drifted.items():  # measures nothing: answers there are practice
            item = versions.items[language]
            yield _version(course_id, item, key_version, canonical_key({language: item}, item), "", now)


def _version(course_id: str, item: Item, key_version: str, canonical: str, skill_id: str, now: datetime) -> ItemVersion:
    return ItemVersion(
        course_id=course_id,
        item_id=item.id,
        key_version=key_version,
        canonical=canonical,
        skill_id=skill_id,
        level=item.level,
        guessing=guessing(item),
        active=True,
        first_seen_at=now,
    )


def _wanted_texts(library: Library, now: datetime) -> Iterator[ItemText]:
    for course_id, versions in library.all_item_versions():
        yield from _texts(course_id, versions, now)


def _texts(course_id: str, versions: ItemVersions, now: datetime) -> Iterator[ItemText]:
    for language, item in versions.items.items():
        yield ItemText(
            course_id=course_id,
            item_id=item.id,
            language=language,
            text_version=versions.text_versions[language],
            canonical=versions.canonical_texts[language],
            first_seen_at=now,
        )


def _stored(session: Session) -> dict[ItemKey, ItemVersion]:
    return {_key(row): row for row in evidence.item_versions(session)}


def _moved_cuts(before: Scales, after: Scales) -> list[str]:
    skills = sorted(before.skills.keys() | after.skills.keys())
    return [skill for skill in skills if _bearing(before.of(skill)) != _bearing(after.of(skill))]


def _bearing(scale: SkillScale) -> tuple[bool, Mapping[Level, float]]:
    """What a skill's scale decides about readiness."""
    return scale.measurable, scale.cuts


def _measured(row: ItemVersion) -> tuple[str, str, float]:
    return (row.skill_id, row.level, row.guessing)


def _key(row: ItemVersion) -> ItemKey:
    return (row.course_id, row.item_id, row.key_version)


def _text_key(row: ItemText) -> tuple[str, str, str, str]:
    return (row.course_id, row.item_id, row.language, row.text_version)
