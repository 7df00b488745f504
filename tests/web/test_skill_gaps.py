"""Skill gaps by skill and competency area, of each state and role, without saying anything about few people."""

from __future__ import annotations

import csv
import dataclasses
import io
import re

import numpy as np
import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from academy.core.measurement import ability
from academy.core.measurement.irt import ItemParameters
from academy.core.workforce import skill_gap
from academy.core.workforce.skill_gap import Group, publish_gaps
from academy.core.workforce.suppression import Published
from academy.services import gap, publish
from academy.services.gap import Query
from academy.services.site import Site
from academy.store.tables.accounts import Account
from academy.store.tables.standings import SkillEstimate, Standing
from tests.conftest import Clock, add_person

PAGE, ROLE = "/en/programs/skills", "PD-WRL-003"
NUMBER = re.compile(r'data-skill="([^"]+)">.*?<span class="val">(?:<data value="([^"]+)">|.*?suppressed)', re.DOTALL)


def assessed(site: Site, clock: Clock, count: int, state: str, theta: float, skills: list[str]) -> None:
    """People of a state who aim for the role, all as able in these skills."""
    for number in range(count):
        person = add_person(site, f"{state}{theta:g}{number}".lower(), "learner")
        with site.database.writing() as session:
            account = session.get_one(Account, person.id)
            account.target_role, account.state = ROLE, state
            session.add(Standing(learner_id=person.id, role_id=ROLE, last_answer_at=clock()))
            for skill in skills:
                row = SkillEstimate(
                    learner_id=person.id, skill_id=skill, weights=b"", answers=9, theta=theta, se=0.3, last_answer_at=clock()
                )
                session.add(row)


def test_gaps_are_published_by_state_role_and_area(mo: FlaskClient, light_site: Site, clock: Clock) -> None:
    facts = light_site.framework
    needs = [need.skill_id for need in facts.roles[ROLE].requirements]
    skill = next(key for key in needs if facts.skills[key].competency_area)
    other = next(key for key in facts.skills if key not in needs)
    area = str(facts.skills[skill].competency_area)
    assessed(light_site, clock, 30, "MX-NLE", 9.0, [skill, other])
    assessed(light_site, clock, 24, "MX-JAL", -9.0, [skill])
    assessed(light_site, clock, 21, "MX-PUE", -9.0, [skill])
    assessed(light_site, clock, 5, "MX-CMX", -9.0, [skill])
    publish.publish(light_site)
    report = gap.read(light_site, Query(metrics=(f"gap:{skill}", f"gap:{area}", f"gap:{other}")))
    assert report is not None
    found = {(row.metric.removeprefix("gap:"), row.role, row.state): (row.value, row.suppressed) for row in report.rows}
    for name in (skill, area):
        assert found[name, "", ""] == (0.65, False), "50 of 80 lack it"
        assert found[name, ROLE, ""] == (0.65, False)
        assert found[name, "", "MX-NLE"] == (0, False)
        assert found[name, "", "MX-JAL"] == (1, False)
        assert found[name, "", "MX-CMX"] == (None, True)
        assert found[name, "", "MX-PUE"] == (None, True), "else the hidden one could be taken from the total"
    assert not [key for key in found if key[0] == other], "the role does not ask for it"
    page = dict(NUMBER.findall(mo.get(f"{PAGE}?state=MX-JAL").text))
    assert page[skill] == page[area] == "1"
    assert dict(NUMBER.findall(mo.get(f"{PAGE}?role={ROLE}").text))[skill] == "0.65"
    everywhere = mo.get(f"{PAGE}?skill={skill}").text.partition('id="everywhere"')[2]
    assert dict(NUMBER.findall(everywhere)) == {"MX-NLE": "0", "MX-JAL": "1", "MX-CMX": "", "MX-PUE": "", ROLE: "0.65"}
    lines = csv.DictReader(io.StringIO(mo.get("/en/programs/gap.csv?role=all&state=MX-JAL").text))
    assert [line["value"] for line in lines if line["metric"] == f"gap:{skill}"] == ["1"]
    manager = add_person(light_site, "max", "manager")
    publish.restate(light_site, manager.id)
    again = gap.read(light_site, Query(metrics=(f"gap:{skill}",)))
    assert again is not None
    assert again.rows == tuple(row for row in report.rows if row.metric == f"gap:{skill}"), "published again, it says nothing new"


def test_a_larger_smallest_count_hides_more_and_is_named(mo: FlaskClient, light_site: Site, clock: Clock) -> None:
    skill = light_site.framework.roles[ROLE].requirements[0].skill_id
    assessed(light_site, clock, 24, "MX-JAL", -9.0, [skill])
    publish.publish(dataclasses.replace(light_site, min_cell=25))
    page = mo.get(PAGE).text
    assert dict(NUMBER.findall(page))[skill] == ""
    assert "Hidden for fewer than 25 people." in page
    assert "no share is published of fewer than 25 people" in page


def test_without_evidence_it_says_so(mo: FlaskClient, light_site: Site) -> None:
    assert "academy publish" in mo.get(PAGE).text
    publish.publish(light_site)
    assert "That is not a zero" in mo.get(PAGE).text


def test_who_may_and_what_is_refused(mo: FlaskClient, stranger: FlaskClient, lena: FlaskClient, ed: FlaskClient) -> None:
    assert stranger.get(PAGE).status_code == 302
    assert lena.get(PAGE).status_code == 403
    assert ed.get(PAGE).status_code == 403
    assert mo.get(f"{PAGE}?skill=none").status_code == 400
    assert mo.get(f"{PAGE}?role=none").status_code == 400


def test_one_hidden_group_is_never_alone() -> None:
    groups = {"a": Group(30, 0.4), "b": Group(25, 0.2), "c": Group(3, 0.9)}
    found = publish_gaps(groups)
    assert [key for key, gap_ in found.items() if gap_.suppressed] == ["b", "c"]
    assert found["a"].value == 0.6
    assert not any(gap_.suppressed for gap_ in publish_gaps({"a": Group(20, 1.0)}).values())
    assert publish_gaps({"a": Group(19, 1.0)})["a"].suppressed


def test_what_was_hidden_before_is_not_left_alone_by_what_is_shown_since() -> None:
    first = {"a": Group(3, 0.9), "b": Group(25, 0.2), "c": Group(30, 0.4)}
    before = publish_gaps(first)
    assert [key for key, found in before.items() if found.suppressed] == ["a", "b"]
    for later in ({"b": Group(25, 0.2), "c": Group(30, 0.4)}, {**first, "a": Group(2, 0.9), "c": Group(24, 0.4)}):
        found = publish_gaps(later, before=before)
        assert found["b"].suppressed, "or it would stand for what was hidden of it, and leave only the first"
    after = publish_gaps({"b": Group(25, 0.2), "c": Group(30, 0.4)}, before={"b": Published(None, suppressed=True), "c": Published(0.6)})
    assert not any(found.suppressed for found in after.values()), "nothing is hidden beside it any more"
    grown = publish_gaps({**first, "a": Group(20, 0.9)}, before=before)
    assert not any(found.suppressed for found in grown.values()), "enough people everywhere"


@given(st.dictionaries(st.sampled_from("abcde"), st.integers(1, 40)), st.dictionaries(st.sampled_from("abcde"), st.integers(1, 40)))
def test_of_two_publications_no_group_is_hidden_alone(first: dict[str, int], second: dict[str, int]) -> None:
    before = publish_gaps({key: Group(people, 0.5) for key, people in first.items()})
    now = publish_gaps({key: Group(people, 0.5) for key, people in second.items()}, before=before)
    hidden = {key for key, found in now.items() if found.suppressed}
    assert len(hidden) != 1 or len(now) == 1
    was_hidden = {key for key, found in before.items() if found.suppressed}
    left = {key for key in was_hidden if key not in now or key in hidden}
    assert len(left) != 1 or len(was_hidden) == 1
    assert {key for key, people in second.items() if people < 20} <= hidden


def test_a_total_that_tells_of_the_one_new_group_is_hidden() -> None:
    groups = {"a": Group(3, 0.9), "b": Group(25, 0.2)}
    before = {"b": Published(0.8)}
    now = publish_gaps(groups, before=before)
    assert skill_gap.told_by_total(groups, now, before)
    assert not skill_gap.told_by_total({**groups, "c": Group(14, 0.5)}, now, before), "rounding leaves 5 numbers open of 42 people"
    assert not skill_gap.told_by_total(groups, now, {}), "nothing was published"
    assert not skill_gap.told_by_total(groups, now, {key: Published(None, suppressed=True) for key in groups}), "neither is known"


def test_two_publications_of_few_people_hide_the_skill(light_site: Site, clock: Clock) -> None:
    skill = light_site.framework.roles[ROLE].requirements[0].skill_id
    assessed(light_site, clock, 25, "MX-JAL", -9.0, [skill])
    publish.publish(light_site)
    assessed(light_site, clock, 3, "MX-PUE", 9.0, [skill])
    clock.forward(days=1)
    publish.publish(light_site)
    report = gap.read(light_site, Query(metrics=(f"gap:{skill}",)))
    assert report is not None
    assert {(row.role, row.state) for row in report.rows} == {("", ""), (ROLE, ""), ("", "MX-JAL"), ("", "MX-PUE")}
    assert all(row.suppressed for row in report.rows)


@pytest.mark.parametrize(("share", "shown"), [(0.0, 0.0), (0.024, 0.0), (0.026, 0.05), (0.975, 1.0), (0.62, 0.6)])
def test_shares_are_rounded_to_five_points(share: float, shown: float) -> None:
    assert skill_gap.rounded(share) == shown


def test_mastery_is_near_that_of_the_whole_posterior() -> None:
    posterior, item = ability.prior(), ItemParameters(1.2, 0.3, 0.2)
    for _ in range(9):
        posterior = ability.update(posterior, item, 1.0, idle_days=0.0, feedback=False)
    known = ability.summarise(posterior)
    cuts = np.array([0.0, 0.5, 1.0, 1.5])
    near = skill_gap.mastery(np.full(4, known.theta), np.full(4, known.se), cuts)
    whole = [ability.probability_above(posterior, float(cut)) for cut in cuts]
    np.testing.assert_allclose(near, whole, atol=0.06)
