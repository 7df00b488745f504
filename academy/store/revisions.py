"""A git revision or a folder turned into course folders that can be read."""

from __future__ import annotations

import contextlib
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from academy.core.content.course import MANIFEST


class NoSuchState(ValueError):
    """A name that is neither a folder with courses nor a git revision; the message says why, in English."""


@contextlib.contextmanager
def courses_at(place: str | None, roots: Sequence[Path]) -> Iterator[Sequence[Path]]:
    """The course roots at a place, while the block lasts: a folder, a git revision of the roots, or, for None, the roots as they are.

    A folder may hold courses, be a course, or hold a folder `courses`. Raises NoSuchState.
    """
    if place is None:
        yield roots
    elif place and Path(place).is_dir():
        yield [_courses_in(Path(place))]
    else:
        with tempfile.TemporaryDirectory(prefix="academy-revision-") as folder:
            yield [_unpacked(place, root.resolve(), Path(folder) / str(number)) for number, root in enumerate(roots)]


def _courses_in(folder: Path) -> Path:
    if (folder / MANIFEST).is_file() or any(folder.glob(f"*/{MANIFEST}")):
        return folder.resolve()
    inner = folder / "courses"
    if any(inner.glob(f"*/{MANIFEST}")):
        return inner.resolve()
    raise NoSuchState(f"there is no course in {folder}")


def _unpacked(revision: str, root: Path, target: Path) -> Path:
    """A root as it was at a revision, in a folder below `target`. A root that was not there yet is an empty folder."""
    where = root if root.is_dir() else root.parent
    top = Path(_git(where, "rev-parse", "--show-toplevel", reason=f"{root} is not kept in git").decode().rstrip("\n"))
    within = root.relative_to(top.resolve()).as_posix()
    reason = f"{revision} is neither a folder nor a git revision"
    commit = _git(where, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", reason=reason).decode().strip()
    found = target / root.name
    found.mkdir(parents=True)
    if not _git(top, "ls-tree", "--name-only", commit, "--", within, reason=reason):
        return found
    archive = target / "archive.tar"
    _git(top, "archive", "--format=tar", "-o", str(archive), commit, "--", within, reason=f"git cannot unpack {revision}")
    with tarfile.open(archive) as packed:
        packed.extractall(target, filter=_harmless)  # noqa: S202  # filtered
    return target / within


def _harmless(member: tarfile.TarInfo, target: str) -> tarfile.TarInfo | None:
    """Files and folders alone: a link has nothing to say about courses."""
    return tarfile.data_filter(member, target) if member.isfile() or member.isdir() else None


def _git(folder: Path, *arguments: str, reason: str) -> bytes:
    """What git prints. Raises NoSuchState with the reason, and with what git says."""
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, check=False)  # noqa: S603, S607  # git is where people put it; arguments are no shell text
    except OSError as error:
        raise NoSuchState(f"git cannot be started: {error.strerror}") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise NoSuchState(f"{reason} ({said[0]})" if said else reason)
    return done.stdout
