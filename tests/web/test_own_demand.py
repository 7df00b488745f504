"""Own demand: a file is looked at, applied, seen, undone and applied again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session

from academy.core.workforce.effect import Effect, effect
from academy.services import audit, gap, inputs, own_demand
from academy.services.gap import Query
from academy.services.site import Site
from academy.store.db import Database
from tests.conftest import add_person
from tests.publications import publish
from tests.web.test_gap_exports import workbook

PAGE, CSV = "/en/programs/demand", "/en/programs/demand.csv"
HEADER = "role,state,sector,kind,low,mode,high,source,year,grade"
ROLE = "PD-WRL-003"
FILE = "\n".join(
    [
        HEADER,
        ",MX-NLE,,need,3000,4000,6000,Chamber survey,2025,B",
        f"{ROLE},MX-NLE,52,need,,900,,Bank posts,2026,C",
        f"{ROLE},MX-NLE,,vacancies,,120,,Job boards,2026,C",
        ",,93,employment,,5000000,,Ministry,2024,A",
    ]
)
SIDE = re.compile(r'data-side="([^"]+)">.*?<data value="(\d+)">.*?<data value="(\d+)">', re.DOTALL)


def send(client: FlaskClient, text: str, action: str = "preview", basis: str = "") -> Any:
    return client.post(PAGE, data={"action": action, "name": "own.csv", "text": text, "basis": basis})


def apply(client: FlaskClient, text: str) -> Any:
    basis = re.search(r'name="basis" value="(\w+)"', send(client, text).text)
    assert basis is not None
    return send(client, text, "apply", basis[1])


def below(client: FlaskClient, scenario: str = "mid") -> dict[str, int]:
    """Need from below by place, as the page shows it."""
    return {place: int(value) for place, _, value in SIDE.findall(client.get(f"{PAGE}?scenario={scenario}").text)}


def test_a_file_is_looked_at_applied_seen_undone_and_applied_again(mo: FlaskClient, light_site: Site) -> None:
    before = below(mo)
    looked = send(mo, FILE)
    assert looked.status_code == 200
    assert re.search(r'data-place="need//MX-NLE/">.*?<strong><data value="4000">', looked.text, re.DOTALL)
    assert re.search(rf'data-place="need/{ROLE}/MX-NLE/52">.*?<strong><data value="900">', looked.text, re.DOTALL)
    assert re.search(rf'data-place="vacancies/{ROLE}/MX-NLE/">.*?not known.*?<strong><data value="120">', looked.text, re.DOTALL)
    assert 'data-place="need///"' in looked.text, "the total moves too"
    assert below(mo) == before, "a look changes nothing"
    assert apply(mo, FILE).status_code == 303
    after = below(mo)
    assert after["MX-NLE"] == 4000 != before["MX-NLE"]
    assert after["all"] != before["all"]
    assert mo.get(CSV).text.count("\n") == 5
    (applied,) = own_demand.imports(light_site)
    assert mo.post(f"{PAGE}/{applied.id}", data={"action": "undo"}).status_code == 303
    assert below(mo) == before
    assert inputs.present(light_site) == inputs.shipped(light_site.framework)
    mo.post(f"{PAGE}/{applied.id}", data={"action": "redo"})
    assert below(mo) == after
    assert [event.action for event in audit.listing(light_site, limit=10)[0] if event.action.startswith("demand")] == [
        "demand-redone",
        "demand-undone",
        "demand-imported",
    ]


def test_an_export_imported_again_changes_nothing(mo: FlaskClient, light_site: Site) -> None:
    apply(mo, FILE)
    found = own_demand.preview(light_site, mo.get(CSV).text, "own.csv")
    assert found.problems == ()
    assert found.effect is not None
    assert not [change for change in (*found.effect.spoken, *found.effect.totals, *found.effect.others) if change.moved]


def test_a_publication_holds_own_counts_with_their_grade(mo: FlaskClient, light_site: Site) -> None:
    publish(light_site)
    apply(mo, FILE)
    mo.post("/en/programs/publish")
    rows = {row.metric: row for row in gap.read(light_site, Query(role="", state="MX-NLE", scenario="mid")).rows}  # type: ignore[union-attr]
    assert (rows["need_bottom_up"].value, rows["need_bottom_up"].source_grade) == (4000, "B")
    assert rows["need_bottom_up"].lo < 4000 < rows["need_bottom_up"].hi  # type: ignore[operator]  # modelled numbers have ends
    role = {row.metric: row for row in gap.read(light_site, Query(role=ROLE, state="MX-NLE")).rows}  # type: ignore[union-attr]
    assert (role["vacancies"].value, role["vacancies"].unit, role["vacancies"].source_grade) == (120, "posts", "C")
    assert role["ready_per_vacancy"].value == 0
    assert "vacancies" not in rows, "nobody counted the other roles"


def test_own_counts_are_named_wherever_their_numbers_stand(mo: FlaskClient, light_site: Site) -> None:
    apply(mo, f"{HEADER}\n,,93,employment,,5000000,,Ministry,2024,A")
    publish(light_site)
    for page in ("gap", "border"):
        assert "Own counts are in these numbers: Ministry, 2024" in re.sub(r"\s+", " ", mo.get(f"/en/programs/{page}").text), page
    sheets = list(workbook(mo.get("/en/programs/gap.xlsx").data).values())
    assert ["Own counts are in these numbers", "1"] in sheets[1]
    assert sheets[2][-1][:2] == ["own: employment", "MX"]
    assert sheets[2][-1][7:10] == ["Ministry", "2024", "A"]


def test_a_count_below_its_parts_is_told(mo: FlaskClient) -> None:
    text = f"{HEADER}\n,MX-NLE,,need,,500,,A,2025,B\n{ROLE},MX-NLE,,need,,620,,B,2025,B"
    assert "the file says 500, but what is counted within it makes 620" in send(mo, text).text


@pytest.mark.parametrize(
    ("row", "column", "said"),
    [
        ("XX,,,need,,5,,A,2025,B", 1, "refers to role XX, which does not exist"),
        (",MX-XXX,,need,,5,,A,2025,B", 2, "refers to state MX-XXX"),
        (",,99,need,,5,,A,2025,B", 3, "refers to sector 99"),
        (",,,wishes,,5,,A,2025,B", 4, "not one of need, workforce, employment, vacancies"),
        (",,,need,,,,A,2025,B", 1, "lacks the field mode"),
        (",,,need,,five,,A,2025,B", 10, "should be a number, not five"),
        (",,,need,9,5,,A,2025,B", 11, "low &lt;= mode &lt;= high"),
        (",,,need,,-5,,A,2025,B", 10, "should be 0..1e+10"),
        (",,,need,0,5,9,A,2025,B", 9, "&gt; 0"),
        (",,,need,,5,,,2025,B", 1, "lacks the field source"),
        (",,,need,,5,,A,2025,Q", 20, "has the grade Q"),
        (f"{ROLE},,,employment,,5,,A,2025,B", 1, "not counted by work role"),
        (",,,employment,4,5,,A,2025,B", 15, "taken as one figure"),
    ],
)
def test_every_fault_is_named_by_line_and_column(mo: FlaskClient, light_site: Site, row: str, column: int, said: str) -> None:
    text = f"{HEADER}\n,MX-JAL,,need,,7,,A,2025,B\n{row}"
    answer = send(mo, text, "apply")
    assert answer.status_code == 422
    assert re.search(rf'<td class="r">3</td><td class="r">{column}</td><td>[^<]*{re.escape(said)}', answer.text), answer.text
    assert own_demand.rows(light_site) == ()


def test_the_same_place_twice_in_a_file_is_a_fault_and_in_a_later_file_replaces(mo: FlaskClient, light_site: Site) -> None:
    first = f"{HEADER}\n,MX-NLE,,need,,4000,,A,2025,B"
    assert "stands here twice" in send(mo, first + "\n,MX-NLE,,need,,5000,,A,2025,B").text
    apply(mo, first)
    apply(mo, first.replace("4000", "5000"))
    assert [row.mode for row in own_demand.rows(light_site)] == [5000]
    own_demand.switch(light_site, 1, own_demand.imports(light_site)[0].id, undone=True)
    assert [row.mode for row in own_demand.rows(light_site)] == [4000]


def test_a_file_that_was_looked_at_before_another_is_looked_at_again(mo: FlaskClient, light_site: Site) -> None:
    answer = send(mo, FILE, "apply", "of-yesterday")
    assert answer.status_code == 409
    assert "The numbers moved since you looked" in answer.text
    assert own_demand.rows(light_site) == ()


def test_nobody_employed_in_a_state_is_published_and_nobody_in_the_nation_is_refused(mo: FlaskClient, light_site: Site) -> None:
    nobody = f"{HEADER}\n,,,employment,,0,,A,2025,B"
    assert "people employed is 0 and should be &gt; 0" in send(mo, nobody).text
    assert apply(mo, nobody.replace(",,,", ",MX-COL,,", 1)).status_code == 303
    publish(light_site)
    for page in ("demand", "gap?state=MX-COL", "forecast?state=MX-COL"):
        assert mo.get(f"/en/programs/{page}").status_code == 200
    assert send(mo, nobody, "apply").status_code == 422


def test_nothing_is_worked_out_while_answers_wait(mo: FlaskClient, light_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    basis = own_demand.preview(light_site, FILE, "own.csv").basis
    open_now: list[bool] = []
    writing = Database.writing

    @contextmanager
    def watched(database: Database) -> Iterator[Session]:
        with writing(database) as session:
            open_now.append(True)
            yield session
        open_now.pop()

    def outside(*given: Any) -> Effect:
        assert not open_now
        return effect(*given)

    monkeypatch.setattr(Database, "writing", watched)
    monkeypatch.setattr("academy.services.own_demand.effect", outside)
    own_demand.apply(light_site, add_person(light_site, "max", "manager").id, FILE, "own.csv", basis=basis)
    assert len(own_demand.rows(light_site)) == 4


def test_a_column_that_is_not_kept_is_said(light_site: Site) -> None:
    text = f"{HEADER},url,retrieved\n,,52,workforce,,30000,,A,2025,B,https://example.org/,2026-01-15"
    found = own_demand.preview(light_site, text, "a.csv")
    assert [dict(problem.values)["field"] for problem in found.problems] == ["url", "retrieved"]
    assert found.applicable


def test_value_may_stand_for_the_most_likely(light_site: Site) -> None:
    found = own_demand.preview(light_site, "role,state,sector,kind,value,source,year,grade\n,,52,workforce,30000,A,2025,B", "a.csv")
    assert found.problems == ()
    assert [(each.row.low, each.row.mode, each.row.high) for each in found.lines] == [(30_000, 30_000, 30_000)]


@pytest.mark.parametrize("page", [PAGE, CSV])
def test_only_managers_may(page: str, stranger: FlaskClient, lena: FlaskClient, ed: FlaskClient, mo: FlaskClient) -> None:
    assert stranger.get(page).status_code == 302
    assert lena.get(page).status_code == 403
    assert ed.get(page).status_code == 403
    assert mo.get(page).status_code == 200


def test_what_names_nothing_is_refused(mo: FlaskClient) -> None:
    assert mo.post(f"{PAGE}/99", data={"action": "undo"}).status_code == 404
    assert mo.post(f"{PAGE}/99", data={"action": "burn"}).status_code == 400
    assert mo.post(PAGE, data={"action": "burn"}).status_code == 400
    assert mo.get(f"{PAGE}?scenario=none").status_code == 400
