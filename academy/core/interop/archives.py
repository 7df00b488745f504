"""The bytes of a zip turned into its files by name, within bounds, and back."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

MOST_ENTRIES = 2_000
MOST_BYTES = 50_000_000  # of all files together, unpacked
MOST_RATIO = 100  # unpacked bytes for one packed
_HARMLESS = 65_536  # bytes; a file this small may be of any ratio: a blank image is
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # the two that unpack piece by piece, within bounds
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # a zip's first day: the same files give the same bytes
_BROKEN = (zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError, EOFError, OSError, OverflowError, struct.error, zlib.error)
"""What zipfile raises on bytes that are not a zip, or a damaged one."""


class ArchiveError(ValueError):
    """A zip that is refused as a whole; the message says why, in English."""


@dataclass(frozen=True, slots=True)
class Archive:
    """The files of a zip by their name with forward slashes, and (name, reason) of each that cannot be read."""

    files: Mapping[str, bytes]
    unreadable: tuple[tuple[str, str], ...] = ()


def looks_zipped(data: bytes) -> bool:
    """Whether the bytes begin like a zip, be it an empty one."""
    return data[:4] in (b"PK\x03\x04", b"PK\x05\x06")


def read_archive(data: bytes) -> Archive:
    """The files in a zip. Raises ArchiveError where the bounds are passed, a name leaves the folder, or it is no zip.

    At most 2,000 entries, 50 MB unpacked, and 100 bytes unpacked for each packed. A damaged or encrypted file is
    listed, and the others are read.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except _BROKEN:
        raise ArchiveError("this is not a zip file, or it is damaged") from None
    entries = [entry for entry in archive.infolist() if not entry.filename.endswith("/")]
    names = _checked_names(archive.infolist())
    _check_sizes(entries)
    files: dict[str, bytes] = {}
    unreadable: list[tuple[str, str]] = []
    for entry in entries:
        name = names[entry.orig_filename]
        try:
            files[name] = _contents(archive, entry)
        except _BROKEN as error:
            unreadable.append((name, str(error) if isinstance(error, ArchiveError) else "this file in the zip is damaged"))
    return Archive(files, tuple(unreadable))


def write_archive(files: Mapping[str, bytes]) -> bytes:
    """A zip of the files; the same files in the same order give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return buffer.getvalue()


def _checked_names(entries: list[zipfile.ZipInfo]) -> dict[str, str]:
    """Safe names by the names in the zip; each only once."""
    if len(entries) > MOST_ENTRIES:
        raise ArchiveError(f"the zip holds {len(entries)} entries; {MOST_ENTRIES} are the most")
    names: dict[str, str] = {}
    for entry in entries:
        name = entry.orig_filename.replace("\\", "/")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise ArchiveError(f"the zip holds a symbolic link: {_shown(name)}")
        if _leaves(name):
            raise ArchiveError(f"a name in the zip leaves its folder: {_shown(name)}")
        if name in names.values():
            raise ArchiveError(f"the zip holds two files of the same name: {_shown(name)}")
        names[entry.orig_filename] = name
    return names


def _leaves(name: str) -> bool:
    """Whether a name is absolute, climbs, names a drive, or hides something behind a control character."""
    return name.startswith("/") or name[1:2] == ":" or ".." in name.split("/") or any(ord(char) < 32 for char in name)


def _check_sizes(entries: list[zipfile.ZipInfo]) -> None:
    """By what the zip declares; what is read never exceeds it."""
    total = sum(entry.file_size for entry in entries)
    if total > MOST_BYTES:
        raise ArchiveError(f"the zip unpacks to {total:,} bytes; {MOST_BYTES:,} are the most")
    for entry in entries:
        if entry.file_size > max(_HARMLESS, MOST_RATIO * entry.compress_size):
            raise ArchiveError(f"a file in the zip unpacks to more than {MOST_RATIO} times its size: {_shown(entry.filename)}")


def _contents(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    if entry.flag_bits & 0x1:
        raise ArchiveError("this file in the zip is encrypted")
    if entry.compress_type not in _METHODS:
        raise ArchiveError("this file in the zip is packed in a way that is not read here")
    with archive.open(entry) as file:
        return file.read(entry.file_size)


def _shown(name: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in name[:80])
