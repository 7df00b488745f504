"""What a file's front matter allows, with a reason, turned into problems that are left out; a silence that is empty is one itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from academy.core.content.codes import N_, all_codes
from academy.core.content.front_matter import FrontMatter
from academy.core.content.model import Problem

FIELD = "allow"


def read_allowed(front: FrontMatter, path: str) -> tuple[dict[str, int], list[Problem]]:
    """The codes that a file silences with the lines where it does, and what is wrong with that."""
    written = front.fields.get(FIELD)
    if written is None:
        return {}, []
    if not isinstance(written, dict):
        return {}, [Problem(path, front.line(FIELD), 1, "field-type", (("field", FIELD), ("expected", N_("codes with their reasons"))))]
    allowed: dict[str, int] = {}
    problems: list[Problem] = []
    for name, reason in written.items():
        code, line = str(name), front.line(f"{FIELD}.{name}")
        known = all_codes().get(code)
        if known is None or not known.silenceable:
            problems.append(Problem(path, line, 1, "allow-code", (("code", code),)))
            continue
        if not isinstance(reason, str) or not reason.strip():
            problems.append(Problem(path, line, 1, "allow-reason", (("code", code),)))
        allowed[code] = line
    return allowed, problems


def without_silenced(problems: Iterable[Problem], allowed: Mapping[str, Mapping[str, int]], manifest: str) -> Iterator[Problem]:
    """The problems that no file silences, and the silences that met none.

    allowed: codes with their lines, by path. A manifest also speaks for what has no front matter, such as images.
    """
    used: set[tuple[str, str]] = set()
    for problem in problems:
        speaks = problem.path if problem.path.endswith(".md") else manifest
        if problem.code in allowed.get(speaks, {}):
            used.add((speaks, problem.code))
        else:
            yield problem
    for path, codes in allowed.items():
        for code, line in codes.items():
            if (path, code) not in used:
                yield Problem(path, line, 1, "allow-unused", (("code", code),))
