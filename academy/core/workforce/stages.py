"""What is known of a learner turned into the stage they are at, from enrolment to work."""

from __future__ import annotations

from datetime import datetime, timedelta

from academy.core.measurement.readiness import LAPSED_DAYS

STAGES = ("enrolled", "active", "proficient", "ready", "placed", "lapsed")


def stage(*, last_answer_at: datetime | None, proficient: bool, ready_until: datetime | None, at: datetime, placed: bool = False) -> str:
    """The stage at a moment: placed while work is on record, ready outlasts silence, the rest lapses 180 days after an answer."""
    if placed:
        return "placed"
    if ready_until is not None and ready_until > at:
        return "ready"
    if last_answer_at is None:
        return "enrolled"
    if last_answer_at <= at - timedelta(days=LAPSED_DAYS):
        return "lapsed"
    return "proficient" if proficient else "active"
