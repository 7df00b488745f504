"""Markdown lines turned into items, and a quiz file into a quiz."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import cast

from academy.core.content.fields import FieldReader
from academy.core.content.front_matter import read_front_matter
from academy.core.content.model import LEVELS, Item, Language, Level, Option, Problem, Quiz
from academy.core.items import ITEM_TYPES

HEADING = re.compile(r"### +([a-z0-9][a-z0-9-]{0,63}): *(.*)")
_ANY_HEADING = re.compile(r"#{1,6} ")
_CHIPS = re.compile(r"(?:`[^`]+`\s*)+")
_CHIP = re.compile(r"`([^`]+)`")
_POINTS = re.compile(r"(\d{1,2}) pts?")
_OPTION = re.compile(r"- \[([ xX])\] ?(.*)")
_LETTER = re.compile(r"([a-z])\) ?(.*)")
_FEEDBACK = re.compile(r"\s{2,}> ?(.*)")
_QUOTE = re.compile(r"> ?(.*)")
_MARK = re.compile(r"\[([ xX])\] ?(.*)")
_FENCE = re.compile(r"(`{3,}|~{3,})\s*([\w-]*)\s*")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


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
    body: list[str] = field(default_factory=list)
    options: list[list[str | int | bool | None]] = field(default_factory=list)
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
    reader = FieldReader(front, path, known=("quiz", "title", "pass", "source"))
    quiz_id = reader.identifier("quiz")
    title = reader.text("title", default="")
    pass_percent = reader.whole("pass", 0, 100, default=70)
    source = reader.text("source", default="") or None
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
    if quiz_id is None or pass_percent is None or title is None:
        return None, tuple(problems)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Quiz(quiz_id, language, title or quiz_id, pass_percent, tuple(items), path, digest, source), tuple(problems)


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
    at = _read_options(draft, lines, at)
    at = _read_rationale(draft, lines, at)
    return _finish(draft), draft.problems, at


def _read_chips(draft: _Draft, lines: list[str], at: int) -> int:
    at = _skip_blank(lines, at)
    if at >= len(lines) or not _CHIPS.fullmatch(lines[at].strip()):
        draft.fault(draft.line, "chips-missing", item=draft.id)
        return at
    for chip in _CHIP.finditer(lines[at]):
        if not _take_chip(draft, chip[1].strip()):
            draft.fault(at + 1, "chip-unknown", chip.start() + 1, item=draft.id, chip=chip[1])
    if not draft.type:
        draft.fault(at + 1, "type-missing", item=draft.id, types=", ".join(ITEM_TYPES))
    if not draft.level:
        draft.fault(at + 1, "level-missing", item=draft.id)
    if draft.skill is None:
        draft.fault(at + 1, "skill-missing", item=draft.id)
    return at + 1


def _take_chip(draft: _Draft, chip: str) -> bool:
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
    elif re.fullmatch(r"[a-z][a-z0-9-]*", chip) and draft.skill is None and chip not in ITEM_TYPES and chip not in LEVELS:
        draft.skill = chip
    else:
        return False
    return True


def _read_stem(draft: _Draft, lines: list[str], at: int) -> int:
    """Everything up to the options belongs to the stem; fences are read whole."""
    while at < len(lines):
        line = lines[at]
        if _OPTION.fullmatch(line) or _ANY_HEADING.match(line):
            break
        fence = _FENCE.match(line)
        if fence and fence[2] == "lines" and draft.type == "lines":
            break
        if fence:
            end = _fence_end(lines, at)
            if end is None:
                draft.fault(at + 1, "fence-open")
                return len(lines)
            draft.body += lines[at : end + 1]
            at = end + 1
            continue
        draft.body.append(line)
        at += 1
    return at


def _read_options(draft: _Draft, lines: list[str], at: int) -> int:
    if draft.type == "lines":
        return _read_log(draft, lines, at)
    while at < len(lines):
        match = _OPTION.fullmatch(lines[at].rstrip("\r"))
        if match is None:
            following = _skip_blank(lines, at)
            if following < len(lines) and following > at and _OPTION.fullmatch(lines[following].rstrip("\r")):
                at = following
                continue
            break
        draft.options.append([str(match[2]).strip(), match[1] != " ", None, at + 1])
        at = _read_option_body(draft.options[-1], lines, at + 1)
    return at


def _read_option_body(option: list[str | int | bool | None], lines: list[str], at: int) -> int:
    """Indented lines below an option: `>` is its feedback, anything else goes on with its text."""
    feedback: list[str] = []
    while at < len(lines) and lines[at].startswith("  ") and lines[at].strip():
        match = _FEEDBACK.fullmatch(lines[at])
        if match:
            feedback.append(match[1])
        else:
            option[0] = f"{option[0]} {lines[at].strip()}"
        at += 1
    if feedback:
        option[2] = "\n".join(feedback).strip()
    return at


def _read_log(draft: _Draft, lines: list[str], at: int) -> int:
    if at >= len(lines) or not _FENCE.match(lines[at]):
        draft.fault(draft.line, "fence-missing", item=draft.id)
        return at
    end = _fence_end(lines, at)
    if end is None:
        draft.fault(at + 1, "fence-open")
        return len(lines)
    for number in range(at + 1, end):
        line = lines[number].rstrip()
        mark, feedback = _MARK.fullmatch(line), _FEEDBACK.fullmatch(line)
        if mark:
            draft.options.append([mark[2], mark[1] != " ", None, number + 1])
        elif feedback and draft.options:
            before = draft.options[-1][2]
            draft.options[-1][2] = f"{before}\n{feedback[1]}" if before else feedback[1]
        else:
            draft.fault(number + 1, "line-mark")
    return end + 1


def _read_rationale(draft: _Draft, lines: list[str], at: int) -> int:
    following = _skip_blank(lines, at)
    if following >= len(lines) or not lines[following].startswith(">"):
        return at
    while following < len(lines) and (match := _QUOTE.fullmatch(lines[following])):
        draft.rationale.append(match[1])
        following += 1
    return following


def _finish(draft: _Draft) -> Item | None:
    """The item, unless it has errors; its options are lettered or numbered here."""
    item_type = ITEM_TYPES.get(draft.type)
    if item_type is None or not draft.level:
        return None
    lettered = item_type.lettered
    options = tuple(
        option for position, raw in enumerate(draft.options) if (option := _option(draft, position, raw, lettered)) is not None
    )
    item = Item(
        id=draft.id,
        type=draft.type,
        skill=draft.skill,
        level=cast(Level, draft.level),
        points=draft.points or 1.0,
        stem=draft.stem,
        body="\n".join(draft.body).strip("\n"),
        options=options,
        rationale="\n".join(draft.rationale).strip() or None,
        path=draft.path,
        line=draft.line,
        cosmetic=draft.cosmetic,
    )
    for line, code, values in item_type.problems(item):
        draft.problems.append(Problem(draft.path, line, 1, code, tuple(values.items())))
    return None if draft.problems else item


def _option(draft: _Draft, position: int, raw: list[str | int | bool | None], lettered: bool) -> Option | None:
    text, right, feedback, line = str(raw[0]), bool(raw[1]), cast(str | None, raw[2]), cast(int, raw[3])
    option_id = str(position + 1)
    if lettered:
        option_id = _LETTERS[min(position, 25)]
        match = _LETTER.fullmatch(text)
        if match is None or match[1] != option_id:
            draft.fault(line, "option-letter", letter=option_id)
            return None
        text = match[2].strip()
    elif draft.type != "lines" and len(text) > 1 and text[0] == text[-1] == "`":
        text = text[1:-1]
    if not text.strip() and draft.type != "lines":
        draft.fault(line, "option-empty")
        return None
    return Option(option_id, text, right, feedback, line)


def _fence_end(lines: list[str], at: int) -> int | None:
    """Index of the line that closes the fence opened at `at`."""
    opening = _FENCE.match(lines[at])
    assert opening is not None
    mark = opening[1]
    for number in range(at + 1, len(lines)):
        line = lines[number].strip()
        if line.startswith(mark) and not line.strip(mark[0]):
            return number
    return None


def _skip_blank(lines: list[str], at: int) -> int:
    while at < len(lines) and not lines[at].strip():
        at += 1
    return at


def _skip_paragraph(lines: list[str], at: int) -> int:
    while at < len(lines) and lines[at].strip() and not lines[at].startswith("### "):
        at += 1
    return at


def _next_heading(lines: list[str], at: int) -> int:
    while at < len(lines) and not lines[at].startswith(("### ", "## ")):
        at += 1
    return at
