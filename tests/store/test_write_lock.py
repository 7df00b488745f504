"""Small writes that wait for their turn are committed as one, and each learns whether it was written."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import col

from academy.services.site import Site
from academy.store import answer_writes, evidence_rows
from academy.store.answer_writes import Writing
from academy.store.tables.learning import Response
from academy.store.write_lock import JointWrites, WriteLock
from tests.conftest import add_person
from tests.factories import take_quiz

COURSE, MODULE = "ai-threats", "1-attack-economics"
THREADS = 8


class Disk:
    """Writes even numbers, slowly the first time, so that others come to wait."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.first_is_under_way, self.others_wait = threading.Event(), threading.Event()

    def keep(self, numbers: Sequence[int]) -> list[bool]:
        self.batches.append(list(numbers))
        if len(self.batches) == 1:
            self.first_is_under_way.set()
            assert self.others_wait.wait(10)
        return [number % 2 == 0 for number in numbers]


@pytest.fixture
def lock(tmp_path: Path) -> Iterator[WriteLock]:
    """A lock that nobody else has."""
    lock = WriteLock(tmp_path / "lock")
    yield lock
    lock.close()


def test_who_waits_is_written_together(lock: WriteLock) -> None:
    disk = Disk()
    writes = JointWrites(lock, disk.keep)
    with ThreadPoolExecutor(THREADS) as pool:
        first = pool.submit(writes.store, 0)
        assert disk.first_is_under_way.wait(10)
        others = {number: pool.submit(writes.store, number) for number in range(1, THREADS)}
        while writes.waiting < THREADS - 1:
            time.sleep(0.001)
        disk.others_wait.set()
        assert first.result(10) is True
        assert {number: found.result(10) for number, found in others.items()} == {n: n % 2 == 0 for n in range(1, THREADS)}
    assert disk.batches[0] == [0]
    assert sorted(disk.batches[1]) == list(range(1, THREADS))
    assert len(disk.batches) == 2


def test_what_could_not_be_tried_was_not_written_and_the_next_is(lock: WriteLock) -> None:
    def keep(numbers: Sequence[int]) -> list[bool]:
        if 1 in numbers:
            raise OSError("the disk is gone")
        return [True for _ in numbers]

    writes = JointWrites(lock, keep)
    with pytest.raises(OSError, match="gone"):
        writes.store(1)
    assert writes.store(2)


def test_one_that_the_database_refuses_takes_nothing_from_the_others(site: Site) -> None:
    learners = [add_person(site, f"p{number}", "learner").id for number in range(THREADS)]
    for learner in learners:
        take_quiz(site, learner, COURSE, MODULE, right=2)
    recorded = learners[3]
    with site.database.reading() as session:
        before = {learner: list(evidence_rows.narrowed(session, col(Response.learner_id) == learner)) for learner in learners}
        standings = {learner: evidence_rows.standing(session, learner) for learner in learners}

    def keep(learner: int) -> bool:
        standing = standings[learner]
        assert standing is not None
        last = before[learner][-1]
        number = last.sequence + (learner != recorded)  # the number of a response that is there is refused
        response = last._replace(sequence=number, submission="new", attempt=None)
        return answer_writes.keep(site.database, Writing(response, replace(standing, sequence=number)), calibration=0)

    with ThreadPoolExecutor(THREADS) as pool:
        with site.database.writing():
            found = [pool.submit(keep, learner) for learner in learners]
            time.sleep(0.2)  # SQLite: all of them wait by now
        kept = dict(zip(learners, (one.result(30) for one in found), strict=True))
    assert kept == {learner: learner != recorded for learner in learners}
    with site.database.reading() as session:
        for learner in learners:
            added = list(evidence_rows.narrowed(session, col(Response.learner_id) == learner))[len(before[learner]) :]
            assert [row.submission for row in added] == (["new"] if learner != recorded else [])
