"""Where everybody and everything really is, and which events somebody may have been placed to see: an index of reality."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from stage.beliefs.mind import Mind
from stage.world.events import Event, Exactly, Sweep
from stage.world.facts import AT, Fluent, Known
from stage.world.setting import place_fluent, watch_fluent


def _times() -> array[int]:
    return array("I")


@dataclass(slots=True)
class Sightings:
    """Events of one kind: where they happen, whom they concern wherever he is, and for whom that was asked the times of
    all that he may have been placed to see, before the time ``until``."""

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
        names = {*event.participants, *(a.who for a in event.attention), *self._out_of_place(event)}
        self._all.add(event.time, event.place, names)
        if any(isinstance(showing, Sweep) for showing in event.effects):
            self._looks.add(event.time, event.place, names)

    def _out_of_place(self, event: Event) -> Iterator[str]:
        """Whom the event shows to be where it happens, though he has not been there."""
        here = self._at.get(event.place or "", {}).keys()
        for showing in event.effects:
            if isinstance(showing, Sweep):
                if event.place in showing.spots:
                    yield from (n for n in showing.found.keys() - here if showing.found[n] == event.place)
            elif showing.fluent.relation == AT and showing.content == Exactly(event.place or ""):
                yield from {showing.fluent.subject} - here

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
            found += _between(events.at.get(spot), begin, end)
        for spot, begin, end in self._stays(watch_fluent(name), since, now):
            others.update(_between(events.at.get(spot), begin, end))
        others.difference_update(found)
        events.until[name] = now
        seen = events.seen.setdefault(name, _times())
        seen.extend(sorted((*found, *others)) if others else found)
        return seen

    def _stays(self, fluent: Fluent, since: int, now: int) -> Iterator[tuple[str, int, int]]:
        """Which values a fluent really had in a span of events: each with the first event time and the one after the
        last before which it had it."""
        trail = self._reality.trails.get(fluent)
        if trail is None:
            return
        stretch = trail.stretches[0]
        first = max(0, bisect_left(stretch.times, since) - 1)
        since = max(since, stretch.times[first] + 1)
        for held, time in zip(stretch.held[first:], (*stretch.times[first + 1 :], now), strict=True):
            end = min(now, time + 1)
            if isinstance(held.belief, Known):
                yield held.belief.value, since, end
            since = end


def _between(times: array[int] | None, since: int, until: int) -> array[int]:
    return times[bisect_left(times, since) : bisect_left(times, until)] if times is not None else _times()


def _add(index: dict[str, array[int]], key: str, time: int) -> None:
    times = index.get(key)
    if times is None:
        times = index[key] = _times()
    times.append(time)
