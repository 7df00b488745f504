"""Learners say that a question is wrong; educators look at it with the version and the answer at hand, and reply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from academy.core.content.impact import read_stem, wording
from academy.core.items.protocol import Answer
from academy.services import audit
from academy.services.site import Site
from academy.store import regrades, reports
from academy.store.tables.learning import ItemReport, Response

REASONS = ("key", "unclear", "outdated", "language", "other")
LONGEST = 1_000
"""Characters of what a learner writes, and of the reply."""
MOST_A_DAY = 10
SHOWN = 200
"""Reports on one page."""


class ReportError(ValueError):
    """A report that is not taken; `code` says why: reason-unknown, words-missing, words-long or too-many."""

    def __init__(self, code: str) -> None:
        """Keep the code."""
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as a learner saw it, and what they answered, in words: all that a report is about.

    `path` and `line` are where it stands now, "" and 0 where it was taken out; `changed` says that it reads or is graded
    otherwise since.
    """

    course_id: str
    item_id: str
    key_version: str
    text_version: str
    language: str
    stem: str
    answer: tuple[str, ...]
    path: str
    line: int
    changed: bool


@dataclass(frozen=True, slots=True)
class Report:
    """One report, and what was said to it."""

    id: int
    asked: Asked
    reason: str
    words: str
    reported_at: datetime
    reply: str
    resolved_at: datetime | None


def asked(site: Site, learner_id: int, sequence: int) -> Asked | None:
    """What a learner answered under this number; None where they have no such answer."""
    with site.database.reading() as session:
        response = session.get(Response, (learner_id, sequence))
        return _asked(site, session, response) if response is not None else None


def report(site: Site, learner_id: int, sequence: int, *, reason: str, words: str) -> None:
    """Report the question of an answer. Sending it again before anybody looked replaces what was said. Raises ReportError."""
    words = words.replace("\0", "").strip()  # PostgreSQL keeps no NUL
    if reason not in REASONS:
        raise ReportError("reason-unknown")
    if reason == "other" and not words:
        raise ReportError("words-missing")
    if len(words) > LONGEST:
        raise ReportError("words-long")
    with site.database.writing() as session:
        response = session.get(Response, (learner_id, sequence))
        if response is None:
            raise LookupError(f"no answer {sequence}")
        row = reports.of_answers(session, learner_id, [sequence]).get(sequence)
        if row is None and reports.since(session, learner_id, site.now() - timedelta(days=1)) >= MOST_A_DAY:
            raise ReportError("too-many")
        if row is None or row.resolved_at is not None:
            row = _new(response, site.now())
        row.reason, row.words = reason, words
        session.add(row)


def of_answers(site: Site, learner_id: int, sequences: Sequence[int]) -> dict[int, Report]:
    """A learner's reports on some of their answers, by the answer's number."""
    if not sequences:
        return {}
    with site.database.reading() as session:
        rows = reports.of_answers(session, learner_id, sequences)
        return {sequence: _report(site, session, row) for sequence, row in rows.items()}


def own(site: Site, learner_id: int) -> list[Report]:
    """All reports of a learner, the newest first."""
    with site.database.reading() as session:
        return [_report(site, session, row) for row in reports.of_learner(session, learner_id)]


def listed(site: Site, *, resolved: bool) -> list[Report]:
    """Reports for educators, without whose they are: those that wait, the oldest first, or those looked at, the latest first."""
    with site.database.reading() as session:
        return [_report(site, session, row) for row in reports.listed(session, resolved=resolved, limit=SHOWN)]


def waiting(site: Site) -> int:
    """How many reports nobody has looked at."""
    with site.database.reading() as session:
        return reports.waiting(session)


def reply(site: Site, educator_id: int, report_id: int, *, words: str, resolved: bool) -> bool:
    """Keep an educator's reply and whether the report is settled; False where there is no such report. Raises ReportError."""
    words = words.replace("\0", "").strip()  # PostgreSQL keeps no NUL
    if len(words) > LONGEST:
        raise ReportError("words-long")
    with site.database.writing() as session:
        row = session.get(ItemReport, report_id)
        if row is None:
            return False
        row.reply = words
        row.resolved_at = site.now() if resolved else None
        row.resolved_by = educator_id if resolved else None
        session.add(row)
        action = "report-resolved" if resolved else "report-reopened"
        audit.record(site, session, action, actor=educator_id, details={"report": report_id})
        return True


def _new(response: Response, now: datetime) -> ItemReport:
    return ItemReport(
        learner_id=response.learner_id,
        sequence=response.sequence,
        course_id=response.course_id,
        item_id=response.item_id,
        key_version=response.key_version,
        text_version=response.text_version,
        language=response.language,
        answer=response.answer,
        reason="other",
        reported_at=now,
    )


def _report(site: Site, session: Session, row: ItemReport) -> Report:
    assert row.id is not None, "it was stored"
    return Report(row.id, _asked(site, session, row), row.reason, row.words, row.reported_at, row.reply, row.resolved_at)


def _asked(site: Site, session: Session, row: Response | ItemReport) -> Asked:
    library = site.courses.current
    item = library.item(row.course_id, row.item_id, row.language) or library.item(row.course_id, row.item_id)
    versions = library.versions.get((row.course_id, row.item_id))
    present = versions is not None and (
        versions.key_version_in(row.language) == row.key_version and versions.text_versions.get(row.language) == row.text_version
    )
    canonical = regrades.text(session, row.course_id, row.item_id, row.language, row.text_version)
    return Asked(
        course_id=row.course_id,
        item_id=row.item_id,
        key_version=row.key_version,
        text_version=row.text_version,
        language=row.language,
        stem=read_stem(canonical) if canonical else (item.stem if item else row.item_id),
        answer=_in_words(row.answer, canonical),
        path=item.path if item else "",
        line=item.line if item else 0,
        changed=not present,
    )


def _in_words(answer: Answer, canonical: str | None) -> tuple[str, ...]:
    """What was answered, as it was read then: words, or pairs of them; empty for "I do not know yet"."""
    known = wording(canonical) if canonical else None
    options, parts = (known.options, known.parts) if known else ({}, {})
    if isinstance(answer, dict):
        if "text" in answer and "met" in answer:
            return (answer["text"],)
        heads = {part: words if "\n" not in words else part for part, words in parts.items()}
        return tuple(f"{heads.get(part, part)} → {options.get(option, option)}" for part, option in sorted(answer.items()))
    given = [answer] if isinstance(answer, str) else answer or ()
    return tuple(options.get(option, option) for option in given)
