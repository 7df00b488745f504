"""The ledger's pages: figures added, corrected, retired, brought back; exported, imported and undone; every version stays."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient

from academy.services import audit, inputs, ledger, ledger_files
from academy.services.ledger import Refused
from academy.services.site import Site
from tests.conftest import Clock, add_person

SOURCES, NEW, IMPORT, CSV = (f"/en/programs/{end}" for end in ("sources", "sources/new", "sources/import", "sources.csv"))
ONE = "/en/programs/sources/claims/isc2-2022-mx"
FIGURE = {
    "area": "MX",
    "mode": "77000",
    "unit": "persons",
    "counts_es": "Personas que faltan",
    "counts_en": "People missing",
    "source": "Cámara del Norte, encuesta",
    "year": "2025",
    "grade": "B",
    "url": "https://example.org/encuesta",
    "retrieved": "2026-01-15",
}
HEADER = "id,area,low,mode,high,unit,counts_es,counts_en,source,year,grade,url,retrieved"


def line(name: str, mode: str = "5000", grade: str = "B", end: str = "") -> str:
    return f"{name},MX,,{mode},,persons,Personas,People,Somebody,2025,{grade},,{end}"


def send(client: FlaskClient, text: str, action: str = "preview") -> Any:
    """Look at a file; with `apply`, look and apply it if it may be."""
    looked = client.post(IMPORT, data={"action": "preview", "name": "figures.csv", "text": text})
    return looked if action == "preview" else apply(client, text, basis(looked.text))


def basis(page: str) -> str:
    found = re.search(r'name="basis" value="(\w+)"', page)
    return found[1] if found else ""


def apply(client: FlaskClient, text: str, basis: str) -> Any:
    return client.post(IMPORT, data={"action": "apply", "name": "figures.csv", "text": text, "basis": basis})


def as_sent(values: Mapping[str, str], **more: str) -> dict[str, str]:
    return {**values, "action": "save", **more}


def actions(site: Site) -> list[str]:
    return [event.action for event in audit.listing(site, limit=20)[0]]


def test_a_figure_is_added_and_stands_among_the_sources(mo: FlaskClient, light_site: Site) -> None:
    answer = mo.post(NEW, data=FIGURE)
    assert answer.location == "/en/programs/sources/claims/camara-del-norte-2025-mx"
    assert "77,000" in mo.get(SOURCES).text
    found = inputs.present(light_site).claims["camara-del-norte-2025-mx"]
    assert (found.mode, found.provenance.grade, found.provenance.retrieved) == (77_000, "B", "2026-01-15")
    assert mo.post(NEW, data=FIGURE).location.endswith("-2"), "another one of the same name"
    assert actions(light_site)[0] == "claim-added"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("mode", "many", "Write a number"),
        ("mode", "-3", "out of range"),
        ("high", "10", "out of range"),
        ("year", "soon", "Write a number"),
        ("year", "20255", "out of range"),
        ("grade", "E", "Choose one"),
        ("unit", "robots", "Choose one"),
        ("area", "Atlantis", "Choose one"),
        ("counts_es", "", "Fill this in"),
        ("source", "", "Fill this in"),
        ("source", "x" * 501, "too long"),
        ("url", "javascript:alert(1)", "https://"),
        ("retrieved", "yesterday", "2026-10-31"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_kept(
    mo: FlaskClient, light_site: Site, field: str, value: str, said: str
) -> None:
    answer = mo.post(NEW, data={**FIGURE, field: value})
    assert answer.status_code == 422
    shown = "mode" if field == "high" else field
    assert said in answer.text.split(f'id="{shown}-help"')[1][:200]
    assert 'aria-invalid="true"' in answer.text
    assert inputs.present(light_site).claims == light_site.framework.claims


def test_a_correction_is_a_version_over_what_we_ship(mo: FlaskClient, light_site: Site, clock: Clock) -> None:
    claim = light_site.framework.claims["isc2-2022-mx"]
    corrected = {**FIGURE, "mode": "270000", "source": claim.provenance.source}
    assert mo.post(ONE, data=as_sent(corrected, number="0")).status_code == 303
    found = inputs.present(light_site)
    assert found.claims[claim.id].mode == 270_000
    assert found.scenarios["mid"].mode == 270_000, "the scenario believes the claim, so it follows"
    assert light_site.framework.claims[claim.id].mode == 260_000
    versions = ledger.history(light_site, claim.id)
    assert [(version.number, version.claim.mode, version.made_by) for version in versions] == [(1, 270_000, "Mo"), (0, 260_000, "")]
    assert versions[0].made_at == clock()
    text = mo.get(ONE).text
    assert "As we ship it" in text
    assert "2 March 2026, Mo" in text
    late = mo.post(ONE, data=as_sent(corrected, number="0"))
    assert late.status_code == 422
    assert "meanwhile" in late.text


def test_a_retired_figure_is_believed_no_more_until_it_is_back(mo: FlaskClient, light_site: Site) -> None:
    assert mo.post(ONE, data={"action": "retire"}).status_code == 303
    assert "mid" not in inputs.present(light_site).scenarios, "its only claim is gone"
    assert "Retired figures" in mo.get(SOURCES).text
    assert mo.post(ONE, data={"action": "restore"}).status_code == 303
    assert inputs.present(light_site).scenarios == light_site.framework.scenarios
    assert actions(light_site)[:2] == ["claim-restored", "claim-retired"]
    assert len(ledger.history(light_site, "isc2-2022-mx")) == 3


def test_a_correction_brings_no_retired_figure_back(mo: FlaskClient, light_site: Site) -> None:
    mo.post(ONE, data={"action": "retire"})
    assert mo.post(ONE, data=as_sent(FIGURE, number="1")).status_code == 303
    newest = ledger.history(light_site, "isc2-2022-mx")[0]
    assert (newest.claim.mode, newest.retired) == (77_000, True)


def test_a_file_that_does_not_say_who_is_retired_leaves_it_so(mo: FlaskClient, light_site: Site) -> None:
    mo.post(ONE, data={"action": "retire"})
    assert send(mo, f"{HEADER}\n{line('isc2-2022-mx', '300000')}", "apply").status_code == 303
    newest = ledger.history(light_site, "isc2-2022-mx")[0]
    assert (newest.claim.mode, newest.retired) == (300_000, True)


def test_the_model_keeps_what_it_cannot_do_without(mo: FlaskClient, light_site: Site) -> None:
    workforce = f"/en/programs/sources/claims/{light_site.framework.workforce.id}"
    assert "Correct it instead" in mo.post(workforce, data={"action": "retire"}).text
    assert "people in the field" in mo.post(workforce, data=as_sent(FIGURE, number="0", unit="posts")).text
    for claim in ("isc2-2022-mx", "fortinet-2024-mx", "a3sec-2025-mx"):
        mo.post(f"/en/programs/sources/claims/{claim}", data={"action": "retire"})
    assert mo.post("/en/programs/sources/claims/cronica-2024-mx", data={"action": "retire"}).status_code == 422
    assert list(inputs.present(light_site).scenarios) == ["low"]


def test_an_export_imported_again_changes_nothing(mo: FlaskClient, light_site: Site) -> None:
    mo.post(NEW, data=FIGURE)
    mo.post(ONE, data={"action": "retire"})
    text = mo.get(CSV).text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["id"] for row in rows if row["retired"] == "yes"] == ["isc2-2022-mx"]
    found = ledger_files.preview(light_site, text, "claims.csv")
    assert (found.problems, found.added, found.changed, found.unchanged) == ((), (), (), len(rows))
    assert "nothing to apply" in send(mo, text).text


def test_a_spreadsheet_takes_no_text_for_a_formula(mo: FlaskClient, light_site: Site) -> None:
    mo.post(NEW, data=FIGURE | {"source": '=HYPERLINK("https://example.org","x")'})
    text = mo.get(CSV).text
    assert [row["source"][:7] for row in csv.DictReader(io.StringIO(text)) if "HYPER" in row["source"]] == ["'=HYPER"]
    assert ledger_files.preview(light_site, text, "claims.csv").changed == ()


def test_a_file_is_looked_at_applied_and_undone(mo: FlaskClient, light_site: Site) -> None:
    before = inputs.present(light_site)
    text = "\n".join([HEADER, line("chamber-2025-mx"), line("isc2-2022-mx", "300000"), line("a3sec-2025-mx", "25000")])
    looked = send(mo, text)
    assert looked.status_code == 200
    assert "<strong>1</strong> added, <strong>2</strong> changed" in looked.text
    assert inputs.present(light_site) == before, "a look changes nothing"
    assert send(mo, text, "apply").status_code == 303
    after = inputs.present(light_site)
    assert after.claims["chamber-2025-mx"].mode == 5000
    assert after.scenarios["mid"].mode == 300_000
    mo.post(IMPORT, data={"action": "undo"})
    assert inputs.present(light_site) == before
    assert ledger.history(light_site, "isc2-2022-mx")[0].number == 2, "undoing is a version too"
    assert "There is no import to undo" in mo.post(IMPORT, data={"action": "undo"}, follow_redirects=True).text
    assert actions(light_site)[:2] == ["claims-undone", "claims-imported"]


def test_an_import_is_not_undone_over_later_corrections(mo: FlaskClient, light_site: Site) -> None:
    send(mo, f"{HEADER}\n{line('isc2-2022-mx', '300000')}", "apply")
    mo.post(ONE, data=as_sent(FIGURE, number="1"))
    assert "isc2-2022-mx changed since" in mo.post(IMPORT, data={"action": "undo"}, follow_redirects=True).text
    assert inputs.present(light_site).claims["isc2-2022-mx"].mode == 77_000


def test_imports_are_undone_one_after_the_other(mo: FlaskClient, light_site: Site) -> None:
    before = inputs.present(light_site)
    for mode in ("300000", "310000"):
        send(mo, f"{HEADER}\n{line('isc2-2022-mx', mode)}", "apply")
    for left in (300_000, before.claims["isc2-2022-mx"].mode):
        mo.post(IMPORT, data={"action": "undo"})
        assert inputs.present(light_site).claims["isc2-2022-mx"].mode == left
    assert inputs.present(light_site) == before


def test_a_file_that_was_looked_at_before_a_correction_is_looked_at_again(mo: FlaskClient, light_site: Site) -> None:
    text = f"{HEADER}\n{line('isc2-2022-mx', '300000')}"
    seen = basis(send(mo, text).text)
    mo.post(ONE, data=as_sent(FIGURE, number="0"))
    answer = apply(mo, text, seen)
    assert answer.status_code == 409
    assert "The numbers moved since you looked" in answer.text
    assert inputs.present(light_site).claims["isc2-2022-mx"].mode == 77_000
    assert apply(mo, text, basis(answer.text)).status_code == 303


def test_what_may_be_looked_at_may_be_applied_however_long_its_letters_are_in_a_form(mo: FlaskClient, light_site: Site) -> None:
    rows = [line(f"figure-{number}").replace("Somebody", "á" * 480).replace("Personas", "é" * 480) for number in range(60)]
    text = "\n".join([HEADER, *rows])
    form: dict[str, Any] = {"action": "preview", "name": "figures.csv", "text": text}
    page = mo.post(IMPORT, data=form, content_type="multipart/form-data").text
    kind = re.search(r'<form [^>]*?(?:enctype="([^"]+)")?>(?:(?!</form>).)*value="apply"', page, re.DOTALL)
    assert kind is not None
    form |= {"action": "apply", "basis": basis(page)}
    assert mo.post(IMPORT, data=form, content_type=kind[1] or "application/x-www-form-urlencoded").status_code == 303


def test_every_fault_is_named_by_line_and_column_and_nothing_is_applied(mo: FlaskClient, light_site: Site) -> None:
    text = "\n".join([HEADER, line("good-one"), line("bad-one", "many"), line("bad-two", grade="Z"), line("good-one"), "short,line"])
    answer = send(mo, text, "apply")
    assert answer.status_code == 422
    found = ledger_files.preview(light_site, text, "figures.csv").problems
    places = [(problem.line, problem.column, problem.code) for problem in found]
    assert places == [
        (3, 13, "reference-number"),
        (4, 57, "reference-grade"),
        (5, 1, "reference-duplicate"),
        (6, 1, "reference-syntax"),
    ]
    assert '<td class="r">3</td><td class="r">13</td><td>bad-one: mode should be a number, not many.</td>' in answer.text
    assert inputs.present(light_site).claims == light_site.framework.claims
    assert "The column unit is missing" in send(mo, "id,area\nx,MX").text
    assert "it is empty" in send(mo, " ").text


def test_a_file_that_is_no_utf_8_is_said(mo: FlaskClient) -> None:
    answer = mo.post(IMPORT, data={"action": "preview", "file": (io.BytesIO("Cámara".encode("cp1252")), "a.csv")})
    assert answer.status_code == 422
    assert "UTF-8" in answer.text


@pytest.mark.parametrize("page", [NEW, IMPORT, CSV, ONE])
def test_only_managers_may(page: str, stranger: FlaskClient, lena: FlaskClient, ed: FlaskClient, mo: FlaskClient) -> None:
    assert stranger.get(page).status_code == 302
    assert lena.get(page).status_code == 403
    assert ed.post(page.replace("sources.csv", "publish")).status_code == 403
    assert mo.get(page).status_code == 200


def test_what_names_nothing_is_not_found(mo: FlaskClient) -> None:
    assert mo.get("/en/programs/sources/claims/none").status_code == 404
    assert mo.post("/en/programs/sources/claims/none", data={"action": "retire"}).status_code == 404
    assert mo.post(ONE, data={"action": "burn"}).status_code == 400
    assert mo.post(IMPORT, data={"action": "burn"}).status_code == 400


def test_who_wrote_a_version_is_kept_as_a_key_not_as_an_account(site: Site) -> None:
    manager = add_person(site, "mo", "manager")
    ledger.save(site, manager.id, FIGURE)
    ledger.retire(site, manager.id, "camara-del-norte-2025-mx", retired=True)
    versions = ledger.history(site, "camara-del-norte-2025-mx")
    assert [(version.number, version.retired, version.made_by) for version in versions] == [(2, True, "Mo"), (1, False, "Mo")]
    with pytest.raises(Refused):
        ledger.save(site, manager.id, {**FIGURE, "year": ""})
