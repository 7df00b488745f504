"""Questions turned into GIFT."""

from __future__ import annotations

import re
from collections.abc import Sequence

from academy.core.interop.gift_text import escaped, written_weight
from academy.core.interop.model import Export, Imported, ImportedOption, Skipped

_CLOSING = re.compile(r"([\]\\])")
_PLAIN_TYPE = {"single", "multiple"}


class _Unwritable(ValueError):
    """Why GIFT cannot hold a question."""


def write(questions: Sequence[Imported], title: str) -> Export:
    """A GIFT file, UTF-8. What the format cannot hold is listed."""
    written: list[str] = [f"// {' '.join(title.split())}"] if title.strip() else []
    skipped: list[Skipped] = []
    category = ""
    for question in questions:
        try:
            block = _block(question)
        except _Unwritable as reason:
            skipped.append(Skipped(question.where or question.id, str(reason)))
            continue
        if question.category != category:
            category = question.category
            written.append(f"$CATEGORY: {escaped(' '.join(category.split()))}")
        written.append(block)
        if question.type == "open" and question.options:
            skipped.append(Skipped(question.where or question.id, "written, but without its rubric"))
    return Export(("\n\n".join(written) + "\n").encode("utf-8", errors="replace"), tuple(skipped))


def _block(question: Imported) -> str:
    answers = _answers(question)
    if question.rationale:
        answers.append(f"####{_text(question.rationale)}")
    marks = [_mark("id", question.id), *(_mark("tag", tag) for tag in _tags(question))]
    title = f"::{escaped(question.title or question.id)}::"
    lines = [f"// {' '.join(marks)}", f"{title}[markdown]{escaped(question.stem)} {{", *(f"\t{line}" for line in answers), "}"]
    return "\n".join(lines)


def _mark(name: str, value: str) -> str:
    closed = _CLOSING.sub(r"\\\1", " ".join(value.split()))
    return f"[{name}:{closed}]"


def _tags(question: Imported) -> tuple[str, ...]:
    """The question's tags, and its type where GIFT's own marks would say another."""
    said = "single" if any(option.fraction == 1 for option in question.options) else "multiple"
    says_truefalse = question.type == "truefalse" and not _plain_true_false(question)
    says_choice = question.type in _PLAIN_TYPE and question.type != said
    return (*question.tags, question.type) if says_truefalse or says_choice else question.tags


def _answers(question: Imported) -> list[str]:
    if question.type == "truefalse" and _plain_true_false(question):
        return _true_false(question)
    if question.type in ("single", "multiple", "truefalse"):
        return _choices(question)
    if question.type == "number":
        first, *others = [f"={_weight(option, 1)}{option.text}{_feedback(option)}" for option in question.options] or [""]
        return [f"#{first}", *others]
    if question.type == "text":
        return [_word(option) for option in question.options]
    if question.type == "open":
        return []
    if question.type in ("match", "categorize"):
        return [_pair(left, right) for left, right in question.pairs]
    raise _Unwritable(f"GIFT has no questions of the type {question.type}")


def _plain_true_false(question: Imported) -> bool:
    return [(option.text, option.fraction) for option in question.options] in (
        [("True", 1), ("False", 0)], [("True", 0), ("False", 1)],
    )  # fmt: skip


def _true_false(question: Imported) -> list[str]:
    true, false = question.options
    right, wrong = (true, false) if true.fraction else (false, true)
    feedback = [wrong.feedback or "", right.feedback or ""] if right.feedback else [wrong.feedback] if wrong.feedback else []
    return ["#".join(["TRUE" if true.fraction else "FALSE", *map(_text, feedback)])]


def _choices(question: Imported) -> list[str]:
    """= marks a right answer unless several are to be chosen: then each carries its percentage."""
    if len(question.options) < 2:
        raise _Unwritable("GIFT needs two answers to choose from")
    several = question.type == "multiple"
    if not several and all(option.fraction != 1 for option in question.options):
        raise _Unwritable("no answer is fully right")
    if not several and all(option.fraction == 1 for option in question.options):
        raise _Unwritable("GIFT takes right answers without a wrong one for short answers")
    lines = []
    for option in question.options:
        mark = "=" if option.fraction == 1 and not several else f"~{_weight(option, 0)}"
        lines.append(f"{mark}{_text(option.text)}{_feedback(option)}")
    return lines


def _word(option: ImportedOption) -> str:
    if "->" in option.text + (option.feedback or ""):
        raise _Unwritable("GIFT takes -> in an answer or its feedback for a pair")
    words = escaped(option.text).replace("*", "\\*")
    return f"={_weight(option, 1)}{'[plain]' if words.startswith('[') else ''}{words}{_feedback(option)}"


def _pair(left: str, right: str) -> str:
    if "->" in left:
        raise _Unwritable("GIFT cannot hold -> on the left of a pair")
    return f"={_text(left)} -> {escaped(right)}"


def _weight(option: ImportedOption, default: float) -> str:
    explicit = option.fraction != default or option.text.startswith("%")
    return written_weight(option.fraction) if explicit else ""


def _feedback(option: ImportedOption) -> str:
    return f"#{_text(option.feedback)}" if option.feedback else ""


def _text(markdown: str) -> str:
    """Markdown, said to be Markdown where a bracket at its start would be taken for a format."""
    return ("[markdown]" if markdown.startswith("[") else "") + escaped(markdown)
