"""What everybody believes, to any depth: the definition, kept up event by event.

    Belief at a viewpoint is the world as it would be if only the events noticed along that chain had happened,
    as they looked to those who noticed them.

There is one kind of node, a mind at a viewpoint, and one step from a mind to the mind it ascribes to somebody: of the
events in its own history, those which that person is placed to notice *in its own world*, as they look from there.
Reality is the mind at the empty viewpoint. Minds are made when asked for and read each event once; a belief is worked
out when asked for, from the events that touch its fluent and reached the mind since it was asked last. When each belief
changed is remembered, so any earlier moment can be asked as well.

Never meets a model, a prompt or a scene file.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from stage.beliefs.log import Log
from stage.beliefs.mind import Held, Mind, Source
from stage.beliefs.noticing import Noticing
from stage.beliefs.words import Words
from stage.events import Begin, Content, Effect, Event, Exactly, Grade, Hidden, Not, Settled
from stage.facts import AT, Belief, Fluent, Known, Viewpoint, Whether, chain, remaining
from stage.setting import NARRATOR, Setting
from stage.sight import singly


@dataclass(frozen=True)
class World:
    """What is believed at a viewpoint at a moment: after all events earlier than ``before``."""

    mind: Mind
    before: int
    fluents: Iterable[Fluent]
    """All that any event touched."""

    @property
    def viewpoint(self) -> Viewpoint:
        return self.mind.viewpoint

    def belief(self, fluent: Fluent) -> Belief | None:
        return self.mind.belief(fluent, self.before)

    def held(self, fluent: Fluent) -> Held | None:
        return self.mind.held(fluent, self.before)

    def value(self, fluent: Fluent) -> str | None:
        """The value, where exactly one is believed."""
        belief = self.belief(fluent)
        return belief.value if isinstance(belief, Known) else None

    def beliefs(self) -> dict[Fluent, Held]:
        """All that is believed, sorted by fluent; fluents without a belief are left out."""
        held = {f: h for f in sorted(self.fluents) if (h := self.held(f)) is not None}
        return {f: h for f, h in held.items() if h.belief is not None}

    def noticed(self) -> list[Event]:
        """The events noticed along the chain so far, as they looked."""
        return [e for e in self.mind.history if e.time < self.before]


class Minds:
    """All minds of a play. `append` adds what happened; `world` tells what is believed anywhere, at any moment."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self._log = Log()
        self._noticing = Noticing(setting, self._log)
        self._words = Words(setting, self._log, self._noticing)
        self._reality = Mind((), None, self._work_out)

    @property
    def now(self) -> int:
        """The time that the next event will have."""
        return len(self._log.events)

    @property
    def events(self) -> Sequence[Event]:
        return self._log.events

    def append(self, *events: Event) -> None:
        """Add events in the order in which they happened; each carries the running number as its time."""
        for event in events:
            if event.time != self.now:
                raise ValueError(f"the next event has time {self.now}, not {event.time}")
            event = replace(event, effects=singly(event.effects, self.setting))
            self._log.append(event)
            self._reality.notice(event)
            self._reality.read += 1

    def world(self, viewpoint: Viewpoint, before: int | None = None) -> World:
        """What is believed at a viewpoint, now or before the event with that time."""
        mind = self._reality
        for name in chain(*viewpoint):
            child = mind.children.get(name)
            if child is None:
                child = mind.children[name] = Mind((*mind.viewpoint, name), mind, self._work_out)
            self._catch_up(child)
            mind = child
        return World(mind, self.now if before is None else before, self._log.fluents())

    def grade(self, mind: Mind, name: str, event: Event) -> Grade:
        """How well somebody notices an event, in the world of a mind that noticed it itself as ``event``."""
        return self._noticing.grade(mind, name, event)

    def _catch_up(self, mind: Mind) -> None:
        parent = mind.parent
        assert parent is not None
        name = mind.viewpoint[-1]
        since = bisect_left(parent.history, mind.read, key=lambda e: e.time)
        for event in parent.history[since:]:
            grade = self._noticing.grade(parent, name, event)
            if grade is not Grade.NOT:
                noticed = self._colour(name, event.as_noticed(self._noticing.eyes(name), grade))
                effects = tuple(
                    self._as_known_above(parent, e, noticed) for e in noticed.effects if isinstance(e, Effect)
                )
                mind.notice(noticed if effects == noticed.effects else replace(noticed, effects=effects))
            if grade is not Grade.FULLY and any(a.speaker == name for a in event.assertions):
                mind.overhear_itself(event)
        mind.read = self.now

    def _colour(self, name: str, event: Event) -> Event:
        """An unreliable narrator sees its own falsehoods in place of what happens."""
        false = self.setting.narrator.false
        if name != NARRATOR or not false:
            return event
        effects = tuple(
            replace(e, content=Exactly(false[e.fluent])) if isinstance(e, Effect) and e.fluent in false else e
            for e in event.effects
        )
        return replace(event, effects=effects)

    def _work_out(self, mind: Mind, fluent: Fluent, begin: int, until: int) -> None:
        """Work out what a mind holds of a fluent, from the events between two times that touch it and reached the
        mind."""
        times = self._log.touches(fluent).times
        at = bisect_left(times, begin)
        while at < len(times) and times[at] < until:
            time = mind.first_reached(times[at])
            if time is None:
                return
            if time == times[at]:
                self._absorb(mind, fluent, time)
                time += 1
            at = bisect_left(times, time, at)

    def _absorb(self, mind: Mind, fluent: Fluent, time: int) -> None:
        event = mind.noticed(time)
        if event is not None:
            for effect in self._log.effects(event, fluent):
                if self._noticing.counts(mind, effect, event):
                    self._take_in(mind, effect, event)
            self._words.hear(mind, self._log.assertions(event, fluent), event)
        spoken = mind.own_words.get(time)
        if spoken is not None:
            words = self._log.assertions(spoken, fluent)
            self._words.hear(mind, [a for a in words if a.speaker == mind.viewpoint[-1]], spoken)

    def _take_in(self, mind: Mind, effect: Effect, event: Event) -> None:
        before = mind.held(effect.fluent, event.time + 1)
        old = before.belief if before else None
        new = revised(old, effect, self.setting.range_of(effect.fluent))
        if new == old and not effect.change and isinstance(effect.content, Not | Hidden):
            return  # no new evidence
        source = Source.INFERRED if isinstance(new, Known) and not isinstance(effect.content, Exactly) else Source.SAW
        mind.hold(effect.fluent, Held(new, Source.START if isinstance(event.action, Begin) else source, event))

    def _as_known_above(self, above_it: Mind, effect: Effect, event: Event) -> Effect:
        """What somebody saw and the mind above did not: where that mind knows how it is anyway, the other saw just
        that. A look into a container decides only whether a thing is in it."""
        if effect.change or not isinstance(effect.content, Settled):
            return effect
        above = above_it.belief(effect.fluent, event.time + 1)
        if not isinstance(above, Known):
            return effect
        spot = event.looked_into if effect.fluent.relation == AT else None
        seen = Exactly(above.value) if spot in (None, above.value) else Not(frozenset({spot}))
        return replace(effect, content=seen)


def revised(old: Belief | None, effect: Effect, values: Sequence[str]) -> Belief | None:
    """A belief after an effect was noticed. A change takes away what was believed; a sighting adds to it."""
    content: Content = effect.content
    match content:
        case Exactly(value):
            return Known(value)
        case Settled():
            return Whether()
        case Not(ruled_out) | Hidden(ruled_out):
            return remaining(None if effect.change else old, ruled_out, values)
        case _:
            assert_never(content)
