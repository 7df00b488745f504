"""The YAML fields at the head of a file, with the line of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from academy.core.content.model import Problem

FENCE = "---"


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
    """A YAML mapping and the line of each of its keys; None and a problem where it is not one."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if node is None:
            return {}, {}, []
        if not isinstance(node, yaml.MappingNode):
            return None, {}, [_syntax(path, first_line, 1, "not a list of fields")]
        # FullLoader and its kin can build objects; SafeLoader only builds plain values.
        values = yaml.load(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = (first_line + mark.line, mark.column + 1) if mark else (first_line, 1)
        return None, {}, [_syntax(path, *where, str(error.problem or "unreadable"))]
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return None, {}, [_syntax(path, first_line, 1, str(error).splitlines()[0])]
    positions = {str(key.value): first_line + key.start_mark.line for key, _ in node.value}
    return {str(key): value for key, value in values.items()}, positions, []


def _syntax(path: str, line: int, column: int, reason: str) -> Problem:
    return Problem(path, line, column, "front-matter-syntax", (("reason", reason),))
