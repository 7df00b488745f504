"""Who may see what: every address, every kind of user, every method, against one table."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import example, given
from hypothesis import strategies as st
from sqlmodel import SQLModel, select
from werkzeug.routing import Rule

from academy.services import assess, publish
from academy.services.site import Site
from academy.store.tables.learning import LessonVisit
from academy.web.auth import guard_of
from academy.web.requests import local_path
from tests.conftest import PASSWORD, add_person, client_of, make_app

PEOPLE = ("stranger", "learner", "educator", "manager", "admin")
PUBLIC = {
    "show_front", "health.show_health", "health.show_readiness", "health.show_metrics",
    "learn.show_home", "learn.show_catalogue", "learn.show_course",
    "lessons.show_lesson", "lessons.show_check", "lessons.show_image",
    "lookup.show_search", "lookup.show_roles", "lookup.show_role", "lookup.show_glossary", "quizzes.show_quiz",
    "sign_up.show_sign_up", "sign_up.submit_sign_up", "sign_up.show_new_account", "sign_up.submit_new_account",
    "account.show_sign_in", "account.submit_sign_in", "account.submit_sign_out", "account.show_reset", "account.submit_reset",
    "account.show_set_up", "account.submit_set_up", "account.submit_preferences",
    "privacy.show_notice", "openid.show_start", "openid.show_return",
    "account.show_forgotten", "account.submit_forgotten", "security.show_code", "security.submit_code",
    "groups.show_join", "groups.create_account",
}  # fmt: skip
LEARNER = {
    "learn.show_skills", "lessons.submit_lesson", "lessons.submit_check", "quizzes.create_attempt", "quizzes.show_attempt",
    "quizzes.show_item", "quizzes.submit_item", "reports.show_reports", "reports.show_report", "reports.create_report",
    "placement.show_placement", "placement.create_placement", "placement.show_sitting", "placement.submit_answer",
    "placement.submit_finish", "placement.show_answer", "placement.submit_skip",
    "review.show_review", "review.create_review", "review.submit_ration", "review.show_sitting", "review.show_question",
    "review.submit_answer", "groups.submit_join", "groups.show_groups", "groups.submit_leave", "groups.show_work", "groups.create_work",
    "groups.submit_withdraw",
}  # fmt: skip
SIGNED_IN = {"account.show_profile", "account.submit_profile", "account.show_password", "account.submit_password",
             "security.show_security", "security.submit_revoke", "security.create_second_factor", "security.show_second_factor",
             "security.submit_second_factor", "security.create_recovery_codes", "security.submit_second_factor_off",
             "privacy.show_data", "privacy.create_download", "privacy.submit_erasure"}  # fmt: skip
MANAGER = {
    "programs.show_gap",
    "programs.show_gap_csv",
    "programs.show_sources",
    "forecasts.show_forecast",
    "forecasts.show_forecast_csv",
    "gap_exports.show_gap_xlsx",
    "gap_exports.show_gap_json",
    "ledger.show_new_claim",
    "ledger.create_claim",
    "ledger.show_claim",
    "ledger.submit_claim",
    "ledger.show_claims_csv",
    "ledger.show_import",
    "ledger.submit_import",
    "ledger.submit_publication",
    "scenarios.show_scenarios",
    "scenarios.show_new_scenario",
    "scenarios.create_scenario",
    "scenarios.show_scenario",
    "scenarios.submit_scenario",
    "own_demand.show_demand",
    "own_demand.submit_demand",
    "own_demand.submit_switch",
    "own_demand.show_demand_csv",
    "border.show_border",
    "skill_gaps.show_skill_gaps",
    "brief.show_brief",
    "overview.show_overview",
    "funnels.show_funnel",
    "compare.show_comparison",
    "fairness.show_fairness",
    "saved_views.show_views",
    "saved_views.create_view",
    "saved_views.submit_view",
    "cohorts.show_cohorts",
    "cohorts.show_new_program",
    "cohorts.create_program",
    "cohorts.show_program",
    "cohorts.submit_program",
    "cohorts.show_new_cohort",
    "cohorts.create_cohort",
    "cohorts.show_edit",
    "cohorts.submit_edit",
    "cohorts.show_plan",
    "cohorts.submit_course",
    "cohorts.submit_staff",
    "cohort_invitations.show_invitations",
    "cohort_invitations.create_link",
    "cohort_invitations.submit_check",
    "cohort_invitations.create_invitations",
    "cohort_invitations.submit_revoke",
    "cohort_people.create_work",
    "cohort_people.submit_withdraw",
    "cohort_people.submit_remove",
}
STAFF = {
    "cohort_people.show_cohort", "cohort_people.show_gradebook_csv", "cohort_people.show_member", "cohort_people.show_comparison",
}  # fmt: skip
EDUCATOR = {
    "author.show_courses", "answers.show_answers", "answers.show_answer", "answers.submit_answer", "desk.show_file", "desk.show_digest",
    "report_queue.show_queue", "report_queue.submit_reply", "questions.show_items", "questions.show_items_csv", "questions.show_item",
    "cohort_people.show_own",
}  # fmt: skip
ADMIN = {
    "admin.show_accounts", "admin.show_account", "admin.submit_role", "admin.create_reset_link", "admin.submit_disable",
    "admin.submit_second_factor", "admin.submit_extra_time", "admin.submit_end_sessions", "audit.show_log",
}  # fmt: skip
VALUES = {"language": "en", "course_id": "none", "module_id": "none", "slug": "none", "item_id": "none", "name": "none",
          "path": "none", "role_id": "none", "number": 99, "position": 99, "account_id": 9_999, "learner_id": 9_999, "sequence": 99,
          "report_id": 9_999, "token": "none", "claim_id": "none", "scenario_id": "none", "import_id": 9_999,
          "state": "none", "cohort_id": 9_999, "program_id": 9_999, "invitation_id": 9_999, "view_id": 9_999}  # fmt: skip


def allowed(endpoint: str) -> set[str]:
    """Who may use an endpoint."""
    if endpoint in PUBLIC:
        return set(PEOPLE)
    for endpoints, people in (
        (LEARNER, {"learner"}),
        (SIGNED_IN, set(PEOPLE) - {"stranger"}),
        (MANAGER, {"manager", "admin"}),
        (EDUCATOR, {"educator", "admin"}),
        (ADMIN, {"admin"}),
        (STAFF, {"educator", "manager", "admin"}),
    ):
        if endpoint in endpoints:
            return people
    raise AssertionError(f"{endpoint} stands in no row of the table")


@pytest.fixture
def clients(app: Flask, light_site: Site) -> dict[str, FlaskClient]:
    found = {role: client_of(app, add_person(light_site, role, role)) for role in PEOPLE[1:]}
    return {"stranger": app.test_client(), **found}


def rules(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]


def test_every_page_declares_who_may_see_it(app: Flask) -> None:
    for rule in rules(app):
        assert guard_of(app.view_functions[rule.endpoint]), rule.endpoint


def test_the_table_holds_for_everybody(app: Flask, clients: dict[str, FlaskClient]) -> None:
    app.testing = False  # as in production: an error is a page
    for rule in rules(app):
        with app.test_request_context():
            address = rule.build({name: VALUES[name] for name in rule.arguments}, append_unknown=False)
        assert address is not None
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            for who, client in clients.items():
                if rule.endpoint == "account.submit_sign_out" and who != "stranger":
                    continue  # it would end the session of the walk
                response = client.open(address[1], method=method)
                refused = response.status_code == 403 or (response.location or "").startswith("/en/sign-in")
                if rule.endpoint in ("account.show_sign_in", "account.submit_sign_in", "security.show_code", "security.submit_code"):
                    refused = False
                assert refused == (who not in allowed(rule.endpoint)), (who, method, address[1], response.status_code)
                assert response.status_code < 500, (who, method, address[1])


def test_every_other_method_is_refused_to_everybody(app: Flask, clients: dict[str, FlaskClient]) -> None:
    allowed_methods: dict[str, set[str]] = {}
    for rule in rules(app):
        with app.test_request_context():
            address = rule.build({name: VALUES[name] for name in rule.arguments}, append_unknown=False)
        assert address is not None
        allowed_methods.setdefault(address[1], set()).update(rule.methods or set())
    for address_, methods in allowed_methods.items():
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"} - methods:
            for who in ("stranger", "admin"):
                assert clients[who].open(address_, method=method).status_code == 405, (who, method, address_)


def test_what_belongs_to_others_is_not_found(app: Flask, light_site: Site) -> None:
    owner, other = add_person(light_site, "owner", "learner"), client_of(app, add_person(light_site, "other", "learner"))
    course = light_site.courses.current.courses["ai-threats"]
    quiz = course.modules[0].quizzes["es"]
    number = assess.start_attempt(light_site, owner.id, course.id, course.modules[0].id, quiz)
    theirs = client_of(app, owner)
    for address in (f"/en/attempts/{number}", f"/en/attempts/{number}/{quiz.items[0].id}"):
        assert theirs.get(address).status_code < 400
        assert other.get(address).status_code == 404
        assert other.get(address.replace(f"/{number}", f"/{number + 1}")).status_code == 404
    assert other.post(f"/en/attempts/{number}/{quiz.items[0].id}", data={"answer": "a"}).status_code == 404


@given(st.text(alphabet=st.sampled_from("/\\.:@?#&=%abexmplorgt0129[]-_ \t\r\n\x00；。／＼"), max_size=30))
@example("//example.org")
@example("/\\example.org")
@example("/\t/example.org")
@example("https://example.org")
@example("/%2f/example.org")
@example("/.//example.org")
@example("javascript:alert(1)")
def test_no_way_back_leads_to_another_site(target: str) -> None:
    found = local_path(target)
    if found is not None:
        assert urlsplit(urljoin("https://academy.example.org/en/sign-in", found))[:2] == ("https", "academy.example.org")
        assert found.startswith("/")
        assert not found.startswith("//")
        assert not set(found) & set("\\\r\n\t\x00")


@pytest.mark.parametrize("target", ["//example.org", "/\\example.org", "https://example.org", "/\t/example.org", "javascript:alert(1)"])
def test_signing_in_leads_to_this_site_only(app: Flask, light_site: Site, target: str) -> None:
    add_person(light_site, "lena", "learner", password=PASSWORD)
    client = app.test_client()
    answer = client.post("/en/sign-in", data={"email": "lena@example.org", "password": PASSWORD, "next": target})
    assert answer.location == "/en/"
    assert client.post("/en/preferences", data={"theme": "dark", "next": target}).location == "/en/"


def test_every_page_carries_the_headers(app: Flask, clients: dict[str, FlaskClient]) -> None:
    for who, address in (("stranger", "/en/"), ("stranger", "/en/none"), ("learner", "/en/skills"), ("manager", "/en/programs/gap")):
        headers = clients[who].get(address, headers={"Origin": "https://example.org"}).headers
        assert headers["Content-Type"] == "text/html; charset=utf-8"
        assert not any(name.startswith("Access-Control-") for name in headers.keys())  # noqa: SIM118  # its iterator gives pairs
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in policy
        assert "geolocation=()" in headers["Permissions-Policy"]
        assert "Strict-Transport-Security" not in headers  # the test's site is not reached over HTTPS


def test_over_https_browsers_are_told_to_stay_there(light_site: Site, tmp_path: Path) -> None:
    client = make_app(light_site, tmp_path, ACADEMY_HTTPS="yes").test_client()
    assert client.get("/en/", base_url="https://localhost").headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_forms_without_their_token_are_refused(app: Flask, clients: dict[str, FlaskClient]) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    for rule in rules(app):
        if "POST" in (rule.methods or ()):
            with app.test_request_context():
                address = rule.build({name: VALUES[name] for name in rule.arguments}, append_unknown=False)
            assert address is not None
            assert clients["admin"].post(address[1]).status_code == 400, address


def test_reading_changes_nothing_that_was_learned(app: Flask, light_site: Site) -> None:
    lena = add_person(light_site, "lena", "learner")
    client, course = client_of(app, lena), light_site.courses.current.courses["ai-threats"]
    module = course.modules[0]
    number = assess.start_attempt(light_site, lena.id, course.id, module.id, module.quizzes["en"])
    lesson = f"/en/courses/{course.id}/{module.id}/{next(slug for slug, language in module.lessons if language == 'en')}"
    # That a lesson was opened is kept, and only that: no more than a page's address tells.
    learned = [table for table in SQLModel.metadata.sorted_tables if "learner_id" in table.c and table.name != "lessonvisit"]
    addresses = [
        "/en/", "/en/skills", "/en/review", "/en/placement", "/en/groups", "/en/account/work", "/en/reports", f"/en/attempts/{number}",
        f"/en/attempts/{number}/{module.quizzes['en'].items[0].id}", f"/en/courses/{course.id}/{module.id}/quiz", lesson,
    ]  # fmt: skip

    def rows() -> list[object]:
        with light_site.database.reading() as session:
            return [session.execute(table.select()).all() for table in learned]

    before = rows()
    assert any(before)
    for address in addresses:
        assert client.get(address).status_code < 400, address
        assert client.head(address).status_code < 400, address
    assert rows() == before
    with light_site.database.reading() as session:
        assert [visit.finished_at for visit in session.exec(select(LessonVisit))] == [None]


def test_nothing_but_pages_and_published_files_is_served(stranger: FlaskClient) -> None:
    for address in (
        "/.git/config", "/.git/HEAD", "/academy/config.py", "/var/secret", "/var/academy.db", "/static/", "/static/../academy/config.py",
        "/static/%2e%2e/academy/config.py", "/static/..%2f..%2fpyproject.toml", "/courses/glossary.yaml",
        "/en/courses/ai-threats/1-attack-economics/img/..%2fquiz.es.md",
    ):  # fmt: skip
        assert stranger.get(address).status_code == 404, address


def test_files_are_for_taking_along(clients: dict[str, FlaskClient], light_site: Site) -> None:
    publish.publish(light_site)
    role = next(iter(light_site.framework.role_shares))
    for who, address in (
        ("manager", "/en/programs/gap.csv"),
        ("manager", "/en/programs/gap.xlsx"),
        ("manager", "/en/programs/sources.csv"),
        ("manager", "/en/programs/demand.csv"),
        ("manager", f"/en/programs/forecast.csv?role={role}&seats=50"),
        ("educator", "/en/author/items.csv"),
    ):
        answer = clients[who].get(address)
        assert answer.status_code == 200, address
        assert answer.headers["Content-Disposition"].startswith("attachment"), address
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
