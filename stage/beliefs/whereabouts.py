"""Where everybody and everything really is, and which looks somebody may have been placed to see: an index of reality."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from stage.beliefs.mind import Mind
from stage.events import Event, Exactly, Sweep
from stage.facts import AT, Fluent, Known
from stage.setting import place_fluent, watch_fluent


def _times() -> array[int]:
    return array("L")


@dataclass(slots=True)
class Presence:
    """The times of the sweeps that somebody may have been placed to see, before the time ``until``."""

    times: array[int] = field(default_factory=_times)
    until: int = 0


class Whereabouts:
    """Of the people and things of one play. Told of each event, in order, and of each change of where somebody is."""

    def __init__(self, reality: Mind) -> None:
        self._reality = reality
        self.values: dict[Fluent, str | None] = {}
        """What is so now; None where that is not fixed."""
        self._at: dict[str, dict[str, None]] = {}
        self._sweeps_at: dict[str, array[int]] = {}
        self._sweeps_of: dict[str, array[int]] = {}
        self._presence: dict[str, Presence] = {}

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

    def sweep(self, event: Event) -> None:
        """Keep a look for those who may be placed to see it; called before the changes of the event."""
        if event.place is not None:
            self._sweeps_at.setdefault(event.place, _times()).append(event.time)
        for name in {*event.participants, *(a.who for a in event.attention), *self._out_of_place(event)}:
            self._sweeps_of.setdefault(name, _times()).append(event.time)

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
        """The times, in order, of all sweeps that somebody may have been placed to see, and perhaps of some others."""
        presence = self._presence.get(name)
        if presence is None:
            presence = self._presence[name] = Presence()
        if presence.until < now:
            since, presence.until = presence.until, now
            found = set(_between(self._sweeps_of.get(name), since, now))
            for fluent in (place_fluent(name), watch_fluent(name)):
                for spot, begin, end in self._stays(fluent, since, now):
                    found.update(_between(self._sweeps_at.get(spot), begin, end))
            presence.times.extend(sorted(found))
        return presence.times

    def _stays(self, fluent: Fluent, since: int, now: int) -> Iterator[tuple[str, int, int]]:
        """Which values a fluent really had in a span of events: each with the first event time and the one after the
        last before which it had it."""
        trail = self._reality.trails.get(fluent)
        if trail is None:
            return
        stretch = trail.stretches[0]
        at = bisect_left(stretch.times, since)
        while since < now:
            held = stretch.held[at - 1] if at else None
            end = min(now, stretch.times[at] + 1) if at < len(stretch.times) else now
            if held is not None and isinstance(held.belief, Known):
                yield held.belief.value, since, end
            since, at = end, at + 1


def _between(times: array[int] | None, since: int, until: int) -> array[int]:
    return times[bisect_left(times, since) : bisect_left(times, until)] if times is not None else _times()
