"""`academy check`: every problem of every course file and of the reference facts, at once."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from babel.support import Translations

from academy.commands import CommandError
from academy.config import LANGUAGES, ROOT, SettingError, read_settings
from academy.core.content import codes
from academy.core.content.course import MANIFEST
from academy.core.content.model import Problem
from academy.store.checking import check_courses, check_loose
from academy.store.reference_files import load_framework

_BLANK = re.compile(r"%\(\w+\)s")
FORMATS = ("text", "json", "sarif")
_SARIF = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `check`."""
    parser = subparsers.add_parser("check", help="name every problem in course files, with path, line, column and code")
    parser.add_argument("path", nargs="?", metavar="PATH", help="folder of courses, course or file (default: the courses served)")
    parser.add_argument("--format", choices=FORMATS, default="text", help="how to print (default: %(default)s)")
    language = _language(os.environ)
    parser.add_argument("--language", choices=LANGUAGES, default=language, help="language of the messages (default: %(default)s)")
    parser.add_argument("--no-cache", action="store_true", help="read every file anew; nothing that was found before is used or kept")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print all problems; 1 when any is an error."""
    roots, only = _roots(options.path)
    framework, reference_problems = load_framework()
    cache = None if options.no_cache else _cache()
    skills, roles = frozenset(framework.skills), frozenset(framework.roles)
    found = check_courses(roots, skills, roles, shown=_shown, cache=cache, progress=_progress)
    if not found.courses and not found.problems:
        loose = check_loose(roots[0], shown=_shown) if options.path else None
        if loose is None:
            raise CommandError(f"there is no course below {', '.join(_shown(root) for root in roots)}")
        found = loose
    problems = [*found.problems, *reference_problems]
    if only is not None:
        problems = [problem for problem in problems if problem.path == _shown(only)]
    problems.sort(key=lambda problem: (problem.path, problem.line, problem.column, problem.code))
    translate = Translations.load(str(ROOT / "academy/i18n"), [options.language]).gettext
    _PRINTERS[options.format](problems, found.courses, translate, options.language)
    return 1 if any(codes.severity(problem) == "error" for problem in problems) else 0


def _roots(path: str | None) -> tuple[Sequence[Path], Path | None]:
    """The folders to read, and the one file asked about, if it is one."""
    if path is None:
        return read_settings().courses, None
    given = Path(path).resolve()
    if given.is_dir():
        return [given], None
    if not given.is_file():
        raise CommandError(f"there is no file or folder {path}")
    course = next((folder for folder in given.parents if (folder / MANIFEST).is_file()), given.parent)
    return [course], given


def _shown(path: Path) -> str:
    """A path as people type it from where they are."""
    near = os.path.relpath(path)
    shown = str(path) if near.startswith("..") else near
    return shown.encode("utf-8", "backslashreplace").decode()


def _language(environment: os._Environ[str]) -> str:
    spoken = environment.get("LC_ALL") or environment.get("LC_MESSAGES") or environment.get("LANG") or ""
    return spoken[:2] if spoken[:2] in LANGUAGES else "en"


def _cache() -> Path | None:
    """Where what was found is kept; nowhere while the settings are malformed, which is no reason not to check."""
    try:
        return read_settings().data / "checked"
    except SettingError:
        return None


def _progress(done: int, count: int) -> None:
    if sys.stderr.isatty() and (done % 25 == 0 or done == count):
        print(f"  {done:,} / {count:,}", end="\r" if done < count else "\r\x1b[K", file=sys.stderr, flush=True)


def _print_text(problems: Iterable[Problem], courses: Sequence[str], translate: Callable[[str], str], _language: str) -> None:
    counts = {"error": 0, "warning": 0}
    for problem in problems:
        counts[codes.severity(problem)] += 1
        print(f"{_place(problem)}: {problem.code} {codes.message(problem, translate)} {codes.remedy(problem, translate)}")
    names = ", ".join(courses) or translate("none")
    print(translate("Courses: %(names)s. Errors: %(errors)s. Warnings: %(warnings)s.") % {
        "names": names, "errors": counts["error"], "warnings": counts["warning"]
    })  # fmt: skip


def _print_json(problems: Iterable[Problem], _courses: Sequence[str], translate: Callable[[str], str], _language: str) -> None:
    rows = [
        {
            "path": problem.path,
            "line": problem.line,
            "column": problem.column,
            "code": problem.code,
            "severity": codes.severity(problem),
            "message": codes.message(problem, translate),
            "remedy": codes.remedy(problem, translate),
        }
        for problem in problems
    ]
    print(json.dumps(rows, ensure_ascii=False, indent=1))


def _print_sarif(problems: Iterable[Problem], _courses: Sequence[str], translate: Callable[[str], str], language: str) -> None:
    print(json.dumps(sarif_log(list(problems), translate, language), ensure_ascii=False, indent=1))


def sarif_log(problems: Sequence[Problem], translate: Callable[[str], str], language: str) -> dict[str, Any]:
    """The problems as a SARIF 2.1.0 log (OASIS, 2023), which code hosts show beside the lines."""
    names = sorted({problem.code for problem in problems})
    driver = {
        "name": "academy check",
        "informationUri": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html",
        "language": language,
        "rules": [_rule(name, translate) for name in names],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(problem, names.index(problem.code), translate) for problem in problems],
    }
    return {"$schema": _SARIF, "version": "2.1.0", "runs": [run]}


def _rule(name: str, translate: Callable[[str], str]) -> dict[str, Any]:
    """A code as a rule; what a problem fills in is left as an ellipsis."""
    code = codes.all_codes()[name]
    said, mend = (_BLANK.sub("…", translate(text)).replace("%%", "%") for text in (code.message, code.remedy))
    return {
        "id": name,
        "shortDescription": {"text": said},
        "help": {"text": mend},
        "defaultConfiguration": {"level": code.severity},
    }


def _result(problem: Problem, rule: int, translate: Callable[[str], str]) -> dict[str, Any]:
    place = {
        "artifactLocation": {"uri": quote(problem.path.replace(os.sep, "/"))},
        "region": {"startLine": problem.line, "startColumn": problem.column},
    }
    return {
        "ruleId": problem.code,
        "ruleIndex": rule,
        "level": codes.severity(problem),
        "message": {"text": f"{codes.message(problem, translate)} {codes.remedy(problem, translate)}"},
        "locations": [{"physicalLocation": place}],
    }


def _place(problem: Problem) -> str:
    return f"{problem.path}:{problem.line}:{problem.column}"


_PRINTERS = {"text": _print_text, "json": _print_json, "sarif": _print_sarif}
