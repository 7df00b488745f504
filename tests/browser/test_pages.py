"""Every page of the URL map: no accessibility fault, nothing wider than the screen, no third party, light enough."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any, Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from flask.sessions import SecureCookieSessionInterface
from playwright.sync_api import BrowserContext, Page

from academy.app import create_app
from academy.config import ROOT, read_settings
from academy.services import (
    accounts,
    assess,
    cohort_plan,
    cohorts,
    employment,
    invitations,
    joining,
    one_time_links,
    open_answers,
    placement,
    profiles,
    publish,
    reports,
    review,
    saved_views,
    second_factor,
    sessions,
    sign_up,
)
from academy.services.accounts import Person
from academy.services.profiles import Profile
from tests.browser.conftest import Product, screenshots
from tests.factories import OPEN, right_answer, single, take_quiz, write_course

pytestmark = pytest.mark.browser
COURSE = "ai-threats"
LESSON = f"/courses/{COURSE}/1-attack-economics/1-cheaper-attacks"
MAIL = {"ACADEMY_SMTP": "smtp://127.0.0.1:9", "ACADEMY_URL": "http://127.0.0.1", "ACADEMY_MAIL_FROM": "academy@example.org"}
LARGEST_LESSON = 40_000
KINDS = {"learner": "learner", "newcomer": "learner", "educator": "educator", "manager": "manager", "admin": "admin"}


@pytest.fixture(scope="module")
def product(start_product: Callable[..., Product], tmp_path_factory: pytest.TempPathFactory) -> Product:
    """A product with one person of each kind, some answers and a publication; beside our courses a small one with open questions."""
    more = tmp_path_factory.mktemp("courses")
    names = ("waits", "marked", "own", "own-marked", "asked")
    written = [OPEN.format(id=name, self="`self` " if name.startswith("own") else "") for name in names]
    write_course(more, "".join([*written, single("one")]), languages=("es", "en"))
    write_course(more, single("clocked"), course_id="timed", languages=("es", "en"), limits="minutes: 60\nattempts: 2\n")
    roots = os.pathsep.join([str(ROOT / "courses"), str(more)])
    found = start_product(ACADEMY_MIN_CELL="3", ACADEMY_COURSES=roots, **MAIL)
    SET_UP[found.url] = str(one_time_links.set_up_link(found.site))
    for kind, role in KINDS.items():
        person = accounts.create_account(found.site, email=f"{kind}@example.org", name=kind.title(), roles=(role,), language="en")
        if kind == "learner":
            profiles.change_profile(found.site, person.id, Profile("Lena", "en", "MX-NLE", "52", "PD-WRL-003"))
            _answer_some(found, person)
            _write_some(found, person)
            _place_and_review(found, person)
            timed = found.site.courses.current.courses["timed"].modules[0].quizzes["es"]
            assess.start_attempt(found.site, person.id, "timed", "1-first", timed)
        if kind == "educator":
            second_factor.begin(found.site, person.id, password="")  # a key to show; nobody confirms it
    _gather_some(found)
    publish.publish(found.site)
    manager = accounts.find_by_email(found.site, "manager@example.org")
    assert manager is not None
    saved_views.save(found.site, manager.id, name="Nuevo León 2027", address="/programs/forecast?state=MX-NLE&seats=900&completion=40")
    return found


@pytest.fixture(scope="module")
def cookies(product: Product) -> dict[str, str]:
    """A session cookie for each kind of user."""
    app = create_app(read_settings(product.environment), product.site)
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer is not None
    found = {"stranger": ""}
    for kind in KINDS:
        person = accounts.find_by_email(product.site, f"{kind}@example.org")
        assert person is not None
        found[kind] = str(serializer.dumps({"_user_id": sessions.begin(product.site, person, device="Firefox, Android"), "_fresh": True}))
    waiting = accounts.find_by_email(product.site, "educator@example.org")
    assert waiting is not None
    pending = [waiting.id, waiting.password_version, int(product.site.now().timestamp())]
    found["awaited"] = str(serializer.dumps({"pending": pending}))  # the password was right, the code is missing
    return found


def pages(product: Product) -> dict[str, tuple[str, str]]:
    """For each endpoint that shows a page: who looks, and the address behind the language."""
    site = product.site
    reset = one_time_links.reset_link(site, accounts.find_by_email(site, "learner@example.org").id)  # type: ignore[union-attr]
    answered = site.courses.current.courses[COURSE].modules[0].quizzes["es"].items[0].id
    return {
        "learn.show_home": ("learner", "/"),
        "learn.show_catalogue": ("learner", "/courses"),
        "learn.show_course": ("learner", f"/courses/{COURSE}"),
        "learn.show_skills": ("learner", "/skills"),
        "lessons.show_lesson": ("learner", LESSON),
        "quizzes.show_quiz": ("learner", f"/courses/{COURSE}/1-attack-economics/quiz"),
        "quizzes.show_attempt": ("learner", "/attempts/1"),
        "quizzes.show_item": ("learner", f"/attempts/1/{answered}"),
        "placement.show_placement": ("learner", "/placement"),
        "placement.show_sitting": ("learner", "/placement/1"),
        "placement.show_answer": ("learner", "/placement/1/1"),
        "review.show_review": ("learner", "/review"),
        "review.show_sitting": ("learner", "/review/1"),
        "review.show_question": ("learner", "/review/2/1"),
        "sign_up.show_sign_up": ("stranger", "/sign-up"),
        "sign_up.show_new_account": ("stranger", f"/sign-up/{sign_up.link_token(site, 'ana@example.org')}"),
        "account.show_sign_in": ("stranger", "/sign-in"),
        "account.show_profile": ("learner", "/account"),
        "account.show_password": ("learner", "/account/password"),
        "account.show_reset": ("stranger", f"/reset/{reset}"),
        "account.show_set_up": ("stranger", f"/set-up/{SET_UP[product.url]}"),
        "admin.show_accounts": ("admin", "/admin/accounts"),
        "admin.show_account": ("admin", "/admin/accounts/1"),
        "account.show_forgotten": ("stranger", "/forgotten"),
        "security.show_code": ("awaited", "/sign-in/code"),
        "privacy.show_notice": ("stranger", "/privacy"),
        "privacy.show_data": ("learner", "/account/data"),
        "security.show_security": ("learner", "/account/security"),
        "security.show_second_factor": ("educator", "/account/security/second-factor"),
        "audit.show_log": ("admin", "/admin/audit"),
        "lookup.show_search": ("learner", "/search?q=a"),
        "lookup.show_glossary": ("stranger", "/glossary"),
        "lookup.show_roles": ("stranger", "/roles"),
        "lookup.show_role": ("learner", "/roles/PD-WRL-003"),
        "author.show_courses": ("educator", "/author/"),
        "desk.show_file": ("educator", f"/author/files/courses/{COURSE}/1-attack-economics/quiz.es.md"),
        "report_queue.show_queue": ("educator", "/author/reports/"),
        "reports.show_reports": ("learner", "/reports"),
        "reports.show_report": ("learner", f"/answers/2/report?next=/en/attempts/1/{answered}"),
        "questions.show_items": ("educator", "/author/items?group=state&focal=MX-NLE"),
        "questions.show_item": ("educator", f"/author/items/{COURSE}/{answered}"),
        "answers.show_answers": ("educator", "/author/answers/"),
        "answers.show_answer": ("educator", f"/author/answers/{_learner(product)}/1"),
        "programs.show_gap": ("manager", "/programs/gap"),
        "cohorts.show_cohorts": ("manager", "/programs/cohorts/"),
        "cohorts.show_new_program": ("manager", "/programs/cohorts/programs/new"),
        "cohorts.show_program": ("manager", "/programs/cohorts/programs/1"),
        "cohorts.show_new_cohort": ("manager", "/programs/cohorts/new?program=1"),
        "cohorts.show_edit": ("manager", "/programs/cohorts/1/edit"),
        "cohorts.show_plan": ("manager", "/programs/cohorts/1/plan"),
        "cohort_invitations.show_invitations": ("manager", "/programs/cohorts/1/invitations"),
        "cohort_people.show_cohort": ("manager", "/programs/cohorts/1"),
        "cohort_people.show_member": ("manager", f"/programs/cohorts/1/members/{_learner(product)}"),
        "cohort_people.show_comparison": ("manager", "/programs/cohorts/compare?a=1&b=2"),
        "cohort_people.show_own": ("educator", "/author/cohorts"),
        "groups.show_join": ("stranger", f"/join/{JOIN[product.url]}"),
        "groups.show_groups": ("learner", "/groups"),
        "groups.show_work": ("learner", "/account/work"),
        "programs.show_sources": ("manager", "/programs/sources"),
        "ledger.show_new_claim": ("manager", "/programs/sources/new"),
        "ledger.show_claim": ("manager", "/programs/sources/claims/isc2-2022-mx"),
        "ledger.show_import": ("manager", "/programs/sources/import"),
        "scenarios.show_scenarios": ("manager", "/programs/scenarios/"),
        "scenarios.show_new_scenario": ("manager", "/programs/scenarios/new"),
        "scenarios.show_scenario": ("manager", "/programs/scenarios/low"),
        "skill_gaps.show_skill_gaps": ("manager", "/programs/skills?skill=ai-social-engineering"),
        "overview.show_overview": ("manager", "/programs/"),
        "saved_views.show_views": ("manager", "/programs/views/"),
        "fairness.show_fairness": ("manager", "/programs/fairness"),
        "funnels.show_funnel": ("manager", "/programs/funnel?role=PD-WRL-003"),
        "compare.show_comparison": ("manager", "/programs/compare?a_state=MX-NLE&b_role=PD-WRL-003"),
        "brief.show_brief": ("manager", "/programs/brief/MX-NLE"),
        "border.show_border": ("manager", "/programs/border"),
        "own_demand.show_demand": ("manager", "/programs/demand"),
        "forecasts.show_forecast": ("manager", "/programs/forecast?seats=900&completion=40&state=MX-NLE"),
    }


SET_UP: dict[str, str] = {}
JOIN: dict[str, str] = {}
EXTRA = {
    "spent-link": ("stranger", "/set-up/none"),
    "join-spent": ("stranger", "/join/none"),
    "cohort-educator": ("educator", "/programs/cohorts/1"),
    "cohort-empty": ("manager", "/programs/cohorts/2"),
    "groups-new": ("newcomer", "/groups"),
    "gap-empty": ("manager", "/programs/gap?as_of=2020-01-01"),
    "funnel-nation": ("manager", "/programs/funnel"),
    "brief-nation": ("manager", "/programs/brief/?scenario=headline"),
    "gap-map": ("manager", "/programs/gap?role=PD-WRL-003&map=coverage_bottom_up&sector=52"),
    "welcome": ("stranger", "/"),
    "file-lesson": ("educator", f"/author/files/courses{LESSON.removeprefix('/courses')}.en.md"),
    "file-both": ("educator", f"/author/files/courses{LESSON.removeprefix('/courses')}.es.md?both=1"),
    "reports-settled": ("educator", "/author/reports/?settled=1"),
    "role-unmeasured": ("stranger", "/roles/PD-WRL-002"),
    "search-none": ("stranger", "/search?q=zzzz"),
    "glossary-none": ("stranger", "/glossary?q=zzzz"),
    "not-found": ("stranger", "/none"),
    "forbidden": ("learner", "/programs/gap"),
    "lesson-stranger": ("stranger", LESSON),
    "forecast-none": ("manager", "/programs/forecast?role=PD-WRL-003"),
    "placement-open": ("learner", "/placement/2"),
    "review-open": ("learner", "/review/2/2"),
    "home-new": ("newcomer", "/"),
    "skills-new": ("newcomer", "/skills"),
    "placement-new": ("newcomer", "/placement"),
    "review-new": ("newcomer", "/review"),
    "timed-quiz": ("learner", "/courses/timed/1-first/quiz"),
    "timed-question": ("learner", "/attempts/5/clocked"),
    "gap-role": ("manager", "/programs/gap?role=PD-WRL-003&state=MX-NLE"),
}
EXTRA |= {f"open-{name}": ("learner", f"/attempts/3/{name}") for name in ("waits", "marked", "own", "own-marked")}
EXTRA |= {"open-asked": ("learner", "/attempts/4/asked"), "result-waiting": ("learner", "/attempts/3")}
STATUSES = {"not-found": 404, "forbidden": 403, "spent-link": 410, "join-spent": 410}
RUN = """options => axe.run(document, options).then(
    found => found.violations.map(one => ({id: one.id, where: one.nodes.slice(0, 3).map(node => node.target.join(" "))})))"""
COLOURS = ["color-contrast", "link-in-text-block"]
"""Every rule of conformance level A and AA that looks at colours."""
NOT_PAGES = {
    "show_front", "health.show_health", "health.show_readiness", "health.show_metrics", "lessons.show_check", "lessons.show_image",
    "programs.show_gap_csv", "forecasts.show_forecast_csv", "gap_exports.show_gap_xlsx", "gap_exports.show_gap_json",
    "ledger.show_claims_csv", "own_demand.show_demand_csv", "desk.show_digest",
    "questions.show_items_csv", "cohort_people.show_gradebook_csv", "openid.show_start", "openid.show_return",
}  # fmt: skip


def test_the_list_is_the_url_map(product: Product) -> None:
    app = create_app(read_settings(product.environment), product.site)
    shown = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert shown == set(pages(product)) | NOT_PAGES


@pytest.mark.parametrize(("width", "language", "scheme"), [(360, "es", "light"), (1280, "en", "dark")])
def test_axe_finds_nothing(
    product: Product,
    cookies: dict[str, str],
    new_context: Callable[..., BrowserContext],
    width: int,
    language: str,
    scheme: Literal["light", "dark"],
) -> None:
    """All rules in one colour scheme, and those that look at colours in the other too; no width in either language too small."""
    tabs: dict[str, Page] = {}  # one for each person: a new process for each page would take most of the time
    everything = pages(product) | EXTRA | {f"item-{item.type}": ("learner", f"/attempts/2/{item.id}") for item in _open_items(product)}
    faults: list[str] = []
    for name, (who, address) in everything.items():
        if who not in tabs:
            context = new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce")
            if cookies[who]:
                context.add_cookies([{"name": "academy", "value": cookies[who], "url": product.url}])
            tabs[who] = context.new_page()
        page = tabs[who]
        for tongue in ("en" if language == "es" else "es", language):
            response = page.goto(f"{product.url}/{tongue}{address}")
            assert response is not None
            assert response.status == STATUSES.get(name, 200), name
            faults += _too_wide(page, f"{name} {tongue}", width)
        faults += _faults(page, name, {"resultTypes": ["violations"]})
        _keep_picture(page, f"{name}-{width}-{scheme}-{language}")
        other: Literal["light", "dark"] = "dark" if scheme == "light" else "light"
        page.emulate_media(color_scheme=other)
        faults += _faults(page, f"{name} {other}", {"resultTypes": ["violations"], "runOnly": COLOURS})
        _keep_picture(page, f"{name}-{width}-{other}-{language}")
        page.emulate_media(color_scheme=scheme)
    assert faults == []


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_a_brief_is_one_sheet(product: Product, cookies: dict[str, str], new_context: Callable[..., BrowserContext], paper: str) -> None:
    context = new_context()
    context.add_cookies([{"name": "academy", "value": cookies["manager"], "url": product.url}])
    page = context.new_page()
    for address in ("es/programs/brief/MX-BCS?scenario=headline", "en/programs/brief/?scenario=low", "es/programs/brief/"):
        page.goto(f"{product.url}/{address}")
        sheets = page.pdf(format=paper)
        assert len(re.findall(rb"/Type\s*/Page\b", sheets)) == 1, address
        if folder := screenshots():
            (folder / f"brief-{paper}-{address[:2]}-{len(address)}.pdf").write_bytes(sheets)


def _faults(page: Page, name: str, options: dict[str, Any]) -> list[str]:
    """What axe finds. Its script is brought into a page once, and only what tells of a fault is brought out."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate(RUN, options)
    return [f"{name}: {fault['id']} {fault['where']}" for fault in found]


def _too_wide(page: Page, name: str, width: int) -> list[str]:
    wide = page.evaluate("document.documentElement.scrollWidth")
    return [f"{name}: {wide} px wide at {width}"] if wide > width else []


def _keep_picture(page: Page, name: str) -> None:
    if folder := screenshots():
        page.screenshot(path=folder / f"{name}.png", full_page=True)


def test_a_first_lesson_is_light_and_asks_nobody_else(product: Product, new_context: Callable[..., BrowserContext]) -> None:
    page = new_context(viewport={"width": 360, "height": 740}).new_page()
    sizes: list[int] = []
    hosts: set[str] = set()

    def note(request: Any) -> None:
        hosts.add(request.url.split("/")[2])
        found = request.sizes()
        sizes.append(found["responseBodySize"] + found["responseHeadersSize"])

    page.on("requestfinished", note)
    page.goto(f"{product.url}/es{LESSON}")
    page.wait_for_load_state("networkidle")
    assert hosts == {product.url.removeprefix("http://")}
    assert 5_000 < sum(sizes) <= LARGEST_LESSON, sizes


def _answer_some(product: Product, person: Person) -> None:
    """A finished quiz and one left open."""
    site = product.site
    course = site.courses.current.courses[COURSE]
    first, second = course.modules[:2]
    take_quiz(site, person.id, COURSE, first.id, right=8)
    for sequence, reason in ((1, "key"), (3, "unclear"), (9, "other")):
        reports.report(site, person.id, sequence, reason=reason, words="The source says otherwise.")
    reports.reply(site, person.id, 1, words="Thank you, it is mended.", resolved=True)
    number = assess.start_attempt(site, person.id, COURSE, second.id, second.quizzes["es"])
    item = second.quizzes["es"].items[0]
    assess.answer_item(site, person.id, number, item, course_id=COURSE, language="es", answer=right_answer(item)[0])


def _gather_some(product: Product) -> None:
    """A cohort with a learner who found work, what it is to do, who answers for it, and open invitations; and an empty one."""
    site = product.site
    manager, educator, learner = (accounts.find_by_email(site, f"{who}@example.org") for who in ("manager", "educator", "learner"))
    assert manager is not None
    assert educator is not None
    assert learner is not None
    program = cohorts.keep_program(site, None, name="Becas del Norte", partner="Universidad", archived=False, by=manager.id)
    dates = {"starts_on": "2026-01-10", "ends_on": "2027-06-30"}
    typed = {**dates, "state": "MX-NLE", "target_role": "PD-WRL-003", "seats": "30", "cost": "900000"}
    for name in ("Monterrey, primera generación", "Segunda"):
        details = cohorts.checked_details(site.framework, {**typed, "name": name})
        cohorts.create(site, program, details, by=manager.id)
    cohort_plan.name(site, 1, email=educator.email, duty="educator", by=manager.id)
    for module, due in (("1-attack-economics", "2026-02-01"), ("2-deepfakes", "2027-03-01"), ("3-phishing-and-bec", "")):
        cohort_plan.assign(site, 1, course_id=COURSE, module_id=module, due_on=due, by=manager.id)
    JOIN[product.url] = invitations.make_link(site, 1, uses="9", days="30", by=manager.id)
    joining.join(site, JOIN[product.url], learner)
    luis = accounts.create_account(site, email="luis@example.org", name="Luis Ángel Hernández", roles=("learner",), language="es")
    joining.join(site, JOIN[product.url], luis)
    take_quiz(site, luis.id, COURSE, "1-attack-economics", right=2)
    take_quiz(site, luis.id, COURSE, "1-attack-economics", right=3)
    invitations.invite(site, 1, "email,name\nana@example.org,Ana", "es", by=manager.id)
    employment.record(site, learner.id, role_id="PD-WRL-003", started_on="2026-02-01", sector="52", by=learner.id)


def _place_and_review(product: Product, person: Person) -> None:
    """A finished placement and an open one; likewise two rations of review."""
    site = product.site
    for _ in range(2):
        number = placement.begin(site, person.id, "", "es")
        assert number is not None
        if number == 1:
            for _ in range(3):
                question = placement.sitting(site, person.id, number, "es").question  # type: ignore[union-attr]  # begun above
                placement.answer(site, person.id, number, question, answer=right_answer(question.item)[0], language="es")  # type: ignore[union-attr,arg-type]
            placement.finish(site, person.id, number)
    review.set_ration(site, person.id, 2)
    for answered in (2, 1):
        number = review.begin(site, person.id, "es")
        assert number is not None
        for question in review.sitting(site, person.id, number, "es").questions[:answered]:  # type: ignore[union-attr]  # likewise
            review.answer(site, person.id, number, question, answer=None)


def _write_some(product: Product, person: Person) -> None:
    """A finished attempt whose open answers wait, were marked, or are to be marked by their writer; and another that is open."""
    site = product.site
    quiz = site.courses.current.courses["ports"].modules[0].quizzes["es"]
    number = assess.start_attempt(site, person.id, "ports", "1-first", quiz)
    for item in quiz.items:
        answer = "b" if item.id == "one" else None if item.id == "asked" else "Colgué.\n\nLlamé al número del directorio."
        given = assess.answer_item(site, person.id, number, item, course_id="ports", language="es", answer=answer)
        if item.id == "marked":
            open_answers.mark(site, None, person.id, given.number, met=["a"], comment="Di también a quién llamaste.")  # type: ignore[union-attr]
        if item.id == "own-marked":
            open_answers.mark_own(site, person.id, given.number, met=["a", "b"])  # type: ignore[union-attr]
    assess.start_attempt(site, person.id, "ports", "1-first", quiz)


def _learner(product: Product) -> int:
    found = accounts.find_by_email(product.site, "learner@example.org")
    assert found is not None
    return found.id


def _open_items(product: Product) -> list[Any]:
    """One unanswered question of every type."""
    items = product.site.courses.current.courses[COURSE].modules[1].quizzes["es"].items[1:]
    return list({item.type: item for item in items}.values())
