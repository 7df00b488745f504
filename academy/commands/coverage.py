"""`academy coverage`: questions by skill, level and work role, against the numbers that measuring needs."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from academy.commands import CommandError
from academy.commands.places import course_folder
from academy.config import read_settings
from academy.core.content.course import FEWEST_ITEMS
from academy.core.content.coverage import FEWEST_AT_LEVEL, Coverage, coverage
from academy.core.content.model import LEVELS
from academy.store.course_files import read_library
from academy.store.reference_files import load_framework


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `coverage`."""
    parser = subparsers.add_parser("coverage", help="questions by skill, level and work role, against the numbers that measuring needs")
    parser.add_argument("courses", nargs="*", metavar="COURSE", help="id or folder of a course (default: all that are served)")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to print (default: %(default)s)")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print both tables."""
    framework, _problems = load_framework()
    roots = [course_folder(name) for name in options.courses] or list(read_settings().courses)
    library = read_library(roots, frozenset(framework.skills), compare=False)
    if not library.courses:
        raise CommandError("there is no course that can be read; run `academy check`")
    items = [versions.source for _course, versions in library.all_item_versions()]
    found = coverage(library.courses.values(), items, framework)
    if options.format == "json":
        _print_json(found)
    else:
        _print_text(found)
    return 0


def _print_json(found: Coverage) -> None:
    skills = [asdict(one) | {"enough": one.enough, "thin_levels": [level for level in LEVELS if one.thin(level)]} for one in found.skills]
    roles = [asdict(one) | {"covered": one.covered} for one in found.roles]
    thresholds = {"skill": FEWEST_ITEMS, "level": FEWEST_AT_LEVEL}
    report = {"thresholds": thresholds, "skills": skills, "roles": roles, "practice": found.practice}
    print(json.dumps(report, ensure_ascii=False, indent=1))


def _print_text(found: Coverage) -> None:
    width = max(len(one.skill) for one in found.skills)
    heads = "  ".join(f"{level:>6}" for level in LEVELS)
    print(f"{'skill':{width}}  items  {heads}  ({FEWEST_ITEMS} of a skill and {FEWEST_AT_LEVEL} of a level are the least)")
    for one in found.skills:
        levels = "  ".join(f"{one.levels[level]:>5}{'!' if one.items and one.thin(level) else ' '}" for level in LEVELS)
        claims = f"claimed by {', '.join(one.claimed_by)}" if one.claimed_by else ""
        verdict = "enough" if one.enough else "none" if not one.items else "too few"
        print(f"{one.skill:{width}}  {one.items:>5}  {levels}  {verdict:<8}{claims}".rstrip())
    print(f"\nPractice only: {found.practice}.\n")
    print(f"{'role':<12} skills  enough  at level")
    for role in found.roles:
        missing = f"  without: {', '.join(role.missing)}" if role.missing else ""
        print(f"{role.role:<12} {role.skills:>6}  {role.enough:>6}  {role.at_level:>8}{missing}")
