"""A course folder's files turned into a course: manifest, lessons and quizzes, checked against each other."""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from academy.core.content.assets import LESSON_KB, QUIZ_KB, download_size, lint_item_files, lint_lesson_files, lint_weight, shown_images
from academy.core.content.codes import N_
from academy.core.content.fields import FieldReader
from academy.core.content.figure import LARGEST_FIGURE, Figure, read_figure
from academy.core.content.front_matter import FrontMatter, read_front_matter, read_yaml
from academy.core.content.lint import lint_lesson, lint_quiz
from academy.core.content.model import LANGUAGES, Course, Item, Language, Lesson, Module, Problem, Prose, Quiz
from academy.core.content.parse import parse_lesson
from academy.core.content.prose import item_pictures
from academy.core.content.quiz import HEADING, parse_quiz
from academy.core.content.silence import FIELD as ALLOW
from academy.core.content.silence import read_allowed, without_silenced
from academy.core.content.version import same_key, same_shape

MANIFEST = "course.yaml"
FEWEST_ITEMS = 12
"""Questions from which a course may say that it measures a skill."""
DIGEST_SHOWN = 12
"""Characters of a source file's digest that its translation carries."""

_NAME = re.compile(r"(?P<slug>\d+-[a-z0-9][a-z0-9-]*|quiz)\.(?P<language>[a-z]{2})\.md")
_FIELDS = ("id", "level", "hours", "source_language", "title", "summary", "skills", "modules", "budget", ALLOW)


@dataclass(frozen=True, slots=True)
class ContentFile:
    """One Markdown file as read: a lesson or a quiz where it can be used, and its problems."""

    path: str
    slug: str
    language: Language
    digest: str
    content: Lesson | Quiz | None
    problems: tuple[Problem, ...] = ()
    field_lines: Mapping[str, int] = field(default_factory=dict)
    item_ids: frozenset[str] = frozenset()
    """Ids of all items that the file begins, those with errors too."""
    size: int = 0
    """Bytes."""
    allowed: Mapping[str, int] = field(default_factory=dict)
    """Codes that the file silences, with the lines where it does."""


@dataclass(frozen=True, slots=True)
class ModuleEntry:
    """A module as the manifest lists it."""

    folder: str
    title: Mapping[Language, str]
    line: int


@dataclass(frozen=True, slots=True)
class CourseFiles:
    """Everything in a course folder. `modules` are its subfolders' files by folder; `images` bytes by path within the folder.

    `drawings` are the texts of its SVG files, by their paths within the folder.
    """

    folder: str
    path: str
    manifest: str
    modules: Mapping[str, Sequence[ContentFile]]
    images: Mapping[str, int]
    problems: tuple[Problem, ...] = ()
    drawings: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Assembly:
    """A course while it is put together."""

    files: CourseFiles
    source: Language
    known_skills: Collection[str]
    lesson_kb: int = LESSON_KB
    quiz_kb: int = QUIZ_KB
    problems: list[Problem] = field(default_factory=list)
    seen_items: dict[tuple[Language, str], tuple[str, int]] = field(default_factory=dict)
    seen_quizzes: dict[tuple[Language, str], str] = field(default_factory=dict)

    def fault(self, path: str, line: int, code: str, /, **values: str) -> None:
        self.problems.append(Problem(path, line, 1, code, tuple(values.items())))


def read_content_file(text: str | None, path: str, *, compare: bool = True) -> ContentFile | None:
    """A lesson or quiz file with all its own problems; None where its name is neither's. `text` is None where unreadable.

    compare: also find what other Markdown programs read otherwise, which takes most of the time.
    """
    match = _NAME.fullmatch(path.rpartition("/")[2])
    if match is None:
        return None
    slug, language = match["slug"], match["language"]
    if text is None:
        return ContentFile(path, slug, language, "", None)
    digest = hashlib.sha256(text.encode()).hexdigest()
    if language not in LANGUAGES:
        return ContentFile(path, slug, language, digest, None, (Problem(path, 1, 1, "language-unknown", (("language", language),)),))
    content: Lesson | Quiz | None
    if slug == "quiz":
        content, problems = parse_quiz(text, path, language)
        problems += tuple(lint_quiz(content, compare=compare)) if content else ()
    else:
        content, problems = parse_lesson(text, path, language, slug)
        problems += tuple(lint_lesson(content, compare=compare)) if content else ()
    lines = text.split("\n")
    front, _ = read_front_matter(lines, path)
    item_ids = frozenset(match[1] for line in lines if (match := HEADING.fullmatch(line.rstrip())))
    allowed, found = read_allowed(front, path) if front else ({}, [])
    return ContentFile(
        path, slug, language, digest, content, (*problems, *found), front.lines if front else {}, item_ids, len(text.encode()), allowed
    )


def assemble_course(files: CourseFiles, known_skills: Collection[str]) -> tuple[Course | None, tuple[Problem, ...]]:
    """The course and every problem in its folder; None where the manifest cannot be used."""
    path = f"{files.path}/{MANIFEST}"
    fields, lines, problems = read_yaml(files.manifest, path)
    own = [problem for module in files.modules.values() for file in module for problem in file.problems]
    if fields is None:
        return None, (*files.problems, *problems, *own)
    front = FrontMatter(fields, lines, 1)
    reader = FieldReader(front, path, known=_FIELDS)
    course_id, level, hours = reader.identifier("id"), reader.text("level"), reader.positive("hours")
    source = reader.text("source_language")
    title, summary = reader.names("title", LANGUAGES), reader.names("summary", LANGUAGES)
    skills, entries = reader.words("skills"), tuple(_module_entries(reader, fields))
    budget = reader.budget("budget", {"lesson": LESSON_KB, "quiz": QUIZ_KB})
    allowed, misused = read_allowed(front, path)
    assembly = _Assembly(
        files, source or "", known_skills, budget["lesson"], budget["quiz"], [*files.problems, *reader.problems, *misused, *own]
    )
    if course_id is not None and course_id != files.folder:
        assembly.fault(path, reader.line("id"), "course-id", id=course_id, folder=files.folder)
    if source is not None and source not in LANGUAGES:
        assembly.fault(path, reader.line("source_language"), "language-unknown", language=source)
    if course_id is None or level is None or hours is None or source not in LANGUAGES or not (title and summary):
        return None, _ordered(assembly.problems)
    modules = tuple(module for entry in entries if (module := _module(assembly, entry, path)) is not None)
    _check_folders(assembly, entries, path)
    _check_skills(assembly, skills, modules, reader)
    _check_files(assembly, modules)
    silences = {path: allowed} | {file.path: file.allowed for module in files.modules.values() for file in module}
    found = _ordered(tuple(without_silenced(assembly.problems, silences, path)))
    digests = [file.digest for module in files.modules.values() for file in module]
    weights = {file.path: file.size for module in files.modules.values() for file in module}
    course = Course(
        id=course_id,
        level=level,
        hours=hours,
        source_language=source or "",
        title=title,
        summary=summary,
        skills=tuple(skill for skill in skills if skill in known_skills),
        modules=modules,
        digest=hashlib.sha256("\n".join([files.manifest, *digests]).encode()).hexdigest(),
        images=frozenset(files.images),
        download={language: download_size(modules, language, weights, files.images) for language in LANGUAGES},
        problems=found,
    )
    return course, course.problems


def _module_entries(reader: FieldReader, fields: Mapping[str, object]) -> Iterator[ModuleEntry]:
    listed = fields.get("modules")
    if not isinstance(listed, list) or not listed:
        reader.fault("modules", "field-missing" if listed is None else "field-type", field="modules", expected=N_("a list of modules"))
        return
    for position, entry in enumerate(listed):
        name = f"modules.{position}"
        if not isinstance(entry, dict) or not isinstance(entry.get("folder"), str):
            reader.fault(name, "field-missing", field=f"{name}.folder")
            continue
        title = entry.get("title")
        names = {str(key): str(value) for key, value in title.items()} if isinstance(title, dict) else {}
        for language in LANGUAGES:
            if not names.get(language, "").strip():
                reader.fault(name, "field-missing", field=f"{name}.title.{language}")
        yield ModuleEntry(entry["folder"], names or dict.fromkeys(LANGUAGES, str(entry["folder"])), reader.line(f"{name}.folder"))


def _check_folders(assembly: _Assembly, entries: Sequence[ModuleEntry], path: str) -> None:
    listed = {entry.folder for entry in entries}
    for folder in assembly.files.modules:
        if folder not in listed:
            assembly.fault(path, 1, "module-unlisted", folder=folder)


def _module(assembly: _Assembly, entry: ModuleEntry, manifest: str) -> Module | None:
    files = assembly.files.modules.get(entry.folder)
    if files is None:
        assembly.fault(manifest, entry.line, "module-folder", folder=entry.folder)
        return None
    by_name = {(file.slug, file.language): file for file in files if file.language in LANGUAGES}
    lessons: dict[tuple[str, Language], Lesson] = {}
    quizzes: dict[Language, Quiz] = {}
    for slug in sorted({slug for slug, _ in by_name}, key=_reading_order):
        for content in _in_languages(assembly, slug, by_name):
            if isinstance(content, Quiz):
                quizzes[content.language] = content
            else:
                lessons[slug, content.language] = content
    slugs = tuple(dict.fromkeys(slug for slug, _ in lessons))
    if not slugs:
        assembly.fault(manifest, entry.line, "module-empty", folder=entry.folder)
    if ("quiz", assembly.source) not in by_name:
        assembly.fault(manifest, entry.line, "quiz-missing", folder=entry.folder)
    return Module(entry.folder, entry.title, slugs, lessons, quizzes, _figures(assembly, entry.folder))


def _figures(assembly: _Assembly, folder: str) -> dict[str, Figure]:
    """The module's drawings that can stand in a page; what is wrong with a drawing is a problem of its file."""
    found: dict[str, Figure] = {}
    for name, text in sorted(assembly.files.drawings.items()):
        if not name.startswith(f"{folder}/"):
            continue
        path, figure = f"{assembly.files.path}/{name}", read_figure(text)
        if figure is None:
            assembly.fault(path, 1, "figure-unreadable")
            continue
        if figure.left_out:
            assembly.fault(path, 1, "figure-part", parts=", ".join(figure.left_out))
        if (size := len(text.encode())) > LARGEST_FIGURE:
            assembly.fault(path, 1, "figure-large", size=str(size), most=str(LARGEST_FIGURE))
        found[name.removeprefix(f"{folder}/")] = figure
    return found


def _reading_order(slug: str) -> tuple[int, str]:
    number = slug.partition("-")[0]
    return (int(number) if number.isdigit() else 10**9, slug)


def _in_languages(assembly: _Assembly, slug: str, by_name: Mapping[tuple[str, Language], ContentFile]) -> Iterator[Lesson | Quiz]:
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


def _usable(assembly: _Assembly, file: ContentFile, content: Lesson | Quiz) -> Lesson | Quiz:
    """The content without items whose id was used before or whose skill does not exist."""
    if isinstance(content, Quiz):
        known = assembly.seen_quizzes.setdefault((content.language, content.id), content.path)
        if known != content.path:
            assembly.fault(content.path, file.field_lines.get("quiz", 1), "quiz-duplicate", quiz=content.id, path=known)
        kept = tuple(item for item in content.items if _may_stay(assembly, item, content.language))
        return dataclasses.replace(content, items=kept)
    segments = tuple(part for part in content.segments if isinstance(part, Prose) or _may_stay(assembly, part, content.language))
    return dataclasses.replace(content, segments=segments)


def _may_stay(assembly: _Assembly, item: Item, language: Language) -> bool:
    first = assembly.seen_items.setdefault((language, item.id), (item.path, item.line))
    if first != (item.path, item.line):
        assembly.fault(item.path, item.line, "item-duplicate", item=item.id, path=first[0], line=str(first[1]))
        return False
    if item.skill is not None and item.skill not in assembly.known_skills:
        assembly.fault(item.path, item.line, "skill-unknown", skill=item.skill, guess=_guess(item.skill, assembly.known_skills))
        return False
    return True


def _translation(
    assembly: _Assembly, source_file: ContentFile, source: Lesson | Quiz, file: ContentFile, translation: Lesson | Quiz
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


def _same_terms(assembly: _Assembly, source: Quiz, file: ContentFile, translation: Quiz) -> Quiz:
    """The translation under its source's limits: whoever changes the language gains neither time nor attempts."""
    for name in ("attempts", "minutes"):
        said, meant = getattr(translation, name), getattr(source, name)
        if said is not None and said != meant:
            assembly.fault(file.path, file.field_lines.get(name, 1), "quiz-terms", field=name, value=str(said))
    return dataclasses.replace(translation, attempts=source.attempts, minutes=source.minutes)


def _compare_items(
    assembly: _Assembly, source_file: ContentFile, there: Mapping[str, Item], file: ContentFile, here: Mapping[str, Item]
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


def _compare(assembly: _Assembly, source: Item, item: Item) -> None:
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


def _check_files(assembly: _Assembly, modules: Sequence[Module]) -> None:
    """Links, images and weights: of what can be read, since a file with errors may show and be anything."""
    lessons = {(module.id, slug, language): lesson for module in modules for (slug, language), lesson in module.lessons.items()}
    sizes, listed = assembly.files.images, {module.id for module in modules}
    files = [file for folder in listed for file in assembly.files.modules[folder]]
    weights = {file.path: file.size for file in files}
    present = {file.path.removeprefix(f"{assembly.files.path}/") for module in assembly.files.modules.values() for file in module}
    shown: set[str] = set()
    for (folder, _slug, _language), lesson in lessons.items():
        here = shown_images(lesson, folder)
        shown |= here
        assembly.problems += lint_lesson_files(lesson, folder, lessons, present, sizes)
        weight = weights[lesson.path] + sum(sizes.get(name, 0) for name in here)
        assembly.problems += lint_weight(lesson.path, "lesson-heavy", weight, assembly.lesson_kb)
    for quiz in (quiz for module in modules for quiz in module.quizzes.values()):
        assembly.problems += lint_weight(quiz.path, "quiz-heavy", weights[quiz.path], assembly.quiz_kb)
    for module in modules:
        checks = [item for lesson in module.lessons.values() for item in lesson.checks]
        for item in (*checks, *(item for quiz in module.quizzes.values() for item in quiz.items)):
            shown |= {f"{module.id}/{pointer.target}" for pointer in item_pictures(item)}
            assembly.problems += lint_item_files(item, module.id, sizes)
    read = {lesson.path for lesson in lessons.values()} | {quiz.path for module in modules for quiz in module.quizzes.values()}
    if weights.keys() <= read:  # a file that cannot be used may show anything
        for name in sorted(sizes.keys() - shown):
            if name.partition("/")[0] in listed:
                assembly.fault(f"{assembly.files.path}/{name}", 1, "image-unused")


def _check_skills(assembly: _Assembly, skills: Sequence[str], modules: Sequence[Module], reader: FieldReader) -> None:
    # Questions in files that cannot be read are not missing.
    complete = all(file.content is not None for module in assembly.files.modules.values() for file in module)
    counts = Counter(item.measured for module in modules for item in _source_items(module, assembly.source))
    for position, skill in enumerate(skills):
        name = f"skills.{position}"
        path = f"{assembly.files.path}/{MANIFEST}"
        if skill not in assembly.known_skills:
            assembly.fault(path, reader.line(name), "skill-unknown", skill=skill, guess=_guess(skill, assembly.known_skills))
        elif complete and counts[skill] < FEWEST_ITEMS:
            assembly.fault(path, reader.line(name), "skill-thin", skill=skill, found=str(counts[skill]))


def _source_items(module: Module, language: Language) -> Iterator[Item]:
    for slug in module.slugs:
        lesson = module.lessons.get((slug, language))
        yield from lesson.checks if lesson else ()
    if language in module.quizzes:
        yield from module.quizzes[language].items


def _guess(skill: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(skill, list(known), n=1)
    return f" ({near[0]}?)" if near else ""


def _ordered(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: (problem.path, problem.line, problem.column, problem.code)))
