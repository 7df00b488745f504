"""Work roles: what can be learned here, the way to it, and honest words about the rest."""

from __future__ import annotations

import re

from flask.testing import FlaskClient

from academy.services import roles
from academy.services.progress import NOTHING_DONE
from academy.services.site import Site
from tests.publications import publish

MEASURED = {"PD-WRL-001", "PD-WRL-003"}


def test_the_two_roles_are_measurable_and_have_a_path(light_site: Site) -> None:
    found = {one.role.id: one for one in roles.outlines(light_site, "es", NOTHING_DONE)}
    assert {role for role, one in found.items() if one.measurable} == MEASURED
    for role in MEASURED:
        assert len(found[role].stages) >= 10
        assert found[role].minutes > 300
        assert any(stage.required for stage in found[role].stages)
        assert len({stage.course.id for stage in found[role].stages}) >= 3
        assert all(need.questions >= 20 for need in found[role].needs)
        taught = {item.skill for stage in found[role].stages for item in stage.module.quizzes["es"].items}
        assert {need.skill.id for need in found[role].needs} <= taught, "the path teaches every skill that the role asks for"


def test_a_role_shows_its_path_and_the_published_need_with_its_source(stranger: FlaskClient, light_site: Site) -> None:
    assert "Nothing is published yet" in stranger.get("/en/roles/PD-WRL-003").text
    publish(light_site)
    page = stranger.get("/en/roles/PD-WRL-003").text
    assert "What you can do at the end" in page
    assert "Takes for granted: Log analysis" in page
    assert len(re.findall(r"<data value=", page)) >= 3
    assert "ISC2" in page
    assert "They are not vacancies." in page


def test_a_learner_sees_where_they_stand(lena: FlaskClient) -> None:
    assert "No evidence yet" in lena.get("/en/roles/PD-WRL-003").text


def test_a_role_without_questions_shows_no_number_about_people(stranger: FlaskClient) -> None:
    page = stranger.get("/es/roles/PD-WRL-002").text
    assert "Todavía no se puede medir" in page
    assert "La ruta" not in page


def test_unknown_roles_are_not_found(stranger: FlaskClient) -> None:
    assert stranger.get("/es/roles/PD-WRL-999").status_code == 404
