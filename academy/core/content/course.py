"""A course folder's files turned into a course: manifest, lessons and quizzes, checked against each other."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from academy.core.content.assembly import Assembly, CourseFiles
from academy.core.content.assets import LESSON_KB, QUIZ_KB, download_size, lint_item_files, lint_lesson_files, lint_weight, shown_images
from academy.core.content.codes import N_
from academy.core.content.fields import FieldReader
from academy.core.content.figure import LARGEST_FIGURE, Figure, read_figure
from academy.core.content.front_matter import FrontMatter, read_yaml
from academy.core.content.model import LANGUAGES, Course, Item, Language, Lesson, Module, Problem, Quiz
from academy.core.content.prose import item_pictures
from academy.core.content.silence import FIELD as ALLOW
from academy.core.content.silence import read_allowed, without_silenced
from academy.core.content.translation import in_languages

MANIFEST = "course.yaml"
FEWEST_ITEMS = 12
"""Questions from which a course may say that it measures a skill."""
_FIELDS = ("id", "level", "hours", "source_language", "title", "summary", "skills", "modules", "budget", ALLOW)


@dataclass(frozen=True, slots=True)
class ModuleEntry:
    """A module as the manifest lists it."""

    folder: str
    title: Mapping[Language, str]
    line: int


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
    assembly = Assembly(
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


def _check_folders(assembly: Assembly, entries: Sequence[ModuleEntry], path: str) -> None:
    listed = {entry.folder for entry in entries}
    for folder in assembly.files.modules:
        if folder not in listed:
            assembly.fault(path, 1, "module-unlisted", folder=folder)


def _module(assembly: Assembly, entry: ModuleEntry, manifest: str) -> Module | None:
    files = assembly.files.modules.get(entry.folder)
    if files is None:
        assembly.fault(manifest, entry.line, "module-folder", folder=entry.folder)
        return None
    by_name = {(file.slug, file.language): file for file in files if file.language in LANGUAGES}
    lessons: dict[tuple[str, Language], Lesson] = {}
    quizzes: dict[Language, Quiz] = {}
    for slug in sorted({slug for slug, _ in by_name}, key=_reading_order):
        for content in in_languages(assembly, slug, by_name):
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


def _figures(assembly: Assembly, folder: str) -> dict[str, Figure]:
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


def _check_files(assembly: Assembly, modules: Sequence[Module]) -> None:
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


def _check_skills(assembly: Assembly, skills: Sequence[str], modules: Sequence[Module], reader: FieldReader) -> None:
    # Questions in files that cannot be read are not missing.
    complete = all(file.content is not None for module in assembly.files.modules.values() for file in module)
    counts = Counter(item.measured for module in modules for item in _source_items(module, assembly.source))
    for position, skill in enumerate(skills):
        name = f"skills.{position}"
        path = f"{assembly.files.path}/{MANIFEST}"
        if skill not in assembly.known_skills:
            assembly.unknown_skill(path, reader.line(name), skill)
        elif complete and counts[skill] < FEWEST_ITEMS:
            assembly.fault(path, reader.line(name), "skill-thin", skill=skill, found=str(counts[skill]))


def _source_items(module: Module, language: Language) -> Iterator[Item]:
    for slug in module.slugs:
        lesson = module.lessons.get((slug, language))
        yield from lesson.checks if lesson else ()
    if language in module.quizzes:
        yield from module.quizzes[language].items


def _ordered(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: (problem.path, problem.line, problem.column, problem.code)))
