"""Questions turned into a QTI 1.2 package as Canvas imports it.

Text goes out as HTML, with its Markdown in the label beside it: what nobody has edited meanwhile comes back unchanged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from xml.etree.ElementTree import Element, SubElement

from academy.core.content.render import render
from academy.core.interop.archives import write_archive
from academy.core.interop.keys import Unusable, no_pattern, plain_figure, points_of, range_of
from academy.core.interop.model import Export, Imported, Skipped
from academy.core.interop.qti_parts import SHARES
from academy.core.interop.xml_tree import storable, write_xml

_QTI = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"
_META = "http://canvas.instructure.com/xsd/cccv1p0"
_PACKAGE = "http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1"
_ANSWER = "response1"


def write(questions: Sequence[Imported], title: str) -> Export:
    """A zip with one quiz: a manifest, the quiz in QTI 1.2 and what Canvas wants to know of it."""
    quiz_id = _digest(title, *(question.id for question in questions))
    root = Element("questestinterop", {"xmlns": _QTI})
    assessment = SubElement(root, "assessment", {"ident": quiz_id, "title": title})
    section = SubElement(assessment, "section", {"ident": "root_section"})
    skipped: list[Skipped] = []
    points = 0
    for question in questions:
        try:
            section.append(_item(question, quiz_id))
        except Unusable as reason:
            skipped.append(Skipped(question.where or question.id, str(reason)))
            continue
        points += points_of(question)
        if question.type == "open" and question.options:
            skipped.append(Skipped(question.where or question.id, "written, but without its rubric"))
        if question.type in _TYPED and any(option.fraction <= 0 for option in question.options):
            skipped.append(Skipped(question.where or question.id, "written, but without the wrong answers that it foresees"))
    files = {
        "imsmanifest.xml": write_xml(_manifest(quiz_id)),
        f"{quiz_id}/{quiz_id}.xml": write_xml(root),
        f"{quiz_id}/assessment_meta.xml": write_xml(_meta(quiz_id, title, points)),
    }
    return Export(write_archive(files), tuple(skipped))


def _item(question: Imported, quiz_id: str) -> Element:
    """Raises Unusable."""
    found = _WRITERS.get(question.type)
    if found is None:
        raise Unusable(f"QTI 1.2 has no question type for {question.type}")
    kind, write_answers = found
    item = Element("item", {"ident": _digest(quiz_id, question.id), "label": question.id})
    if question.title:
        item.set("title", question.title)
    fields = SubElement(SubElement(item, "itemmetadata"), "qtimetadata")
    _field(fields, "question_type", kind)
    _field(fields, "points_possible", f"{points_of(question)}.0")
    _field(fields, "qmd_topic", question.category)
    _field(fields, "qmd_keywords", "\n".join(question.tags))
    if question.type not in _TYPED and any(option.fraction not in {0, 1} for option in question.options):
        _field(fields, SHARES, " ".join(str(option.fraction) for option in question.options))
    presentation = SubElement(item, "presentation")
    _html(presentation, question.stem)
    processing = SubElement(item, "resprocessing")
    SubElement(SubElement(processing, "outcomes"), "decvar", {"maxvalue": "100", "minvalue": "0", "varname": "SCORE", "vartype": "Decimal"})
    if question.rationale:
        general = SubElement(processing, "respcondition", {"continue": "Yes"})
        SubElement(SubElement(general, "conditionvar"), "other")
        _show(general, "general_fb")
    write_answers(presentation, processing, question)
    if question.rationale:
        _feedback(item, "general_fb", question.rationale)
    for number, option in enumerate(question.options, 1):
        if option.feedback and (question.type not in _TYPED or option.fraction > 0):
            _feedback(item, f"{number}_fb", option.feedback)
    return item


def _choice(presentation: Element, processing: Element, question: Imported) -> None:
    several = question.type == "multiple"
    response = SubElement(presentation, "response_lid", {"ident": _ANSWER, "rcardinality": "Multiple" if several else "Single"})
    choices = SubElement(response, "render_choice")
    for number, option in enumerate(question.options, 1):
        label = SubElement(choices, "response_label", {"ident": str(number)})
        if question.type == "truefalse":
            _plain(label, option.text)
        else:
            _html(label, option.text)
        if option.feedback:
            told = SubElement(processing, "respcondition", {"continue": "Yes"})
            _equal(SubElement(told, "conditionvar"), str(number))
            _show(told, f"{number}_fb")
    condition = _right(processing)
    if several:
        condition = SubElement(condition, "and")
    for number, option in enumerate(question.options, 1):
        if option.fraction > 0 if several else option.fraction >= 1:
            _equal(condition, str(number))
        elif several:
            _equal(SubElement(condition, "not"), str(number))


def _text(presentation: Element, processing: Element, question: Imported) -> None:
    _box(presentation)
    right = [(number, option) for number, option in enumerate(question.options, 1) if option.fraction > 0]
    for number, option in right:
        no_pattern(option)
        if option.feedback:
            told = SubElement(processing, "respcondition", {"continue": "Yes"})
            _equal(SubElement(told, "conditionvar"), option.text)
            _show(told, f"{number}_fb")
    condition = _right(processing)
    for _, option in right:
        _equal(condition, option.text)


def _number(presentation: Element, processing: Element, question: Imported) -> None:
    _box(presentation, fibtype="Decimal")
    for number, option in enumerate(question.options, 1):
        if option.fraction <= 0:
            continue
        low, high = range_of(option)
        condition = _right(processing, f"{number}_fb" if option.feedback else None)
        bounds = condition
        if low == high:
            either = SubElement(condition, "or")
            _equal(either, plain_figure(low))
            bounds = SubElement(either, "and")
        SubElement(bounds, "vargte", {"respident": _ANSWER}).text = plain_figure(low)
        SubElement(bounds, "varlte", {"respident": _ANSWER}).text = plain_figure(high)


def _match(presentation: Element, processing: Element, question: Imported) -> None:
    rights = list(dict.fromkeys(right for _, right in question.pairs))
    lefts = [(left, right) for left, right in question.pairs if left]
    for number, (left, right) in enumerate(lefts, 1):
        response = SubElement(presentation, "response_lid", {"ident": f"response_{number}"})
        _html(response, left)
        choices = SubElement(response, "render_choice")
        for place, text in enumerate(rights, 1):
            _html(SubElement(choices, "response_label", {"ident": f"match_{place}"}), text)
        condition = SubElement(processing, "respcondition")
        _equal(SubElement(condition, "conditionvar"), f"match_{rights.index(right) + 1}", f"response_{number}")
        SubElement(condition, "setvar", {"varname": "SCORE", "action": "Add"}).text = f"{100 / len(lefts):.2f}"


def _essay(presentation: Element, _processing: Element, _question: Imported) -> None:
    _box(presentation)


_Write = Callable[[Element, Element, Imported], None]
_TYPED = {"text", "number"}
_WRITERS: Mapping[str, tuple[str, _Write]] = MappingProxyType(
    {
        "single": ("multiple_choice_question", _choice),
        "multiple": ("multiple_answers_question", _choice),
        "truefalse": ("true_false_question", _choice),
        "text": ("short_answer_question", _text),
        "number": ("numerical_question", _number),
        "match": ("matching_question", _match),
        "categorize": ("matching_question", _match),
        "open": ("essay_question", _essay),
    }
)


def _right(processing: Element, feedback: str | None = None) -> Element:
    """A rule that earns everything; returns the place for its condition."""
    rule = SubElement(processing, "respcondition", {"continue": "No"})
    condition = SubElement(rule, "conditionvar")
    SubElement(rule, "setvar", {"action": "Set", "varname": "SCORE"}).text = "100"
    if feedback:
        _show(rule, feedback)
    return condition


def _equal(condition: Element, value: str, response: str = _ANSWER) -> None:
    SubElement(condition, "varequal", {"respident": response}).text = value


def _show(rule: Element, feedback: str) -> None:
    SubElement(rule, "displayfeedback", {"feedbacktype": "Response", "linkrefid": feedback})


def _box(presentation: Element, **style: str) -> None:
    response = SubElement(presentation, "response_str", {"ident": _ANSWER, "rcardinality": "Single"})
    SubElement(SubElement(response, "render_fib", style), "response_label", {"ident": "answer1"})


def _feedback(item: Element, ident: str, markdown: str) -> None:
    _html(SubElement(SubElement(item, "itemfeedback", {"ident": ident}), "flow_mat"), markdown)


def _html(parent: Element, markdown: str) -> None:
    source = storable(markdown)
    text = SubElement(SubElement(parent, "material"), "mattext", {"texttype": "text/html", "label": source})
    text.text = storable(render(source))


def _plain(parent: Element, text: str) -> None:
    SubElement(SubElement(parent, "material"), "mattext", {"texttype": "text/plain"}).text = text


def _field(fields: Element, label: str, entry: str) -> None:
    found = SubElement(fields, "qtimetadatafield")
    SubElement(found, "fieldlabel").text = label
    SubElement(found, "fieldentry").text = entry


def _manifest(quiz_id: str) -> Element:
    root = Element("manifest", {"identifier": _digest("manifest", quiz_id), "xmlns": _PACKAGE})
    metadata = SubElement(root, "metadata")
    SubElement(metadata, "schema").text = "IMS Content"
    SubElement(metadata, "schemaversion").text = "1.1.3"
    SubElement(root, "organizations")
    resources = SubElement(root, "resources")
    quiz = SubElement(resources, "resource", {"identifier": quiz_id, "type": "imsqti_xmlv1p2"})
    SubElement(quiz, "file", {"href": f"{quiz_id}/{quiz_id}.xml"})
    about = _digest("about", quiz_id)
    SubElement(quiz, "dependency", {"identifierref": about})
    kind = "associatedcontent/imscc_xmlv1p1/learning-application-resource"
    meta = SubElement(resources, "resource", {"identifier": about, "type": kind, "href": f"{quiz_id}/assessment_meta.xml"})
    SubElement(meta, "file", {"href": f"{quiz_id}/assessment_meta.xml"})
    return root


def _meta(quiz_id: str, title: str, points: int) -> Element:
    root = Element("quiz", {"identifier": quiz_id, "xmlns": _META})
    for tag, text in (("title", title), ("description", ""), ("shuffle_answers", "true"), ("scoring_policy", "keep_highest"),
                      ("quiz_type", "assignment"), ("points_possible", f"{points}.0")):  # fmt: skip
        SubElement(root, tag).text = text
    return root


def _digest(*parts: str) -> str:
    """An identifier as Canvas makes them, the same for the same parts."""
    return "g" + hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]
