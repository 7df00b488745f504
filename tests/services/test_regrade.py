"""A changed key: told before, applied once, replayed exactly."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from academy.cli import main
from academy.config import read_settings
from academy.core.framework import Framework
from academy.services import assess, open_answers, rebuild, regrade
from academy.services.assess import Given
from academy.services.site import Site, open_site
from academy.store.audit import AuditEvent
from academy.store.course_files import CourseLibrary
from academy.store.db import Database
from academy.store.tables.learning import Regrade, Response
from academy.store.tables.standings import SkillEstimate
from tests.conftest import START, add_person, with_courses
from tests.factories import CHECK, OPEN, QUIZ, single, take_quiz, write_course

COURSE, MODULE, SKILL = "ports", "1-first", "ai-social-engineering"
OTHER = single("two") + single("three")
LEARNERS = 40

Served = Callable[..., Site]


def events(site: Site) -> list[AuditEvent]:
    """The audit events that tell of regrades."""
    return [event for event in rows(site, AuditEvent) if event.action == "regrade"]


@pytest.fixture
def served(site: Site, tmp_path: Path, framework: Framework) -> Served:
    """Serves the course with these questions from now on."""

    def serve(items: str, **options: str) -> Site:
        write_course(tmp_path / "courses", items, **options)  # type: ignore[arg-type]  # a check only
        return with_courses(site, CourseLibrary([tmp_path / "courses"], frozenset(framework.skills)))

    return serve


def forty(site: Site) -> None:
    """Forty attempts at a quiz that passes at 60 %: each answers the first question with a, b, c, a, b, c …

    The other two questions are answered right by every learner with an even number, and only the second by the others.
    """
    for number in range(LEARNERS):
        learner = add_person(site, f"learner{number}", "learner").id
        course = site.courses.current.courses[COURSE]
        attempt = assess.start_attempt(site, learner, COURSE, MODULE, course.modules[0].quizzes["es"])
        answers = {"one": "abc"[number % 3], "two": "b", "three": "b" if number % 2 == 0 else "a"}
        for item in course.modules[0].quizzes["es"].items:
            assess.answer_item(site, learner, attempt, item, course_id=COURSE, language="es", answer=answers[item.id])


def expected() -> tuple[int, int, int, int]:
    """Responses and attempts that change when the key of the first question moves from b to a, passes lost and won."""
    responses = lost = won = 0
    for number in range(LEARNERS):
        before, after, others = number % 3 == 1, number % 3 == 0, 2 if number % 2 == 0 else 1
        responses += before != after
        lost += (before + others) / 3 >= 0.6 > (after + others) / 3
        won += (after + others) / 3 >= 0.6 > (before + others) / 3
    return responses, responses, lost, won


def test_impact_tells_exactly_what_regrade_then_does_once(served: Served, framework: Framework, tmp_path: Path) -> None:
    before = served(single("one") + OTHER)
    forty(before)
    old = before.courses.current
    after = served(single("one", key="a") + OTHER)
    told = regrade.measure(after.database, old, after.courses.current)
    counts = (told.whole.responses, told.whole.attempts, told.whole.pass_to_fail, told.whole.fail_to_pass)
    assert counts == expected()
    assert counts[2] > 0
    assert counts[3] > 0
    assert told.items[COURSE, "one"] == told.whole
    assert told.courses[COURSE] == told.whole
    assert set(told.items) == {(COURSE, "one")}
    assert told.quizzes[COURSE, "first"].attempts == counts[1]
    assert regrade.as_json(regrade.preview(after)) == regrade.as_json(told)
    assert counted(after, Regrade) == len(events(after)) == 0

    responses = [row.model_dump() for row in rows(after, Response)]
    assert regrade.as_json(regrade.apply(after, "test")) == regrade.as_json(told)
    assert [row.model_dump() for row in rows(after, Response)] == responses, "responses are never changed"
    assert counted(after, Regrade) == counts[0]
    assert rebuild.differences(after) == []
    (event,) = events(after)
    assert (event.actor, event.action, event.details["responses"]) == ("test", "regrade", counts[0])

    again = regrade.apply(after, "test")
    assert not again.whole
    assert counted(after, Regrade) == counts[0]
    assert len(events(after)) == 1


def test_regrading_moves_results_estimates_and_what_the_learner_sees(served: Served) -> None:
    before = served(single("one") + OTHER)
    lena, kim = (add_person(before, name, "learner").id for name in ("lena", "kim"))
    number = take_quiz(before, lena, COURSE, MODULE, right=1)
    take_quiz(before, kim, COURSE, MODULE, right=0)
    after = served(single("one", key="a") + OTHER)
    theta = estimate(after, lena)
    regrade.apply(after, "test")
    assert estimate(after, lena) < theta
    seen = assess.sitting(after, lena, number)
    assert seen is not None
    assert (seen.score, seen.passed) == (0, False)
    assert (seen.answers["one"].score, seen.answers["one"].corrected) == (0, True)
    assert not seen.answers["two"].corrected
    # Answers given afterwards go on from what the replay says.
    take_quiz(after, lena, COURSE, MODULE)
    assert rebuild.differences(after) == []
    rebuild.rebuild_all(after)
    assert rebuild.differences(after) == []


def test_a_key_that_is_put_back_gives_everything_back(served: Served) -> None:
    before = served(single("one") + OTHER)
    lena = add_person(before, "lena", "learner").id
    take_quiz(before, lena, COURSE, MODULE)
    theta = estimate(before, lena)
    assert regrade.apply(served(single("one", key="a") + OTHER), "test").whole.pass_to_fail == 0
    back = served(single("one") + OTHER)
    assert regrade.apply(back, "test").whole.responses == 1
    assert estimate(back, lena) == pytest.approx(theta)
    assert [row.number for row in rows(back, Regrade)] == [1, 2]
    assert not regrade.apply(back, "test").whole
    assert rebuild.differences(back) == []


def test_points_alone_change_results_once(served: Served) -> None:
    before = served(single("one") + OTHER)
    lena = add_person(before, "lena", "learner").id
    number = take_quiz(before, lena, COURSE, MODULE, right=1)
    after = served(single("one").replace("`medium`", "`medium` `4 pts`") + OTHER)
    told = regrade.preview(after)
    assert (told.whole.responses, told.whole.attempts, told.whole.fail_to_pass) == (0, 1, 1)
    assert told.items[COURSE, "one"].attempts == 1
    regrade.apply(after, "test")
    seen = assess.sitting(after, lena, number)
    assert seen is not None
    assert seen.score == pytest.approx(4 / 6)
    assert seen.passed
    assert not regrade.apply(after, "test").whole
    assert len(events(after)) == 1


def test_words_and_order_of_options_change_nothing(served: Served) -> None:
    before = served(single("one") + OTHER)
    lena = add_person(before, "lena", "learner").id
    take_quiz(before, lena, COURSE, MODULE)
    reworded = single("one").replace("Which one?", "Which of them?").replace("b) Two", "b) Exactly two")
    assert not regrade.preview(served(reworded + OTHER)).whole
    moved = single("one", key="a").replace("a) One", "a) Two").replace("b) Two", "b) One")
    assert moved.index("a) Two") < moved.index("b) One")
    assert not regrade.preview(served(moved + OTHER)).whole, "the right words are still right under their new letter"


def test_checks_in_lessons_are_graded_again_too(served: Served) -> None:
    check = CHECK.format(id="check")
    before = served(OTHER, check=check)
    lena = add_person(before, "lena", "learner").id
    item = before.courses.current.item(COURSE, "check")
    assert item is not None
    assess.answer_check(before, lena, item, course_id=COURSE, language="es", answer="a", submission="x")
    turned = check.replace("[x] a", "[?] a").replace("[ ] b", "[x] b").replace("[?] a", "[ ] a").replace("a) Yes", "a) Yes\n    > Why.")
    after = served(OTHER, check=turned)
    told = regrade.apply(after, "test")
    assert (told.whole.responses, told.whole.fall, told.whole.attempts) == (1, 1, 0)
    given = assess.check_answers(after, lena, COURSE, ["check"])["check"]
    assert isinstance(given, Given)
    assert given.score == 0
    assert rebuild.differences(after) == []


def test_what_measures_nothing_still_does_not_when_graded_again(served: Served) -> None:
    before = served(single("one", skill="unassigned") + single("two", skill="unassigned"))
    lena = add_person(before, "lena", "learner").id
    number = take_quiz(before, lena, COURSE, MODULE)
    after = served(single("one", key="a", skill="unassigned") + single("two", skill="unassigned"))
    assert regrade.apply(after, "test").whole.responses == 1
    assert counted(after, SkillEstimate) == 0
    seen = assess.sitting(after, lena, number)
    assert seen is not None
    assert seen.score == 0.5


def test_an_open_answer_keeps_what_people_gave_it(served: Served) -> None:
    rubric = OPEN.format(id="why", self="")
    before = served(single("one") + rubric)
    lena, ed = add_person(before, "lena", "learner").id, add_person(before, "ed", "educator").id
    number = take_quiz(before, lena, COURSE, MODULE)
    assert not regrade.apply(served(single("one", key="a") + rubric), "test").whole.attempts, "its result is still open"
    open_answers.mark(before, ed, lena, 1, met=["a"], comment="")
    longer = rubric.replace("- [ ] b) Calls back", "- [ ] b) Calls back\n- [ ] c) Tells the office")
    after = served(single("one", key="c").replace("[ ] c", "[x] c") + longer)
    told = regrade.apply(after, "test")
    assert (told.whole.responses, told.whole.kept) == (0, 1)
    seen = assess.sitting(after, lena, number)
    assert seen is not None
    assert seen.answers["why"].score == 0.5
    assert seen.score == pytest.approx(0.25)
    assert rebuild.differences(after) == []


def test_removed_and_new_questions_change_nothing(served: Served) -> None:
    before = served(single("one") + OTHER)
    lena = add_person(before, "lena", "learner").id
    take_quiz(before, lena, COURSE, MODULE, right=2)
    assert not regrade.preview(served(OTHER + single("four"))).whole


def test_nobody_loses_a_pass_unless_the_quiz_accepts_it(served: Served, tmp_path: Path) -> None:
    before = served(single("one") + single("two"))
    take_quiz(before, add_person(before, "lena", "learner").id, COURSE, MODULE)
    old = before.courses.current
    after = served(single("one", key="a") + single("two"))
    told = regrade.measure(after.database, old, after.courses.current)
    assert told.whole.pass_to_fail == 1
    assert regrade.unaccepted(told, after.courses.current) == [(COURSE, "first")]
    path = tmp_path / "courses" / COURSE / MODULE / "quiz.es.md"
    path.write_text(path.read_text().replace("pass: 60", "pass: 60\nregrade: accept"))
    accepting = CourseLibrary([tmp_path / "courses"], frozenset(before.framework.skills)).current
    assert regrade.unaccepted(told, accepting) == []
    assert not any(problem.code.startswith("field") for problem in accepting.problems)
    path.write_text(path.read_text().replace("regrade: accept", "regrade: always"))
    strange = CourseLibrary([tmp_path / "courses"], frozenset(before.framework.skills)).current
    assert ("field-type", 5) in [(problem.code, problem.line) for problem in strange.problems]


@pytest.fixture
def stored(
    request: pytest.FixtureRequest, new_database: Callable[[str], Database], framework: Framework, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:  # fmt: skip
    """A repository whose courses have forty attempts stored; the key has moved in the working tree."""
    database = new_database(request.param)
    root = tmp_path / "repository"
    write_course(root / "courses", single("one") + OTHER)
    for command in (["init", "-q"], ["add", "."], ["-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-qm", "one"]):
        subprocess.run(["git", "-C", str(root), *command], check=True)
    site = Site(database=database, courses=CourseLibrary([root / "courses"], frozenset(framework.skills)), framework=framework)
    forty(with_courses(site, site.courses))
    write_course(root / "courses", single("one", key="a") + OTHER)
    monkeypatch.setenv("ACADEMY_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ACADEMY_DATABASE_URL", database.url)
    monkeypatch.setenv("ACADEMY_COURSES", str(root / "courses"))
    if database.sqlite:
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.dispose()
    return root


@pytest.mark.parametrize("stored", ["sqlite", "postgresql"], indirect=True)
def test_the_commands_print_the_exact_counts(stored: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = list(tmp_path.glob("academy-*.db"))
    hashes = [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]
    assert main(["impact", "HEAD", "--format", "json"]) == 3
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert (told["responses"], told["attempts"], told["pass_to_fail"], told["fail_to_pass"]) == expected()
    assert told["not_accepted"] == [{"course": COURSE, "quiz": "first"}]
    assert "regrade: accept" in err
    assert [hashlib.sha256(path.read_bytes()).hexdigest() for path in files] == hashes

    assert main(["impact", str(stored / "courses"), str(stored)]) == 0, "the same folder changes nothing"
    assert main(["regrade", "--format", "json"]) == 0
    capsys.readouterr()
    assert main(["regrade", "--apply", "--format", "json"]) == 0
    done = json.loads(capsys.readouterr().out)
    assert {name: done[name] for name in ("responses", "attempts", "pass_to_fail", "fail_to_pass", "items", "quizzes", "courses")} == {
        name: told[name] for name in ("responses", "attempts", "pass_to_fail", "fail_to_pass", "items", "quizzes", "courses")
    }
    site = open_site(read_settings())
    assert rebuild.differences(site) == []
    site.database.dispose()
    assert main(["regrade", "--apply"]) == 0
    assert "0 responses and 0 attempts changed" in capsys.readouterr().out
    assert main(["impact", "HEAD"]) == 0, "what is applied would not change again"


@pytest.mark.parametrize("stored", ["sqlite"], indirect=True)
def test_what_cannot_be_compared_is_said_in_a_line(stored: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["nowhere"], ["--", "-q"], ["HEAD", "v9"], [str(tmp_path / "data")], [""]):
        assert main(["impact", *arguments]) == 2, arguments
        assert len(capsys.readouterr().err.splitlines()) == 1
    quiz = stored / "courses" / COURSE / MODULE / "quiz.es.md"
    quiz.write_text(QUIZ.format(items=single("one", key="c") + OTHER))
    assert main(["impact", "HEAD"]) == 0, "a question that cannot be read changes nothing, and it is said"
    assert "questions that cannot be read are not compared" in capsys.readouterr().err


def test_a_database_opened_to_be_read_refuses_to_be_changed(database: Database, framework: Framework) -> None:
    closed = Database(database.url, read_only=True)
    with pytest.raises(RuntimeError), closed.writing():
        pass
    with closed.reading() as session:
        session.add(AuditEvent(at=START, actor="x", action="x", details={}))
        with pytest.raises(DBAPIError, match=r"read-?only"):
            session.flush()
    closed.dispose()


def rows(site: Site, table):  # type: ignore[no-untyped-def]
    with site.database.reading() as session:
        return list(session.exec(select(table)))


def counted(site: Site, table: type) -> int:
    return len(rows(site, table))


def estimate(site: Site, learner: int) -> float:
    with site.database.reading() as session:
        row = session.get(SkillEstimate, (learner, SKILL))
    assert row is not None
    return row.theta
