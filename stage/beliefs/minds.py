"""What everybody believes, to any depth: the definition, worked out where it is asked.

    Belief at a viewpoint is the world as it would be if only the events noticed along that chain had happened,
    as they looked to those who noticed them.

There is one kind of node, a mind at a viewpoint, and one step from a mind to the mind it ascribes to somebody: of the
events in its own history, those which that person is placed to notice *in its own world*, as they look from there.
Reality is the mind at the empty viewpoint: it is told everything as it happens. Every other mind is made when asked for
and reads what bears on the question (`stage.beliefs.recollection`); what it found out is kept, for any moment.

Never meets a model, a prompt or a scene file.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from stage.beliefs.evidence import Evidence
from stage.beliefs.exposure import Lies
from stage.beliefs.hindsight import Hindsight
from stage.beliefs.log import Log
from stage.beliefs.mind import Held, Mind, Trail
from stage.beliefs.noticing import Noticing
from stage.beliefs.recollection import Recollection, revised, source
from stage.beliefs.whereabouts import Whereabouts
from stage.beliefs.words import Words
from stage.world.events import Effect, Event, Grade
from stage.world.facts import AT, Belief, Fluent, Known, Viewpoint, chain
from stage.world.setting import Credit, Setting


@dataclass(frozen=True)
class World:
    """What is believed at a viewpoint at a moment: after all events earlier than ``before``."""

    minds: Minds
    mind: Mind
    before: int

    @property
    def viewpoint(self) -> Viewpoint:
        return self.mind.viewpoint

    @property
    def is_present_reality(self) -> bool:
        return self.mind.parent is None and self.before >= self.minds.now

    def belief(self, fluent: Fluent) -> Belief | None:
        return self.mind.belief(fluent, self.before)

    def held(self, fluent: Fluent) -> Held | None:
        return self.mind.held(fluent, self.before)

    def value(self, fluent: Fluent) -> str | None:
        """The value, where exactly one is believed."""
        if self.is_present_reality:
            return self.minds.whereabouts.values.get(fluent)
        belief = self.mind.belief(fluent, self.before)
        return belief.value if isinstance(belief, Known) else None

    def at(self, spot: str) -> Iterable[str]:
        """Who and what is known to be at a spot."""
        if self.is_present_reality:
            return self.minds.whereabouts.at(spot)
        return [f.subject for f in self.minds.fluents() if f.relation == AT and self.value(f) == spot]

    def beliefs(self) -> dict[Fluent, Held]:
        """All that is believed, sorted by fluent; fluents without a belief are left out."""
        held = {f: h for f in sorted(self.minds.fluents()) if (h := self.held(f)) is not None}
        return {f: h for f, h in held.items() if h.belief is not None}

    def noticed(self) -> list[Event]:
        """The events noticed along the chain so far, as they looked, with one effect for each fluent."""
        return [e for e in self.minds.history(self.mind) if e.time < self.before]

    def event(self, time: int) -> Event | None:
        """The event of a time as it looked, if it was noticed along the chain."""
        return self.minds.noticing.event(self.mind, time)


class Minds:
    """All minds of a play. `append` adds what happened; `world` tells what is believed anywhere, at any moment."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.noticing = Noticing(setting, Log(setting))
        self._log = self.noticing.log
        self._reality = Mind((), None, None)
        self.whereabouts = Whereabouts(self._reality)
        words = Words(setting, self._log, self.noticing, Lies(setting, self._log, self.noticing), self._as_seen)
        evidence = Evidence(self._log, self.whereabouts)
        self._recollection = Recollection(setting, self._log, evidence, self.noticing, words)
        is_revised = setting.conventions.credit is Credit.UNTIL_LAST_SIGHTING
        self._hindsight = Hindsight(self._recollection) if is_revised else None

    @property
    def now(self) -> int:
        """The time that the next event will have."""
        return len(self._log.events)

    @property
    def events(self) -> Sequence[Event]:
        return self._log.events

    def fluents(self) -> set[Fluent]:
        """All that any event touched."""
        return self._log.fluents()

    def append(self, *events: Event) -> None:
        """Add events in the order in which they happened; each carries the running number as its time."""
        for event in events:
            if event.time != self.now:
                raise ValueError(f"the next event has time {self.now}, not {event.time}")
            self._log.append(event)
            self.whereabouts.happens(event)
            for effect in event.effects:
                if isinstance(effect, Effect) and effect.change:
                    self._change(effect, event)

    def _change(self, effect: Effect, event: Event) -> None:
        """Something becomes really so."""
        fluent = effect.fluent
        belief = revised(None, effect, self.setting.range_of(fluent))
        trail = self._reality.trails.get(fluent)
        if trail is None:
            trail = self._reality.trails[fluent] = Trail()
            trail.begin(0).until = sys.maxsize
        trail.stretches[0].hold(event.time, Held(belief, source(effect, event, belief), event))
        self.whereabouts.change(fluent, belief.value if isinstance(belief, Known) else None)

    def world(self, viewpoint: Viewpoint, before: int | None = None) -> World:
        """What is believed at a viewpoint, now or before the event with that time."""
        before = self.now if before is None else before
        mind = self._reality
        for name in chain(*viewpoint):
            mind = self._of(mind, name)
            if self._hindsight is not None:
                mind = self._hindsight.of(mind, before)
        return World(self, mind, before)

    def _as_seen(self, viewpoint: Viewpoint, before: int) -> Mind:
        """The mind at a viewpoint as it is seen before an event time."""
        return self.world(viewpoint, before).mind

    def _of(self, mind: Mind, name: str) -> Mind:
        """The mind that a mind ascribes to somebody, credited with all that he is placed to notice."""
        child = mind.children.get(name)
        if child is None:
            child = mind.children[name] = Mind((*mind.viewpoint, name), mind, self._recollection)
        return child

    def grade(self, mind: Mind, name: str, event: Event) -> Grade:
        """How well somebody notices an event, in the world of a mind that noticed it itself as ``event``."""
        return self.noticing.grade(mind, name, event)

    def history(self, mind: Mind) -> Sequence[Event]:
        """The events that a mind noticed, as they looked."""
        for time in range(mind.read, self.now):
            event = self.noticing.event(mind, time)
            if event is not None:
                mind.history.append(event)
        mind.read = self.now
        return mind.history
