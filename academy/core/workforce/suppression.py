"""Counts of people turned into what may be published: small ones hidden, and others so that the small cannot be derived."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from academy.core.workforce.disclosure import Before, joined, limiting, narrow, unchanged
from academy.core.workforce.known import Bounds, Key, Knowledge, Sum

ROUNDED_TO = 5
FEWEST_FOR_A_RATE = 20
HIDDEN_UP_TO = 10
LEAST_POSSIBLE = 5
"""How many whole numbers must stay possible for every hidden count, whoever adds and subtracts what is published."""

ROUNDS = 3
"""How often one further count is hidden for each that is exposed; then everything that shares a sum with it is."""

BELIEFS = 3
"""How often it is asked anew which counts a reader of two publications may take to be the same."""


@dataclass(frozen=True, slots=True)
class Published:
    """A number as published. `value` None with `suppressed` is hidden; None without it is not known."""

    value: float | None
    suppressed: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Counts of people with what ties them: sums, and pairs of which the first is always at most the second.

    unpublished: counts that belong to a sum but are not published; they are guarded like hidden ones.
    """

    counts: Mapping[Key, int]
    sums: tuple[Sum, ...]
    orders: tuple[tuple[Key, Key], ...] = ()
    unpublished: frozenset[Key] = frozenset()


@dataclass(frozen=True, slots=True)
class Release:
    """An earlier publication: what it showed, under which smallest count, and what ties its counts."""

    published: Mapping[Key, Published]
    min_cell: int
    sums: tuple[Sum, ...]
    orders: tuple[tuple[Key, Key], ...] = ()
    unpublished: frozenset[Key] = frozenset()


def publish_count(count: int, *, min_cell: int = HIDDEN_UP_TO + 1) -> Published:
    """A count of people: 0 as it is, 1 to `min_cell` - 1 hidden, others rounded once to 5."""
    if count < 0:
        raise ValueError(f"a count is at least 0, not {count}")
    if 0 < count < min_cell:
        return Published(None, suppressed=True)
    return Published(float(rounded(count)))


def publish_rate(part: float, whole: int, *, fewest: int = FEWEST_FOR_A_RATE) -> Published:
    """A share of people, unrounded; hidden where `whole` is fewer than `fewest`, None where nobody is."""
    if whole == 0:
        return Published(None)
    return Published(part / whole) if whole >= fewest else Published(None, suppressed=True)


def publish_table(table: Table, *, min_cell: int, before: Release | None = None) -> dict[Key, Published]:
    """Every published count of a table: small ones hidden, with as many others as it takes.

    Whoever adds and subtracts everything in this publication and the one before finds at least 5 whole numbers possible for
    every count that is hidden in either. Other counts are hidden for that, the smallest neighbour first.
    """
    found = {key: publish_count(count, min_cell=min_cell) for key, count in table.counts.items() if key not in table.unpublished}
    empty = _empty(found, table.sums)
    filled = {key: one for key, one in found.items() if key not in empty}
    _guard(_without(table, empty), filled, min_cell, before and _filled(before))
    return found | filled


def _guard(table: Table, found: dict[Key, Published], min_cell: int, before: Release | None) -> None:
    """Hide as many more counts as it takes."""
    if before is not None:
        _keep_hidden(found, before, min_cell)
    new = {key for key, one in found.items() if one.suppressed} | set(_guarded(table, min_cell))
    rounds = 0
    while new:  # hiding widens: what was safe within one publication stays so
        exposed, rounds = narrow(knowledge(_release(table, found, min_cell)), new, least=LEAST_POSSIBLE), rounds + 1
        new = _hide(exposed, table, found, min_cell, whole=rounds > ROUNDS)
        new |= set(exposed) if new else set()
    if before is not None:
        _withstand(before, table, found, min_cell)


def _empty(published: Mapping[Key, Published], sums: Iterable[Sum]) -> set[Key]:
    """The counts that anyone knows to be 0: shown as 0, or a part of such a sum. Most often most are: programmes do without them."""
    empty = {key for key, one in published.items() if one.value == 0}
    more = True
    while more:
        parts = {part for each in sums if each.total in empty for part in each.parts}
        more = not parts <= empty
        empty |= parts
    return empty


def _without(table: Table, empty: set[Key]) -> Table:
    counts = {key: count for key, count in table.counts.items() if key not in empty}
    return Table(counts, *_ties_without(table, empty), table.unpublished.difference(empty))


def _filled(release: Release) -> Release:
    """A publication without the counts that anyone knows to be 0."""
    empty = _empty(release.published, release.sums)
    published = {key: one for key, one in release.published.items() if key not in empty}
    return Release(published, release.min_cell, *_ties_without(release, empty), release.unpublished.difference(empty))


def _ties_without(tied: Table | Release, empty: set[Key]) -> tuple[tuple[Sum, ...], tuple[tuple[Key, Key], ...]]:
    sums = (Sum(each.total, tuple(part for part in each.parts if part not in empty)) for each in tied.sums if each.total not in empty)
    return tuple(sums), tuple(order for order in tied.orders if empty.isdisjoint(order))


def _withstand(before: Release, table: Table, found: dict[Key, Published], min_cell: int) -> None:
    """Hide more until the publication before tells nothing more, whichever counts a reader believes to be the same.

    For one belief, hiding only widens: what was safe stays so. What is hidden may change the belief, so it is asked again.
    """
    guarded = _guarded(table, min_cell)
    same: frozenset[Key] = frozenset()
    for _ in range(BELIEFS):
        pair = _Pair(_release(table, found, min_cell), before, believed=same)
        exposed, rounds, same = pair.exposed(pair.hidden(guarded)), 0, pair.same
        if not exposed:
            return
        while exposed:
            rounds += 1
            new = {key for each in exposed for key in pair.telling(each, table, all_of_them=rounds > ROUNDS)}
            if not new:
                break
            found.update(dict.fromkeys(new, Published(None, suppressed=True)))
            pair = pair.widened(_release(table, found, min_cell))
            exposed = pair.exposed([*exposed, *new])


def exposed_counts(now: Release, before: Release | None = None, *, guarded: Collection[Key] = ()) -> list[Key]:
    """Hidden counts of which fewer than 5 whole numbers stay possible; `Before(key)` where it was hidden in the one before.

    guarded: further counts, of those that are not published. What the publication before gave away by itself is not counted again.
    """
    if before is None:
        hidden = [key for key, found in now.published.items() if found.suppressed] + list(guarded)
        return narrow(knowledge(now), hidden, least=LEAST_POSSIBLE)
    pair = _Pair(now, before)
    return pair.exposed(pair.hidden(guarded))


class _Pair:
    """Two successive publications as a reader sees them who believes that as little changed as the numbers allow."""

    def __init__(self, now: Release, before: Release, *, same: frozenset[Key] | None = None, believed: Collection[Key] = ()) -> None:
        self._now, self._before, self._old = now, before, knowledge(before)
        today = knowledge(now)
        self.same = unchanged(today, self._old, believed) if same is None else same
        self._both = joined(today, self._old, self.same)

    def widened(self, now: Release) -> _Pair:
        """The same belief where more is hidden today."""
        return _Pair(now, self._before, same=self.same)

    def hidden(self, guarded: Collection[Key]) -> list[Key]:
        """Every count that is to stay hidden, today's or that of the day before."""
        was_hidden = [key for key, found in self._before.published.items() if found.suppressed]
        yesterday = [Before(key) if Before(key) in self._both.bounds else key for key in was_hidden]
        hidden = [key for key, found in self._now.published.items() if found.suppressed]
        return list(dict.fromkeys([*hidden, *guarded, *yesterday]))

    def exposed(self, keys: Collection[Key]) -> list[Key]:
        """Those of `keys` that both publications together narrow down, though the one before by itself did not."""
        secret = [key for key in dict.fromkeys(keys) if isinstance(key, Before) or self._is_secret(key)]
        exposed = narrow(self._both, secret, least=LEAST_POSSIBLE)
        names = {key: key.key if isinstance(key, Before) else key for key in exposed}
        was_hidden = [name for name in names.values() if (old := self._before.published.get(name)) is not None and old.suppressed]
        given_away = set(narrow(self._old, dict.fromkeys(was_hidden), least=LEAST_POSSIBLE, proven=True))
        return [key for key, name in names.items() if name not in given_away]

    def telling(self, key: Key, table: Table, *, all_of_them: bool) -> list[Key]:
        """The smallest of today's counts that narrow one down beside the publication before, or all of them."""
        least, most = limiting(self._both, key)
        now, old = self._now.published, self._old.bounds
        today = {one: _bounds(found, self._now.min_cell) for one in {**least, **most} if (found := now.get(one)) and found.value}
        was = {one: old[one] if one in self.same else Bounds(0.0, math.inf) for one in today}
        helps = [
            one
            for one, bounds in today.items()
            if (one in least and was[one].low < bounds.low) or (one in most and was[one].high > bounds.high)
        ]
        helps.sort(key=lambda one: (table.counts[one], str(one)))
        return helps if all_of_them else helps[:1]

    def _is_secret(self, key: Key) -> bool:
        """Whether the publication before left a count open: what it said in the open stays said."""
        was = self._before.published.get(key)
        if was is not None and was.suppressed:
            return True
        return _bounds_of(self._before, self._old, key).integers >= LEAST_POSSIBLE


def knowledge(release: Release) -> Knowledge:
    """What anyone knows from a publication by itself: a hidden count is at least 1, a rounded one within 2 of what is shown."""
    bounds = {key: _bounds(found, release.min_cell) for key, found in release.published.items()}
    bounds.update(dict.fromkeys(release.unpublished, Bounds(0.0, math.inf)))
    return Knowledge(bounds, release.sums, release.orders)


def rounded(value: float, to: int = ROUNDED_TO) -> int:
    """`value` to the nearest multiple of `to`, halves up."""
    return to * math.floor(value / to + 0.5)


def _bounds(found: Published, min_cell: int) -> Bounds:
    if found.value is None:
        return Bounds(1.0, math.inf)
    half = ROUNDED_TO // 2
    return Bounds(max(found.value - half, min_cell), found.value + half) if found.value else Bounds(0.0, 0.0)


def _bounds_of(release: Release, known: Knowledge, key: Key) -> Bounds:
    """What a publication shows of a count; nothing where it has none, or shows that nobody was there."""
    found = release.published.get(key)
    return Bounds(0.0, math.inf) if found is not None and found.value == 0 else known.bounds.get(key, Bounds(0.0, math.inf))


def _keep_hidden(found: dict[Key, Published], before: Release, min_cell: int) -> None:
    """Hide what was hidden before as long as showing it would tell what it was then."""
    for key, old in before.published.items():
        if old.suppressed and key in found and found[key].value and _bounds(found[key], min_cell).integers < LEAST_POSSIBLE:
            found[key] = Published(None, suppressed=True)


def _hide(exposed: Collection[Key], table: Table, found: dict[Key, Published], min_cell: int, *, whole: bool) -> set[Key]:
    """Hide a count for each that is exposed, or the `whole` of its sums; returns those, none where nothing is left to hide."""
    if not exposed:
        return set()
    suspects = list(dict.fromkeys(each.key if isinstance(each, Before) else each for each in exposed))
    ties = _ties(table)
    chosen = {key for each in suspects if (key := _shield(each, table, ties, found, min_cell)) is not None}
    if whole:
        around = {key for each in suspects for one in ties.sums.get(each, ()) for key in (one.total, *one.parts)}
        chosen |= {key for key in around if key in found and found[key].value}
    found.update(dict.fromkeys(chosen, Published(None, suppressed=True)))
    return chosen


@dataclass(frozen=True, slots=True)
class _Ties:
    """The sums that each count is in, and the counts that it is in order with."""

    sums: dict[Key, list[Sum]]
    ordered: dict[Key, list[Key]]


def _ties(table: Table) -> _Ties:
    found = _Ties({}, {})
    for each in table.sums:
        for key in (each.total, *each.parts):
            found.sums.setdefault(key, []).append(each)
    for small, large in table.orders:
        found.ordered.setdefault(small, []).append(large)
        found.ordered.setdefault(large, []).append(small)
    return found


def _guarded(table: Table, min_cell: int) -> list[Key]:
    return [key for key in table.unpublished if 0 < table.counts.get(key, 0) < min_cell]


def _release(table: Table, found: Mapping[Key, Published], min_cell: int) -> Release:
    return Release(found, min_cell, table.sums, table.orders, table.unpublished)


def _shield(key: Key, table: Table, ties: _Ties, found: Mapping[Key, Published], min_cell: int) -> Key | None:
    """The published count to hide for an exposed one: itself, else the smallest of the sum that limits it most."""
    if key in found and found[key].value:
        return key
    sums = sorted(ties.sums.get(key, ()), key=lambda each: _room(each, key, found, min_cell))
    for each in sums:
        if chosen := _smallest((part for part in each.parts if part != key), table, found):
            return chosen
        if each.total != key and (chosen := _smallest([each.total], table, found)):
            return chosen
    near = {part: None for each in sums for part in (each.total, *each.parts)}
    further = {part: None for one in near for each in ties.sums.get(one, ()) for part in (*each.parts, each.total)}
    return _smallest(ties.ordered.get(key, ()), table, found) or _smallest(further, table, found)


def _smallest(keys: Iterable[Key], table: Table, found: Mapping[Key, Published]) -> Key | None:
    shown = [key for key in keys if key in found and found[key].value]
    return min(shown, key=lambda key: (table.counts[key], str(key)), default=None)


def _room(each: Sum, key: Key, found: Mapping[Key, Published], min_cell: int) -> float:
    """How many values one sum by itself leaves to a count in it."""
    free = Bounds(0.0, math.inf)
    bounds = {other: _bounds(found[other], min_cell) if other in found else free for other in (each.total, *each.parts)}
    others = [bounds[part] for part in each.parts if part != key]
    low, high = sum(one.low for one in others), sum(one.high for one in others)
    if key == each.total:
        return high - low
    total = bounds[each.total]
    return min(total.high - low, bounds[key].high) - max(total.low - high, bounds[key].low)
