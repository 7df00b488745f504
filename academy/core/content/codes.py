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
    """A kind of problem. An error fails the check, and what cannot be read is left out. Texts are English msgids."""

    severity: Severity
    message: str
    remedy: str
    silenceable: bool = False
    """Whether a file may allow it, with a reason."""


def N_(message: str) -> str:  # noqa: N802  # the customary mark for text that is translated later
    """Mark a message for translation."""
    return message


def _error(message: str, remedy: str, *, silenceable: bool = False) -> Code:
    return Code("error", message, remedy, silenceable)


def _warning(message: str, remedy: str, *, silenceable: bool = True) -> Code:
    return Code("warning", message, remedy, silenceable)


_CONTENT: dict[str, Code] = {
    # files and front matter
    "file-encoding": _error(N_("This file is not UTF-8 text."), N_("Save it again as UTF-8.")),
    "file-unreadable": _error(N_("This file cannot be read: %(reason)s."), N_("Check that it exists and may be read.")),
    "front-matter-missing": _error(
        N_("The file does not begin with front matter."), N_("Begin it with a line ---, the fields, and another line ---.")
    ),
    "front-matter-syntax": _error(
        N_("The front matter is not valid YAML: %(reason)s."), N_("Write one `name: value` a line; quote values that hold a colon.")
    ),
    "file-name": _warning(
        N_("This file is neither a lesson nor a quiz, so nobody sees it."),
        N_("Name lessons like 1-first-steps.es.md and the quiz quiz.es.md."),
    ),
    "field-missing": _error(N_("The field %(field)s is missing."), N_("Add it to the front matter.")),
    "field-type": _error(N_("The field %(field)s should be %(expected)s."), N_("Correct its value.")),
    "field-range": _error(N_("The field %(field)s should be a whole number from %(low)s to %(high)s."), N_("Correct its value.")),
    "field-unknown": _warning(N_("The field %(field)s is not known here."), N_("Remove it, or correct its spelling.")),
    "allow-code": _error(
        N_("`allow` names %(code)s, which does not exist or cannot be silenced."), N_("Correct its spelling, or mend what it says.")
    ),
    "allow-reason": _error(
        N_("`allow` silences %(code)s without saying why."), N_("Write the reason behind it: `code: why this is right here`.")
    ),
    "allow-unused": _warning(N_("`allow` silences %(code)s, but there is none."), N_("Take it out of `allow`."), silenceable=False),
    # courses
    "course-id": _error(N_("The course id %(id)s differs from its folder %(folder)s."), N_("Give both the same name.")),
    "course-duplicate": _error(N_("Another course already has the id %(id)s: %(other)s."), N_("Give one of them another id and folder.")),
    "module-folder": _error(N_("The module folder %(folder)s does not exist."), N_("Create it, or correct `folder` in course.yaml.")),
    "budget": _error(N_("`budget` should give whole kilobytes, such as {lesson: 60, quiz: 80}."), N_("Correct its value.")),
    "module-unlisted": _warning(
        N_("The folder %(folder)s is not listed in course.yaml, so nobody sees it."), N_("List it under `modules`, or remove it.")
    ),
    "module-empty": _warning(N_("The module %(folder)s has no lessons."), N_("Add a lesson named like 1-first-steps.es.md.")),
    "quiz-missing": _warning(N_("The module %(folder)s has no quiz."), N_("Add a quiz in the course's source language.")),
    "language-unknown": _error(N_("The language %(language)s is not one of es, en."), N_("Use es or en.")),
    "skill-unknown": _error(N_("The skill %(skill)s does not exist.%(guess)s"), N_("Use an id from academy/reference/skills.yaml.")),
    "skill-thin": _warning(
        N_("The course says that it measures %(skill)s, with %(found)s questions; 12 are the least."),
        N_("Write more questions for it, or take it out of `skills`."),
    ),
    # items
    "chips-missing": _error(
        N_("The question %(item)s does not say its type, skill and level."),
        N_("Write them below the heading as code: `single` `skill-id` `easy`."),
    ),
    "type-missing": _error(N_("The question %(item)s has no type."), N_("Add one of: %(types)s.")),
    "level-missing": _error(N_("The question %(item)s has no level."), N_("Add `easy`, `medium` or `hard`.")),
    "skill-missing": _error(N_("The question %(item)s names no skill."), N_("Add the id of the one skill that it measures.")),
    "chip-unknown": _error(
        N_("The question %(item)s has `%(chip)s` beside its type, skill and level."),
        N_("A question has one type, one skill, one level and at most one `2 pts`."),
    ),
    "item-id": _error(
        N_("This heading is not that of a question: %(heading)s."),
        N_("Write ### id: question, the id in lower case letters, digits and hyphens."),
    ),
    "item-duplicate": _error(
        N_("The question id %(item)s was already used in line %(line)s of %(path)s."), N_("Give one of them another id.")
    ),
    "stem-empty": _error(N_("The question %(item)s asks nothing."), N_("Write the question after its id.")),
    "options-number": _error(
        N_("The question %(item)s has %(found)s options; it needs %(least)s or more of its kind."), N_("Add or remove options.")
    ),
    "option-letter": _error(N_("This option should begin with the letter %(letter)s)."), N_("Letter the options a), b), c) in order.")),
    "option-empty": _error(N_("This option is empty."), N_("Write its text, or remove it.")),
    "option-duplicate": _error(N_("The options %(first)s and %(second)s say the same."), N_("Change one of them.")),
    "line-mark": _error(
        N_("This line of the log does not begin with [ ] or [x]."), N_("Begin it with [x] if it is to be marked, else with [ ].")
    ),
    "fence-missing": _error(N_("The question %(item)s has no log."), N_("Add a fence that begins with ```lines.")),
    "fence-open": _error(N_("This fence is never closed."), N_("Close it with ``` on a line of its own.")),
    "key-missing": _error(N_("The question %(item)s has no right answer."), N_("Mark one with [x].")),
    "key-too-many": _error(
        N_("The question %(item)s has %(found)s right answers; its type allows %(most)s."),
        N_("Leave one marked with [x], or make it `multiple`."),
    ),
    "number-unreadable": _error(N_("“%(answer)s” is neither a number nor a range."), N_("Write 443, 8400..8500, 37.5 ± 0.5 or 200 ± 5%%.")),
    "text-pattern": _error(
        N_("The pattern %(answer)s cannot be used."), N_("Use letters, [classes], (one|level) of groups and ?, without * or +.")
    ),
    "parts-number": _error(
        N_("The question %(item)s has %(found)s steps, rows or gaps; it needs %(least)s to %(most)s."), N_("Add or remove some.")
    ),
    "step-number": _error(
        N_("This step should have the number %(number)s."), N_("Write the steps in their right order and number them 1, 2, 3.")
    ),
    "table-missing": _error(
        N_("The question %(item)s has no table."),
        N_("Write a table of two columns: on the left what is given, on the right what belongs to it."),
    ),
    "table-head": _error(N_("The table of %(item)s has no heads."), N_("Write a line with the two heads, and below it a line of hyphens.")),
    "row-cells": _error(
        N_("This row has %(found)s cells instead of two or three."),
        N_("Write what is given, what belongs to it and, if you like, why, with a bar between them."),
    ),
    "pair-repeated": _error(
        N_("In %(item)s “%(answer)s” belongs to two rows."), N_("Give each row its own, or make the question `categorize`.")
    ),
    "letter-mixed": _error(
        N_("The question %(item)s letters some of its answers, but not “%(answer)s”."),
        N_("Letter all of them, in both columns of a table, or none."),
    ),
    "letter-twice": _error(
        N_("In %(item)s the letter %(letter)s) stands for two different answers."), N_("Give each answer a letter of its own.")
    ),
    "gap-missing": _error(
        N_("The question %(item)s has no gaps."),
        N_("Write each in double square brackets: the right choice first, and bars between the choices."),
    ),
    "gap-choices": _error(
        N_("The gap %(gap)s does not offer two to %(most)s different choices."),
        N_("Write the right choice first, and bars between the choices."),
    ),
    "gap-open": _error(N_("A gap in this line of %(item)s is never closed."), N_("Close it with ]] in the same line.")),
    "gap-in-heading": _error(N_("The heading of %(item)s holds a gap."), N_("Ask in the heading, and write the text with its gaps below.")),
    "rubric-number": _error(
        N_("The rubric of %(item)s has %(found)s criteria; it needs 1 to %(most)s."),
        N_("List what a good answer has, one a line: - [ ] a) …"),
    ),
    "rubric-ticked": _error(
        N_("A criterion in the rubric of %(item)s is ticked; whoever reads an answer does that."), N_("Write - [ ] in place of - [x].")
    ),
    "chip-self": _error(
        N_("The question %(item)s has the chip `self`, which only `open` questions have."),
        N_("Remove it: the product grades all other types."),
    ),
    "rationale-missing": _error(
        N_("The question %(item)s has no rationale."),
        N_("After the options, add a line that begins with > and teaches the point."),
        silenceable=True,
    ),
    "feedback-missing": _error(
        N_("The wrong answer %(option)s of %(item)s has no feedback."),
        N_("Say what is tempting and wrong about it: below it, in an indented line that begins with >, or in the table's third column."),
        silenceable=True,
    ),
    "text-after-item": _warning(N_("This text belongs to no question and is not shown."), N_("Move it above the options of its question.")),
    "quiz-empty": _error(N_("This quiz has no questions that can be used."), N_("Add a question: ### id: text.")),
    "quiz-duplicate": _error(N_("The quiz id %(quiz)s was already used in %(path)s."), N_("Give one of them another id.")),
    "quiz-drift": _error(N_("This quiz has another id than its source, %(quiz)s."), N_("Give it the id of its source.")),
    "quiz-terms": _error(
        N_("This quiz says %(field)s: %(value)s, and its source does not."),
        N_("Leave the field out here: a translation has the limits of its source."),
    ),
    # item writing
    "item-link": _warning(
        N_("The question %(item)s points at %(target)s, but it is also shown where nothing lies beside it."),
        N_("Say it in words, or give a full address."),
    ),
    "longest-is-key": _warning(
        N_("In %(item)s the right option is by far the longest, which gives it away."), N_("Shorten it, or give the others as much detail.")
    ),
    "all-of-the-above": _warning(
        N_("The option %(option)s of %(item)s refers to the other options."), N_("Make the question `multiple` instead.")
    ),
    "negative-stem": _warning(
        N_("The question %(item)s has a “%(word)s” that is easily overlooked."), N_("Write it in **bold**, or ask positively.")
    ),
    "key-position": _warning(N_("%(share)s of the right answers of this quiz stand at %(letter)s)."), N_("Spread them over the letters.")),
    # lessons
    "heading-skip": _warning(N_("This heading skips a level, from %(before)s to %(after)s."), N_("Use the next level.")),
    "heading-top": _warning(N_("The lesson's text has a heading of level 1; the title is already one."), N_("Begin headings at ##.")),
    "list-blank": _warning(
        N_("This list has no blank line before it, so it is read as part of the paragraph."), N_("Leave a blank line before the list.")
    ),
    "list-indent": _warning(N_("This list is nested by %(spaces)s spaces, which is flattened."), N_("Nest by 4 spaces.")),
    "image-alt": _error(
        N_("The image %(image)s has no text for people who cannot see it."),
        N_("Describe it between the square brackets."),
        silenceable=True,
    ),
    "image-missing": _error(N_("The image %(image)s does not exist."), N_("Add the file, or correct its name.")),
    "figure-unreadable": _error(
        N_("This drawing is not SVG with a viewBox that begins at 0 0."),
        N_("Save it as plain SVG with a viewBox like 0 0 360 240, without a DOCTYPE."),
    ),
    "figure-part": _warning(
        N_("This drawing holds what is not shown within a page: %(parts)s."),
        N_("Use plain shapes and texts, with the classes that the authors' guide lists."),
    ),
    "figure-large": _warning(
        N_("This drawing has %(size)s bytes; %(most)s are the most."), N_("Draw it with fewer points, or round its numbers.")
    ),
    "image-unused": _warning(N_("Nobody sees this image: no lesson shows it."), N_("Show it, or remove the file.")),
    "file-kind": _warning(N_("Nobody sees this file: lessons show svg, png, webp and jpg."), N_("Save it as one of these, or remove it.")),
    "link-missing": _error(
        N_("The link %(target)s leads to no file of this course."),
        N_("Name a lesson or quiz beside this one, such as 2-next.es.md or ../2-module/1-first.es.md."),
    ),
    "anchor-missing": _error(
        N_("The link %(target)s leads to no heading: there is no #%(anchor)s."),
        N_("Write the heading's words in lower case with hyphens for spaces."),
    ),
    "lesson-heavy": _warning(
        N_("This lesson weighs %(found)s kB with its images; %(most)s kB are allowed."),
        N_("Make its images smaller, split it, or set `budget` in course.yaml."),
    ),
    "quiz-heavy": _warning(N_("This quiz weighs %(found)s kB; %(most)s kB are allowed."), N_("Split it, or set `budget` in course.yaml.")),
    "commonmark-differs": _warning(
        N_("Other programs read this otherwise: we see “%(here)s”, they see “%(elsewhere)s”."),
        N_("Leave blank lines around lists, tables and code, nest by 4 spaces, and end a line with two spaces to break it."),
    ),
    "footnote-undefined": _error(
        N_("The source [^%(note)s] is not given at the end."), N_("Add a line [^%(note)s]: publisher, title, date, address.")
    ),
    "footnote-unused": _warning(N_("The source [^%(note)s] is not referred to."), N_("Refer to it in the text, or remove it.")),
    "footnote-undated": _error(N_("The source [^%(note)s] has no year."), N_("Give publisher, title and date."), silenceable=True),
    # paths
    "path-unknown": _error(N_("The path names the %(kind)s %(name)s, which does not exist."), N_("Correct its id.")),
    "path-duplicate": _error(N_("There is another path to the role %(role)s."), N_("Keep one of them.")),
    # words
    "term-duplicate": _error(
        N_("The term %(term)s has the id or the name of another, %(other)s."), N_("Keep one of them, or name what is different.")
    ),
    "term-avoided": _error(
        N_("“%(word)s” is not the word used here for this; “%(term)s” is."),
        N_("Write the term of the glossary; put a foreign word in *italics*."),
        silenceable=True,
    ),
    # languages
    "translation-missing": _warning(N_("There is no %(language)s translation of this file."), N_("Add %(file)s.")),
    "source-missing": _error(
        N_("This translation does not say which source it was made from."), N_("Add `source: %(digest)s` to its front matter.")
    ),
    "translation-stale": _warning(
        N_("The source has changed since this translation was made."), N_("Bring it up to date, then write `source: %(digest)s`.")
    ),
    "translation-orphan": _error(N_("There is no %(language)s source for this translation."), N_("Write it, or remove this file.")),
    "item-untranslated": _error(N_("The question %(item)s of the source is missing in this translation."), N_("Translate it.")),
    "item-not-in-source": _error(N_("The question %(item)s is not in the source."), N_("Remove it, or add it to the source.")),
    "item-drift": _error(
        N_("The question %(item)s differs from its source in: %(what)s."), N_("Make type, skill, level, points and options agree.")
    ),
    "key-drift": _error(
        N_("The question %(item)s has another right answer than its source."), N_("Mark the same options as the source does.")
    ),
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
    return _fill(translate(all_codes()[problem.code].message), problem, translate)


def remedy(problem: Problem, translate: Callable[[str], str]) -> str:
    """How to mend a problem, in the reader's language."""
    return _fill(translate(all_codes()[problem.code].remedy), problem, translate)


def _fill(text: str, problem: Problem, translate: Callable[[str], str]) -> str:
    values = {name: translate(value) if value else "" for name, value in problem.values}  # "" is the catalogue's header
    return text % values if values else text
