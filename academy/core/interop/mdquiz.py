"""Task-list Markdown quizzes: `- [x]` marks what is right, below a heading, a paragraph, or front matter with `question:`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from academy.core.content.front_matter import FrontMatter, read_front_matter
from academy.core.content.quiz import parse_quiz
from academy.core.interop.exchange import questions_of
from academy.core.interop.model import Imported, ImportedOption, ImportResult, Skipped, merged
from academy.core.interop.names import Names
from academy.core.interop.text import decode, safe_markdown, without_images

NAMES = ("mdquiz",)

_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*")
_OPTION = re.compile(r"\s{0,8}(?:[-*+]|\d{1,9}[.)])\s{1,4}\[([ xX]?)\](?:\s+(.*)|)")
_LISTED = re.compile(r"\d{1,4}[.)]\s{1,4}(?!\[[ xX]?\])\S.*")
_LISTED_LEVEL = 7  # below every heading
_FENCE = re.compile(r"\s{0,8}(`{3,}|~{3,})")
_FEEDBACK = re.compile(r"\s{2,12}>\s?(.*)")
_QUOTE = re.compile(r">\s?(.*)")
_IMAGE_ALONE = re.compile(r"\s{0,8}!\[[^\[\]]{0,500}\]\([^()]{1,2000}\)\s*")
_QUIZ_TAG = re.compile(r"\s{0,8}</?quiz\b[^<>]{0,200}>\s*", re.IGNORECASE)
_NUMBERED = re.compile(r"(?:(?:Q|Question|Pregunta|P)\s?\d{1,4}\s{0,2}[.:)\-]|Q\d{1,4}\s|\d{1,4}[.)])\s{0,4}", re.IGNORECASE)
_RATIONALES = ("rationale", "explanation", "feedback", "hint", "documentation", "reference")


@dataclass(slots=True)
class _Option:
    right: bool
    lines: list[str]
    feedback: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Draft:
    """A question while it is read. `level`: of its heading, 0 without one; `after`: text behind its options."""

    line: int
    level: int = 0
    numbered: bool = False
    stem: list[str] = field(default_factory=list)
    options: list[_Option] = field(default_factory=list)
    after: list[tuple[int, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    broken: str = ""

    def has_after(self) -> bool:
        return any(line.strip() for _, line in self.after)


@dataclass(slots=True)
class _Reader:
    """One file while it is read line by line."""

    name: str
    names: Names
    lines: list[str]
    draft: _Draft | None = None
    category: str = ""
    questions: list[Imported] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    extra: str = ""

    def read(self, at: int) -> None:
        while at < len(self.lines):
            at = self._line(at)
        self.finish()

    def _line(self, at: int) -> int:
        """Take in the line at an index; returns that of the next."""
        line = self.lines[at]
        heading, option = _HEADING.fullmatch(line), _OPTION.fullmatch(line.rstrip())
        listed = _LISTED.fullmatch(line.rstrip())
        if listed and self._options_below(at):
            self._heading(at, _LISTED_LEVEL, listed[0])
            return at + 1
        if _FENCE.match(line):
            return self._fence(at)
        if heading:
            self._heading(at, len(heading[1]), heading[2])
        elif option:
            self._option(at, option[1] in ("x", "X"), option[2] or "")
        elif _QUIZ_TAG.fullmatch(line) or (line.strip() == "---" and self.draft and self.draft.options):
            self.finish()
        else:
            self._text(at, line)
        return at + 1

    def _options_below(self, at: int) -> bool:
        """Whether what follows a line are indented options, so that it is a question in a numbered list."""
        below = next((line for line in self.lines[at + 1 :][:3] if line.strip()), "")
        return below.startswith(("  ", "\t")) and _OPTION.fullmatch(below.rstrip()) is not None

    def _fence(self, at: int) -> int:
        opening = _FENCE.match(self.lines[at])
        mark = opening[1] if opening else "```"
        end = at + 1
        while end < len(self.lines) and not (self.lines[end].strip().startswith(mark) and not self.lines[end].strip().strip(mark[0])):
            end += 1
        block = [*self.lines[at : min(end, len(self.lines))], mark]
        draft = self._present(at)
        if not draft.options:
            draft.stem += block
        elif draft.has_after():
            draft.after += [(at + 1, line) for line in block]
        else:
            draft.options[-1].lines += ["", *_dedented(block)]
        return end + 1

    def _heading(self, at: int, level: int, words: str) -> None:
        draft = self.draft
        numbered = _NUMBERED.match(words) is not None
        if draft is not None and not draft.options and draft.level:
            if draft.level == level and draft.numbered and not numbered:
                draft.stem += ["", words]
                return
            if level > draft.level and not draft.numbered:
                self._section(draft)
        self.finish()
        self.draft = _Draft(at + 1, level, numbered, [words])

    def _section(self, draft: _Draft) -> None:
        """A heading above questions names what they are about; text below it is no question."""
        self.category = draft.stem[0] if draft.stem else ""
        if any(line.strip() for line in draft.stem[1:]):
            self.skipped.append(Skipped(f"{self.name}:{draft.line}", "the text below this heading belongs to no question"))
        self.draft = None

    def _option(self, at: int, right: bool, words: str) -> None:
        draft = self._present(at)
        if draft.options and draft.has_after():
            if draft.level:
                draft.broken = "its options stand in two lists"
            else:
                draft = self._begin_behind(draft)
        draft.after.clear()
        draft.options.append(_Option(right, [words]))

    def _begin_behind(self, draft: _Draft) -> _Draft:
        """The next question, whose text stands behind the last one's options; a quote directly below them stays with them."""
        quoted = next((place for place, (_, line) in enumerate(draft.after) if not line.startswith(">")), len(draft.after))
        following, draft.after = draft.after[quoted:], draft.after[:quoted]
        self.finish()
        first = next((number for number, line in following if line.strip()), draft.line)
        self.draft = _Draft(first, stem=[line for _, line in following])
        return self.draft

    def _text(self, at: int, line: str) -> None:
        if self.draft is None and not line.strip():
            return
        draft = self._present(at)
        if not draft.options:
            draft.stem.append(line)
            return
        option, feedback = draft.options[-1], _FEEDBACK.fullmatch(line)
        if draft.has_after() or not line.strip():
            draft.after.append((at + 1, line))
        elif feedback:
            option.feedback.append(feedback[1])
        elif _IMAGE_ALONE.fullmatch(line) or (line.startswith("  ") and not draft.after):
            option.lines.append(line.strip())
        else:
            draft.after.append((at + 1, line))

    def _present(self, at: int) -> _Draft:
        if self.draft is None:
            self.draft = _Draft(at + 1)
        return self.draft

    def finish(self) -> None:
        """Keep the question at hand, or list it."""
        draft, self.draft = self.draft, None
        if draft is None or not (draft.options or any(line.strip() for line in draft.stem)):
            return
        where = f"{self.name}:{draft.line}"
        try:
            self.questions.append(self._finished(draft, where))
        except ValueError as reason:
            self.skipped.append(Skipped(where, str(reason)))

    def _finished(self, draft: _Draft, where: str) -> Imported:
        """Raises ValueError with the reason why it is no question that can be used."""
        hint = _split_hint(draft)
        stem = self._markdown(draft, "\n".join(draft.stem))
        stem = stem[found.end() :] if (found := _NUMBERED.match(stem)) and stem[found.end() :].strip() else stem
        if not draft.options:
            raise ValueError("it has no options `- [ ]`, so it is no question that can be graded")
        if draft.broken or not stem:
            raise ValueError(draft.broken or "its options have no question above them")
        options = [(option, self._markdown(draft, "\n".join(option.lines))) for option in draft.options]
        right = sum(option.right for option, _ in options)
        if len(options) < 2:
            raise ValueError("it has fewer than two options")
        if any(not text for _, text in options):
            raise ValueError("one of its options is empty")
        if right == 0:
            raise ValueError("none of its options is marked as right")
        after = "\n".join(_QUOTE.sub(r"\1", line) if line.startswith(">") else line for _, line in draft.after)
        parts = [self._markdown(draft, part) for part in (hint, after, self.extra)]
        made = tuple(
            ImportedOption(text, 1 / right if option.right else 0.0, self._markdown(draft, "\n".join(option.feedback)) or None)
            for option, text in options
        )
        return Imported(
            id=self.names.take(stem.partition("\n")[0], stem),
            type="single" if right == 1 else "multiple",
            stem=stem,
            options=made,
            rationale="\n\n".join(part for part in parts if part) or None,
            category=self.category,
            where=where,
            notes=tuple(dict.fromkeys(draft.notes)),
        )

    def _markdown(self, draft: _Draft, text: str) -> str:
        plain = text.strip("\n").rstrip()
        shown, images = without_images(plain)
        safe = safe_markdown(shown).strip()
        if images:
            draft.notes.append("An image is not taken over; a link or its name stands in its place.")
        if safe != shown.strip():
            draft.notes.append("HTML or links in its Markdown that could be active were made harmless.")
        return safe


def read(data: bytes, name: str) -> ImportResult:
    """Every question of one file. Any bytes give a result; what is no whole question is listed with its line."""
    return _read(data, name, Names())


def read_folder(files: Mapping[str, bytes]) -> ImportResult:
    """Every question of a folder's Markdown files, each with an id of its own."""
    names = Names()
    chosen = sorted(path for path in files if path.lower().endswith((".md", ".markdown")))
    return merged([_read(files[path], path, names) for path in chosen])


def _read(data: bytes, name: str, names: Names) -> ImportResult:
    text = decode(data)
    lines = text.split("\n")
    front, problems = read_front_matter(lines, name) if lines[0].strip() == "---" else (None, [])
    if front is not None and "quiz" in front.fields:
        return _own_quiz(text, name)
    reader = _Reader(name, names, lines, category=name.rpartition("/")[0])
    if problems and any(line.startswith("question:") for line in lines[:50]):
        return ImportResult((), (Skipped(f"{name}:{problems[0].line}", "its front matter cannot be read"),))
    if front is not None and front.fields.get("question"):
        _begin_with(reader, front)
    reader.read(front.body_line - 1 if front else 0)
    if not reader.questions and not reader.skipped:
        reader.skipped.append(Skipped(name, "it holds no question"))
    return ImportResult(tuple(reader.questions), tuple(reader.skipped))


def _begin_with(reader: _Reader, front: FrontMatter) -> None:
    """A question whose words stand in the front matter, and whose options in the body."""
    reader.draft = _Draft(front.line("question"), level=1, numbered=True, stem=[str(front.fields["question"]), ""])
    reader.extra = "\n\n".join(str(front.fields[name]) for name in _RATIONALES if isinstance(front.fields.get(name), str))


def _own_quiz(text: str, name: str) -> ImportResult:
    """A quiz as our courses have them."""
    quiz, problems = parse_quiz(text, name, "en")
    skipped = [Skipped(f"{problem.path}:{problem.line}", f"academy check says {problem.code}") for problem in problems]
    found = questions_of(quiz.items if quiz else ())
    return ImportResult(found.questions, (*skipped, *found.skipped))


def _split_hint(draft: _Draft) -> str:
    """Take a quote that stands directly above the options out of the question: it is a hint, shown with the answer."""
    lines = draft.stem
    while lines and not lines[-1].strip():
        lines.pop()
    first = len(lines)
    while first > 1 and lines[first - 1].startswith(">"):
        first -= 1
    hint = [match[1] for line in lines[first:] if (match := _QUOTE.fullmatch(line))]
    del lines[first:]
    if hint:
        draft.notes.append("The hint above the options is shown with the answer.")
    return "\n".join(hint)


def _dedented(block: list[str]) -> list[str]:
    indent = len(block[0]) - len(block[0].lstrip())
    return [line[indent:] if not line[:indent].strip() else line for line in block]
