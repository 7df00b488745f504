"""GIFT, read as Moodle reads it. Source: Moodle's question/format/gift/format.php."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from academy.core.interop.gift_text import hide_escapes, read_figures, read_weight, show_escapes, without_wildcards
from academy.core.interop.gift_writer import write as write
from academy.core.interop.model import Imported, ImportedOption, ImportResult, Skipped, paired_type
from academy.core.interop.names import Names, bare_category
from academy.core.interop.text import decode, html_to_markdown, losses, moodle_to_markdown, plain_to_markdown, safe_markdown

NAMES = ("gift",)

BLANK = "_____"
"""What stands where the answer was, in a question that goes on behind it."""

_CATEGORY = "$CATEGORY:"
# Bounded, so that a comment full of openings takes linear time too.
_ID = re.compile(r"\[id:((?:[^\]\\]|\\.){1,200}+)\]")
_TAG = re.compile(r"\[tag:((?:[^\]\\]|\\.){1,200}+)\]")
_FORMATS = {"html": html_to_markdown, "moodle": moodle_to_markdown, "plain": plain_to_markdown, "markdown": safe_markdown}
_TRUE, _FALSE = ("T", "TRUE"), ("F", "FALSE")
_CHOSEN = ("single", "multiple", "truefalse")


class _Unusable(ValueError):
    """Why a question is not taken over."""


@dataclass(slots=True)
class _Block:
    """The lines of one question, and what is found out about them."""

    line: int
    lines: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    format: str = "moodle"

    def note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)


def read(data: bytes, name: str) -> ImportResult:
    """Every question of a file. Any bytes give a result; each block that is no usable question is listed with its line."""
    names, category = Names(), ""
    questions: list[Imported] = []
    skipped: list[Skipped] = []
    for block in _blocks(decode(data)):
        text = hide_escapes("\n".join(block.lines).strip())
        if text.startswith(_CATEGORY):
            first, _, text = text.partition("\n")
            category = bare_category(show_escapes(first[len(_CATEGORY) :]))
        if not text.strip():
            continue
        where = f"{name}:{block.line}"
        try:
            questions.append(_question(block, text.strip(), category, names, where))
        except _Unusable as reason:
            skipped.append(Skipped(where, str(reason)))
    return ImportResult(tuple(questions), tuple(skipped))


def _blocks(text: str) -> Iterator[_Block]:
    """Stretches between blank lines. A line that begins with // is a comment."""
    block: _Block | None = None
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.strip()
        if not line:
            if block is not None:
                yield block
            block = None
            continue
        block = block or _Block(number)
        if line.startswith("//"):
            block.comments.append(line)
            block.line += not block.lines  # a question stands where its own first line is
        else:
            block.lines.append(line)
    if block is not None:
        yield block


def _question(block: _Block, text: str, category: str, names: Names, where: str) -> Imported:
    title, text = _title(text)
    raw_stem, answers = _split(text)
    stem = _stem(block, raw_stem, title)
    answers, general = _general_feedback(answers)
    rationale = _formatted(block, general) or None
    comments = "\n".join(block.comments)
    tags = tuple(_unescaped(found[1]) for found in _TAG.finditer(comments))
    kind, options, pairs = _answers(block, answers)
    kind, tags = _kind_by_tag(kind, tags, options)
    found = _ID.search(comments)
    number = _unescaped(found[1]) if found else ""
    return Imported(
        id=names.take(number, title, stem.partition("\n")[0], stem),
        type=kind,
        stem=stem,
        options=options,
        rationale=rationale,
        pairs=pairs,
        title="" if title == number else title,
        category=category,
        tags=tags,
        where=where,
        notes=tuple(block.notes),
    )


def _title(text: str) -> tuple[str, str]:
    """The name between :: and ::, and the rest."""
    if not text.startswith("::"):
        return "", text
    title, end, rest = text[2:].partition("::")
    return (" ".join(show_escapes(title).split()), rest.strip()) if end else ("", title)


def _split(text: str) -> tuple[str, str]:
    """The question without its answers, a blank in their place if it goes on; and what stands between { and }."""
    start, end = text.find("{"), text.find("}")
    if start < 0 and end < 0:
        raise _Unusable("no question: it has no answers in braces, so it is a description")
    if end < 0:
        raise _Unusable("the { is never closed; a blank line inside the braces ends a question")
    if start < 0 or end < start:
        raise _Unusable("there is a } without its {; a blank line inside the braces ends a question")
    before, answers, after = text[:start], text[start + 1 : end], text[end + 1 :]
    if "{" in answers or "{" in after or "}" in after:
        raise _Unusable("it has more than one pair of braces; write \\{ and \\} where they are text")
    return before + BLANK + after if after else before, answers.strip()


def _stem(block: _Block, raw: str, title: str) -> str:
    """The question in Markdown; its format is that of its answers too, unless they say otherwise."""
    block.format, words = _format(raw.strip(), block.format)
    stem = _converted(block, words, block.format)
    if not stem:
        if not title:
            raise _Unusable("it asks nothing")
        block.note("The question has no text, so its name stands in its place.")
        return plain_to_markdown(title)
    return stem


def _format(text: str, default: str) -> tuple[str, str]:
    name, end, rest = text[1:].partition("]") if text.startswith("[") else ("", "", "")
    return (name.strip().lower(), rest) if end and name.strip().lower() in _FORMATS else (default, text)


def _formatted(block: _Block, text: str) -> str:
    written_in, words = _format(text.strip(), block.format)
    return _converted(block, words, written_in)


def _converted(block: _Block, words: str, written_in: str) -> str:
    plain = show_escapes(words).strip()
    if written_in in ("html", "moodle"):
        for lost in losses(plain):
            block.note(lost)
    markdown = _FORMATS[written_in](plain).strip()
    if written_in == "markdown" and markdown != plain:
        block.note("HTML or links in its Markdown that could be active were made harmless.")
    return markdown


def _general_feedback(answers: str) -> tuple[str, str]:
    before, mark, feedback = answers.rpartition("####")
    return (before.strip(), feedback) if mark else (answers, "")


def _answers(block: _Block, text: str) -> tuple[str, tuple[ImportedOption, ...], tuple[tuple[str, str], ...]]:
    """Type, options and pairs, told apart in Moodle's order: numbers, choices, pairs, true or false, short answers."""
    if not text:
        return "open", (), ()
    if text.startswith("#"):
        return "number", _numbers(block, text[1:]), ()
    if "~" in text:
        return ("single" if "=" in text else "multiple"), _choices(block, text), ()
    if "=" in text and "->" in text:
        pairs = _pairs(block, text)
        return paired_type(pairs), (), pairs
    if text.partition("#")[0].strip() in (*_TRUE, *_FALSE):
        return "truefalse", _true_false(block, text), ()
    return "text", _words(block, text), ()


def _choices(block: _Block, text: str) -> tuple[ImportedOption, ...]:
    options: list[ImportedOption] = []
    for part in _parts(text.replace("=", "~="), "~"):
        fraction = 1.0 if part.startswith("=") else 0.0
        words = part.removeprefix("=")
        if fraction == 0:
            fraction, words = _weighed(words, 0.0)
        elif _weighed(words, 0.0)[1] != words:
            block.note("A percentage behind = is part of the answer's text, as in Moodle.")
        answer, mark, feedback = words.partition("#")
        option = ImportedOption(_formatted(block, answer), fraction, _formatted(block, feedback) or None)
        if option.text:
            options.append(option)
        elif fraction:
            raise _Unusable("an answer that counts has no text")
        elif mark:
            block.note("Feedback to an answer without text was left out.")
    if len(options) < 2:
        raise _Unusable("it has fewer than two answers to choose from")
    return tuple(options)


def _words(block: _Block, text: str) -> tuple[ImportedOption, ...]:
    options: list[ImportedOption] = []
    for part in _parts(text, "="):
        fraction, words = _weighed(part, 1.0)
        raw, _, feedback = words.partition("#")
        answer = without_wildcards(" ".join(show_escapes(_format(raw.strip(), "plain")[1]).split()))
        if answer is None:
            shown = " ".join(show_escapes(raw).split())[:40]
            block.note(f"The answer “{shown}” was left out with its feedback: * would stand for any text, which is not supported.")
        elif answer:
            options.append(ImportedOption(answer, fraction, _formatted(block, feedback) or None))
    if not options:
        raise _Unusable("no answer is left that can be compared")
    return tuple(options)


def _numbers(block: _Block, text: str) -> tuple[ImportedOption, ...]:
    text, mark, _wrong = text.partition("~")
    if mark:
        block.note("The feedback to every other number was left out.")
    options: list[ImportedOption] = []
    for part in _parts(text, "="):
        fraction, words = _weighed(part, 1.0)
        raw, _, feedback = words.partition("#")
        figures = _format(raw.strip(), "plain")[1].strip()
        if figures == "*":
            block.note("The feedback to every other number was left out.")
            continue
        try:
            options.append(ImportedOption(read_figures(figures), fraction, _formatted(block, feedback) or None))
        except ValueError as reason:
            raise _Unusable(str(reason)) from None
    if not options:
        raise _Unusable("it asks for a number and gives none")
    return tuple(options)


def _pairs(block: _Block, text: str) -> tuple[tuple[str, str], ...]:
    pairs: list[tuple[str, str]] = []
    for part in _parts(text, "="):
        left, arrow, right = part.partition("->")
        if not arrow:
            raise _Unusable("a pair has no ->")
        plain = show_escapes(right).strip()
        pair = (_formatted(block, left), safe_markdown(plain) if block.format == "markdown" else plain_to_markdown(plain))
        if not pair[1]:
            raise _Unusable("a pair has nothing on its right")
        pairs.append(pair)
    if len(pairs) < 2:
        raise _Unusable("it has fewer than two pairs")
    return tuple(pairs)


def _true_false(block: _Block, text: str) -> tuple[ImportedOption, ...]:
    """The first feedback belongs to the wrong answer, the second to the right one."""
    answer, wrong, right = [*text.split("#", 2), "", ""][:3]
    true = answer.strip() in _TRUE
    feedback = {False: _formatted(block, wrong) or None, True: _formatted(block, right) or None}
    return ImportedOption("True", float(true), feedback[true]), ImportedOption("False", float(not true), feedback[not true])


def _parts(text: str, mark: str) -> list[str]:
    """What stands behind each mark; text before the first counts as one where there is any."""
    return [part for position, part in enumerate(piece.strip() for piece in text.split(mark)) if part or position > 0]


def _weighed(answer: str, default: float) -> tuple[float, str]:
    try:
        share, rest = read_weight(answer)
    except ValueError as reason:
        raise _Unusable(str(reason)) from None
    return (default, answer) if share is None else (share, rest)


def _kind_by_tag(kind: str, tags: tuple[str, ...], options: tuple[ImportedOption, ...]) -> tuple[str, tuple[str, ...]]:
    """The type that our own export names among the tags, where it fits, and the other tags."""
    named = next((tag for tag in tags if tag in _CHOSEN), None)
    if named is None or kind not in _CHOSEN or (named == "truefalse" and len(options) != 2):
        return kind, tags
    return named, tuple(tag for tag in tags if tag != named)


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text).strip()
