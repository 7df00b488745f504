"""The gap's numbers to take along: a workbook with its method, and JSON."""

from __future__ import annotations

from flask import Blueprint, Response, abort, jsonify
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from academy.services import audit, gap, gap_files
from academy.services.gap import Report
from academy.web.auth import role_required, signed_in
from academy.web.programs import query_or_400
from academy.web.rendering import name_of
from academy.web.requests import current_language, current_site

bp = Blueprint("gap_exports", __name__)
PREFIX = "/programs"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/gap.xlsx")
@role_required("manager")
def show_gap_xlsx() -> ResponseReturnValue:
    """The page's numbers as a workbook."""
    report = _report_or_404()
    _note(report)
    titles = (_("Numbers"), _("Method"), _("Published figures"))
    content = gap_files.as_xlsx(report, titles=titles, method=_method(report), language=current_language())
    headers = {"Content-Disposition": f'attachment; filename="gap-{report.as_of.isoformat()}.xlsx"'}
    return Response(content, mimetype=XLSX, headers=headers)


@bp.get("/gap.json")
@role_required("manager")
def show_gap_json() -> ResponseReturnValue:
    """The page's numbers as objects, with what they come from."""
    report = _report_or_404()
    _note(report)
    return jsonify(gap.as_json(report))


def _note(report: Report) -> None:
    audit.note(current_site(), "exported", actor=signed_in().id, what="gap", as_of=report.as_of.isoformat())


def _report_or_404() -> Report:
    report = gap.read(current_site(), query_or_400())
    if report is None:
        abort(404)
    return report


def _method(report: Report) -> list[tuple[str, str | int]]:
    """What a reader must know of the numbers, line by line."""
    scenarios = report.inputs.scenarios
    asked = scenarios.get(report.query.scenario or "")
    return [
        (_("What"), _("Value")),
        (_("As of"), report.as_of.isoformat()),
        (_("Scenario"), name_of(asked.name) if asked else ", ".join(name_of(one.name) for one in scenarios.values())),
        (_("Seed"), report.seed),
        (_("Model version"), report.model_version),
        (_("Smallest count published"), report.min_cell),
        (_("Invented people"), _("yes") if report.demo else _("no")),
        *([(_("Own counts are in these numbers"), len(report.inputs.own))] if report.inputs.own else []),
        ("shortage", _("Missing: people needed, less those in the field. They are not vacancies.")),
        ("need_top_down", _("People in the field plus people missing.")),
        ("need_bottom_up", _("From employment by state and sector.")),
        ("workforce", _("Published national workforce, spread like employment and by the role's share.")),
        ("coverage", _("People in the field and people ready, of those needed.")),
        ("enrolled", _("People with a learner account.")),
        ("active", _("Answered within the last 90 days.")),
        ("proficient", _("Readiness of 0.80 or more on what was assessed, or ready.")),
        ("ready", _("Readiness of 0.80 or more with at least 0.60 of the role assessed, and not rusty.")),
        ("ever_ready", _("Ready at some time, whether or not it has faded since.")),
        ("became_ready", _("Became ready for the first time within six months.")),
        ("throughput", _("People ready per month, from those six months.")),
        ("became_ready_next", _("Forecast of how many become ready in the next six months.")),
        ("vacancies", _("Open posts, where somebody counted them.")),
        ("ready_per_vacancy", _("People ready per open post.")),
        ("months_to_close", _("Months until the shortage closes at today's rate; empty where most draws are open after ten years.")),
        ("open_at_horizon", _("Share of draws in which the shortage is open after ten years.")),
        ("ready_share", _("Of those enrolled, the share who are ready; its range is Wilson's, with what rounding took.")),
        ("…:es, …:en", _("Of those who learn in Spanish, in English.")),
        ("entered:…", _("People who opened a lesson of this module or began its quiz.")),
        ("finished:…, stalled:…", _("Of those, the people who passed its quiz, and who are stuck there.")),
        ("stall_share:…", _("The share who are stuck; its range is Wilson's, with what rounding took.")),
        ("lost_ready:…", _("People a month who would have become ready had they gone on like everybody: an assumption.")),
        ("stopped:…, missed:…", _("People whose last answer was to this question, 14 to 180 days ago, and who had it wrong.")),
        ("missed_share:…", _("The share of them who had it wrong.")),
        ("gap:…", _("Share of the people assessed who probably lack this skill or competency area at their role's level, to 5 points.")),
        ("lo, hi", _("They enclose four in five draws.")),
        ("suppressed", _("Hidden: too few people, or a count from which such a one could be derived. Not 0, not missing.")),
        ("source_grade", _("A official, B survey, C vendor or press, D assumption.")),
    ]
