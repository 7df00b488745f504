"""A lesson or quiz in all its languages: each translation held against its source."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

from academy.core.content.assembly import Assembly
from academy.core.content.content_file import ContentFile
from academy.core.content.model import LANGUAGES, Item, Language, Lesson, Prose, Quiz
from academy.core.content.version import same_key, same_shape

DIGEST_SHOWN = 12
"""Characters of a source file's digest that its translation carries."""


def in_languages(assembly: Assembly, slug: str, by_name: Mapping[tuple[str, Language], ContentFile]) -> Iterator[Lesson | Quiz]:
    """The source and its translations, their items without those that cannot be used."""
    source_file = by_name.get((slug, assembly.source))
    source = _usable(assembly, source_file, source_file.content) if source_file and source_file.content else None
    if source is not None:
        yield source
    for language in LANGUAGES:
        if language == assembly.source:
            continue
        file = by_name.get((slug, language))
        if file is None:
            if source_file is not None and source is not None:
                assembly.fault(source_file.path, 1, "translation-missing", language=language, file=f"{slug}.{language}.md")
            continue
        if source_file is None:
            assembly.fault(file.path, 1, "translation-orphan", language=assembly.source)
            continue
        if file.content is None:
            continue
        translation = _usable(assembly, file, file.content)
        if source is not None:
            yield _translation(assembly, source_file, source, file, translation)


def _usable(assembly: Assembly, file: ContentFile, content: Lesson | Quiz) -> Lesson | Quiz:
    """The content without items whose id was used before or whose skill does not exist."""
    if isinstance(content, Quiz):
        known = assembly.seen_quizzes.setdefault((content.language, content.id), content.path)
        if known != content.path:
            assembly.fault(content.path, file.field_lines.get("quiz", 1), "quiz-duplicate", quiz=content.id, path=known)
        kept = tuple(item for item in content.items if _may_stay(assembly, item, content.language))
        return dataclasses.replace(content, items=kept)
    segments = tuple(part for part in content.segments if isinstance(part, Prose) or _may_stay(assembly, part, content.language))
    return dataclasses.replace(content, segments=segments)


def _may_stay(assembly: Assembly, item: Item, language: Language) -> bool:
    first = assembly.seen_items.setdefault((language, item.id), (item.path, item.line))
    if first != (item.path, item.line):
        assembly.fault(item.path, item.line, "item-duplicate", item=item.id, path=first[0], line=str(first[1]))
        return False
    if item.skill is not None and item.skill not in assembly.known_skills:
        assembly.unknown_skill(item.path, item.line, item.skill)
        return False
    return True


def _translation(
    assembly: Assembly, source_file: ContentFile, source: Lesson | Quiz, file: ContentFile, translation: Lesson | Quiz
) -> Lesson | Quiz:
    """The translation, marked stale where its source has moved on, without items that the source does not have."""
    present = source_file.digest[:DIGEST_SHOWN]
    if translation.source_digest is None:
        assembly.fault(file.path, 1, "source-missing", digest=present)
    stale = translation.source_digest is not None and translation.source_digest != present
    if stale:
        assembly.fault(file.path, file.field_lines.get("source", 1), "translation-stale", digest=present)
    here, there = _items(translation), _items(source)
    _compare_items(assembly, source_file, there, file, here)
    if isinstance(translation, Quiz):
        kept = tuple(item for item in translation.items if item.id in there)
        if isinstance(source, Quiz):
            translation = _same_terms(assembly, source, file, translation)
        return dataclasses.replace(translation, items=kept, stale=stale)
    segments = tuple(part for part in translation.segments if isinstance(part, Prose) or part.id in there)
    return dataclasses.replace(translation, segments=segments, stale=stale)


def _same_terms(assembly: Assembly, source: Quiz, file: ContentFile, translation: Quiz) -> Quiz:
    """The translation under its source's limits: whoever changes the language gains neither time nor attempts."""
    for name in ("attempts", "minutes"):
        said, meant = getattr(translation, name), getattr(source, name)
        if said is not None and said != meant:
            assembly.fault(file.path, file.field_lines.get(name, 1), "quiz-terms", field=name, value=str(said))
    return dataclasses.replace(translation, attempts=source.attempts, minutes=source.minutes)


def _compare_items(
    assembly: Assembly, source_file: ContentFile, there: Mapping[str, Item], file: ContentFile, here: Mapping[str, Item]
) -> None:
    """Report items that only one language has, and differences. An item with errors was reported already."""
    if here:
        for item_id in sorted(there.keys() - file.item_ids):
            assembly.fault(file.path, 1, "item-untranslated", item=item_id)
    for item_id in sorted(here.keys() - source_file.item_ids):
        assembly.fault(file.path, here[item_id].line, "item-not-in-source", item=item_id)
    for item_id in sorted(here.keys() & there.keys()):
        _compare(assembly, there[item_id], here[item_id])
    source, translation = source_file.content, file.content
    if not (isinstance(source, Quiz) and isinstance(translation, Quiz)) or source.id == translation.id:
        return
    if assembly.seen_quizzes[translation.language, translation.id] == translation.path:  # else a duplicate, reported as such
        assembly.fault(file.path, file.field_lines.get("quiz", 1), "quiz-drift", quiz=source.id)


def _compare(assembly: Assembly, source: Item, item: Item) -> None:
    different = [name for name in ("type", "skill", "level", "points") if getattr(source, name) != getattr(item, name)]
    if source.type == item.type and not same_shape(source, item):
        different.append("options")
    if source.type == item.type and source.by_self != item.by_self:
        different.append("self")
    if different:
        assembly.fault(item.path, item.line, "item-drift", item=item.id, what=", ".join(different))
        return
    if not same_key(source, item):
        assembly.fault(item.path, item.line, "key-drift", item=item.id)


def _items(content: Lesson | Quiz) -> dict[str, Item]:
    return {item.id: item for item in (content.items if isinstance(content, Quiz) else content.checks)}
