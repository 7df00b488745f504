"""The folders of academy/reference/countries/ turned into countries: one that is modelled by its states, others by national figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from academy.core.content.model import Problem
from academy.core.framework import Country, Figure
from academy.store.claim_rows import AREAS, MOST, SLUG, ascending
from academy.store.reference_rows import PROVENANCE, Row
from academy.store.reference_tables import read_table

FOLDER = "countries"
METRICS = ("workforce", "need", "shortage", "openings", "market_ratio", "former_ratio")
UNITS = {
    "workforce": "persons",
    "need": "persons",
    "shortage": "persons",
    "openings": "posts per year",
    "market_ratio": "ratio",
    "former_ratio": "ratio",
}
_COUNTRY = ("id", "name", "area", "scope", "why", "population", "workforce", *PROVENANCE)
_FIGURE = ("id", "metric", "low", "mode", "high", "unit", "counts", *PROVENANCE)


def read_countries(directory: Path, shown: str) -> tuple[dict[str, Country], list[Problem]]:
    """The sound packs by id, the modelled one first, and every fault by file and line."""
    found: dict[str, Country] = {}
    problems: list[Problem] = []
    place = directory / FOLDER
    folders = sorted(folder for folder in place.iterdir() if folder.is_dir()) if place.is_dir() else []
    for folder in folders:
        country, faults = _country(folder, f"{shown}/{FOLDER}/{folder.name}")
        problems += faults
        if country is not None:
            found[country.id] = country
    modelled = [country for country in found.values() if country.modelled]
    if len(modelled) != 1 and not problems:
        problems.append(Problem(f"{shown}/{FOLDER}", 1, 1, "reference-country", (("found", str(len(modelled))),)))
    return dict(sorted(found.items(), key=lambda pair: not pair[1].modelled)), problems


def _country(folder: Path, shown: str) -> tuple[Country | None, list[Problem]]:
    table, problems = read_table(folder / "country.yaml", f"{shown}/country.yaml")
    if len(table.rows) != 1:
        problems = problems or [Problem(table.path, 1, 1, "reference-type", (("row", folder.name), ("field", ""), ("expected", "one row")))]
        return None, problems
    row = Row(table.path, table.rows[0], "id", 1)
    country = _read(row)
    if country.id and country.id != folder.name:
        row.fault("reference-form", row.node("id"), field="id", found=country.id, expected=folder.name)
    problems += [*row.unread(_COUNTRY), *row.problems]
    figures, faults = ((), []) if country.modelled else _figures(folder / "figures.csv", f"{shown}/figures.csv")
    problems += faults
    return (replace(country, figures=tuple(figures)) if row.sound else None), problems


def _read(row: Row) -> Country:
    modelled = row.choice("scope", ("states", "national")) == "states"
    return Country(
        id=row.text("id", SLUG, "mx"),
        name=row.names("name"),
        area=row.choice("area", AREAS),
        modelled=modelled,
        why={} if modelled else row.names("why"),
        population=row.whole("population", 1, MOST) if modelled else None,
        workforce=row.text("workforce", SLUG, "isc2-2023-workforce") if modelled else None,
        figures=(),
        provenance=row.provenance(),
    )


def _figures(file: Path, shown: str) -> tuple[list[Figure], list[Problem]]:
    table, problems = read_table(file, shown)
    found: dict[str, Figure] = {}
    if table.header is not None:
        problems += Row(shown, table.header, "id", 0).unread(_FIGURE)
    for number, node in enumerate(table.rows, start=1):
        row = Row(shown, node, "id", number)
        figure = _figure(row)
        if figure.id in found:
            row.fault("reference-duplicate", row.node("id"))
        if row.sound:
            found[figure.id] = figure
        problems += row.problems
    return list(found.values()), problems


def _figure(row: Row) -> Figure:
    metric = row.choice("metric", METRICS)
    low, high, mode = row.optional_number("low", 0, MOST), row.optional_number("high", 0, MOST), row.number("mode", 0, MOST)
    ascending(row, [number for number in (low, mode, high) if number is not None])
    unit = row.text("unit")
    if metric and unit and unit != UNITS.get(metric):
        row.fault("reference-choice", row.node("unit"), field="unit", found=unit, expected=UNITS.get(metric, ""))
    return Figure(row.text("id", SLUG, "cyberseek-2024"), metric, low, mode, high, unit, row.names("counts"), row.provenance())


def modelled(countries: Mapping[str, Country]) -> Country | None:
    """The country that is modelled by its states."""
    return next((country for country in countries.values() if country.modelled), None)
