"""Files in course folders found and read: inside their folder, of bounded size, as text with plain line ends."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from academy.core.content.model import Problem

LARGEST_FILE = 1_000_000


def below(folder: Path) -> Callable[[Path], str]:
    """How paths are written from a folder on."""
    return lambda path: os.path.relpath(path, folder).encode("utf-8", "backslashreplace").decode()


def files_below(folder: Path) -> Iterator[Path]:
    """Every file below a folder, in order; links to folders are not followed."""
    for parent, folders, names in os.walk(folder):
        folders.sort()
        yield from (Path(parent) / name for name in sorted(names))


def inside(path: Path, folder: Path) -> bool:
    """Whether a path stays in the folder once its links are followed."""
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # a link to itself
        return False


def regular(path: Path, folder: Path) -> bool:
    """Whether a path is a file in the folder: no link out of it, no pipe."""
    return inside(path, folder) and path.is_file()


def text_of(path: Path) -> str:
    """A file's text with plain line ends. Raises OSError and UnicodeDecodeError."""
    return path.read_text(encoding="utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")


def read_text(path: Path, course: Path, write: Callable[[Path], str], problems: list[Problem]) -> str | None:
    """A file's text with plain line ends; None and a problem where it cannot be read."""
    reason = ""
    try:
        if not inside(path, course):
            reason = "it leads outside the course folder"
        elif not path.is_file():
            reason = "it is missing, or not a file"
        elif path.stat().st_size > LARGEST_FILE:
            reason = "it is larger than 1 MB"
        else:
            return text_of(path)
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        problems.append(Problem(write(path), line, 1, "file-encoding"))
        return None
    except OSError as error:
        reason = error.strerror or "unknown"
    problems.append(Problem(write(path), 1, 1, "file-unreadable", (("reason", reason),)))
    return None
