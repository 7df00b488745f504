"""A CSV file that was sent, as a file or pasted, turned into its name and text."""

from __future__ import annotations

from flask import request
from flask_babel import gettext as _

from academy.core.content import codes
from academy.core.content.model import Problem

PASTED = "pasted.csv"


def uploaded() -> tuple[str, str | Problem]:
    """The name of what was sent, and its text; a problem where it is empty or no UTF-8."""
    file = request.files.get("file")
    if file is not None and file.filename:
        name = file.filename.replace("\\", "/").rpartition("/")[2][:120] or PASTED
        try:
            text = file.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            return name, Problem(name, 1, 1, "file-encoding", ())
    else:
        name, text = request.form.get("name", "")[:120] or PASTED, request.form.get("text", "")
    text = text.replace("\r\n", "\n")
    return name, text if text.strip() else Problem(name, 1, 1, "reference-syntax", (("reason", _("it is empty")),))


def said(problem: Problem) -> str:
    """What a problem says, in the reader's language."""
    return codes.message(problem, lambda message: str(_(message)))
