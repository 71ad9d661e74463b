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

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import assert_never

from stage.beliefs.log import Log
from stage.events import Assertion, Begin, Content, Effect, Event, Exactly, Grade, Hidden, Not, Settled
from stage.facts import AT, Belief, Fluent, Known, Viewpoint, Whether, chain, remaining
from stage.setting import AUTHOR, NARRATOR, Setting, Trust, place_fluent, trust_fluent, watch_fluent
from stage.sight import hidden_fluent


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
        for attention in event.attention:
            if attention.who == name:
                return attention.grade
        if name in (AUTHOR, NARRATOR):
            return self._grade_outside(mind, name, event)
        if name in event.participants:
            return Grade.FULLY
        if event.place is None:
            return Grade.NOT
        return event.onlookers if self._is_there(mind, name, event.place, event) else Grade.NOT

    def _is_there(self, mind: Mind, name: str, place: str, event: Event) -> bool:
        """Whether somebody is, or watches, where an event happens: as the event itself shows, or as is believed."""
        shown = [e for e in self._log.effects(event, place_fluent(name)) if not e.change]
        if mind.is_known(watch_fluent(name), place, event.time) or any(e.content == Exactly(place) for e in shown):
            return True
        missed = any(
            isinstance(e.content, Not) and place in e.content.values and self._counts(mind, e, event) for e in shown
        )
        return not missed and mind.is_known(place_fluent(name), place, event.time)

    def eyes(self, name: str) -> frozenset[str] | None:
        """Whose eyes somebody sees with: his own; the narrator's are those of the minds it is limited to. None stands
        for everybody's: nothing escapes the author, nor a narrator without limits."""
        if name == AUTHOR:
            return None
        return self.setting.narrator.minds if name == NARRATOR else frozenset({name})

    def _grade_outside(self, mind: Mind, name: str, event: Event) -> Grade:
        """The author sees all, the narrator what it was declared to see; no character knows of either."""
        if not set(mind.viewpoint) <= {AUTHOR, NARRATOR}:
            return Grade.NOT
        eyes = self.eyes(name)
        if eyes is None or name in event.participants:
            return Grade.FULLY
        return max((self.grade(mind, other, event) for other in sorted(eyes)), default=Grade.NOT)

    def _catch_up(self, mind: Mind) -> None:
        parent = mind.parent
        assert parent is not None
        name = mind.viewpoint[-1]
        since = bisect_left(parent.history, mind.read, key=lambda e: e.time)
        for event in parent.history[since:]:
            grade = self.grade(parent, name, event)
            if grade is not Grade.NOT:
                noticed = self._colour(name, event.as_noticed(self.eyes(name), grade))
                effects = tuple(self._as_known_above(parent, e, noticed) for e in noticed.effects)
                mind.notice(noticed if effects == noticed.effects else replace(noticed, effects=effects))
            if grade is not Grade.FULLY and any(a.speaker == name for a in event.assertions):
                mind.overhear_itself(event)
        mind.read = self.now

    def _colour(self, name: str, event: Event) -> Event:
        """An unreliable narrator sees its own falsehoods in place of what happens."""
        false = self.setting.narrator.false
        if name != NARRATOR or not false:
            return event
        effects = tuple(replace(e, content=Exactly(false[e.fluent])) if e.fluent in false else e for e in event.effects)
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
                if self._counts(mind, effect, event):
                    self._take_in(mind, effect, event)
            self._hear(mind, self._log.assertions(event, fluent), event)
        spoken = mind.own_words.get(time)
        if spoken is not None:
            words = self._log.assertions(spoken, fluent)
            self._hear(mind, [a for a in words if a.speaker == mind.viewpoint[-1]], spoken)

    def _hear(self, mind: Mind, assertions: Sequence[Assertion], event: Event) -> None:
        """Take in what was said. What a letter tells of its writer it tells whoever reads it, whether or not the
        writer notices the reading."""
        for assertion in assertions:
            if self._is_believed(mind, assertion, event):
                self._believe_word(mind, assertion, event)

    def _counts(self, mind: Mind, effect: Effect, event: Event) -> bool:
        """Whether a mind learns from an effect. Reality is not changed by being seen, and who sees all of it learns
        nothing from another's sight. That somebody is not seen tells nothing to himself, nor to who believes that he
        hides."""
        if effect.change:
            return True
        if not mind.viewpoint:
            return False
        name, subject = mind.viewpoint[-1], effect.fluent.subject
        eyes = self.eyes(name)
        if eyes is None and name not in event.participants:
            return False
        if not isinstance(effect.content, Not) or effect.fluent != place_fluent(subject):
            return True
        himself = eyes is not None and subject in eyes
        return not himself and not mind.is_known(hidden_fluent(subject), "yes", event.time + 1)

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

    def _is_believed(self, mind: Mind, assertion: Assertion, event: Event) -> bool:
        """Whether the mind at the end of the chain comes to hold what was said.

        The speaker's own mind never changes by speaking; in a hearer's view of the speaker it does, if the hearer
        takes the speaker for sincere; a hearer's own mind does, if the hearer trusts the speaker. How a hearer
        stands to a speaker is looked up in the world in which the question arises.
        """
        hearer = mind.parent
        if hearer is None or isinstance(assertion.content, Hidden):
            return False
        if mind.viewpoint[-1] != assertion.speaker:
            return Trust.YES in self._trusts(mind, assertion, event.time)
        return hearer.parent is not None and not self._trusts(hearer, assertion, event.time) <= {Trust.NO}

    def _trusts(self, mind: Mind, assertion: Assertion, time: int) -> set[Trust]:
        """How the one whose mind this is stands to the speaker. The narrator stands as those do through whom it
        notices the event best; who shares the speaker's mind, or misses nothing, learns nothing from words."""
        name, outer = mind.viewpoint[-1], mind.parent
        assert outer is not None
        hearers = self.eyes(name)
        if hearers is None or assertion.speaker in hearers:
            return set()
        if name == NARRATOR:
            if assertion.fluent in self.setting.narrator.false:
                return set()
            event = outer.noticed_at(time)
            grades = {n: self.grade(outer, n, event) for n in hearers}
            best = max(grades.values(), default=Grade.NOT)
            hearers = frozenset(n for n, grade in grades.items() if grade is best is not Grade.NOT)
        return {self._trust(outer, n, assertion.speaker, time) for n in hearers}

    def _trust(self, mind: Mind, hearer: str, speaker: str, time: int) -> Trust:
        belief = mind.belief(trust_fluent(hearer, speaker), time)
        return Trust(belief.value) if isinstance(belief, Known) else self.setting.trust_of(hearer, speaker)

    def _believe_word(self, mind: Mind, assertion: Assertion, event: Event) -> None:
        """Come to hold what was said, unless there is evidence younger than the word: what is held rests on it, or a
        look has ruled the word out."""
        held = mind.held(assertion.fluent, event.time + 1)
        if held is not None and held.event.time > assertion.since:
            return
        if isinstance(assertion.content, Settled) and assertion.speaker == mind.viewpoint[-1] and held and held.belief:
            return  # what was said is not known, and saying it does not change the speaker
        belief: Belief = Known(assertion.content.value) if isinstance(assertion.content, Exactly) else Whether()
        for later in mind.history[bisect_right(mind.history, assertion.since, key=lambda e: e.time) :]:
            looks = (e.content for e in later.effects if e.fluent == assertion.fluent)
            if any(isinstance(c, Not) and isinstance(belief, Known) and belief.value in c.values for c in looks):
                return
        mind.hold(assertion.fluent, Held(belief, Source.TOLD, event, assertion.speaker))


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
