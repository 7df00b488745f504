"""An item and what was answered, turned into what its template shows: nothing of the key before there is an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from academy.core.content.model import Item, Option
from academy.core.content.version import shuffled_options
from academy.services.assess import Given


@dataclass(frozen=True, slots=True)
class Choice:
    """An option as it is offered: its letter, its words, and after an answer what became of it."""

    id: str
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
    wrong: str | None = None

    @property
    def right(self) -> bool:
        """Whether the answer earned the full score."""
        return self.given is not None and self.given.score >= 1.0


TYPED = ("number", "text")


def item_view(course_id: str, item: Item, given: Given | None, *, seed: str, wrong: str | None = None) -> ItemView:
    """The view of an item for one learner: open while there is no answer, explained afterwards."""
    if given is None:
        return ItemView(
            item_id=item.id,
            type=item.type,
            skill=item.skill,
            stem=item.stem,
            body=item.body,
            choices=() if item.type in TYPED else tuple(_open(option) for option in shuffled_options(item, seed)),
            template=f"items/{item.type}.html",
            wrong=answer_message(wrong) if wrong else None,
        )
    chosen = _chosen(given)
    typed = given.answer if item.type in TYPED and isinstance(given.answer, str) else ""
    return ItemView(
        item_id=item.id,
        type=item.type,
        skill=item.skill,
        stem=item.stem,
        body=item.body,
        choices=tuple(_explained(option, option.id in chosen) for option in shuffled_options(item, seed)),
        template=f"items/{item.type}.html",
        given=given,
        typed=typed,
        accepted=tuple(option.text for option in item.options if option.right) if item.type in TYPED else (),
        rationale=item.rationale,
    )


def answer_message(code: str) -> str:
    """What to do about an answer that could not be read."""
    messages = {
        "answer-missing": _("Choose or write an answer, or say that you do not know yet."),
        "answer-unknown-option": _("That option is not part of this question. Choose one of those shown."),
        "answer-not-a-number": _("Write a number, such as 1,250 or 37.5."),
    }
    return messages.get(code, messages["answer-missing"])


def _open(option: Option) -> Choice:
    return Choice(option.id, option.text)


def _explained(option: Option, chosen: bool) -> Choice:
    return Choice(option.id, option.text, chosen, option.right, option.feedback)


def _chosen(given: Given) -> Sequence[str]:
    if given.answer is None:
        return ()
    return [given.answer] if isinstance(given.answer, str) else given.answer
