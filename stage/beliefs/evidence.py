"""What may tell a chain of a fluent: of all events those that touch it and reach the first of the chain, by his place.

Whatever tells a chain something reaches its first, whether or not it reaches the others. So these events are found once
for all chains that he leads, from the last backwards and in ever longer parts, as far as was asked; and are kept.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from stage.beliefs.log import Log
from stage.beliefs.noticing import OUTSIDE
from stage.beliefs.whereabouts import Whereabouts
from stage.world.facts import AT, Fluent

FIRST, LONGER = 8, 16
"""How many touches the first part goes back, and how many times as many every further one."""
LOOKS = 16
"""How many looks there may be to a touch."""
PROBED = 32
"""So many looks are gone through at first, before all are."""


class Row:
    """All times of one kind between two others, in order. ``size`` is how far the next part goes back, ``spared`` how often
    one may still ask without keeping more."""

    __slots__ = ("since", "size", "spared", "times", "until")

    def __init__(self, now: int) -> None:
        self.since = self.until = now
        self.times: array[int] = array("I")
        self.size = self.spared = FIRST


@dataclass(frozen=True)
class Evidence:
    """What may tell those who are first in a chain, in one play."""

    log: Log
    whereabouts: Whereabouts
    _telling: dict[tuple[str, Fluent], Row] = field(default_factory=dict, init=False, repr=False)
    _over: dict[tuple[str, str], Row] = field(default_factory=dict, init=False, repr=False)

    def looks(self, first: str, fluent: Fluent) -> array[int]:
        """The times of the sweeps that may take in a fluent and that the first of a chain may have been placed to see."""
        if fluent.relation != AT or not self.log.is_swept(fluent.subject):
            return _NONE
        return self.log.swept if first in OUTSIDE else self.whereabouts.looks_of(first, len(self.log.events))

    # ------------------------------------------------------------------------------- what touches it alone, or finds it
    def latest(self, first: str, fluent: Fluent, since: int, before: int) -> Iterator[int]:
        """The times, latest first, between two others of all events that alone may decide what a chain holds of a fluent:
        those that touch it alone and, of the looks, those that find it or that may look otherwise to some. Nothing else
        reaches a mind, by words neither: whose words tell of himself, he is heard by somebody else."""
        if since >= before:
            return
        row = self._row(first, fluent)
        while True:
            times, reached = row.times, row.since
            for at in range(bisect_left(times, before) - 1, -1, -1):
                if times[at] < since:
                    return
                yield times[at]
            if reached <= since:
                return
            before = min(before, reached)
            if row.since == reached:  # nothing that was asked on the way went further back
                self._go_back(row, first, fluent)

    def next(self, first: str, fluent: Fluent, since: int) -> int:
        """The first such time from another on; that of the next event to come, if there is none."""
        row = self._row(first, fluent)
        while row.since > since:
            self._go_back(row, first, fluent)
        at = bisect_left(row.times, since)
        return row.times[at] if at < len(row.times) else row.until

    def _row(self, first: str, fluent: Fluent) -> Row:
        """What was found so far, with all that is new; anew where that is much."""
        now = len(self.log.events)
        row = self._telling.get((first, fluent))
        if row is None:
            row = self._telling[first, fluent] = Row(now)
        elif row.until < now:
            touches, looks = self.log.touches(fluent).times, self.looks(first, fluent)
            new = len(touches) - bisect_left(touches, row.until), len(looks) - bisect_left(looks, row.until)
            if new[0] > FIRST * LONGER or new[1] > FIRST * LONGER * LOOKS:
                row = self._telling[first, fluent] = Row(now)
            elif any(new):
                row.times += self._between(first, fluent, row.until, now)
            row.until = now
        return row

    def _go_back(self, row: Row, first: str, fluent: Fluent) -> None:
        touches, looks = self.log.touches(fluent).times, self.looks(first, fluent)
        touch = bisect_left(touches, row.since) - row.size
        look = bisect_left(looks, row.since) - row.size * LOOKS
        since = max(touches[touch] if touch > 0 else 0, looks[look] if look > 0 else 0)
        row.times = self._between(first, fluent, since, row.since) + row.times
        row.since, row.size = since, row.size * LONGER

    def _between(self, first: str, fluent: Fluent, since: int, until: int) -> array[int]:
        touches = between(self.log.touches(fluent).times, since, until)
        looks = between(self.looks(first, fluent), since, until)
        found = {*touches}
        if touches and first not in OUTSIDE:
            found = common(touches, self.whereabouts.may_see(first, len(self.log.events)))
        if looks:
            found.update(self.log.concerning(fluent.subject, looks))
        return array("I", sorted(found))

    # -------------------------------------------------------------------------------------------- what looks over a spot
    def next_over(self, first: str, fluent: Fluent, spot: str, since: int, until: int) -> int | None:
        """The first time between two others of a look over a spot that may take in a fluent."""
        if since >= until or fluent.relation != AT or not self.log.is_swept(fluent.subject):
            return None
        row = self._over.get((first, spot))
        if row is None:
            row = self._over[first, spot] = Row(len(self.log.events))
        if row.since > since or row.until < until:
            looks, over = self.looks(first, fluent), self.log.over(spot)
            if row.spared > 0:  # not asked often enough to keep them all
                row.spared -= 1
                begin, end = bisect_left(looks, since), bisect_left(looks, until)
                found = common(looks[begin : min(end, begin + PROBED)], over)
                if found or end - begin <= PROBED:
                    return min(found, default=None)
            self._keep(row, looks, over, min(since, row.since))
        at = bisect_left(row.times, since)
        return row.times[at] if at < len(row.times) and row.times[at] < until else None

    def _keep(self, row: Row, looks: array[int], over: array[int], since: int) -> None:
        """Find all looks over a spot from a time on."""
        older, newer = between(looks, since, row.since), between(looks, row.until, len(self.log.events))
        row.times = array("I", sorted(common(older, over))) + row.times + array("I", sorted(common(newer, over)))
        row.since, row.until = since, len(self.log.events)


_NONE: array[int] = array("I")


def between(times: array[int], since: int, until: int) -> array[int]:
    """Those of ascending times that lie between two others, the second not included."""
    return times[bisect_left(times, since) : bisect_left(times, until)]


def common(times: array[int], others: array[int]) -> set[int]:
    """What two ascending rows of times have in common."""
    if not times:
        return set()
    first, end = bisect_left(others, times[0]), bisect_right(others, times[-1])
    if end - first <= 8 * len(times):
        return {*times}.intersection(others[first:end])
    return {time for time in times if others[bisect_left(others, time, first, end - 1)] == time}
