"""The educator's pages on questions: what learners' answers say about each, as a list, one by one, and as a file."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from academy.core.measurement.ctt import FEWEST_SHARE
from academy.services import question_files, question_report
from academy.services.question_report import Cohort, ItemReport
from academy.services.question_table import DO_NOT_KNOW
from academy.web.auth import role_required
from academy.web.rendering import day, name_of
from academy.web.requests import current_site

bp = Blueprint("questions", __name__)
PREFIX = "/author"


@bp.get("/items")
@role_required("educator")
def show_items() -> ResponseReturnValue:
    """A course's questions with what to look at."""
    courses = current_site().courses.current.courses
    course_id = request.args.get("course") or next(iter(courses), "")
    if not courses:
        return render_template("questions/items_empty.html")
    if course_id not in courses:
        abort(404)
    report = question_report.read(current_site(), course_id, _cohort_or_400())
    return render_template(
        "questions/items.html",
        report=report,
        titles={module.id: module.title for module in report.course.modules},
        course_choices=[(course.id, name_of(course.title)) for course in courses.values()],
        state_choices=[(state.iso, state.name) for state in current_site().framework.states.values()],
        states=current_site().framework.states,
        words={one.item.id: list(flag_words(one)) for part in report.sets for one in part.items},
        csv=url_for("questions.show_items_csv", course=course_id, group=request.args.get("group"), focal=request.args.get("focal")),
    )


@bp.get("/items.csv")
@role_required("educator")
def show_items_csv() -> ResponseReturnValue:
    """The page's numbers, all digits, one line a question and language."""
    courses = current_site().courses.current.courses
    course_id = request.args.get("course", "")
    if course_id and course_id not in courses:
        abort(404)
    cohort = _cohort_or_400()
    reports = [question_report.read(current_site(), each, cohort) for each in ([course_id] if course_id else courses)]
    return Response(
        question_files.as_csv(reports),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="items-{course_id or "all"}.csv"'},
    )


@bp.get("/items/<course_id>/<item_id>")
@role_required("educator")
def show_item(course_id: str, item_id: str) -> ResponseReturnValue:
    """Everything about one question: options, languages, comparisons, older keys."""
    if course_id not in current_site().courses.current.courses:
        abort(404)
    report = question_report.read(current_site(), course_id, _cohort_or_400())
    found = report.item(item_id)
    if found is None:
        abort(404)
    part, one = found
    texts = {option.id: option.text for option in one.item.options}
    return render_template(
        "questions/item.html",
        report=report,
        part=part,
        one=one,
        words=list(flag_words(one)),
        texts=texts,
        do_not_know=DO_NOT_KNOW,
        states=current_site().framework.states,
    )


def flag_words(one: ItemReport) -> Iterator[str]:
    """What to look at, each with its reason, in the reader's language."""
    unchosen = ", ".join(_wrong(one, least=0.0, below=0.0))
    rare = ", ".join(_wrong(one, least=1e-9, below=FEWEST_SHARE))
    since = day(one.leak.since) if one.leak and one.leak.since else ""
    said = {
        "check-key": _("Check the key: people who know more do not get it right more often, or prefer another option."),
        "dubious": _("It hardly tells those who know from those who do not."),
        "option-unchosen": _("Chosen by nobody: %(options)s.", options=unchosen),
        "option-not-working": _("Chosen by fewer than 5%%: %(options)s.", options=rare),
        "harder-in-en": _("Harder in English than in Spanish."),
        "harder-in-es": _("Harder in Spanish than in English."),
        "harder-for-cohort": _("Harder for the group compared than for others who know as much."),
        "easier-for-cohort": _("Easier for the group compared than for others who know as much."),
        "harder-lately": _("Harder in the last 90 days than before."),
        "easier-lately": _("Easier in the last 90 days than before."),
        "leak": _("It may have leaked: since %(day)s it is answered right more often than what people know explains.", day=since),
        "moved": _("Its difficulty moved since the calibration before the last."),
    }
    yield from (said[flag] for flag in one.flags)


def _wrong(one: ItemReport, *, least: float, below: float) -> Iterator[str]:
    """Wrong options whose share lies within these bounds; 0 and 0: nobody's."""
    for option in one.question.options:
        share = option.share or 0.0
        if not option.right and option.option != DO_NOT_KNOW and (least <= share < below or share == least == below):
            yield option.option


def _cohort_or_400() -> Cohort | None:
    """The cohort asked for; the filter form sends only one of its fields filled when nobody is compared."""
    focal = request.args.get("focal", "")
    try:
        return question_report.checked_cohort(current_site(), request.args.get("group") if focal else None, focal or None)
    except question_report.ChoiceError:
        abort(400)
