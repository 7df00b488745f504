"""Managers' pages for programs and cohorts: the list, making and changing them, what is to be done, who answers for whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from academy.services import cohort_plan, cohorts
from academy.services.cohorts import Outline, Scheme
from academy.services.form_errors import FormError
from academy.web.auth import role_required, signed_in
from academy.web.rendering import name_of
from academy.web.requests import current_site

bp = Blueprint("cohorts", __name__)
PREFIX = "/programs/cohorts"


@bp.get("/")
@role_required("manager")
def show_cohorts() -> ResponseReturnValue:
    """Every program and cohort: with numbers for who answers for it, with its published size for others."""
    lines = cohorts.listing(current_site(), signed_in())
    shown = request.args.get("archived") == "1"
    return render_template(
        "cohorts/list.html",
        programs=cohorts.programs(current_site()),
        lines=[line for line in lines if line.cohort.archived == shown],
        archived=shown,
        has_archived=any(line.cohort.archived for line in lines),
        framework=current_site().framework,
    )


@bp.get("/programs/new")
@role_required("manager")
def show_new_program() -> ResponseReturnValue:
    """The form for a new program."""
    return _program_page(None, {"name": "", "partner": ""})


@bp.post("/programs/new")
@role_required("manager")
def create_program() -> ResponseReturnValue:
    """Make a program, then its first cohort."""
    try:
        number = _keep_program(None)
    except FormError as error:
        return _program_page(None, request.form, error)
    flash(_("The program is made. Now its first cohort."), "ok")
    return redirect(url_for("cohorts.show_new_cohort", program=number), code=303)


@bp.get("/programs/<int(max=2147483647):program_id>")
@role_required("manager")
def show_program(program_id: int) -> ResponseReturnValue:
    """The form to change or archive a program."""
    found = program_or_404(program_id)
    return _program_page(found, {"name": found.name, "partner": found.partner, "archived": "yes" if found.archived else ""})


@bp.post("/programs/<int(max=2147483647):program_id>")
@role_required("manager")
def submit_program(program_id: int) -> ResponseReturnValue:
    """Keep a program's name and partner, or archive it."""
    found = program_or_404(program_id)
    try:
        _keep_program(found.id)
    except FormError as error:
        return _program_page(found, request.form, error)
    flash(_("Saved."), "ok")
    return redirect(url_for("cohorts.show_cohorts"), code=303)


@bp.get("/new")
@role_required("manager")
def show_new_cohort() -> ResponseReturnValue:
    """The form for a new cohort."""
    return _cohort_page(None, {"program": request.args.get("program", ""), "currency": cohorts.CURRENCIES[0]})


@bp.post("/new")
@role_required("manager")
def create_cohort() -> ResponseReturnValue:
    """Make a cohort, then say what it is to do."""
    site, typed = current_site(), request.form
    try:
        details = cohorts.checked_details(site.framework, typed)
        program = typed.get("program", "")
        if not any(str(scheme.id) == program for scheme in cohorts.programs(site)):
            raise FormError(program="program-unknown")
        number = cohorts.create(site, int(program), details, by=signed_in().id)
    except FormError as error:
        return _cohort_page(None, typed, error)
    flash(_("The cohort is made. Next: what it is to do, and who is invited."), "ok")
    return redirect(url_for("cohorts.show_plan", cohort_id=number), code=303)


@bp.get("/<int(max=2147483647):cohort_id>/edit")
@role_required("manager")
def show_edit(cohort_id: int) -> ResponseReturnValue:
    """The form to change or archive a cohort."""
    found = managed_or_404(cohort_id)
    typed = {name: "" if value is None else str(value) for name, value in asdict(found.details).items()}
    return _cohort_page(found, {**typed, "archived": "yes" if found.archived else ""})


@bp.post("/<int(max=2147483647):cohort_id>/edit")
@role_required("manager")
def submit_edit(cohort_id: int) -> ResponseReturnValue:
    """Keep a cohort's details, or archive it."""
    found, site = managed_or_404(cohort_id), current_site()
    try:
        details = cohorts.checked_details(site.framework, request.form)
        cohorts.change(site, found.id, details, archived="archived" in request.form, by=signed_in().id)
    except FormError as error:
        return _cohort_page(found, request.form, error)
    flash(_("Saved."), "ok")
    return redirect(url_for("cohorts.show_plan", cohort_id=found.id), code=303)


@bp.get("/<int(max=2147483647):cohort_id>/plan")
@role_required("manager")
def show_plan(cohort_id: int) -> ResponseReturnValue:
    """What a cohort is to do by when, and who answers for it."""
    return _plan_page(managed_or_404(cohort_id))


@bp.post("/<int(max=2147483647):cohort_id>/courses")
@role_required("manager")
def submit_course(cohort_id: int) -> ResponseReturnValue:
    """Assign a course or a module, move its date, or take it off."""
    found, form = managed_or_404(cohort_id), request.form
    course, _slash, module = form.get("course", "").partition("/")
    by = signed_in().id
    try:
        if form.get("action") == "remove":
            cohort_plan.unassign(current_site(), found.id, course_id=course, module_id=module, by=by)
        else:
            due = form.get("due_on", "")
            cohort_plan.assign(current_site(), found.id, course_id=course, module_id=module, due_on=due, by=by)
    except FormError as error:
        return _plan_page(found, error)
    flash(_("Saved."), "ok")
    return redirect(url_for("cohorts.show_plan", cohort_id=found.id), code=303)


@bp.post("/<int(max=2147483647):cohort_id>/staff")
@role_required("manager")
def submit_staff(cohort_id: int) -> ResponseReturnValue:
    """Name somebody who answers for a cohort, or let them go."""
    found, form, site = managed_or_404(cohort_id), request.form, current_site()
    duty, by = form.get("duty", ""), signed_in().id
    if duty not in cohort_plan.DUTIES:
        abort(400)
    try:
        if form.get("action") == "remove":
            cohort_plan.release(site, found.id, _number(form.get("account", "")), duty, by=by)
        else:
            cohort_plan.name(site, found.id, email=form.get("email", ""), duty=duty, by=by)
    except FormError as error:
        return _plan_page(found, error)
    flash(_("Saved."), "ok")
    still = cohorts.find(site, found.id, signed_in(), managing=True)
    return redirect(url_for("cohorts.show_plan", cohort_id=found.id) if still else url_for("cohorts.show_cohorts"), code=303)


def managed_or_404(cohort_id: int) -> Outline:
    """A cohort that the person signed in may change, or the end of the request."""
    found = cohorts.find(current_site(), cohort_id, signed_in(), managing=True)
    if found is None:
        abort(404)
    return found[0]


def program_or_404(program_id: int) -> Scheme:
    """A program, or the end of the request."""
    found = cohorts.program(current_site(), program_id)
    if found is None:
        abort(404)
    return found


def messages_of(error: FormError | None) -> dict[str, str]:
    """What is wrong with a form, by field, in the reader's language."""
    return {field: cohorts.explain(code, _) for field, code in error.errors.items()} if error else {}


def titles() -> dict[str, str]:
    """What courses and modules are called, by course and by course/module, in the order of the catalogue."""
    found = {}
    for course in current_site().courses.current.courses.values():
        found[course.id] = name_of(course.title)
        found |= {f"{course.id}/{module.id}": name_of(module.title) for module in course.modules}
    return found


def _keep_program(program_id: int | None) -> int:
    typed = request.form
    name, partner = typed.get("name", ""), typed.get("partner", "")
    return cohorts.keep_program(current_site(), program_id, name=name, partner=partner, archived="archived" in typed, by=signed_in().id)


def _program_page(found: Scheme | None, typed: Mapping[str, Any], error: FormError | None = None) -> ResponseReturnValue:
    return render_template("cohorts/program.html", found=found, typed=typed, errors=messages_of(error)), 422 if error else 200


def _cohort_page(found: Outline | None, typed: Mapping[str, Any], error: FormError | None = None) -> ResponseReturnValue:
    framework = current_site().framework
    page = render_template(
        "cohorts/cohort.html",
        found=found,
        typed=typed,
        errors=messages_of(error),
        programs=[(str(scheme.id), scheme.name) for scheme in cohorts.programs(current_site())],
        states=sorted(((state.iso, state.name) for state in framework.states.values()), key=lambda choice: choice[1]),
        sectors=[(sector.id, name_of(sector.name)) for sector in framework.sectors.values()],
        roles=[(role_id, name_of(framework.roles[role_id].name)) for role_id in cohorts.measurable(framework)],
        currencies=[(code, code) for code in cohorts.CURRENCIES],
    )
    return page, 422 if error else 200


def _plan_page(found: Outline, error: FormError | None = None) -> ResponseReturnValue:
    site = current_site()
    held = cohorts.find(site, found.id, signed_in())
    page = render_template(
        "cohorts/plan.html",
        cohort=found,
        duties=held[1] if held else frozenset(),
        assignments=cohort_plan.assignments(site, found.id),
        staff=cohort_plan.responsible(site, found.id),
        courses=site.courses.current.courses.values(),
        titles=titles(),
        errors=messages_of(error),
        typed=request.form if error else {},
    )
    return page, 422 if error else 200


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        abort(400)
    return int(text)
