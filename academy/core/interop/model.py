"""The common ground of all formats: questions read from a bank or to be written to one, and what was left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ImportedOption:
    """One answer that a question offers, accepts or anticipates.

    text: Markdown where it is chosen; plain text as typed for `text`; `443` or `8400..8500` for `number`.
    fraction: the share of the points that it earns, −1 to 1; below 0 it costs. feedback: Markdown.
    """

    text: str
    fraction: float
    feedback: str | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """One question as every format sees it.

    id: made by `names.Names`, unique in its result. type: the name of an item type (`single`, `multiple`, `truefalse`, `number`,
    `text`, `match` …), whether or not it exists here yet. stem: Markdown, all of it. options: empty for `match`. `truefalse`
    has exactly two, in the order True, False where the format has no words of its own; `order` has the steps in their right
    order; `open` has the criteria of its rubric, each of fraction 0. pairs: `match` and `categorize` only, (left, right) as
    Markdown; a left of "" stands for a right that fits nothing. tags: what else the bank says in single words: our level,
    skill, `2 pts`. category: as the bank writes it, parts separated by /. where: file and line, or the nearest a reader can
    find. notes: what was altered, in English, one sentence each.
    """

    id: str
    type: str
    stem: str
    options: tuple[ImportedOption, ...] = ()
    rationale: str | None = None
    pairs: tuple[tuple[str, str], ...] = ()
    title: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()
    where: str = field(default="", compare=False)
    notes: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A question, or a part of a file, that was not taken over. reason: one English sentence without a full stop."""

    where: str
    reason: str


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What a file or folder held. Every question of it stands in exactly one of the two.

    pictures: image files by the name under which Markdown refers to them, `img/…`.
    """

    questions: tuple[Imported, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    pictures: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Export:
    """A written file, and the questions that its format cannot hold."""

    data: bytes
    skipped: tuple[Skipped, ...] = ()


def merged(results: Sequence[ImportResult]) -> ImportResult:
    """Several files' results as one, in their order."""
    questions = tuple(question for result in results for question in result.questions)
    skipped = tuple(skipped for result in results for skipped in result.skipped)
    return ImportResult(questions, skipped, {name: data for result in results for name, data in result.pictures.items()})


def paired_type(pairs: Sequence[tuple[str, str]]) -> str:
    """`categorize` where several lefts share a right, else `match`."""
    rights = [right for left, right in pairs if left]
    return "categorize" if len(set(rights)) < len(rights) else "match"
