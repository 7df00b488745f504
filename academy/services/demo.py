"""A labelled synthetic population, made through the services that real people use, the same for the same seed."""

from __future__ import annotations

import dataclasses
import random
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from academy.core.content.model import Course, Item, Language, Module
from academy.core.grading import guessing
from academy.core.items import ITEM_TYPES
from academy.core.items.parted import Parted
from academy.core.items.protocol import Answer
from academy.core.measurement.irt import author_prior, probability_correct
from academy.services import accounts, assess, demo_cohorts, gap, one_time_links, open_answers, profiles, progress, publish, review
from academy.services.accounts import Person
from academy.services.assess import Waiting
from academy.services.demo_cohorts import Gathering
from academy.services.profiles import Profile
from academy.services.site import Site

LEARNERS = 2_000
MONTHS = 24
SEED = 20_240
STATES = {"MX-CMX": 24, "MX-MEX": 18, "MX-NLE": 16, "MX-JAL": 15, "MX-GUA": 10, "MX-QUE": 8, "MX-BCN": 6, "MX-CHH": 3}
"""The eight states of the population, with how often each is drawn."""
ROLES = {"PD-WRL-003": 50, "PD-WRL-001": 38, "OG-WRL-005": 12}
"""The target work roles of the population, likewise."""
PEOPLE = (("lucia", "Lucía", "learner"), ("emilio", "Emilio", "educator"), ("marta", "Marta", "manager"), ("ada", "Ada", "admin"))
"""One account per kind of user: address, name, role."""

_MARKED, _MET = 0.97, 0.7  # share of open answers that were marked, and of criteria that they meet
_DETERMINED = 0.06  # share of people who finish what they begin, and most of whom come back to review it
_GIVING_UP = 6.0  # the larger, the sooner the others stop: answers take time to make, and in life most stop early too
_REVIEWED = 12  # questions of a review
_JOINING = 0.3  # persistence of those who join a cohort: a program chooses people who mean it
_MOST_MODULES = 7
_TOGETHER = 25  # learners whose answers are one transaction: a commit for each answer would take many minutes
_FIRST = ("Alondra", "Bruno", "Citlali", "Diego", "Elisa", "Fermín", "Gabriela", "Hugo", "Itzel", "Joel", "Karla", "Luis", "Mayra", "Noé")
_LAST = ("Aguilar", "Bautista", "Cruz", "Domínguez", "Escobar", "Fuentes", "García", "Hernández", "Ibarra", "Juárez", "López", "Méndez")
Progress = Callable[[int, int, str], None]


@dataclass(slots=True)
class _Clock:
    """A clock that the population moves through its own months."""

    time: datetime

    def __call__(self) -> datetime:
        return self.time


@dataclass(frozen=True, slots=True)
class _Character:
    """What decides how one synthetic learner answers."""

    chance: random.Random
    ability: float
    learns: float
    persistence: float

    @property
    def determined(self) -> bool:
        """Whether they finish what they begin."""
        return self.persistence == 1.0


def prepare(site: Site, progress: Progress = lambda _done, _all, _what: None) -> Iterator[str]:
    """Make the population where it is missing, publish, and yield lines to print: one account per kind of user.

    Interrupted work is taken up where it stopped.
    """
    present = accounts.count_synthetic(site)
    manager, educator = (demo_cohorts.account(site, _email(address), name, role) for address, name, role in (PEOPLE[2], PEOPLE[1]))
    gathering = demo_cohorts.prepare(site, manager, educator, joining=present < LEARNERS)
    if present < LEARNERS:
        _populate(site, present, gathering, progress)
    if gap.read(site, gap.Query(role="", state="", sector="")) is None:
        publish.publish(site, seed=SEED)
    password = secrets.token_urlsafe(9)
    yield "Demo accounts, all with the password " + password
    for address, name, role in PEOPLE:
        person = _person(site, address, name, role, password)
        if role == "learner":
            demo_cohorts.gather_last(site, gathering, person, manager)
        yield f"  {role:<9} {person.email}"


def _populate(site: Site, present: int, gathering: Gathering, report: Progress) -> None:
    now = site.now()
    clock = _Clock(now)
    past = dataclasses.replace(site, now=clock)
    for start in range(present, LEARNERS, _TOGETHER):
        with site.database.together():
            for number in range(start, min(start + _TOGETHER, LEARNERS)):
                _learner(past, clock, number, now, gathering)
        report(min(start + _TOGETHER, LEARNERS), LEARNERS, "synthetic learners")


def _learner(site: Site, clock: _Clock, number: int, now: datetime, gathering: Gathering) -> None:
    """One learner from sign-up to today; their own dice, so that each is the same whatever came before."""
    chance = random.Random(f"{SEED}/{number}")  # noqa: S311  # a population, not a secret
    age = timedelta(days=MONTHS * 30.4 * (1 - chance.random() ** 0.7))  # more people join lately than at first
    clock.time = now - age - timedelta(hours=1)
    name = f"{chance.choice(_FIRST)} {chance.choice(_LAST)}"
    language = "es" if chance.random() < 0.85 else "en"
    person = accounts.create_synthetic(site, number=number, name=name, language=language)
    known = chance.random() < 0.94
    profile = Profile(
        name=name,
        language=language,
        state=chance.choices(list(STATES), list(STATES.values()))[0] if known else "",
        sector=chance.choice(list(site.framework.sectors)) if chance.random() < 0.8 else "",
        target_role=chance.choices(list(ROLES), list(ROLES.values()))[0],
    )
    profiles.change_profile(site, person.id, profile)
    person = dataclasses.replace(person, state=profile.state, target_role=profile.target_role)
    persistence = 1.0 if chance.random() < _DETERMINED else chance.random() ** _GIVING_UP
    character = _Character(chance, chance.gauss(3.1, 1.2), abs(chance.gauss(0.02, 0.02)), persistence)
    joined = character.persistence > _JOINING and demo_cohorts.gather(site, gathering, person)
    _study(site, clock, person, _way(site, profile.target_role), language, character, now)
    if joined:
        demo_cohorts.find_work(site, person, number)


def _way(site: Site, role_id: str) -> list[tuple[Course, Module]]:
    """Modules for a role: those its path requires, then those whose quiz tells most about it; else the first course's."""
    courses, role = site.courses.current.courses, site.framework.roles.get(role_id)
    path = site.courses.current.paths.get(role_id)
    if path is None or role is None:
        first = next(iter(courses.values()), None)
        return [(first, module) for module in first.modules] if first else []
    weights = {need.skill_id: need.weight for need in role.requirements}
    found = [(step, courses[step.course_id], _module(courses[step.course_id], step.module_id)) for step in path.steps]
    found.sort(key=lambda one: (not one[0].required, -sum(weights.get(skill, 0.0) for skill in _skills(*one[1:]))))
    return [(course, module) for _, course, module in found[:_MOST_MODULES]]


def _module(course: Course, module_id: str) -> Module:
    return next(module for module in course.modules if module.id == module_id)


def _skills(course: Course, module: Module) -> set[str]:
    quiz = module.quizzes.get(course.source_language)
    return {item.skill for item in quiz.items if item.skill} if quiz else set()


def _study(
    site: Site,
    clock: _Clock,
    person: Person,
    way: Sequence[tuple[Course, Module]],
    language: Language,
    character: _Character,
    now: datetime,
) -> None:
    """Work through some modules until persistence or the calendar ends."""
    answered = 0
    for course, module in way:
        if character.chance.random() > character.persistence:
            return
        for slug in module.slugs:
            clock.time += timedelta(minutes=5 + 10 * character.chance.random())
            progress.finish_lesson(site, person.id, course.id, module.id, slug)
        answered = _sit(site, clock, person, course, module, language, character, answered)
        clock.time += timedelta(days=1 + (8 if character.determined else 40) * character.chance.random() ** 3)
        if clock.time > now - timedelta(hours=1):
            return
    if character.determined and now - clock.time < timedelta(days=365 * character.chance.random()):
        _refresh(site, clock, person, language, character, now)


def _refresh(site: Site, clock: _Clock, person: Person, language: Language, character: _Character, now: datetime) -> None:
    """Review what fades, in the last days."""
    clock.time = max(clock.time, now - timedelta(days=6 * character.chance.random(), hours=1))
    review.set_ration(site, person.id, _REVIEWED)
    number = review.begin(site, person.id, language)
    sitting = review.sitting(site, person.id, number, language) if number is not None else None
    for question in sitting.questions if sitting else ():
        clock.time += timedelta(seconds=30)
        answer = _answer(question.item, character, _REVIEWED)
        review.answer(site, person.id, sitting.number, question, answer=answer)  # type: ignore[union-attr]  # it has questions


def _sit(
    site: Site,
    clock: _Clock,
    person: Person,
    course: Course,
    module: Module,
    language: Language,
    character: _Character,
    answered: int,
) -> int:
    """Take the module's quiz, perhaps not to its end; returns all answers given so far."""
    quiz = module.quizzes.get(language) or module.quizzes.get(course.source_language)
    if quiz is None or not quiz.items:
        return answered
    number = assess.start_attempt(site, person.id, course.id, module.id, quiz)
    stops = len(quiz.items) if character.determined or character.chance.random() < 0.7 else character.chance.randrange(2, len(quiz.items))
    for item in quiz.items[:stops]:
        clock.time += timedelta(seconds=20 + 60 * character.chance.random())
        answer = _answer(item, character, answered)
        given = assess.answer_item(site, person.id, number, item, course_id=course.id, language=quiz.language, answer=answer)
        if isinstance(given, Waiting) and character.chance.random() < _MARKED:
            met = [option.id for option in item.options if character.chance.random() < _MET]
            if given.by_self:
                open_answers.mark_own(site, person.id, given.number, met=met)
            else:
                open_answers.mark(site, None, person.id, given.number, met=met, comment="")
        answered += 1
    return answered


def _answer(item: Item, character: _Character, answered: int) -> Answer:
    """Right as often as the response model says for somebody this able, who learns a little with each answer."""
    able = np.array([character.ability + character.learns * answered])
    right = character.chance.random() < probability_correct(able, author_prior(item.level, guessing(item)))[0]
    if not right and character.chance.random() < 0.15:
        return None
    return ITEM_TYPES[item.type].read(item, {"answer": _given(item, right, character.chance)})


def _given(item: Item, right: bool, chance: random.Random) -> list[str]:
    """Form values of an answer."""
    item_type = ITEM_TYPES[item.type]
    if isinstance(item_type, Parted):
        return item_type.form(item, {part.id: part.right for part in item.parts} if right else _mistaken(item, chance))
    keys = [option.id for option in item.options if option.right]
    wrong = [option.id for option in item.options if not option.right]
    if item.type == "open":
        return ["Colgué, llamé al número del directorio y avisé a seguridad."]
    if item.type in ("number", "text"):
        accepted = next(option.text for option in item.options if option.right and not option.text.startswith("/"))
        return [accepted.partition("..")[0] if right else "0"]
    if right:
        return keys
    return [chance.choice(wrong)] if item.type in ("single", "truefalse") else [*keys[:1], chance.choice(wrong)]


def _mistaken(item: Item, chance: random.Random) -> dict[str, str]:
    """Two parts taken for each other; where that changes nothing, something else in the first."""
    answer = {part.id: part.right for part in item.parts}
    first, *others = item.parts
    mixed_up = [part for part in others if part.right != first.right and part.offered == first.offered]
    if mixed_up:
        other = chance.choice(mixed_up)
        return answer | {first.id: other.right, other.id: first.right}
    return answer | {first.id: chance.choice([option for option in first.offered if option != first.right])}


def _person(site: Site, address: str, name: str, role: str, password: str) -> Person:
    """The demo's account for a kind of user, with today's password."""
    email = _email(address)
    found = accounts.find_by_email(site, email)
    if found is None:
        with site.database.together():
            found = accounts.create_account(site, email=email, name=name, roles=(role,), language="es")
            if role == "learner":
                profiles.change_profile(site, found.id, Profile(name, "es", "MX-NLE", "", next(iter(ROLES))))
                _begin(site, found)
    token = one_time_links.reset_link(site, found.id)
    return one_time_links.use_reset_link(site, token, password=password) or found


def _email(address: str) -> str:
    return f"{address}@demo.example"


def _begin(site: Site, person: Person) -> None:
    """Some weeks of practice, stopped in the middle of a quiz, so that there is something to see."""
    now = site.now()
    clock = _Clock(now - timedelta(days=30))
    character = _Character(random.Random(SEED), 1.2, 0.03, 1.0)  # noqa: S311  # a population, not a secret
    past = dataclasses.replace(site, now=clock)
    course = next(iter(site.courses.current.courses.values()), None)
    if course is None or len(course.modules) < 2:
        return
    first, second = course.modules[:2]
    for slug in first.slugs:
        progress.finish_lesson(past, person.id, course.id, first.id, slug)
    answered = _sit(past, clock, person, course, first, "es", character, 0)
    clock.time = now - timedelta(days=6)
    progress.finish_lesson(past, person.id, course.id, second.id, second.slugs[0])
    _sit_partly(past, clock, person, course, second, character, answered)


def _sit_partly(site: Site, clock: _Clock, person: Person, course: Course, module: Module, character: _Character, answered: int) -> None:
    quiz = module.quizzes["es"]
    number = assess.start_attempt(site, person.id, course.id, module.id, quiz)
    for item in quiz.items[:5]:
        clock.time += timedelta(minutes=1)
        answer = _answer(item, character, answered)
        assess.answer_item(site, person.id, number, item, course_id=course.id, language="es", answer=answer)
        answered += 1
