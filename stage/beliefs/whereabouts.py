"""Where everybody and everything really is, and which events somebody may have been placed to see: an index of reality."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from stage.beliefs.mind import Mind
from stage.world.events import Effect, Event, Exactly, Sweep
from stage.world.facts import AT, Fluent, Known
from stage.world.setting import place_fluent, watch_fluent

FEW = 16
"""So few times are put among others one by one."""


def _times() -> array[int]:
    return array("I")


@dataclass(slots=True)
class Sightings:
    """Events of one kind: where they happen, whom they concern though he is elsewhere, and for whom that was asked the
    times of all that he may have been placed to see, before the time ``until``."""

    at: dict[str, array[int]] = field(default_factory=dict)
    of: dict[str, array[int]] = field(default_factory=dict)
    seen: dict[str, array[int]] = field(default_factory=dict)
    until: dict[str, int] = field(default_factory=dict)

    def add(self, time: int, place: str | None, names: Collection[str]) -> None:
        if place is not None:
            _add(self.at, place, time)
        for name in names:
            _add(self.of, name, time)


class Whereabouts:
    """Of the people and things of one play. Told of each event, in order, and of each change of where somebody is."""

    def __init__(self, reality: Mind) -> None:
        self._reality = reality
        self.values: dict[Fluent, str | None] = {}
        """What is so now; None where that is not fixed."""
        self._at: dict[str, dict[str, None]] = {}
        self._all = Sightings()
        self._looks = Sightings()

    def at(self, spot: str) -> Collection[str]:
        """Who and what is at a spot, now."""
        return self._at.get(spot, {}).keys()

    def change(self, fluent: Fluent, value: str | None) -> None:
        """Something is so from now on."""
        old, self.values[fluent] = self.values.get(fluent), value
        if fluent.relation != AT:
            return
        if old is not None:
            del self._at[old][fluent.subject]
        if value is not None:
            self._at.setdefault(value, {})[fluent.subject] = None

    def happens(self, event: Event) -> None:
        """Keep an event for those who may be placed to see it; called before its changes."""
        here = self._at.get(event.place or "", {}).keys()
        names = {*event.participants, *(a.who for a in event.attention), *self._shown_there(event)} - here
        names.difference_update(self._arriving(event))
        self._all.add(event.time, event.place, names)
        if any(isinstance(showing, Sweep) for showing in event.effects):
            self._looks.add(event.time, event.place, names)

    def _shown_there(self, event: Event) -> Iterator[str]:
        """Whom the event shows to be where it happens."""
        for showing in event.effects:
            if isinstance(showing, Sweep):
                if event.place in showing.spots:
                    yield from (name for name, spot in showing.found.items() if spot == event.place)
            elif showing.fluent.relation == AT and showing.content == Exactly(event.place or ""):
                yield showing.fluent.subject

    def _arriving(self, event: Event) -> Collection[str]:
        """Who comes to where the event happens by what it does: it belongs to his stay there."""
        goals = {e.fluent: e.content for e in event.effects if isinstance(e, Effect) and e.change}
        return [f.subject for f, goal in goals.items() if f.relation == AT and goal == Exactly(event.place or "")]

    def may_see(self, name: str, now: int) -> array[int]:
        """The times, in order, of all events that somebody may have been placed to see, and perhaps of some others."""
        return self._seen(self._all, name, now)

    def looks_of(self, name: str, now: int) -> array[int]:
        """Those of them that have a sweep."""
        return self._seen(self._looks, name, now)

    def _seen(self, events: Sightings, name: str, now: int) -> array[int]:
        since = events.until.get(name, 0)
        if since == now:
            return events.seen[name]
        found, others = _times(), {*_between(events.of.get(name), since, now)}
        for spot, begin, end in self._stays(place_fluent(name), since, now):
            times = events.at.get(spot)
            if times is not None:
                found += times[bisect_left(times, begin) : bisect_left(times, end)]
        for spot, begin, end in self._stays(watch_fluent(name), since, now):
            others.update(_between(events.at.get(spot), begin, end))
        events.until[name] = now
        seen = events.seen.setdefault(name, _times())
        seen += _with(found, others)
        return seen

    def _stays(self, fluent: Fluent, since: int, now: int) -> list[tuple[str, int, int]]:
        """Which values a fluent really had in a span of events: each with the time of the event by which it came to have
        it and the one after the last before which it had it."""
        trail = self._reality.trails.get(fluent)
        if trail is None:
            return []
        stretch, stays = trail.stretches[0], list[tuple[str, int, int]]()
        first = max(0, bisect_left(stretch.times, since) - 1)
        ends = (*(time + 1 for time in stretch.times[first + 1 :]), now)
        old = None
        for held, begin, end in zip(stretch.held[first:], stretch.times[first:], ends, strict=True):
            if not isinstance(held.belief, Known):
                old = None
                continue
            spot = held.belief.value
            stays.append((spot, max(since, begin + (spot == old)), min(end, now)))
            old = spot
        return stays


def _between(times: array[int] | None, since: int, until: int) -> array[int]:
    return times[bisect_left(times, since) : bisect_left(times, until)] if times is not None else _times()


def _with(times: array[int], others: Collection[int]) -> array[int]:
    """Ascending times with others among them; these are few, as a rule."""
    if len(others) > FEW:
        return array("I", sorted({*times, *others}))
    for time in others:
        at = bisect_left(times, time)
        if at == len(times) or times[at] != time:
            times.insert(at, time)
    return times


def _add(index: dict[str, array[int]], key: str, time: int) -> None:
    times = index.get(key)
    if times is None:
        times = index[key] = _times()
    times.append(time)
