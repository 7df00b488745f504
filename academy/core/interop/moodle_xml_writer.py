"""Questions turned into Moodle XML. Text stays Markdown, which Moodle knows, so that nothing is lost on the way back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import localcontext
from types import MappingProxyType
from xml.etree.ElementTree import Element, SubElement

from academy.core.interop.fractions import nearest, percent
from academy.core.interop.keys import Unusable, no_pattern, plain_figure, points_of, range_of, true_and_false
from academy.core.interop.model import Export, Imported, ImportedOption, Skipped
from academy.core.interop.xml_tree import write_xml

TOP = "$course$/top"
"""The category that stands for none."""

UNTITLED = "untitled"
"""Attribute of a name that stands there only because Moodle wants one."""


def write(questions: Sequence[Imported], title: str) -> Export:
    """A question bank with the questions that Moodle has a type for. The title is not kept: a bank has none.

    True/false in other words than True and False is written as multiple choice, which keeps its words, with its type as a tag.
    """
    quiz = Element("quiz")
    skipped: list[Skipped] = []
    category = ""
    for question in questions:
        try:
            written = _question(question)
        except Unusable as reason:
            skipped.append(Skipped(question.where or question.id, str(reason)))
            continue
        if question.category != category:
            category = question.category
            _text(SubElement(SubElement(quiz, "question", {"type": "category"}), "category"), category or TOP)
        quiz.append(written)
    return Export(write_xml(quiz), tuple(skipped))


def _question(question: Imported) -> Element:
    """Raises Unusable."""
    kind, write_answers = _writer(question)
    if any(nearest(option.fraction)[1] for option in question.options):
        raise Unusable("an option earns a share of the points that Moodle does not know")
    element = Element("question", {"type": kind})
    _text(SubElement(element, "name", {} if question.title else {UNTITLED: "true"}), question.title or question.id)
    _markdown(element, "questiontext", question.stem)
    _markdown(element, "generalfeedback", question.rationale or "")
    SubElement(element, "defaultgrade").text = str(points_of(question))
    SubElement(element, "idnumber").text = question.id
    write_answers(element, question)
    written_tags = (*question.tags, *(["truefalse"] if kind == "multichoice" and question.type == "truefalse" else []))
    if written_tags:
        tags = SubElement(element, "tags")
        for tag in written_tags:
            _text(SubElement(tags, "tag"), tag)
    return element


_Write = Callable[[Element, Imported], None]


def _writer(question: Imported) -> tuple[str, _Write]:
    if question.type == "truefalse" and not true_and_false(question):
        return "multichoice", _choice
    found = _WRITERS.get(question.type)
    if found is None:
        raise Unusable(f"Moodle XML has no question type for {question.type}")
    return found


def _choice(element: Element, question: Imported) -> None:
    SubElement(element, "single").text = "false" if question.type == "multiple" else "true"
    SubElement(element, "shuffleanswers").text = "false" if question.type == "truefalse" else "true"
    SubElement(element, "answernumbering").text = "abc"
    for option in question.options:
        _markdown(_answer(element, option, "markdown"), None, option.text)


def _truefalse(element: Element, question: Imported) -> None:
    for option in question.options:
        _text(_answer(element, option, "moodle_auto_format"), option.text.lower())


def _shortanswer(element: Element, question: Imported) -> None:
    SubElement(element, "usecase").text = "0"
    for option in question.options:
        no_pattern(option)
        _text(_answer(element, option, "moodle_auto_format"), option.text.replace("*", "\\*"))


def _numerical(element: Element, question: Imported) -> None:
    for option in question.options:
        low, high = range_of(option)
        with localcontext() as context:
            context.prec = 100
            middle, margin = (low, low - low) if low == high else ((low + high) / 2, (high - low) / 2)
        answer = _answer(element, option, "moodle_auto_format")
        _text(answer, plain_figure(middle))
        SubElement(answer, "tolerance").text = plain_figure(margin)


def _matching(element: Element, question: Imported) -> None:
    SubElement(element, "shuffleanswers").text = "true"
    for left, right in question.pairs:
        part = SubElement(element, "subquestion", {"format": "markdown"})
        _text(part, left)
        _text(SubElement(part, "answer", {"format": "markdown"}), right)


def _essay(element: Element, question: Imported) -> None:
    SubElement(element, "responseformat").text = "editor"
    SubElement(element, "responserequired").text = "1"
    _markdown(element, "graderinfo", "\n".join(f"- {' '.join(option.text.split())}" for option in question.options))


def _ordering(element: Element, question: Imported) -> None:
    grading = "RELATIVE_NEXT_EXCLUDE_LAST"
    for name, value in (("layouttype", "VERTICAL"), ("selecttype", "ALL"), ("selectcount", "0"), ("gradingtype", grading)):
        SubElement(element, name).text = value
    for number, option in enumerate(question.options, start=1):
        _text(SubElement(element, "answer", {"fraction": str(number), "format": "markdown"}), option.text)


_WRITERS: Mapping[str, tuple[str, _Write]] = MappingProxyType(
    {
        "single": ("multichoice", _choice),
        "multiple": ("multichoice", _choice),
        "truefalse": ("truefalse", _truefalse),
        "text": ("shortanswer", _shortanswer),
        "number": ("numerical", _numerical),
        "match": ("matching", _matching),
        "categorize": ("matching", _matching),
        "open": ("essay", _essay),
        "order": ("ordering", _ordering),
    }
)


def _answer(element: Element, option: ImportedOption, text_format: str) -> Element:
    """An answer with its share; its text is still to be written. The feedback comes after it, as Moodle writes it."""
    answer = SubElement(element, "answer", {"fraction": percent(option.fraction), "format": text_format})
    SubElement(answer, "text")
    _markdown(answer, "feedback", option.feedback or "")
    return answer


def _markdown(parent: Element, tag: str | None, text: str) -> None:
    """Text in Markdown below a new element of this tag, or, without a tag, in the parent itself."""
    _text(SubElement(parent, tag, {"format": "markdown"}) if tag else parent, text)


def _text(element: Element, text: str) -> None:
    found = element.find("text")
    (found if found is not None else SubElement(element, "text")).text = text
