"""Items written as Markdown again: what the parser reads in it must be the same items."""

from __future__ import annotations

import json
from collections.abc import Iterator

from academy.core.content.model import Item, Option, Part, Quiz
from academy.core.items import ITEM_TYPES
from academy.core.items.cloze import mark_gaps
from academy.core.items.typed import Typed
from academy.core.items.words import named_by_letters


def write_quiz(quiz: Quiz) -> str:
    """A quiz file."""
    source = f"source: {json.dumps(quiz.source_digest)}\n" if quiz.source_digest else ""
    title = json.dumps(quiz.title, ensure_ascii=True)
    head = f"---\nquiz: {json.dumps(quiz.id)}\ntitle: {title}\npass: {quiz.pass_percent}\n{source}---\n"
    return head + "\n".join(write_item(item) for item in quiz.items)


def write_item(item: Item) -> str:
    """One question."""
    chips = [item.type, item.skill or "unassigned", item.level, f"{item.points:g} pts"]
    chips += ["cosmetic"] if item.cosmetic else []
    chips += ["self"] if item.by_self else []
    lines = [f"### {item.id}: {item.stem}", " ".join(f"`{chip}`" for chip in chips), ""]
    lines += [_body(item), ""] if item.body else []
    lines += _answers(item)
    lines += ["", *(f"> {line}" for line in item.rationale.split("\n"))] if item.rationale else []
    return "\n".join(lines) + "\n"


def _body(item: Item) -> str:
    if item.type != "cloze":
        return item.body
    words = {option.id: option.text for option in item.options}
    parts = {part.id: part for part in item.parts}

    def gap(number: str) -> str:
        part = parts[number]
        choices = [part.right, *(offer for offer in part.offered if offer != part.right)]
        return f"[[{'|'.join(words[choice] for choice in choices)}]]"

    return mark_gaps(item.body, gap)


def _answers(item: Item) -> Iterator[str]:
    if item.type == "order":
        yield from _steps(item)
    elif item.type in ("match", "categorize"):
        yield from _table(item)
    elif item.type == "lines":
        yield "```lines"
        for option in item.options:
            yield f"[{_mark(option)}] {option.text}"
            yield from _feedback(option.feedback)
        yield "```"
    elif item.type != "cloze":
        for option in item.options:
            yield f"- [{_mark(option)}] {_text(item, option)}"
            yield from _feedback(option.feedback)


def _text(item: Item, option: Option) -> str:
    if not isinstance(ITEM_TYPES[item.type], Typed):
        return f"{option.id}) {option.text}"
    in_code = option.text != option.text.strip() or (len(option.text) > 1 and option.text[0] == option.text[-1] == "`")
    return f"`{option.text}`" if in_code else option.text


def _steps(item: Item) -> Iterator[str]:
    steps = {option.id: option for option in item.options}
    for number, part in enumerate(item.parts, start=1):
        step = steps[part.right]
        yield f"{number}. {_lettered(item, step.id, step.text)}"
        yield from _feedback(step.feedback)


def _table(item: Item) -> Iterator[str]:
    words = {option.id: option for option in item.options}
    yield f"| {_cell(item.heads[0])} | {_cell(item.heads[1])} | why |"
    yield "| --- | --- | --- |"
    used = set()
    for part in item.parts:
        used.add(part.right)
        yield _row(_lettered(item, part.id, part.text), _lettered(item, part.right, words[part.right].text), part.feedback)
    for option in item.options:
        if option.id not in used:
            yield _row("", _lettered(item, option.id, option.text), option.feedback)


def _row(left: str, right: str, why: str | None) -> str:
    return f"| {_cell(left)} | {_cell(right)} | {_cell(why or '')} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _lettered(item: Item, letter: str, text: str) -> str:
    return f"{letter}) {text}" if named_by_letters(item) else text


def _feedback(text: str | None) -> Iterator[str]:
    yield from (f"    > {line}" for line in text.split("\n")) if text else ()


def _mark(option: Option) -> str:
    return "x" if option.right else " "


def bare(item: Item) -> Item:
    """The item without where it stands, to be compared."""
    import dataclasses

    def anywhere(thing: Option | Part) -> Option | Part:
        return dataclasses.replace(thing, line=0)

    options = tuple(anywhere(option) for option in item.options)
    parts = tuple(anywhere(part) for part in item.parts)
    return dataclasses.replace(item, line=0, path="", options=options, parts=parts)  # type: ignore[arg-type]
