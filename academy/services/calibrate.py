"""All answers to a skill's items turned into their parameters, kept with their date; estimates derived again by them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from sqlmodel import Session

from academy.core.content.model import Level
from academy.core.measurement import calibration
from academy.core.measurement.calibration import CalibratedItem, Priors
from academy.core.measurement.exposures import Exposure, stacked
from academy.core.measurement.irt import AUTHOR_DIFFICULTY, FloatArray
from academy.core.measurement.linking import FEWEST_ANSWERS, Link, mean_sigma
from academy.core.measurement.responses import Responses
from academy.services import rebuild, scales
from academy.services.scales import EDIT_SD, Calibrated, FormKey, ItemKey
from academy.services.site import Site
from academy.store import calibrations, evidence
from academy.store.calibrations import TextKey
from academy.store.tables.items import Calibration, ItemCalibration, ItemVersion

MODEL: calibration.Model = "3pl"
Progress = Callable[[int, int, str], None]
"""Told how much of how much is done, and what of."""

_UNFINISHED = "calibration"  # marker: the first calibration by which estimates are not all derived again
DERIVING = "learners derived again"
_HIGHEST_GUESSING = 0.95


@dataclass(frozen=True, slots=True)
class Calibrating:
    """What one run found about one skill. provisional, estimating: items with fewer than 30 and 200 answers."""

    skill_id: str
    learners: int
    answers: int
    items: int
    provisional: int
    estimating: int
    converged: bool
    iterations: int
    linked: int
    drifted: int
    number: int


@dataclass(frozen=True, slots=True)
class Run:
    """What one run did: the skills that had new answers, and how many learners were derived again."""

    skills: tuple[Calibrating, ...]
    learners: int


@dataclass(frozen=True, slots=True, eq=False)
class _Form:
    """One edition of a key version: a column of the table."""

    key: FormKey
    version: ItemVersion
    before: ItemCalibration | None
    parent: ItemCalibration | None


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    """A skill with what its calibration needs, read at one moment."""

    skill_id: str
    forms: Sequence[_Form]
    responses: Responses
    seen: int
    last: Calibration | None


def calibrate(site: Site, *, everything: bool = False, progress: Progress = lambda _done, _all, _what: None) -> Run:
    """Calibrate the skills with new answers (or all that have any), then derive estimates again by replay.

    People may answer meanwhile. Nothing is locked while the model is fitted; parameters are stored in one transaction, and
    from then on answers are measured by them. Learners are derived again in portions; whoever answers in between is
    derived from all their answers. An interrupted run is taken up by the next.
    """
    done = [_one(site, task, progress) for task in _tasks(site, everything)]
    return Run(tuple(done), _derive_again(site, progress))


def stale_skills(site: Site) -> list[str]:
    """Skills whose answers are not those that the calibration in force was fitted to."""
    with site.database.reading() as session:
        newest, counts = calibrations.in_force(session), calibrations.response_counts(session)
    return [skill for skill, count in sorted(counts.items()) if skill not in newest or newest[skill].responses != count]


def _tasks(site: Site, everything: bool) -> Iterator[_Task]:
    with site.database.reading() as session:
        skills = sorted(calibrations.response_counts(session)) if everything else stale_skills(site)
    for skill in skills:
        with site.database.reading(steady=True) as session:
            yield _task(session, skill)


def _task(session: Session, skill_id: str) -> _Task:
    known, last = scales.calibrated(session), calibrations.in_force(session).get(skill_id)
    versions = {(row.course_id, row.item_id, row.key_version): row for row in evidence.item_versions(session)}
    columns: dict[FormKey, int] = {}
    seen = 0

    columns_of: dict[tuple[TextKey, str], tuple[ItemKey, int]] = {}

    def given() -> Iterator[Exposure]:
        nonlocal seen
        for learner, text, key_version, score, at in calibrations.exposures(session, skill_id):
            found = columns_of.get((text, key_version))
            if found is None:
                item = (*text[:2], key_version)
                form = columns.setdefault((*item, known.editions.get(text, 0)), len(columns))
                found = columns_of[text, key_version] = (item, form)
            seen += 1
            yield Exposure(learner, *found, score, at)

    responses = stacked(given())
    forms = [_form(key, versions[key[:3]], known) for key in columns]
    return _Task(skill_id, forms, responses, seen, last)


def _form(key: FormKey, version: ItemVersion, known: Calibrated) -> _Form:
    """A column with what the last calibration of its skill knew of it, or of the edition before it."""
    rows = (known.parameters.get((*key[:3], edition), ("", None)) for edition in range(key[3], -1, -1))
    found = [row if skill == version.skill_id else None for skill, row in rows]
    parent = next((row for row in found[1:] if row is not None), None)
    return _Form(key, version, found[0], parent)


def _one(site: Site, task: _Task, progress: Progress) -> Calibrating:
    """Fit one skill, join it to the old scale, and store both."""
    fitted = calibration.calibrate(
        task.responses,
        MODEL,
        _priors(task),
        start=_start(task),
        progress=lambda maps, _moved: progress(maps, 0, f"steps for {task.skill_id}"),
    )
    link = _link(task, fitted.items)
    row = Calibration(
        skill_id=task.skill_id,
        created_at=site.now(),
        model=MODEL,
        learners=int(fitted.learners),
        answers=int(fitted.responses),
        responses=task.seen,
        log_likelihood=fitted.log_likelihood,
        converged=fitted.converged,
        iterations=fitted.iterations,
        link_slope=link.slope,
        link_shift=link.shift,
        linked=int(link.kept.sum()),
    )
    values = [_values(*found, link) for found in zip(task.forms, fitted.items, link.moved, strict=True)]
    with site.database.writing() as session:
        number = calibrations.add(session, row, values)
        if not calibrations.pending(session, _UNFINISHED):
            calibrations.mark_pending(session, _UNFINISHED, str(number))
    answered = [item.answered for item in fitted.items]
    return Calibrating(
        skill_id=task.skill_id,
        learners=row.learners,
        answers=row.answers,
        items=len(answered),
        provisional=sum(calibration.maturity(n) is calibration.Maturity.PROVISIONAL for n in answered),
        estimating=sum(calibration.maturity(n) is calibration.Maturity.ESTIMATING for n in answered),
        converged=row.converged,
        iterations=row.iterations,
        linked=row.linked,
        drifted=int(link.moved.sum()),
        number=number,
    )


def _priors(task: _Task) -> Priors:
    """The author's levels, or what a reworded item was before, brought to the scale of the people who answered lately."""
    mean, spread = [], []
    for form in task.forms:
        if form.parent is not None:
            mean.append(form.parent.difficulty)
            spread.append(math.hypot(form.parent.se_difficulty, EDIT_SD))
        else:
            mean.append(AUTHOR_DIFFICULTY[cast(Level, form.version.level)])
            spread.append(calibration.DIFFICULTY_SD)
    guessing = np.minimum([form.version.guessing for form in task.forms], _HIGHEST_GUESSING)
    slope, shift = _scale_of(task.last)
    return Priors((np.array(mean) - shift) / slope, guessing, np.array(spread) / slope)


def _start(task: _Task) -> FloatArray:
    """What the last calibration found, on its own scale; NaN where it found nothing."""
    slope, shift = _scale_of(task.last)
    rows = [form.before or form.parent for form in task.forms]
    known = [(row.discrimination * slope, (row.difficulty - shift) / slope, row.guessing) if row else (math.nan,) * 3 for row in rows]
    return np.array(known, dtype=np.float64).reshape(len(rows), 3)


def _scale_of(last: Calibration | None) -> tuple[float, float]:
    return (last.link_slope, last.link_shift) if last else (1.0, 0.0)


def _link(task: _Task, found: Sequence[CalibratedItem]) -> Link:
    """The line to the lasting scale, through editions that have enough answers in this calibration and in the last."""
    rows = [form.before for form in task.forms]
    fewest = [min(row.answered, item.answered) if row else 0 for row, item in zip(rows, found, strict=True)]
    usable = np.array(fewest, dtype=np.float64) >= FEWEST_ANSWERS
    old = np.array([row.difficulty if row else 0.0 for row in rows])
    new = np.array([item.difficulty for item in found], dtype=np.float64)
    return mean_sigma(old, new, np.array([item.se_difficulty for item in found], dtype=np.float64), usable)


def _values(form: _Form, found: CalibratedItem, moved: bool, link: Link) -> dict[str, object]:
    """The fields of an ItemCalibration, on the lasting scale."""
    # With priors every parameter is determined.
    a, b, c, se_a, se_b = (
        cast(float, getattr(found, name)) for name in ("discrimination", "difficulty", "guessing", "se_discrimination", "se_difficulty")
    )
    names = ("course_id", "item_id", "key_version", "edition")
    return {
        **dict(zip(names, form.key, strict=True)),
        "answered": int(found.answered),
        "discrimination": a / link.slope,
        "difficulty": link.slope * b + link.shift,
        "guessing": c,
        "se_discrimination": se_a / link.slope,
        "se_difficulty": se_b * link.slope,
        "drifted": bool(moved),
    }


def _derive_again(site: Site, progress: Progress) -> int:
    """Derive everybody again whose estimates rest on changed parameters; returns how many learners."""
    with site.database.reading() as session:
        if not calibrations.pending(session, _UNFINISHED):
            return 0
    derived: set[int] = set()
    while waiting := sorted(set(_concerned(site)) - derived):  # somebody may have answered for the first time meanwhile
        rebuild.rebuild_by_portions(site, waiting, lambda done, total: progress(done, total, DERIVING))
        derived.update(waiting)
    with site.database.writing() as session:
        calibrations.mark_pending(session, _UNFINISHED, "")
    return len(derived)


def _concerned(site: Site) -> list[int]:
    """Learners with evidence in a skill that was calibrated since the work was begun."""
    with site.database.reading() as session:
        first = int(calibrations.pending(session, _UNFINISHED))
        skills = [skill for skill, row in calibrations.in_force(session).items() if row.id is not None and row.id >= first]
        return evidence.learners_with_estimates(session, skills)
