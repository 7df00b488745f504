"""Rows of facts turned into typed values: every look at a field notes what is wrong with it, and nothing is raised."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from academy.core.content.model import Language, Problem
from academy.core.framework import Provenance
from academy.store.reference_tables import LANGUAGES, Node

GRADES = "ABCD"
YEARS = (1900, 2100)
PROVENANCE = ("source", "year", "grade", "url", "retrieved")
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?")
_WHOLE = re.compile(r"-?\d{1,15}")
_URL = re.compile(r"https?://[^\s/]+\.[^\s/]+(/\S*)?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Row:
    """One row being read: each look at a field notes its faults. A faulty field reads as "", 0 or None."""

    def __init__(self, path: str, node: Node, key: str, number: int) -> None:
        """`key` is the field that names the row."""
        fields = node.value
        self._path = path
        self._node = node
        self.fields: Mapping[str, Node] = fields if isinstance(fields, Mapping) else {}
        self.problems: list[Problem] = []
        named = self.fields.get(key)
        self.name = named.value if named and isinstance(named.value, str) and named.value else f"#{number}"
        if not isinstance(fields, Mapping):
            self.fault("reference-type", field="", expected="a list of fields")

    @property
    def line(self) -> int:
        """Where the row begins."""
        return self._node.line

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong with it so far."""
        return not self.problems

    def fault(self, code: str, at: Node | None = None, /, **values: str) -> None:
        """Note a problem of this row, at a value or else at its beginning."""
        place = at or self._node
        self.problems.append(Problem(self._path, place.line, place.column, code, (("row", self.name), *values.items())))

    def within(self, node: Node, number: int, key: str) -> Row:
        """A row inside this one, such as a role's requirement."""
        row = Row(self._path, node, key, number)
        row.name = f"{self.name}, {row.name}"
        return row

    def node(self, field: str) -> Node | None:
        """A field as it stands; None where it is missing or empty."""
        found = self.fields.get(field)
        return found if found is not None and found.value not in (None, "") else None

    def optional(self, field: str) -> str | None:
        """Text that may be missing."""
        node = self.node(field)
        if node is not None and not isinstance(node.value, str):
            self.fault("reference-type", node, field=field, expected="a text")
        return node.value if node is not None and isinstance(node.value, str) else None

    def text(self, field: str, form: re.Pattern[str] | None = None, example: str = "") -> str:
        """Text that must be there, of a form where one is given."""
        if self.node(field) is None:
            self.fault("reference-field", field=field)
            return ""
        found = self.optional(field) or ""
        if found and form is not None and not form.fullmatch(found):
            self.fault("reference-form", self.node(field), field=field, found=found, expected=example)
        return found

    def choice(self, field: str, choices: Collection[str]) -> str:
        """One of some words."""
        found = self.text(field)
        if found and found not in choices:
            self.fault("reference-choice", self.node(field), field=field, found=found, expected=", ".join(choices))
        return found

    def number(self, field: str, least: float, most: float, *, whole: bool = False) -> float:
        """A number from `least` to `most`."""
        found = self.text(field)
        if not found:
            return 0.0
        if not (_WHOLE if whole else _NUMBER).fullmatch(found):
            self.fault("reference-number", self.node(field), field=field, found=found)
            return 0.0
        if not least <= float(found) <= most:
            self.fault("reference-range", self.node(field), field=field, found=found, expected=f"{least:g}..{most:g}")
        return float(found)

    def whole(self, field: str, least: int, most: int) -> int:
        """A whole number from `least` to `most`."""
        return int(self.number(field, least, most, whole=True))

    def optional_number(self, field: str, least: float, most: float) -> float | None:
        """A number that may be missing: unknown is None."""
        return None if self.node(field) is None else self.number(field, least, most)

    def names(self, field: str) -> dict[Language, str]:
        """A text in every language."""
        node = self.node(field)
        if node is None or not isinstance(node.value, Mapping):
            self.fault("reference-field" if node is None else "reference-type", node, field=field, expected="a text for each language")
            return {}
        given = {language: node.value[language].value for language in LANGUAGES if language in node.value}
        for language in LANGUAGES:
            if not given.get(language):
                self.fault("reference-language", node.value.get(language, node), field=field, language=language)
        return {language: text for language, text in given.items() if isinstance(text, str)}

    def entries(self, field: str) -> Sequence[Node]:
        """A list, which may be empty but must be there."""
        node = self.node(field)
        if node is None:
            self.fault("reference-field", field=field)
            return ()
        if isinstance(node.value, str | Mapping) or node.value is None:
            self.fault("reference-type", node, field=field, expected="a list")
            return ()
        return node.value

    def words(self, field: str) -> list[tuple[str, Node]]:
        """The texts of a list, with their places."""
        nodes = self.entries(field)
        for node in nodes:
            if not isinstance(node.value, str):
                self.fault("reference-type", node, field=field, expected="a list of words")
        return [(node.value, node) for node in nodes if isinstance(node.value, str)]

    def provenance(self, prefix: str = "") -> Provenance:
        """Source, year and grade, and where it may be read."""
        source, year = self.text(f"{prefix}source"), self.whole(f"{prefix}year", *YEARS)
        grade = self.text(f"{prefix}grade")
        if grade and (len(grade) != 1 or grade not in GRADES):
            self.fault("reference-grade", self.node(f"{prefix}grade"), found=grade)
        url = self.text(f"{prefix}url", _URL, "https://example.org/") if self.node(f"{prefix}url") else None
        day = self._day(f"{prefix}retrieved") if self.node(f"{prefix}retrieved") else None
        return Provenance(source, year, grade, url, day)

    def _day(self, field: str) -> str:
        """A day of the calendar, as 2026-11-23."""
        example = "2026-11-23"
        found = self.text(field, _DAY, example)
        if _DAY.fullmatch(found):
            try:
                date.fromisoformat(found)
            except ValueError:
                self.fault("reference-form", self.node(field), field=field, found=found, expected=example)
        return found

    def unread(self, known: Collection[str]) -> list[Problem]:
        """A problem for each field that nobody reads, which is often a misspelled one."""
        return [
            Problem(self._path, node.line, node.column, "reference-extra", (("row", self.name), ("field", name)))
            for name, node in self.fields.items()
            if name not in known
        ]
