"""The night's work, step by step: what is run, in which order, and what each step says it did."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from academy.services import calibrate, privacy, publish, registry
from academy.services.site import Site
from academy.store import snapshots

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Done:
    """One step: its name, what it says it did, and whether it failed."""

    name: str
    said: str
    failed: bool = False


def run(site: Site, progress: Progress = lambda _done, _all, _what: None) -> Iterator[Done]:
    """Run every step and yield what it did. Doing it twice changes nothing more; a failed step does not keep the next from its work."""
    for name, step in STEPS.items():
        try:
            yield Done(name, step(site, progress))
        except (SQLAlchemyError, ArithmeticError, ValueError, OSError) as error:
            reason = str(getattr(error, "orig", None) or error).strip() or type(error).__name__
            yield Done(name, reason.splitlines()[0], failed=True)


def _register(site: Site, _progress: Progress) -> str:
    return "new item versions registered" if registry.sync(site) else "nothing new in the courses"


def _calibrate(site: Site, progress: Progress) -> str:
    done = calibrate.calibrate(site, progress=progress)
    return f"{len(done.skills)} skills calibrated, {done.learners:,} learners derived again"


def _publish(site: Site, _progress: Progress) -> str:
    with site.database.reading() as session:
        newest = snapshots.latest(session)
    if newest is not None and newest.as_of >= site.now().date():
        return f"already published as of {newest.as_of}"
    done = publish.publish(site)
    return f"published as of {done.as_of}: {done.cells:,} numbers, {done.hidden:,} of them hidden"


def _purge(site: Site, _progress: Progress) -> str:
    done = privacy.purge(site)
    return f"{done.erased:,} accounts erased, {done.inactive:,} in disuse to be erased, {done.applied:,} taken up again after a restore"


STEPS: dict[str, Callable[[Site, Progress], str]] = {
    "register": _register,
    "calibrate": _calibrate,
    "purge": _purge,
    "publish": _publish,
}
"""The steps in their order. A further one is one line here."""
