"""Many answers at once: people of a known ability who answer a small course, written as the services would leave them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np
from sqlmodel import Session

from academy.services import rebuild
from academy.services.site import Site
from academy.store.tables.accounts import Account
from academy.store.tables.learning import Response

Difficulty = Callable[[str, str], float]


def populate(
    site: Site,
    course_id: str,
    people: int,
    *,
    seed: int,
    difficulty: Mapping[str, float],
    mean: float = 0.0,
    languages: Sequence[str] = ("es",),
    states: Sequence[str] = ("",),
    missing: float = 0.0,
    harder: Mapping[tuple[str, str], float] | None = None,
    start: datetime | None = None,
) -> None:
    """People who answer each item of `difficulty` once, a minute apart; languages and states take turns.

    harder: by (item, language or state), what is added to the difficulty [logits]. Right answers are option b, others a.
    Estimates are derived at the end.
    """
    chance = np.random.default_rng(seed)
    when = start or site.now()
    learners = []
    with site.database.writing() as session:
        for number in range(people):
            language, state = languages[number % len(languages)], states[number % len(states)]
            account = Account(email=f"s{seed}-{number}@example.org", name="P", state=state, language=language, created_at=when)
            session.add(account)
            session.flush()
            assert account.id is not None
            learners.append(account.id)
            theta = chance.normal(mean, 1.0)
            _answer(site, session, account.id, course_id, language, state, theta, chance, difficulty, missing, harder or {}, when)
        rebuild.rebuild_learners(site, session, learners)


def _answer(
    site: Site,
    session: Session,
    learner_id: int,
    course_id: str,
    language: str,
    state: str,
    theta: float,
    chance: np.random.Generator,
    difficulty: Mapping[str, float],
    missing: float,
    harder: Mapping[tuple[str, str], float],
    when: datetime,
) -> None:
    sequence = 0
    for item_id, place in difficulty.items():
        versions = site.courses.current.item_versions(course_id, item_id)
        here = place + harder.get((item_id, language), 0.0) + harder.get((item_id, state), 0.0)
        right = bool(chance.random() < 1.0 / (1.0 + np.exp(-1.3 * (theta - here))))
        if chance.random() < missing:
            continue
        sequence += 1
        session.add(
            Response(
                learner_id=learner_id,
                sequence=sequence,
                submission=f"p/{item_id}",
                course_id=course_id,
                item_id=item_id,
                key_version=versions.key_version_in(language),
                text_version=versions.text_versions[language],
                language=language,
                answer="b" if right else str(chance.choice(["a", "c"])),
                score=float(right),
                answered_at=when + timedelta(minutes=sequence),
            )
        )
