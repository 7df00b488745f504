"""Where learners stand still: counted once each, published under the rules of all counts, and shown with what it costs."""

from __future__ import annotations

import random
import re
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from academy.core.workforce import splits
from academy.core.workforce.shares import Share, share
from academy.core.workforce.standstill import MONTHS, failing, lost_per_month, silent
from academy.core.workforce.suppression import Published
from academy.services import gap, overview, publish, stalls, standstill
from academy.services.gap import Query, Row
from academy.services.site import Site
from academy.store.standstill import ItemCount, ModuleCount, item_counts, module_counts
from academy.store.tables.accounts import Account
from academy.store.tables.learning import Attempt, LessonVisit, Response
from academy.store.tables.standings import Standing
from tests import disclosure_attack
from tests.conftest import Clock, add_person

FUNNEL, COURSE = "/en/programs/funnel", "ai-threats"
FIRST, SECOND = "1-attack-economics", "2-deepfakes"


def go(
    site: Site,
    clock: Clock,
    address: str,
    *places: tuple[str, bool | None],
    days: float = 20,
    right: bool = False,
    item: str = "",
    purpose: str = "practice",
    failures: int = 1,
    **standing: Any,
) -> int:
    """A learner who goes through modules, passing (True), failing (False) or only reading (None), the last one `days` ago."""
    person = add_person(site, address, "learner").id
    number, end = 0, clock() - timedelta(days=days)
    with site.database.writing() as session:
        for step, (module, passed) in enumerate(places):
            at = end - timedelta(hours=len(places) - 1 - step)
            session.add(LessonVisit(learner_id=person, course_id=COURSE, module_id=module, slug="one", first_seen_at=at, last_seen_at=at))
            for _ in range(0 if passed is None else 1 if passed else failures):
                number += 1
                session.add(_attempt(person, number, module, passed=bool(passed), at=at))
        row = Standing(learner_id=person, sequence=1 if item else 0, last_answer_at=end if item or number else None, **standing)
        session.add(row)
        if item:
            session.add(_response(person, item, end, score=float(right), purpose=purpose))
    return person


def _attempt(person: int, number: int, module: str, *, passed: bool, at: datetime) -> Attempt:
    given: dict[str, Any] = {
        "learner_id": person,
        "number": number,
        "course_id": COURSE,
        "module_id": module,
        "quiz_id": "quiz",
        "seed": "s",
    }
    return Attempt(**given, item_ids=[], pass_percent=70, started_at=at, finished_at=at, score=0.5, passed=passed)


def _response(person: int, item: str, at: datetime, *, score: float, purpose: str) -> Response:
    given: dict[str, Any] = {"learner_id": person, "sequence": 1, "submission": "x", "course_id": COURSE, "item_id": item}
    more: dict[str, Any] = {"key_version": "k", "text_version": "t", "language": "es", "answer": None, "answered_at": at}
    return Response(**given, **more, score=score, purpose=purpose)


def first_item(site: Site) -> str:
    """A question of the first module's quiz."""
    return site.courses.current.courses[COURSE].modules[0].quizzes["es"].items[0].id


def rows(site: Site) -> dict[str, Row]:
    """The nation's published rows by metric."""
    view = gap.view(site, Query())
    assert view is not None
    return dict(view.nation.numbers)


def test_each_learner_stands_still_in_one_module_at_most(site: Site, clock: Clock) -> None:
    soon = clock() + timedelta(days=9)
    go(site, clock, "reads", (FIRST, None))
    go(site, clock, "moved-on", (FIRST, None), (SECOND, None))
    go(site, clock, "failed-once-today", (FIRST, False), days=0)
    go(site, clock, "failed-twice-today", (FIRST, False), days=0, failures=2)
    go(site, clock, "passed", (FIRST, True))
    go(site, clock, "ready", (FIRST, None), ready_until=soon)
    go(site, clock, "placed", (FIRST, None), placed_at=clock())
    go(site, clock, "lapsed", (FIRST, None), days=180)
    go(site, clock, "yesterday-13-days", (FIRST, None), days=13.9)
    go(site, clock, "answers-elsewhere", (FIRST, None), days=20, item="x")
    gone = go(site, clock, "disabled", (FIRST, None))
    with site.database.writing() as session:
        session.get_one(Account, gone).disabled_at = clock()
        session.get_one(Standing, 10).last_answer_at = clock() - timedelta(days=1)
    with site.database.reading() as session:
        found = {one.module_id: one for one in module_counts(session, clock())}
    assert found[FIRST] == ModuleCount(COURSE, FIRST, entered=10, finished=1, stalled=2), "who reads, and who failed twice"
    assert found[SECOND] == ModuleCount(COURSE, SECOND, entered=1, finished=0, stalled=1)


def test_the_last_answer_of_those_who_are_silent(site: Site, clock: Clock) -> None:
    go(site, clock, "wrong", item="one")
    go(site, clock, "right", item="one", right=True)
    go(site, clock, "today", item="one", days=1)
    go(site, clock, "lapsed", item="one", days=180)
    go(site, clock, "ready", item="one", ready_until=clock() + timedelta(days=1))
    go(site, clock, "reviewed", item="one", purpose="review")
    with site.database.reading() as session:
        assert item_counts(session, clock()) == [ItemCount(COURSE, "one", stopped=2, missed=1)]


def test_stuck_is_one_rule() -> None:
    assert silent(timedelta(days=14))
    assert not silent(timedelta(days=13.9))
    assert failing(2)
    assert not failing(1)


def test_the_loss_is_of_published_shares() -> None:
    stalled, completion = share(Published(50), Published(200)), share(Published(40), Published(400))
    found = lost_per_month(stalled, 200, completion)
    assert found.value == pytest.approx(50 * 0.1 / MONTHS, abs=0.01)
    assert None not in (found.low, found.value, found.high)
    assert found.low < found.value < found.high  # type: ignore[operator]  # looked at above
    assert lost_per_month(Share(None, suppressed=True), 200, completion).suppressed
    assert lost_per_month(stalled, 200, Share(None, suppressed=True)).suppressed
    assert lost_per_month(stalled, 200, Share(None)) == Share(None)


def test_it_is_published_shown_and_published_again(mo: FlaskClient, light_site: Site, clock: Clock) -> None:
    item = first_item(light_site)
    for number in range(40):
        go(light_site, clock, f"stuck{number}", (FIRST, False), item=item, right=number < 15)
    for number in range(60):
        go(light_site, clock, f"ready{number}", (FIRST, True), (SECOND, True), ready_until=clock() + timedelta(days=9))
    for number in range(3):
        go(light_site, clock, f"few{number}", (SECOND, None), item="nowhere")
    publish.publish(light_site)
    found = rows(light_site)
    place = standstill.place(COURSE, FIRST)
    assert [found[splits.name(kind, place)].value for kind in splits.MODULE_KINDS] == [100, 60, 40]
    share_stuck, lost = found[f"stall_share:{place}"], found[f"lost_ready:{place}"]
    assert (share_stuck.value, share_stuck.n) == (0.4, 100)
    assert lost.value == pytest.approx(40 * round(60 / 105, 4) / MONTHS, abs=0.01)
    assert lost.source_grade == "D"
    assert [found[f"{kind}:{COURSE}/{item}"].value for kind in splits.ITEM_KINDS] == [40, 25]
    assert not any("nowhere" in metric for metric in found), "too few stopped there"
    assert found[f"stalled:{standstill.place(COURSE, SECOND)}"].suppressed
    text = " ".join(mo.get(FUNNEL).text.split())
    assert "The module with most people stuck is <strong>Why attacking got cheaper</strong>" in text
    assert re.search(rf'data-entered="{place}">.*?<data value="100">.*?<data value="60">.*?<data value="40">.*?<data value="0.4">', text)
    assert f'data-item="{COURSE}/{item}"' in text
    assert "all work roles together" in mo.get(f"{FUNNEL}?state=MX-NLE").text
    assert "Why attacking got cheaper" in mo.get("/en/programs/").text
    assert f",stalled:{place},40," in mo.get("/en/programs/gap.csv").text
    answers = overview.overview(light_site, Query())
    assert answers is not None
    assert answers.module is not None
    assert answers.module.module.id == FIRST
    publish.restate(light_site, add_person(light_site, "max", "manager").id)
    again = rows(light_site)
    assert {metric: row.value for metric, row in again.items() if ":" in metric} == {
        metric: row.value for metric, row in found.items() if ":" in metric
    }


def test_nobody_anywhere_is_said(mo: FlaskClient, light_site: Site) -> None:
    publish.publish(light_site)
    text = mo.get(FUNNEL).text
    assert "Nobody has entered a module yet" in text
    assert "After no question did enough people stop" in text
    assert stalls.of(light_site, {}).most is None


def test_nothing_hidden_of_modules_can_be_derived_from_two_publications(light_site: Site, clock: Clock) -> None:
    """By the attack that is written apart from the product, which knows how these counts add up."""
    chance = random.Random(7)
    _wander(light_site, clock, chance, 150, "first")
    publish.publish(light_site)
    first = _shown(light_site)
    clock.forward(days=1)
    _wander(light_site, clock, chance, 4, "second")
    publish.publish(light_site)
    second = _shown(light_site)
    kinds = Counter(cell[3].partition(":")[0] for cell, value in first.items() if value is None)
    assert {"stalled", "missed"} <= set(kinds), "there is something to attack"
    assert disclosure_attack.narrowed(first, light_site.min_cell) == []
    assert disclosure_attack.narrowed(second, light_site.min_cell) == []
    assert disclosure_attack.narrowed_by_both(first, second, light_site.min_cell)[0] == []


def _wander(site: Site, clock: Clock, chance: random.Random, people: int, prefix: str) -> None:
    modules = [module.id for module in site.courses.current.courses[COURSE].modules]
    items = [item.id for item in site.courses.current.courses[COURSE].modules[0].quizzes["es"].items]
    for number in range(people):
        places = [(module, chance.choice((True, True, False, None))) for module in modules[: chance.randint(1, 5)]]
        item, days = chance.choices(items[:4], (9, 3, 2, 1))[0], chance.choice((1, 15, 30))
        go(site, clock, f"{prefix}{number}", *places, days=days, item=item, right=chance.random() < 0.2)


def _shown(site: Site) -> dict[disclosure_attack.Cell, float | None]:
    """The nation's published counts of learners, as anyone reads them."""
    found = rows(site)
    kinds = (*splits.MODULE_KINDS, *splits.ITEM_KINDS)
    return {("", "", "", metric): row.value for metric, row in found.items() if metric == "enrolled" or splits.kind_of(metric) in kinds}
