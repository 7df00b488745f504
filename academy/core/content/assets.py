"""A course's links, images and weights, checked against its files."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from academy.core.content.model import Item, Language, Lesson, Module, Problem
from academy.core.content.prose import Pointer, anchors, images, item_pictures, links

LESSON_KB, QUIZ_KB = 60, 80
"""The data budget of a lesson with its images, and of a quiz, unless the course sets another [kB of 1,000 bytes]."""
_EMPTY_PAGE, _COMPRESSED = 1_600, 0.48
"""What a page without its text takes as it is sent, and what the page's part of a byte of text does; measured, and held by a test."""

Lessons = Mapping[tuple[str, str, Language], Lesson]
"""Lessons by folder, slug and language."""


def lint_lesson_files(lesson: Lesson, folder: str, lessons: Lessons, files: Collection[str], sizes: Mapping[str, int]) -> Iterator[Problem]:
    """Links and images of a lesson that lead nowhere.

    files: paths within the course of all lessons and quizzes, those with errors too; sizes: bytes of the images by path.
    """
    for image in images(lesson):
        if _joined(folder, image.target) not in sizes:
            yield Problem(lesson.path, image.line, image.column, "image-missing", (("image", image.target),))
    for link in links(lesson):
        if not link.external:
            yield from _lint_link(link, lesson, folder, lessons, (files, sizes))


def lint_item_files(item: Item, folder: str, sizes: Mapping[str, int]) -> Iterator[Problem]:
    """Pictures of a question that are not there."""
    for picture in item_pictures(item):
        if f"{folder}/{picture.target}" not in sizes:
            yield Problem(item.path, item.line, 1, "image-missing", (("image", picture.target),))


def shown_images(lesson: Lesson, folder: str) -> set[str]:
    """Paths within the course of what a lesson shows or links to."""
    return {_joined(folder, pointer.target) for pointer in (*images(lesson), *links(lesson))}


def download_size(modules: Iterable[Module], language: Language, weights: Mapping[str, int], sizes: Mapping[str, int]) -> int:
    """Bytes that going once through every lesson and question takes in a language, about: each question is seen asked and answered.

    weights: bytes of the lesson and quiz files by path; sizes: those of images by their path within the course.
    """
    pages, text, pictures = 0, 0.0, 0
    for module in modules:
        for (_slug, written_in), lesson in module.lessons.items():
            if written_in == language:
                shown = shown_images(lesson, module.id)
                drawn = {name for name in shown if name.endswith(".svg")}
                pages += 1
                text += weights.get(lesson.path, 0) + sum(sizes.get(name, 0) for name in drawn)
                pictures += sum(sizes.get(name, 0) for name in shown - drawn)
        quiz = module.quizzes.get(language)
        if quiz is not None:
            pages += 2 + 2 * len(quiz.items)  # before it and its result; each question asked and explained
            text += 1.5 * weights.get(quiz.path, 0)
    return round(pages * _EMPTY_PAGE + text * _COMPRESSED) + pictures


def lint_weight(path: str, code: str, size: int, most_kb: int) -> Iterator[Problem]:
    """Whether a file, with its images, is over its budget. size: bytes."""
    if size > most_kb * 1000:
        yield Problem(path, 1, 1, code, (("found", f"{size / 1000:.0f}"), ("most", str(most_kb))))


def _lint_link(
    link: Pointer, lesson: Lesson, folder: str, lessons: Lessons, present: tuple[Collection[str], Collection[str]]
) -> Iterator[Problem]:
    target, _mark, name = link.target.partition("#")
    if target in ("", lesson.path.rpartition("/")[2]):
        there: Lesson | None = lesson
    else:
        path = _joined(folder, target)
        place, _slash, file = path.rpartition("/")
        slug, language = _named(file)
        there = lessons.get((place, slug, language))
        if not any(path in paths for paths in present):
            yield Problem(lesson.path, link.line, link.column, "link-missing", (("target", link.target),))
    if name and there is not None and name not in anchors(there):
        yield Problem(lesson.path, link.line, link.column, "anchor-missing", (("anchor", name), ("target", link.target)))


def _named(file: str) -> tuple[str, Language]:
    """`1-first.es.md` as its slug and language."""
    stem = file.removesuffix(".md") if file.endswith(".md") else ""
    slug, _dot, language = stem.rpartition(".")
    return slug, language


def _joined(folder: str, target: str) -> str:
    """A target beside a lesson as a path within the course; what climbs out of the course begins with `..`."""
    parts: list[str] = [folder]
    for part in target.split("/"):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts) if not target.startswith("/") else target
