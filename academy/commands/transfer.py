"""`academy import` and `academy export`: quizzes from and for other systems, with a list of all that was left out."""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from academy.commands import CommandError
from academy.config import LANGUAGES, read_settings
from academy.core.content.course import MANIFEST
from academy.core.content.model import Course, Item
from academy.core.content.quiz import UNASSIGNED
from academy.core.interop.exchange import questions_of
from academy.core.interop.formats import FORMATS, Format
from academy.core.interop.model import Imported, ImportResult
from academy.core.interop.names import bare_category, slug
from academy.core.interop.quiz_writer import Assignment, WrittenQuiz, write_quiz
from academy.store.course_files import read_library
from academy.store.reference_files import load_framework

LARGEST_FILE = 50_000_000
"""Bytes of a file to import, and of the files of a folder together."""
MOST_FILES = 20_000


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `import` and `export`."""
    writable = sorted(name for name, found in FORMATS.items() if found.write)
    taken = subparsers.add_parser("import", help="turn another system's questions into a quiz of ours")
    taken.add_argument("format", choices=sorted(FORMATS), metavar="FORMAT", help=", ".join(sorted(FORMATS)))
    taken.add_argument("file", metavar="FILE", help="what to import; mdquiz and qti also take a folder")
    taken.add_argument("--into", required=True, metavar="DIR", help="folder to write quiz.<language>.md to")
    taken.add_argument("--language", choices=LANGUAGES, default=_language(os.environ), help="of the questions (default: %(default)s)")
    taken.add_argument("--skills", metavar="FILE", help="CSV: id or category of a question, id of its skill; others are practice only")
    taken.add_argument("--force", action="store_true", help="replace a quiz that is already there")
    taken.add_argument("--format", choices=("text", "json"), default="text", dest="shown", help="how to report (default: %(default)s)")
    taken.set_defaults(run=run_import)
    given = subparsers.add_parser("export", help="write a course's quizzes for another system")
    given.add_argument("format", choices=writable, metavar="FORMAT", help=", ".join(writable))
    given.add_argument("course", metavar="COURSE", help="id of a course served, or its folder")
    given.add_argument("-o", "--output", required=True, metavar="FILE", help="file to write")
    given.add_argument("--module", metavar="ID", help="only this module's quiz")
    given.add_argument("--language", choices=LANGUAGES, help="default: the course's own")
    given.set_defaults(run=run_export)


def run_import(options: argparse.Namespace) -> int:
    """Write the quiz and say what was imported, what was skipped and what was altered."""
    result = _read(FORMATS[options.format], Path(options.file))
    folder = Path(options.into)
    target = folder / f"quiz.{options.language}.md"
    if target.exists() and not options.force:
        raise CommandError(f"{target} is already there; --force replaces it")
    framework, _ = load_framework()
    known = frozenset(framework.skills)
    assignment = Assignment(_skills(options.skills, known), known)
    title = Path(options.file).resolve().stem
    quiz_id = slug(folder.resolve().name) or slug(title) or "quiz"
    written = write_quiz(result, quiz_id=quiz_id, title=title, language=options.language, assignment=assignment)
    if written.questions:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            target.write_text(written.text, encoding="utf-8")
            for name, data in written.pictures.items():
                (folder / name).parent.mkdir(exist_ok=True)
                (folder / name).write_bytes(data)
        except OSError as error:
            raise CommandError(f"{target} cannot be written: {error.strerror}") from None
    if options.shown == "json":
        _print_json(written)
    else:
        _print_text(written, target)
    return 0


def run_export(options: argparse.Namespace) -> int:
    """Write the file and say what the format could not hold."""
    course = _course(options.course)
    language = options.language or course.source_language
    items = _items(course, options.module, language)
    result = questions_of(items)
    write = FORMATS[options.format].write
    assert write is not None, "the parser offers only formats that can be written"
    made = write(result.questions, course.title.get(language, course.id))
    try:
        Path(options.output).write_bytes(made.data)
    except OSError as error:
        raise CommandError(f"{options.output} cannot be written: {error.strerror}") from None
    for left_out in (*result.skipped, *made.skipped):
        print(f"{left_out.where}: {left_out.reason}.")
    exported = len(FORMATS[options.format].read(made.data, options.output).questions)
    print(f"{exported} exported, {len(items) - exported} skipped. Written: {options.output}")
    return 0


def _read(found: Format, path: Path) -> ImportResult:
    try:
        if path.is_dir():
            if found.read_folder is None:
                raise CommandError(f"{path} is a folder; {found.name} is read from a file")
            return found.read_folder(_folder(path))
        if path.stat().st_size > LARGEST_FILE:
            raise CommandError(f"{path} is larger than {LARGEST_FILE // 1_000_000} MB")
        return found.read(path.read_bytes(), path.name)
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}") from None


def _folder(root: Path) -> Mapping[str, bytes]:
    """The files below a folder by their path in it. Links that lead outside are left alone."""
    files: dict[str, bytes] = {}
    total = 0
    for path in sorted(root.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        total += path.stat().st_size
        if len(files) >= MOST_FILES or total > LARGEST_FILE:
            raise CommandError(f"{root} holds more than {MOST_FILES:,} files or {LARGEST_FILE // 1_000_000} MB")
        files[path.relative_to(root).as_posix()] = path.read_bytes()
    return files


def _skills(name: str | None, known: frozenset[str]) -> Mapping[str, str]:
    """Skills by id or category of questions. A first row of headings is passed over."""
    if name is None:
        return {}
    try:
        rows = list(csv.reader(io.StringIO(Path(name).read_text(encoding="utf-8-sig")), strict=True))
    except OSError as error:
        raise CommandError(f"{name} cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error):
        raise CommandError(f"{name} is not a CSV file in UTF-8") from None
    found: dict[str, str] = {}
    for number, row in enumerate(rows, start=1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or (number == 1 and cells[1:2] and cells[1].lower() in ("skill", "skill_id", "skill id")):
            continue
        if len(cells) != 2 or not all(cells):
            raise CommandError(f"{name}:{number}: a row is the id or category of a question, then the id of its skill")
        if cells[1] not in known and cells[1] != UNASSIGNED:
            raise CommandError(f"{name}:{number}: there is no skill {cells[1][:60]}")
        found[bare_category(cells[0])] = cells[1]
    return found


def _course(name: str) -> Course:
    """A course by its folder, or by its id among those served."""
    framework, _ = load_framework()
    folder = Path(name)
    roots: Sequence[Path] = [folder.resolve()] if (folder / MANIFEST).is_file() else read_settings().courses
    library = read_library(roots, frozenset(framework.skills))
    found = library.courses.get(folder.resolve().name if (folder / MANIFEST).is_file() else name)
    if found is None:
        raise CommandError(f"there is no course {name} that can be read; courses: {', '.join(library.courses) or 'none'}")
    return found


def _items(course: Course, module_id: str | None, language: str) -> list[Item]:
    modules = [module for module in course.modules if module_id in (None, module.id)]
    if not modules:
        raise CommandError(f"{course.id} has no module {module_id}; modules: {', '.join(module.id for module in course.modules)}")
    items = [item for module in modules if language in module.quizzes for item in module.quizzes[language].items]
    if not items:
        raise CommandError(f"{course.id} has no questions in {language} there")
    return items


def _language(environment: os._Environ[str]) -> str:
    spoken = environment.get("LC_ALL") or environment.get("LC_MESSAGES") or environment.get("LANG") or ""
    return spoken[:2] if spoken[:2] in LANGUAGES else "en"


def _print_text(written: WrittenQuiz, target: Path) -> None:
    for left_out in written.skipped:
        print(f"{left_out.where}: skipped: {left_out.reason}.")
    for where, note in written.altered:
        print(f"{where}: altered: {note}")
    counts = f"{len(written.questions)} imported, {len(written.skipped)} skipped"
    pictures = f" and {len(written.pictures)} pictures" if written.pictures else ""
    print(f"{counts}. Written: {target}{pictures}" if written.questions else f"{counts}. Nothing was written.")


def _print_json(written: WrittenQuiz) -> None:
    """The report on stdout; what was altered on stderr."""
    for where, note in written.altered:
        print(f"{where}: altered: {note}", file=sys.stderr)
    report = {
        "imported": len(written.questions),
        "skipped": [{"where": left_out.where, "reason": left_out.reason} for left_out in written.skipped],
        "questions": [_as_json(question) for question in written.questions],
    }
    print(json.dumps(report, ensure_ascii=False, indent=1))


def _as_json(question: Imported) -> Mapping[str, object]:
    options: list[dict[str, object]]
    options = [{"text": option.text, "fraction": option.fraction, "feedback": option.feedback} for option in question.options]
    for left, right in question.pairs:
        options.append({"text": f"{left} -> {right}" if left else right, "fraction": float(bool(left)), "feedback": None})
    return {"id": question.id, "type": question.type, "stem": question.stem, "options": options}
