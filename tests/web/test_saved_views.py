"""Views kept by name: what was chosen comes back, only to the person who kept it."""

from __future__ import annotations

import re
from io import BytesIO
from zipfile import ZipFile

import pytest
from flask import Flask
from flask.testing import FlaskClient

from academy.services import privacy, saved_views
from academy.services.site import Site
from tests.conftest import add_person, client_of

PAGE, CHOSEN = "/en/programs/views/", "/en/programs/funnel?role=PD-WRL-003&state=MX-NLE"


def keep(client: FlaskClient, name: str = "Norte", address: str = CHOSEN) -> int:
    return client.post(PAGE, data={"name": name, "address": address}).status_code


def shown(client: FlaskClient, language: str = "en") -> list[tuple[str, str]]:
    """Address and name of each view listed."""
    page = client.get(PAGE.replace("/en/", f"/{language}/")).text
    return re.findall(r'<h2 class="h3"><a href="([^"]+)">([^<]+)</a>', page)


def test_a_view_comes_back_as_it_was_chosen_in_either_language(mo: FlaskClient) -> None:
    assert "No saved views yet" in mo.get(PAGE).text
    form = re.search(r'name="address" value="([^"]+)"', mo.get(CHOSEN).text)
    assert form is None, "nothing is published, so there is nothing to come back to"
    assert keep(mo) == 303
    assert shown(mo) == [(CHOSEN.replace("&", "&amp;"), "Norte")]
    assert shown(mo, "es") == [(CHOSEN.replace("&", "&amp;").replace("/en/", "/es/"), "Norte")]
    assert mo.get(CHOSEN).status_code == 200


def test_a_name_that_is_there_names_the_newer_view(mo: FlaskClient) -> None:
    keep(mo)
    keep(mo, " Norte ", "/es/programs/compare?a_state=MX-NLE&b_state=MX-JAL")
    assert shown(mo) == [("/en/programs/compare?a_state=MX-NLE&amp;b_state=MX-JAL", "Norte")]


def test_a_view_is_renamed_removed_and_put_back(mo: FlaskClient) -> None:
    keep(mo)
    assert mo.post(f"{PAGE}1", data={"name": "Noreste"}).status_code == 303
    assert [name for _, name in shown(mo)] == ["Noreste"]
    assert mo.post(f"{PAGE}1", data={"remove": "1"}).status_code == 303
    removed = mo.get(PAGE).text
    assert shown(mo) == []
    assert "Put it back" not in mo.get(PAGE).text, "said once"
    form = {name: value.replace("&amp;", "&") for name, value in re.findall(r'name="(name|address)" value="([^"]+)"', removed)}
    assert mo.post(PAGE, data=form).status_code == 303
    assert shown(mo) == [(CHOSEN.replace("&", "&amp;"), "Noreste")]


@pytest.mark.parametrize(
    "address",
    ["", "https://elsewhere.example/es/programs/gap", "//elsewhere.example", "/en/programs/sources", "/en/admin/", "/en/programs/nowhere"],
)
def test_only_pages_of_the_gap_are_kept(mo: FlaskClient, address: str) -> None:
    assert keep(mo, address=address) == 400
    assert shown(mo) == []


def test_what_is_wrong_is_said_and_nothing_is_lost(mo: FlaskClient) -> None:
    refused = mo.post(PAGE, data={"name": "x" * 81, "address": CHOSEN})
    assert refused.status_code == 422
    assert "80 characters at most" in refused.text
    assert CHOSEN.replace("&", "&amp;") in refused.text
    assert "x" * 81 in refused.text
    keep(mo)
    keep(mo, "Sur")
    taken = mo.post(f"{PAGE}2", data={"name": "Norte"})
    assert taken.status_code == 422
    assert "Another of your views has this name." in taken.text
    assert 'href="#name-2"' in taken.text, "the error leads to its field"
    assert "cannot be kept" in mo.post(PAGE, data={"name": "Long", "address": f"{CHOSEN}&x={'y' * 500}"}).text
    for number in range(saved_views.MOST - 2):
        assert keep(mo, f"View {number}") == 303
    assert keep(mo, "One more") == 422
    assert keep(mo, "Norte", "/en/programs/gap") == 303, "in place of the one with this name"


def test_views_are_of_the_person_who_kept_them(light_site: Site, app: Flask, mo: FlaskClient) -> None:
    keep(mo)
    other = client_of(app, add_person(light_site, "max", "manager"))
    assert shown(other) == []
    assert other.post(f"{PAGE}1", data={"name": "Mine"}).status_code == 404
    assert other.post(f"{PAGE}1", data={"remove": "1"}).status_code == 404
    assert [name for _, name in shown(mo)] == ["Norte"]
    assert keep(other) == 303


def test_views_are_among_what_is_held_about_a_person(light_site: Site, app: Flask) -> None:
    person = add_person(light_site, "ola", "manager")
    keep(client_of(app, person))
    with ZipFile(BytesIO(privacy.export(light_site, person.id))) as archive:
        held = [archive.read(name).decode() for name in archive.namelist() if name.endswith(".json")]
    assert any("Norte" in text for text in held)


def test_both_databases_keep_them(site: Site) -> None:
    ana = add_person(site, "ana", "manager").id
    kept = [saved_views.save(site, ana, name=name, address="/programs/gap") for name in ("Sur", "Norte")]
    assert [view.name for view in saved_views.listing(site, ana)] == ["Norte", "Sur"]
    assert saved_views.rename(site, ana, kept[0].id, "Centro")
    assert saved_views.remove(site, ana, kept[1].id) == kept[1]
    assert [view.name for view in saved_views.listing(site, ana)] == ["Centro"]
