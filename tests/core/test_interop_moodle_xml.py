"""Moodle XML: what is taken over, what is noted, what is skipped, and the way there and back."""

from __future__ import annotations

import base64
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from academy.core.interop.fractions import nearest
from academy.core.interop.model import Imported, ImportedOption, ImportResult
from academy.core.interop.moodle_xml import read, write
from tests.core.interop_questions import KINDS, banks


def bank(*questions: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n{"".join(questions)}\n</quiz>'.encode()


def question(kind: str, inside: str, stem: str = "<p>Which <b>port</b>?</p>") -> str:
    return (
        f'<question type="{kind}"><name><text>Port</text></name>'
        f'<questiontext format="html"><text><![CDATA[{stem}]]></text></questiontext>{inside}</question>'
    )


def answer(fraction: str, text: str, feedback: str = "", more: str = "") -> str:
    return f'<answer fraction="{fraction}"><text>{text}</text><feedback><text>{feedback}</text></feedback>{more}</answer>'


def only(*parts: str) -> Imported:
    result = read(bank(*parts), "bank.xml")
    assert result.skipped == ()
    assert len(result.questions) == 1
    return result.questions[0]


def reason(*parts: str) -> str:
    result = read(bank(*parts), "bank.xml")
    assert result.questions == ()
    assert len(result.skipped) == 1
    return result.skipped[0].reason


TWO = answer("100", "443", "&lt;i&gt;Yes&lt;/i&gt;") + answer("0", "80")


def test_one_right_option() -> None:
    found = only(question("multichoice", f"<single>true</single>{TWO}<generalfeedback><text>Because.</text></generalfeedback>"))
    assert found == Imported(
        "port", "single", "Which **port**?", (ImportedOption("443", 1.0, "*Yes*"), ImportedOption("80", 0.0)), "Because.", title="Port"
    )
    assert found.where == "bank.xml:3 (Port)"
    assert found.notes == ()


def test_several_right_options() -> None:
    shares = [("33.333", "a"), ("33.33333", "b"), ("33.3", "c"), ("-100", "d")]
    found = only(question("multichoice", "<single>false</single>" + "".join(answer(*share) for share in shares)))
    assert found.type == "multiple"
    assert [option.fraction for option in found.options] == [1 / 3, 1 / 3, 1 / 3, -1.0]
    assert found.notes == ("The share 33.3% is not in Moodle's list; 33.3333% is nearest.",)


@pytest.mark.parametrize(
    ("written", "listed", "altered"),
    [(0.33333, 1 / 3, False), (0.6667, 2 / 3, False), (0.33, 1 / 3, True), (0.99, 1.0, True), (-0.17, -1 / 6, True),
     (1.0, 1.0, False), (0.0, 0.0, False), (0.125, 0.125, False)],
)  # fmt: skip
def test_shares_are_those_of_moodles_list(written: float, listed: float, altered: bool) -> None:
    assert nearest(written) == (listed, altered)


def test_true_and_false_are_found_by_their_words() -> None:
    found = only(question("truefalse", answer("0", "false", "No.") + answer("100", "true", "Yes.")))
    assert (found.type, found.options) == ("truefalse", (ImportedOption("True", 1.0, "Yes."), ImportedOption("False", 0.0, "No.")))


def test_old_files_with_translated_words_are_read_in_order() -> None:
    found = only(question("truefalse", answer("0", "Verdadero") + answer("100", "Falso")))
    assert [option.fraction for option in found.options] == [0.0, 1.0]
    assert found.notes == ("The answers are not called true and false; they are taken in that order.",)


def test_short_answers() -> None:
    inside = "<usecase>1</usecase>" + answer("100", "SSH") + answer("50", "s\\*h") + answer("0", "*") + answer("100", "/etc/")
    found = only(question("shortanswer", inside))
    assert found.type == "text"
    assert [(option.text, option.fraction) for option in found.options] == [("SSH", 1.0), ("s*h", 0.5), ("/etc/", 1.0)]
    assert found.notes == (
        "Capital letters mattered; here they do not.",
        "The answer * is left out: * for any text has no counterpart here.",
    )


@pytest.mark.parametrize(
    ("text", "tolerance", "figures"),
    [("443", "0", "443"), ("443.0000000", "", "443"), ("10", "0.5", "9.5..10.5"), ("-1.5", "0.25", "-1.75..-1.25"),
     ("1e3", "1", "999..1001"), ("3,5", "0", "3.5"), ("0.1", "0.2", "-0.1..0.3"), ("5", "-1", "4..6")],
)  # fmt: skip
def test_numbers_with_their_tolerance(text: str, tolerance: str, figures: str) -> None:
    found = only(question("numerical", answer("100", text, more=f"<tolerance>{tolerance}</tolerance>")))
    assert (found.type, found.options) == ("number", (ImportedOption(figures, 1.0),))


def test_matching_with_a_right_side_that_fits_nothing() -> None:
    part = '<subquestion format="html"><text>{}</text><answer><text>{}</text></answer></subquestion>'
    found = only(question("matching", part.format("SSH", "22") + part.format("HTTPS", "443") + part.format("", "*80*")))
    assert (found.type, found.pairs) == ("match", (("SSH", "22"), ("HTTPS", "443"), ("", "\\*80\\*")))


def test_categories_tags_points_and_ids() -> None:
    category = '<question type="category"><category><text>$course$/top/Networks</text></category></question>'
    more = "<defaultgrade>2.0000000</defaultgrade><idnumber>NET-7</idnumber><tags><tag><text>easy</text></tag></tags>"
    found = only(category, question("multichoice", TWO + more))
    assert (found.category, found.tags, found.id, found.title) == ("Networks", ("easy", "2 pts"), "net-7", "Port")


def test_what_is_left_out_is_noted() -> None:
    inside = (
        TWO + "<hint><text>Think.</text></hint><correctfeedback><text>Your answer is correct.</text></correctfeedback>"
        "<incorrectfeedback><text>Read chapter 2.</text></incorrectfeedback><defaultgrade>0.5</defaultgrade>"
    )
    stem = '<p>See <img src="@@PLUGINFILE@@/net.png" alt="a network"></p>'
    file = '<questiontext format="html"><text>x</text><file name="net.png" path="/" encoding="base64">aGk=</file></questiontext>'
    found = only(question("multichoice", inside, stem).replace("</questiontext>", file.partition("</text>")[2], 1))
    assert "a network" in found.stem
    assert found.notes == (
        "The image net.png was left out: it is no PNG, JPEG or WebP picture; its description stays.",
        "Hints are left out.",
        "The feedback for right, partly right and wrong answers as a whole is left out.",
        "The points are not a whole number from 1 to 99; here the question is worth 1.",
    )


PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"x" * 30).decode()


def embedded(name: str, content: str, stem: str, more: str = "") -> ImportResult:
    file = f'<file name="{name}" path="/" encoding="base64">{content}</file>'
    return read(bank(question("multichoice", TWO + more, stem).replace("</questiontext>", f"{file}</questiontext>", 1)), "b.xml")


def test_embedded_pictures_come_along() -> None:
    found = embedded("net work.png", PNG, '<p>See</p><p><img src="@@PLUGINFILE@@/net%20work.png" alt="a [net]work"></p>')
    (name,) = found.pictures
    assert re.fullmatch(r"img/net-work-[0-9a-f]{8}\.png", name)
    assert found.questions[0].stem == f"See\n\n![a (net)work]({name})"
    assert found.questions[0].notes == ()
    assert found.pictures[name].startswith(b"\x89PNG")


def test_pictures_written_into_the_text_come_along() -> None:
    found = embedded("x.png", PNG, f'<p>See <img src="data:image/png;base64,{PNG}"></p>')
    assert len(found.pictures) == 1
    assert found.questions[0].notes == ("The image in the text has no description: write one.", "The embedded file x.png is left out.")


@pytest.mark.parametrize(
    ("name", "content", "source", "why"),
    [
        ("x.svg", base64.b64encode(b"<svg onload='x()'/>").decode(), "@@PLUGINFILE@@/x.svg", "it is no PNG, JPEG or WebP picture"),
        ("x.png", base64.b64encode(b"<html>").decode(), "@@PLUGINFILE@@/x.png", "it is no PNG, JPEG or WebP picture"),
        ("x.png", "%%%", "@@PLUGINFILE@@/x.png", "its Base64 is damaged"),
        ("y.png", PNG, "@@PLUGINFILE@@/x.png", "The image x.png is not in this file"),
        ("x.png", PNG, "https://example.org/x.png", "is not in this file"),
        ("x.png", PNG, "../../x.png", "is not in this file"),
        ("x.png", base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"x" * 1_000_001).decode(), "@@PLUGINFILE@@/x.png", "larger than 1 MB"),
    ],
)
def test_what_is_no_safe_picture_is_left_out_with_its_reason(name: str, content: str, source: str, why: str) -> None:
    found = embedded(name, content, f'<p>See <img src="{source}" alt="the net"></p>')
    assert found.pictures == {}
    assert found.questions[0].stem == "See [the net]"
    assert any(why in note for note in found.questions[0].notes)


@pytest.mark.parametrize("name", ["../../etc/x.png", "/x.png", "a\\b.png", "ñandú.PNG", ".png", "x" * 300 + ".png"])
def test_names_of_pictures_are_ours(name: str) -> None:
    found = embedded(name, PNG, f'<p>See <img src="@@PLUGINFILE@@/{name}" alt="x"></p>')
    assert all(re.fullmatch(r"img/[a-z0-9-]{1,60}\.png", kept) for kept in found.pictures)


def test_an_essay_brings_its_rubric() -> None:
    told = "<graderinfo format='html'><text>&lt;ul&gt;&lt;li&gt;Names it&lt;/li&gt;&lt;li&gt;Says why&lt;/li&gt;&lt;/ul&gt;</text></graderinfo>"
    found = only(question("essay", told))
    assert (found.type, [option.text for option in found.options]) == ("open", ["Names it", "Says why"])
    assert only(question("essay", told.replace("&lt;li&gt;", " ").replace("&lt;ul&gt;", ""))).options[0].text == "Names it Says why"
    assert only(question("essay", "")).options == ()


def test_steps_keep_their_order() -> None:
    steps = "".join(
        f'<answer fraction="{number}.0000000"><text>{text}</text></answer>' for number, text in enumerate(["one", "two", "three"], 1)
    )
    found = only(question("ordering", "<selecttype>ALL</selecttype>" + steps))
    assert (found.type, [option.text for option in found.options]) == ("order", ["one", "two", "three"])


def test_scripts_do_not_survive() -> None:
    stem = '<p onclick="x()">Hi <script>alert(1)</script><a href="javascript:alert(1)">there</a></p>'
    for text in (stem, stem.replace("<p", "<div")):
        found = only(question("multichoice", TWO, text))
        assert "script" not in found.stem
        assert "Active or embedded parts of its HTML were left out." in found.notes
    written = question("multichoice", TWO, "Hi <script>alert(1)</script>").replace('format="html"', 'format="markdown"')
    assert "<script" not in only(written).stem


@pytest.mark.parametrize(
    ("kind", "inside", "why"),
    [
        ("description", "", "this is a description, no question"),
        ("cloze", "", "questions with answers inside the text (cloze) are not supported yet"),
        ("multianswer", "", "questions with answers inside the text (cloze) are not supported yet"),
        ("random", "", "this draws a random question of a category; it is no question itself"),
        ("ddwtos", "", "Moodle's question type ddwtos is not supported"),
        ("", "", "the question has no type"),
        ("multichoice", "", "it has fewer than two options"),
        ("multichoice", answer("0", "a") + answer("0", "b"), "no option is fully right"),
        ("multichoice", answer("much", "a") + answer("0", "b"), "the share much of an answer is no percentage"),
        ("multichoice", answer("1000", "a") + answer("0", "b"), "the share 1000 of an answer is no percentage"),
        ("multichoice", "<single>0</single>" + answer("-50", "a") + answer("0", "b"), "nothing is right"),
        ("truefalse", answer("100", "true"), "a true/false question needs the two answers true and false"),
        ("shortanswer", answer("0", "a"), "nothing is right"),
        ("numerical", answer("100", "many"), "the answer many or its tolerance 0 is no number"),
        ("numerical", answer("100", "1e999"), "the answer 1e999 or its tolerance 0 is no number"),
        ("numerical", answer("100", "*"), "nothing is right"),
        ("matching", "<subquestion><text>a</text></subquestion>", "a part of the matching question has no answer"),
        ("matching", "", "a matching question needs two pairs or more"),
    ],
)
def test_what_cannot_be_taken_over_is_skipped_with_its_reason(kind: str, inside: str, why: str) -> None:
    assert reason(question(kind, inside)) == why


def test_a_question_that_asks_nothing_is_skipped() -> None:
    assert reason(question("multichoice", TWO, " ")) == "the question asks nothing"


def test_a_broken_question_leaves_the_others_alone() -> None:
    result = read(bank(question("multichoice", TWO), question("cloze", ""), "<note/>\n", question("multichoice", TWO)), "b.xml")
    assert [found.id for found in result.questions] == ["port", "port-2"]
    assert [skipped.where for skipped in result.skipped] == ["b.xml:3 (Port)", "b.xml:3"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"<!DOCTYPE quiz><quiz/>", "the file has a DOCTYPE, which is refused"),
        (b'<!DOCTYPE quiz [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><quiz>&b;</quiz>', "the file has a DOCTYPE"),
        (b'<!DOCTYPE quiz [<!ENTITY x SYSTEM "file:///etc/passwd">]><quiz>&x;</quiz>', "the file has a DOCTYPE"),
        (b'<!DOCTYPE quiz SYSTEM "http://example.org/x.dtd"><quiz/>', "the file has a DOCTYPE"),
        (b"<a>" * 100_000 + b"</a>" * 100_000, "elements are nested more than 200 deep"),
        (b"<quiz><question>", "this is not well-formed XML: line 1, column 17"),
        (b"<quiz>&nbsp;</quiz>", "this is not well-formed XML: line 1, column 7: undefined entity"),
        (b"", "the file is empty"),
        (b"::a:: b {=c}", "this is not well-formed XML: line 1"),
        (b"<html/>", "this XML is no Moodle question bank: it begins with <html>, not <quiz>"),
        (b'<?xml version="1.0" encoding="idna"?><quiz/>', "the file says that it has an encoding which is not read here"),
    ],
)
def test_a_file_that_is_refused_says_why(data: bytes, why: str) -> None:
    result = read(data, "bank.xml")
    assert result.questions == ()
    assert [skipped.where for skipped in result.skipped] == ["bank.xml"]
    assert result.skipped[0].reason.startswith(why)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1252", "utf-16"])
def test_encodings(encoding: str) -> None:
    text = bank(question("multichoice", TWO, "¿Cuál?")).decode().replace(' encoding="UTF-8"', "")
    assert read(text.encode(encoding), "b").questions[0].stem == "¿Cuál?"


@settings(deadline=None)
@given(banks(kinds=(*KINDS, "open", "order")))
def test_what_is_written_is_read_back(questions: list[Imported]) -> None:
    export = write(questions, "Any title")
    assert export.skipped == ()
    assert read(export.data, "bank.xml") == ImportResult(tuple(questions))


@pytest.mark.parametrize(
    ("kind", "option", "why"),
    [
        ("lines", ImportedOption("x", 1.0), "Moodle XML has no question type for lines"),
        ("text", ImportedOption("/colou?r/", 1.0), "the pattern /colou?r/ has no counterpart there"),
        ("number", ImportedOption("many", 1.0), "the answer many is no number"),
        ("multiple", ImportedOption("x", 1 / 11), "an option earns a share of the points that Moodle does not know"),
    ],
)
def test_what_moodle_cannot_hold_is_listed(kind: str, option: ImportedOption, why: str) -> None:
    export = write([Imported("a", kind, "?", (option,), where="quiz.es.md:4")], "")
    assert [(skipped.where, skipped.reason) for skipped in export.skipped] == [("quiz.es.md:4", why)]
    assert read(export.data, "b") == ImportResult()


def test_characters_that_xml_cannot_hold_are_replaced() -> None:
    options = (ImportedOption("True", 1.0), ImportedOption("False", 0.0))
    export = write([Imported("a", "truefalse", "a\x00b\x1b\ud800", options)], "")
    assert read(export.data, "b").questions[0].stem == "a\ufffdb\ufffd\ufffd"


PIECES = st.sampled_from([
    "<question>", "</question>", '<question type="multichoice">', '<question type="numerical">', '<question type="truefalse">', "<text>",
    "</text>", "<answer fraction='100'>", "</answer>", "<questiontext>", "</questiontext>", "<![CDATA[<p>", "]]>", "1", "true", "&amp;",
    "<single>", "</single>", "<subquestion>", "</subquestion>",
])  # fmt: skip


@settings(deadline=None)
@given(st.one_of(st.binary(max_size=200), st.lists(PIECES | st.text(max_size=5), max_size=30).map(lambda parts: bank("".join(parts)))))
@example(b"\xff\xfe<")
@example(b'<?xml version="1.0" encoding="utf-7"?><quiz/>')
def test_any_bytes_give_a_result(data: bytes) -> None:
    result = read(data, "b")
    assert all(skipped.reason for skipped in result.skipped)


@settings(deadline=None)
@given(st.sampled_from(["multichoice", "truefalse", "shortanswer", "numerical", "matching", "essay"]), st.lists(st.tuples(
    st.sampled_from(["100", "0", "50", "-33.3", "x", "nan", "1e9", ""]), st.sampled_from(["true", "5", "", "*", "1e25", "/a/", "∞", "-"])
), max_size=4))  # fmt: skip
def test_every_question_stands_in_exactly_one_of_both_lists(kind: str, answers: list[tuple[str, str]]) -> None:
    parts = "".join(answer(fraction, text, more="<tolerance>1</tolerance>") for fraction, text in answers)
    result = read(bank(question(kind, parts)), "b")
    assert len(result.questions) + len(result.skipped) == 1
