"""Published counts turned into how many of those enrolled are ready, state by state and by the language they learn in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from academy.config import LANGUAGES
from academy.core.workforce import shares
from academy.core.workforce.shares import Share
from academy.core.workforce.splits import name
from academy.services import gap
from academy.services.gap import Query, Row, View
from academy.services.publish import UNKNOWN
from academy.services.ready_shares import METRIC
from academy.services.site import Site


@dataclass(frozen=True, slots=True)
class Group:
    """People of one state, or who learn in one language: how many are enrolled and ready, and their share, as published."""

    id: str
    enrolled: Row | None
    ready: Row | None
    share: Row | None


@dataclass(frozen=True, slots=True)
class Fairness:
    """The groups side by side: languages, and states in which somebody is enrolled, the lowest published share first, hidden ones last."""

    view: View
    nation: Group
    languages: tuple[Group, ...]
    states: tuple[Group, ...]

    @property
    def languages_apart(self) -> bool | None:
        """Whether the intervals of the languages do not meet; None unless two are published."""
        return _apart([group for group in self.languages if _known(group)])

    @property
    def states_apart(self) -> bool | None:
        """Whether those of the lowest and the highest state do not meet; None unless two are published."""
        return _apart([group for group in self.states if _known(group)])

    @property
    def ends(self) -> tuple[Group, Group] | None:
        """The published states with the lowest and the highest share."""
        known = [group for group in self.states if _known(group)]
        return (known[0], known[-1]) if len(known) > 1 else None


def fairness(site: Site, query: Query) -> Fairness | None:
    """The groups of one publication, of all work roles; None when nothing was published up to then."""
    view = gap.view(site, Query(scenario=query.scenario, as_of=query.as_of))
    return of(view) if view else None


def of(view: View) -> Fairness:
    """The groups of a publication that was read."""
    nation = view.nation.numbers
    peopled = [_group(place.id, place.numbers) for place in view.states if place.id != UNKNOWN]
    states = [group for group in peopled if group.enrolled and (group.enrolled.suppressed or group.enrolled.value)]
    return Fairness(
        view,
        _group("", nation),
        tuple(_group(language, nation, part=True) for language in LANGUAGES if name("enrolled", language) in nation),
        tuple(sorted(states, key=lambda group: (not _known(group), _value(group), group.id))),
    )


def _group(key: str, numbers: Mapping[str, Row], *, part: bool = False) -> Group:
    found = (numbers.get(name(metric, key) if part else metric) for metric in ("enrolled", "ready", METRIC))
    return Group(key, *found)


def _known(group: Group) -> bool:
    return group.share is not None and group.share.value is not None


def _value(group: Group) -> float:
    return float(group.share.value) if group.share is not None and group.share.value is not None else 0.0


def _apart(known: Sequence[Group]) -> bool | None:
    if len(known) < 2:
        return None
    first, last = (_share(group) for group in (known[0], known[-1]))
    return shares.apart(first, last)


def _share(group: Group) -> Share:
    row = group.share
    return Share(None) if row is None else Share(row.value, row.lo, row.hi, row.suppressed)
