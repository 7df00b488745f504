"""The answers of a course's learners turned into what its educator should know about each question.

The page, the CSV file and `academy items` show this report and nothing else.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from academy.core.content.model import Course, Item, Module
from academy.core.measurement import calibration, ctt, questions
from academy.core.measurement.calibration import Maturity
from academy.core.measurement.ctt import QuizStatistics
from academy.core.measurement.drift import Leak
from academy.core.measurement.questions import Compared, Question
from academy.services import scales
from academy.services.question_table import AnswerTable
from academy.services.scales import Calibrated
from academy.services.site import Site
from academy.store import calibrations
from academy.store.calibrations import Given
from academy.store.tables.items import ItemVersion

GROUPS = ("language", "state")
"""What learners can be compared by."""
FLATTEST = 0.2
"""Discrimination below which a calibrated question says nothing about ability."""


class ChoiceError(ValueError):
    """A course or cohort that does not exist; the message is for a person."""


@dataclass(frozen=True, slots=True)
class Cohort:
    """Learners held against all others: those of a language or of a state."""

    group: str
    focal: str


@dataclass(frozen=True, slots=True)
class Parameters:
    """What calibration knows of a question: a, b, c, SE(b), from how many answers, how far they are its own, whether b moved."""

    discrimination: float
    difficulty: float
    guessing: float
    se_difficulty: float
    answered: int
    maturity: Maturity
    drifted: bool


@dataclass(frozen=True, slots=True)
class Version:
    """Statistics of one key version that is no longer asked."""

    key_version: str
    first_seen_at: datetime
    question: Question


@dataclass(frozen=True, slots=True)
class ItemReport:
    """One question as it is asked today. Languages pooled in `question`, apart in `by_language`; older keys in `earlier`.

    distribution: how many people had each mark. by_language_dif: harder in the language that is not the course's own?
    cohort_dif: for the cohort asked about? lately: since 90 days before the last answer? flags: codes of what to look at.
    """

    item: Item
    key_version: str
    skill_id: str
    question: Question
    by_language: Mapping[str, Question]
    earlier: tuple[Version, ...]
    distribution: tuple[tuple[float, int], ...]
    parameters: Parameters | None
    by_language_dif: Compared | None
    cohort_dif: Compared | None
    lately: Compared | None
    leak: Leak | None
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SetReport:
    """Questions that are asked together: a module's quiz, or the knowledge checks of its lessons.

    n: people with an answer. comparable: whether all met every question. reliability: empirical, [percent], where they did not.
    """

    module_id: str
    kind: str
    n: int
    items: tuple[ItemReport, ...]
    test: QuizStatistics
    comparable: bool
    reliability: float | None


@dataclass(frozen=True, slots=True)
class CourseReport:
    """All questions of a course. second_language: the one held against the course's own, None where there is none."""

    course: Course
    cohort: Cohort | None
    second_language: str | None
    sets: tuple[SetReport, ...]

    def item(self, item_id: str) -> tuple[SetReport, ItemReport] | None:
        """One question with the set it is asked in."""
        return next(((part, one) for part in self.sets for one in part.items if one.item.id == item_id), None)


def checked_courses(site: Site, course_id: str | None) -> list[str]:
    """The course asked for, or all. Raises ChoiceError."""
    courses = site.courses.current.courses
    if course_id is None:
        return list(courses)
    if course_id not in courses:
        raise ChoiceError(f"there is no course {course_id}; there are {', '.join(courses) or 'none'}")
    return [course_id]


def checked_cohort(site: Site, group: str | None, focal: str | None) -> Cohort | None:
    """The cohort asked for, if any. Raises ChoiceError."""
    if not group and not focal:
        return None
    if not group or not focal:
        raise ChoiceError("--group and --focal need each other")
    known: Iterable[str] = {"language": ("es", "en"), "state": site.framework.states}.get(group, ())
    if group not in GROUPS:
        raise ChoiceError(f"{group} is none of {', '.join(GROUPS)}")
    if focal not in known:
        raise ChoiceError(f"there is no {group} {focal}")
    return Cohort(group, focal)


def read(site: Site, course_id: str, cohort: Cohort | None = None) -> CourseReport:
    """The report on a course. Raises KeyError for an unknown one."""
    course = site.courses.current.courses[course_id]
    with site.database.reading(steady=True) as session:
        versions = calibrations.course_versions(session, course_id)
        known = scales.calibrated(session)
        answers = _first_exposures(calibrations.course_answers(session, course_id))
    languages = sorted({language for module in course.modules for language in module.quizzes} - {course.source_language})
    reader = _Reader(site, course, versions, known, answers, cohort, languages[0] if languages else None)
    sets = [reader.of(module, *part) for module in course.modules for part in _sets(course, module)]
    return CourseReport(course, cohort, reader.second, tuple(sets))


def _first_exposures(answers: Iterable[Given]) -> dict[tuple[str, str], list[Given]]:
    """By item and key version, the first answer of each learner."""
    found: dict[tuple[str, str], list[Given]] = defaultdict(list)
    last = None
    for one in answers:
        if one.learner_id != last:
            met, last = set[tuple[str, str]](), one.learner_id
        key = (one.item_id, one.key_version)
        if key not in met:
            met.add(key)
            found[key].append(one)
    return found


def _sets(course: Course, module: Module) -> Iterator[tuple[str, Sequence[Item]]]:
    quiz = module.quizzes.get(course.source_language)
    if quiz and quiz.items:
        yield "quiz", quiz.items
    lessons = (module.lessons.get((slug, course.source_language)) for slug in module.slugs)
    checks = [item for lesson in lessons if lesson for item in lesson.checks]
    if checks:
        yield "checks", checks


@dataclass(frozen=True, slots=True)
class _Reader:
    """What every set of a course is read with."""

    site: Site
    course: Course
    versions: Sequence[ItemVersion]
    known: Calibrated
    answers: Mapping[tuple[str, str], Sequence[Given]]
    cohort: Cohort | None
    second: str | None

    def of(self, module: Module, kind: str, items: Sequence[Item]) -> SetReport:
        """The report on one set."""
        library = self.site.courses.current
        rows = {(row.item_id, row.key_version): row for row in self.versions}
        current = [(item.id, library.item_versions(self.course.id, item.id).key_version) for item in items]
        table = AnswerTable([rows[key] for key in current], self.answers)
        found = questions.questions(table.work, table.choices, table.keys, table.guesses)
        by_language = {language: self._apart(table, language) for language in sorted(set(table.languages))}
        second = questions.compare(table.work, table.spoken == self.second, purified=True) if self.second else [None] * len(items)
        cohort = self._cohort(table)
        lately = questions.compare(table.work, table.recent, purified=True)
        leaks = table.leaks()
        reports = []
        for at, item in enumerate(items):
            version = rows[current[at]]
            report = ItemReport(
                item=item,
                key_version=version.key_version,
                skill_id=version.skill_id,
                question=found[at],
                by_language={language: one[at] for language, one in by_language.items()},
                earlier=self._earlier(version, rows),
                distribution=tuple(sorted(Counter(table.marks[~np.isnan(table.marks[:, at]), at].tolist()).items())),
                parameters=_parameters(version, self.known),
                by_language_dif=second[at],
                cohort_dif=cohort[at],
                lately=lately[at],
                leak=leaks[at],
                flags=(),
            )
            reports.append(replace(report, flags=tuple(_flags(report, self.course.source_language, self.second))))
        people = len(table.marks)
        fitted = table.work.fitted
        reliability = calibration.reliability(fitted) if fitted is not None and people >= ctt.FEWEST_FOR_VERDICTS else None
        test = questions.quiz(table.work)
        if test.n < ctt.FEWEST_FOR_VERDICTS:
            test = QuizStatistics(test.n, test.mean, test.sd)
        return SetReport(
            module.id, kind, people, tuple(reports), test, table.work.comparable, None if reliability is None else 100.0 * reliability
        )

    def _apart(self, table: AnswerTable, language: str) -> list[Question]:
        """The same questions among the answers in one language."""
        return questions.questions(table.work, table.choices, table.keys, table.guesses, people=table.spoken == language)

    def _cohort(self, table: AnswerTable) -> Sequence[Compared | None]:
        if self.cohort is None:
            return [None] * len(table.keys)
        if self.cohort.group == "language":
            return questions.compare(table.work, table.spoken == self.cohort.focal, purified=True)
        return questions.compare(table.work, table.states == self.cohort.focal, table.states != "", purified=True)

    def _earlier(self, version: ItemVersion, rows: Mapping[tuple[str, str], ItemVersion]) -> tuple[Version, ...]:
        """Key versions of an item that are asked no more, each with the answers it got: facility and options only."""
        found = []
        for (item_id, key_version), row in rows.items():
            if item_id == version.item_id and key_version != version.key_version and self.answers.get((item_id, key_version)):
                table = AnswerTable([row], self.answers)
                one = questions.questions(table.work, table.choices, table.keys, table.guesses)[0]
                found.append(Version(key_version, row.first_seen_at, one))
        return tuple(found)


def _parameters(version: ItemVersion, known: Calibrated) -> Parameters | None:
    """The calibration in force of the newest edition that has one."""
    rows = [
        row
        for (*key, _edition), (skill, row) in known.parameters.items()
        if tuple(key) == (version.course_id, version.item_id, version.key_version) and skill == version.skill_id
    ]
    if not rows:
        return None
    row = max(rows, key=lambda one: one.edition)
    return Parameters(
        row.discrimination, row.difficulty, row.guessing, row.se_difficulty, row.answered, calibration.maturity(row.answered), row.drifted
    )


def _flags(report: ItemReport, own: str, second: str | None) -> Iterator[str]:
    found = list(report.question.flags)
    known = report.parameters
    if known and known.maturity is Maturity.CALIBRATED and known.discrimination < FLATTEST and "check-key" not in found:
        found.insert(0, "check-key")
    yield from found
    if (found_dif := report.by_language_dif) and found_dif.grade == "C" and second:
        yield f"harder-in-{second if _harder(found_dif) else own}"
    if (found_dif := report.cohort_dif) and found_dif.grade == "C":
        yield "harder-for-cohort" if _harder(found_dif) else "easier-for-cohort"
    if report.lately and report.lately.grade == "C":
        yield "harder-lately" if _harder(report.lately) else "easier-lately"
    if report.leak and report.leak.since:
        yield "leak"
    if known and known.drifted:
        yield "moved"


def _harder(found: Compared) -> bool:
    """Whether the group asked about has the harder question; where nobody of it was right, the odds are without bound."""
    return found.found.delta is None or found.found.delta < 0
