"""An answer graded and appended to the responses, and what is known of its learner moved by it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from academy.core.content.model import Item
from academy.core.grading import grade
from academy.core.items.protocol import Answer
from academy.services import derivation, scales
from academy.services.derivation import Learner
from academy.services.required import Place, required_items
from academy.services.scales import Scales
from academy.services.site import Site
from academy.store import answer_writes, answering, evidence
from academy.store.answer_writes import EndRow, Writing
from academy.store.answering import Moment
from academy.store.evidence_rows import EstimateRow, ResponseRow, StandingRow
from academy.store.stage_changes import ChangeRow


@dataclass(frozen=True, slots=True)
class Act:
    """One act of answering. `submission` names it, so that sending twice records once; `attempt` is None in a lesson.

    `text_version` and `answered_at` are those of the moment of writing where an answer was marked later. `session` numbers
    the placement or review that `purpose` names; seconds: from the question to the answer, None where not measured;
    effort: "easy" or "help", as the learner says.
    """

    course_id: str
    language: str
    answer: Answer
    submission: str
    attempt: int | None
    text_version: str | None = None
    answered_at: datetime | None = None
    purpose: str = "practice"
    session: int | None = None
    seconds: int | None = None
    effort: str = ""


def record(site: Site, session: Session, standing: StandingRow, item: Item, act: Act) -> ResponseRow:
    """Grade an answer, append it to the responses and let it move what is known, within the caller's transaction.

    The first meeting with a version of an item moves ability; any answer moves retention. standing: the learner's, locked.
    """
    learner_id = standing.learner_id
    before = answering.moment_within(session, learner_id, act.course_id, item.id)
    known = scales.scales(site, session, before.calibration)
    found = _work_out(site, standing, item, act, before, known, lambda: evidence.answered_items(session, learner_id))
    answer_writes.keep_within(session, found)
    return found.response


def record_at_once(
    site: Site,
    seen: StandingRow,
    item: Item,
    act: Act,
    *,
    before: Moment | None = None,
    end: Callable[[ResponseRow], EndRow | None] = lambda _: None,
) -> ResponseRow | None:
    """The same without a transaction of the caller's: all is worked out before anything is locked.

    seen: the learner's standing as it was read; before: what the answer meets, where that was read too. end: how the attempt ends
    with the response, if it does. None, and nothing is written, where something that the answer rests on has changed since then, or
    where the database refuses: `record` is the way then.
    """
    learner_id = seen.learner_id
    before = before or answering.moment(site.database, learner_id, act.course_id, item.id)
    known = scales.kept(site, before.calibration)
    if known is None:
        return None
    found = _work_out(site, replace(seen), item, act, before, known, lambda: _answered(site, learner_id))
    found = replace(found, end=end(found.response))
    return found.response if answer_writes.keep(site.database, found, calibration=before.calibration) else None


def _answered(site: Site, learner_id: int) -> Collection[Place]:
    with site.database.reading() as session:
        return evidence.answered_items(session, learner_id)


def _work_out(
    site: Site, standing: StandingRow, item: Item, act: Act, before: Moment, known: Scales, answered: Callable[[], Collection[Place]]
) -> Writing:
    """What an answer comes to; the standing moves with it. answered: everything that the learner had answered."""
    versions = site.courses.current.item_versions(act.course_id, item.id)
    standing.sequence += 1
    response = ResponseRow(
        learner_id=standing.learner_id,
        sequence=standing.sequence,
        submission=act.submission,
        attempt=act.attempt,
        course_id=act.course_id,
        item_id=item.id,
        key_version=versions.key_version_in(act.language),
        text_version=act.text_version or versions.text_versions[act.language],
        language=act.language,
        answer=act.answer,
        score=grade(item, act.answer),
        answered_at=act.answered_at or site.now(),
        purpose=act.purpose,
        session=act.session,
        seconds=act.seconds,
        effort=act.effort,
    )
    at = response.answered_at
    was = derivation.stage(standing, at)
    standing.first_answer_at = min(standing.first_answer_at or at, at)
    standing.last_answer_at = max(standing.last_answer_at or at, at)
    estimate = _moved(site, standing, response, before, known, answered)
    stage = derivation.stage(standing, at)
    change = ChangeRow(standing.learner_id, was, stage, standing.role_id, at) if stage != was else None
    return Writing(response, standing, estimate, change)


def _moved(
    site: Site, standing: StandingRow, response: ResponseRow, before: Moment, known: Scales, answered: Callable[[], Collection[Place]]
) -> EstimateRow | None:
    """What is known now of the skill that a response moves; the standing moves with it. None where it moves none."""
    if not known.measured(response)[0]:
        return None
    learner = Learner(before.target_role, known, site.framework, derivation.known_skills(before.estimates), required_items(site))
    learner.answered = lambda: {*answered(), (response.course_id, response.item_id)}
    skill = learner.take(standing, response, counts=response.key_version not in before.met)
    return None if skill is None else derivation.estimate_row(standing.learner_id, skill, learner.skills[skill])
