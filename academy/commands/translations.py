"""`academy translations` and `academy stamp`: what a change of its source asks of a translation, and that it was done."""

from __future__ import annotations

import argparse
import difflib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from academy.commands import CommandError
from academy.commands.places import course_folder, source_language, translations
from academy.config import LANGUAGES, read_settings
from academy.core.content.course import MANIFEST
from academy.core.content.front_matter import read_front_matter
from academy.core.content.scaffold import stamped
from academy.core.content.translation import DIGEST_SHOWN
from academy.core.content.version import digest
from academy.store.course_files import course_folders
from academy.store.git_history import text_with_digest
from academy.store.text_files import text_of


@dataclass(frozen=True, slots=True)
class Stale:
    """A translation to be brought up to date. state: missing, unstamped or stale; diff: of the source since then, if git has it."""

    path: str
    source: str
    state: str
    stamped: str | None
    present: str
    diff: str | None


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `translations` and `stamp`."""
    listed = subparsers.add_parser("translations", help="list translations that are stale or missing, with the diff of their source")
    listed.add_argument("courses", nargs="*", metavar="COURSE", help="id or folder of a course (default: all that are served)")
    listed.add_argument("--format", choices=("text", "json"), default="text", help="how to print (default: %(default)s)")
    listed.set_defaults(run=run_translations)
    stamp = subparsers.add_parser("stamp", help="say that translations follow their source as it is now")
    stamp.add_argument("files", nargs="+", metavar="FILE", help="translations that were brought up to date")
    stamp.set_defaults(run=run_stamp)


def run_translations(options: argparse.Namespace) -> int:
    """Print what is stale."""
    folders = [course_folder(name) for name in options.courses] or [
        folder for root in read_settings().courses for folder in course_folders(root)
    ]
    found = [stale for folder in folders for stale in stale_translations(folder)]
    if options.format == "json":
        print(json.dumps([asdict(stale) for stale in found], ensure_ascii=False, indent=1))
    else:
        _print_text(found)
    return 0


def run_stamp(options: argparse.Namespace) -> int:
    """Renew the digests."""
    done: list[tuple[Path, str]] = []
    for name in options.files:
        path = Path(name)
        source = _source_of(path)
        try:
            done.append((path, stamped(text_of(path), text_of(source))))
        except (OSError, UnicodeDecodeError, ValueError) as error:
            raise CommandError(f"{path}: {error}") from error
    for path, text in done:
        path.write_text(text, encoding="utf-8")
        print(path)
    return 0


def stale_translations(course: Path) -> Iterator[Stale]:
    """Every translation of a course that is missing, does not say what it was made from, or was made from another text."""
    for source, path in translations(course):
        text = text_of(source)
        present = digest(text)[:DIGEST_SHOWN]
        if not path.exists():
            yield Stale(str(path), str(source), "missing", None, present, None)
            continue
        front, _problems = read_front_matter(text_of(path).split("\n"), str(path))
        made_from = str(front.fields["source"]) if front and front.fields.get("source") is not None else None
        if made_from is None:
            yield Stale(str(path), str(source), "unstamped", None, present, None)
        elif made_from != present:
            before = text_with_digest(source, made_from)
            yield Stale(str(path), str(source), "stale", made_from, present, None if before is None else _diff(source, before, text))


def _diff(path: Path, before: str, after: str) -> str:
    names = (f"{path} ({digest(before)[:DIGEST_SHOWN]})", f"{path} ({digest(after)[:DIGEST_SHOWN]})")
    return "\n".join(difflib.unified_diff(before.splitlines(), after.splitlines(), *names, lineterm="", n=2))


def _print_text(found: Sequence[Stale]) -> None:
    words = {"missing": "is missing", "unstamped": "does not say what it was made from", "stale": "was made from an older text"}
    for stale in found:
        print(f"{stale.path}: {words[stale.state]}; its source is {stale.source}")
        if stale.diff:
            print(stale.diff)
        elif stale.state == "stale":
            print(f"  git has no text of the source with the digest {stale.stamped}")
    print(f"Translations to bring up to date: {len(found)}.")


def _source_of(path: Path) -> Path:
    """The source of a translation. Raises CommandError."""
    course = path.parent.parent
    if not path.is_file() or not (course / MANIFEST).is_file():
        raise CommandError(f"{path} is no file of a course")
    own = source_language(course)
    language = path.name.removesuffix(".md").rpartition(".")[2]
    if language == own or language not in LANGUAGES:
        raise CommandError(f"{path} is no translation: the course's own language is {own}")
    source = path.with_name(f"{path.name.removesuffix(f'.{language}.md')}.{own}.md")
    if not source.is_file():
        raise CommandError(f"{path} has no source: {source} is missing")
    return source
