"""Tables of facts, in YAML or CSV, turned into values that know their line; what cannot be read becomes a problem."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from academy.core.content.model import Language, Problem
from academy.core.csv_files import meant

LANGUAGES: tuple[Language, ...] = ("es", "en")
# libyaml's loader reads several times as fast, where PyYAML was built with it.
_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CSV_CELL = re.compile(r'(?:^|,)("(?:[^"]|"")*"|[^,\n]*)')


@dataclass(frozen=True, slots=True)
class Node:
    """A value and where it begins. A table's cell is text or None; YAML also has mappings and lists."""

    value: str | Mapping[str, Node] | Sequence[Node] | None
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one file in their order, and the path under which its problems are shown."""

    path: str
    rows: tuple[Node, ...] = ()
    header: Node | None = None
    """The columns of a CSV file."""


def read_table(file: Path, path: str) -> tuple[Table, list[Problem]]:
    """The rows of a YAML or CSV file, shown as `path`; none and a problem where it cannot be read."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return Table(path), [_syntax(path, 1, 1, "there is no such file")]
    except OSError as error:
        return Table(path), [_syntax(path, 1, 1, error.strerror or "unreadable")]
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return Table(path), [_syntax(path, line, 1, "not UTF-8 text")]
    return read_csv(text, path) if file.suffix == ".csv" else _read_yaml(text, path)


def _read_yaml(text: str, path: str) -> tuple[Table, list[Problem]]:
    problems: list[Problem] = []
    try:
        root = yaml.compose(text, Loader=_LOADER)
        if not isinstance(root, yaml.SequenceNode):
            return Table(path), [_syntax(path, 1, 1, "not a list of rows")]
        rows = tuple(_plain(node, path, problems) for node in root.value)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        return Table(path), [_syntax(path, *where, str(error.problem or "unreadable"))]
    except (yaml.YAMLError, RecursionError) as error:
        return Table(path), [_syntax(path, 1, 1, str(error).splitlines()[0])]
    return Table(path, rows), problems


def _plain(node: yaml.Node, path: str, problems: list[Problem]) -> Node:
    """A YAML node as ours: scalars stay text, so that nothing is guessed about versions, dates or `no`."""
    line, column = node.start_mark.line + 1, node.start_mark.column + 1
    if isinstance(node, yaml.SequenceNode):
        return Node([_plain(entry, path, problems) for entry in node.value], line, column)
    if not isinstance(node, yaml.MappingNode):
        return Node(None if node.tag == "tag:yaml.org,2002:null" else str(node.value).strip(), line, column)
    fields: dict[str, Node] = {}
    for key, value in node.value:
        place = (path, key.start_mark.line + 1, key.start_mark.column + 1)
        if str(key.value) in fields:
            problems.append(Problem(*place, "reference-duplicate", (("row", str(key.value)),)))
            continue
        fields[str(key.value)] = _plain(value, path, problems)
    return Node(fields, line, column)


def read_csv(text: str, path: str) -> tuple[Table, list[Problem]]:
    """The rows of a CSV text, shown as `path`, and what cannot be read of it."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    lines = text.split("\n")
    rows: list[Node] = []
    problems: list[Problem] = []
    header: list[str] = []
    try:
        header = [name.strip() for name in next(reader, [])]
        for begin, end, cells in _records(reader):
            if len(cells) == len(header):
                rows.append(_record(header, cells, "\n".join(lines[begin - 1 : end]), begin))
            else:
                problems.append(_syntax(path, begin, 1, f"{len(cells)} cells instead of {len(header)}"))
    except csv.Error as error:
        problems.append(_syntax(path, max(1, reader.line_num), 1, str(error)))
    return Table(path, tuple(rows), _record(header, header, lines[0], 1)), problems


def _records(reader: Iterator[list[str]]) -> Iterator[tuple[int, int, list[str]]]:
    """Each record that is not blank, with its first and last line: quoted cells may run over several."""
    last = 1
    for cells in reader:
        begin, last = last + 1, reader.line_num  # type: ignore[attr-defined]  # typeshed keeps the reader's class private
        if any(cell.strip() for cell in cells):
            yield begin, last, cells


def _record(header: Sequence[str], cells: Sequence[str], text: str, line: int) -> Node:
    """A record as fields by column; name_es and name_en become one field, name."""
    columns = [match.start(1) + 1 for match in _CSV_CELL.finditer(text)]
    fields: dict[str, Node] = {}
    by_language: dict[str, dict[str, Node]] = {}
    for index, (name, cell) in enumerate(zip(header, cells, strict=True)):
        node = Node(meant(cell.strip()), line, columns[index] if index < len(columns) else 1)
        stem, _, language = name.rpartition("_")
        if stem and language in LANGUAGES:
            by_language.setdefault(stem, {})[language] = node
            fields[stem] = Node(by_language[stem], line, 1)
        else:
            fields[name] = node
    return Node(fields, line, 1)


def _syntax(path: str, line: int, column: int, reason: str) -> Problem:
    return Problem(path, line, column, "reference-syntax", (("reason", reason),))
