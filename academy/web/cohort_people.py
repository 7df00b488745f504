"""The people of a cohort, for those who answer for it alone; each look at them is kept in the audit log."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import pgettext

from academy.core import csv_files
from academy.services import audit, cohort_report, cohorts, employment, joining
from academy.services.cohort_members import Member
from academy.services.cohort_report import Report
from academy.services.cohorts import Outline
from academy.services.form_errors import FormError
from academy.web.auth import role_required, signed_in
from academy.web.cohorts import messages_of, titles
from academy.web.groups import work_choices
from academy.web.rendering import name_of
from academy.web.requests import current_language, current_site

bp = Blueprint("cohort_people", __name__)
PREFIX = ""

_COHORT = "/programs/cohorts/<int(max=2147483647):cohort_id>"
_MEMBER = f"{_COHORT}/members/<int(max=2147483647):learner_id>"


@bp.get("/author/cohorts")
@role_required("educator")
def show_own() -> ResponseReturnValue:
    """The cohorts that somebody teaches or is responsible for."""
    lines = [line for line in cohorts.listing(current_site(), signed_in()) if line.duties]
    return render_template("cohorts/own.html", lines=lines)


@bp.get(_COHORT)
@role_required("manager", "educator")
def show_cohort(cohort_id: int) -> ResponseReturnValue:
    """Everybody in a cohort as they are now."""
    found, duties = answered_or_404(cohort_id)
    report = _report(found, "page")
    return render_template(
        "cohorts/page.html", report=report, cohort=found, managing="manager" in duties, titles=titles(), stages=stage_names()
    )


@bp.get(f"{_COHORT}/gradebook.csv")
@role_required("manager", "educator")
def show_gradebook_csv(cohort_id: int) -> ResponseReturnValue:
    """The gradebook as a file: a line for each member."""
    found, _duties = answered_or_404(cohort_id)
    report = _report(found, "gradebook")
    head = [_("name"), _("joined"), _("last answer"), _("progress"), _("stage"), _("readiness"), _("readiness, low"), _("readiness, high")]
    for column in report.columns:
        module = f"{name_of(column.course)}: {name_of(column.module)}"
        head += [f"{module} ({_('best')})", f"{module} ({_('last')})"]
    headers = {"Content-Disposition": f'attachment; filename="cohort-{found.id}.csv"', "Cache-Control": "no-store"}
    return Response(csv_files.as_csv(head, [_line(report, one) for one in report.members]), mimetype="text/csv", headers=headers)


@bp.get(_MEMBER)
@role_required("manager", "educator")
def show_member(cohort_id: int, learner_id: int) -> ResponseReturnValue:
    """One member: results, what is missing, work."""
    found, duties = answered_or_404(cohort_id)
    return _member_page(found, learner_id, managing="manager" in duties)


@bp.post(f"{_MEMBER}/work")
@role_required("manager")
def create_work(cohort_id: int, learner_id: int) -> ResponseReturnValue:
    """Record that a member works in the field."""
    found = _responsible_or_404(cohort_id, learner_id)
    typed = request.form.get
    try:
        employment.record(
            current_site(),
            learner_id,
            role_id=typed("role", ""),
            started_on=typed("started_on", ""),
            sector=typed("sector", ""),
            by=signed_in().id,
        )
    except FormError as error:
        return _member_page(found, learner_id, managing=True, error=error)
    flash(_("Recorded. The learner sees it and can take it back."), "ok")
    return redirect(url_for("cohort_people.show_member", cohort_id=found.id, learner_id=learner_id), code=303)


@bp.post(f"{_MEMBER}/work/<int(max=2147483647):number>/withdraw")
@role_required("manager")
def submit_withdraw(cohort_id: int, learner_id: int, number: int) -> ResponseReturnValue:
    """Take an entry of work back."""
    found = _responsible_or_404(cohort_id, learner_id)
    if not employment.withdraw(current_site(), learner_id, number, by=signed_in().id):
        abort(404)
    flash(_("Taken back."), "ok")
    return redirect(url_for("cohort_people.show_member", cohort_id=found.id, learner_id=learner_id), code=303)


@bp.post(f"{_MEMBER}/remove")
@role_required("manager")
def submit_remove(cohort_id: int, learner_id: int) -> ResponseReturnValue:
    """Take a member out of a cohort; their seat is free again."""
    found = _responsible_or_404(cohort_id, learner_id)
    joining.leave(current_site(), found.id, learner_id, by=signed_in().id)
    flash(_("This person is no longer in the cohort."), "ok")
    return redirect(url_for("cohort_people.show_cohort", cohort_id=found.id), code=303)


@bp.get("/programs/cohorts/compare")
@role_required("manager", "educator")
def show_comparison() -> ResponseReturnValue:
    """Two cohorts side by side, among those that one answers for."""
    lines = {str(line.cohort.id): line for line in cohorts.listing(current_site(), signed_in()) if line.duties}
    chosen = [request.args.get(name, "") for name in ("a", "b")]
    if any(number and number not in lines for number in chosen):
        abort(404)
    return render_template(
        "cohorts/compare.html",
        mine=[(number, line.cohort.details.name) for number, line in lines.items()],
        chosen=chosen,
        reports=[_report(lines[number].cohort, "comparison") for number in chosen if number],
        managing=all("manager" in lines[number].duties for number in chosen if number),
    )


def answered_or_404(cohort_id: int) -> tuple[Outline, frozenset[str]]:
    """A cohort that the person signed in answers for, and as what; or the end of the request."""
    found = cohorts.find(current_site(), cohort_id, signed_in())
    if found is None:
        abort(404)
    return found


def stage_names() -> dict[str, str]:
    """The stages in words, each said of one person."""
    return {
        "enrolled": pgettext("stage of one person", "Enrolled"),
        "active": pgettext("stage of one person", "Active"),
        "proficient": pgettext("stage of one person", "Proficient"),
        "ready": pgettext("stage of one person", "Ready"),
        "placed": pgettext("stage of one person", "Placed"),
        "lapsed": pgettext("stage of one person", "Lapsed"),
    }


def _report(found: Outline, shown: str) -> Report:
    audit.note(current_site(), "cohort-viewed", actor=signed_in().id, cohort=found.id, shown=shown)
    return cohort_report.report(current_site(), found.id, current_language())


def _responsible_or_404(cohort_id: int, learner_id: int) -> Outline:
    """A cohort that the person signed in is responsible for and the learner is in, or the end of the request."""
    found, duties = answered_or_404(cohort_id)
    if "manager" not in duties or not joining.is_member(current_site(), cohort_id, learner_id):
        abort(404)
    return found


def _member_page(found: Outline, learner_id: int, *, managing: bool, error: FormError | None = None) -> ResponseReturnValue:
    site = current_site()
    report = cohort_report.report(site, found.id, current_language())
    member = next((one for one in report.members if one.id == learner_id), None)
    if member is None:
        abort(404)
    audit.note(site, "cohort-viewed", actor=signed_in().id, subject=learner_id, cohort=found.id, shown="member")
    role = found.details.target_role or (member.role.id if member.role else "")
    typed = {"role": role, "sector": found.details.sector, "started_on": ""}
    page = render_template(
        "cohorts/member.html",
        cohort=found,
        report=report,
        member=member,
        managing=managing,
        titles=titles(),
        stages=stage_names(),
        works=employment.listing(site, learner_id),
        framework=site.framework,
        typed={name: request.form.get(name, value) for name, value in typed.items()},
        errors=messages_of(error),
        **work_choices(),
    )
    return page, 422 if error else 200


def _line(report: Report, member: Member) -> list[csv_files.Cell]:
    ready = member.readiness if member.readiness and member.readiness.value is not None else None
    line: list[csv_files.Cell] = [
        member.name,
        member.joined_at.date().isoformat(),
        member.last_answer_at.date().isoformat() if member.last_answer_at else None,
        _share(member.progress),
        stage_names()[member.stage],
        _share(ready.value) if ready else None,
        _share(ready.low) if ready else None,
        _share(ready.high) if ready else None,
    ]
    for column in report.columns:
        cell = member.cells.get(column.place)
        line += [_share(cell.best), _share(cell.last)] if cell else [None, None]
    return line


def _share(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
