"""The YAML fields at the head of a file, with the line of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from academy.core.content.model import Problem

FENCE = "---"
_DEEPEST = 8
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same values, several times faster


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """Fields, the line each stands on, and the line (from 1) where the body begins."""

    fields: Mapping[str, Any]
    lines: Mapping[str, int]
    body_line: int

    def line(self, field: str) -> int:
        """The line of a field; 1 for one that is not there."""
        return self.lines.get(field, 1)


def read_front_matter(lines: list[str], path: str) -> tuple[FrontMatter | None, list[Problem]]:
    """Front matter of a file given as lines; None and a problem where there is none or it cannot be read."""
    if not lines or lines[0].strip() != FENCE:
        return None, [Problem(path, 1, 1, "front-matter-missing")]
    end = next((i for i, line in enumerate(lines[1:], start=1) if line.strip() == FENCE), None)
    if end is None:
        return None, [Problem(path, 1, 1, "front-matter-missing")]
    fields, positions, problems = read_yaml("\n".join(lines[1:end]), path, first_line=2)
    if fields is None:
        return None, problems
    return FrontMatter(fields, positions, end + 2), problems


def read_yaml(text: str, path: str, first_line: int = 1) -> tuple[dict[str, Any] | None, dict[str, int], list[Problem]]:
    """A YAML mapping and the line of each field in it, nested ones as `modules.0.folder`; None and a problem where it is not one."""
    try:
        if (fault := _unwelcome(text)) is not None:
            return None, {}, [_syntax(path, first_line + fault, 1, "anchors, aliases, tags and deep nesting are not used here")]
        node = yaml.compose(text, Loader=_LOADER)
        if node is None:
            return {}, {}, []
        if not isinstance(node, yaml.MappingNode):
            return None, {}, [_syntax(path, first_line, 1, "not a list of fields")]
        # FullLoader and its kin can build objects; safe loaders only build plain values.
        values = yaml.load(text, Loader=_LOADER)  # noqa: S506  # it is one of the two safe ones
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = (first_line + mark.line, mark.column + 1) if mark else (first_line, 1)
        return None, {}, [_syntax(path, *where, str(error.problem or "unreadable"))]
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return None, {}, [_syntax(path, first_line, 1, str(error).splitlines()[0])]
    return {str(key): value for key, value in values.items()}, dict(_positions(node, "", first_line)), []


def _unwelcome(text: str) -> int | None:
    """The line, from 0, of the first anchor, alias, tag or too deep nesting: nobody needs them, and they can do harm."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST or getattr(event, "anchor", None) or getattr(event, "tag", None):
            return event.start_mark.line if event.start_mark else 0
    return None


def _positions(node: yaml.Node, prefix: str, first_line: int) -> Iterator[tuple[str, int]]:
    """The line of every field and entry below a node, as `modules`, `modules.0`, `modules.0.folder` …"""
    if isinstance(node, yaml.MappingNode):
        entries = [(str(key.value), key.start_mark.line, value) for key, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        entries = [(str(position), value.start_mark.line, value) for position, value in enumerate(node.value)]
    else:
        return
    for name, line, value in entries:
        yield f"{prefix}{name}", first_line + line
        yield from _positions(value, f"{prefix}{name}.", first_line)


def _syntax(path: str, line: int, column: int, reason: str) -> Problem:
    return Problem(path, line, column, "front-matter-syntax", (("reason", reason),))
