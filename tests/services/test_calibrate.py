"""Calibration on the database: only what is new, on a lasting scale, while people answer; and what an edit does."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlmodel import select

from academy.core.framework import Framework
from academy.core.measurement import calibration
from academy.core.measurement.calibration import Maturity, Priors
from academy.core.measurement.irt import author_prior
from academy.core.measurement.responses import from_marks
from academy.services import assess, calibrate, nightly, rebuild, scales
from academy.services.scales import EDIT_SD
from academy.services.site import Site
from academy.store import calibrations, derivations
from academy.store.course_files import CourseLibrary
from academy.store.tables.gap import Snapshot
from academy.store.tables.items import Calibration, ItemCalibration, ItemText
from academy.store.tables.learning import Response
from academy.store.tables.standings import SkillEstimate
from tests.conftest import Clock, add_person, with_courses
from tests.factories import single, take_quiz, write_course
from tests.population import populate

COURSE, MODULE, SKILL, OTHER = "ports", "1-first", "ai-social-engineering", "network-security"
DIFFICULTY = {"one": -1.2, "two": -0.4, "three": 0.2, "four": 0.9, "five": 1.4}


@pytest.fixture
def courses(tmp_path: Path) -> Path:
    """The folder of one small course of five questions, in Spanish and English."""
    write_course(tmp_path / "courses", "".join(single(name) for name in DIFFICULTY), languages=("es", "en"))
    return tmp_path / "courses"


@pytest.fixture
def small(site: Site, courses: Path, framework: Framework) -> Site:
    """The site with that course."""
    return with_courses(site, CourseLibrary([courses], frozenset(framework.skills)))


@pytest.fixture
def light(light_site: Site, courses: Path, framework: Framework) -> Site:
    """The same on SQLite only, for what is statistics alone."""
    return with_courses(light_site, CourseLibrary([courses], frozenset(framework.skills)))


def rows(site: Site) -> dict[tuple[str, int], ItemCalibration]:
    """The parameters in force by item and edition."""
    with site.database.reading() as session:
        found = calibrations.parameters(session, calibrations.in_force(session).values())
    return {(row.item_id, row.edition): row for row in found}


def newest(site: Site) -> Calibration:
    with site.database.reading() as session:
        return calibrations.in_force(session)[SKILL]


def edited(
    site: Site, courses: Path, framework: Framework, change: Callable[[str], str], *, languages: tuple[str, ...] = ("es", "en")
) -> Site:
    """The site after an edit of the quiz files."""
    for language in languages:
        path = courses / COURSE / MODULE / f"quiz.{language}.md"
        path.write_text(change(path.read_text()))
    return with_courses(site, CourseLibrary([courses], frozenset(framework.skills)))


def measured(site: Site, item_id: str, language: str = "es") -> object:
    """The parameters by which an answer to the item's present words is measured."""
    versions = site.courses.current.item_versions(COURSE, item_id)
    response = Response(
        learner_id=1, sequence=1, submission="x", course_id=COURSE, item_id=item_id, key_version=versions.key_version_in(language),
        text_version=versions.text_versions[language], language=language, answer=None, score=0.0, answered_at=site.now(),
    )  # fmt: skip
    with site.database.reading() as session:
        return scales.scales(site, session).measured(response)[1]


def test_the_database_is_calibrated_as_its_answers_are_as_a_table(small: Site) -> None:
    populate(small, COURSE, 120, seed=1, difficulty=DIFFICULTY, missing=0.2)
    assert rebuild.differences(small) == []
    run = calibrate.calibrate(small)
    assert [(one.skill_id, one.items, one.converged) for one in run.skills] == [(SKILL, 5, True)]
    with small.database.reading() as session:
        answers = session.exec(select(Response)).all()
        estimate = session.exec(select(SkillEstimate)).first()
    people, names = sorted({row.learner_id for row in answers}), list(DIFFICULTY)
    marks = np.full((len(people), 5), np.nan)
    for row in answers:
        marks[people.index(row.learner_id), names.index(row.item_id)] = row.score
    table = calibration.calibrate(from_marks(tuple(names), marks), "3pl", Priors(np.zeros(5), np.full(5, 1 / 3)))
    found = rows(small)
    for item in table.items:
        here = found[item.item, 0]
        assert (here.difficulty, here.discrimination, here.guessing) == pytest.approx(
            (item.difficulty, item.discrimination, item.guessing), abs=1e-5
        )
        assert (here.se_difficulty, here.answered) == pytest.approx((item.se_difficulty, item.answered), abs=1e-5)
    assert (run.learners, run.skills[0].answers) == (len(people), len(answers))
    assert estimate is not None
    assert rebuild.differences(small) == []


def test_estimates_are_measured_by_the_calibration(small: Site) -> None:
    populate(small, COURSE, 60, seed=2, difficulty=DIFFICULTY)
    lena = add_person(small, "lena", "learner").id
    before = measured(small, "one")
    assert before == author_prior("medium", 1 / 3)
    calibrate.calibrate(small)
    after = measured(small, "one")
    row = rows(small)["one", 0]
    assert after == pytest.approx(after)
    assert (after.difficulty, after.se_difficulty) == (row.difficulty, row.se_difficulty)  # type: ignore[attr-defined]
    take_quiz(small, lena, COURSE, MODULE, right=3)
    assert rebuild.differences(small) == []


def test_only_skills_with_new_answers_are_calibrated(small: Site) -> None:
    populate(small, COURSE, 40, seed=3, difficulty=DIFFICULTY)
    assert calibrate.stale_skills(small) == [SKILL]
    assert len(calibrate.calibrate(small).skills) == 1
    assert calibrate.stale_skills(small) == []
    again = calibrate.calibrate(small)
    assert (again.skills, again.learners) == ((), 0)
    assert len(calibrate.calibrate(small, everything=True).skills) == 1
    lena = add_person(small, "lena", "learner").id
    take_quiz(small, lena, COURSE, MODULE)
    third = calibrate.calibrate(small)
    assert [one.answers for one in third.skills] == [205]
    assert third.skills[0].iterations < 30


def test_repeats_and_later_months_count_as_they_should(light: Site, clock: Clock) -> None:
    lena = add_person(light, "lena", "learner").id
    take_quiz(light, lena, COURSE, MODULE, right=2)
    clock.forward(days=40)
    take_quiz(light, lena, COURSE, MODULE)
    run = calibrate.calibrate(light)
    assert [(one.answers, one.learners, one.provisional) for one in run.skills] == [(5, 1, 5)]
    assert newest(light).responses == 10


def test_people_may_answer_while_it_runs(small: Site) -> None:
    populate(small, COURSE, 50, seed=4, difficulty=DIFFICULTY)
    late: list[int] = []

    def answer(_done: int, total: int, _what: str) -> None:
        """Somebody who was there and somebody new, once while the model is fitted and once while learners are derived again."""
        if len(late) < 2 and (total > 0) == bool(late):
            person = add_person(small, f"late{len(late)}", "learner").id
            late.append(person)
            take_quiz(small, person, COURSE, MODULE, right=len(late))
            take_quiz(small, 1, COURSE, MODULE)

    run = calibrate.calibrate(small, progress=answer)
    assert len(late) == 2
    assert run.skills[0].answers == 250
    with small.database.reading() as session:
        assert len(session.exec(select(Response).where(Response.learner_id == late[1])).all()) == 5
    assert rebuild.differences(small) == []
    assert calibrate.stale_skills(small) == [SKILL]


def test_an_interrupted_run_is_taken_up_by_the_next(small: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derivations, "LEARNERS_AT_ONCE", 20)
    populate(small, COURSE, 50, seed=5, difficulty=DIFFICULTY)

    def stop(done: int, total: int, _what: str) -> None:
        if total and done < total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        calibrate.calibrate(small, progress=stop)
    assert rebuild.differences(small) != []
    again = calibrate.calibrate(small)
    assert (again.skills, again.learners) == ((), 50)
    assert rebuild.differences(small) == []


def test_abler_people_do_not_move_the_scale(light: Site, clock: Clock) -> None:
    populate(light, COURSE, 220, seed=6, difficulty=DIFFICULTY)
    calibrate.calibrate(light)
    first = rows(light)
    clock.forward(days=60)
    populate(light, COURSE, 300, seed=7, difficulty=DIFFICULTY, mean=1.2)
    calibrate.calibrate(light)
    second, fit = rows(light), newest(light)
    assert fit.linked >= 4
    assert fit.link_shift == pytest.approx(0.7, abs=0.3)
    moved = [second[key].difficulty - first[key].difficulty for key in first]
    assert abs(float(np.mean(moved))) < 0.05


def test_an_item_that_changed_its_difficulty_does_not_carry_the_link(light: Site) -> None:
    populate(light, COURSE, 210, seed=8, difficulty=DIFFICULTY)
    calibrate.calibrate(light)
    populate(light, COURSE, 500, seed=9, difficulty=DIFFICULTY | {"three": -2.0})
    run = calibrate.calibrate(light)
    assert [(row.item_id, row.drifted) for row in rows(light).values() if row.drifted] == [("three", True)]
    assert run.skills[0].drifted == 1
    assert newest(light).linked == 4


def test_a_rewording_begins_with_what_was_known_and_less_sure(light: Site, courses: Path, framework: Framework) -> None:
    populate(light, COURSE, 150, seed=10, difficulty=DIFFICULTY)
    calibrate.calibrate(light)
    known, unchanged = rows(light)["one", 0], measured(light, "two")
    light = edited(light, courses, framework, lambda text: text.replace("one: Which one?", "one: Which of them?"))
    after = measured(light, "one")
    assert after.difficulty == known.difficulty  # type: ignore[attr-defined]
    assert after.se_difficulty == pytest.approx(math.hypot(known.se_difficulty, EDIT_SD))  # type: ignore[attr-defined]
    assert measured(light, "one", "en") == after
    assert measured(light, "two") == unchanged
    assert rebuild.differences(light) == []
    populate(light, COURSE, 60, seed=11, difficulty=DIFFICULTY | {"one": 1.0})
    assert rebuild.differences(light) == []
    calibrate.calibrate(light)
    found = rows(light)
    assert found["one", 0].answered == 150
    assert found["one", 1].answered == 60
    assert found["one", 1].difficulty > found["one", 0].difficulty + 0.5
    assert rebuild.differences(light) == []


def test_a_cosmetic_rewording_changes_nothing(light: Site, courses: Path, framework: Framework) -> None:
    populate(light, COURSE, 60, seed=12, difficulty=DIFFICULTY)
    calibrate.calibrate(light)
    before = measured(light, "one")
    light = edited(
        light, courses, framework, lambda text: text.replace("one: Which one?\n`single`", "one: Which one then?\n`single` `cosmetic`")
    )
    assert measured(light, "one") == before
    with light.database.reading() as session:
        texts = session.exec(select(ItemText).where(ItemText.item_id == "one", ItemText.course_id == COURSE)).all()
    assert sorted((text.language, text.edition) for text in texts) == [("en", 0), ("en", 0), ("es", 0), ("es", 0)]


def test_a_new_key_goes_back_to_the_author(light: Site, courses: Path, framework: Framework) -> None:
    populate(light, COURSE, 60, seed=13, difficulty=DIFFICULTY)
    calibrate.calibrate(light)
    swap = {"- [ ] a) One": "- [x] a) One", "- [x] b) Two": "- [ ] b) Two"}

    def change(text: str) -> str:
        head, mark, rest = text.partition("### one:")
        body, mark2, tail = rest.partition("### two:")
        for old, new in swap.items():
            body = body.replace(old, new)
        return head + mark + body + mark2 + tail

    light = edited(light, courses, framework, change)
    assert measured(light, "one") == author_prior("medium", 1 / 3)
    assert rebuild.differences(light) == []


def test_one_language_reworded_leaves_the_other(light: Site, courses: Path, framework: Framework) -> None:
    populate(light, COURSE, 60, seed=14, difficulty=DIFFICULTY, languages=("es", "en"))
    calibrate.calibrate(light)
    before = measured(light, "one", "en")
    light = edited(light, courses, framework, lambda text: text.replace("one: Which one?", "one: ¿Cuál?"), languages=("es",))
    assert measured(light, "one", "en") == before
    assert measured(light, "one", "es") != before


def test_maturity_follows_the_ladder() -> None:
    found = [calibration.maturity(n) for n in (0, 1, 29, 30, 199, 200)]
    assert found == [
        Maturity.AUTHOR, Maturity.PROVISIONAL, Maturity.PROVISIONAL, Maturity.ESTIMATING, Maturity.ESTIMATING, Maturity.CALIBRATED,
    ]  # fmt: skip


def test_the_night_does_its_steps_once(small: Site, clock: Clock) -> None:
    populate(small, COURSE, 30, seed=15, difficulty=DIFFICULTY)
    first, second = list(nightly.run(small)), list(nightly.run(small))
    assert [step.name for step in first] == list(nightly.STEPS)
    assert not any(step.failed for step in [*first, *second])
    assert first[1].said == "1 skills calibrated, 30 learners derived again"
    assert second[1].said == "0 skills calibrated, 0 learners derived again"
    assert second[3].said.startswith("already published")
    clock.time += timedelta(days=1)
    assert list(nightly.run(small))[3].said.startswith("published")
    with small.database.reading() as session:
        assert len(session.exec(select(Snapshot)).all()) == 2
        assert len(session.exec(select(Calibration)).all()) == 1


def test_a_step_that_fails_does_not_keep_the_next_from_its_work(small: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_site: Site, _progress: nightly.Progress) -> str:
        raise ValueError("no ink")

    monkeypatch.setitem(nightly.STEPS, "calibrate", broken)
    done = list(nightly.run(small))
    assert [(step.name, step.failed) for step in done] == [("register", False), ("calibrate", True), ("purge", False), ("publish", False)]
    assert done[1].said == "no ink"


def test_nothing_answered_is_nothing_to_do(small: Site) -> None:
    run = calibrate.calibrate(small)
    assert (run.skills, run.learners) == ((), 0)
    assert assess.check_answers(small, 1, COURSE, ["one"]) == {}
