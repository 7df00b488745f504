"""Four learners answer while the server is killed again and again: what was acknowledged is there, once."""

from __future__ import annotations

import http.client
import itertools
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import select

from academy.services import audit, rebuild
from academy.store.tables.learning import Attempt, Response
from tests.conftest import add_person
from tests.reliability.product import COURSE, LESSON, MODULE, QUESTIONS, Learner, Product

KILLS, CLIENTS, BETWEEN = 20, 4, 3
Sent = tuple[int, str, int | str]  # learner, question, attempt or submission


class Progress:
    """What the clients know: what was acknowledged, what was ever sent, whether a server is there."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.acknowledged: Counter[Sent] = Counter()
        self.sent: set[Sent] = set()
        self.up = threading.Event()
        self.over = threading.Event()

    def acknowledge(self, what: Sent) -> None:
        """Count an answer whose reply came back."""
        with self.changed:
            self.acknowledged[what] += 1
            self.changed.notify_all()

    def wait_for(self, count: int) -> None:
        """Until so many answers are acknowledged."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.acknowledged.total() >= count, timeout=60)


def until_answered(progress: Progress, act: Callable[[], int]) -> int | None:
    """Repeat a request until it is answered; None when the test is over before."""
    while not progress.over.is_set():
        progress.up.wait(60)
        try:
            return act()
        except (OSError, http.client.HTTPException):
            continue
    return None


def send(progress: Progress, learner: Learner, what: Sent, path: str, fields: dict[str, str], *, insist: bool) -> None:
    """Answer a question; `insist`: until it is acknowledged, else once."""
    progress.sent.add(what)

    def act() -> int:
        try:
            return learner.post(path, **fields).status
        except (OSError, http.client.HTTPException):
            if insist:
                raise
            return 0

    if (status := until_answered(progress, act)) == 303:
        progress.acknowledge(what)
    else:
        assert status in (0, None), f"{path}: {status}"


def learn(progress: Progress, learner: Learner) -> None:
    """Take the quiz again and again, and answer the lesson's question between."""
    for turn in itertools.count():
        number = until_answered(progress, learner.begin)
        for position, question in enumerate(QUESTIONS):
            if number is None:
                return
            what: Sent = (learner.person.id, question, number)
            insist = position < 2 or turn % 3 > 0  # some give up, and find the question open or answered when they begin again
            send(progress, learner, what, f"/es/attempts/{number}/{question}", {"answer": "b"}, insist=insist)
        submission = f"turn-{turn}"
        path = f"/es/courses/{COURSE}/{MODULE}/{LESSON}/checks/check"
        send(progress, learner, (learner.person.id, "check", submission), path, {"answer": "a", "submission": submission}, insist=True)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_every_acknowledged_answer_is_there_once(start_product: Callable[..., Product], kind: str) -> None:
    product, progress = start_product(kind), Progress()
    learners = [product.sign_in(add_person(product.site, f"p{number}", "learner")) for number in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        running = [pool.submit(learn, progress, learner) for learner in learners]
        try:
            for _ in range(KILLS):
                product.start()
                progress.up.set()
                progress.wait_for(progress.acknowledged.total() + BETWEEN)
                progress.up.clear()
                product.kill()
            product.start()
            progress.up.set()
            progress.wait_for(progress.acknowledged.total() + BETWEEN)
        finally:
            progress.over.set()
            progress.up.set()
    for client in running:
        client.result()
    with product.site.database.reading() as session:
        stored = Counter((row.learner_id, row.item_id, row.attempt) for row in session.exec(select(Response)) if row.attempt)
        checks = Counter(row.learner_id for row in session.exec(select(Response).where(Response.item_id == "check")))
        finished = Counter(row.learner_id for row in session.exec(select(Attempt)) if row.finished_at)
    acknowledged = {what for what in progress.acknowledged if isinstance(what[2], int)}
    assert len(acknowledged) > KILLS
    assert set(stored.values()) == {1}
    assert acknowledged <= stored.keys() <= {what for what in progress.sent if isinstance(what[2], int)}
    told = Counter(learner for learner, _, submission in progress.acknowledged if isinstance(submission, str))
    asked = Counter(learner for learner, _, submission in progress.sent if isinstance(submission, str))
    assert all(told[learner] <= checks[learner] <= asked[learner] for learner in asked)
    assert finished
    assert rebuild.differences(product.site) == []
    assert audit.verify(product.site)[0] == []


def test_a_server_told_to_stop_finishes_what_it_accepted(start_product: Callable[..., Product]) -> None:
    product = start_product("postgresql")
    product.start()
    learner = product.sign_in(add_person(product.site, "lena", "learner"))
    number = learner.begin()
    with ThreadPoolExecutor(1) as pool:
        with product.site.database.writing() as session:  # holds what the answer needs
            session.execute(text("SELECT * FROM standing WHERE learner_id = :id FOR UPDATE"), {"id": learner.person.id})
            answer = pool.submit(learner.post, f"/es/attempts/{number}/one", answer="b")
            until(lambda: _waits(product))
            os.kill(product.group, signal.SIGTERM)
            until(lambda: product.said("Stopping worker") == 2)  # both workers have heard it
        assert answer.result(30).status == 303
    until(lambda: not _alive(product.group))
    with pytest.raises(ConnectionError):
        product.request("GET", "/healthz")
    with product.site.database.reading() as session:
        assert [row.item_id for row in session.exec(select(Response))] == ["one"]


def until(holds: Callable[[], bool]) -> None:
    """Look until it holds."""
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end


def _waits(product: Product) -> bool:
    with product.site.database.reading() as session:
        return bool(session.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one())


def _alive(group: int) -> bool:
    return Path(f"/proc/{group}").exists() and "\nState:\tZ" not in Path(f"/proc/{group}/status").read_text()
