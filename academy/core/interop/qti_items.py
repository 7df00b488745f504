"""One `<item>` of QTI 1.2, as Canvas and others write it, turned into a question."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import MappingProxyType
from xml.etree.ElementTree import Element

from academy.core.interop.keys import Unusable, any_right, chosen_one, chosen_several, figures, read_figure, read_shares
from academy.core.interop.model import Imported, ImportedOption, paired_type
from academy.core.interop.qti_parts import RESPONSES, SHARES, Condition, conditions_of, feedback_of, fields_of, material_of, stem_of
from academy.core.interop.xml_tree import attribute, text_of

_PROFILES = {
    "cc.multiple_choice.v0p1": "multiple_choice_question",
    "cc.multiple_response.v0p1": "multiple_answers_question",
    "cc.true_false.v0p1": "true_false_question",
    "cc.fib.v0p1": "short_answer_question",
    "cc.pattern_match.v0p1": "short_answer_question",
    "cc.essay.v0p1": "essay_question",
}
_SKIPPED = {
    "file_upload_question": "answers that are files are not supported",
    "text_only_question": "this is a text, no question",
    "fill_in_multiple_blanks_question": "questions with answers inside the text (cloze) are not supported yet",
    "multiple_dropdowns_question": "questions with answers inside the text (cloze) are not supported yet",
    "missing_word_question": "questions with answers inside the text (cloze) are not supported yet",
    "calculated_question": "questions with formulas are not supported",
}
_MACHINE_ID = re.compile(r"[0-9a-f]{8}|^\w?\d+$|^QUE_")
_USUAL_TITLE = re.compile(r"(?:question|pregunta|item|quiz question)?\W*\d*", re.IGNORECASE)
_LOWER, _UPPER = ("vargte", "vargt"), ("varlte", "varlt")


@dataclass(slots=True)
class _Item:
    """An item while it is read."""

    element: Element
    responses: list[Element]
    conditions: list[Condition]
    feedback: dict[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    def note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)

    def said(self, condition: Condition, *others: str) -> str | None:
        """The feedback that a rule shows, or that is named after the answer."""
        for name in (*condition.feedback, *others):
            if name in self.feedback and name not in _GENERAL:
                self.used.add(name)
                return self.feedback[name]
        return None


_WORDS = {"true": "True", "false": "False"}
_GENERAL = {"general_fb", "correct_fb", "general_incorrect_fb"}


def identifiers(element: Element) -> tuple[str, ...]:
    """What the item may be called, best first: words that people chose rather than numbers that a system gave."""
    label, ident, title = (attribute(element, name) for name in ("label", "ident", "title"))
    human = "" if _MACHINE_ID.search(ident) else ident
    return label, human, "" if _USUAL_TITLE.fullmatch(title) else title


def read_item(element: Element) -> Imported:
    """A question without its id and place. Raises Unusable."""
    about = fields_of(element)
    responses = [found for found in element.iterfind("presentation//*") if found.tag in RESPONSES]
    kind = about.get("question_type") or _PROFILES.get(about.get("cc_profile", "")) or _kind_by_shape(responses)
    if kind in _SKIPPED:
        raise Unusable(_SKIPPED[kind])
    if kind not in _READERS:
        raise Unusable(f"the question type {kind[:40]} is not supported" if kind else "the question has no answers to choose or type")
    if not responses:
        raise Unusable("the question has no answers to choose or type")
    item = _Item(element, responses, conditions_of(element))
    item.feedback = feedback_of(element, item.note)
    stem = stem_of(element.find("presentation"), item.note)
    if not stem:
        raise Unusable("the question asks nothing")
    found = _READERS[kind](item)
    rationale = item.feedback.get("general_fb")
    _note_losses(item)
    title = attribute(element, "title")
    return replace(
        found,
        stem=stem,
        rationale=rationale,
        title="" if _USUAL_TITLE.fullmatch(title) and not attribute(element, "label") else title,
        tags=_tags(item, about),
        notes=tuple(item.notes),
    )


def _kind_by_shape(responses: list[Element]) -> str:
    """The type of an item that does not say it."""
    if len(responses) > 1 and all(response.tag == "response_lid" for response in responses):
        return "matching_question"
    if len(responses) != 1:
        return ""
    if responses[0].tag == "response_lid":
        several = attribute(responses[0], "rcardinality").lower() == "multiple"
        return "multiple_answers_question" if several else "multiple_choice_question"
    if responses[0].tag not in {"response_str", "response_num"}:
        return ""
    fib = responses[0].find("render_fib")
    if fib is None or (attribute(fib, "rows").isdigit() and int(attribute(fib, "rows")[:6]) > 1):
        return "essay_question"
    numeric = responses[0].tag == "response_num" or attribute(fib, "fibtype").lower() in {"decimal", "integer", "scientific"}
    return "numerical_question" if numeric else "short_answer_question"


def _options(item: _Item) -> tuple[list[str], list[str]]:
    """Ids and texts of what can be chosen."""
    labels = list(item.responses[0].iter("response_label"))
    idents, texts = [attribute(label, "ident") for label in labels], [material_of(label, item.note) for label in labels]
    right = {value for condition in item.conditions if (condition.score or 0) > 0 for _, value in condition.asked}
    for ident in right:
        if idents.count(ident) > 1:
            raise Unusable(f"two options have the same ident {ident[:40]}, so the right one cannot be told")
    if not all(texts):
        raise Unusable("an option has no text")
    return idents, texts


def _earning(item: _Item, idents: list[str], texts: list[str], earned: Mapping[str, float]) -> list[ImportedOption]:
    """The options with what they earn by the rules, or by our own record of shares where that agrees with the rules."""
    by_rule = [earned.get(ident, 0.0) for ident in idents]
    recorded = read_shares(fields_of(item.element).get(SHARES, ""))
    if [share > 0 for share in recorded] == [share > 0 for share in by_rule]:
        by_rule = recorded
    return [ImportedOption(text, share, _option_feedback(item, ident)) for ident, text, share in zip(idents, texts, by_rule, strict=True)]


def _single(item: _Item) -> Imported:
    idents, texts = _options(item)
    best = max((condition.score or Decimal(0) for condition in item.conditions), default=Decimal(0))
    earned: dict[str, float] = {}
    for condition in item.conditions:
        if condition.score is not None and best > 0:
            for _, value in condition.asked:
                earned.setdefault(value, max(-1.0, float(condition.score / best)))
    options = _earning(item, idents, texts, earned)
    chosen_one(options)
    return Imported("", "single", "", tuple(options))


def _truefalse(item: _Item) -> Imported:
    found = _single(item)
    if len(found.options) != 2:
        raise Unusable("a true/false question needs the two answers true and false")
    options = tuple(replace(option, text=_WORDS.get(option.text, option.text)) for option in found.options)
    if [option.text for option in options] == ["False", "True"]:
        options = options[::-1]
    return replace(found, type="truefalse", options=options)


def _multiple(item: _Item) -> Imported:
    """Canvas asks for all right options in one rule; others give each option a rule that adds its share."""
    idents, texts = _options(item)
    earning = [condition for condition in item.conditions if condition.score is not None and condition.asked]
    positive = [condition for condition in earning if (condition.score or 0) > 0]
    earned: dict[str, float] = {}
    if len(positive) > 1 and all(len(condition.asked) == 1 for condition in positive):
        total = sum(condition.score or Decimal(0) for condition in positive)
        for condition in earning:
            share = float((condition.score or Decimal(0)) / total)
            for _, value in condition.asked:
                earned[value] = max(-1.0, share)
    elif positive:
        right = {value for _, value in max(positive, key=lambda condition: condition.score or Decimal(0)).asked} & set(idents)
        earned = {value: 1 / len(right) for value in right}
        if len(positive) > 1:
            item.note("Points for only some of the right options follow our own rule.")
    options = _earning(item, idents, texts, earned)
    chosen_several(options)
    return Imported("", "multiple", "", tuple(options))


def _text(item: _Item) -> Imported:
    if len(item.responses) > 1:
        raise Unusable(_SKIPPED["missing_word_question"])
    options: dict[str, ImportedOption] = {}
    for condition in item.conditions:
        if (condition.score or 0) <= 0:
            continue
        if any(condition.element.iter("varsubstring")) or any(condition.element.iter("varsubset")):
            item.note("Answers within a longer text are left out: here an answer is compared as a whole.")
        for _, value in condition.asked:
            if value and value not in options:
                options[value] = ImportedOption(value, 1.0, _option_feedback(item, value))
    any_right(tuple(options.values()))
    return Imported("", "text", "", tuple(options.values()))


def _number(item: _Item) -> Imported:
    if len(item.responses) > 1:
        raise Unusable("a question with several figures is not supported")
    options = []
    for condition in item.conditions:
        if (condition.score or 0) > 0:
            low, high = _bounds(item, condition.element)
            options.append(ImportedOption(figures(low, high), 1.0, item.said(condition)))
    any_right(options)
    return Imported("", "number", "", tuple(options))


def _bounds(item: _Item, condition: Element) -> tuple[Decimal, Decimal]:
    """The lowest and highest right figure of a rule. Raises Unusable."""
    lows, highs, exact = ([found for tag in tags for found in condition.iter(tag)] for tags in (_LOWER, _UPPER, ("varequal",)))
    read = {found: read_figure(text_of(found)) for found in (*lows, *highs, *exact)}
    if len(lows) == len(highs) == 1:
        if lows[0].tag == "vargt" or highs[0].tag == "varlt":
            item.note("The ends of a range did not count as right; here they do.")
        low, high = read[lows[0]], read[highs[0]]
    elif len(exact) == 1 and not lows and not highs:
        low = high = read[exact[0]]
    else:
        raise Unusable("the right figures are not one number or one range")
    if low is None or high is None or low > high:
        raise Unusable("a right answer is no number")
    return low, high


def _match(item: _Item) -> Imported:
    """Each left side is a response of its own, with the same right sides to choose from."""
    key = {response: value for condition in item.conditions if (condition.score or 0) > 0 for response, value in condition.asked}
    pairs: list[tuple[str, str]] = []
    offered: list[str] = []
    for response in item.responses:
        choices = {attribute(label, "ident"): material_of(label, item.note) for label in response.iter("response_label")}
        left, right = material_of(response, item.note), choices.get(key.get(attribute(response, "ident"), ""))
        if not left or not right:
            raise Unusable("a part of the matching question has no text or no answer")
        pairs.append((left, right))
        offered += [text for text in choices.values() if text and text not in offered]
    if len(pairs) < 2:
        raise Unusable("a matching question needs two pairs or more")
    fitting = {right for _, right in pairs}
    return Imported("", paired_type(pairs), "", pairs=(*pairs, *(("", text) for text in offered if text not in fitting)))


def _essay(_item: _Item) -> Imported:
    """Canvas keeps rubrics elsewhere, so there is none here."""
    return Imported("", "open", "")


_READERS: Mapping[str, Callable[[_Item], Imported]] = MappingProxyType(
    {
        "multiple_choice_question": _single,
        "true_false_question": _truefalse,
        "multiple_answers_question": _multiple,
        "short_answer_question": _text,
        "numerical_question": _number,
        "matching_question": _match,
        "essay_question": _essay,
    }
)


def _option_feedback(item: _Item, value: str) -> str | None:
    """Feedback that a rule shows for this answer alone, or that bears the answer's name."""
    for condition in item.conditions:
        if [asked for _, asked in condition.asked] == [value] and (said := item.said(condition)):
            return said
    named = f"{value}_fb"
    if named in item.feedback and named not in item.used:
        item.used.add(named)
        return item.feedback[named]
    return None


def _tags(item: _Item, about: Mapping[str, str]) -> tuple[str, ...]:
    """The item's key words, and its points where they are not 1."""
    points = read_figure(about.get("points_possible", "1") or "1")
    worth = ""
    if points is None or points != points.to_integral_value() or not 1 <= points <= 99:
        item.note("The points are not a whole number from 1 to 99; here the question is worth 1.")
    elif points != 1:
        worth = f"{int(points)} pts"
    tags = [tag for tag in about.get("qmd_keywords", "").split("\n") if tag.strip()]
    if worth and worth not in tags:
        tags.append(worth)
    return tuple(tags)


def _note_losses(item: _Item) -> None:
    """Say what the item holds beside what is taken over."""
    if set(item.feedback) - item.used - {"general_fb"}:
        item.note("Feedback that belongs to no single answer is left out.")
    if any(item.element.iter("hint")) or any(item.element.iter("solution")):
        item.note("Hints and solutions are left out.")
    if any(found.tag in {"matimage", "mataudio", "matvideo", "matapplet", "matapplication"} for found in item.element.iter()):
        item.note("Embedded pictures and media are left out.")
