"""Markdown lines turned into items, and a quiz file into a quiz."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import cast

from academy.core.content.fields import FieldReader
from academy.core.content.front_matter import read_front_matter
from academy.core.content.model import LEVELS, Item, Language, Level, Problem, Quiz
from academy.core.items import ITEM_TYPES
from academy.core.items.lists import fence_end, fence_name, skip_blank
from academy.core.items.protocol import ItemType, Source, Written

HEADING = re.compile(r"### +([a-z0-9][a-z0-9-]{0,63}): *(.*)")
_ANY_HEADING = re.compile(r"#{1,6} ")
_CHIPS = re.compile(r"(?:`[^`]+`\s*)+")
_CHIP = re.compile(r"`([^`]+)`")
_POINTS = re.compile(r"(\d{1,2}) pts?")
_QUOTE = re.compile(r"> ?(.*)")

MOST_ATTEMPTS, MOST_MINUTES = 20, 600

UNASSIGNED = "unassigned"
"""The chip that stands in the place of a skill in a question that measures none: it is practice only."""


@dataclass(slots=True)
class _Draft:
    """An item while it is read."""

    id: str
    stem: str
    line: int
    path: str
    type: str = ""
    skill: str | None = None
    level: str = ""
    points: float | None = None
    cosmetic: bool = False
    by_self: int | None = None
    body: list[str] = field(default_factory=list)
    written: Written = field(default_factory=lambda: Written(0))
    rationale: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def fault(self, line: int, code: str, column: int = 1, **values: str) -> None:
        self.problems.append(Problem(self.path, line, column, code, tuple(values.items())))


def parse_quiz(text: str, path: str, language: Language) -> tuple[Quiz | None, tuple[Problem, ...]]:
    """A quiz file. Items with errors are left out; None where the file as a whole cannot be used. Never raises."""
    lines = text.split("\n")
    front, problems = read_front_matter(lines, path)
    if front is None:
        return None, tuple(problems)
    reader = FieldReader(front, path, known=("quiz", "title", "pass", "source", "allow", "regrade", "attempts", "minutes"))
    quiz_id = reader.identifier("quiz")
    title = reader.text("title", default="")
    pass_percent = reader.whole("pass", 0, 100, default=70)
    source = reader.text("source", default="") or None
    accepted = reader.says("regrade", "accept")
    attempts = reader.whole("attempts", 1, MOST_ATTEMPTS, default=0)
    minutes = reader.whole("minutes", 1, MOST_MINUTES, default=0)
    items: list[Item] = []
    at = front.body_line - 1
    while at < len(lines):
        if not lines[at].startswith("### "):
            if lines[at].strip():
                problems.append(Problem(path, at + 1, 1, "text-after-item"))
                at = _skip_paragraph(lines, at)
            else:
                at += 1
            continue
        item, found, at = parse_item(lines, at, path)
        problems += found
        if item is not None:
            items.append(item)
    problems = reader.problems + problems
    if not items:
        problems.append(Problem(path, 1, 1, "quiz-empty"))
    if quiz_id is None or pass_percent is None or title is None or attempts is None or minutes is None:
        return None, tuple(problems)
    digest = hashlib.sha256(text.encode()).hexdigest()
    quiz = Quiz(
        quiz_id,
        language,
        title or quiz_id,
        pass_percent,
        tuple(items),
        path,
        digest,
        source,
        regrade_accepted=accepted,
        attempts=attempts or None,
        minutes=minutes or None,
    )
    return quiz, tuple(problems)


def parse_item(lines: list[str], at: int, path: str) -> tuple[Item | None, list[Problem], int]:
    """The item whose heading is `lines[at]`, its problems, and the index of the first line after it."""
    match = HEADING.fullmatch(lines[at].rstrip())
    if match is None:
        problem = Problem(path, at + 1, 1, "item-id", (("heading", lines[at].strip()[:60]),))
        return None, [problem], _next_heading(lines, at + 1)
    draft = _Draft(match[1], match[2].strip(), at + 1, path)
    if not draft.stem:
        draft.fault(draft.line, "stem-empty", item=draft.id)
    at = _read_chips(draft, lines, at + 1)
    at = _read_stem(draft, lines, at)
    at = _read_answers(draft, lines, at)
    at = _read_rationale(draft, lines, at)
    return _finish(draft), draft.problems, at


def _read_chips(draft: _Draft, lines: list[str], at: int) -> int:
    at = skip_blank(lines, at)
    if at >= len(lines) or not _CHIPS.fullmatch(lines[at].strip()):
        draft.fault(draft.line, "chips-missing", item=draft.id)
        return at
    for chip in _CHIP.finditer(lines[at]):
        if not _take_chip(draft, chip[1].strip(), chip.start() + 1):
            draft.fault(at + 1, "chip-unknown", chip.start() + 1, item=draft.id, chip=chip[1])
    if draft.by_self and draft.type not in ("", "open"):
        draft.fault(at + 1, "chip-self", draft.by_self, item=draft.id)
    if not draft.type:
        draft.fault(at + 1, "type-missing", item=draft.id, types=", ".join(ITEM_TYPES))
    if not draft.level:
        draft.fault(at + 1, "level-missing", item=draft.id)
    if draft.skill is None:
        draft.fault(at + 1, "skill-missing", item=draft.id)
    return at + 1


def _take_chip(draft: _Draft, chip: str, column: int) -> bool:
    """Keep what a chip says; False where it says something twice or nothing known."""
    points = _POINTS.fullmatch(chip)
    if chip in ITEM_TYPES and not draft.type:
        draft.type = chip
    elif chip in LEVELS and not draft.level:
        draft.level = chip
    elif points and draft.points is None and int(points[1]) > 0:
        draft.points = float(points[1])
    elif chip == "cosmetic" and not draft.cosmetic:
        draft.cosmetic = True
    elif chip == "self" and draft.by_self is None:
        draft.by_self = column
    elif re.fullmatch(r"[a-z][a-z0-9-]*", chip) and draft.skill is None and chip not in ITEM_TYPES and chip not in LEVELS:
        draft.skill = chip
    else:
        return False
    return True


def _type_to_read(draft: _Draft) -> ItemType:
    """The item's type; any that is written as a list where it names none, so that reading goes on behind it."""
    return ITEM_TYPES.get(draft.type) or ITEM_TYPES["single"]


def _read_stem(draft: _Draft, lines: list[str], at: int) -> int:
    """Everything up to the answers belongs to the question; fences are read whole."""
    begins = _type_to_read(draft).begins
    while at < len(lines):
        line = lines[at]
        if begins(line) or _ANY_HEADING.match(line):
            break
        if fence_name(line) is not None:
            end = fence_end(lines, at)
            if end is None:
                draft.fault(at + 1, "fence-open")
                return len(lines)
            draft.body += lines[at : end + 1]
            at = end + 1
            continue
        draft.body.append(line)
        at += 1
    return at


def _read_answers(draft: _Draft, lines: list[str], at: int) -> int:
    """The answers, as the item's type writes them."""
    draft.written = _type_to_read(draft).parse(Source(lines, at, draft.id, draft.line))
    draft.body += draft.written.body
    for line, code, values in draft.written.faults if draft.type else ():
        draft.problems.append(Problem(draft.path, line, 1, code, tuple(values.items())))
    return draft.written.end


def _read_rationale(draft: _Draft, lines: list[str], at: int) -> int:
    following = skip_blank(lines, at)
    if following >= len(lines) or not lines[following].startswith(">"):
        return at
    while following < len(lines) and (match := _QUOTE.fullmatch(lines[following])):
        draft.rationale.append(match[1])
        following += 1
    return following


def _finish(draft: _Draft) -> Item | None:
    """The item, unless it has errors."""
    item_type = ITEM_TYPES.get(draft.type)
    if item_type is None or not draft.level:
        return None
    item = Item(
        id=draft.id,
        type=draft.type,
        skill=None if draft.skill == UNASSIGNED else draft.skill,
        level=cast(Level, draft.level),
        points=draft.points or 1.0,
        stem=draft.stem,
        body="\n".join(draft.body).strip("\n"),
        options=draft.written.options,
        rationale="\n".join(draft.rationale).strip() or None,
        path=draft.path,
        line=draft.line,
        cosmetic=draft.cosmetic,
        parts=draft.written.parts,
        heads=draft.written.heads,
        by_self=draft.by_self is not None,
    )
    unread = draft.written.unread or any(problem.code == "fence-open" for problem in draft.problems)  # then nothing is missing
    for line, code, values in () if unread else item_type.problems(item):
        draft.problems.append(Problem(draft.path, line, 1, code, tuple(values.items())))
    return None if draft.problems else item


def _skip_paragraph(lines: list[str], at: int) -> int:
    while at < len(lines) and lines[at].strip() and not lines[at].startswith("### "):
        at += 1
    return at


def _next_heading(lines: list[str], at: int) -> int:
    while at < len(lines) and not lines[at].startswith(("### ", "## ")):
        at += 1
    return at
