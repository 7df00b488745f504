"""`academy new`: a course, module, lesson, quiz or translation begun with files that check clean."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from pathlib import Path

from academy.commands import CommandError
from academy.commands.places import course_folder, manifest, module_folder, source_language
from academy.config import LANGUAGES, read_settings
from academy.core.content import scaffold
from academy.core.content.course import MANIFEST
from academy.core.content.fields import IDENTIFIER
from academy.core.content.front_matter import read_yaml
from academy.core.content.quiz import HEADING, UNASSIGNED
from academy.store.reference_files import load_framework
from academy.store.text_files import text_of


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `new` and what can be begun with it."""
    parser = subparsers.add_parser("new", help="begin a course, module, lesson, quiz or translation")
    kinds = parser.add_subparsers(required=True, metavar="WHAT")
    course = kinds.add_parser("course", help="a course with one module, lesson and quiz, in both languages")
    course.add_argument("name", metavar="ID", help="its id and folder: lower case letters, digits and hyphens")
    course.add_argument("--into", metavar="DIR", help="folder of courses (default: the first one served)")
    course.add_argument("--source", choices=LANGUAGES, default="es", help="language that holds the answer key (default: %(default)s)")
    course.set_defaults(run=run_course)
    module = kinds.add_parser("module", help="a module with one lesson and its quiz, listed in course.yaml")
    module.add_argument("course", metavar="COURSE", help="id or folder of the course")
    module.add_argument("name", metavar="NAME", help="its folder, to which a number is given")
    module.set_defaults(run=run_module)
    lesson = kinds.add_parser("lesson", help="a lesson with a knowledge check, in both languages")
    lesson.add_argument("module", metavar="MODULE", help="folder of the module, or COURSE/MODULE")
    lesson.add_argument("name", metavar="NAME", help="its file, to which a number is given")
    lesson.set_defaults(run=run_lesson)
    quiz = kinds.add_parser("quiz", help="the quiz of a module that has none, in both languages")
    quiz.add_argument("module", metavar="MODULE", help="folder of the module, or COURSE/MODULE")
    quiz.set_defaults(run=run_quiz)
    for parser in (course, module, lesson, quiz):
        parser.add_argument("--title", metavar="TEXT", help="title in Spanish (default: made of the name)")
        parser.add_argument("--title-en", metavar="TEXT", help="title in English (default: like --title)")
        parser.add_argument("--skill", default=UNASSIGNED, help="skill of its first question (default: none, practice only)")
    translation = kinds.add_parser("translation", help="a copy of a file, to be translated, with the digest of its source")
    translation.add_argument("file", metavar="FILE", help="a lesson or quiz in the course's own language")
    translation.set_defaults(run=run_translation)


def run_course(options: argparse.Namespace) -> int:
    """Begin a course."""
    root = Path(options.into) if options.into else read_settings().courses[0]
    folder = root / _identifier(options.name)
    module = "1-" + ("primer-modulo" if options.source == "es" else "first-module")
    first = {"es": "Primer módulo", "en": "First module"}
    text = scaffold.course_manifest(options.name, _titles(options, options.name), options.source, module, first)
    if folder.exists():
        raise CommandError(f"{folder} is already there")
    files = _module_files(options, options.name, module, first, options.source, set())
    return _write({folder / MANIFEST: text, **{folder / module / name: text for name, text in files.items()}})


def run_module(options: argparse.Namespace) -> int:
    """Begin a module."""
    course = course_folder(options.course)
    folder = _numbered(_identifier(options.name), [path.name for path in course.iterdir() if path.is_dir()])
    titles = _titles(options, options.name)
    changed = _with_module(course, folder, titles)
    files = _module_files(options, course.resolve().name, folder, titles, source_language(course), _ids(course))
    _write({course / folder / name: text for name, text in files.items()})
    (course / MANIFEST).write_text(changed, encoding="utf-8")
    print(f"{course / MANIFEST}: listed {folder}")
    return 0


def run_lesson(options: argparse.Namespace) -> int:
    """Begin a lesson."""
    module = module_folder(options.module)
    slug = _numbered(_identifier(options.name), [path.name for path in module.glob("*.md")])
    item = scaffold.free_name(f"{options.name}-check", _ids(module.parent))
    files = scaffold.lesson_files(slug, _titles(options, options.name), source_language(module.parent), item, _skill(options))
    return _write({module / name: text for name, text in files.items()})


def run_quiz(options: argparse.Namespace) -> int:
    """Begin a quiz."""
    module = module_folder(options.module)
    name = re.sub(r"^\d+-", "", module.resolve().name)
    taken = _ids(module.parent)
    quiz, item = scaffold.free_name(f"{name}-quiz", taken), scaffold.free_name(f"{name}-question", taken)
    files = scaffold.quiz_files(quiz, _titles(options, name), source_language(module.parent), item, _skill(options))
    return _write({module / file: text for file, text in files.items()})


def run_translation(options: argparse.Namespace) -> int:
    """Begin a translation as a copy: ids, keys and letters agree from the first."""
    path = Path(options.file)
    source = source_language(path.parent.parent)
    if not path.name.endswith(f".{source}.md") or not path.is_file():
        raise CommandError(f"{path} is no file in the course's own language, {source}")
    text = text_of(path)
    try:
        copy = scaffold.stamped(text, text)
    except ValueError as error:
        raise CommandError(f"{path}: {error}") from error
    stem = path.name.removesuffix(f".{source}.md")
    return _write({path.with_name(f"{stem}.{language}.md"): copy for language in LANGUAGES if language != source})


def _module_files(
    options: argparse.Namespace, course: str, folder: str, titles: Mapping[str, str], source: str, taken: set[str]
) -> dict[str, str]:
    name = re.sub(r"^\d+-", "", folder)
    skill = _skill(options)
    first = {"es": "Primera lección", "en": "First lesson"}
    quiz = scaffold.free_name(f"{course}-{name}", taken)
    check, question = scaffold.free_name(f"{name}-check", taken), scaffold.free_name(f"{name}-question", taken)
    slug = "1-" + ("primera-leccion" if source == "es" else "first-lesson")
    return scaffold.lesson_files(slug, first, source, check, skill) | scaffold.quiz_files(quiz, titles, source, question, skill)


def _with_module(course: Path, folder: str, titles: Mapping[str, str]) -> str:
    """The manifest's text with one more module; everything else in it stays as it is. Raises CommandError."""
    before = manifest(course).get("modules")
    text = text_of(course / MANIFEST)
    lines = text.rstrip("\n").split("\n")
    at = next((number for number, line in enumerate(lines) if re.match(r"modules\s*:\s*(#.*)?$", line)), None)
    if at is not None and isinstance(before, list):
        end = next((number for number in range(at + 1, len(lines)) if re.match(r"[^\s#-]", lines[number])), len(lines))
        indent = next((line[: len(line) - len(line.lstrip())] for line in lines[at + 1 : end] if line.lstrip().startswith("-")), "  ")
        entry = [indent + line[2:] for line in scaffold.module_entry(folder, titles).rstrip("\n").split("\n")]
        changed = "\n".join([*lines[:end], *entry, *lines[end:]]) + "\n"
        fields, _lines, _problems = read_yaml(changed, MANIFEST)
        if fields is not None and len(fields["modules"]) == len(before) + 1:
            return changed
    raise CommandError(f"list the module in {course / MANIFEST} first, one entry a line; its `modules` cannot be extended as it is written")


def _write(files: Mapping[Path, str]) -> int:
    """Write new files, none over one that is there; prints their paths."""
    for path in files:
        if path.exists():
            raise CommandError(f"{path} is already there")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(path)
    return 0


def _titles(options: argparse.Namespace, name: str) -> dict[str, str]:
    spanish = options.title or name.replace("-", " ").capitalize()
    return {"es": spanish, "en": options.title_en or spanish}


def _identifier(name: str) -> str:
    if not IDENTIFIER.fullmatch(name):
        raise CommandError(f"{name} should be lower case letters, digits and hyphens")
    return name


def _numbered(name: str, present: list[str]) -> str:
    """The name behind the next free number; one that has a number keeps it."""
    if re.match(r"\d+-", name):
        return name
    numbers = [int(match[0]) for other in present if (match := re.match(r"\d+", other))]
    return f"{max(numbers, default=0) + 1}-{name}"


def _ids(course: Path) -> set[str]:
    """Ids of questions and quizzes that the course already has."""
    found: set[str] = set()
    for path in course.glob("*/*.md"):
        try:
            lines = text_of(path).split("\n")
        except (OSError, UnicodeDecodeError):
            continue
        found.update(match[1] for line in lines if (match := HEADING.fullmatch(line.rstrip())))
        found.update(match[1] for line in lines if (match := re.match(r"quiz:\s*([a-z0-9-]+)", line)))
    return found


def _skill(options: argparse.Namespace) -> str:
    framework, _problems = load_framework()
    if options.skill != UNASSIGNED and options.skill not in framework.skills:
        raise CommandError(f"there is no skill {options.skill}; academy/reference/skills.yaml lists them")
    return str(options.skill)
