"""What the types share that are answered part by part: something is chosen for each place, row or gap."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from academy.core.content.model import Item, Option, Part
from academy.core.items.protocol import Answer, AnswerError, Fault, JsonValue, Source, Written
from academy.core.items.words import named_by_letters, place_on_page, token


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be chosen in a row: the value that the form sends, and its words (Markdown)."""

    value: str
    words: str


@dataclass(frozen=True, slots=True)
class Row:
    """One thing to choose, as it is asked: its words (Markdown) and what is offered. Nothing in it depends on the key."""

    text: str
    offers: tuple[Offer, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row: its words, what was given (None where nobody can tell), what is right, and why."""

    text: str
    given: str | None
    right: str
    hit: bool
    feedback: str | None


class Parted:
    """Put something to each part. The score is the share of parts that are right."""

    name = ""
    lettered = False
    shuffled = True
    explained = True
    in_text = False
    """Whether the parts are gaps in the item's body."""
    least, most = 2, 12
    """How many parts there may be."""

    def begins(self, line: str) -> bool:
        """Whether the answers begin with this line."""
        raise NotImplementedError

    def parse(self, source: Source) -> Written:
        """The parts and what belongs to them."""
        raise NotImplementedError

    def problems(self, item: Item) -> Iterator[Fault]:
        """A fitting number of parts, and something to choose between."""
        if not self.least <= len(item.parts) <= self.most:
            yield item.line, "parts-number", {
                "item": item.id, "found": str(len(item.parts)), "least": str(self.least), "most": str(self.most),
            }  # fmt: skip
        elif len(item.options) < 2:
            yield item.line, "options-number", {"item": item.id, "found": str(len(item.options)), "least": "2"}

    def read(self, item: Item, form: Mapping[str, Sequence[str]]) -> Answer:
        """The option put to each part, by part; every part needs one. Raises AnswerError."""
        sent = [value for value in form.get("answer", ()) if value]
        if not sent:
            raise AnswerError("answer-missing")
        values = {value: (part, option) for part in item.parts for value, option in self._values(item, part)}
        answer: dict[str, str] = {}
        for value in sent:
            if value not in values:
                raise AnswerError("answer-unknown-option")
            part, option = values[value]
            if answer.setdefault(part.id, option.id) != option.id:
                raise AnswerError("answer-place-twice")
        if len(answer) < len(item.parts):
            raise AnswerError("answer-incomplete")
        return answer

    def form(self, item: Item, answer: Mapping[str, str]) -> list[str]:
        """The form values that `read` turns into this answer."""
        return [value for part in item.parts for value, option in self._values(item, part) if answer.get(part.id) == option.id]

    def grade(self, item: Item, answer: Answer) -> float:
        """The share of parts that are right."""
        if not isinstance(answer, dict) or not item.parts:
            return 0.0
        return sum(answer.get(part.id) == part.right for part in item.parts) / len(item.parts)

    def guessing(self, item: Item) -> float:
        """The product over the parts of one in the number of options."""
        return math.prod(1.0 / len(part.offered) for part in item.parts)

    def key(self, item: Item) -> JsonValue:
        """What is right, by part."""
        return {part.id: part.right for part in item.parts}

    def keyed_in_words(self, item: Item) -> bool:
        """Without letters each language is known by its own words."""
        return not named_by_letters(item)

    def shape(self, item: Item) -> JsonValue:
        """The letters; without them how many parts there are, and options."""
        if not named_by_letters(item):
            return [len(item.parts), len(item.options)]
        return [list[JsonValue](sorted(part.id for part in item.parts)), list[JsonValue](option.id for option in item.options)]

    def rows(self, item: Item, seed: str) -> tuple[Row, ...]:
        """What is asked, in an order that does not know the key."""
        return tuple(self._row(item, part, seed) for part in self._shown(item, seed))

    def outcomes(self, item: Item, answer: Answer, seed: str) -> tuple[Outcome, ...]:
        """What became of each row, in the order in which they were asked."""
        given = answer if isinstance(answer, dict) else {}
        options = {option.id: option for option in item.options}
        return tuple(self._outcome(part, options, given.get(part.id)) for part in self._shown(item, seed))

    def _shown(self, item: Item, seed: str) -> Sequence[Part]:
        return sorted(item.parts, key=lambda part: place_on_page(item, part.text, seed))

    def _row(self, item: Item, part: Part, seed: str) -> Row:
        words = {option.id: option.text for option in item.options}
        offered = sorted(self._values(item, part), key=lambda pair: place_on_page(item, words[pair[1].id], seed))
        return Row(part.text, tuple(Offer(value, option.text) for value, option in offered))

    def _outcome(self, part: Part, options: Mapping[str, Option], given: str | None) -> Outcome:
        chosen, hit = options.get(given or ""), given == part.right
        stray = chosen.feedback if chosen and not hit else None
        why = "\n\n".join(text for text in (stray, part.feedback) if text)
        return Outcome(part.text, chosen.text if chosen else None, options[part.right].text, hit, why or None)

    def _values(self, item: Item, part: Part) -> Iterator[tuple[str, Option]]:
        """Form values and options of a part."""
        name = token(item.id, part.text) if part.text else part.id
        for option in item.options:
            if option.id in part.offered:
                yield f"{name}:{token(item.id, option.text)}", option
