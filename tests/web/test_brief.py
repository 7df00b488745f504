"""The brief of a state: on one page everything that is published of it, and nothing that is hidden."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from academy.services import brief, gap
from academy.services.gap import Query
from academy.services.site import Site
from academy.store.tables.accounts import Account
from academy.store.tables.standings import SkillEstimate, Standing
from tests.conftest import Clock, add_person
from tests.publications import publish

PAGE, ROLE = "/en/programs/brief/", "PD-WRL-003"
DATA = r'<data value="([^"]+)">'
LINE = re.compile(rf'<li data-role="([^"]+)">.*?<span class="val">{DATA}[^<]*</data>\s*<span>{DATA}.*?{DATA}', re.DOTALL)


@pytest.fixture
def skill(light_site: Site, clock: Clock) -> str:
    """A skill that 34 ready people lack, 30 of Nuevo León and 4 of Jalisco. Published."""
    found = light_site.framework.roles[ROLE].requirements[0].skill_id
    people = [add_person(light_site, f"learner{number}", "learner") for number in range(34)]
    now, until = clock(), clock() + timedelta(days=9)
    with light_site.database.writing() as session:
        for number, person in enumerate(people):
            account = session.get_one(Account, person.id)
            account.target_role, account.state = ROLE, "MX-NLE" if number < 30 else "MX-JAL"
            told: dict[str, Any] = {"weights": b"", "answers": 9, "theta": -9.0, "se": 0.3, "last_answer_at": now}
            session.add(SkillEstimate(learner_id=person.id, skill_id=found, **told))
            session.add(Standing(learner_id=person.id, role_id=ROLE, proficient=True, ready_until=until, last_answer_at=now))
    publish(light_site)
    return found


def test_before_the_first_publication_it_says_what_to_do(mo: FlaskClient) -> None:
    assert "academy publish" in mo.get(PAGE).text


def test_who_may_and_what_is_refused(mo: FlaskClient, stranger: FlaskClient, lena: FlaskClient, ed: FlaskClient) -> None:
    assert stranger.get(f"{PAGE}MX-NLE").status_code == 302
    assert lena.get(f"{PAGE}MX-NLE").status_code == 403
    assert ed.get(f"{PAGE}MX-NLE").status_code == 403
    assert mo.get(f"{PAGE}MX-XXX").status_code == mo.get(f"{PAGE}unknown").status_code == 404
    assert mo.get(f"{PAGE}MX-NLE?scenario=none").status_code == 400


def test_it_says_what_is_published_of_the_state(mo: FlaskClient, light_site: Site, skill: str) -> None:
    text = mo.get(f"{PAGE}MX-NLE").text
    report = gap.read(light_site, Query(state="MX-NLE"))
    assert report is not None
    rows = {(row.role, row.metric): row for row in report.rows if row.scenario in ("", gap.usual_scenario(light_site.framework))}
    missing = rows["", "shortage"]
    assert f"<strong>{missing.value:,} people</strong> are missing" in text
    assert missing.lo == missing.hi
    assert "one published figure that came without a range" in text
    everywhere = [row for row in report.rows if row.metric == "shortage" and not row.role]
    assert f"<strong>{min(row.lo for row in everywhere):,} to {max(row.hi for row in everywhere):,}</strong>" in text  # type: ignore[type-var]
    needs = {role: float(row.value or 0) for (role, metric), row in rows.items() if metric == "need_bottom_up" and role}
    lines = LINE.findall(text)
    assert {role for role, *_ in lines} == set(sorted(needs, key=lambda role: -needs[role])[:5])
    for role, *shown in lines:
        of = rows[role, "coverage_bottom_up"]
        assert shown == [str(of.value), str(of.lo), str(of.hi)]
    assert text.count("tile--on") == 1
    assert re.search(r'tile--on" href="/en/programs/brief/MX-NLE', text)
    assert "Nobody counted them here" in text
    scenario = report.inputs.scenarios[gap.usual_scenario(light_site.framework)]
    assert all(report.inputs.claims[key].provenance.source in text for key in scenario.claim_ids)
    chosen = mo.get("/en/programs/gap?state=MX-NLE").text
    assert re.search(r'href="/en/programs/brief/MX-NLE\?scenario=\w+">Brief for printing', chosen)
    assert f"Seed {report.seed}, model {report.model_version}." in text


def test_what_is_hidden_is_called_so_and_the_nation_has_a_brief_in_both_languages(mo: FlaskClient, light_site: Site, skill: str) -> None:
    jalisco = mo.get(f"{PAGE}MX-JAL").text
    assert re.search(r'<h3>Ready today</h3><b><abbr class="sup"', jalisco)
    assert "too few people were assessed" in jalisco
    nation = mo.get("/es/programs/brief/").text
    weakest = light_site.framework.skills[skill].name["es"]
    assert re.search(rf'{re.escape(weakest)}:\s+<data value="1">100', nation)
    assert "Todo México" in nation
    assert "tile--on" not in nation
    found = brief.brief(light_site, Query())
    assert found is not None
    assert [row.metric for row in found.weakest] == [f"gap:{skill}"]
    assert found.place.numbers["ready"].value == 35
