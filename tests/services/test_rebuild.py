"""Many learners derived at once: as each alone, while people answer, and by a number of statements that does not grow with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col

from academy.core.framework import Framework
from academy.services import assess, calibrate, derivation, employment, profiles, rebuild
from academy.services.profiles import Profile
from academy.services.required import required_items
from academy.services.scales import scales
from academy.services.site import Site
from academy.store import derivations, employments, evidence, evidence_rows, people, regrades
from academy.store.course_files import CourseLibrary
from academy.store.evidence_rows import EstimateRow, StandingRow
from academy.store.tables.accounts import Account
from academy.store.tables.cohorts import Employment
from academy.store.tables.learning import OpenAnswer, Regrade, Response
from academy.store.tables.standings import SkillEstimate, Standing
from tests.conftest import add_person, with_courses
from tests.factories import OPEN, single, take_quiz, write_course
from tests.population import populate

COURSE, MODULE = "ports", "1-first"
SKILLS = ("ai-social-engineering", "network-security", "ai-attack-economics")
ITEMS = {f"q{at}": SKILLS[at % len(SKILLS)] for at in range(9)}
ROLES = ("", "PD-WRL-003", "PD-WRL-001")
State = tuple[dict[str, EstimateRow], StandingRow]


@pytest.fixture
def small(site: Site, tmp_path: Path, framework: Framework) -> Site:
    """One course with nine questions of three skills and one to be answered in one's own words, on either database."""
    items = "".join(single(name, skill=skill) for name, skill in ITEMS.items()) + OPEN.format(id="own", self="")
    write_course(tmp_path / "courses", items)
    return with_courses(site, CourseLibrary([tmp_path / "courses"], frozenset(framework.skills)))


def alone(site: Site, learner_id: int) -> State:
    """What a learner's own rows give, each kind read by itself."""
    with site.database.reading() as session:
        responses = list(evidence_rows.narrowed(session, col(Response.learner_id) == learner_id))
        account = session.get(Account, learner_id)
        assert account is not None
        known, regraded = scales(site, session), regrades.scores(session, learner_id)
        estimates, standing = derivation.replay(
            learner_id, responses, account.target_role, known, site.framework, required_items(site), regraded
        )
        standing.placed_at = employments.placed_at(session, learner_id)
    return estimates, standing


def stored(site: Site, learner_id: int) -> State:
    """What is kept of a learner; its revision and count of attempts are not derived."""
    with site.database.reading() as session:
        standing = evidence_rows.standing(session, learner_id)
        assert standing is not None
        return evidence_rows.estimates(session, learner_id), replace(standing, revision=0, attempts=0)


def everybody(site: Site) -> list[int]:
    with site.database.reading() as session:
        return evidence.learners_with_responses(session)


def generate(site: Site, seed: int, people_count: int) -> None:
    """People with answers of every kind by chance, and nothing derived."""
    chance = Random(seed)
    with site.database.writing() as session:
        for number in range(people_count):
            account = Account(
                email=f"g{seed}-{number}@example.org", name="G", target_role=chance.choice(ROLES), created_at=site.now(),
                language="es",
            )  # fmt: skip
            session.add(account)
            session.flush()
            assert account.id is not None
            _answers(site, session, account.id, chance)
            if chance.random() < 0.3:
                taken_back = site.now() if chance.random() < 0.5 else None
                session.add(
                    Employment(
                        learner_id=account.id, number=1, role_id=ROLES[1], started_on=site.today(), recorded_at=site.now(),
                        withdrawn_at=taken_back,
                    )
                )  # fmt: skip


def _answers(site: Site, session: Session, learner_id: int, chance: Random) -> None:
    at = site.now() - timedelta(days=300)
    for sequence in range(1, chance.randrange(0, 25) + 1):
        item = chance.choice(list(ITEMS))
        versions = site.courses.current.item_versions(COURSE, item)
        at += timedelta(days=chance.choice([0, 0, 0, 1, 12]), seconds=chance.randrange(600))
        purpose = chance.choice(["practice", "practice", "placement", "review"])
        row = Response(
            learner_id=learner_id, sequence=sequence, submission=f"s{sequence}", course_id=COURSE, item_id=item,
            key_version=versions.key_version if chance.random() < 0.9 else "never registered", language="es",
            text_version=versions.text_versions["es"], answer="a", score=chance.choice([0.0, 0.5, 1.0, 1.0]),
            answered_at=at - timedelta(days=20) if chance.random() < 0.1 else at, purpose=purpose, session=1,
            seconds=chance.choice([None, 20, 400]), effort=chance.choice(["", "easy", "help"]),
        )  # fmt: skip
        session.add(row)
        session.flush()
        for again in range(1, chance.choice([0, 0, 0, 0, 1, 2]) + 1):
            session.add(
                Regrade(
                    learner_id=learner_id, sequence=sequence, number=again, score_before=row.score, score=chance.choice([0.0, 1.0]),
                    key_version_before="v", key_version="w", event_id=1, regraded_at=at,
                )
            )  # fmt: skip
    if chance.random() < 0.5:
        session.add(
            OpenAnswer(
                learner_id=learner_id, number=1, submission="o", course_id=COURSE, item_id="own", text_version="t", language="es",
                text="…", given_at=at,
            )
        )  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_all_at_once_is_as_each_alone(small: Site, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derivations, "LEARNERS_AT_ONCE", 7)
    monkeypatch.setattr(derivations, "ANSWERS_AT_ONCE", 60)
    generate(small, seed, 40)
    learners = everybody(small)
    expected = {learner: alone(small, learner) for learner in learners}
    assert rebuild.rebuild_all(small) == len(learners)
    assert {learner: stored(small, learner) for learner in learners} == expected
    assert rebuild.differences(small) == []
    calibrate.calibrate(small, everything=True)
    assert {learner: stored(small, learner) for learner in learners} == {learner: alone(small, learner) for learner in learners}


def test_what_the_services_left_is_what_all_at_once_gives(small: Site) -> None:
    lena, otto = (add_person(small, name, "learner").id for name in ("lena", "otto"))
    take_quiz(small, lena, COURSE, MODULE, right=6)
    take_quiz(small, otto, COURSE, MODULE)  # its last answer waits for a reader
    employment.record(small, otto, role_id=ROLES[1], started_on=small.today().isoformat(), sector="", by=otto)
    before = [stored(small, lena), stored(small, otto)]
    spoil(small)
    assert len(rebuild.differences(small)) > 2
    rebuild.rebuild_all(small)
    assert [stored(small, lena), stored(small, otto)] == before
    assert attempts(small, lena) == 1


def spoil(site: Site) -> None:
    """Estimates that nothing gives, and standings that say nothing."""
    with site.database.writing() as session:
        session.execute(sa.update(SkillEstimate).values(theta=9.0, answers=99))
        session.execute(sa.update(SkillEstimate).where(col(SkillEstimate.skill_id) == SKILLS[1]).values(skill_id="gone"))
        session.execute(sa.update(Standing).values(sequence=0, readiness=None, role_id="", last_answer_at=None, placed_at=None))


def attempts(site: Site, learner_id: int) -> int:
    with site.database.reading() as session:
        standing = evidence_rows.standing(session, learner_id)
    assert standing is not None
    return standing.attempts


def revision(site: Site, learner_id: int) -> int:
    with site.database.reading() as session:
        standing = evidence_rows.standing(session, learner_id)
    assert standing is not None
    return standing.revision


def between(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Let something happen once after a portion was read and before it is written."""
    real, done = derivation.replay, list[bool]()

    def replay(*given: Any) -> State:
        found = real(*given)
        if not done:
            done.append(True)
            act()
        return found

    monkeypatch.setattr(derivation, "replay", replay)


@pytest.fixture
def lena(small: Site) -> int:
    """A learner among others, who has answered a quiz; everything is derived."""
    lena = add_person(small, "lena", "learner").id
    take_quiz(small, lena, COURSE, MODULE, right=4)
    populate(small, COURSE, 10, seed=3, difficulty=dict.fromkeys(ITEMS, 0.0))
    return lena


def test_whoever_answers_between_reading_and_writing_is_derived_from_all(small: Site, lena: int, monkeypatch: pytest.MonkeyPatch) -> None:
    between(monkeypatch, lambda: take_quiz(small, lena, COURSE, MODULE))
    assert rebuild.rebuild_all(small) == 11
    assert stored(small, lena) == alone(small, lena)
    assert stored(small, lena)[1].sequence == 2 * len(ITEMS) + 1  # the open question, once left blank and once waiting
    assert attempts(small, lena) == 2
    assert rebuild.differences(small) == []


def test_whoever_aims_for_another_role_between_counts_for_it(small: Site, lena: int, monkeypatch: pytest.MonkeyPatch) -> None:
    between(monkeypatch, lambda: profiles.change_profile(small, lena, Profile("Lena", "es", "MX-NLE", "", ROLES[1])))
    rebuild.rebuild_all(small)
    assert stored(small, lena)[1].role_id == ROLES[1]
    assert rebuild.differences(small) == []


def test_whoever_finds_work_between_is_placed(small: Site, lena: int, monkeypatch: pytest.MonkeyPatch) -> None:
    today = small.today().isoformat()
    between(monkeypatch, lambda: employment.record(small, lena, role_id=ROLES[1], started_on=today, sector="", by=lena))
    rebuild.rebuild_all(small)
    assert stored(small, lena)[1].placed_at is not None
    assert rebuild.differences(small) == []


def test_whoever_is_erased_between_stays_so(small: Site, lena: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def erase() -> None:
        with small.database.writing() as session:
            people.erase(session, lena)

    between(monkeypatch, erase)
    assert rebuild.rebuild_all(small) == 11
    assert lena not in everybody(small)
    rebuild.rebuild_by_portions(small, [lena])
    assert lena not in everybody(small)
    assert rebuild.differences(small) == []


def test_whoever_answers_for_the_first_time_between_is_not_lost(small: Site, lena: int, monkeypatch: pytest.MonkeyPatch) -> None:
    otto = add_person(small, "otto", "learner").id
    between(monkeypatch, lambda: take_quiz(small, otto, COURSE, MODULE))
    rebuild.rebuild_by_portions(small, [lena, otto])
    assert stored(small, otto) == alone(small, otto)
    assert attempts(small, otto) == 1


def test_whoever_is_derived_again_is_not_what_answers_under_way_have_read(small: Site, lena: int) -> None:
    """Even where nothing of theirs changes: such an answer may have been measured by parameters that are no longer in force."""
    before = revision(small, lena)
    rebuild.rebuild_all(small)
    assert revision(small, lena) == before + 1


def test_answers_are_taken_while_a_portion_is_derived(small: Site, lena: int, monkeypatch: pytest.MonkeyPatch) -> None:
    otto, taken = add_person(small, "otto", "learner").id, list[int]()

    def answer() -> None:
        """Two people answer elsewhere, and are answered before the portion goes on."""
        with ThreadPoolExecutor(2) as pool:
            for running in [pool.submit(take_quiz, small, one, COURSE, MODULE) for one in (lena, otto)]:
                taken.append(running.result(60))

    between(monkeypatch, answer)
    rebuild.rebuild_all(small)
    assert taken == [2, 1]
    assert rebuild.differences(small) == []


def test_answers_and_portions_take_turns(small: Site, lena: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derivations, "LEARNERS_AT_ONCE", 2)
    others = [add_person(small, f"p{number}", "learner").id for number in range(3)]

    def answer(learner: int) -> list[int]:
        return [take_quiz(small, learner, COURSE, MODULE) for _ in range(3)]

    with ThreadPoolExecutor(len(others) + 1) as pool, ThreadPoolExecutor(2) as nights:
        running = [pool.submit(answer, one) for one in (lena, *others)]
        while not all(one.done() for one in running):
            assert set(nights.map(rebuild.rebuild_all, [small, small])) <= {11, 12, 13, 14}
    assert [one.result()[-1] for one in running] == [4, 3, 3, 3]
    assert rebuild.differences(small) == []


@pytest.fixture
def sent(small: Site) -> Iterator[list[str]]:
    """The statements that the database is sent."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        found.append(statement)

    sa.event.listen(small.database.engine, "before_cursor_execute", note)
    yield found
    sa.event.remove(small.database.engine, "before_cursor_execute", note)


def test_a_portion_takes_as_many_statements_whatever_it_holds(small: Site, sent: list[str]) -> None:
    generate(small, 4, 40)
    learners, counts = everybody(small), []
    rebuild.rebuild_by_portions(small, learners[:1])  # reads the scales
    for some in (learners[1:6], learners[6:]):
        sent.clear()
        rebuild.rebuild_by_portions(small, some)
        counts.append(len(sent))
    assert counts[0] == counts[1] <= 15


def test_what_has_not_changed_is_not_written(small: Site, lena: int, sent: list[str]) -> None:
    rebuild.rebuild_all(small)
    assert not [statement for statement in sent if "skillestimate" in statement and not statement.startswith("SELECT")]


def test_a_portion_is_bounded_by_learners_and_by_answers(small: Site, lena: int, monkeypatch: pytest.MonkeyPatch) -> None:
    learners = everybody(small)

    def sizes() -> list[int]:
        with small.database.reading() as session:
            return [len(chosen) for chosen in derivations.portions(session, learners)]

    assert sizes() == [11]
    monkeypatch.setattr(derivations, "LEARNERS_AT_ONCE", 4)
    assert sizes() == [4, 4, 3]
    monkeypatch.setattr(derivations, "ANSWERS_AT_ONCE", 3 * len(ITEMS) + 1)
    assert sizes() == [3, 3, 3, 2]
    monkeypatch.setattr(derivations, "ANSWERS_AT_ONCE", 1)
    assert sizes() == [1] * 11


def test_progress_is_told_after_each_portion(small: Site, lena: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derivations, "LEARNERS_AT_ONCE", 4)
    told: list[tuple[int, int]] = []
    rebuild.rebuild_all(small, lambda done, total: told.append((done, total)))
    assert told == [(4, 11), (8, 11), (11, 11)]
    told.clear()
    rebuild.differences(small, lambda done, total: told.append((done, total)))
    assert told == [(done, 11) for done in range(1, 12)]


def test_nothing_is_to_be_derived_where_nobody_answered(small: Site) -> None:
    assert rebuild.rebuild_all(small) == 0
    assert rebuild.differences(small) == []
    assert assess.check_answers(small, 1, COURSE, ["q1"]) == {}
