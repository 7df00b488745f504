"""Answers given to earlier versions of items, and the present versions, turned into what changes: scores, results, passes."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from academy.core.content.model import Item
from academy.core.content.version import ItemVersions, canonical_text, shows_options
from academy.core.grading import grade, graded_by_people
from academy.core.items.protocol import Answer

SAME = 1e-9
"""Scores closer than this are one."""

ItemId = tuple[str, str]
"""Course and item."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What stood on the page when an answer was given: the words of the options and of the parts, by id."""

    options: Mapping[str, str]
    parts: Mapping[str, str]


def wording(canonical: str) -> Wording:
    """The words in the canonical form of a text version."""
    read = json.loads(canonical)
    options = {str(found): str(words) for found, words in read["options"]}
    # A place or a gap has no words of its own: it is known by what it offers.
    parts = {
        str(found): str(words) or "\n".join(sorted(options.get(str(option), "") for option in offered))
        for found, words, offered in read.get("parts", ())
    }
    return Wording(options, parts)


def read_stem(canonical: str) -> str:
    """The question in the canonical form of a text version."""
    return str(json.loads(canonical)["stem"])


def changed_items(before: Mapping[ItemId, ItemVersions], after: Mapping[ItemId, ItemVersions]) -> dict[ItemId, ItemVersions]:
    """The items of `after` that grade otherwise, in any language, than those of `before`. New and removed items change nothing."""
    return {
        key: present
        for key, present in after.items()
        if key in before and (_keys(before[key]) != _keys(present) or before[key].key_version != present.key_version)
    }


def points_of(canonical: str) -> float:
    """The points that a key version, in canonical form, brings to a result; 0 for what learners mark themselves."""
    read = json.loads(canonical)
    by_self = read["type"] == "open" and read["key"]["by"] == "self"
    return 0.0 if by_self else float(read["points"])


def present_points(item: Item) -> float:
    """Likewise, of an item."""
    return 0.0 if item.by_self else item.points


def regraded(item: Item, answer: Answer, before: Wording | None) -> float | None:
    """Score, in [0, 1], that an earlier answer has under this version of its item; None where nobody can tell.

    An answer is followed by its words where they are the same, so that options may be put in another order; else by its
    letter, so that they may be reworded. A choice that is gone earns nothing; a part that nobody was asked, or words that
    are gone from an item without letters, leave the earlier score as it is. before: None where the words are not known.
    """
    if answer is None:
        return 0.0
    if graded_by_people(item):
        return None
    if not shows_options(item):
        return grade(item, answer) if isinstance(answer, str) and not (before and before.options) else None
    after = wording(canonical_text(item))
    known = before or after
    options = _followed(known.options, after.options)
    if isinstance(answer, dict):
        return _regraded_parts(item, answer, options, _followed(known.parts, after.parts))
    if item.parts or not known.options or known.parts:
        return None
    chosen = [answer] if isinstance(answer, str) else answer
    moved = sorted(options.get(option, f"gone {option}") for option in chosen)
    if grade(item, [option.id for option in item.options if option.right]) > 0:  # several may be chosen
        return grade(item, moved)
    return grade(item, moved[0]) if len(moved) == 1 else None


def _regraded_parts(item: Item, answer: Mapping[str, str], options: Mapping[str, str], parts: Mapping[str, str]) -> float | None:
    if not item.parts:
        return None
    moved = {parts[part]: options.get(option, "") for part, option in answer.items() if part in parts}
    if any(not moved.get(part.id) for part in item.parts):
        return None
    return grade(item, {part.id: moved[part.id] for part in item.parts})


def _followed(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """Present ids by earlier ids: by the same words, else by the same id where its words are new."""
    by_words: dict[str, list[str]] = defaultdict(list)
    for found, words in after.items():
        by_words[words].append(found)
    earlier = set(before.values())
    followed: dict[str, str] = {}
    for found, words in before.items():
        if after.get(found) == words:
            followed[found] = found
        elif len(by_words[words]) == 1:
            followed[found] = by_words[words][0]
        elif found in after and after[found] not in earlier:
            followed[found] = found
    return followed


def _keys(versions: ItemVersions) -> dict[str, str]:
    return {language: versions.key_version_in(language) for language in versions.items}


@dataclass(slots=True)
class Tally:
    """How many responses and attempts change. `kept`: responses that cannot be graded again and stay as they are."""

    responses: int = 0
    rise: int = 0
    fall: int = 0
    kept: int = 0
    attempts: int = 0
    pass_to_fail: int = 0
    fail_to_pass: int = 0

    def __bool__(self) -> bool:
        return bool(self.responses or self.kept or self.attempts)

    def add_responses(self, before: float, after: float, count: int) -> None:
        """Count responses whose score changes."""
        self.responses += count
        self.rise += count if after > before else 0
        self.fall += count if after < before else 0

    def add_attempt(self, *, passed_before: bool, passes_now: bool) -> None:
        """Count an attempt whose result changes."""
        self.attempts += 1
        self.pass_to_fail += passed_before and not passes_now
        self.fail_to_pass += passes_now and not passed_before


@dataclass(slots=True)
class Impact:
    """What a change does to stored results: as a whole, and by course, item and quiz. Only what changes stands in it."""

    whole: Tally = field(default_factory=Tally)
    courses: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    items: dict[ItemId, Tally] = field(default_factory=lambda: defaultdict(Tally))
    quizzes: dict[ItemId, Tally] = field(default_factory=lambda: defaultdict(Tally))

    def add_responses(self, item: ItemId, before: float, after: float | None, count: int) -> None:
        """Count responses to an item with their score before and after; None: it stays, as nobody can tell."""
        if after is not None and abs(after - before) <= SAME:
            return
        for tally in (self.whole, self.courses[item[0]], self.items[item]):
            if after is None:
                tally.kept += count
            else:
                tally.add_responses(before, after, count)

    def add_attempt(self, quiz: ItemId, items: frozenset[str], *, passed_before: bool, passes_now: bool) -> None:
        """Count an attempt at a quiz (course and id) whose result changes on account of these items."""
        course = quiz[0]
        tallies = [self.whole, self.courses[course], self.quizzes[quiz], *(self.items[course, item] for item in items)]
        for tally in tallies:
            tally.add_attempt(passed_before=passed_before, passes_now=passes_now)

    def losing(self) -> Iterator[ItemId]:
        """Quizzes of which somebody would lose a pass."""
        return (quiz for quiz, tally in sorted(self.quizzes.items()) if tally.pass_to_fail)
