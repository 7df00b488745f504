"""What a course says it takes on a phone, held against what is really sent."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from academy.core.grading import read_answer
from academy.services import accounts, assess
from academy.services.site import Site
from tests.factories import right_answer

LARGEST = 1_500_000
COMPRESSED = {"Accept-Encoding": "br"}


def test_no_course_takes_more_than_prepaid_data_allows(light_site: Site, stranger: FlaskClient) -> None:
    for course in light_site.courses.current.courses.values():
        assert all(100_000 < size <= LARGEST for size in course.download.values()), course.id
    assert "MB de datos" in stranger.get("/es/courses").text


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_estimate_is_what_pages_take(light_site: Site, lena: FlaskClient, language: str) -> None:
    course = light_site.courses.current.courses["foundations"]
    person = accounts.find_by_email(light_site, "lena@example.org")
    assert person is not None
    sent = 0
    for module in course.modules:
        quiz = module.quizzes[language]
        number = assess.start_attempt(light_site, person.id, course.id, module.id, quiz)
        pages = [f"courses/{course.id}/{module.id}/{slug}" for slug in module.slugs] + [f"courses/{course.id}/{module.id}/quiz"]
        sent += sum(_size(lena, f"/{language}/{page}") for page in pages)
        for item in quiz.items:
            sent += _size(lena, f"/{language}/attempts/{number}/{item.id}")
            answer = read_answer(item, {"answer": right_answer(item)})
            assess.answer_item(light_site, person.id, number, item, course_id=course.id, language=language, answer=answer)
            sent += _size(lena, f"/{language}/attempts/{number}/{item.id}")
        sent += _size(lena, f"/{language}/attempts/{number}")
    assert course.download[language] == pytest.approx(sent, rel=0.1)


def _size(client: FlaskClient, address: str) -> int:
    response = client.get(address, headers=COMPRESSED)
    assert response.headers["Content-Encoding"] == "br"
    return len(response.data)
