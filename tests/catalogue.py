"""The messages of the product against its catalogue. `python -m tests.catalogue` brings the catalogue's list up to date."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from academy.config import ROOT

SPANISH = ROOT / "academy/i18n/es/LC_MESSAGES/messages.po"
_KEYWORDS = {"_": None, "gettext": None, "N_": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}
_METHODS = [("academy/**.py", "python"), ("academy/templates/**.html", "jinja2")]


def present() -> Catalog:
    """Every message in the code and the templates."""
    catalogue = Catalog(locale="es", fuzzy=False)
    found = extract_from_dir(str(ROOT), method_map=_METHODS, options_map={}, keywords=_KEYWORDS)
    for _file, _line, message, _comments, context in found:
        catalogue.add(message, context=context)
    return catalogue


def kept(path: Path = SPANISH) -> Catalog:
    """The catalogue as it is."""
    with path.open("rb") as file:
        return read_po(file, locale="es")


def messages(catalogue: Catalog) -> Iterator[Message]:
    """All messages but the header."""
    return (message for message in catalogue if message.id)


def update(path: Path = SPANISH) -> list[str]:
    """Add new messages without translation, drop unused ones; returns what is still to be translated."""
    wanted, have = present(), kept(path)
    for message in messages(wanted):
        old = have.get(message.id, message.context)
        message.string = old.string if old is not None else message.string
    out = io.BytesIO()
    write_po(out, wanted, width=140, sort_output=True, no_location=True, omit_header=True)
    fields = ("Content-Type: text/plain; charset=utf-8", "Language: es", "Plural-Forms: nplurals=2; plural=(n != 1);")
    head = 'msgid ""\nmsgstr ""\n' + "".join(f'"{field}\\n"\n' for field in fields) + "\n"
    path.write_text(head + out.getvalue().decode().strip() + "\n", encoding="utf-8")
    return [str(message.id) for message in messages(wanted) if not _whole(message)]


def _whole(message: Message) -> bool:
    return all(message.string) if isinstance(message.string, tuple) else bool(message.string)


if __name__ == "__main__":
    for missing in update():
        print(missing)
