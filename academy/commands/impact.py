"""`academy impact` and `academy regrade`: what changed keys, points and options do to stored results, before and after."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.engine import make_url

from academy.commands import CommandError
from academy.commands.upkeep import migrated_site
from academy.config import read_settings
from academy.core.content import codes
from academy.core.content.impact import Impact, ItemId, Tally
from academy.services import registry, regrade
from academy.store import schema
from academy.store.course_files import Library, read_library
from academy.store.db import Database
from academy.store.reference_files import load_framework
from academy.store.revisions import NoSuchState, courses_at

LOSES_A_PASS = 3
"""Exit code where somebody would lose a pass and the quiz does not accept it."""


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `impact` and `regrade`."""
    before = subparsers.add_parser("impact", help="tell what a change of the courses would do to stored results, and change nothing")
    before.add_argument("base", metavar="BASE", help="git revision or folder: the courses as they are served")
    wanted = "git revision or folder: the courses as they would be (default: as they lie here)"
    before.add_argument("head", metavar="HEAD", nargs="?", help=wanted)
    before.add_argument("--format", choices=("text", "json"), default="text", help="how to print (default: %(default)s)")
    before.set_defaults(run=run_impact)
    after = subparsers.add_parser("regrade", help="grade stored answers by the present keys, points and options")
    after.add_argument("--apply", action="store_true", help="append the changes; without it they are only told")
    after.add_argument("--format", choices=("text", "json"), default="text", help="how to print (default: %(default)s)")
    after.set_defaults(run=run_regrade)


def run_impact(options: argparse.Namespace) -> int:
    """Print what would change; 3 where somebody would lose a pass and the quiz does not accept it."""
    settings = read_settings()
    before, after = _library(options.base, settings.courses), _library(options.head, settings.courses)
    database = _read_only(settings.database_url)
    found = regrade.measure(database, before, after, progress=_progress)
    database.dispose()
    refused = regrade.unaccepted(found, after)
    if options.format == "json":
        report = {"base": options.base, "head": options.head, **regrade.as_json(found), "not_accepted": _named(refused)}
        print(json.dumps(report, ensure_ascii=False, indent=1))
    else:
        _print(found, "would change")
    for course, quiz in refused:
        lost = found.quizzes[course, quiz].pass_to_fail
        said = f"{course}/{quiz}: {_counted(lost, 'pass', 'passes')} would be lost. Write `regrade: accept` in the quiz if that is right."
        print(said, file=sys.stderr)
    return LOSES_A_PASS if refused else 0


def run_regrade(options: argparse.Namespace) -> int:
    """Print, and with --apply append, what the present courses change in stored results."""
    site = migrated_site()
    if options.apply:
        registry.sync(site)
        found = regrade.apply(site, "academy regrade", progress=_progress)
    else:
        found = regrade.preview(site, progress=_progress)
    site.database.dispose()
    if options.format == "json":
        print(json.dumps({"applied": options.apply, **regrade.as_json(found)}, ensure_ascii=False, indent=1))
    else:
        _print(found, "changed" if options.apply else "would change")
    return 0


def _read_only(url: str) -> Database:
    """The database, opened so that nothing in it can change. Raises CommandError where it is absent or of another release."""
    database = Database(url, read_only=True)
    if database.sqlite and not Path(make_url(url).database or "").is_file():
        raise CommandError("there is no database yet, so there are no stored results")
    if schema.present_version(database) != schema.newest_version():
        raise CommandError("the database has another schema; run `academy migrate` first")
    return database


def _library(place: str | None, roots: Sequence[Path]) -> Library:
    """The courses at a place. A file with errors is told of: its questions cannot be compared."""
    framework, _ = load_framework()
    try:
        with courses_at(place, roots) as found:
            library = read_library(found, frozenset(framework.skills))
    except NoSuchState as error:
        raise CommandError(str(error)) from None
    if not library.courses:
        raise CommandError(f"there is no course that can be read in {place or ', '.join(map(str, roots))}")
    broken = sum(codes.severity(problem) == "error" for problem in library.problems)
    if broken:
        where = place or "the present courses"
        said = f"{where}: {_counted(broken, 'error', 'errors')}; questions that cannot be read are not compared. See academy check."
        print(said, file=sys.stderr)
    return library


def _print(found: Impact, verb: str) -> None:
    whole = found.whole
    for course, tally in sorted(found.courses.items()):
        if tally:
            print(f"{course}: {_said(tally)}")
            _print_parts(course, found.items, "item")
            _print_parts(course, found.quizzes, "quiz")
    print(f"{_counted(whole.responses, 'response', 'responses')} and {_counted(whole.attempts, 'attempt', 'attempts')} {verb}.", end=" ")
    print(f"pass -> fail: {whole.pass_to_fail}; fail -> pass: {whole.fail_to_pass}.")
    if whole.kept:
        print(f"{_counted(whole.kept, 'response', 'responses')} cannot be graded again and stay as they are.")


def _print_parts(course: str, tallies: dict[ItemId, Tally], kind: str) -> None:
    for (of_course, name), tally in sorted(tallies.items()):
        if of_course == course and tally:
            print(f"  {kind} {name}: {_said(tally, with_responses=kind == 'item')}")


def _said(tally: Tally, *, with_responses: bool = True) -> str:
    parts = [f"{_counted(tally.responses, 'response', 'responses')} ({tally.rise} up, {tally.fall} down)"] if with_responses else []
    parts.append(_counted(tally.attempts, "attempt", "attempts"))
    parts.append(f"pass -> fail {tally.pass_to_fail}, fail -> pass {tally.fail_to_pass}")
    return "; ".join([*parts, f"{tally.kept} kept"] if tally.kept else parts)


def _counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _named(quizzes: Sequence[ItemId]) -> list[dict[str, str]]:
    return [{"course": course, "quiz": quiz} for course, quiz in quizzes]


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"  {done:,} of {total:,} learners", end="\n" if done == total else "\r", file=sys.stderr, flush=True)
