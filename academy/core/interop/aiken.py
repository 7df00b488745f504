"""Aiken: a question, its answers `A. …` or `A) …`, and a line `ANSWER: A`. Source: Moodle's question/format/aiken/format.php."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from academy.core.interop.model import Imported, ImportedOption, ImportResult, Skipped
from academy.core.interop.names import Names
from academy.core.interop.text import decode, plain_to_markdown

NAMES = ("aiken",)

_OPTION = re.compile(r"([A-Z])(?:[.)][ \t]+|\))(.*)")
_ANSWER = re.compile(r"ANSWER[ \t]{0,9}:(.*)", re.IGNORECASE)
_LETTERS = re.compile(r"[A-Za-z](?:[ \t]{0,3}[,;&][ \t]{0,3}[A-Za-z])*")


@dataclass(slots=True)
class _Draft:
    """A question while it is read. `after` holds lines behind its last answer, which may go on with it."""

    line: int
    stem: list[str] = field(default_factory=list)
    options: list[tuple[str, list[str]]] = field(default_factory=list)
    after: list[tuple[int, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def join(self) -> None:
        """Let the lines behind the last answer go on with it."""
        if self.after:
            self.options[-1][1].extend(line for _, line in self.after)
            self.after.clear()
            self.notes.append("An answer that goes on in the next line was joined.")


@dataclass(slots=True)
class _Reader:
    """Questions read so far, and the one at hand."""

    name: str
    draft: _Draft | None = None
    names: Names = field(default_factory=Names)
    questions: list[Imported] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    def skip(self, line: int, reason: str) -> None:
        self.skipped.append(Skipped(f"{self.name}:{line}", reason))

    def option(self, number: int, letter: str, words: str) -> None:
        """An answer. A new A. behind other answers begins the next question, whose text stands between them."""
        draft = self.draft
        if draft is not None and draft.options and draft.after and letter == "A":
            self.skip(draft.line, "it has no line ANSWER:")
            self.draft = draft = _Draft(draft.after[0][0], [line for _, line in draft.after])
        if draft is None:
            self.draft = draft = _Draft(number)
        draft.join()
        draft.options.append((letter, [words.strip()]))

    def words(self, number: int, line: str) -> None:
        """A line of a question, or behind its answers."""
        if self.draft is None:
            self.draft = _Draft(number)
        if self.draft.options:
            self.draft.after.append((number, line))
        else:
            self.draft.stem.append(line)

    def answer(self, number: int, said: str) -> None:
        """The line that ends a question."""
        draft, self.draft = self.draft, None
        if draft is None or not draft.options:
            self.skip(draft.line if draft else number, "there is a line ANSWER: without answers above it")
            return
        draft.join()
        try:
            self.questions.append(self._finished(draft, said))
        except ValueError as reason:
            self.skip(draft.line, str(reason))

    def end(self) -> None:
        """What is left at the end of the file."""
        if self.draft is not None:
            self.skip(self.draft.line, "it has no line ANSWER:" if self.draft.options else "it has no answers")

    def _finished(self, draft: _Draft, said: str) -> Imported:
        """Raises ValueError with the reason why the question cannot be used."""
        letters = [letter for letter, _ in draft.options]
        right = _right(said)
        if not draft.stem:
            raise ValueError("it asks nothing")
        if len(letters) < 2:
            raise ValueError("it has fewer than two answers to choose from")
        if len(set(letters)) < len(letters):
            raise ValueError("two of its answers have the same letter")
        if not right or not right <= set(letters):
            raise ValueError(f"ANSWER: names none of its answers: “{said[:20]}”")
        if any(not any(lines) for _, lines in draft.options):
            raise ValueError("one of its answers is empty")
        if len(right) > 1:
            draft.notes.append("ANSWER: names several letters, so several answers are to be chosen.")
        stem = plain_to_markdown("\n".join(draft.stem))
        share = 1.0 / len(right)
        options = tuple(
            ImportedOption(plain_to_markdown(" ".join(lines)), share if letter in right else 0.0) for letter, lines in draft.options
        )
        return Imported(
            id=self.names.take(stem),
            type="single" if len(right) == 1 else "multiple",
            stem=stem,
            options=options,
            where=f"{self.name}:{draft.line}",
            notes=tuple(dict.fromkeys(draft.notes)),
        )


def read(data: bytes, name: str) -> ImportResult:
    """Every question of a file. Any bytes give a result; what is no whole question is listed with its line."""
    reader = _Reader(name)
    for number, raw in enumerate(decode(data).split("\n"), start=1):
        line = raw.strip()
        answer, option = _ANSWER.fullmatch(line), _OPTION.fullmatch(line)
        if answer:
            reader.answer(number, answer[1].strip())
        elif option:
            reader.option(number, option[1], option[2])
        elif line:
            reader.words(number, line)
    reader.end()
    return ImportResult(tuple(reader.questions), tuple(reader.skipped))


def _right(said: str) -> set[str]:
    """The letters that an ANSWER line names: several with commas between them, else the first character, as Moodle does."""
    if _LETTERS.fullmatch(said):
        return set(re.findall(r"[A-Z]", said.upper()))
    return set(said[:1].upper())
