"""Zips: read within bounds, hostile ones refused with a reason."""

from __future__ import annotations

import contextlib
import io
import stat
import struct
import zipfile

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from academy.core.interop import archives
from academy.core.interop.archives import ArchiveError, looks_zipped, read_archive, write_archive

NAMES = st.text(alphabet="abcñé _-.", min_size=1, max_size=12).map(lambda name: f"folder/{name}x")
FILES = st.dictionaries(NAMES, st.binary(max_size=200), max_size=6)


def zipped(*files: tuple[str, bytes], mode: int = stat.S_IFREG | 0o644) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return buffer.getvalue()


def refusal(data: bytes) -> str:
    with pytest.raises(ArchiveError) as error:
        read_archive(data)
    return str(error.value)


@given(FILES)
def test_what_is_written_is_read(files: dict[str, bytes]) -> None:
    data = write_archive(files)
    assert dict(read_archive(data).files) == files
    assert read_archive(data).unreadable == ()
    assert write_archive(files) == data, "the same files give the same bytes"
    assert looks_zipped(data)


def test_folders_in_a_zip_are_no_files() -> None:
    assert dict(read_archive(zipped(("a/", b""), ("a/b.xml", b"x"))).files) == {"a/b.xml": b"x"}


def test_names_written_by_windows_are_read_with_slashes() -> None:
    assert set(read_archive(zipped(("quiz\\a.xml", b"x"))).files) == {"quiz/a.xml"}


@pytest.mark.parametrize("name", ["../a", "a/../../b", "/etc/passwd", "C:/a", "C:a", "..\\a", "\\\\host\\a", "a/..", "a\nb"])
def test_a_name_that_leaves_its_folder_is_refused(name: str) -> None:
    assert refusal(zipped(("good.xml", b"x"), (name, b"x"))).startswith("a name in the zip leaves its folder: ")


def test_a_symbolic_link_is_refused() -> None:
    assert refusal(zipped(("link", b"/etc/passwd"), mode=stat.S_IFLNK | 0o777)) == "the zip holds a symbolic link: link"


def test_two_files_of_one_name_are_refused() -> None:
    assert refusal(zipped(("a/b", b"1"), ("a\\b", b"2"))) == "the zip holds two files of the same name: a/b"


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    assert refusal(zipped(("bomb", bytes(10_000_000)))) == "a file in the zip unpacks to more than 100 times its size: bomb"


def test_many_small_bombs_are_refused_by_their_sum(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_BYTES", 100_000)
    assert refusal(zipped(*((f"{number}", bytes(60_000)) for number in range(2)))) == (
        "the zip unpacks to 120,000 bytes; 100,000 are the most"
    )


def test_too_many_entries_are_refused() -> None:
    assert refusal(zipped(*((f"{number}", b"") for number in range(2_001)))) == "the zip holds 2001 entries; 2000 are the most"


def test_a_zip_that_lies_about_sizes_gives_no_more_than_it_says() -> None:
    data = bytearray(zipped(("a", bytes(60_000))))
    at = data.rindex(b"PK\x01\x02") + 24
    data[at : at + 4] = struct.pack("<I", 10)
    archive = read_archive(bytes(data))
    assert archive.files == {}
    assert archive.unreadable == (("a", "this file in the zip is damaged"),)


def test_an_encrypted_file_is_listed_and_the_others_are_read() -> None:
    data = bytearray(zipped(("secret", b"x"), ("open", b"y")))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    archive = read_archive(bytes(data))
    assert dict(archive.files) == {"open": b"y"}
    assert archive.unreadable == (("secret", "this file in the zip is encrypted"),)


def test_a_file_packed_by_an_unbounded_method_is_listed() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a", b"x" * 100)
    assert read_archive(buffer.getvalue()).unreadable == (("a", "this file in the zip is packed in a way that is not read here"),)


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\x03\x04", b"<xml/>", bytes(1000), zipped(("a", b"x"))[:-5]])
def test_what_is_no_zip_is_refused(data: bytes) -> None:
    assert refusal(data) == "this is not a zip file, or it is damaged"


@given(st.binary(max_size=300), st.integers(0, 400), st.binary(min_size=1, max_size=8))
@example(b"PK\x05\x06" + bytes(18), 0, b"P")
@example(b"", 133, b"\0")  # an entry without a name
def test_any_bytes_give_files_or_a_reason(noise: bytes, at: int, change: bytes) -> None:
    whole = zipped(("a.xml", b"<a/>" * 40), ("b/c.xml", b"<b/>"))
    for data in (noise, b"PK\x03\x04" + noise, whole[:at] + change + whole[at + len(change) :], whole[:at] + noise + whole[at:]):
        with contextlib.suppress(ArchiveError):
            archive = read_archive(data)
            assert all(isinstance(content, bytes) for content in archive.files.values())
            assert all(reason for _, reason in archive.unreadable)
