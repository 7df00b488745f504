"""What the types share whose answers are typed: accepted and anticipated answers, one a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from academy.core.content.model import Item, Option
from academy.core.items import lists
from academy.core.items.protocol import Answer, AnswerError, Fault, JsonValue, Source, Written

LONGEST_ANSWER = 200


class Typed:
    """Type an answer that is compared with the accepted ones."""

    name = ""
    lettered = False
    shuffled = False
    explained = True

    def begins(self, line: str) -> bool:
        """The first answer ends the question."""
        return lists.is_option(line)

    def parse(self, source: Source) -> Written:
        """Accepted and anticipated answers."""
        return lists.numbered_options(source)

    def matches(self, option: Option, answer: str) -> bool:
        """Whether an answer is the one that the option describes."""
        raise NotImplementedError

    def spec_fault(self, option: Option) -> str | None:
        """Code of what is wrong with the option's description, if anything."""
        raise NotImplementedError

    def problems(self, item: Item) -> Iterator[Fault]:
        """At least one accepted answer, each of them readable."""
        if not any(option.right for option in item.options):
            yield item.line, "key-missing", {"item": item.id}
        for option in item.options:
            code = self.spec_fault(option)
            if code:
                yield option.line, code, {"item": item.id, "answer": option.text}

    def read(self, item: Item, form: Mapping[str, Sequence[str]]) -> Answer:
        """What was typed, without space around it."""
        typed = " ".join(next(iter(form.get("answer", ())), "").split())
        if not typed:
            raise AnswerError("answer-missing")
        return typed[:LONGEST_ANSWER]

    def grade(self, item: Item, answer: Answer) -> float:
        """1 for an accepted answer, else 0."""
        return float(isinstance(answer, str) and any(option.right and self.matches(option, answer) for option in item.options))

    def anticipated(self, item: Item, answer: Answer) -> Option | None:
        """The option that describes this answer, right or wrong: its feedback is shown."""
        if not isinstance(answer, str):
            return None
        return next((option for option in item.options if self.matches(option, answer)), None)

    def guessing(self, item: Item) -> float:
        """Typed answers are not guessed."""
        return 0.0

    def key(self, item: Item) -> JsonValue:
        """The accepted answers as written, sorted."""
        return list[JsonValue](sorted(option.text for option in item.options if option.right))

    def keyed_in_words(self, item: Item) -> bool:
        """Each language has its own words."""
        return True

    def shape(self, item: Item) -> JsonValue:
        """There may be other answers in each language."""
        return None
