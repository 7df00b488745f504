"""The twelve questions, the funnel and the comparison: each number is a published one, and what is hidden is called so."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from academy.services import gap, overview, own_demand
from academy.services.gap import Query
from academy.services.publish import restate
from academy.services.site import Site
from academy.store import snapshots
from academy.store.tables.accounts import Account
from academy.store.tables.gap import Snapshot
from academy.store.tables.standings import Standing
from tests.conftest import Clock, add_person, client_of
from tests.publications import publish

OVERVIEW, FUNNEL, COMPARE = "/en/programs/", "/en/programs/funnel", "/en/programs/compare"
STEP = re.compile(r'<tr data-step="([^"]+)">.*?<td class="r">\s*(?:<data value="([^"]+)">|<abbr class="(sup)"|<span)', re.DOTALL)
VALUE = (
    r'<li data-metric="%s" data-side="%s">.*?<span class="val">\s*'
    r'(?:<data value="([^"]+)">|<abbr class="(sup)"|<span class="soft">(not known))'
)


@pytest.fixture
def role(light_site: Site, clock: Clock) -> str:
    """40 people of Nuevo León, 30 of them proficient, 15 of these ready; 25 of Puebla, all ready; 3 of Jalisco. Published."""
    found = next(iter(light_site.framework.role_shares))
    states = ["MX-NLE"] * 40 + ["MX-PUE"] * 25 + ["MX-JAL"] * 3
    people = [add_person(light_site, f"learner{number}", "learner") for number in range(len(states))]
    with light_site.database.writing() as session:
        for number, (person, state) in enumerate(zip(people, states, strict=True)):
            account = session.get_one(Account, person.id)
            account.target_role, account.state = found, state
            until = clock() + timedelta(days=9) if 20 <= number < 35 or number >= 40 else None
            row = Standing(learner_id=person.id, role_id=found, proficient=number >= 10, ready_until=until, last_answer_at=clock())
            session.add(row)
    publish(light_site)
    return found


@pytest.mark.parametrize("page", [OVERVIEW, FUNNEL, COMPARE])
def test_who_may_and_before_the_first_publication(
    page: str, mo: FlaskClient, stranger: FlaskClient, lena: FlaskClient, ed: FlaskClient
) -> None:
    assert stranger.get(page).status_code == 302
    assert lena.get(page).status_code == 403
    assert ed.get(page).status_code == 403
    assert "academy publish" in mo.get(page).text


def test_every_question_has_an_answer_and_a_page(mo: FlaskClient, light_site: Site, role: str) -> None:
    text = mo.get(OVERVIEW).text
    found = overview.overview(light_site, Query())
    assert found is not None
    questions = re.findall(r'<h2 class="h3"><a href="([^"]+)">(\d+)\. ', text)
    assert [number for _, number in questions] == [str(number) for number in range(1, 13)]
    for address, _number in questions:
        if not address.startswith("#"):
            assert mo.get(address.replace("&amp;", "&")).status_code == 200, address
    assert found.completion is not None
    assert found.required is not None
    assert f"<strong>{found.required:,.0f} people</strong> would have to become ready each month" in text
    assert found.seats == pytest.approx(found.required / found.completion)
    assert f"{found.seats:,.0f} seats a month" in text
    assert found.placed == pytest.approx(100 * found.completion * 0.7)
    assert len(found.gains) == 5
    for gain in found.gains:
        assert gain.cell.need - gain.cell.workforce == pytest.approx(found.placed + gain.left)
        assert gain.won == pytest.approx(found.placed / gain.cell.need)
        assert f"role={gain.cell.role}&amp;state={gain.cell.state}" in text
    assert "Nobody counted open posts yet" in text
    assert found.served.ends is not None
    assert [(group.id, group.share and group.share.value) for group in found.served.ends] == [("MX-NLE", 0.375), ("MX-PUE", 1.0)]
    assert "from 38% ready in Nuevo León to 100% in Puebla" in text
    assert mo.get(f"{OVERVIEW}?scenario=none").status_code == 400
    assert "Doce preguntas" in mo.get("/es/programs/?scenario=headline").text
    rows = f"role,state,sector,kind,low,mode,high,source,year,grade\n{role},MX-PUE,,vacancies,,20,,Job boards,2026,C\n"
    manager = add_person(light_site, "max", "manager")
    looked = own_demand.preview(light_site, rows, "own.csv")
    own_demand.apply(light_site, manager.id, rows, "own.csv", basis=looked.basis)
    restate(light_site, manager.id)
    later = overview.overview(light_site, Query())
    assert later is not None
    assert [(row.role, row.state, row.value) for row in later.over_trained] == [(role, "MX-PUE", 1.25)]
    assert re.search(r"Yes, in:\s+[^;<]+, Puebla \(1\.2\)", mo.get(OVERVIEW).text)


def test_the_way_to_every_page_of_the_gap_begins_at_the_questions(mo: FlaskClient, role: str) -> None:
    assert '<a href="/en/programs/">' in mo.get("/en/programs/gap").text.partition("</nav>")[0]
    text = mo.get(OVERVIEW).text
    assert 'aria-current="page"' in text.partition("</nav>")[0]
    for page in ("gap", "forecast", "funnel", "skills", "compare", "fairness", "border", "brief/", "demand", "views/", "sources"):
        assert re.search(rf'href="/en/programs/{page}["?#]', text), page


def test_the_funnel_says_what_is_lost_and_hides_what_is_hidden(mo: FlaskClient, light_site: Site, role: str) -> None:
    text = mo.get(f"{FUNNEL}?role={role}&state=MX-NLE").text
    steps = {step: value or hidden for step, value, hidden in STEP.findall(text)}
    assert steps == {"enrolled-active": "0.0", "enrolled-proficient": "0.25", "proficient-ready": "0.5", "ever_ready-ready": "sup"}
    assert "<strong>50%</strong> of those at the first" in text
    report = gap.read(light_site, Query(role=role, state="MX-NLE"))
    assert report is not None
    for row in report.rows:
        if row.metric in ("enrolled", "active", "proficient", "ready", "ever_ready"):
            shown = re.search(rf'<li data-stage="{row.metric}">.*?<span class="val">\s*<data value="([^"]+)">', text, re.DOTALL)
            assert shown, row.metric
            assert shown[1] == str(row.value)
    hidden = mo.get(f"{FUNNEL}?state=MX-JAL").text
    assert 'fill="url(#sup)"' in hidden
    assert {value or sup for _step, value, sup in STEP.findall(hidden)} <= {"sup", ""}
    assert "too few people" in hidden
    assert "Nobody is enrolled here" in mo.get(f"{FUNNEL}?state=MX-COL").text
    assert mo.get(f"{FUNNEL}?state=none").status_code == 400
    assert "Embudo" in mo.get("/es/programs/funnel").text


def test_two_cells_stand_side_by_side_by_address(app: Flask, mo: FlaskClient, light_site: Site, clock: Clock, role: str) -> None:
    text = mo.get(f"{COMPARE}?a_state=MX-NLE&b_state=MX-JAL&scenario=headline").text
    for side, state in (("a", "MX-NLE"), ("b", "MX-JAL")):
        report = gap.read(light_site, Query(role="", state=state, scenario="headline"))
        assert report is not None
        rows = {row.metric: row for row in report.rows}
        for metric in ("shortage", "workforce", "coverage_bottom_up", "ready", "vacancies"):
            shown = re.search(VALUE % (metric, side), text, re.DOTALL)
            assert shown, (metric, side)
            row = rows.get(metric)
            expected = "not known" if row is None else "sup" if row.suppressed else str(row.value)
            assert next(filter(None, shown.groups())) == expected, (metric, side)
    assert "They clearly differ in" in text
    same = mo.get(f"{COMPARE}?a_role={role}&b_role={role}").text
    assert "In nothing that has an interval do they clearly differ" in same
    earlier = clock().date()
    clock.forward(days=3)
    _publish_again(light_site, clock().date())
    mo = client_of(app, add_person(light_site, "max", "manager"))  # the other session has ended by then
    dated = mo.get(f"{COMPARE}?a_as_of={earlier}").text
    assert len(set(re.findall(r"All of Mexico \(([^)]+)\)", dated))) == 2
    assert mo.get(f"{COMPARE}?a_state=none").status_code == 400
    assert mo.get(f"{COMPARE}?b_as_of=yesterday").status_code == 400
    assert "Nothing was published by" in mo.get(f"{COMPARE}?b_as_of=2020-01-01").text
    assert "lado a lado" in mo.get("/es/programs/compare").text


def _publish_again(site: Site, day: date) -> None:
    """The newest publication once more, with another date."""
    with site.database.writing() as session:
        last = snapshots.latest(session)
        assert last is not None
        assert last.id is not None
        cells = snapshots.cells(session, last.id)
        kept = last.model_dump(exclude={"id", "as_of"})
        snapshots.add(session, Snapshot(as_of=day, **kept), cells)
