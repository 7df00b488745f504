"""A report on the gap turned into a workbook: the numbers, how they came about, and the figures that they rest on."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

from academy.core.workforce.overrides import UNITS
from academy.services.gap import COLUMNS, Report

Line = Sequence[str | float | int | bool | None]


def as_xlsx(report: Report, *, titles: Sequence[str], method: Iterable[Line], language: str) -> bytes:
    """The rows as a workbook of three sheets. An empty cell is unknown or hidden; `suppressed` tells which.

    titles: of the sheets with numbers, method and sources. method: lines of the second sheet, in the reader's language.
    """
    from xlsxwriter import Workbook  # only this needs it

    out = io.BytesIO()
    plain = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(out, plain) as book:
        book.set_properties({"created": report.created_at.replace(tzinfo=None)})  # the same file for the same report
        rows = ([getattr(row, name) for name in COLUMNS] for row in report.rows)
        for title, lines in zip(titles, ([COLUMNS, *rows], method, _sources(report, language)), strict=True):
            _fill(book, title, lines)
    return out.getvalue()


def _fill(book: Any, title: str, lines: Iterable[Line]) -> None:
    sheet = book.add_worksheet(title)
    sheet.set_column(0, 0, 24)
    sheet.freeze_panes(1, 0)
    head = book.add_format({"bold": True})
    for at, line in enumerate(lines):
        for column, value in enumerate(line):
            if value is not None and value != "":
                sheet.write(at, column, value, head if at == 0 else None)


def _sources(report: Report, language: str) -> Iterable[Line]:
    yield ("id", "area", "low", "mode", "high", "unit", "counts", "source", "year", "grade", "url", "retrieved")
    for claim in report.inputs.claims.values():
        came = claim.provenance
        counts = {str(key): text for key, text in claim.counts.items()}.get(language, "")
        yield (
            *(claim.id, claim.area, claim.low, claim.mode, claim.high, claim.unit, counts),
            *(came.source, came.year, came.grade, came.url, came.retrieved),
        )
    for row in report.inputs.own:
        place = " ".join(word for word in (row.role, row.sector) if word)
        numbers = (row.low, row.mode, row.high, UNITS[row.kind])
        yield (f"own: {row.kind}", row.state or "MX", *numbers, place, row.source, row.year, row.grade, "", "")
