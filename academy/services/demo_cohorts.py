"""The demonstration's program: two cohorts that synthetic learners join when they sign up, before they answer anything."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from academy.services import accounts, cohort_plan, cohorts, employment, invitations, joining, skills
from academy.services.accounts import Person
from academy.services.form_errors import FormError
from academy.services.site import Site

PROGRAM = "Becas de ciberseguridad"
BEGAN, LASTS = timedelta(days=240), timedelta(days=365)
_WORKING = 0.4  # share of members who are ready and found work


@dataclass(frozen=True, slots=True)
class Plan:
    """One cohort of the demonstration: who may be in it, and what it is to do."""

    name: str
    partner: str
    state: str
    role: str
    seats: int
    cost: int
    courses: tuple[str, ...]


PLANS = (
    Plan("Monterrey, primera", "Universidad de muestra", "MX-NLE", "PD-WRL-003", 30, 900_000, ("ransomware-response", "ai-threats")),
    Plan("Guadalajara, primera", "Cámara de muestra", "MX-JAL", "PD-WRL-001", 24, 640_000, ("alert-triage", "foundations")),
)


@dataclass(frozen=True, slots=True)
class Gathering:
    """The cohorts, by plan; and the tokens of their links where learners are still to join."""

    numbers: Mapping[Plan, int]
    tokens: Mapping[Plan, str]
    began: datetime


def prepare(site: Site, manager: Person, educator: Person, *, joining: bool) -> Gathering:
    """Make the program and its cohorts where they are missing; joining: and links for all seats but one."""
    began = site.now() - BEGAN
    lines = cohorts.listing(site, manager)
    present = {line.cohort.details.name: line.cohort.id for line in lines}
    inside = {line.cohort.details.name: int(line.size.value or 0) for line in lines}
    missing = [plan for plan in PLANS if plan.name not in present]
    if missing:
        program = cohorts.keep_program(site, None, name=PROGRAM, partner="", archived=False, by=manager.id)
        present |= {plan.name: _make(site, program, plan, began, manager, educator) for plan in missing}
    numbers = {plan: present[plan.name] for plan in PLANS}
    free = {plan: plan.seats - 1 - inside.get(plan.name, 0) for plan in PLANS}
    tokens = {plan: _link(site, numbers[plan], free[plan], manager) for plan in PLANS if joining and free[plan] > 0}
    return Gathering(numbers, tokens, began)


def gather(site: Site, gathering: Gathering, person: Person) -> bool:
    """Let somebody of the right state and role join who signs up while there are seats; whether they did."""
    fitting = next((plan for plan in gathering.tokens if (plan.state, plan.role) == (person.state, person.target_role)), None)
    if fitting is None or site.now() < gathering.began:
        return False
    try:
        joining.join(site, gathering.tokens[fitting], person)
    except FormError:  # no seat is left
        return False
    return True


def gather_last(site: Site, gathering: Gathering, person: Person, manager: Person) -> None:
    """Give the seat that is kept in the first cohort to the account that people sign in with."""
    number = gathering.numbers[PLANS[0]]
    if not joining.is_member(site, number, person.id):
        joining.join(site, _link(site, number, 1, manager), person)


def find_work(site: Site, person: Person, number: int) -> None:
    """Let some of the members who are ready find work."""
    chance = random.Random(f"work/{number}")  # noqa: S311  # a population, not a secret
    if chance.random() < _WORKING and skills.ready(site, person.id).today:
        day = site.now().date().isoformat()
        employment.record(site, person.id, role_id=person.target_role, started_on=day, sector="", by=person.id)


def _link(site: Site, number: int, uses: int, manager: Person) -> str:
    return invitations.make_link(site, number, uses=str(uses), days=str(invitations.LONGEST_DAYS), by=manager.id)


def _make(site: Site, program: int, plan: Plan, began: datetime, manager: Person, educator: Person) -> int:
    day, end = began.date(), (began + LASTS).date()
    details = cohorts.Details(plan.name, plan.partner, plan.state, "", plan.role, plan.seats, day, end, plan.cost, "MXN")
    number = cohorts.create(site, program, details, by=manager.id)
    cohort_plan.name(site, number, email=educator.email, duty="educator", by=manager.id)
    for course, days in zip(plan.courses, (200, 280), strict=True):
        if course in site.courses.current.courses:
            due = (began + timedelta(days=days)).date().isoformat()
            cohort_plan.assign(site, number, course_id=course, module_id="", due_on=due, by=manager.id)
    return number


def account(site: Site, address: str, name: str, role: str) -> Person:
    """The demonstration's account for a kind of user, made where it is missing; nobody can sign in to it yet."""
    found = accounts.find_by_email(site, address)
    return found or accounts.create_account(site, email=address, name=name, roles=(role,), language="es")
