"""`academy items`: answers turned into question and quiz statistics, those of the database or of a CSV file alone."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from academy.commands import CommandError
from academy.commands.tables import add_format, check_marks, print_json, shown
from academy.commands.upkeep import opened_site
from academy.core.measurement import ctt, questions
from academy.core.measurement.irt import FloatArray
from academy.core.measurement.questions import Choices, Compared, Question
from academy.services import question_files, question_report
from academy.store.response_files import ResponseFileError, Table, cells_as_marks, chosen_options, read_key, read_table


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `items`."""
    items = subparsers.add_parser("items", help="question and quiz statistics, of the database or of a CSV of marks alone")
    cells = "one row a person, one column an item; cells are marks, or with --key the options chosen"
    items.add_argument("--responses", metavar="F.csv", help=cells)
    items.add_argument("--max-marks", metavar="M1,M2,…", help="file: the highest mark of each item (default: 1)")
    items.add_argument("--key", metavar="KEY.csv", help="file: item,key and perhaps options (how many there are): cells are scored with it")
    items.add_argument("--course", metavar="ID", help="database: which course (default: every course)")
    items.add_argument("--group", metavar="COLUMN", help="compare two groups: a column of the file; database: language or state")
    items.add_argument("--focal", metavar="VALUE", help="the group asked about; all others are the reference")
    add_format(items, "csv")
    items.set_defaults(run=run_items)


def run_items(options: argparse.Namespace) -> int:
    """Analyse and print."""
    if options.responses is None:
        return _database(options)
    if (options.group is None) != (options.focal is None):
        raise CommandError("--group and --focal need each other")
    if options.key and options.max_marks:
        raise CommandError("--max-marks and --key exclude each other: a right option gives one mark")
    if options.course or options.format == "csv":
        raise CommandError("--course and --format csv are for the database, not for --responses")
    try:
        report = items_json(options)
    except ResponseFileError as error:
        raise CommandError(str(error)) from None
    if options.format == "json":
        print_json(report)
    else:
        print("\n".join(_items_text(report)))
    return 0


def _database(options: argparse.Namespace) -> int:
    if options.key or options.max_marks:
        raise CommandError("--key and --max-marks need --responses")
    with opened_site() as site:
        try:
            cohort = question_report.checked_cohort(site, options.group, options.focal)
            courses = question_report.checked_courses(site, options.course)
        except question_report.ChoiceError as error:
            raise CommandError(str(error)) from None
        reports = [question_report.read(site, course, cohort) for course in courses]
    if options.format == "json":
        print_json({"courses": [question_files.as_json(report) for report in reports]})
    elif options.format == "csv":
        sys.stdout.write(question_files.as_csv(reports))
    else:
        print("\n".join(line for report in reports for line in _report_text(question_files.as_json(report))))
    return 0


def items_json(options: argparse.Namespace) -> dict[str, Any]:
    """The statistics of a file as the object that the command prints."""
    table = read_table(options.responses, aside=[options.group] if options.group else [])
    key = read_key(options.key, table.items) if options.key else None
    highest = _highest(options.max_marks, table.items)
    marks = chosen_options(table, key) if key else cells_as_marks(table)
    check_marks(table, marks, highest, whole=False)
    done = questions.work(table.items, marks, highest)
    choices = [_choices(table, at, key[name].right, marks) if key else {} for at, name in enumerate(table.items)]
    keys = [frozenset((key[name].right,)) if key else frozenset[str]() for name in table.items]
    guesses = [100.0 / (key[name].options or len(choices[at])) if key else None for at, name in enumerate(table.items)]
    found = questions.questions(done, choices, keys, guesses)
    compared = _dif(table, done, options.group, options.focal) if options.group else []
    return {
        "n": len(marks),
        "items": [question_json(one) for one in found],
        "test": question_files.quiz_json(questions.quiz(done)),
        "dif": [compared_json(one) for one in compared],
    }


def question_json(found: Question) -> dict[str, Any]:
    """One question as an object."""
    options = [question_files.option_json(one) for one in found.options]
    return {"item": found.name, **question_files.statistics_json(found), "options": options}


def compared_json(one: Compared) -> dict[str, Any]:
    """One comparison of two groups as an object."""
    return {"item": one.name, **question_files.compared_json(one)}


def _highest(given: str | None, items: Sequence[str]) -> FloatArray:
    if given is None:
        return np.ones(len(items))
    try:
        marks = np.array([float(part) for part in given.split(",")])
    except ValueError:
        raise CommandError("--max-marks must be numbers between commas") from None
    if len(marks) != len(items):
        raise CommandError(f"--max-marks has {len(marks)} numbers for {len(items)} items")
    if not (np.isfinite(marks) & (marks >= 0)).all():
        raise CommandError("--max-marks must be numbers from 0")
    return marks


def _choices(table: Table, column: int, right: str, marks: FloatArray) -> Choices:
    chosen = np.array([row[column] for row in table.cells])[~np.isnan(marks[:, column])]
    return {option: chosen == option for option in sorted({*chosen.tolist(), right})}


def _dif(table: Table, done: questions.Work, group: str, focal: str) -> list[Compared]:
    values = np.array(table.aside[group])
    if not (values == focal).any():
        raise CommandError(f"nobody has {focal!r} in column {group}")
    return questions.compare(done, values == focal, values != "")


def _items_text(report: Mapping[str, Any]) -> list[str]:
    """A table that shows no more than the number of answers allows."""
    lines = [f"{report['n']:,} people", f"{'item':<20} {'n':>7} {'facility':>8} {'95 %':>13} {'D':>6} {'DE':>6} {'weight':>6}  look at"]
    for item in report["items"]:
        visible = item["evidence"] != ctt.Evidence.COUNTS.value
        interval = "-".join(shown(end, 1) for end in item["facility_interval"] or ())
        names = ("discrimination_index", "discriminative_efficiency", "effective_weight")
        rest = " ".join(f"{shown(item[name] if visible else None, 1):>6}" for name in names)
        share = shown(item["facility"] if visible else None, 1)
        lines.append(f"{item['item']:<20} {item['n']:>7,} {share:>8} {interval or '-':>13} {rest}  {', '.join(item['flags'])}".rstrip())
    test = report["test"]
    lines.append(
        f"Quiz: mean {shown(test['mean'], 3)}, SD {shown(test['sd'], 3)}, "
        f"internal consistency {shown(test['internal_consistency'], 1)}, standard error {shown(test['standard_error'], 3)}"
    )
    for one in report["dif"]:
        lines.append(f"DIF {one['item']}: class {one['class'] or '-'}, delta {shown(one['delta'], 2)}, p {shown(one['p'], 4)}")
    return lines


def _report_text(report: Mapping[str, Any]) -> list[str]:
    """A course's report as a table for each quiz, no more than the number of answers allows."""
    lines = []
    for part in report["sets"]:
        lines += [f"{report['course']}, {part['module']}, {part['kind']}", *_items_text(part)]
    return lines
