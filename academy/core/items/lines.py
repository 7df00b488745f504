"""`lines`: mark the lines of a log that matter."""

from __future__ import annotations

import re
from collections.abc import Iterator

from academy.core.content.model import Item, Option
from academy.core.items import choice, lists
from academy.core.items.lists import Entry
from academy.core.items.multiple import Multiple
from academy.core.items.protocol import Fault, Source, Written

_MARK = re.compile(r"\[([ xX])\] ?(.*)")


class Lines(Multiple):
    """Mark lines; they keep their order and are numbered, not lettered."""

    name = "lines"
    lettered = False
    shuffled = False
    explained = False  # a log may have many harmless lines

    def begins(self, line: str) -> bool:
        """The log stands in a fence called `lines`."""
        return lists.fence_name(line) == "lines" or super().begins(line)

    def parse(self, source: Source) -> Written:
        """The marked lines of the log, with an indented `>` below those that have feedback."""
        at = source.at
        if at >= len(source.lines) or lists.fence_name(source.lines[at]) is None:
            return Written(at, faults=((source.item_line, "fence-missing", {"item": source.item_id}),), unread=True)
        end = lists.fence_end(source.lines, at)
        if end is None:
            return Written(len(source.lines), faults=((at + 1, "fence-open", {}),), unread=True)
        entries: list[Entry] = []
        faults: list[Fault] = []
        for number in range(at + 1, end):
            line = source.lines[number].rstrip()
            mark, feedback = _MARK.fullmatch(line), lists.read_feedback(line)
            if mark:
                entries.append(Entry(mark[1], mark[2], number + 1))
            elif feedback is not None and entries:
                entries[-1].feedback.append(feedback)
            else:
                faults.append((number + 1, "line-mark", {}))
        options = (Option(str(place), entry.text, entry.mark != " ", entry.why, entry.line) for place, entry in enumerate(entries, start=1))
        return Written(end + 1, tuple(options), faults=tuple(faults))

    def problems(self, item: Item) -> Iterator[Fault]:
        """Two lines or more, at least one of them marked."""
        yield from choice.wants(item, options=range(2, 61), right=range(1, 61))

    def guessing(self, item: Item) -> float:
        """Nobody marks all the right lines by chance."""
        return 0.0


TYPE = Lines()
