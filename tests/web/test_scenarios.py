"""Scenarios: which figures are believed; the numbers follow, and a publication keeps those it was made with."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from flask.testing import FlaskClient

from academy import cli
from academy.core.framework import Framework
from academy.core.workforce.claims import believed
from academy.services import audit, gap, inputs, scenarios
from academy.services.gap import Query
from academy.services.publish import stale
from academy.services.site import Site
from tests.publications import publish

LIST, NEW = "/en/programs/scenarios/", "/en/programs/scenarios/new"
OWN = {"name_es": "Dos encuestas", "name_en": "Two surveys", "budgeted": "40"}


def form(claims: Iterable[str], **more: str) -> dict[str, object]:
    return {**OWN, "action": "save", "claims": list(claims), **more}


def test_the_scenarios_that_we_ship_follow_from_their_claims(framework: Framework) -> None:
    for scenario in framework.scenarios.values():
        found = believed([framework.claims[key] for key in scenario.claim_ids])
        assert found is not None
        assert (found.low, found.mode, found.high) == (scenario.low, scenario.mode, scenario.high)


def test_a_scenario_is_added_changed_retired_and_brought_back(mo: FlaskClient, light_site: Site) -> None:
    assert mo.post(NEW, data=form(["isc2-2022-mx", "fortinet-2024-mx"])).status_code == 303
    own = inputs.present(light_site).scenarios["own-1"]
    assert (own.low, own.mode, own.high, own.budgeted_share) == (260_000, 361_000, 500_000, 0.4)
    assert list(inputs.present(light_site).scenarios) == ["low", "mid", "headline", "own-1"]
    page = f"{LIST}own-1"
    assert mo.post(page, data=form(["isc2-2022-mx"], number="1", budgeted="100")).status_code == 303
    assert inputs.present(light_site).scenarios["own-1"].mode == 260_000
    assert mo.post(page, data={"action": "retire"}).status_code == 303
    assert "own-1" not in inputs.present(light_site).scenarios
    assert mo.post(page, data={"action": "restore"}).status_code == 303
    assert "own-1" in inputs.present(light_site).scenarios
    assert len(scenarios.history(light_site, "own-1")) == 4
    assert mo.get(page).text.count("2 March 2026, Mo") == 4
    assert [event.action for event in audit.listing(light_site, limit=2)[0]] == ["scenario-restored", "scenario-retired"]


def test_saving_a_scenario_neither_brings_it_back_nor_drops_a_retired_figure(mo: FlaskClient, light_site: Site) -> None:
    mo.post(NEW, data=form(["isc2-2022-mx", "fortinet-2024-mx"]))
    page, figure = f"{LIST}own-1", "/en/programs/sources/claims/isc2-2022-mx"
    mo.post(page, data={"action": "retire"})
    mo.post(figure, data={"action": "retire"})
    assert mo.post(page, data=form(["fortinet-2024-mx"], number="2")).status_code == 303
    assert scenarios.history(light_site, "own-1")[0].choice.retired
    mo.post(page, data={"action": "restore"})
    assert inputs.present(light_site).scenarios["own-1"].claim_ids == ("fortinet-2024-mx",)
    mo.post(figure, data={"action": "restore"})
    assert set(inputs.present(light_site).scenarios["own-1"].claim_ids) == {"fortinet-2024-mx", "isc2-2022-mx"}


def test_a_shipped_scenario_may_be_changed_and_stays_in_its_place(mo: FlaskClient, light_site: Site) -> None:
    mo.post(f"{LIST}headline", data=form(["fortinet-2024-mx"], number="0", budgeted="10"))
    found = inputs.present(light_site)
    assert found.scenarios["headline"].budgeted_share == 0.1
    assert list(found.scenarios) == list(light_site.framework.scenarios)
    assert "As we ship it" in mo.get(f"{LIST}headline").text
    assert mo.post(f"{LIST}headline", data=form(["fortinet-2024-mx"], number="0")).status_code == 422, "written over another's change"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name_es": ""}, "both languages"),
        ({"name_en": "x" * 61}, "both languages"),
        ({"budgeted": "nan"}, "0 to 100"),
        ({"budgeted": "101"}, "0 to 100"),
        ({"claims": []}, "at least one"),
        ({"claims": ["cyberseek-2024-us", "isc2-2023-workforce", "nothing"]}, "at least one"),
    ],
)
def test_what_is_wrong_is_said(mo: FlaskClient, light_site: Site, wrong: dict[str, object], said: str) -> None:
    answer = mo.post(NEW, data={**form(["isc2-2022-mx"]), **wrong})
    assert answer.status_code == 422
    assert said in answer.text
    assert inputs.present(light_site).scenarios == light_site.framework.scenarios


def test_a_publication_keeps_the_scenarios_it_was_made_with(
    mo: FlaskClient, light_site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(light_site)
    first = gap.view(light_site, Query())
    mo.post(NEW, data=form(["isc2-2022-mx"], budgeted="50"))
    assert stale(light_site)
    assert "published before the last change" in mo.get(LIST).text
    assert mo.get("/en/programs/gap?scenario=own-1").status_code == 400, "not published yet"
    assert mo.post("/en/programs/publish").location == "/en/programs/gap"
    assert not stale(light_site)
    text = mo.get("/en/programs/gap?scenario=own-1").text
    assert "Two surveys" in text
    view = gap.view(light_site, Query(scenario="own-1"))
    assert view is not None
    assert view.nation.numbers["shortage"].value == 130_000
    assert view.scenarios["own-1"].budgeted_share == 0.5
    assert first is not None
    assert view.nation.numbers["enrolled"] == first.nation.numbers["enrolled"]
    assert view.nation.shortages["mid"] == first.nation.shortages["mid"], "other scenarios are drawn as before"
    for page in ("gap.csv", "gap.xlsx", "gap.json"):
        assert mo.get(f"/en/programs/{page}?scenario=own-1&role=all&state=all").status_code == 200, page
    assert "Two surveys" in mo.get("/en/programs/forecast").text
    monkeypatch.setenv("ACADEMY_DATABASE_URL", light_site.database.engine.url.render_as_string(hide_password=False))
    assert cli.main(["gap", "--scenario", "own-1", "--role", "all", "--state", "all"]) == 0
    assert ",own-1," in capsys.readouterr().out
    mo.post(f"{LIST}own-1", data={"action": "retire"})
    kept = gap.view(light_site, Query(scenario="own-1"))
    assert kept is not None
    assert kept.scenarios["own-1"].mode == 260_000, "what was published stays as it was"


def test_without_a_publication_there_is_nothing_to_publish_again(mo: FlaskClient, light_site: Site) -> None:
    assert "academy publish" in mo.post("/en/programs/publish", follow_redirects=True).text


@pytest.mark.parametrize("page", [LIST, NEW, f"{LIST}mid"])
def test_only_managers_may(page: str, stranger: FlaskClient, lena: FlaskClient, ed: FlaskClient, mo: FlaskClient) -> None:
    assert stranger.get(page).status_code == 302
    assert lena.get(page).status_code == 403
    assert ed.get(page).status_code == 403
    assert mo.get(page).status_code == 200


def test_what_names_nothing_is_not_found(mo: FlaskClient) -> None:
    assert mo.get(f"{LIST}none").status_code == 404
    assert mo.post(f"{LIST}none", data={"action": "retire"}).status_code == 404
    assert mo.post(f"{LIST}mid", data={"action": "burn"}).status_code == 400
