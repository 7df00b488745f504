"""Task lists and fences in Markdown turned into options: what the types share whose answers are written one a line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from academy.core.content.model import Option
from academy.core.items.protocol import Fault, Source, Written

_OPTION = re.compile(r"- \[([ xX])\] ?(.*)")
_LETTER = re.compile(r"([a-z])\) ?(.*)")
_FEEDBACK = re.compile(r"\s{2,}> ?(.*)")
_FENCE = re.compile(r"(`{3,}(?=[^`]*$)|~{3,})\s*([\w-]*)\s*")  # with more backticks behind them, three are code in a line
_TICKS = re.compile("`+")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(slots=True)
class Entry:
    """One point of a list while it is read."""

    mark: str
    text: str
    line: int
    feedback: list[str] = field(default_factory=list)

    @property
    def why(self) -> str | None:
        """Its feedback."""
        return "\n".join(self.feedback).strip() or None


def is_option(line: str) -> bool:
    """Whether a line begins an option `- [ ]`."""
    return _OPTION.fullmatch(line.rstrip("\r")) is not None


def read_list(lines: Sequence[str], at: int, pattern: re.Pattern[str]) -> tuple[list[Entry], int]:
    """The points of a list and the index after it. `pattern` gives a point's mark and text; blank lines may stand between."""
    entries: list[Entry] = []
    while at < len(lines):
        match = pattern.fullmatch(lines[at].rstrip("\r"))
        if match is None:
            following = skip_blank(lines, at)
            if following == at or following >= len(lines) or not pattern.fullmatch(lines[following].rstrip("\r")):
                break
            at = following
            continue
        entries.append(Entry(match[1], match[2].strip(), at + 1))
        at = _read_below(entries[-1], lines, at + 1)
    return entries, at


def _read_below(entry: Entry, lines: Sequence[str], at: int) -> int:
    """Indented lines below a point: `>` is its feedback, anything else goes on with its text."""
    while at < len(lines) and lines[at].startswith("  ") and lines[at].strip():
        feedback = read_feedback(lines[at])
        if feedback is None:
            entry.text = f"{entry.text} {lines[at].strip()}"
        else:
            entry.feedback.append(feedback)
        at += 1
    return at


def read_feedback(line: str) -> str | None:
    """The words of an indented `>`; None where a line is none."""
    match = _FEEDBACK.fullmatch(line)
    return match[1] if match else None


def lettered_options(source: Source) -> Written:
    """Options `- [x] a) …`, lettered in order."""
    entries, end = read_list(source.lines, source.at, _OPTION)
    options: list[Option] = []
    faults: list[Fault] = []
    for position, entry in enumerate(entries):
        letter = _LETTERS[min(position, 25)]
        match = _LETTER.fullmatch(entry.text)
        if match is None or match[1] != letter:
            faults.append((entry.line, "option-letter", {"letter": letter}))
        elif not match[2].strip():
            faults.append((entry.line, "option-empty", {}))
        else:
            options.append(Option(letter, match[2].strip(), entry.mark != " ", entry.why, entry.line))
    return Written(end, tuple(options), faults=tuple(faults), unread=bool(faults))


def numbered_options(source: Source) -> Written:
    """Options `- [x] …`, numbered here; one that is all code loses its marks."""
    entries, end = read_list(source.lines, source.at, _OPTION)
    options: list[Option] = []
    faults: list[Fault] = []
    for position, entry in enumerate(entries, start=1):
        text = entry.text
        if len(text) > 1 and text[0] == text[-1] == "`":
            text = text[1:-1]
        if text.strip():
            options.append(Option(str(position), text, entry.mark != " ", entry.why, entry.line))
        else:
            faults.append((entry.line, "option-empty", {}))
    return Written(end, tuple(options), faults=tuple(faults))


def fence_name(line: str) -> str | None:
    """What a fence that opens here is called, perhaps ""; None where none does."""
    match = _FENCE.match(line)
    return match[2] if match else None


def fence_end(lines: Sequence[str], at: int) -> int | None:
    """Index of the line that closes the fence opened at `at`; None where it stays open."""
    opening = _FENCE.match(lines[at])
    if opening is None:
        return None
    mark = opening[1]
    for number in range(at + 1, len(lines)):
        line = lines[number].strip()
        if line.startswith(mark) and not line.strip(mark[0]):
            return number
    return None


def code_spans(line: str) -> Iterator[tuple[int, int]]:
    """Where code stands in a line: from a run of backticks to the next run of the same length."""
    runs = [(match.start(), match.end()) for match in _TICKS.finditer(line)]
    later: dict[int, list[int]] = {}
    for number in range(len(runs) - 1, -1, -1):
        later.setdefault(runs[number][1] - runs[number][0], []).append(number)
    at = 0
    while at < len(runs):
        same = later[runs[at][1] - runs[at][0]]
        while same and same[-1] <= at:
            same.pop()
        if same:
            yield runs[at][0], runs[same[-1]][1]
            at = same[-1]
        at += 1


def skip_blank(lines: Sequence[str], at: int) -> int:
    """Index of the first line from `at` on that is not blank."""
    while at < len(lines) and not lines[at].strip():
        at += 1
    return at
