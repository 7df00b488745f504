"""What the shipped courses promise: length, questions, feedback and sources."""

from __future__ import annotations

import re

import pytest

from academy.core.content.model import Course, Item, Lesson, Prose
from academy.core.content.render import plain_text
from academy.core.items import ITEM_TYPES
from academy.store.course_files import CourseLibrary

LANGUAGES = ("es", "en")


@pytest.fixture
def lessons(real_courses: CourseLibrary) -> list[Lesson]:
    """Every lesson in every language."""
    return [lesson for course in real_courses.current.courses.values() for module in course.modules for lesson in module.lessons.values()]


def prose(lesson: Lesson) -> str:
    """A lesson's text without its list of sources."""
    text = "\n\n".join(part.markdown for part in lesson.segments if isinstance(part, Prose))
    return re.sub(r"^\[\^[^\]]+\]:.*$", "", text, flags=re.MULTILINE)


def test_lessons_are_short_and_complete_in_both_languages(lessons: list[Lesson]) -> None:
    assert len(lessons) >= 12
    by_slug = {(lesson.path.rsplit("/", 1)[0], lesson.slug): set[str]() for lesson in lessons}
    for lesson in lessons:
        by_slug[lesson.path.rsplit("/", 1)[0], lesson.slug].add(lesson.language)
        assert 500 <= len(plain_text(prose(lesson)).split()) <= 900, lesson.path
        assert lesson.checks, lesson.path
        assert not lesson.stale
    assert all(languages == set(LANGUAGES) for languages in by_slug.values())


def test_every_lesson_gives_dated_sources(lessons: list[Lesson]) -> None:
    for lesson in lessons:
        text = "\n".join(part.markdown for part in lesson.segments if isinstance(part, Prose))
        sources = re.findall(r"^\[\^[^\]]+\]: *(.+)$", text, flags=re.MULTILINE)
        assert len(sources) >= 2, lesson.path
        assert all(re.search(r"\*[^*]+\*.*\b(19|20)\d\d\b", source) for source in sources), lesson.path


def every_item(course: Course) -> list[Item]:
    """All questions of a course in its own language."""
    own = course.source_language
    checks = [check for module in course.modules for slug in module.slugs for check in module.lessons[slug, own].checks]
    return checks + [item for module in course.modules for item in module.quizzes[own].items]


def test_there_are_questions_of_many_types_for_each_skill(real_courses: CourseLibrary) -> None:
    for course in real_courses.current.courses.values():
        for module in course.modules:
            for language in LANGUAGES:
                assert len({item.type for item in module.quizzes[language].items}) >= 3, module.id
        assert len({item.type for item in every_item(course)}) >= 6, course.id
        items = [found.source for _, found in real_courses.current.all_item_versions()]
        for skill in course.skills:
            assert sum(item.skill == skill for item in items) >= 12
    assert len(items) >= 24


def test_every_wrong_choice_is_explained(real_courses: CourseLibrary) -> None:
    for _, versions in real_courses.current.all_item_versions():
        assert set(versions.items) == set(LANGUAGES)
        assert not versions.drifted
        for item in versions.items.values():
            assert item.rationale
            if ITEM_TYPES[item.type].explained:
                assert all(option.feedback for option in item.options if not option.right), item.id


def test_every_module_draws_what_a_picture_explains(real_courses: CourseLibrary) -> None:
    for course in real_courses.current.courses.values():
        for module in course.modules:
            for language in LANGUAGES:
                names = {name for name in module.figures if name.endswith(f".{language}.svg")}
                text = "".join(prose(lesson) for (_, written_in), lesson in module.lessons.items() if written_in == language)
                assert names, f"{course.id}/{module.id}"
                assert all(f"]({name})" in text for name in names)
