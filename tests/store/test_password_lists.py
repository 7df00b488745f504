"""Lists of breached passwords: each password of a file is found, no other is, and a file that cannot be searched is refused."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.config import SettingError, read_settings
from academy.services.site import open_site
from academy.store.password_lists import PasswordList

PASSWORDS = st.text(st.characters(codec="utf-8"), max_size=20)


def digest(password: str) -> str:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


def write(path: Path, passwords: set[str], *, count: str = ":3", end: str = "\r\n", last: bool = True) -> PasswordList:
    """A list as it is published: sorted by digest, with how often each was seen."""
    text = end.join(sorted(f"{digest(password)}{count}" for password in passwords))
    path.write_bytes(f"{text}{end if last else ''}".encode())
    return PasswordList(path)


@given(
    breached=st.sets(PASSWORDS, min_size=1, max_size=40),
    others=st.sets(PASSWORDS, max_size=10),
    count=st.sampled_from(["", ":1", ":37359195"]),
    end=st.sampled_from(["\n", "\r\n"]),
    last=st.booleans(),
)
def test_a_password_is_found_if_and_only_if_it_is_there(breached: set[str], others: set[str], count: str, end: str, last: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = write(Path(folder) / "list", breached, count=count, end=end, last=last)
        assert found.fault() == ""
        assert all(found.holds(password) for password in breached)
        assert not any(found.holds(password) for password in others - breached)


def test_lines_of_different_lengths_are_searched_all_the_same(tmp_path: Path) -> None:
    lines = sorted(f"{digest(str(number))}:{'9' * (number % 9 + 1)}" for number in range(3000))
    (tmp_path / "list").write_text("\n".join(lines))
    found = PasswordList(tmp_path / "list")
    assert all(found.holds(str(number)) for number in range(3000))
    assert not any(found.holds(str(number)) for number in range(3000, 6000))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "No such file"),
        ("", "not a list"),
        ("password\n", "not a list"),
        (digest("a").lower() + "\n", "not a list"),
        ("\n".join(sorted((digest(str(number)) for number in range(500)), reverse=True)), "not sorted"),
    ],
)
def test_a_file_that_cannot_be_searched_stops_the_product(tmp_path: Path, content: str | None, says: str) -> None:
    path = tmp_path / "list"
    if content is not None:
        path.write_text(content)
    settings = read_settings({"ACADEMY_DATA": str(tmp_path), "ACADEMY_BREACHED_PASSWORDS": str(path)})
    with pytest.raises(SettingError, match=f"ACADEMY_BREACHED_PASSWORDS.*{says}"):
        open_site(settings)
