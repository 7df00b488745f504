"""Every code that `academy check` may print: how grave it is, what it says and how to mend it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from academy.core.content.model import Problem

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of problem. An error keeps the item or file out; a warning does not. Texts are English msgids."""

    severity: Severity
    message: str
    remedy: str


def N_(message: str) -> str:  # noqa: N802  # the customary mark for text that is translated later
    """Mark a message for translation."""
    return message


def _error(message: str, remedy: str) -> Code:
    return Code("error", message, remedy)


def _warning(message: str, remedy: str) -> Code:
    return Code("warning", message, remedy)


_CONTENT: dict[str, Code] = {
    # files and front matter
    "file-encoding": _error(N_("This file is not UTF-8 text."), N_("Save it again as UTF-8.")),
    "file-unreadable": _error(N_("This file cannot be read: %(reason)s."), N_("Check that it exists and may be read.")),
    "front-matter-missing": _error(N_("The file does not begin with front matter."), N_("Begin it with a line ---, the fields, and another line ---.")),
    "front-matter-syntax": _error(N_("The front matter is not valid YAML: %(reason)s."), N_("Write one `name: value` a line; quote values that hold a colon.")),
    "field-missing": _error(N_("The field %(field)s is missing."), N_("Add it to the front matter.")),
    "field-type": _error(N_("The field %(field)s should be %(expected)s."), N_("Correct its value.")),
    "field-unknown": _warning(N_("The field %(field)s is not known here."), N_("Remove it, or correct its spelling.")),
    # courses
    "course-id": _error(N_("The course id %(id)s differs from its folder %(folder)s."), N_("Give both the same name.")),
    "course-duplicate": _error(N_("Another course already has the id %(id)s: %(other)s."), N_("Give one of them another id and folder.")),
    "module-folder": _error(N_("The module folder %(folder)s does not exist."), N_("Create it, or correct `folder` in course.yaml.")),
    "module-unlisted": _warning(N_("The folder %(folder)s is not listed in course.yaml, so nobody sees it."), N_("List it under `modules`, or remove it.")),
    "module-empty": _warning(N_("The module %(folder)s has no lessons."), N_("Add a lesson named like 1-first-steps.es.md.")),
    "quiz-missing": _warning(N_("The module %(folder)s has no quiz."), N_("Add a quiz in the course's source language.")),
    "language-unknown": _error(N_("The language %(language)s is not one of es, en."), N_("Use es or en.")),
    "skill-unknown": _error(N_("The skill %(skill)s does not exist.%(guess)s"), N_("Use an id from academy/reference/skills.yaml.")),
    "skill-thin": _warning(N_("The course says that it measures %(skill)s, with %(found)s questions; 12 are the least."), N_("Write more questions for it, or take it out of `skills`.")),
    # items
    "chips-missing": _error(N_("The question %(item)s does not say its type, skill and level."), N_("Write them below the heading as code: `single` `skill-id` `easy`.")),
    "type-missing": _error(N_("The question %(item)s has no type."), N_("Add one of: %(types)s.")),
    "level-missing": _error(N_("The question %(item)s has no level."), N_("Add `easy`, `medium` or `hard`.")),
    "skill-missing": _error(N_("The question %(item)s names no skill."), N_("Add the id of the one skill that it measures.")),
    "chip-unknown": _error(N_("The question %(item)s has `%(chip)s` beside its type, skill and level."), N_("A question has one type, one skill, one level and at most one `2 pts`.")),
    "item-id": _error(N_("This heading is not that of a question: %(heading)s."), N_("Write ### id: question, the id in lower case letters, digits and hyphens.")),
    "item-duplicate": _error(N_("The question id %(item)s was already used in line %(line)s of %(path)s."), N_("Give one of them another id.")),
    "stem-empty": _error(N_("The question %(item)s asks nothing."), N_("Write the question after its id.")),
    "options-number": _error(N_("The question %(item)s has %(found)s options; it needs %(least)s or more of its kind."), N_("Add or remove options.")),
    "option-letter": _error(N_("This option should begin with the letter %(letter)s)."), N_("Letter the options a), b), c) in order.")),
    "option-empty": _error(N_("This option is empty."), N_("Write its text, or remove it.")),
    "option-duplicate": _error(N_("The options %(first)s and %(second)s say the same."), N_("Change one of them.")),
    "line-mark": _error(N_("This line of the log does not begin with [ ] or [x]."), N_("Begin it with [x] if it is to be marked, else with [ ].")),
    "fence-missing": _error(N_("The question %(item)s has no log."), N_("Add a fence that begins with ```lines.")),
    "fence-open": _error(N_("This fence is never closed."), N_("Close it with ``` on a line of its own.")),
    "key-missing": _error(N_("The question %(item)s has no right answer."), N_("Mark one with [x].")),
    "key-too-many": _error(N_("The question %(item)s has %(found)s right answers; its type allows %(most)s."), N_("Leave one marked with [x], or make it `multiple`.")),
    "number-unreadable": _error(N_("“%(answer)s” is neither a number nor a range."), N_("Write 443 or 8400..8500.")),
    "text-empty": _error(N_("This accepted answer is empty."), N_("Write a spelling or a /pattern/.")),
    "text-pattern": _error(N_("The pattern %(answer)s cannot be used."), N_("Use letters, [classes], (one|level) of groups and ?, without * or +.")),
    "rationale-missing": _error(N_("The question %(item)s has no rationale."), N_("After the options, add a line that begins with > and teaches the point.")),
    "feedback-missing": _error(N_("The wrong answer %(option)s of %(item)s has no feedback."), N_("Below it, add an indented line that begins with > and says what is tempting and wrong about it.")),
    "text-after-item": _warning(N_("This text belongs to no question and is not shown."), N_("Move it above the options of its question.")),
    "quiz-empty": _error(N_("This quiz has no questions that can be used."), N_("Add a question: ### id: text.")),
    "quiz-duplicate": _error(N_("The quiz id %(quiz)s was already used in %(path)s."), N_("Give one of them another id.")),
    # item writing
    "longest-is-key": _warning(N_("In %(item)s the right option is by far the longest, which gives it away."), N_("Shorten it, or give the others as much detail.")),
    "all-of-the-above": _warning(N_("The option %(option)s of %(item)s refers to the other options."), N_("Make the question `multiple` instead.")),
    "negative-stem": _warning(N_("The question %(item)s has a “%(word)s” that is easily overlooked."), N_("Write it in **bold**, or ask positively.")),
    "key-position": _warning(N_("%(share)s of the right answers of this quiz stand at %(letter)s)."), N_("Spread them over the letters.")),
    # lessons
    "heading-skip": _warning(N_("This heading skips a level, from %(before)s to %(after)s."), N_("Use the next level.")),
    "heading-top": _warning(N_("The lesson's text has a heading of level 1; the title is already one."), N_("Begin headings at ##.")),
    "list-blank": _warning(N_("This list has no blank line before it, so it is read as part of the paragraph."), N_("Leave a blank line before the list.")),
    "list-indent": _warning(N_("This list is nested by %(spaces)s spaces, which is flattened."), N_("Nest by 4 spaces.")),
    "image-alt": _error(N_("The image %(image)s has no text for people who cannot see it."), N_("Describe it between the square brackets.")),
    "image-missing": _error(N_("The image %(image)s does not exist."), N_("Add the file, or correct its name.")),
    "footnote-undefined": _error(N_("The source [^%(note)s] is not given at the end."), N_("Add a line [^%(note)s]: publisher, title, date, address.")),
    "footnote-unused": _warning(N_("The source [^%(note)s] is not referred to."), N_("Refer to it in the text, or remove it.")),
    "footnote-undated": _error(N_("The source [^%(note)s] has no year."), N_("Give publisher, title and date.")),
    # languages
    "translation-missing": _warning(N_("There is no %(language)s translation of this file."), N_("Add %(file)s.")),
    "source-missing": _error(N_("This translation does not say which source it was made from."), N_("Add `source: %(digest)s` to its front matter.")),
    "translation-stale": _warning(N_("The source has changed since this translation was made."), N_("Bring it up to date, then write `source: %(digest)s`.")),
    "translation-orphan": _error(N_("There is no %(language)s source for this translation."), N_("Write it, or remove this file.")),
    "item-untranslated": _error(N_("The question %(item)s of the source is missing in this translation."), N_("Translate it.")),
    "item-not-in-source": _error(N_("The question %(item)s is not in the source."), N_("Remove it, or add it to the source.")),
    "item-drift": _error(N_("The question %(item)s differs from its source in: %(what)s."), N_("Make type, skill, level, points and options agree.")),
    "key-drift": _error(N_("The question %(item)s has another right answer than its source."), N_("Mark the same options as the source does.")),
}


def all_codes() -> Mapping[str, Code]:
    """Every code, those of the reference facts included."""
    from academy.core.reference_codes import REFERENCE_CODES  # it builds on this module's Code

    return MappingProxyType(_CONTENT | REFERENCE_CODES)


def severity(problem: Problem) -> Severity:
    """How grave a problem is."""
    return all_codes()[problem.code].severity


def message(problem: Problem, translate: Callable[[str], str]) -> str:
    """What a problem says, in the reader's language."""
    return _fill(translate(all_codes()[problem.code].message), problem)


def remedy(problem: Problem, translate: Callable[[str], str]) -> str:
    """How to mend a problem, in the reader's language."""
    return _fill(translate(all_codes()[problem.code].remedy), problem)


def _fill(text: str, problem: Problem) -> str:
    return text % dict(problem.values) if problem.values else text
