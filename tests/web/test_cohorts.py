"""Pages about cohorts: managers make and invite, those who answer for one see its people, learners join, see who sees them, leave."""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import io
import re
from email import message_from_string
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from academy.services import accounts, audit, cohort_plan, cohort_report, cohorts, employment, invitations, joining, profiles
from academy.services.invitation_sheet import Invitee
from academy.services.invitations import Made
from academy.services.mail import Mailer, later
from academy.services.site import Site
from tests.conftest import PASSWORD, Clock, add_person, client_of, make_app
from tests.factories import take_quiz
from tests.services.test_cohorts import TYPED

COURSE, MODULE = "ai-threats", "1-attack-economics"
HERE = "/en/programs/cohorts"


def number_of(site: Site, email: str) -> int:
    found = accounts.find_by_email(site, email)
    assert found is not None
    return found.id


def make(mo: FlaskClient, **typed: str) -> int:
    """A program and a cohort by their forms; the cohort's number."""
    answer = mo.post(f"{HERE}/programs/new", data={"name": "Norte", "partner": "Tec"})
    assert answer.status_code == 303
    program = answer.location.rpartition("=")[2]
    answer = mo.post(f"{HERE}/new", data={**TYPED, "program": program, **typed})
    assert answer.status_code == 303, answer.text
    return int(answer.location.split("/")[-2])


def link(mo: FlaskClient, cohort: int, uses: int = 3) -> str:
    """The path of a link for all."""
    page = mo.post(f"{HERE}/{cohort}/invitations/link", data={"uses": str(uses), "days": "30"})
    assert page.headers["Cache-Control"] == "no-store"
    return str(re.search(r'value="http://localhost(/en/join/[^"]+)"', page.text)[1])  # type: ignore[index]  # asserted by use


def join(client: FlaskClient, path: str) -> None:
    assert client.post(path, data={"agree": "yes"}).location == "/en/"


def test_a_cohort_is_made_planned_changed_and_archived(mo: FlaskClient, ed: FlaskClient, light_site: Site) -> None:
    assert "Begin with a program" in mo.get(f"{HERE}/").text
    cohort = make(mo)
    assert "Nobody is in it yet" in mo.get(f"{HERE}/{cohort}").text
    plan = f"{HERE}/{cohort}/plan"
    assert mo.post(f"{HERE}/{cohort}/courses", data={"course": f"{COURSE}/{MODULE}", "due_on": "2026-05-01"}).location == plan
    assert mo.post(f"{HERE}/{cohort}/courses", data={"course": "foundations", "due_on": ""}).location == plan
    assert "1 May 2026" in mo.get(plan).text
    mo.post(f"{HERE}/{cohort}/courses", data={"course": "foundations", "action": "remove"})
    assert len(cohort_plan.assignments(light_site, cohort)) == 1
    for data, words in (
        ({"course": "none", "due_on": ""}, "Choose a course or a module."),
        ({"course": COURSE, "due_on": "soon"}, "Choose a date."),
    ):
        refused = mo.post(f"{HERE}/{cohort}/courses", data=data)
        assert (refused.status_code, words in refused.text) == (422, True)
    assert mo.post(f"{HERE}/{cohort}/staff", data={"email": "ed@example.org", "duty": "educator"}).location == plan
    assert mo.post(f"{HERE}/{cohort}/staff", data={"email": "ed@example.org", "duty": "manager"}).status_code == 422
    assert mo.post(f"{HERE}/{cohort}/staff", data={"email": "ed@example.org", "duty": "admin"}).status_code == 400
    assert ed.get(f"{HERE}/{cohort}").status_code == 200
    edited = {**TYPED, "name": "Otro nombre", "cost": ""}
    assert mo.post(f"{HERE}/{cohort}/edit", data=edited).location == plan
    assert "Otro nombre" in mo.get(f"{HERE}/{cohort}/edit").text
    assert mo.post(f"{HERE}/{cohort}/edit", data={**edited, "seats": "many"}).status_code == 422
    mo.post(f"{HERE}/{cohort}/edit", data={**edited, "archived": "yes"})
    assert "Otro nombre" not in mo.get(f"{HERE}/").text
    assert "Otro nombre" in mo.get(f"{HERE}/?archived=1").text


def test_bad_forms_keep_what_was_typed(mo: FlaskClient) -> None:
    assert mo.post(f"{HERE}/programs/new", data={"name": "", "partner": "Tec"}).status_code == 422
    cohort = make(mo)
    refused = mo.post(f"{HERE}/new", data={**TYPED, "program": "9999", "name": "Kept words"})
    assert refused.status_code == 422
    assert "Choose a program." in refused.text
    assert "Kept words" in refused.text
    program = re.search(r"/cohorts/programs/(\d+)", mo.get(f"{HERE}/").text)
    assert program is not None
    refused = mo.post(f"{HERE}/programs/{program[1]}", data={"name": "Norte", "archived": "yes"})
    assert (refused.status_code, "Archive its cohorts first." in refused.text) == (422, True)
    assert mo.post(f"{HERE}/programs/{program[1]}", data={"name": "Sur"}).location == f"{HERE}/"
    assert mo.get(f"{HERE}/programs/9999").status_code == 404
    refused = mo.post(f"{HERE}/{cohort}/invitations/link", data={"uses": "99", "days": "0"})
    assert refused.status_code == 422


def test_only_those_who_answer_for_a_cohort_see_it(
    mo: FlaskClient, ed: FlaskClient, ada: FlaskClient, lena: FlaskClient, app: Flask, light_site: Site
) -> None:
    cohort = make(mo)
    join(lena, link(mo, cohort))
    learner = number_of(light_site, "lena@example.org")
    otto = client_of(app, add_person(light_site, "otto", "manager"))
    people = [f"{HERE}/{cohort}", f"{HERE}/{cohort}/gradebook.csv", f"{HERE}/{cohort}/members/{learner}"]
    managing = [f"{HERE}/{cohort}/{page}" for page in ("edit", "plan", "invitations")]
    for client, sees, changes in ((mo, 200, 200), (ed, 404, 403), (otto, 404, 404), (ada, 404, 200)):
        assert [client.get(address).status_code for address in people] == [sees] * 3
        assert [client.get(address).status_code for address in managing] == [changes] * 3
    assert otto.get(f"{HERE}/compare?a={cohort}&b={cohort}").status_code == 404
    work = {"role": "PD-WRL-003", "started_on": "2026-02-01", "sector": ""}
    cohort_plan.name(light_site, cohort, email="ed@example.org", duty="educator", by=number_of(light_site, "mo@example.org"))
    assert [ed.get(address).status_code for address in people] == [200] * 3
    assert "Cost per job-ready" not in ed.get(people[0]).text
    for client, status in ((otto, 404), (ada, 404), (ed, 403), (mo, 303)):
        assert client.post(f"{people[2]}/work", data=work).status_code == status
    assert mo.get(f"{HERE}/{cohort}/members/9999").status_code == 404
    seen = otto.get(f"{HERE}/").text
    assert "hidden" in seen
    assert f'href="{HERE}/{cohort}"' not in seen
    assert f'href="{HERE}/{cohort}"' in ed.get("/en/author/cohorts").text


def test_each_look_is_in_the_log(mo: FlaskClient, lena: FlaskClient, light_site: Site) -> None:
    cohort = make(mo)
    join(lena, link(mo, cohort))
    learner = number_of(light_site, "lena@example.org")
    for page in ("", "/gradebook.csv", f"/members/{learner}"):
        mo.get(f"{HERE}/{cohort}{page}")
    mo.get(f"{HERE}/compare?a={cohort}&b={cohort}")
    found = [event for event in audit.listing(light_site)[0] if event.action == "cohort-viewed"]
    shown = [(event.details["shown"], event.details["cohort"], event.actor_name, event.subject_name) for event in reversed(found)]
    assert shown == [
        ("page", cohort, "Mo", ""),
        ("gradebook", cohort, "Mo", ""),
        ("member", cohort, "Mo", "Lena"),
        ("comparison", cohort, "Mo", ""),
        ("comparison", cohort, "Mo", ""),
    ]


def test_the_page_shows_what_its_people_did(mo: FlaskClient, lena: FlaskClient, app: Flask, light_site: Site, clock: Clock) -> None:
    cohort = make(mo)
    mo.post(f"{HERE}/{cohort}/courses", data={"course": f"{COURSE}/{MODULE}", "due_on": "2026-05-01"})
    path = link(mo, cohort)
    join(lena, path)
    bad = add_person(light_site, "bad", "learner")
    profiles.change_profile(light_site, bad.id, profiles.Profile("=cmd|' /C calc'!A0", "en", "", "", ""))
    join(client_of(app, bad), path)
    learner = number_of(light_site, "lena@example.org")
    take_quiz(light_site, learner, COURSE, MODULE, right=1)
    take_quiz(light_site, learner, COURSE, MODULE, right=2)
    clock.forward(days=20)
    mo = client_of(app, accounts.find_by_email(light_site, "mo@example.org"))  # type: ignore[arg-type]  # that session ended
    page = mo.get(f"{HERE}/{cohort}").text
    row = re.search(rf'<tr data-member="{learner}">.*?</tr>', page, re.DOTALL)
    assert row is not None
    assert "Active" in row[0]
    assert "2 March 2026" in row[0]
    assert "between" in row[0], "readiness with its doubt"
    assert "failed 2 times in a row:" in page
    assert "no answer for 20 days" in page
    assert "Nobody is job-ready yet." in page
    assert "not yet" in page, "there is a cost, and nobody ready"
    rows = list(csv.reader(io.StringIO(mo.get(f"{HERE}/{cohort}/gradebook.csv").text)))
    assert [cell.rpartition(" ")[2] for cell in rows[0][-2:]] == ["(best)", "(last)"]
    by_name = {line[0]: line for line in rows[1:]}
    assert "'=cmd|' /C calc'!A0" in by_name
    best, last = (float(cell) for cell in by_name["Lena"][-2:])
    assert 0 < best < 0.4
    assert best == last
    assert by_name["Lena"][4] == "Active"
    assert 0 < float(by_name["Lena"][3]) < 1
    mo.post(f"{HERE}/{cohort}/members/{learner}/work", data={"role": "PD-WRL-003", "started_on": "2026-03-01", "sector": "52"})
    page = mo.get(f"{HERE}/{cohort}").text
    assert 'data-ready="1"' in page
    assert "300,000 MXN" in page, "the whole cost for the one"
    assert "failed 2 times" not in page, "who is placed needs no word"
    member = mo.get(f"{HERE}/{cohort}/members/{learner}").text
    assert "recorded by a program manager" in member
    mo.post(f"{HERE}/{cohort}/members/{learner}/work/1/withdraw")
    assert 'data-ready="0"' in mo.get(f"{HERE}/{cohort}").text
    refused = mo.post(f"{HERE}/{cohort}/members/{learner}/work", data={"role": "none", "started_on": "2027-01-01"})
    assert (refused.status_code, "not in the future" in refused.text) == (422, True)
    mo.post(f"{HERE}/{cohort}/members/{learner}/remove")
    assert mo.get(f"{HERE}/{cohort}/members/{learner}").status_code == 404
    assert "Lena" not in mo.get(f"{HERE}/{cohort}").text


def test_a_learner_joins_sees_who_sees_them_and_leaves(mo: FlaskClient, lena: FlaskClient, light_site: Site, clock: Clock) -> None:
    cohort = make(mo)
    for module, due in (("1-attack-economics", "2026-02-20"), ("2-deepfakes", "2026-03-03"), ("3-phishing-and-bec", "")):
        mo.post(f"{HERE}/{cohort}/courses", data={"course": f"{COURSE}/{module}", "due_on": due})
    path = link(mo, cohort)
    page = lena.get(path).text
    assert "Who sees you: Mo" in page
    refused = lena.post(path)
    assert (refused.status_code, "Mark that you agree" in refused.text) == (422, True)
    join(lena, path)
    home = lena.get("/en/").text
    kind, soon, whenever = home.index("It was meant for 20 February 2026"), home.index("Due tomorrow"), home.index("There is no date")
    assert kind < soon < whenever
    assert "results there: Mo." in home
    assert lena.get(path).location == "/en/groups"
    assert "Leave this group" in lena.get("/en/groups").text
    assert lena.post(f"/en/groups/{cohort}/leave").status_code == 422
    assert lena.post(f"/en/groups/{cohort}/leave", data={"confirm": "yes"}).location == "/en/groups"
    assert lena.post(f"/en/groups/{cohort}/leave", data={"confirm": "yes"}).status_code == 404
    assert "For your group" not in lena.get("/en/").text
    assert "You are in no group" in lena.get("/en/groups").text
    assert "Lena" not in mo.get(f"{HERE}/{cohort}").text


def test_an_invitation_lets_somebody_sign_up_where_that_is_closed(mo: FlaskClient, light_site: Site, tmp_path: Path) -> None:
    cohort = make(mo)
    path = link(mo, cohort, uses=1)
    without = make_app(light_site, tmp_path / "closed", ACADEMY_SIGN_UP="closed")
    closed, fresh = without.test_client(), without.test_client()
    assert closed.post("/en/sign-up", data={"email": "x@example.org", "password": PASSWORD, "name": "X"}).status_code == 403
    typed = {"email": "lucia@example.org", "password": PASSWORD, "name": "Lucía"}
    assert closed.post(f"{path}/account", data=typed).status_code == 422, "without agreeing"
    assert closed.post(f"{path}/account", data={**typed, "agree": "yes", "password": "short"}).status_code == 422
    assert accounts.find_by_email(light_site, "lucia@example.org") is None
    assert closed.post(f"{path}/account", data={**typed, "agree": "yes"}).location == "/en/"
    assert "For your group" in closed.get("/en/").text
    assert closed.get(path).location == "/en/groups", "who is in may open it again"
    assert fresh.get(path).status_code == 410
    assert fresh.get("/en/join/none").status_code == 410
    assert fresh.post("/en/join/none/account", data={**typed, "agree": "yes"}).status_code == 410


def test_a_full_cohort_and_an_address_of_somebody_else_are_said(
    mo: FlaskClient, lena: FlaskClient, stranger: FlaskClient, light_site: Site
) -> None:
    cohort = make(mo, seats="1")
    path = link(mo, cohort, uses=1)
    other = invitations.invite(light_site, cohort, "email\nana@example.org", "en", by=number_of(light_site, "mo@example.org"))[0]
    assert "another email address" in lena.get(f"/en/join/{other.token}").text
    assert "readonly" in stranger.get(f"/en/join/{other.token}").text
    assert "Only learners can join" in mo.get(path).text
    join(lena, path)
    assert "All seats are taken" in stranger.get(f"/en/join/{other.token}").text


SHEET = "email,name,language\nana@example.org,Ana,es\nbad,Bea,es\nana@example.org,Ana,es\n"


def test_a_csv_is_tried_first_then_gives_links_once(mo: FlaskClient, stranger: FlaskClient) -> None:
    cohort = make(mo)
    here = f"{HERE}/{cohort}/invitations"
    refused = mo.post(f"{here}/check", data={"lines": "nothing"})
    assert (refused.status_code, "must name the columns" in refused.text) == (422, True)
    dry = mo.post(f"{here}/check", data={"file": (io.BytesIO(SHEET.encode("utf-8-sig")), "people.csv")}).text
    assert re.search(r'<td class="r">3</td><td class="ids">bad</td><td>This is no email address', dry)
    assert re.search(r'<td class="r">4</td><td class="ids">ana@example.org</td><td>This address stands above', dry)
    assert re.search(r'action="[^"]*/apply" enctype="multipart/form-data"', dry), "2,000 lines are more than a form may have otherwise"
    assert "No invitation is open." in mo.get(here).text
    made = mo.post(f"{here}/apply", data={"lines": SHEET})
    assert made.headers["Content-Disposition"].startswith("attachment")
    assert made.headers["Cache-Control"] == "no-store"
    rows = list(csv.DictReader(io.StringIO(made.text)))
    assert [row["email"] for row in rows] == ["ana@example.org"]
    assert rows[0]["link"].startswith("http://localhost/es/join/")
    assert mo.post(f"{here}/apply", data={"lines": SHEET}).location == here, "the links are not given again"
    assert "ana@example.org" in mo.get(here).text
    path = rows[0]["link"].removeprefix("http://localhost")
    assert stranger.get(path).status_code == 200
    number = re.search(r"invitations/(\d+)/revoke", mo.get(here).text)
    assert number is not None
    assert mo.post(f"{here}/{number[1]}/revoke").location == here
    assert mo.post(f"{here}/{number[1]}/revoke").status_code == 404
    assert stranger.get(path).status_code == 410


def test_where_mail_can_be_sent_each_gets_one_in_their_language(light_site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []

    class Server:
        def __enter__(self) -> Server:
            return self

        def __exit__(self, *_: object) -> None: ...

        def send_message(self, message: object) -> None:
            sent.append(str(message))

    monkeypatch.setattr(Mailer, "_connection", lambda _self: Server())
    site = dataclasses.replace(light_site, mailer=Mailer("smtp://localhost", "academy@example.org", "https://academy.example.org"))
    app = make_app(site, tmp_path / "mail")
    mo = client_of(app, add_person(site, "mo", "manager"))
    cohort = make(mo, name="100 % Norte")
    here = f"{HERE}/{cohort}/invitations"
    sheet = "email,language\nana@example.org,es\nbob@example.org,en\n"
    assert "Invite them by mail" in mo.post(f"{here}/check", data={"lines": sheet}).text
    assert mo.post(f"{here}/apply", data={"lines": sheet}).location == here
    later.finish()
    mails = {message["To"]: message for message in map(message_from_string, sent)}
    assert set(mails) == {"ana@example.org", "bob@example.org"}
    text = {to: message.get_payload(decode=True).decode() for to, message in mails.items()}  # type: ignore[union-attr]  # plain text
    assert "https://academy.example.org/es/join/" in text["ana@example.org"]
    assert "https://academy.example.org/en/join/" in text["bob@example.org"]
    assert "100 % Norte" in text["bob@example.org"]
    assert mo.get(here).text.count("mailed") == 2


def test_one_mail_that_fails_keeps_back_no_other(light_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[EmailMessage] = []

    class Server(contextlib.nullcontext[None]):
        def __enter__(self) -> Server:  # type: ignore[override]  # it stands for a connection
            return self

        def send_message(self, message: EmailMessage) -> None:
            sent.append(message)

    monkeypatch.setattr(Mailer, "_connection", lambda _self: Server())
    site = dataclasses.replace(light_site, mailer=Mailer("smtp://localhost", "academy@example.org", "https://academy.example.org"))
    people = [Invitee(2, "=?utf-8?q?a=0ab?=@x.org", "", "es"), Invitee(3, "ana@example.org", "", "en")]
    invitations.send(site, [Made(invitee, "token") for invitee in people], {"es": ("Hola", "%(link)s")})
    later.finish()
    assert [message["To"] for message in sent] == ["ana@example.org"]
    assert sent[0].get_content() == "https://academy.example.org/es/join/token\n", "in a language that the site offers"


def test_a_stage_is_said_of_one_person(mo: FlaskClient, lena: FlaskClient) -> None:
    cohort = make(mo)
    join(lena, link(mo, cohort))
    row = mo.get(f"/es/programs/cohorts/{cohort}").text.partition("<tr data-member=")[2]
    assert "<td>Inscrita</td>" in row


def test_two_cohorts_stand_side_by_side(mo: FlaskClient, lena: FlaskClient, light_site: Site) -> None:
    first, second = make(mo), make(mo, name="Segunda")
    join(lena, link(mo, first))
    learner = number_of(light_site, "lena@example.org")
    employment.record(light_site, learner, role_id="PD-WRL-003", started_on="2026-02-01", sector="", by=learner)
    page = mo.get(f"{HERE}/compare?a={first}&b={second}").text
    rows = dict(re.findall(r'<tr><th scope="row">([^<]+)</th>(.*?)</tr>', page, re.DOTALL))
    assert re.findall(r"<td>(.*?)</td>", rows["Placed"]) == ["1", "0"]
    assert re.findall(r"<td>(.*?)</td>", rows["Cost per job-ready person"]) == ["300,000 MXN", "not yet"]
    assert "Choose two cohorts" in mo.get(f"{HERE}/compare").text


def test_a_learner_records_work_and_takes_it_back(lena: FlaskClient, light_site: Site) -> None:
    assert "Nothing yet." in lena.get("/en/account/work").text
    assert lena.post("/en/account/work", data={"role": "none"}).status_code == 422
    answer = lena.post("/en/account/work", data={"role": "PD-WRL-003", "started_on": "2026-02-01", "sector": "52"})
    assert answer.location == "/en/account/work"
    assert "since 1 February 2026" in lena.get("/en/account/work").text
    assert lena.post("/en/account/work/2/withdraw").status_code == 404
    assert lena.post("/en/account/work/1/withdraw").location == "/en/account/work"
    assert employment.listing(light_site, number_of(light_site, "lena@example.org")) == []


def test_what_is_credited_is_what_was_added(light_site: Site) -> None:
    """Who was placed before they joined is job-ready, and no merit of the cohort."""
    manager, lena = add_person(light_site, "mo", "manager"), add_person(light_site, "lena", "learner")
    program = cohorts.keep_program(light_site, None, name="Norte", partner="", archived=False, by=manager.id)
    cohort = cohorts.create(light_site, program, cohorts.checked_details(light_site.framework, TYPED), by=manager.id)
    employment.record(light_site, lena.id, role_id="PD-WRL-003", started_on="2026-02-01", sector="", by=lena.id)
    token = invitations.make_link(light_site, cohort, uses="1", days="9", by=manager.id)
    joining.join(light_site, token, lena)
    report = cohort_report.report(light_site, cohort, "en")
    assert (report.job_ready, report.placed, report.added, report.cost_each) == (1, 1, 0, 300_000)
