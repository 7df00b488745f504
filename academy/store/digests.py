"""Digests of all that course files are read by: the files of a folder, and the code that reads them."""

from __future__ import annotations

import contextlib
import hashlib
import sys
from collections.abc import Collection, Sequence
from pathlib import Path

from academy.config import ROOT
from academy.store.text_files import LARGEST_FILE, below, files_below

_TEXTS = (".md", ".yaml", ".svg")


def folder_digest(folder: Path) -> str:
    """Of the name of everything below a folder, every text in it, and the size of everything else."""
    digest, write = hashlib.sha256(f"{folder.name}\n".encode("utf-8", "surrogateescape")), below(folder)
    for path in files_below(folder):
        digest.update(f"\n{write(path)}\n".encode())
        with contextlib.suppress(OSError):  # gone, or not to be read: then its name counts
            if path.is_symlink():
                digest.update(f"-> {path.readlink()} {path.resolve()}".encode("utf-8", "surrogateescape"))
            size = path.stat().st_size
            digest.update(path.read_bytes() if is_text(path, size) else str(size).encode())
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():  # empty folders are told of too
        digest.update(path.name.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def is_text(path: Path, size: int) -> bool:
    """Whether a file is one of those that are read as text."""
    return path.suffix in _TEXTS and path.is_file() and size <= LARGEST_FILE


def library_digest(roots: Sequence[Path], *known: Collection[str]) -> bytes:
    """Of all that the courses below some roots are read from, in 32 bytes."""
    parts = [sys.version, code_digest(*known)]
    for root in roots:
        beside = sorted(root.parent.glob("*.yaml"))  # where a root that is a course itself has its glossary
        parts += [str(root), str(root.resolve()), folder_digest(root), *(f"{path} {_text_digest(path)}" for path in beside)]
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogateescape")).digest()


def _text_digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def code_digest(*known: Collection[str]) -> str:
    """Of what the same files may be judged differently by: the code that reads them, and the words that it knows."""
    digest = hashlib.sha256("\n\n".join("\n".join(sorted(words)) for words in known).encode())
    for path in sorted((*(ROOT / "academy/core").rglob("*.py"), *(ROOT / "academy/store").glob("*.py"), ROOT / "requirements.lock")):
        with contextlib.suppress(OSError):
            digest.update(path.read_bytes())
    return digest.hexdigest()
