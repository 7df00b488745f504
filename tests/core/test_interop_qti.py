"""QTI 1.2 as Canvas and Common Cartridge write it: alone, in folders and zips, and the way there and back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from academy.core.interop import cc
from academy.core.interop.archives import read_archive, write_archive
from academy.core.interop.model import Imported, ImportedOption, ImportResult
from academy.core.interop.qti import read, read_folder, write
from tests.core.interop_questions import KINDS, banks

HASH = "g3d7b65d50738a0361d96e87b6f82327d"
FIELD = "<qtimetadatafield><fieldlabel>{}</fieldlabel><fieldentry>{}</fieldentry></qtimetadatafield>"


def quiz(*items: str, title: str = "Ports") -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<questestinterop xmlns="http://www.imsglobal.org/xsd/ims_qtiasiv1p2">'
        f'<assessment ident="q1" title="{title}"><section ident="root_section">{"".join(items)}</section></assessment></questestinterop>'
    ).encode()


def item(kind: str, answers: str, rules: str, feedback: str = "", *, label: str = "question_type") -> str:
    stem = "&lt;b&gt;Which&lt;/b&gt;?"
    meta = FIELD.format(label, kind) if kind else ""
    return (
        f'<item ident="{HASH}" title="Question"><itemmetadata><qtimetadata>{meta}</qtimetadata></itemmetadata>'
        f'<presentation><material><mattext texttype="text/html">&lt;div&gt;{stem}&lt;/div&gt;</mattext></material>{answers}</presentation>'
        '<resprocessing><outcomes><decvar maxvalue="100" minvalue="0" varname="SCORE" vartype="Decimal"/></outcomes>'
        f"{rules}</resprocessing>{feedback}</item>"
    )


def choices(*texts: str, cardinality: str = "Single", idents: str = "123456789") -> str:
    labels = "".join(
        f'<response_label ident="{ident}"><material><mattext texttype="text/plain">{text}</mattext></material></response_label>'
        for ident, text in zip(idents, texts, strict=False)
    )
    return f'<response_lid ident="response1" rcardinality="{cardinality}"><render_choice>{labels}</render_choice></response_lid>'


BOX = '<response_str ident="response1" rcardinality="Single"><render_fib><response_label ident="answer1"/></render_fib></response_str>'


def rule(condition: str, score: str | None = "100", show: str = "", action: str = "Set") -> str:
    earns = f'<setvar action="{action}" varname="SCORE">{score}</setvar>' if score else ""
    shows = f'<displayfeedback feedbacktype="Response" linkrefid="{show}"/>' if show else ""
    return f"<respcondition><conditionvar>{condition}</conditionvar>{earns}{shows}</respcondition>"


def equal(value: str, response: str = "response1") -> str:
    return f'<varequal respident="{response}">{value}</varequal>'


def feedback(ident: str, text: str) -> str:
    return f'<itemfeedback ident="{ident}"><flow_mat><material><mattext>{text}</mattext></material></flow_mat></itemfeedback>'


def only(part: str) -> Imported:
    result = read(quiz(part), "q.xml")
    assert result.skipped == ()
    assert len(result.questions) == 1
    return result.questions[0]


SINGLE = item("multiple_choice_question", choices("80", "443"), rule(equal("2")))


def test_one_right_option_with_feedback() -> None:
    rules = (
        rule("<other/>", None, "general_fb") + rule(equal("1"), None, "1_fb") + rule(equal("2"), "100", "correct_fb")
        + rule("<other/>", None, "general_incorrect_fb")
    )  # fmt: skip
    said = feedback("general_fb", "Because.") + feedback("correct_fb", "Well done.") + feedback("1_fb", "No.")
    found = only(item("multiple_choice_question", choices("80", "443"), rules, said))
    assert found == Imported(
        "which", "single", "**Which**?", (ImportedOption("80", 0.0, "No."), ImportedOption("443", 1.0)), "Because.", category="Ports"
    )
    assert found.notes == ("Feedback that belongs to no single answer is left out.",)
    assert found.where == "q.xml:2 (Question)"


def test_several_right_options_in_one_rule() -> None:
    condition = f"<and>{equal('1')}<not>{equal('2')}</not>{equal('3')}</and>"
    found = only(item("multiple_answers_question", choices("a", "b", "c", cardinality="Multiple"), rule(condition)))
    assert found.type == "multiple"
    assert [option.fraction for option in found.options] == [0.5, 0.0, 0.5]


def test_several_right_options_with_a_rule_each() -> None:
    rules = rule(equal("1"), "25", action="Add") + rule(equal("2"), "25", action="Subtract") + rule(equal("3"), "75", action="Add")
    found = only(item("", choices("a", "b", "c", cardinality="Multiple"), rules))
    assert [option.fraction for option in found.options] == [0.25, -0.25, 0.75]


def test_true_or_false() -> None:
    found = only(item("cc.true_false.v0p1", choices("False", "True"), rule(equal("1")), label="cc_profile"))
    assert (found.type, found.options) == ("truefalse", (ImportedOption("True", 0.0), ImportedOption("False", 1.0)))


def test_typed_words() -> None:
    found = only(item("short_answer_question", BOX, rule(equal("autonomic") + equal("visceral  motor"), "100", "1_fb")))
    assert (found.type, [option.text for option in found.options]) == ("text", ["autonomic", "visceral motor"])


@pytest.mark.parametrize(
    ("condition", "figures"),
    [
        (equal("4.0"), "4"),
        ("<or>" + equal("4.0") + "<and><vargte>4.0</vargte><varlte>4.0</varlte></and></or>", "4"),
        ("<or>" + equal("5.0") + "<and><vargte>4.95</vargte><varlte>5.05</varlte></and></or>", "4.95..5.05"),
        ("<vargte>6.0</vargte><varlte>8.0</varlte>", "6..8"),
        ("<or>" + equal("8.0") + "<and><vargt>7.5</vargt><varlte>8.5</varlte></and></or>", "7.5..8.5"),
    ],
)
def test_figures_and_ranges(condition: str, figures: str) -> None:
    found = only(item("numerical_question", BOX, rule(condition)))
    assert (found.type, [option.text for option in found.options]) == ("number", [figures])


def test_matching_where_idents_repeat_in_every_part() -> None:
    def part(name: str, text: str) -> str:
        offered = choices("22", "443", "80").replace('ident="response1"', f'ident="{name}"')
        return offered.replace("<render_choice>", f"<material><mattext>{text}</mattext></material><render_choice>")

    rules = rule(equal("1", "r_a"), "50.00", action="Add") + rule(equal("2", "r_b"), "50.00", action="Add")
    for kind in ("matching_question", ""):
        found = only(item(kind, part("r_a", "SSH") + part("r_b", "HTTPS"), rules))
        assert (found.type, found.pairs) == ("match", (("SSH", "22"), ("HTTPS", "443"), ("", "80")))


@pytest.mark.parametrize(
    ("kind", "answers", "rules", "why"),
    [
        ("file_upload_question", "", "", "answers that are files are not supported"),
        ("text_only_question", "", "", "this is a text, no question"),
        ("fill_in_multiple_blanks_question", choices("a"), "", "questions with answers inside the text (cloze) are not supported yet"),
        ("calculated_question", BOX, "", "questions with formulas are not supported"),
        ("hot_spot_question", BOX, "", "the question type hot_spot_question is not supported"),
        ("", "", "", "the question has no answers to choose or type"),
        ("multiple_choice_question", "", "", "the question has no answers to choose or type"),
        ("multiple_choice_question", choices("a", "b"), "", "no option is fully right"),
        ("multiple_choice_question", choices("a", "b"), rule(equal("9")), "no option is fully right"),
        ("multiple_choice_question", choices("a"), rule(equal("1")), "it has fewer than two options"),
        ("multiple_choice_question", choices("a", ""), rule(equal("1")), "an option has no text"),
        ("multiple_choice_question", choices("a", "b", "c", idents="112"), rule(equal("1")),
         "two options have the same ident 1, so the right one cannot be told"),
        ("multiple_answers_question", choices("a", "b"), "", "nothing is right"),
        ("multiple_answers_question", choices("a", "b"), rule(equal("9")), "nothing is right"),
        ("true_false_question", choices("a", "b", "c"), rule(equal("1")), "a true/false question needs the two answers true and false"),
        ("short_answer_question", BOX, rule(equal("")), "nothing is right"),
        ("numerical_question", BOX, rule(equal("four")), "a right answer is no number"),
        ("numerical_question", BOX, rule("<vargte>4</vargte>"), "the right figures are not one number or one range"),
        ("numerical_question", BOX, "", "nothing is right"),
        ("matching_question", choices("a", "b"), "", "a part of the matching question has no text or no answer"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_over_is_skipped_with_its_reason(kind: str, answers: str, rules: str, why: str) -> None:
    result = read(quiz(item(kind, answers, rules), SINGLE), "q.xml")
    assert [skipped.reason for skipped in result.skipped] == [why]
    assert len(result.questions) == 1, "the others are taken over"


def test_references_to_banks_are_listed() -> None:
    group = "<section><selection_ordering><sourcebank_ref>b7</sourcebank_ref></selection_ordering></section>"
    result = read(quiz('<itemref linkrefid="x"/>', group), "q")
    assert [skipped.reason.partition(";")[0] for skipped in result.skipped] == [
        "this refers to a question of a question bank", "this draws questions from the bank b7",
    ]  # fmt: skip


def test_idents_repeat_and_ids_do_not() -> None:
    result = read(quiz(SINGLE, SINGLE), "q")
    assert [question.id for question in result.questions] == ["which", "which-2"]


PACKAGE = {
    "imsmanifest.xml": b"<manifest/>",
    "course_settings/course_settings.xml": b"<course/>",
    "gabc/assessment_qti.xml": quiz(SINGLE, title="Cut"),
    "gabc/assessment_meta.xml": b"<quiz/>",
    "non_cc_assessments/gabc.xml.qti": quiz(SINGLE, SINGLE, title="Whole"),
    "gdef/assessment_qti.xml": quiz(SINGLE, title="Alone"),
    "web_resources/a.png": b"\x89PNG",
}


def test_the_complete_quiz_is_read_and_not_its_shortened_copy() -> None:
    result = read_folder(PACKAGE)
    assert [question.category for question in result.questions] == ["Whole", "Whole", "Alone"]
    assert result.skipped == ()
    assert read(write_archive(PACKAGE), "course.imscc") == result
    assert cc.read(write_archive(PACKAGE), "course.imscc") == result


def test_a_malformed_file_does_not_sink_a_package() -> None:
    result = read_folder(PACKAGE | {"non_cc_assessments/gabc.xml.qti": b"<questestinterop>"})
    assert sorted(question.category for question in result.questions) == ["Alone", "Cut"]
    assert [skipped.where for skipped in result.skipped] == ["non_cc_assessments/gabc.xml.qti"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b'<!DOCTYPE questestinterop SYSTEM "ims_qtiasiv1p2.dtd"><questestinterop/>', "the file has a DOCTYPE"),
        (b'<!DOCTYPE q [<!ENTITY x SYSTEM "file:///etc/passwd">]><questestinterop>&x;</questestinterop>', "the file has a DOCTYPE"),
        (b"<a>" * 50_000, "elements are nested more than 200 deep"),
        (b"<quiz/>", "this XML is no QTI 1.2"),
        (b'<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1"/>', "this is QTI 2 or 3"),
        (b"PK\x03\x04 and then nothing", "this is not a zip file, or it is damaged"),
        (write_archive({"../a.xml": b"<a/>"}), "a name in the zip leaves its folder: ../a.xml"),
        (write_archive({"a.xml": bytes(9_000_000)}), "a file in the zip unpacks to more than 100 times its size: a.xml"),
        (b"", "the file is empty"),
    ],
)
def test_a_file_that_is_refused_says_why(data: bytes, why: str) -> None:
    result = read(data, "package")
    assert result.questions == ()
    assert [skipped.where for skipped in result.skipped] == ["package"]
    assert result.skipped[0].reason.startswith(why)


def test_a_package_without_questions_says_so() -> None:
    for files in ({}, {"a.txt": b"x"}, {"imsmanifest.xml": b"<manifest/>", "b.xml": b"<b/>"}):
        assert [skipped.reason for skipped in read_folder(files).skipped] == ["the package holds no QTI file with questions"]


@settings(deadline=None)
@given(banks(typed_wrong=False, kinds=(*KINDS, "open")))
def test_what_is_written_is_read_back(questions: list[Imported]) -> None:
    export = write(questions, "A quiz")
    assert export.skipped == ()
    assert read(export.data, "quiz.zip") == ImportResult(tuple(questions))
    assert write(questions, "A quiz") == export, "the same questions give the same bytes"


def test_an_essay_is_an_open_question() -> None:
    result = read(quiz(item("essay_question", BOX, "")), "q.xml")
    assert [(found.type, found.options) for found in result.questions] == [("open", ())]
    made = write([Imported("a", "open", "Why?", (ImportedOption("Names it", 0.0),), where="q.md:3")], "Q")
    assert [(skipped.where, skipped.reason) for skipped in made.skipped] == [("q.md:3", "written, but without its rubric")]


def test_what_was_edited_elsewhere_is_read_as_it_is_now() -> None:
    options = (ImportedOption("True", 1.0), ImportedOption("False", 0.0))
    files = dict(read_archive(write([Imported("a", "truefalse", "Is *this* so?", options)], "Q").data).files)
    path = next(path for path in files if path.endswith("xml") and b"*this*" in files[path])
    assert read_folder(files).questions[0].stem == "Is *this* so?"
    edited = files | {path: files[path].replace(b"&lt;em&gt;this&lt;/em&gt;", b"&lt;b&gt;that&lt;/b&gt;")}
    assert read_folder(edited).questions[0].stem == "Is **that** so?"


def test_what_canvas_cannot_hold_is_listed() -> None:
    foreseen = (ImportedOption("5", 1.0), ImportedOption("6", 0.0, "One too many."))
    export = write([Imported("a", "lines", "?"), Imported("b", "number", "?", foreseen, where="quiz.en.md:9")], "Q")
    assert [(skipped.where, skipped.reason) for skipped in export.skipped] == [
        ("a", "QTI 1.2 has no question type for lines"), ("quiz.en.md:9", "written, but without the wrong answers that it foresees"),
    ]  # fmt: skip
    assert read(export.data, "q").questions[0].options == foreseen[:1]


PIECES = st.sampled_from([
    SINGLE, "<item>", "</item>", "<presentation>", "</presentation>", choices("a", "b"), BOX, rule(equal("1")), "<resprocessing>",
    "</resprocessing>", "<material><mattext>x</mattext></material>", feedback("1_fb", "y"),
    FIELD.format("question_type", "numerical_question"), "<itemmetadata><qtimetadata>", "</qtimetadata></itemmetadata>",
])  # fmt: skip


@settings(deadline=None)
@given(st.one_of(st.binary(max_size=200), st.lists(PIECES, max_size=12).map(lambda parts: quiz(*parts))))
def test_any_bytes_give_a_result(data: bytes) -> None:
    assert all(skipped.reason for skipped in read(data, "q").skipped)
    assert all(skipped.reason for skipped in read(b"PK\x03\x04" + data, "q").skipped)
    assert all(skipped.reason for skipped in read_folder({"a.xml": data, "non_cc_assessments/b.xml.qti": data}).skipped)


RULES = [rule(equal("1")), rule(equal("2"), "-1e3"), rule("<vargte>1</vargte><varlte>x</varlte>"), rule("", "x")]
ASKED = ["multiple_choice_question", "multiple_answers_question", "true_false_question", "short_answer_question", "numerical_question",
         "matching_question", "essay_question", "odd", ""]  # fmt: skip


@settings(deadline=None)
@given(
    st.sampled_from(ASKED),
    st.lists(st.sampled_from([choices("a", "b"), choices("True", "False", cardinality="Multiple"), BOX, "<response_grp/>"]), max_size=3),
    st.lists(st.sampled_from(RULES), max_size=3),
)
def test_every_item_stands_in_exactly_one_of_both_lists(kind: str, answers: list[str], rules: list[str]) -> None:
    result = read(quiz(item(kind, "".join(answers), "".join(rules))), "q")
    assert len(result.questions) + len(result.skipped) == 1
