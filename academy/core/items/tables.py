"""Two-column tables in Markdown turned into rows and what belongs to them: what `match` and `categorize` share."""

from __future__ import annotations

import re
from collections.abc import Sequence

from academy.core.content.model import Option, Part
from academy.core.items.lists import Entry
from academy.core.items.parted import Parted
from academy.core.items.protocol import Fault, Source, Written
from academy.core.items.words import name_entries, repeated

_RULE = re.compile(r" *\|?(?: *:?-+:? *\|)+(?: *:?-+:? *)?")
_BETWEEN = re.compile(r"(?<!\\)\|")


class Tabled(Parted):
    """A table: on the left what is given, on the right what belongs to it, and, if there is a third column, why.

    A row without a left cell offers something that belongs nowhere.
    """

    def begins(self, line: str) -> bool:
        """The first table holds the answers."""
        return line.startswith("|")

    def parse(self, source: Source) -> Written:
        """The rows as parts, the different right cells as options, both columns' heads."""
        end = _end(source.lines, source.at)
        if end == source.at:
            return _failed(end, [(source.item_line, "table-missing", {"item": source.item_id})])
        heads = _cells(source.lines[source.at])
        if end < source.at + 2 or not _RULE.fullmatch(source.lines[source.at + 1].strip()):
            return _failed(end, [(source.at + 1, "table-head", {"item": source.item_id})])
        rows: list[tuple[Entry, Entry]] = []
        faults: list[Fault] = [] if 2 <= len(heads) <= 3 else [(source.at + 1, "row-cells", {"found": str(len(heads))})]
        for number in range(source.at + 2, end):
            cells = _cells(source.lines[number])
            if not 2 <= len(cells) <= 3:
                faults.append((number + 1, "row-cells", {"found": str(len(cells))}))
            elif not cells[1]:
                faults.append((number + 1, "option-empty", {}))
            else:
                why = [cells[2]] if len(cells) == 3 else []
                rows.append((Entry("", cells[0], number + 1, why), Entry("", cells[1], number + 1)))
        faults += _name(source.item_id, rows)
        if faults:
            return _failed(end, faults)
        return _written(end, rows, tuple(heads[:2]))


def _name(item_id: str, rows: Sequence[tuple[Entry, Entry]]) -> list[Fault]:
    """Names the cells; letters on one side only are as wrong as on some cells."""
    left, right = [left for left, _ in rows if left.text], [right for _, right in rows]
    faults = [*name_entries(item_id, left), *name_entries(item_id, right)]
    lettered = {len(entry.mark) == 1 for entry in (*left, *right)}
    if not faults and len(lettered) > 1:
        bare = next(entry for entry in (*left, *right) if len(entry.mark) > 1)
        faults.append((bare.line, "letter-mixed", {"item": item_id, "answer": bare.text[:40]}))
    different = {entry.mark: entry for entry in reversed(right)}
    return faults or [*repeated(left), *repeated(list(different.values())[::-1])]


def _written(end: int, rows: Sequence[tuple[Entry, Entry]], heads: tuple[str, ...]) -> Written:
    offered = tuple(sorted({right.mark for _, right in rows}))
    used = {right.mark for left, right in rows if left.text}
    first = {right.mark: (left, right) for left, right in reversed(rows)}
    options = tuple(
        Option(mark, first[mark][1].text, mark in used, None if mark in used else first[mark][0].why, first[mark][1].line)
        for mark in offered
    )
    parts = tuple(Part(left.mark, left.text, right.mark, offered, left.why, left.line) for left, right in rows if left.text)
    return Written(end, options, parts, heads)


def _failed(end: int, faults: Sequence[Fault]) -> Written:
    return Written(end, faults=tuple(faults), unread=True)


def _end(lines: Sequence[str], at: int) -> int:
    while at < len(lines) and lines[at].startswith("|"):
        at += 1
    return at


def _cells(line: str) -> list[str]:
    bare = line.strip().removeprefix("|")
    bare = bare[:-1] if bare.endswith("|") and not bare.endswith("\\|") else bare
    return [cell.strip().replace("\\|", "|") for cell in _BETWEEN.split(bare)]
