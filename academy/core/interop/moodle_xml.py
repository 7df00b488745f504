"""Moodle XML turned into questions; `moodle_xml_writer` is the way back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import localcontext
from types import MappingProxyType
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from academy.core.interop.fractions import nearest, read_percent
from academy.core.interop.keys import Unusable, any_right, chosen_one, chosen_several, figures, read_figure
from academy.core.interop.markup import criteria, to_markdown
from academy.core.interop.model import Imported, ImportedOption, ImportResult, Skipped, paired_type
from academy.core.interop.moodle_xml_writer import UNTITLED
from academy.core.interop.moodle_xml_writer import write as write
from academy.core.interop.names import Names, bare_category
from academy.core.interop.pictures import Pictures, decoded, inline_data
from academy.core.interop.xml_tree import XmlError, attribute, line_of, read_xml, text_of

NAMES = ("moodle-xml",)

_EMBEDDED = "@@PLUGINFILE@@/"
_USUAL_FEEDBACK = {
    "your answer is correct", "your answer is partially correct", "your answer is incorrect",
    "respuesta correcta", "respuesta parcialmente correcta", "respuesta incorrecta",
    "tu respuesta es correcta", "tu respuesta es parcialmente correcta", "tu respuesta es incorrecta",
}  # fmt: skip
_SKIPPED = {
    "description": "this is a description, no question",
    "cloze": "questions with answers inside the text (cloze) are not supported yet",
    "multianswer": "questions with answers inside the text (cloze) are not supported yet",
    "random": "this draws a random question of a category; it is no question itself",
}


@dataclass(slots=True)
class _Question:
    """A question while it is read."""

    element: Element
    format: str = "html"
    notes: list[str] = field(default_factory=list)
    pictures: Pictures = field(default_factory=Pictures)
    shown: set[str] = field(default_factory=set)
    """Embedded files that stand in the text."""

    def markdown(self, element: Element | None) -> str:
        """The text of an element that holds `<text>`, by its format. Empty where there is none."""
        if element is None:
            return ""
        return to_markdown(_raw(element), attribute(element, "format") or self.format, self.note, self.picture)

    def picture(self, source: str, alt: str) -> str | None:
        """Markdown for an image that comes along; None, with a note, for any other."""
        name = unquote(source).removeprefix(_EMBEDDED).partition("?")[0]
        written = inline_data(source)
        if written is None and source.startswith(_EMBEDDED):
            files = list(self.element.iter("file"))
            named = {f"{attribute(file, 'path').strip('/')}/{attribute(file, 'name')}".lstrip("/"): file for file in files}
            written = (named[name].text or "") if name in named else None
            self.shown.add(name.rpartition("/")[2])
        called = "in the text" if inline_data(source) is not None else name[:80]
        if written is None:
            self.note(f"The image {called} is not in this file; its description stays.")
            return None
        try:
            kept = self.pictures.keep("picture" if called == "in the text" else name, decoded(written), alt)
        except ValueError as reason:
            self.note(f"The image {called} was left out: {reason}; its description stays.")
            return None
        if not alt:
            self.note(f"The image {called} has no description: write one.")
        return kept

    def note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)


def read(data: bytes, name: str) -> ImportResult:
    """The questions of a Moodle XML file. Any bytes give a result: what is not a question bank is skipped as a whole."""
    try:
        root = read_xml(data)
    except XmlError as error:
        return ImportResult(skipped=(Skipped(name, str(error)),))
    if root.tag != "quiz":
        return ImportResult(skipped=(Skipped(name, f"this XML is no Moodle question bank: it begins with <{root.tag[:40]}>, not <quiz>"),))
    names, category, pictures = Names(), "", Pictures()
    questions: list[Imported] = []
    skipped: list[Skipped] = []
    for element in root:
        kind = attribute(element, "type")
        if element.tag == "question" and kind == "category":
            category = _category(element)
            continue
        try:
            found = _read_question(element, kind, pictures)
        except Unusable as reason:
            skipped.append(Skipped(_where(element, name), str(reason)))
        else:
            identifier = names.take(text_of(element.find("idnumber")).strip(), found.title, found.stem)
            questions.append(replace(found, id=identifier, category=category, where=_where(element, name)))
    return ImportResult(tuple(questions), tuple(skipped), pictures.kept)


def _where(element: Element, name: str) -> str:
    title = " ".join(_raw(element.find("name")).split())[:60]
    return f"{name}:{line_of(element)} ({title})" if title else f"{name}:{line_of(element)}"


def _category(element: Element) -> str:
    return bare_category(_raw(element.find("category")))


def _read_question(element: Element, kind: str, pictures: Pictures) -> Imported:
    """A question without its id and place. Raises Unusable."""
    if element.tag != "question":
        raise Unusable(f"<{element.tag[:40]}> is no question")
    if kind in _SKIPPED:
        raise Unusable(_SKIPPED[kind])
    reader = _READERS.get(kind)
    if reader is None:
        raise Unusable(f"Moodle's question type {kind[:40]} is not supported" if kind else "the question has no type")
    text = element.find("questiontext")
    question = _Question(element, attribute(text, "format") or "html", pictures=pictures)
    stem = question.markdown(text)
    if not stem:
        raise Unusable("the question asks nothing")
    read_as = reader(question)
    _note_losses(question)
    tags = _tags(question)
    if "truefalse" in tags and read_as.type == "single" and len(read_as.options) == 2:  # as we write it in other words
        read_as, tags = replace(read_as, type="truefalse"), tuple(tag for tag in tags if tag != "truefalse")
    return replace(
        read_as,
        stem=stem,
        rationale=question.markdown(element.find("generalfeedback")) or None,
        title="" if attribute(element.find("name"), UNTITLED) else _raw(element.find("name")).strip(),
        tags=tags,
        notes=tuple(question.notes),
    )


def _multichoice(question: _Question) -> Imported:
    options = []
    for answer in question.element.findall("answer"):
        option = ImportedOption(question.markdown(answer), _fraction(question, answer), _feedback(question, answer))
        if option.text:
            options.append(option)
        else:
            question.note("An option without text is left out.")
    if text_of(question.element.find("single")).strip().lower() in {"false", "0"}:
        chosen_several(options)
        return Imported("", "multiple", "", tuple(options))
    chosen_one(options)
    return Imported("", "single", "", tuple(options))


def _truefalse(question: _Question) -> Imported:
    """Answers are found by their words; other words than true and false stand for the order true, false, as in old files."""
    found: dict[str, ImportedOption] = {}
    for answer, expected in zip(question.element.findall("answer"), ("true", "false"), strict=False):
        word = _raw(answer).strip().lower()
        if word not in {"true", "false"}:
            question.note("The answers are not called true and false; they are taken in that order.")
            word = expected
        found[word] = ImportedOption(word.capitalize(), _fraction(question, answer), _feedback(question, answer))
    options = [found[word] for word in ("true", "false") if word in found]
    if len(options) != 2:
        raise Unusable("a true/false question needs the two answers true and false")
    chosen_one(options)
    return Imported("", "truefalse", "", tuple(options))


def _shortanswer(question: _Question) -> Imported:
    if text_of(question.element.find("usecase")).strip() not in {"", "0", "false"}:
        question.note("Capital letters mattered; here they do not.")
    options = []
    for answer in question.element.findall("answer"):
        word = " ".join(_unstarred(question, _raw(answer)).split())
        if word:
            options.append(ImportedOption(word, _fraction(question, answer), _feedback(question, answer)))
    any_right(options)
    return Imported("", "text", "", tuple(options))


def _unstarred(question: _Question, text: str) -> str:
    r"""The answer without Moodle's escapes; empty, with a note, where `*` stands for any text. `\*` is an asterisk."""
    bare = text.replace("\\*", "\0").strip()
    if "*" in bare:
        question.note(f"The answer {bare.replace(chr(0), '*')[:60]} is left out: * for any text has no counterpart here.")
        return ""
    return bare.replace("\0", "*")


def _numerical(question: _Question) -> Imported:
    options = []
    for answer in question.element.findall("answer"):
        text, fraction, feedback = _raw(answer).strip(), _fraction(question, answer), _feedback(question, answer)
        if text in {"", "*"}:
            question.note("The answer for any other number is left out.")
            continue
        options.append(ImportedOption(_range(text, text_of(answer.find("tolerance"))), fraction, feedback))
    if question.element.find("units/unit") is not None:
        question.note("Units are left out: the answer is a number alone.")
    any_right(options)
    return Imported("", "number", "", tuple(options))


def _range(text: str, tolerance: str) -> str:
    """`443` or `8400..8500`. Raises Unusable."""
    value, margin = read_figure(text), read_figure(tolerance.strip() or "0")
    if value is None or margin is None:
        raise Unusable(f"the answer {text[:40]} or its tolerance {tolerance.strip()[:40] or 0} is no number")
    with localcontext() as context:
        context.prec = 100
        return figures(value - abs(margin), value + abs(margin))


def _match(question: _Question) -> Imported:
    pairs = []
    for part in question.element.findall("subquestion"):
        answer = part.find("answer")
        right = to_markdown(_raw(answer), attribute(answer, "format") or "plain_text", question.note) if answer is not None else ""
        left = question.markdown(part)
        if right:
            pairs.append((left, right))
        elif left:
            raise Unusable("a part of the matching question has no answer")
    if sum(1 for left, _ in pairs if left) < 2:
        raise Unusable("a matching question needs two pairs or more")
    return Imported("", paired_type(pairs), "", pairs=tuple(pairs))


def _essay(question: _Question) -> Imported:
    """What graders are told becomes the rubric: each item of a list a criterion, else all of it one."""
    told = question.markdown(question.element.find("graderinfo"))
    if question.element.find("responsetemplate") is not None and _raw(question.element.find("responsetemplate")).strip():
        question.note("The text that an answer begins with is left out.")
    return Imported("", "open", "", tuple(ImportedOption(criterion, 0.0) for criterion in criteria(told)))


def _ordering(question: _Question) -> Imported:
    """Steps in their right order, which is that of the file."""
    steps = [ImportedOption(text, 1.0) for answer in question.element.findall("answer") if (text := question.markdown(answer))]
    if len(steps) < 2:
        raise Unusable("it has fewer than two steps to put in order")
    if text_of(question.element.find("selecttype")).strip().upper() not in {"", "0", "ALL"}:
        question.note("Each learner was shown a part of the steps; here all of them are.")
    return Imported("", "order", "", tuple(steps))


_READERS: Mapping[str, Callable[[_Question], Imported]] = MappingProxyType(
    {
        "multichoice": _multichoice,
        "truefalse": _truefalse,
        "shortanswer": _shortanswer,
        "numerical": _numerical,
        "matching": _match,
        "match": _match,
        "essay": _essay,
        "ordering": _ordering,
    }
)


def _fraction(question: _Question, answer: Element) -> float:
    """The answer's share of the points. Raises Unusable where it is no percentage."""
    written = text_of(answer.find("fraction")).strip()  # old files: an element with the share itself
    share = read_percent(attribute(answer, "fraction") or "0")
    if written:
        share = read_percent(f"{written}e2")
    if share is None:
        raise Unusable(f"the share {(written or attribute(answer, 'fraction'))[:40]} of an answer is no percentage")
    listed, altered = nearest(share)
    if altered:
        question.note(f"The share {share * 100:g}% is not in Moodle's list; {listed * 100:g}% is nearest.")
    return listed


def _feedback(question: _Question, answer: Element) -> str | None:
    return question.markdown(answer.find("feedback")) or None


def _raw(element: Element | None) -> str:
    """The written text: that of `<text>`, or, in old files, the element's own."""
    if element is None:
        return ""
    text = element.find("text")
    return text_of(text) if text is not None else (element.text or "")


def _tags(question: _Question) -> tuple[str, ...]:
    """The question's tags, and its points where they are not 1."""
    points = read_figure(text_of(question.element.find("defaultgrade")).strip() or "1")
    worth = ""
    if points is None or points != points.to_integral_value() or not 1 <= points <= 99:
        question.note("The points are not a whole number from 1 to 99; here the question is worth 1.")
    elif points != 1:
        worth = f"{int(points)} pts"
    tags = [tag for tag in (_raw(tag).strip() for tag in question.element.iterfind("tags/tag")) if tag]
    if worth and worth not in tags:
        tags.append(worth)
    return tuple(tags)


def _note_losses(question: _Question) -> None:
    """Say what the file holds beside what is taken over."""
    for file in question.element.iter("file"):
        if attribute(file, "name") in question.shown:
            continue
        question.note(f"The embedded file {attribute(file, 'name')[:80] or 'without a name'} is left out.")
    if question.element.find("image_base64") is not None:
        question.note("The embedded image is left out.")
    if question.element.find("hint") is not None:
        question.note("Hints are left out.")
    if any(_unusual_feedback(question)):
        question.note("The feedback for right, partly right and wrong answers as a whole is left out.")


def _unusual_feedback(question: _Question) -> Iterator[bool]:
    for tag in ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback"):
        said = question.markdown(question.element.find(tag))
        yield bool(said) and said.rstrip(".! ").lower() not in _USUAL_FEEDBACK
