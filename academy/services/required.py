"""Paths to work roles turned into the questions that must have been answered before anybody counts as ready for the role."""

from __future__ import annotations

from collections.abc import Mapping
from weakref import WeakKeyDictionary

from academy.core.content.paths import PathStep
from academy.services.site import Site
from academy.store.course_files import Library

Place = tuple[str, str]
"""Course and item."""

_kept: WeakKeyDictionary[Library, Mapping[str, frozenset[Place]]] = WeakKeyDictionary()


def required_items(site: Site) -> Mapping[str, frozenset[Place]]:
    """By role: every question of the quizzes of its path's required modules. A module is done when each was answered once."""
    library = site.courses.current
    if library not in _kept:
        _kept[library] = {
            role: frozenset(place for step in path.steps if step.required for place in _questions(library, step))
            for role, path in library.paths.items()
        }
    return _kept[library]


def _questions(library: Library, step: PathStep) -> set[Place]:
    course = library.courses[step.course_id]
    module = next(module for module in course.modules if module.id == step.module_id)
    quiz = module.quizzes.get(course.source_language)
    return {(course.id, item.id) for item in quiz.items} if quiz else set()
