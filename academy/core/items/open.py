"""`open`: an answer in one's own words, marked against a rubric by an educator or, where the author says so, by oneself."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from academy.core.content.model import Item
from academy.core.items import lists
from academy.core.items.protocol import Answer, AnswerError, Fault, JsonValue, Source, Written

LONGEST_TEXT = 4_000
"""Characters of an answer."""
_MOST_CRITERIA = 12


class Open:
    """Write an answer. The rubric is a task list; the score is the share of its criteria that are met.

    Somebody has to read the answer: until then it has no score. Once marked it is recorded as its `text` and the letters
    of the criteria `met`, so that it can be graded again like any other answer.
    """

    name = "open"
    lettered = True
    shuffled = False
    explained = False

    def begins(self, line: str) -> bool:
        """The rubric ends the question."""
        return lists.is_option(line)

    def parse(self, source: Source) -> Written:
        """The criteria, lettered like options."""
        return lists.lettered_options(source)

    def problems(self, item: Item) -> Iterator[Fault]:
        """At least one criterion, none of them ticked: a rubric has no right options."""
        if not 1 <= len(item.options) <= _MOST_CRITERIA:
            yield item.line, "rubric-number", {"item": item.id, "found": str(len(item.options)), "most": str(_MOST_CRITERIA)}
        for option in item.options:
            if option.right:
                yield option.line, "rubric-ticked", {"item": item.id}

    def read(self, item: Item, form: Mapping[str, Sequence[str]]) -> Answer:
        """What was written, its lines kept. Raises AnswerError."""
        text = next(iter(form.get("answer", ())), "").replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip()
        if not text:
            raise AnswerError("answer-missing")
        if len(text) > LONGEST_TEXT:
            raise AnswerError("answer-too-long")
        return text

    def grade(self, item: Item, answer: Answer) -> float:
        """The share of criteria met, of an answer that was marked; what nobody marked earns nothing here and is not to be graded."""
        if not isinstance(answer, dict) or not item.options:
            return 0.0
        met = set(answer.get("met", "").split())
        return sum(option.id in met for option in item.options) / len(item.options)

    def guessing(self, item: Item) -> float:
        """Nobody writes an answer by chance."""
        return 0.0

    def key(self, item: Item) -> JsonValue:
        """The letters of the criteria and who marks."""
        return {"rubric": [option.id for option in item.options], "by": "self" if item.by_self else "educator"}

    def keyed_in_words(self, item: Item) -> bool:
        """Letters are the same in every language."""
        return False

    def shape(self, item: Item) -> JsonValue:
        """The letters of the criteria."""
        return list[JsonValue](option.id for option in item.options)


def marked(item: Item, text: str, met: Collection[str]) -> Answer:
    """The answer to be recorded once it was marked. Raises ValueError for a criterion that the rubric does not have."""
    letters = [option.id for option in item.options]
    if not set(met) <= set(letters):
        raise ValueError("the rubric has no such criterion")
    return {"text": text, "met": " ".join(letter for letter in letters if letter in met)}


TYPE = Open()
