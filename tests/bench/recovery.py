"""How well calibration finds item parameters that are known, by the number of answers: `python -m tests.bench.recovery --write`.

Simulated from the three-parameter model with the product's priors wrong in the usual ways: authors miss the difficulty by
0.8 logits, nobody knows discrimination, guessing varies around one in five. Everybody answers half of the items.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from academy.config import ROOT
from academy.core.measurement.calibration import Calibration, Priors, calibrate
from academy.core.measurement.irt import FloatArray
from academy.core.measurement.responses import Responses, from_marks

SEED = 20_261_125
ITEMS = 40
SEEN = 0.5
"""Share of the items that each person answers."""
AUTHOR_SD = 0.8
ANSWERS = {5: 24, 10: 24, 30: 16, 100: 10, 200: 8, 500: 5, 1000: 4, 3000: 2}
"""Answers for each item, and how many times the whole is simulated."""
PAGE = ROOT / "docs/measurement-evidence.md"


@dataclass(frozen=True, slots=True)
class Truth:
    """Parameters that answers were made from, and what the author had said of the difficulty."""

    a: FloatArray
    b: FloatArray
    c: FloatArray
    tag: FloatArray


@dataclass(frozen=True, slots=True)
class Found:
    """Root mean squared errors at one number of answers, coverage of the 95 % interval of b, and how many fits converged."""

    answers: int
    fits: int
    a: float
    b: float
    bias: float
    c: float
    covered: float
    converged: float


def simulate(chance: np.random.Generator, answers: int) -> tuple[Truth, Responses]:
    """One bank and the answers of enough people that each item has about so many."""
    tag = np.resize([-1.0, 0.0, 1.0], ITEMS)
    truth = Truth(
        a=np.exp(chance.normal(0.0, 0.35, ITEMS)),
        b=tag + chance.normal(0.0, AUTHOR_SD, ITEMS),
        c=np.clip(chance.normal(0.2, 0.05, ITEMS), 0.02, 0.4),
        tag=tag,
    )
    people = round(answers / SEEN)
    theta = chance.normal(size=(people, 1))
    right = truth.c + (1.0 - truth.c) / (1.0 + np.exp(-truth.a * (theta - truth.b)))
    marks = (chance.random((people, ITEMS)) < right).astype(np.float64)
    hidden = np.argsort(chance.random((people, ITEMS)), axis=1) >= SEEN * ITEMS
    marks[hidden] = np.nan
    return truth, from_marks(tuple(str(item) for item in range(ITEMS)), marks)


def recover(answers: int, fits: int) -> Found:
    """Simulate and fit this often."""
    chance = np.random.default_rng([SEED, answers])
    errors: list[FloatArray] = []
    converged = 0
    for _ in range(fits):
        truth, responses = simulate(chance, answers)
        found = calibrate(responses, "3pl", Priors(truth.tag, np.full(ITEMS, 0.2)))
        converged += found.converged
        errors.append(_errors(truth, found))
    a, b, c, se = np.concatenate(errors).T
    covered = float((np.abs(b) <= 1.96 * se).mean())
    return Found(answers, fits, _rms(a), _rms(b), float(b.mean()), _rms(c), covered, converged / fits)


def _errors(truth: Truth, found: Calibration) -> FloatArray:
    rows = [(one.discrimination, one.difficulty, one.guessing, one.se_difficulty) for one in found.items]
    a, b, c, se = np.array(rows, dtype=np.float64).T
    return np.column_stack((np.log(a / truth.a), b - truth.b, c - truth.c, se))


def _rms(errors: FloatArray) -> float:
    return float(np.sqrt(np.mean(errors**2)))


def section(found: list[Found]) -> Iterator[str]:
    """The lines of the documentation's section."""
    yield f"Seed {SEED}; {ITEMS} items, half of them answered by each. Truth: log a ~ N(0, 0.35²), b = author's level + N(0, {AUTHOR_SD}²),"
    yield "c ~ N(0.2, 0.05²). Fitted as in the product: three parameters, default priors around the author's levels. The author's level"
    yield f"alone has an error of b of {AUTHOR_SD:.2f}. `python -m tests.bench.recovery --write` makes this table again."
    yield ""
    yield "| answers an item | fits | error of log a | error of b | bias of b | error of c | 95 % interval of b holds it | converged |"
    yield "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for one in found:
        errors = f"{one.a:.2f} | {one.b:.2f} | {one.bias:+.2f} | {one.c:.3f}"
        yield f"| {one.answers:,} | {one.fits} | {errors} | {one.covered:.1%} | {one.converged:.0%} |"
    yield ""
    yield "Errors are roots of mean squares, in logits for b."


def main() -> int:
    """Print the section, or write it into the documentation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"into {PAGE.relative_to(ROOT)}")
    write = parser.parse_args().write
    found = []
    for answers, fits in ANSWERS.items():
        found.append(recover(answers, fits))
        print(found[-1], file=sys.stderr)
    text = "\n".join(section(found))
    if not write:
        print(text)
        return 0
    head, mark, rest = PAGE.read_text(encoding="utf-8").partition("<!-- recovery -->\n")
    _old, end, tail = rest.partition("\n<!-- end recovery -->")
    PAGE.write_text(head + mark + text + end + tail, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
