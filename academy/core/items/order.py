"""`order`: put steps into their order."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping, Sequence

from academy.core.content.model import Item, Option, Part
from academy.core.items.lists import Entry, read_list
from academy.core.items.parted import Offer, Outcome, Parted, Row
from academy.core.items.protocol import Answer, AnswerError, Fault, Source, Written
from academy.core.items.words import name_entries, place_on_page, repeated, token

_STEP = re.compile(r"(\d{1,3})[.)] +(\S.*)")


class Order(Parted):
    """A numbered list in the right order. The parts are the places, the options the steps."""

    name = "order"
    least = 3

    def begins(self, line: str) -> bool:
        """The first numbered list holds the steps."""
        return _STEP.fullmatch(line.rstrip()) is not None

    def parse(self, source: Source) -> Written:
        """The steps with their feedback."""
        steps, end = read_list(source.lines, source.at, _STEP)
        faults: list[Fault] = [
            (step.line, "step-number", {"number": str(place)}) for place, step in enumerate(steps, start=1) if step.mark != str(place)
        ]
        faults += [*name_entries(source.item_id, steps)] or [*repeated(steps)]
        if faults:
            return Written(end, faults=tuple(faults), unread=True)
        return _written(end, steps)

    def read(self, item: Item, form: Mapping[str, Sequence[str]]) -> Answer:
        """The step put to each place. Raises AnswerError, also where a step has two places."""
        answer = super().read(item, form)
        if isinstance(answer, dict) and len(set(answer.values())) < len(answer):
            raise AnswerError("answer-place-twice")
        return answer

    def grade(self, item: Item, answer: Answer) -> float:
        """Pairs of steps in the right order less pairs in the wrong one, over all pairs; never below 0 (Kendall 1938)."""
        if not isinstance(answer, dict):
            return 0.0
        place = {step: int(number) for number, step in answer.items() if number.isdecimal()}
        right = [part.right for part in item.parts]
        pairs = list(itertools.combinations(right, 2))
        kept = sum(first in place and second in place and place[first] < place[second] for first, second in pairs)
        return max(0.0, (2 * kept - len(pairs)) / len(pairs)) if pairs else 0.0

    def guessing(self, item: Item) -> float:
        """One in the number of orders."""
        return 1.0 / math.factorial(len(item.parts))

    def rows(self, item: Item, seed: str) -> tuple[Row, ...]:
        """The steps, each with the places to choose from."""
        places = [part.id for part in item.parts]
        steps = sorted(item.options, key=lambda step: place_on_page(item, step.text, seed))
        return tuple(Row(step.text, tuple(Offer(f"{place}:{token(item.id, step.text)}", place) for place in places)) for step in steps)

    def outcomes(self, item: Item, answer: Answer, seed: str) -> tuple[Outcome, ...]:
        """The steps in their right order, with the place that each was given."""
        given = {step: place for place, step in answer.items()} if isinstance(answer, dict) else {}
        steps = {option.id: option for option in item.options}
        return tuple(
            Outcome(steps[part.right].text, given.get(part.right), part.id, given.get(part.right) == part.id, steps[part.right].feedback)
            for part in item.parts
        )


def _written(end: int, steps: Sequence[Entry]) -> Written:
    offered = tuple(sorted(step.mark for step in steps))
    options = sorted((Option(step.mark, step.text, True, step.why, step.line) for step in steps), key=lambda option: option.id)
    parts = tuple(Part(str(place), "", step.mark, offered, None, step.line) for place, step in enumerate(steps, start=1))
    return Written(end, tuple(options), parts)


TYPE = Order()
