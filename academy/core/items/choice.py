"""What the types share whose answers are chosen among the options shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from academy.core.content.model import Item
from academy.core.items import lists
from academy.core.items.protocol import Answer, AnswerError, Fault, JsonValue, Source, Written


class Choice:
    """What is written as options `- [ ] a) …`, of which the right ones are marked."""

    lettered = True
    shuffled = True
    explained = True

    def begins(self, line: str) -> bool:
        """The first option ends the question."""
        return lists.is_option(line)

    def parse(self, source: Source) -> Written:
        """Lettered options."""
        return lists.lettered_options(source)

    def key(self, item: Item) -> JsonValue:
        """The ids of the right options."""
        return list[JsonValue](right_ids(item))

    def keyed_in_words(self, item: Item) -> bool:
        """Letters are the same in every language."""
        return False

    def shape(self, item: Item) -> JsonValue:
        """The ids of the options."""
        return list[JsonValue](option.id for option in item.options)


def right_ids(item: Item) -> list[str]:
    """Ids of the right options, sorted."""
    return sorted(option.id for option in item.options if option.right)


def read_one(item: Item, form: Mapping[str, Sequence[str]]) -> Answer:
    """The one option chosen. Raises AnswerError."""
    chosen = [value for value in form.get("answer", ()) if value]
    if len(chosen) != 1:
        raise AnswerError("answer-missing")
    if chosen[0] not in {option.id for option in item.options}:
        raise AnswerError("answer-unknown-option")
    return chosen[0]


def read_several(item: Item, form: Mapping[str, Sequence[str]]) -> Answer:
    """The options chosen, sorted, at least one. Raises AnswerError."""
    chosen = {value for value in form.get("answer", ()) if value}
    if not chosen:
        raise AnswerError("answer-missing")
    if not chosen <= {option.id for option in item.options}:
        raise AnswerError("answer-unknown-option")
    return sorted(chosen)


def grade_one(item: Item, answer: Answer) -> float:
    """1 for the right option, else 0."""
    return float(isinstance(answer, str) and answer in right_ids(item))


def grade_several(item: Item, answer: Answer) -> float:
    """Each right choice earns its share, each wrong choice costs as much; never below 0."""
    right = set(right_ids(item))
    if not isinstance(answer, list) or not right:
        return 0.0
    hits = len(right & set(answer))
    misses = len(set(answer) - right)
    return max(0.0, (hits - misses) / len(right))


def wants(item: Item, *, options: range, right: range) -> Iterator[Fault]:
    """Faults in the number of options or of right ones."""
    if len(item.options) not in options:
        yield item.line, "options-number", {"item": item.id, "found": str(len(item.options)), "least": str(options.start)}
    found = len(right_ids(item))
    if found == 0:
        yield item.line, "key-missing", {"item": item.id}
    elif found not in right:
        yield item.line, "key-too-many", {"item": item.id, "found": str(found), "most": str(right.stop - 1)}
