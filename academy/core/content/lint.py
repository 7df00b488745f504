"""Lessons and items that can be read turned into what their author should still mend."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from academy.core.content.model import Item, Lesson, Option, Problem, Prose, Quiz
from academy.core.content.prose import images, images_in, item_pictures, links_in, prose_lines, without_code
from academy.core.items import ITEM_TYPES
from academy.core.items.text import fold
from academy.core.items.typed import Typed

if TYPE_CHECKING:
    from academy.core.content.commonmark import Difference

_LONGEST_RATIO, _LONGEST_EXCESS = 1.35, 15  # a key that is both is longer at a glance
_MOST_AT_ONE_LETTER, _FEWEST_KEYS = 0.5, 6
_OTHER_OPTIONS = re.compile(
    r"\b(all|none)( of)? (the|these) (above|others|answers|options)|\b(all|none) of (these|them)\b|\bboth [a-h] and [a-h]\b"
    r"|\b(tod[ao]s?|ningun[ao]) (de )?(l[ao]s|lo) (anterior(es)?|respuestas|opciones)\b|\b(todas|ninguna) (de )?las demás\b"
    r"|\bamb[ao]s\b.{0,40}\banterior|\btanto [a-h] como [a-h]\b",
    re.IGNORECASE,
)
_ASKED = re.compile(r"(?:¿|^|[.:!?] )([^¿.:!?]*\?)")
_INSTRUCTS = re.compile(r"\b(choose|select|mark|pick|elige|selecciona|marca|señala)\b", re.IGNORECASE)
_ASKS_WHICH = re.compile(r"\b(which|what|cuál|cuáles|qué)\b", re.IGNORECASE)
_ASKS_WHY = re.compile(r"\b(why|por qué)\b", re.IGNORECASE)
_NEGATIVE = re.compile(r"\b(not|except|never|no|excepto|salvo|nunca)\b", re.IGNORECASE)
_BOLD = re.compile(r"\*\*[^*]+\*\*|__[^_]+__")
_HEADING = re.compile(r"(#{1,6}) +\S")
_LIST = re.compile(r"( *)(?:[-*+]|\d{1,9}[.)]) +\S")
_NOTE = re.compile(r"\[\^([^\[\]\s]{1,64})\](:?)")
_YEAR = re.compile(r"\b(19|20)\d\d\b")


def lint_quiz(quiz: Quiz, *, compare: bool = True) -> Iterator[Problem]:
    """What to mend in a quiz and its items. compare: likewise where its Markdown is read otherwise elsewhere."""
    for item in quiz.items:
        yield from lint_item(item, compare=compare)
    keys = [option.id for item in quiz.items if item.type == "single" for option in item.options if option.right]
    for letter, count in Counter(keys).items():
        if len(keys) >= _FEWEST_KEYS and count / len(keys) > _MOST_AT_ONE_LETTER:
            first = next(item for item in quiz.items if item.type == "single")
            values = (("share", f"{count}/{len(keys)}"), ("letter", letter))
            yield Problem(quiz.path, first.line, 1, "key-position", values)


def lint_item(item: Item, *, compare: bool = True) -> Iterator[Problem]:
    """What to mend in an item that can be read."""
    if item.rationale is None:
        yield _at(item, item.line, "rationale-missing", item=item.id)
    if ITEM_TYPES[item.type].explained:
        for option in item.options:
            if not option.right and option.feedback is None:
                called = option.id if len(option.id) <= 2 else f"“{option.text}”"  # a letter or number, else a digest
                yield _at(item, option.line, "feedback-missing", item=item.id, option=called)
    if ITEM_TYPES[item.type].lettered or isinstance(ITEM_TYPES[item.type], Typed):
        yield from _lint_options(item)
    yield from _lint_stem(item)
    yield from _lint_pointers(item)
    if compare:
        yield from _lint_item_markdown(item)


def _lint_options(item: Item) -> Iterator[Problem]:
    typed = isinstance(ITEM_TYPES[item.type], Typed)  # there, two accepted spellings may be the same
    seen: dict[str, Option] = {}
    for option in item.options:
        before = seen.setdefault(fold(option.text), option)
        if before is not option and not (typed and before.right == option.right):
            yield _at(item, option.line, "option-duplicate", first=before.id, second=option.id)
        if _OTHER_OPTIONS.search(option.text):
            yield _at(item, option.line, "all-of-the-above", item=item.id, option=option.id)
    if item.type == "single":
        key = next(option for option in item.options if option.right)
        longest = max(len(option.text) for option in item.options if not option.right)
        if len(key.text) > longest * _LONGEST_RATIO and len(key.text) > longest + _LONGEST_EXCESS:
            yield _at(item, key.line, "longest-is-key", item=item.id)


def _lint_stem(item: Item) -> Iterator[Problem]:
    """A question such as "which is not …" or "choose what never …" is often read over; "why not …" and statements are not."""
    if item.type not in ("single", "multiple"):
        return
    stem = _BOLD.sub("", item.stem)
    asked = [match[1] for match in _ASKED.finditer(stem)]
    question = asked[-1] if asked else stem if _INSTRUCTS.search(stem) else ""
    found = _NEGATIVE.search(question)
    asks = _ASKS_WHICH.search(question) or _INSTRUCTS.search(question)
    if found and asks and not _ASKS_WHY.search(question):
        yield _at(item, item.line, "negative-stem", item=item.id, word=found[1])


def _lint_pointers(item: Item) -> Iterator[Problem]:
    """What lies beside the file: a quiz's questions and old answers are shown at other addresses, where only pictures follow."""
    shown = {pointer.target for pointer in item_pictures(item)}
    for line in "\n".join(_texts(item)).split("\n"):
        for pointer in (*links_in(line, item.line), *images_in(line, item.line)):
            if not pointer.external and pointer.target not in shown:
                yield _at(item, item.line, "item-link", item=item.id, target=pointer.target)
    for pointer in item_pictures(item):
        if not pointer.alt.strip():
            yield _at(item, item.line, "image-alt", image=pointer.target)


def _texts(item: Item) -> Iterator[str]:
    """What is rendered of an item, a log's lines left out."""
    yield from (item.stem, "" if item.type == "cloze" else item.body, item.rationale or "")
    if item.type != "lines":
        yield from (text for option in item.options for text in (option.text, option.feedback or ""))
    yield from (text for part in item.parts for text in (part.text, part.feedback or ""))


def _lint_item_markdown(item: Item) -> Iterator[Problem]:
    for text in ("" if item.type == "cloze" else item.body, item.rationale or ""):
        found = _differences(text) if "\n" in text else ()
        for difference in found[:1]:
            yield _at(item, item.line, "commonmark-differs", here=difference.here, elsewhere=difference.elsewhere)


def _differences(text: str) -> Sequence[Difference]:
    from academy.core.content import commonmark  # a second reader of Markdown, which only those who write need

    return commonmark.differences(text)


def lint_lesson(lesson: Lesson, *, compare: bool = True) -> Iterator[Problem]:
    """What to mend in a lesson's prose and knowledge checks. compare: likewise where its Markdown is read otherwise elsewhere."""
    for check in lesson.checks:
        yield from lint_item(check, compare=compare)
    lines = list(prose_lines(lesson))
    yield from _lint_headings(lesson.path, lines)
    lists = list(_lint_lists(lesson.path, lines))
    yield from lists
    yield from _lint_markdown(lesson, [problem.line for problem in lists]) if compare else ()
    yield from _lint_notes(lesson.path, lines)
    for image in images(lesson):
        if not image.alt.strip():
            yield Problem(lesson.path, image.line, image.column, "image-alt", (("image", image.target),))


def _lint_markdown(lesson: Lesson, explained: Sequence[int]) -> Iterator[Problem]:
    """Where other programs see something else; what a list's own code already explains is left out."""
    for segment in lesson.segments:
        for difference in _differences(segment.markdown) if isinstance(segment, Prose) else ():
            first, last = segment.line + difference.first, segment.line + difference.last
            if not any(first - 1 <= line <= last + 1 for line in explained):
                yield Problem(lesson.path, first, 1, "commonmark-differs", (("here", difference.here), ("elsewhere", difference.elsewhere)))


def _lint_headings(path: str, lines: Sequence[tuple[int, str]]) -> Iterator[Problem]:
    before = 1
    for number, line in lines:
        match = _HEADING.match(line)
        if match is None:
            continue
        level = len(match[1])
        if level == 1:
            yield Problem(path, number, 1, "heading-top")
        elif level > before + 1:
            yield Problem(path, number, 1, "heading-skip", (("before", str(before)), ("after", str(level))))
        before = level


def _lint_lists(path: str, lines: Sequence[tuple[int, str]]) -> Iterator[Problem]:
    in_list, before = False, ""
    for number, raw in lines:
        line = raw.lstrip(">") if raw.startswith(">") else raw
        line = line[1:] if raw.startswith(">") and line.startswith(" ") else line
        match = _LIST.match(line)
        if match and not in_list and before.strip() and not _HEADING.match(before):
            yield Problem(path, number, 1, "list-blank")
        elif match and in_list and len(match[1]) in (2, 3):
            yield Problem(path, number, 1, "list-indent", (("spaces", str(len(match[1]))),))
        if match:
            in_list = True
        elif line.strip() and not line.startswith(" ") and not before.strip():
            in_list = False
        before = line


def _lint_notes(path: str, lines: Sequence[tuple[int, str]]) -> Iterator[Problem]:
    given: dict[str, tuple[int, str]] = {}
    used: dict[str, tuple[int, int]] = {}
    for number, line in lines:
        for match in _NOTE.finditer(without_code(line)):
            if match[2] and match.start() == 0:
                given.setdefault(match[1], (number, line))
            else:
                used.setdefault(match[1], (number, match.start() + 1))
    for note, (number, column) in used.items():
        if note not in given:
            yield Problem(path, number, column, "footnote-undefined", (("note", note),))
    for note, (number, line) in given.items():
        if note not in used:
            yield Problem(path, number, 1, "footnote-unused", (("note", note),))
        if not _YEAR.search(line.partition("<")[0]):
            yield Problem(path, number, 1, "footnote-undated", (("note", note),))


def _at(item: Item, line: int, code: str, /, **values: str) -> Problem:
    return Problem(item.path, line, 1, code, tuple(values.items()))
