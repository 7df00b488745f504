"""Questions turned into a quiz file of ours in one language, and what could not be held."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from academy.core.content.model import LEVELS
from academy.core.content.quiz import UNASSIGNED, parse_item
from academy.core.interop.adapt import Unfit, adapted, is_right
from academy.core.interop.exchange import TRUE_FALSE
from academy.core.interop.model import Imported, ImportedOption, ImportResult, Skipped
from academy.core.interop.names import Names
from academy.core.items import ITEM_TYPES

_POINTS = re.compile(r"[1-9]\d? pts?")
_BLOCK = re.compile(r"\s*(?:[-*+>|]|\d{1,9}[.)]\s|`{3}|~{3}|\s{4})")
_PICTURE = re.compile(r"!\[([^\[\]\n]{0,500})\]\(img/[a-z0-9.-]{1,100}\)")
_FENCE = re.compile(r"(`{3,}|~{3,})")
_LETTERED = re.compile(r"[a-z]\) ")
_HEADS = {"es": ("Esto", "va con"), "en": ("This", "goes with")}
_UNSAID = {"es": "Lee y responde.", "en": "Read and answer."}
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class WrittenQuiz:
    """A quiz file and its pictures; the questions as they are held here; what was skipped; (where, note) of what was altered."""

    text: str
    questions: tuple[Imported, ...]
    skipped: tuple[Skipped, ...]
    altered: tuple[tuple[str, str], ...]
    pictures: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Assignment:
    """How questions get their skill: by a mapping from their id or category, or by a tag that is the id of a skill."""

    skills: Mapping[str, str]
    known: Collection[str]

    def skill(self, question: Imported) -> str:
        """The skill's id, or `unassigned`: then the question is practice only. A category counts for those below it."""
        category = question.category
        for name in (question.id, question.title, *_upwards(category)):
            if name and name in self.skills:
                return self.skills[name]
        return next((tag for tag in question.tags if tag in self.known), UNASSIGNED)


def write_quiz(result: ImportResult, *, quiz_id: str, title: str, language: str, assignment: Assignment) -> WrittenQuiz:
    """The questions as Markdown. Feedback or a rationale that a question lacks is not made up: the check asks for it."""
    blocks: list[str] = []
    questions: list[Imported] = []
    skipped = list(result.skipped)
    names = Names()
    for question in result.questions:
        try:
            held = adapted(question, language)
            held = dataclasses.replace(held, id=names.take(held.id))
            block, notes = _block(held, language, assignment.skill(held))
        except Unfit as reason:
            skipped.append(Skipped(question.where, str(reason)))
            continue
        questions.append(dataclasses.replace(held, notes=(*held.notes, *notes)))
        blocks.append(block)
    head = f"---\nquiz: {quiz_id}\ntitle: {json.dumps(title, ensure_ascii=False)}\npass: 70\n---\n"
    altered = tuple((question.where, note) for question in questions for note in question.notes)
    text = head + "\n".join(blocks)
    pictures = {name: data for name, data in result.pictures.items() if f"]({name})" in text}
    return WrittenQuiz(text, tuple(questions), tuple(skipped), altered, pictures)


def _block(question: Imported, language: str, skill: str) -> tuple[str, list[str]]:
    """The question's lines, read again to be sure that they say what they should, and notes. Raises Unfit."""
    notes: list[str] = []
    options, shown_above = _flat_options(_named(question, language))
    if shown_above:
        notes.append("Code, pictures or several lines in its answers stand above them.")
    if any(_PICTURE.search(cell) for pair in question.pairs for cell in pair):
        notes.append("Pictures in its rows are left out; their descriptions stay.")
    heading, body = _stem(question, language, notes)
    lines = [f"### {question.id}: {heading}", _chips(question, skill), ""]
    text = "\n\n".join(part for part in (body, *shown_above) if part)
    lines += [*_protected(text, question.type), ""] if text else []
    lines += list(_answers(question, options, language))
    if question.rationale and question.rationale.strip():
        lines += ["", *(f"> {line}".rstrip() for line in question.rationale.strip().split("\n"))]
    _check(lines, question, options)
    return "\n".join(lines) + "\n", notes


def _check(lines: list[str], question: Imported, options: tuple[ImportedOption, ...]) -> None:
    """Read the item again. Raises Unfit where it would not be what it was."""
    item, problems, end = parse_item("\n".join(lines).split("\n"), 0, question.where)
    if item is None or problems:
        raise Unfit(f"it cannot be written as a question of ours ({', '.join(dict.fromkeys(problem.code for problem in problems))})")
    right: list[object] = [_unlettered(option.text) if question.type == "order" else is_right(question, option) for option in options]
    words = {option.id: option.text for option in item.options}
    steps: list[object] = [words[part.right] for part in item.parts]
    held: list[object] = steps if question.type == "order" else [option.right for option in item.options]
    rest = any(line.strip() for line in "\n".join(lines).split("\n")[end:])
    if rest or item.type != question.type or (options and held != right):
        raise Unfit("it cannot be written as a question of ours: parts of it would be read as something else")


def _chips(question: Imported, skill: str) -> str:
    level = next((tag for tag in question.tags if tag in LEVELS), "medium")
    chips = [question.type, skill, level, *(tag for tag in question.tags if _POINTS.fullmatch(tag) or tag == "cosmetic")]
    return " ".join(f"`{chip}`" for chip in dict.fromkeys(chips))


def _stem(question: Imported, language: str, notes: list[str]) -> tuple[str, str]:
    """The heading's line, and the rest."""
    lines = question.stem.strip("\n").split("\n")
    pictures = [found[0] for found in _PICTURE.finditer(lines[0])]
    if pictures:  # a heading shows none
        lines = [" ".join(_PICTURE.sub("", lines[0]).split()), "", *pictures, *lines[1:]]
        question = dataclasses.replace(question, stem="\n".join(lines[1:] if not lines[0] else lines))
    if _BLOCK.match(lines[0]) or not lines[0].strip():
        notes.append("The question begins with a list, code, a picture, a quote or a table, so its heading was made up.")
        heading, body = question.title.strip() or _UNSAID.get(language, _UNSAID["en"]), question.stem
    else:
        heading, body = lines[0].strip(), "\n".join(lines[1:])
    return (f"\\{heading}" if heading.startswith("#") else heading), body.strip("\n").rstrip()


def _protected(body: str, item_type: str) -> list[str]:
    """The body's lines, none of which is taken for a heading or an answer; open fences are closed."""
    lines: list[str] = []
    begins = ITEM_TYPES[item_type].begins
    fence = ""
    for line in body.split("\n"):
        mark = _FENCE.match(line)
        if fence:
            fence = "" if mark and mark[1].startswith(fence) and not line.strip().strip(fence[0]) else fence
            lines.append(line)
        elif mark and "`" not in line[mark.end() :]:
            fence = mark[1]
            lines.append(line)
        elif re.match(r"#{1,6} ", line):
            lines.append(f"\\{line}")
        elif begins(line) and line.startswith("- ["):
            lines.append(f"- \\[{line[3:]}")
        else:
            lines.append(f" {line}" if mark or begins(line) else line)
    return [*lines, fence] if fence else lines


def _named(question: Imported, language: str) -> tuple[ImportedOption, ...]:
    """The options; True and False in the quiz's language."""
    if question.type != "truefalse" or tuple(option.text for option in question.options) != TRUE_FALSE["en"]:
        return question.options
    names = TRUE_FALSE.get(language, TRUE_FALSE["en"])
    return tuple(dataclasses.replace(option, text=name) for option, name in zip(question.options, names, strict=True))


def _flat_options(options: tuple[ImportedOption, ...]) -> tuple[tuple[ImportedOption, ...], list[str]]:
    """Options of one line each, and blocks of code that stood in them, each below the name of its option."""
    flat: list[ImportedOption] = []
    above: list[str] = []
    for position, option in enumerate(options, start=1):
        text = option.text.strip()
        pictures = [found[0] for found in _PICTURE.finditer(text)]
        if pictures:  # an option shows none
            text = " ".join(_PICTURE.sub("", text).split()) or _alt(pictures[0]) or str(position)
            above.append(f"**{text}**\n\n" + "\n".join(pictures))
        lines = text.split("\n")
        fence = next((number for number, line in enumerate(lines) if _FENCE.match(line.strip())), None)
        if fence is None:
            flat.append(dataclasses.replace(option, text=" ".join(text.split()) if len(lines) > 1 else text))
        elif fence == 0 and len(lines) == 3 and "`" not in lines[1]:
            flat.append(dataclasses.replace(option, text=f"`{lines[1].strip()}`"))
        else:
            name = " ".join(" ".join(lines[:fence]).split()) or str(position)
            above.append(f"**{name}**\n\n" + "\n".join(lines[fence:]))
            flat.append(dataclasses.replace(option, text=name))
    return tuple(flat), above


def _answers(question: Imported, options: tuple[ImportedOption, ...], language: str) -> Iterator[str]:
    if question.pairs:
        heads = _HEADS.get(language, _HEADS["en"])
        yield f"| {heads[0]} | {heads[1]} |"
        yield "| --- | --- |"
        for left, right in question.pairs:
            yield f"| {_cell(left)} | {_cell(right)} |"
        return
    if question.type == "order":
        for position, option in enumerate(options, start=1):
            yield f"{position}. {_unlettered(option.text)}"
            yield from _feedback(option)
        return
    lettered = ITEM_TYPES[question.type].lettered
    for position, option in enumerate(options):
        text = f"{_LETTERS[position]}) {option.text}" if lettered else _quoted(option.text)
        yield f"- [{'x' if is_right(question, option) else ' '}] {text}"
        yield from _feedback(option)


def _feedback(option: ImportedOption) -> Iterator[str]:
    if option.feedback and option.feedback.strip():
        yield from (f"    > {line}".rstrip() for line in option.feedback.strip().split("\n"))


def _quoted(text: str) -> str:
    """A typed answer; one that is all in backticks gets a further pair, since one is taken off."""
    return f"`{text}`" if len(text) > 1 and text[0] == text[-1] == "`" else text


def _cell(text: str) -> str:
    return _unlettered(" ".join(_PICTURE.sub(lambda found: f"({found[1]})" if found[1] else "", text).split())).replace("|", "\\|")


def _unlettered(text: str) -> str:
    """Text that begins with no letter of ours."""
    return f"{text[0]}\\{text[1:]}" if _LETTERED.match(text) else text


def _alt(picture: str) -> str:
    found = _PICTURE.fullmatch(picture)
    return found[1] if found else ""


def _upwards(category: str) -> Iterator[str]:
    """A category, then those above it."""
    while category:
        yield category
        category = category.rpartition("/")[0]
