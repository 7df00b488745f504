"""Publishing freezes what anyone may see; page, file and command read the same rows."""

from __future__ import annotations

import csv
import dataclasses
import io
import random
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import select

from academy.core.framework import Framework
from academy.core.workforce.demand import MODEL_VERSION, CellDemand, CellId
from academy.services import accounts, demo, gap, inputs
from academy.services import publish as publishing
from academy.services.gap import Query, Row
from academy.services.inputs import Inputs
from academy.services.publish import UNKNOWN, Overtaken, publish
from academy.services.site import Site
from academy.store import snapshots
from academy.store.tables.accounts import Account, RoleGrant
from academy.store.tables.gap import Snapshot, SnapshotCell
from academy.store.tables.standings import Standing
from tests import disclosure_attack
from tests.conftest import Clock, add_person

STATE = "MX-NLE"
LEARNERS = ("enrolled", "active", "proficient", "ready", "ever_ready", "became_ready")


def add_learners(site: Site, count: int, *, role: str, state: str = STATE, prefix: str = "learner", **standing: Any) -> list[int]:
    """Learners who aim for a role, with a standing where one is given."""
    people = [add_person(site, f"{prefix}{number}", "learner").id for number in range(count)]
    with site.database.writing() as session:
        for person_id in people:
            account = session.get_one(Account, person_id)
            account.target_role, account.state = role, state
            if standing:
                session.add(Standing(learner_id=person_id, role_id=role, **standing))
    return people


def numbers(site: Site, query: Query) -> dict[str, Row]:
    """The published rows of one cell by metric."""
    report = gap.read(site, query)
    assert report is not None
    return {row.metric: row for row in report.rows}


def value(found: dict[str, Row], metric: str) -> float:
    """A number that was published."""
    number = found[metric].value
    assert number is not None
    return number


def first_role(framework: Framework) -> str:
    """A role with a share of need."""
    return next(iter(framework.role_shares))


def test_nothing_is_read_before_the_first_publication(site: Site) -> None:
    assert gap.read(site, Query()) is None
    assert gap.view(site, Query()) is None


def test_a_learner_counts_once_and_small_counts_are_hidden(site: Site, clock: Clock) -> None:
    role, now = first_role(site.framework), clock()
    done: dict[str, Any] = {"proficient": True, "ready_until": now + timedelta(days=1), "first_ready_at": now, "last_answer_at": now}
    add_learners(site, 12, role=role, prefix="ready", **done)
    add_learners(site, 3, role=role, prefix="rusty", **{**done, "ready_until": now, "last_answer_at": now - timedelta(days=91)})
    add_learners(site, 2, role=role, prefix="new")
    accounts.disable(site, add_learners(site, 1, role=role, prefix="gone", **done)[0])
    publish(site)
    found = numbers(site, Query(role=role, state=STATE, scenario=gap.usual_scenario(site.framework)))
    assert [found[metric].value for metric in LEARNERS] == [15, 10, 15, 10, 15, 0]
    elsewhere = numbers(site, Query(role=role, state="MX-CMX", scenario=gap.usual_scenario(site.framework)))
    assert [(elsewhere[metric].value, elsewhere[metric].suppressed) for metric in LEARNERS] == [(0, False)] * len(LEARNERS)


def test_a_hidden_count_is_neither_zero_nor_given_away(light_site: Site, clock: Clock) -> None:
    role = first_role(light_site.framework)
    add_learners(light_site, 7, role=role, ready_until=clock() + timedelta(days=1))
    publish(light_site)
    found = numbers(light_site, Query(role=role, state=STATE, scenario=gap.usual_scenario(light_site.framework)))
    for metric in ("enrolled", "ready"):
        assert (found[metric].value, found[metric].n, found[metric].suppressed) == (None, None, True)
    assert value(found, "coverage") == pytest.approx(value(found, "workforce") / value(found, "need_top_down"), abs=1e-4)
    assert numbers(light_site, Query(role="", state="", sector="", scenario=gap.usual_scenario(light_site.framework)))["ready"].suppressed


def test_coverage_is_the_published_numbers_own(light_site: Site, clock: Clock) -> None:
    role = first_role(light_site.framework)
    add_learners(light_site, 12, role=role, ready_until=clock() + timedelta(days=1))
    publish(light_site)
    for scenario in light_site.framework.scenarios:
        found = numbers(light_site, Query(role=role, state=STATE, scenario=scenario))
        assert value(found, "ready") == 10
        counted = value(found, "workforce") + value(found, "ready")
        assert value(found, "coverage") == pytest.approx(counted / value(found, "need_top_down"), abs=1e-4)


def test_who_did_not_say_where_is_unknown_and_counts_in_the_nation(light_site: Site) -> None:
    role = first_role(light_site.framework)
    add_learners(light_site, 15, role=role, state="")
    publish(light_site)
    assert numbers(light_site, Query(role=role, state=UNKNOWN))["enrolled"].value == 15
    assert numbers(light_site, Query(role=role, state=UNKNOWN)).keys() == set(LEARNERS)
    nation = Query(role=role, state="", sector="", scenario=gap.usual_scenario(light_site.framework))
    assert numbers(light_site, nation)["enrolled"].value == 15


def test_every_place_is_published_for_every_role(light_site: Site) -> None:
    done = publish(light_site)
    with light_site.database.reading() as session:
        cells = session.exec(select(SnapshotCell).where(SnapshotCell.metric == "enrolled")).all()
    places = 1 + len(light_site.framework.states) + 1 + len(light_site.framework.sectors) + 1
    assert len(cells) == (len(light_site.framework.roles) + 1) * places
    assert done.hidden == sum(row.suppressed for row in gap.read(light_site, Query()).rows)  # type: ignore[union-attr]  # published above


def test_need_is_a_range_around_its_value_and_states_sum_to_the_nation(light_site: Site) -> None:
    publish(light_site)
    scenario = gap.usual_scenario(light_site.framework)
    view = gap.view(light_site, Query(scenario=scenario))
    assert view is not None
    for metric in ("workforce", "need_top_down", "shortage", "need_bottom_up"):
        total = view.nation.numbers[metric].value
        for places in (view.states, view.sectors):
            parts = [place.numbers[metric].value or 0 for place in places if metric in place.numbers]
            assert sum(parts) == pytest.approx(total, abs=len(parts))
    for row in view.report.rows:
        if row.lo is not None and row.hi is not None and row.value is not None:
            assert row.lo <= row.value <= row.hi


def test_the_same_seed_publishes_the_same_numbers(site: Site) -> None:
    publish(site, seed=5)
    first = gap.read(site, Query(role=""))
    publish(site, seed=5)
    again = gap.read(site, Query(role=""))
    assert first is not None
    assert again is not None
    assert first.rows == again.rows


def test_a_snapshot_is_frozen_and_found_by_date(site: Site, clock: Clock) -> None:
    role = first_role(site.framework)
    first_day = clock().date()
    publish(site)
    clock.forward(days=2)
    add_learners(site, 20, role=role)
    publish(site)
    assert numbers(site, Query(role=role, state=STATE, as_of=first_day + timedelta(days=1)))["enrolled"].value == 0
    assert numbers(site, Query(role=role, state=STATE))["enrolled"].value == 20
    assert gap.read(site, Query(as_of=first_day - timedelta(days=1))) is None


def test_a_publication_that_another_overtook_is_worked_out_anew(light_site: Site, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    real, tried = publishing._demand_of, []

    def bare(seed: int) -> None:
        with light_site.database.writing() as session:
            row = Snapshot(as_of=clock().date(), created_at=clock(), seed=seed, model_version=MODEL_VERSION, min_cell=11)
            row.inputs = inputs.as_json(inputs.shipped(light_site.framework))
            snapshots.add(session, row, [])

    def overtaken(framework: Framework, rests_on: Inputs, seed: int) -> dict[CellId, CellDemand]:
        tried.append(seed)
        if seed == 1:
            bare(99)
        return real(framework, rests_on, seed)

    monkeypatch.setattr(publishing, "_demand_of", overtaken)
    bare(1)
    manager = add_person(light_site, "max", "manager")
    number = publishing.restate(light_site, manager.id).snapshot_id
    assert tried == [1, 99]
    with light_site.database.reading() as session:
        assert session.get_one(Snapshot, number).seed == 99, "it restates what overtook it"
    monkeypatch.setattr(publishing, "_ATTEMPTS", 1)
    with pytest.raises(Overtaken):
        publish(light_site, seed=1)


def test_the_smallest_count_is_a_setting(light_site: Site) -> None:
    role = first_role(light_site.framework)
    add_learners(light_site, 5, role=role)
    publish(dataclasses.replace(light_site, min_cell=5))
    assert numbers(light_site, Query(role=role, state=STATE))["enrolled"].value == 5


def test_nothing_hidden_can_be_derived_from_two_publications(light_site: Site, clock: Clock) -> None:
    """The attack on all rows that anyone may read, for a population drawn like the demonstration's."""
    chance = random.Random(demo.SEED)
    _populate(light_site, chance, 500, clock)
    first = _shown(light_site, publish(light_site).hidden)
    clock.forward(days=1)
    _populate(light_site, chance, 3, clock)
    second = _shown(light_site, publish(light_site).hidden)
    assert disclosure_attack.narrowed(first, light_site.min_cell) == []
    assert disclosure_attack.narrowed(second, light_site.min_cell) == []
    found, held = disclosure_attack.narrowed_by_both(first, second, light_site.min_cell)
    assert found == []
    assert held > 0


def _populate(site: Site, chance: random.Random, count: int, clock: Clock) -> None:
    """Learners with the demonstration's states and roles, some of whom did not say, at every stage."""
    with site.database.writing() as session:
        for _ in range(count):
            stage, now = chance.choices(range(4), (4, 3, 2, 2))[0], clock()
            role = chance.choices([*demo.ROLES, ""], [*demo.ROLES.values(), 3])[0]
            account = Account(
                email=f"{chance.random()}@example.org",
                name="Somebody",
                created_at=now,
                target_role=role,
                state=chance.choices([*demo.STATES, ""], [*demo.STATES.values(), 6])[0],
                sector=chance.choice([*site.framework.sectors, ""]),
                language=chance.choices(("es", "en"), (9, 1))[0],
            )
            session.add(account)
            session.flush()
            assert account.id is not None
            session.add(RoleGrant(account_id=account.id, role="learner", granted_at=now))
            standing = Standing(learner_id=account.id, role_id=role, proficient=stage > 1, last_answer_at=now if stage else None)
            standing.ready_until = now + timedelta(days=900) if stage > 2 else None
            session.add(standing)


def _shown(site: Site, hidden: int) -> dict[disclosure_attack.Cell, float | None]:
    """The published counts of learners that are not all nothing, as anyone reads them."""
    report = gap.read(site, Query())
    assert report is not None
    rows = [row for row in report.rows if row.metric.partition(":")[0] in LEARNERS]
    assert {row.metric for row in rows} == {*LEARNERS, *publishing.LANGUAGE_METRICS}
    roles = {row.role for row in rows if row.value != 0}
    found = {(row.role, row.state, row.sector, row.metric): row.value for row in rows if row.role in roles}
    assert hidden > sum(row.suppressed for row in rows) > 0
    return found


def test_csv_and_json_hold_the_same_rows(site: Site) -> None:
    publish(site)
    report = gap.read(site, Query(role=first_role(site.framework), state=STATE))
    assert report is not None
    lines = list(csv.DictReader(io.StringIO(gap.as_csv(report))))
    objects = gap.as_json(report)["rows"]
    assert tuple(lines[0]) == gap.COLUMNS == tuple(objects[0])
    assert gap.as_csv(report).startswith(
        "role,state,sector,month,metric,value,lo,hi,unit,n,suppressed,source_grade,scenario,seed,model_version\r\n"
    )
    for line, found in zip(lines, objects, strict=True):
        assert line["value"] == ("" if found["value"] is None else str(found["value"]))
        assert line["suppressed"] == str(found["suppressed"]).lower()


@pytest.mark.parametrize("field", ["role", "state", "sector", "scenario"])
def test_a_filter_that_names_nothing_is_refused(framework: Framework, field: str) -> None:
    with pytest.raises(gap.ChoiceError, match=f"^{field} must be one of .*not 'nowhere'$"):
        gap.checked_query(framework, **{field: "nowhere"})


def test_filters_as_people_write_them(framework: Framework) -> None:
    found = gap.checked_query(framework, role="all", state=STATE, sector="", as_of="2026-10-31")
    assert found == Query(role="", state=STATE, sector=None, as_of=date(2026, 10, 31))
    with pytest.raises(gap.ChoiceError, match="written like 2026-10-31"):
        gap.checked_query(framework, as_of="31/10/2026")
