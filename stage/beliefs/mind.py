"""One mind: what reached it, and what it holds of each fluent, with how that went over time."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from stage.events import Event
from stage.facts import Belief, Fluent, Known, Viewpoint


class Source(StrEnum):
    """Where a belief comes from."""

    START = "from the start"
    SAW = "saw"
    TOLD = "told"
    INFERRED = "inferred"


@dataclass(frozen=True)
class Held:
    """A belief with its provenance: the event it comes from (as the holder noticed it), and who said so if it was
    told. ``belief`` is None where the event took a belief away."""

    belief: Belief | None
    source: Source
    event: Event
    by: str | None = None


@dataclass
class Trail:
    """How one belief of a mind went: what was held from which event time on, and as far as it has been worked out."""

    times: list[int] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    until: int = 0

    def before(self, time: int) -> Held | None:
        at = len(self.times) if not self.times or self.times[-1] < time else bisect_left(self.times, time)
        return self.held[at - 1] if at else None

    def hold(self, held: Held) -> None:
        if self.times and self.times[-1] == held.event.time:
            self.held[-1] = held
        else:
            self.times.append(held.event.time)
            self.held.append(held)


class Mind:
    """One viewpoint's history of noticed events, and what follows from it. Made by `Minds`."""

    def __init__(self, viewpoint: Viewpoint, parent: Mind | None, work_out: WorkOut) -> None:
        self.viewpoint = viewpoint
        self.parent = parent
        self.children: dict[str, Mind] = {}
        self.history: list[Event] = []
        self.own_words: dict[int, Event] = {}
        """By time, the events in which its last name spoke and which it does not notice fully, as its parent did."""
        self.read = 0
        self._reached: list[int] = []
        self._work_out = work_out
        self._trails: dict[Fluent, Trail] = {}

    def held(self, fluent: Fluent, before: int) -> Held | None:
        """What was held of a fluent before an event time."""
        trail = self._trails.get(fluent)
        if trail is None:
            trail = self._trails[fluent] = Trail()
        until = min(before, self.read)
        if trail.until < until:
            begin, trail.until = trail.until, until
            self._work_out(self, fluent, begin, until)
        return trail.before(before)

    def belief(self, fluent: Fluent, before: int) -> Belief | None:
        held = self.held(fluent, before)
        return held.belief if held else None

    def is_known(self, fluent: Fluent, value: str, before: int) -> bool:
        return self.belief(fluent, before) == Known(value)

    def hold(self, fluent: Fluent, held: Held) -> None:
        self._trails[fluent].hold(held)

    def notice(self, event: Event) -> None:
        self.history.append(event)
        self._reached.append(event.time)

    def overhear_itself(self, event: Event) -> None:
        """Keep the words of somebody who does not fully notice where they come to others."""
        self.own_words[event.time] = event
        if not self._reached or self._reached[-1] != event.time:
            self._reached.append(event.time)

    def first_reached(self, time: int) -> int | None:
        """The time of the first event from a time on of which anything reached this mind."""
        at = bisect_left(self._reached, time)
        return self._reached[at] if at < len(self._reached) else None

    def noticed(self, time: int) -> Event | None:
        """The event of that time as it was noticed here, if it was."""
        at = bisect_left(self.history, time, key=lambda e: e.time)
        return self.history[at] if at < len(self.history) and self.history[at].time == time else None

    def noticed_at(self, time: int) -> Event:
        """The event of that time, which was noticed, as it was noticed here."""
        event = self.noticed(time)
        assert event is not None
        return event


WorkOut = Callable[[Mind, Fluent, int, int], None]
"""Brings what a mind holds of a fluent from before one event time to before another."""
