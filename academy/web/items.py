"""An item and what was answered, turned into what its template shows: nothing of the key before there is an answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath

from flask import request, url_for
from flask_babel import gettext as _
from markupsafe import Markup

from academy.core.content.model import Item, Option
from academy.core.content.version import shows_options, shuffled_options
from academy.core.grading import anticipated
from academy.core.items import ITEM_TYPES
from academy.core.items.open import LONGEST_TEXT, Open
from academy.core.items.parted import Outcome, Parted, Row
from academy.core.items.protocol import Answer
from academy.services.assess import Given, Waiting
from academy.web.gaps import pieces
from academy.web.requests import current_site

_LONGEST_SECONDS = 86_400
_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Choice:
    """An option as it is offered: the letter or number it is shown with, its words, and after an answer what became of it."""

    id: str
    label: str
    text: str
    chosen: bool = False
    right: bool = False
    feedback: str | None = None


@dataclass(frozen=True, slots=True)
class ItemView:
    """What a page may know about an item. Before an answer `given` is None, and no choice says whether it is right."""

    item_id: str
    type: str
    skill: str | None
    stem: str
    body: str
    choices: tuple[Choice, ...]
    template: str
    given: Given | None = None
    typed: str = ""
    accepted: tuple[str, ...] = ()
    rationale: str | None = None
    foreseen: str | None = None
    """Feedback on a typed answer that the author foresaw."""
    wrong: str | None = None
    rows: tuple[Row, ...] = ()
    """What is asked part by part."""
    outcomes: tuple[Outcome, ...] = ()
    """What became of each row; after an answer only."""
    heads: tuple[str, ...] = ()
    pieces: tuple[Markup | int, ...] = ()
    """A text with gaps, which stand there as the index of their row."""
    tried: tuple[str, ...] = ()
    """What was sent and could not be read, so that nobody has to choose it again."""
    waiting: Waiting | None = None
    """What was written and still has to be marked."""
    by_self: bool = False
    criteria: tuple[Choice, ...] = ()
    """The rubric of an open answer, for whoever marks it and once it is marked; `right` are the criteria met."""
    longest: int = LONGEST_TEXT
    images: str = ""
    """Address of the folder that its pictures stand in."""

    @property
    def offered(self) -> tuple[str, ...]:
        """Words to choose from, where they are the same in every row and more than places."""
        common = {tuple(offer.words for offer in row.offers) for row in self.rows}
        return next(iter(common)) if len(common) == 1 and self.heads else ()

    @property
    def right(self) -> bool:
        """Whether the answer earned the full score."""
        return self.given is not None and self.given.score >= 1.0

    @property
    def chosen_labels(self) -> str:
        """Letters of the options chosen, as shown."""
        return ", ".join(choice.label for choice in self.choices if choice.chosen)

    @property
    def right_labels(self) -> str:
        """Letters of the right options, as shown; after an answer only."""
        return ", ".join(choice.label for choice in self.choices if choice.right)


def revealed_view(course_id: str, item: Item) -> ItemView:
    """The view of an item with its key, as for somebody who does not know yet, in its author's order. For educators only."""
    return item_view(course_id, item, Given(None, 0.0, "", datetime.min.replace(tzinfo=UTC)), seed=None)


def item_view(course_id: str, item: Item, given: Given | Waiting | None, *, seed: str | None, wrong: str | None = None) -> ItemView:
    """The view of an item for one learner: open while there is no answer, explained afterwards. seed: None is its author's order."""
    if isinstance(given, Waiting):
        return _waiting_view(course_id, item, given)
    if given is None:
        return ItemView(
            item_id=item.id,
            type=item.type,
            skill=item.skill,
            stem=item.stem,
            body=_body(item),
            choices=tuple(Choice(option.id, label, option.text) for label, option in _labelled(item, seed)),
            template=f"items/{item.type}.html",
            wrong=answer_message(wrong) if wrong else None,
            rows=_rows(item, seed or ""),
            heads=item.heads,
            pieces=_pieces(item),
            tried=tuple(request.form.getlist("answer")) if wrong else (),
            by_self=item.by_self,
            images=_images(course_id, item),
        )
    chosen, foreseen = _chosen(given), anticipated(item, given.answer)
    is_typed = not shows_options(item)
    return ItemView(
        item_id=item.id,
        type=item.type,
        skill=item.skill,
        stem=item.stem,
        body=_body(item),
        choices=tuple(
            Choice(option.id, label, option.text, option.id in chosen, option.right, option.feedback)
            for label, option in _labelled(item, seed)
        ),
        template=f"items/{item.type}.html",
        given=given,
        typed=_typed(given) if is_typed else "",
        accepted=tuple(option.text for option in item.options if option.right) if is_typed else (),
        rationale=item.rationale,
        foreseen=foreseen.feedback if foreseen else None,
        outcomes=_outcomes(item, given, seed or ""),
        heads=item.heads,
        pieces=_pieces(item),
        by_self=item.by_self,
        criteria=criteria(item, given.answer),
        images=_images(course_id, item),
    )


def shown_at() -> int:
    """The present second, for a question's form to bring back with the answer."""
    return int(current_site().now().timestamp())


def seconds_taken() -> int | None:
    """Seconds from when the question was shown to its answer; None where the form does not say so believably."""
    shown = request.form.get("shown", "")
    if not (shown.isascii() and shown.isdigit() and len(shown) <= _DIGITS):
        return None
    seconds = shown_at() - int(shown)
    return seconds if 0 <= seconds <= _LONGEST_SECONDS else None


def _waiting_view(course_id: str, item: Item, waiting: Waiting) -> ItemView:
    """What was written; with the rubric and the idea behind the question only for those who mark themselves."""
    return ItemView(
        item_id=item.id,
        type=item.type,
        skill=item.skill,
        stem=item.stem,
        body=_body(item),
        choices=(),
        template=f"items/{item.type}.html",
        waiting=waiting,
        typed=waiting.text,
        rationale=item.rationale if waiting.by_self else None,
        by_self=waiting.by_self,
        criteria=criteria(item) if waiting.by_self else (),
        images=_images(course_id, item),
    )


def _images(course_id: str, item: Item) -> str:
    module_id = PurePosixPath(item.path).parent.name
    return url_for("lessons.show_image", course_id=course_id, module_id=module_id or "-", name="-").removesuffix("img/-")


def criteria(item: Item, answer: Answer = None) -> tuple[Choice, ...]:
    """The rubric of an open question, with what an answer that was marked meets."""
    if not isinstance(ITEM_TYPES[item.type], Open):
        return ()
    met = answer.get("met", "").split() if isinstance(answer, dict) else []
    return tuple(Choice(option.id, option.id, option.text, right=option.id in met, feedback=option.feedback) for option in item.options)


def answer_message(code: str) -> str:
    """What to do about an answer that could not be read."""
    messages: dict[str, str] = {
        "answer-missing": _("Choose or write an answer, or say that you do not know yet."),
        "answer-unknown-option": _("That option is not part of this question. Choose one of those shown."),
        "answer-incomplete": _("Something is still open. Choose for each of them, or say that you do not know yet; nothing was counted."),
        "answer-place-twice": _("One place was given twice. Give each its own; nothing was counted."),
        "answer-too-long": _("This is longer than %(most)s characters. Shorten it and send it again.", most=f"{LONGEST_TEXT:,}"),
        "answer-not-a-number": _("Write a number, such as 1,250 or 37.5."),
    }
    return messages.get(code, messages["answer-missing"])


def _labelled(item: Item, seed: str | None) -> Iterator[tuple[str, Option]]:
    """The options as shown, lettered or numbered in that order; typed items show none, and items of several parts show rows."""
    if item.parts or not shows_options(item):
        return
    for position, option in enumerate(item.options if seed is None else shuffled_options(item, seed)):
        yield chr(ord("a") + position) if ITEM_TYPES[item.type].lettered else option.id, option


def _typed(given: Given) -> str:
    """What was written, of a typed or an open answer."""
    if isinstance(given.answer, dict):
        return given.answer.get("text", "")
    return given.answer if isinstance(given.answer, str) else ""


def _chosen(given: Given) -> Sequence[str]:
    if isinstance(given.answer, str):
        return [given.answer]
    return given.answer if isinstance(given.answer, list) else ()


def _rows(item: Item, seed: str) -> tuple[Row, ...]:
    item_type = ITEM_TYPES[item.type]
    return item_type.rows(item, seed) if isinstance(item_type, Parted) else ()


def _outcomes(item: Item, given: Given, seed: str) -> tuple[Outcome, ...]:
    item_type = ITEM_TYPES[item.type]
    return item_type.outcomes(item, given.answer, seed) if isinstance(item_type, Parted) else ()


def _pieces(item: Item) -> tuple[Markup | int, ...]:
    return pieces(item) if _has_gaps(item) else ()


def _body(item: Item) -> str:
    """What is read before the answers; a text with gaps is one with them."""
    return "" if _has_gaps(item) else item.body


def _has_gaps(item: Item) -> bool:
    item_type = ITEM_TYPES[item.type]
    return isinstance(item_type, Parted) and item_type.in_text
