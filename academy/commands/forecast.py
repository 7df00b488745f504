"""`academy forecast`: inputs in a JSON file turned into when the gap closes, without a database."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from academy.commands import CommandError
from academy.core.workforce.demand import MODEL_VERSION
from academy.core.workforce.forecast import COUNTS, INPUTS, Assumed, Forecast, Inputs, forecast

LIMITS: Mapping[str, tuple[float, float]] = {
    "gap": (0, 1e9),
    "demand": (0, 1e9),
    "workforce": (0, 1e9),
    "throughput_per_month": (0, 1e9),
    "placement": (0, 1),
    "demand_growth_per_year": (-1, 5),
    "attrition_per_year": (0, 1),
    "horizon_months": (1, 600),
    "targets_months": (1, 600),
    "draws": (0, 20_000),
    "seed": (0, 2**63 - 1),
}
"""The smallest and the largest value of every field."""

_NUMBERS = ("low", "mode", "high")


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `forecast`."""
    parser = subparsers.add_parser("forecast", help="when a gap closes, from a JSON file of inputs")
    parser.add_argument("--input", required=True, metavar="FILE.json", help="inputs; - reads them from standard input")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: %(default)s")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Forecast and print."""
    inputs = parse(_load(options.input))
    found = forecast(inputs, np.random.default_rng(inputs.seed))
    if options.format == "json":
        print(json.dumps(as_json(found, inputs), indent=2, allow_nan=False))
    else:
        print("\n".join(as_text(found, inputs)))
    return 0


def parse(given: object) -> Inputs:
    """Inputs from decoded JSON. Raises CommandError that names the first bad field and its range."""
    if not isinstance(given, dict):
        raise CommandError("the input must be a JSON object")
    for name in given:
        if name not in LIMITS:
            raise CommandError(f"unknown field {name!r}; known are {', '.join(LIMITS)}")
    for name in INPUTS:
        if name != "gap" and given.get(name) is None:
            raise CommandError(f"{name} is missing; it must be {_range(name)}")
    assumed = {name: _assumed(name, given[name]) for name in INPUTS if name in given and given[name] is not None}
    whole = {name: _whole(name, given[name]) for name in ("horizon_months", "draws", "seed") if name in given}
    targets = {"targets_months": _targets(given["targets_months"])} if "targets_months" in given else {}
    inputs = Inputs(**assumed, **whole, **targets)  # type: ignore[arg-type]  # each is checked under its name
    _check_gap(given, inputs)
    return inputs


def as_json(found: Forecast, inputs: Inputs) -> dict[str, Any]:
    """The forecast as the object that the command prints."""
    return {
        "linear_months": _tidy(found.linear_months),
        "closes_in_months": asdict(found.closes_in) if found.closes_in else None,
        "p_closed_by": {str(month): share for month, share in found.p_closed_by.items()},
        "p_not_closed_by_horizon": found.p_not_closed_by_horizon,
        "required_throughput_per_month": {
            str(month): {"lower_bound": _tidy(need.lower_bound), "exact": _tidy(need.exact)} for month, need in found.required.items()
        },
        "variance_share": {name: _tidy(share) for name, share in found.variance_share.items()},
        "path": [
            {"month": month, "gap": {name: _tidy(value) for name, value in asdict(at).items()}} for month, at in enumerate(found.path)
        ],
        "draws": inputs.draws,
        "seed": inputs.seed,
        "model_version": MODEL_VERSION,
    }


def as_text(found: Forecast, inputs: Inputs) -> list[str]:
    """The forecast in a few lines."""
    lines = [_closing(found, inputs)]
    lines += [f"Closed by month {month}: {share:.0%}." for month, share in found.p_closed_by.items()]
    lines.append(f"Not closed by month {inputs.horizon_months}: {found.p_not_closed_by_horizon:.0%}.")
    lines.append(f"Linear comparison: {_number(found.linear_months)} months.")
    for month, need in found.required.items():
        lines.append(f"To close by month {month}: {_number(need.exact)} ready per month (at least {_number(need.lower_bound)}).")
    for name, share in sorted(found.variance_share.items(), key=lambda pair: -pair[1]):
        lines.append(f"Doubt from {name}: {share:.0%}.")
    lines.append(f"{inputs.draws} draws, seed {inputs.seed}, model {MODEL_VERSION}.")
    return lines


def _closing(found: Forecast, inputs: Inputs) -> str:
    months = found.closes_in
    if months is None or found.p_not_closed_by_horizon > 0.5:
        return f"Does not close within {inputs.horizon_months} months at today's rate."
    return f"Closes in {_number(months.median)} months (80 % from {_number(months.p10)} to {_number(months.p90)})."


def _number(value: float | None) -> str:
    return "none" if value is None or math.isinf(value) else f"{value:,.1f}"


def _tidy(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(value, 6)


def _load(name: str) -> object:
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
        return json.loads(text)
    except OSError as error:
        raise CommandError(f"cannot read {name}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CommandError(f"{name} is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise CommandError(f"{name} is not JSON: {error.msg} in line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise CommandError(f"{name} is not JSON that can be read: nested too deeply") from None


def _assumed(name: str, value: object) -> Assumed:
    if not isinstance(value, dict):
        plain = _checked(name, name, value)
        return Assumed(plain, plain, plain)
    if set(value) != set(_NUMBERS):
        raise CommandError(f"{name} must be a number or an object of low, mode and high, each {_range(name)}")
    low, mode, high = (_checked(name, f"{name}.{part}", value[part]) for part in _NUMBERS)
    if not low <= mode <= high:
        raise CommandError(f"{name} must ascend from low to mode to high, each {_range(name)}")
    if name in COUNTS and low == 0 < high:
        raise CommandError(f"{name}.low must be above 0 and at most {LIMITS[name][1]:g}: counts are drawn on a log scale")
    return Assumed(low, mode, high)


def _checked(field: str, name: str, value: object) -> float:
    low, high = LIMITS[field]
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise CommandError(f"{name} must be {_range(field)}, not {_shown(value)}")
    return float(value)


def _whole(name: str, value: object) -> int:
    low, high = LIMITS[name]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise CommandError(f"{name} must be a whole number from {low:,} to {high:,}, not {_shown(value)}")
    return value


def _targets(value: object) -> tuple[int, ...]:
    if not isinstance(value, list) or len(value) > 50:
        raise CommandError("targets_months must be a list of at most 50 whole numbers from 1 to 600")
    return tuple(dict.fromkeys(_whole("targets_months", month) for month in value))


def _check_gap(given: Mapping[str, object], inputs: Inputs) -> None:
    plain = all(not isinstance(given.get(name), dict | None) for name in ("gap", "demand", "workforce"))
    if not plain or inputs.gap is None:
        return
    missing = max(0.0, inputs.demand.mode - inputs.workforce.mode)
    if abs(inputs.gap.mode - missing) > 1e-6 * max(1.0, missing):
        raise CommandError(f"gap must be demand - workforce = {missing:g} (from 0), not {inputs.gap.mode:g}; or leave it out")


def _range(name: str) -> str:
    low, high = LIMITS[name]
    return f"a number from {low:g} to {high:g}"


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=True)
    return text if len(text) <= 40 else text[:37] + "..."
