"""`python -m tests.bench.evidence`: the simulation report, written into docs/measurement-evidence.md; exit 1 where a bound breaks."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from academy.config import ROOT
from academy.core.content.model import LEVELS, Level
from academy.core.measurement import mastery
from academy.core.measurement.irt import author_prior
from tests.bench import simulation

REPORT = ROOT / "docs/measurement-evidence.md"
START, END = "<!-- estimates -->", "<!-- end estimates -->"
SEED = 20_261
PEOPLE = 2_000
LEAST, MOST = 0.87, 0.93
"""Bounds on the coverage of a 90 % interval; with the walk only the lower one."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One row of the coverage table: how people change, how the product follows, and what coverage it must keep."""

    name: str
    answers: int
    gain: float
    walk: bool
    new: bool = False
    least: float = 0.0
    most: float = 1.0


CONDITIONS = (
    Condition("nobody changes, without the walk", 30, 0.0, walk=False, least=LEAST, most=MOST),
    Condition("nobody changes, without the walk", 100, 0.0, walk=False, least=LEAST, most=MOST),
    Condition("nobody changes, with the walk as shipped", 100, 0.0, walk=True, least=LEAST),
    Condition("+1.0 in 100 answers, with the walk as shipped", 100, 1.0, walk=True, least=LEAST),
    Condition("+1.5 in 100 answers, with the walk as shipped", 100, 1.5, walk=True),
    Condition("+1.0 in 100 answers, without the walk", 100, 1.0, walk=False),
    Condition("nobody changes, questions without any answers yet", 30, 0.0, walk=False, new=True),
)


def main(people: int = PEOPLE, report: Path = REPORT) -> int:
    """Simulate, write, say what breaks a bound."""
    broken: list[str] = []
    lines = list(_coverage(people, broken)) + list(_placements(people // 2)) + list(_promises(people))
    write(report, "\n".join(lines))
    for line in broken:
        print(line, file=sys.stderr)
    print(f"Written: {report}")
    return 1 if broken else 0


def write(report: Path, text: str) -> None:
    """Put the text between its marks; what stands around them stays."""
    head, _mark, rest = report.read_text(encoding="utf-8").partition(START)
    tail = rest.partition(END)[2]
    report.write_text(f"{head}{START}\n{text}\n{END}{tail}", encoding="utf-8")


def _coverage(people: int, broken: list[str]) -> Iterator[str]:
    yield "## Do the intervals hold the truth?\n"
    yield "| people | answers | coverage of the 90 % interval | root mean square error [logits] | must be |"
    yield "| --- | --- | --- | --- | --- |"
    for number, one in enumerate(CONDITIONS):
        chance = np.random.default_rng([SEED, number])
        found = simulation.coverage(people, one.answers, gain=one.gain, walk=one.walk, chance=chance, new=one.new)
        if not one.least <= found.share <= one.most:
            broken.append(f"{one.name}, {one.answers} answers: coverage {found.share:.3f} is not in {one.least}–{one.most}")
        bound = f"{one.least:.2f}–{one.most:.2f}" if one.most < 1 else f"≥ {one.least:.2f}" if one.least else "reported"
        yield f"| {one.name} | {one.answers} | {found.share:.3f} | {found.error:.3f} | {bound} |"
    yield f"\n{people:,} simulated people a row; sampling error of a coverage about {np.sqrt(0.09 / people):.3f}.\n"


def _placements(people: int) -> Iterator[str]:
    yield "## How long is a placement, and how often is it wrong?\n"
    yield "| cut | order of the questions | mean length | decided | wrong among the decided | coverage |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for number, level in enumerate(LEVELS):
        cut = _cut(level)
        for adaptive in (True, False):
            chance = np.random.default_rng([SEED, 100 + number])
            found = simulation.placements(people, cut, chance, adaptive=adaptive)
            order = "as the product chooses" if adaptive else "random"
            yield (
                f"| {level}: {cut:+.2f} | {order} | {found.length:.1f} | {found.decided:.0%} | {found.wrong:.1%} | {found.coverage:.3f} |"
            )
    yield (
        f"\n{people:,} people a row, 100 questions with known parameters, four options, four subtopics. The cut is that of questions "
        "of one author's level. Of those decided at least 90 % should be right.\n"
    )


def _promises(people: int) -> Iterator[str]:
    yield "## Is “about so many more answers” true?\n"
    yield "| told after 8 answers | people | a quarter decided within | half | three quarters | open after three times as many |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for one in simulation.promises(people, np.random.default_rng([SEED, 200])):
        within = " | ".join("more" if np.isinf(count) else f"{count:.0f}" for count in (one.low, one.median, one.high))
        yield f"| {one.told} | {one.people} | {within} | {one.undecided:.0%} |"
    yield "\nIn practice with explained answers; the questions are drawn at random from 100. Near the cut nobody can be decided soon."


def _cut(level: Level) -> float:
    return mastery.cut_score([author_prior(level, simulation.GUESSING)])


if __name__ == "__main__":
    sys.exit(main())
