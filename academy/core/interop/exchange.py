"""Items of our courses turned into questions as every format sees them."""

from __future__ import annotations

from collections.abc import Sequence

from academy.core.content.model import Item, Option
from academy.core.interop.gift_text import plain_figure
from academy.core.interop.model import Imported, ImportedOption, ImportResult, Skipped
from academy.core.interop.text import safe_markdown
from academy.core.items.number import read_range

TRUE_FALSE = {"en": ("True", "False"), "es": ("Verdadero", "Falso")}
"""What formats call True and False, in the order that they have them."""


class _Unwritable(ValueError):
    """Why a question cannot leave our own format."""


def questions_of(items: Sequence[Item]) -> ImportResult:
    """The items as questions, and what cannot leave our own format. Type, level and skill are kept: the last two as tags."""
    questions: list[Imported] = []
    skipped: list[Skipped] = []
    for item in items:
        where = f"{item.path}:{item.line}"
        try:
            question = _question(item, where)
        except _Unwritable as reason:
            skipped.append(Skipped(where, str(reason)))
        else:
            questions.append(question)
            skipped += [Skipped(where, note) for note in question.notes]
    return ImportResult(tuple(questions), tuple(skipped))


def _question(item: Item, where: str) -> Imported:
    options, pairs, notes = _answers(item)
    return Imported(
        id=item.id,
        type=item.type,
        stem=safe_markdown(f"{item.stem}\n\n{item.body}".strip()),
        options=options,
        rationale=_markdown(item.rationale),
        pairs=pairs,
        tags=_tags(item),
        where=where,
        notes=notes,
    )


def _tags(item: Item) -> tuple[str, ...]:
    tags = [item.level, *([item.skill] if item.skill else [])]
    tags += [f"{item.points:g} pts"] if item.points != 1 else []
    return (*tags, "cosmetic") if item.cosmetic else tuple(tags)


def _answers(item: Item) -> tuple[tuple[ImportedOption, ...], tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Options, pairs, and what is left out. Raises _Unwritable."""
    if item.type == "truefalse":
        return _true_false(item), (), ()
    if item.type in ("single", "multiple"):
        return _choices(item), (), ()
    if item.type == "number":
        return tuple(_typed(option, _figures(option.text)) for option in item.options), (), ()
    if item.type == "text":
        return _words(item)
    if item.type in ("match", "categorize"):
        return _pairs(item)
    if item.type == "order":
        return _steps(item)
    if item.type == "open":
        return tuple(ImportedOption(safe_markdown(option.text), 0.0) for option in item.options), (), ()
    raise _Unwritable(f"questions of the type {item.type} cannot be exported yet")


def _choices(item: Item) -> tuple[ImportedOption, ...]:
    """Shares as our own rule grades them: each right choice its part, each wrong one as much off."""
    right = sum(option.right for option in item.options)
    share, cost = (1 / right, -1 / right) if item.type == "multiple" and right else (1.0, 0.0)
    return tuple(
        ImportedOption(safe_markdown(option.text), share if option.right else cost, _markdown(option.feedback)) for option in item.options
    )


def _true_false(item: Item) -> tuple[ImportedOption, ...]:
    """Called True and False, in this order, where they are so called in one of our languages."""
    options = _choices(item)
    for names in TRUE_FALSE.values():
        by_name = {option.text.strip().capitalize(): option for option in options}
        if set(by_name) == set(names):
            ordered = [by_name[name] for name in names]
            return tuple(
                ImportedOption(name, option.fraction, option.feedback) for name, option in zip(TRUE_FALSE["en"], ordered, strict=True)
            )
    return options


def _words(item: Item) -> tuple[tuple[ImportedOption, ...], tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Spellings; a pattern goes only where another spelling is accepted."""
    patterns = [option for option in item.options if _is_pattern(option.text)]
    kept = tuple(_typed(option, option.text) for option in item.options if option not in patterns)
    if not any(option.fraction for option in kept):
        raise _Unwritable("it accepts only a /pattern/, which no other system has")
    return kept, (), tuple(f"the pattern {option.text} was left out: no other system has such" for option in patterns)


def _pairs(item: Item) -> tuple[tuple[ImportedOption, ...], tuple[tuple[str, str], ...], tuple[str, ...]]:
    words = {option.id: safe_markdown(option.text) for option in item.options}
    pairs = [(safe_markdown(part.text), words[part.right]) for part in item.parts]
    pairs += [("", words[option.id]) for option in item.options if not option.right]
    told = any(part.feedback for part in item.parts) or any(option.feedback for option in item.options)
    return (), tuple(pairs), ("the feedback to its pairs was left out",) if told else ()


def _steps(item: Item) -> tuple[tuple[ImportedOption, ...], tuple[tuple[str, str], ...], tuple[str, ...]]:
    words = {option.id: safe_markdown(option.text) for option in item.options}
    told = any(part.feedback for part in item.parts) or any(option.feedback for option in item.options)
    steps = tuple(ImportedOption(words[part.right], 1.0) for part in item.parts)
    return steps, (), ("the feedback to its steps was left out",) if told else ()


def _typed(option: Option, text: str) -> ImportedOption:
    return ImportedOption(text, float(option.right), _markdown(option.feedback))


def _figures(text: str) -> str:
    found = read_range(text)
    assert found is not None, "an item that cannot be read is left out"
    low, high = plain_figure(found[0]), plain_figure(found[1])
    return low if low == high else f"{low}..{high}"


def _markdown(text: str | None) -> str | None:
    return safe_markdown(text) if text else None


def _is_pattern(text: str) -> bool:
    return len(text) > 2 and text.startswith("/") and text.endswith("/")
