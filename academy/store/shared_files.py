"""The files beside the courses turned into values: the glossary and the paths to work roles, those of all roots together."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from academy.core.content.course import MANIFEST
from academy.core.content.glossary import Glossary, build_glossary, parse_glossary
from academy.core.content.model import Problem
from academy.core.content.paths import Known, parse_paths
from academy.core.content.paths import Path as LearningPath
from academy.store.text_files import read_text

GLOSSARY, PATHS = "glossary.yaml", "paths.yaml"
Write = Callable[[Path], str]


def read_glossary(roots: Sequence[Path], write_of: Callable[[Path], Write]) -> tuple[Glossary, tuple[Problem, ...]]:
    """The concepts of all roots' glossaries and what is wrong in them. A root that is a single course uses the file beside it.

    write_of: for a root, how its paths are written in problems.
    """
    problems: list[Problem] = []
    found = [_beside(root, GLOSSARY, write_of(root), problems) for root in roots]
    glossary, faults = _glossary(tuple(dict.fromkeys(one for one in found if one)))
    return glossary, (*problems, *faults)


def read_paths(
    roots: Sequence[Path], known: Known, write_of: Callable[[Path], Write]
) -> tuple[dict[str, LearningPath], tuple[Problem, ...]]:
    """The ways to work roles, by role, and what is wrong in them; a root that is a single course knows nothing of others."""
    problems: list[Problem] = []
    ways: dict[str, LearningPath] = {}
    for root in roots:
        found = None if os.path.lexists(root / MANIFEST) else _beside(root, PATHS, write_of(root), problems)
        read, faults = parse_paths(*found, known) if found else ((), ())
        problems += faults
        for way in read:
            ways.setdefault(way.role_id, way)
    return ways, tuple(problems)


@functools.lru_cache(maxsize=8)
def _glossary(files: tuple[tuple[str, str], ...]) -> tuple[Glossary, tuple[Problem, ...]]:
    """The same glossary for the same files, so that what was found with it is found again at once. files: text and shown path."""
    read = [parse_glossary(text, path) for text, path in files]
    return build_glossary(term for terms, _ in read for term in terms), tuple(fault for _, faults in read for fault in faults)


def _beside(root: Path, name: str, write: Write, problems: list[Problem]) -> tuple[str, str] | None:
    """Text and shown path of a file beside the courses of a root; None where there is none."""
    folder = root.parent if os.path.lexists(root / MANIFEST) else root
    text = read_text(folder / name, folder, write, problems) if os.path.lexists(folder / name) else None
    return None if text is None else (text, write(folder / name))
