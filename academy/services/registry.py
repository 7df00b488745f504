"""The courses' item versions kept in the database, so that every old answer can be shown, graded and replayed."""

from __future__ import annotations

from collections.abc import Iterator

from sqlmodel import Session, select

from academy.core.content.version import canonical_key, canonical_text
from academy.core.grading import guessing
from academy.services import rebuild
from academy.services.scales import ItemKey, Scales, build_scales, forget
from academy.services.site import Site
from academy.store import evidence, schema
from academy.store.course_files import Library
from academy.store.tables import ItemText, ItemVersion


def refresh(site: Site) -> None:
    """Take up edited course files (development only)."""
    if site.courses.refresh():
        sync(site)


def sync(site: Site) -> bool:
    """Register new item versions and retire absent ones; whatever depends on a change is derived again. True if anything changed."""
    library = site.courses.current
    with site.database.reading() as session:
        if not _differences(session, library):
            return False
    with site.database.writing() as session:
        before = {key: _measured(row) for key, row in _stored(session).items()}
        scales_before = build_scales(list(_stored(session).values()))
        _write(session, library, site)
        session.flush()
        forget(site)
        after = _stored(session)
        # Only a version that already has answers can change what is known about anyone.
        moved = [key for key, row in after.items() if key in before and _measured(row) != before[key]]
        rebuild.rebuild_learners(site, session, evidence.learners_who_answered(session, moved))
        cut_moved = _moved_cuts(scales_before, build_scales(list(after.values())))
        rebuild.place_learners(site, session, evidence.learners_with_estimates(session, cut_moved))
    forget(site)
    return True


def faults(site: Site) -> list[str]:
    """What keeps the product from being ready: database, migrations or courses."""
    if schema.present_version(site.database) != schema.newest_version():
        return ["migrations"]
    return [] if site.courses.current.courses else ["courses"]


def _differences(session: Session, library: Library) -> bool:
    stored = _stored(session)
    wanted = {_key(row): row for row in _wanted(library)}
    if any(key not in stored or _measured(stored[key]) != _measured(row) or not stored[key].active for key, row in wanted.items()):
        return True
    if any(row.active and key not in wanted for key, row in stored.items()):
        return True
    texts = set(session.exec(select(ItemText.course_id, ItemText.item_id, ItemText.language, ItemText.text_version)))
    return any(_text_key(text) not in texts for text in _wanted_texts(library))


def _write(session: Session, library: Library, site: Site) -> None:
    stored, now = _stored(session), site.now()
    wanted = {_key(row): row for row in _wanted(library)}
    for key, row in wanted.items():
        if key in stored:
            present = stored[key]
            present.skill_id, present.level, present.guessing, present.active = row.skill_id, row.level, row.guessing, True
            session.add(present)
        else:
            row.first_seen_at = now
            session.add(row)
    for key, present in stored.items():
        if key not in wanted and present.active:
            present.active = False
            session.add(present)
    for text in _wanted_texts(library):
        if session.get(ItemText, _text_key(text)) is None:
            text.first_seen_at = now
            session.add(text)


def _wanted(library: Library) -> Iterator[ItemVersion]:
    for course_id, versions in library.all_item_versions():
        item = versions.source
        yield ItemVersion(
            course_id=course_id,
            item_id=item.id,
            key_version=versions.key_version,
            canonical=canonical_key(versions.items),
            skill_id=item.skill or "",
            level=item.level,
            guessing=guessing(item),
            active=True,
        )


def _wanted_texts(library: Library) -> Iterator[ItemText]:
    for course_id, versions in library.all_item_versions():
        for language, item in versions.items.items():
            yield ItemText(
                course_id=course_id,
                item_id=item.id,
                language=language,
                text_version=versions.text_versions[language],
                canonical=canonical_text(item),
            )


def _stored(session: Session) -> dict[ItemKey, ItemVersion]:
    return {_key(row): row for row in evidence.item_versions(session)}


def _moved_cuts(before: Scales, after: Scales) -> list[str]:
    skills = sorted(before.skills.keys() | after.skills.keys())
    return [skill for skill in skills if before.of(skill).cuts != after.of(skill).cuts]


def _measured(row: ItemVersion) -> tuple[str, str, float]:
    return (row.skill_id, row.level, row.guessing)


def _key(row: ItemVersion) -> ItemKey:
    return (row.course_id, row.item_id, row.key_version)


def _text_key(row: ItemText) -> tuple[str, str, str, str]:
    return (row.course_id, row.item_id, row.language, row.text_version)
