"""`academy calibrate`: answers turned into item parameters, those of the database or of a CSV file alone."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from academy.commands import CommandError
from academy.commands.progress import Meter
from academy.commands.tables import add_format, check_marks, print_json, shown, whole
from academy.commands.upkeep import opened_site
from academy.core.measurement import calibration
from academy.core.measurement.calibration import Calibration
from academy.core.measurement.responses import Responses
from academy.services import calibrate
from academy.services.calibrate import Run
from academy.store.response_files import ResponseFileError, cells_as_marks, read_table, whole_counts


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `calibrate`."""
    fit = subparsers.add_parser("calibrate", help="item parameters, from the database's answers or from a CSV of answers alone")
    cells = "one row a person, one column an item; cells are 1 right, 0 wrong, blank not administered"
    fit.add_argument("--responses", metavar="F.csv", help=cells)
    fit.add_argument("--all", action="store_true", help="database: every skill with answers, not only those with new ones")
    fit.add_argument("--model", choices=calibration.MODELS, help="file: default 2pl")
    fit.add_argument("--priors", choices=("default", "flat"), help="file: flat is plain maximum likelihood")
    fit.add_argument("--freq", metavar="COLUMN", help="file: column that counts the people of each row")
    fit.add_argument("--scores", action="store_true", help="file: also the expected ability of each row, with its standard deviation")
    add_format(fit)
    fit.set_defaults(run=run_calibrate)


def run_calibrate(options: argparse.Namespace) -> int:
    """Calibrate and print."""
    if options.responses is None:
        return _calibrate_database(options)
    if options.all:
        raise CommandError("--all is for the database; a file is always calibrated whole")
    try:
        responses = _read_responses(options.responses, options.freq)
    except ResponseFileError as error:
        raise CommandError(str(error)) from None
    priors = None if options.priors == "flat" else calibration.default_priors(len(responses.items))
    meter = Meter()
    found = calibration.calibrate(
        responses, options.model or "2pl", priors, progress=lambda maps, moved: meter(maps, 0, f"steps, moving by {moved:.1e}")
    )
    meter.end()
    if options.format == "json":
        print_json(calibration_json(found, with_scores=options.scores))
    else:
        print("\n".join(_calibration_text(found, with_scores=options.scores)))
    return 0


def _calibrate_database(options: argparse.Namespace) -> int:
    for name in ("model", "priors", "freq", "scores"):
        if getattr(options, name):
            raise CommandError(f"--{name} needs --responses")
    meter = Meter()
    with opened_site() as site:
        done = calibrate.calibrate(site, everything=options.all, progress=meter)
    meter.end()
    if options.format == "json":
        print_json(_run_json(done))
    else:
        print("\n".join(_run_text(done)))
    return 0


def _run_json(done: Run) -> dict[str, Any]:
    skills = [
        {
            "skill": one.skill_id,
            "calibration": one.number,
            "n_learners": one.learners,
            "n_responses": one.answers,
            "items": one.items,
            "provisional": one.provisional,
            "estimating": one.estimating,
            "converged": one.converged,
            "iterations": one.iterations,
            "linked": one.linked,
            "drifted": one.drifted,
        }
        for one in done.skills
    ]
    return {"model": calibrate.MODEL, "skills": skills, "learners_derived_again": done.learners}


def _run_text(done: Run) -> list[str]:
    lines = []
    for one in done.skills:
        ended = "converged" if one.converged else "did not converge"
        lines.append(
            f"{one.skill_id}: {one.items} items ({one.provisional} provisional, {one.estimating} estimating), {one.answers:,} answers of "
            f"{one.learners:,} learners and months; {ended} after {one.iterations} iterations; {one.linked} items link to the last "
            f"calibration, {one.drifted} moved"
        )
    lines.append(f"{len(done.skills)} skills with new answers calibrated, {done.learners:,} learners derived again.")
    return lines


def _read_responses(name: str, freq: str | None) -> Responses:
    table = read_table(name, aside=[freq] if freq else [])
    marks = cells_as_marks(table)
    check_marks(table, marks, highest=np.ones(len(table.items)), whole=True)
    return Responses(table.items, marks, whole_counts(table, freq) if freq else np.ones(len(table.cells)))


def calibration_json(found: Calibration, *, with_scores: bool) -> dict[str, Any]:
    """The calibration as the object that the command prints; rows of scores count from 1."""
    result: dict[str, Any] = {
        "model": found.model,
        "n_learners": whole(found.learners),
        "n_responses": whole(found.responses),
        "log_likelihood": found.log_likelihood,
        "converged": found.converged,
        "iterations": found.iterations,
        "sigma": found.sigma,
        "items": [
            {
                "item": item.item,
                "n": whole(item.answered),
                "a": item.discrimination,
                "b": item.difficulty,
                "c": item.guessing,
                "se_a": item.se_discrimination,
                "se_b": item.se_difficulty,
            }
            for item in found.items
        ],
    }
    if with_scores:
        listed = enumerate(calibration.scores(found), start=1)
        result["scores"] = [{"row": row, "theta": theta, "se": se} for row, (theta, se) in listed]
    return result


def _calibration_text(found: Calibration, *, with_scores: bool) -> list[str]:
    ended = "converged" if found.converged else "did not converge"
    lines = [
        f"{found.model}: {found.learners:,.0f} learners, {found.responses:,.0f} answers; log-likelihood {found.log_likelihood:.3f}; "
        f"{ended} after {found.iterations} iterations; sigma {shown(found.sigma, 4)}",
        f"{'item':<20} {'n':>7} {'a':>8} {'SE':>7} {'b':>8} {'SE':>7} {'c':>6}",
    ]
    for item in found.items:
        lines.append(
            f"{item.item:<20} {item.answered:>7,.0f} {shown(item.discrimination, 4):>8} {shown(item.se_discrimination, 3):>7} "
            f"{shown(item.difficulty, 4):>8} {shown(item.se_difficulty, 3):>7} {shown(item.guessing, 3):>6}"
        )
    if with_scores:
        listed = enumerate(calibration.scores(found), start=1)
        lines += [f"row {row}: theta {shown(theta, 4)}, se {shown(se, 4)}" for row, (theta, se) in listed]
    return lines
