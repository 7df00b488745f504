"""Learning paths: for a work role, modules of several courses in order, what each asks for, and what one can do at the end."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from academy.core.content.front_matter import read_yaml
from academy.core.content.model import LANGUAGES, Language, Problem

_STEP_FIELDS = ("course", "module", "needs", "required")
_PATH_FIELDS = ("role", "outcomes", "steps")


@dataclass(frozen=True, slots=True)
class PathStep:
    """One module on the way. `needs` are skills that it takes for granted; without a `required` one nobody counts as ready."""

    course_id: str
    module_id: str
    needs: tuple[str, ...]
    required: bool


@dataclass(frozen=True, slots=True)
class Path:
    """The way to one work role: its steps in order, and what one can do at its end, in each language."""

    role_id: str
    outcomes: Mapping[Language, tuple[str, ...]]
    steps: tuple[PathStep, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What a path may name: roles (None: any), skills, and (course, module)."""

    roles: Collection[str] | None
    skills: Collection[str]
    modules: Collection[tuple[str, str]]


def parse_paths(text: str, path: str, known: Known) -> tuple[tuple[Path, ...], tuple[Problem, ...]]:
    """The paths in a file and every problem in it. A step that names nothing is left out; so is a path without steps."""
    fields, lines, problems = read_yaml(text, path)
    if fields is None:
        return (), tuple(problems)
    reader = _Reader(path, lines, known, problems)
    reader.unknown("", fields, ("paths",))
    found: dict[str, Path] = {}
    for number, entry in enumerate(reader.items("paths", fields.get("paths", []))):
        one = reader.path(f"paths.{number}", entry)
        if one is not None and one.role_id in found:
            reader.fault(f"paths.{number}.role", "path-duplicate", role=one.role_id)
        elif one is not None:
            found[one.role_id] = one
    return tuple(found.values()), tuple(problems)


class _Reader:
    """Reads fields one by one and gathers what is wrong with them."""

    def __init__(self, path: str, lines: Mapping[str, int], known: Known, problems: list[Problem]) -> None:
        self._path, self._lines, self._known, self._problems = path, lines, known, problems

    def fault(self, place: str, code: str, /, **values: str) -> None:
        """Report a problem at a field, or at what it stands in where it is missing."""
        line = next((self._lines[part] for part in _outwards(place) if part in self._lines), 1)
        self._problems.append(Problem(self._path, line, 1, code, tuple(values.items())))

    def unknown(self, place: str, fields: Mapping[str, Any], known: Collection[str]) -> None:
        """Report fields that nobody reads."""
        for key in fields:
            if key not in known:
                name = f"{place}.{key}".lstrip(".")
                self.fault(name, "field-unknown", field=name)

    def items(self, place: str, value: Any) -> list[dict[str, Any]]:
        """A list of field groups; empty, and a problem, where it is something else."""
        if isinstance(value, list) and all(isinstance(entry, dict) for entry in value):
            return value
        self.fault(place, "field-type", field=place, expected="a list of words")
        return []

    def path(self, place: str, entry: dict[str, Any]) -> Path | None:
        """One path; None where it leads nowhere."""
        self.unknown(place, entry, _PATH_FIELDS)
        role = self._named(f"{place}.role", entry.get("role"), "role", self._known.roles)
        steps = tuple(self._steps(f"{place}.steps", entry.get("steps", [])))
        given = entry.get("outcomes")
        if not isinstance(given, dict):
            self.fault(f"{place}.outcomes", "field-type", field=f"{place}.outcomes", expected="a text for each language")
            given = {}
        outcomes = {code: self._words(f"{place}.outcomes.{code}", given.get(code, []), least=1) for code in LANGUAGES}
        return Path(role, outcomes, steps) if role and steps else None

    def _steps(self, place: str, value: Any) -> Iterator[PathStep]:
        for number, entry in enumerate(self.items(place, value)):
            here = f"{place}.{number}"
            self.unknown(here, entry, _STEP_FIELDS)
            pair = (str(entry.get("course")), str(entry.get("module")))
            if pair not in self._known.modules:
                self.fault(f"{here}.module", "path-unknown", kind="module", name="/".join(pair))
                continue
            needs = self._words(f"{here}.needs", entry.get("needs", []))
            skills = tuple(skill for skill in needs if self._named(f"{here}.needs", skill, "skill", self._known.skills))
            required = entry.get("required", False)
            if not isinstance(required, bool):
                self.fault(f"{here}.required", "field-type", field=f"{here}.required", expected="true or false")
            yield PathStep(*pair, skills, required is True)

    def _named(self, place: str, value: Any, kind: str, known: Collection[str] | None) -> str | None:
        if isinstance(value, str) and value and (known is None or value in known):
            return value
        self.fault(place, "path-unknown", kind=kind, name=str(value))
        return None

    def _words(self, place: str, value: Any, least: int = 0) -> tuple[str, ...]:
        if isinstance(value, list) and len(value) >= least and all(isinstance(word, str) and word.strip() for word in value):
            return tuple(value)
        self.fault(place, "field-type", field=place, expected="a list of words")
        return ()


def _outwards(place: str) -> Iterator[str]:
    """A field's place, then what it stands in, and so on."""
    while place:
        yield place
        place = place.rpartition(".")[0]
