"""How a belief is found: back to the last evidence that decides it, and on from there.

What touches a fluent alone, and the looks in which it was found, are walked through from the moment in question
backwards, to the first that reached the mind and leaves nothing of what was held before; from there the evidence that
only adds is taken in forwards. What was worked out is kept, so that a question after further events costs what these
brought, and a question about another chain or another moment what it needs.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import assert_never

from stage.beliefs.evidence import Evidence
from stage.beliefs.log import Log
from stage.beliefs.mind import Held, Holding, Mind, Source, Stay, Stretch, Trail
from stage.beliefs.noticing import Noticing
from stage.beliefs.words import Words
from stage.world.events import Begin, Content, Effect, Event, Exactly, Hidden, Not, Settled
from stage.world.facts import Belief, Fluent, Known, OneOf, Whether, remaining
from stage.world.setting import Setting

FEW = 12
"""So few spots have all been looked over soon."""


@dataclass(frozen=True)
class Recollection:
    """The finding of beliefs in one play."""

    setting: Setting
    log: Log
    evidence: Evidence
    noticing: Noticing
    words: Words

    def held(self, mind: Mind, fluent: Fluent, before: int) -> Held | None:
        """What a mind other than reality held of a fluent before an event time."""
        before = min(before, len(self.log.events))
        trail = mind.trails.get(fluent)
        stretch = None if trail is None else trail.at(before)
        if stretch is None or stretch.until < before:
            stretch, adding = self._stretch(mind, fluent, before)
            self._go_on(mind, fluent, stretch, adding, before)
        return stretch.before(before)

    def _stretch(self, mind: Mind, fluent: Fluent, before: int) -> tuple[Stretch, list[int]]:
        """The stretch that leads to a moment, as far as it goes; and the times of the events, latest first, that may add
        to it until then."""
        trail = mind.trails.get(fluent)
        if trail is None:
            trail = mind.trails[fluent] = Trail()
        stretch = trail.at(before)
        base, adding = self._base(mind, fluent, 0 if stretch is None else stretch.until, before)
        if base is not None:
            stretch = trail.begin(base.event.time + 1)
            stretch.hold(base.event.time, base)
        elif stretch is None:
            stretch = trail.begin(0)
        return stretch, adding

    def stay(self, mind: Mind, fluent: Fluent, before: int) -> Stay:
        """Where a mind may know somebody to be, from the last evidence before a moment to the next. Whoever was missed
        where he was known to be may be anywhere else, and is known to be somewhere only when all other places were
        looked over: one that was not leaves only itself."""
        before = min(before, len(self.log.events))
        stretch, adding = self._stretch(mind, fluent, before)
        spots = self.setting.range_of(fluent)
        if len(spots) > FEW and not adding and fluent not in self.log.spoken(mind.name):
            belief = self._until_missed(mind, fluent, stretch, before)
            if not isinstance(belief, Known):
                left = [s for s in spots if not isinstance(belief, OneOf) or s in belief.values]
                unseen = self._not_looked_over(mind, fluent, left[:4], stretch.until, before)
                if unseen is not None:
                    until = self._undisturbed(mind, fluent, (unseen,), before)
                    return Stay(stretch.until, until, frozenset({unseen}))
        self._go_on(mind, fluent, stretch, adding, before)
        looked_for = self._spots(fluent, stretch.held[-1].belief if stretch.held else None)
        if len(looked_for) <= FEW:
            stretch.until = self._undisturbed(mind, fluent, looked_for, before)
        return stretch.stay(before, len(self.log.events))

    def _undisturbed(self, mind: Mind, fluent: Fluent, spots: Collection[str], before: int) -> int:
        """Until when, from a moment on, nothing reaches the first of a chain that touches a fluent, finds it, or misses
        it at some spots: so long the mind holds of it what it held."""
        first = mind.viewpoint[0]
        until = self.evidence.next(first, fluent, before)
        for spot in spots:
            look = self.evidence.next_over(first, fluent, spot, before, until)
            until = until if look is None else look
        return until

    def _until_missed(self, mind: Mind, fluent: Fluent, stretch: Stretch, before: int) -> Belief | None:
        """Bring a stretch to which nothing adds up to where its fluent is missed, or a moment comes; what is held then."""
        holding = Holding(stretch.held[-1] if stretch.held else None)
        while isinstance(holding.belief, Known):
            look = self._next_look(mind, fluent, holding.belief, stretch.until, before)
            if look is None:
                stretch.until = before
                break
            self._add(mind, fluent, look, holding, stretch)
            stretch.until = look + 1
        return holding.belief

    def _not_looked_over(self, mind: Mind, fluent: Fluent, spots: Sequence[str], since: int, before: int) -> str | None:
        """One of some spots that the first of the chain had no look over between two times, if there is one."""
        looks = self.evidence.looks(mind.viewpoint[0], fluent)
        looked = {*looks[bisect_left(looks, since) : bisect_left(looks, before)]}
        for spot in spots:
            over = self.log.over(spot)
            if looked.isdisjoint(over[bisect_left(over, since) : bisect_left(over, before)]):
                return spot
        return None

    # ------------------------------------------------------------------------------------------------------- backwards
    def _base(self, mind: Mind, fluent: Fluent, since: int, before: int) -> tuple[Held | None, list[int]]:
        """What is held by the last event from ``since`` on that decides it alone; and the times of later events, latest
        first, that may add to it."""
        holding, adding = Holding(is_known=False), list[int]()
        is_vouched = fluent in self.log.spoken(mind.name)
        absent: Mind | None = None
        for time in self.evidence.latest(mind.viewpoint[0], fluent, since, before):
            if absent is not None and self.noticing.is_away(absent, time):
                continue
            if self.noticing.notice(mind, time) is None and not (
                is_vouched and self._bears_unnoticed(mind, fluent, time)
            ):
                absent = None if is_vouched else self.noticing.absent(mind, time)
                continue
            self.take_in(mind, fluent, time, holding)
            if holding.is_known:
                return holding.held, adding
            adding.append(time)
        return None, adding

    # -------------------------------------------------------------------------------------------------------- forwards
    def _go_on(self, mind: Mind, fluent: Fluent, stretch: Stretch, adding: list[int], before: int) -> None:
        """Bring a stretch up to a moment, by the events that may add to it, latest first, and by the looks in which the
        fluent is missed."""
        holding = Holding(stretch.held[-1] if stretch.held else None)
        time = stretch.until
        for stop in (*(t for t in reversed(adding) if t >= time), before):
            while (look := self._next_look(mind, fluent, holding.belief, time, stop)) is not None:
                self._add(mind, fluent, look, holding, stretch)
                time = look + 1
            if stop < before:
                self._add(mind, fluent, stop, holding, stretch)
                time = stop + 1
        stretch.until = before

    def _add(self, mind: Mind, fluent: Fluent, time: int, holding: Holding, stretch: Stretch) -> None:
        stretch.until = time  # whatever is asked on the way is answered as far as this
        old = holding.held
        self.take_in(mind, fluent, time, holding)
        if holding.held is not None and holding.held is not old:
            stretch.hold(time, holding.held)

    def _next_look(self, mind: Mind, fluent: Fluent, belief: Belief | None, since: int, until: int) -> int | None:
        """The time of the next look between two times that reached a mind and may have missed the fluent where it is
        believed to be."""
        if since >= until or isinstance(belief, Whether):
            return None
        looks = self.evidence.looks(mind.viewpoint[0], fluent)
        first, end = bisect_left(looks, since), bisect_left(looks, until)
        if first == end:
            return None
        is_vouched = fluent in self.log.spoken(mind.name)
        if isinstance(belief, Known):
            return self._next_look_over(mind, fluent, belief.value, since, until)
        spots, kinds = self._spots(fluent, belief), self.log.kinds(fluent.subject)
        # Most looks miss somebody who may be in many places, and few reach a mind that is deep.
        is_deep = len(mind.line) > 1
        while first < end:
            if not is_deep:
                first = self.log.next_over(looks, first, end, spots, kinds)
                if first == end:
                    return None
            if self._bears(mind, fluent, looks[first], is_vouched):
                if not is_deep or self.log.is_swept_by(looks[first], spots):
                    return looks[first]
                first += 1
            else:
                first = first + 1 if is_vouched else self.noticing.end_of_absence(mind, looks, first, end)
        return None

    def _next_look_over(self, mind: Mind, fluent: Fluent, spot: str, since: int, until: int) -> int | None:
        """The time of the next look between two times over one spot that reached a mind."""
        is_vouched, first = fluent in self.log.spoken(mind.name), mind.viewpoint[0]
        while (time := self.evidence.next_over(first, fluent, spot, since, until)) is not None:
            if self._bears(mind, fluent, time, is_vouched):
                return time
            since = time + 1
        return None

    def _bears(self, mind: Mind, fluent: Fluent, time: int, is_vouched: bool) -> bool:
        """Whether a look reached a mind, or shows that somebody has lied who has spoken of the fluent."""
        return self.noticing.notice(mind, time) is not None or (
            is_vouched and self.words.lies.may_come_out(mind, fluent, time)
        )

    def _bears_unnoticed(self, mind: Mind, fluent: Fluent, time: int) -> bool:
        """Whether the event of a time may touch what a mind holds that does not notice it: by the words of the last of the
        chain, or since it shows the one above that he lied."""
        return self.words.lies.may_come_out(mind, fluent, time) or self.words.may_reach(mind, fluent, time)

    def _spots(self, fluent: Fluent, belief: Belief | None) -> Collection[str]:
        """The spots where to miss it means something."""
        match belief:
            case Known(value):
                return (value,)
            case OneOf(values):
                return values
            case _:
                return self.setting.range_of(fluent)

    # ---------------------------------------------------------------------------------------------------- one event
    def take_in(self, mind: Mind, fluent: Fluent, time: int, holding: Holding) -> None:
        """Take in what the event of a time tells a mind of a fluent. What hangs on what was held before and cannot be
        told is left out."""
        event = self.log.events[time]
        if holding.is_known and (truth := self.words.lies.found_out(mind, fluent, time, holding.held)) is not None:
            holding.hold(truth)
        if (notice := self.noticing.notice(mind, time)) is not None:
            effects = self.log.effects(time, fluent)
            for effect in effects if notice.whole or not effects else self.noticing.seen(mind, time, fluent):
                if self.noticing.counts(mind, effect, time):
                    self._take_in(effect, event, holding)
        if event.assertions:
            self.words.hear(mind, fluent, time, holding)

    def _take_in(self, effect: Effect, event: Event, holding: Holding) -> None:
        adds = not effect.change and isinstance(effect.content, Not | Hidden)
        if adds and not holding.is_known:
            return
        old = holding.belief if adds else None
        new = revised(old, effect, self.setting.range_of(effect.fluent))
        if adds and new == old:
            return  # no new evidence
        holding.hold(Held(new, source(effect, event, new), event))


@lru_cache(1 << 12)
def _known(value: str) -> Known:
    return Known(value)


def source(effect: Effect, event: Event, belief: Belief | None) -> Source:
    """Where a belief comes from that rests on an effect."""
    if isinstance(event.action, Begin):
        return Source.START
    return Source.INFERRED if isinstance(belief, Known) and not isinstance(effect.content, Exactly) else Source.SAW


def revised(old: Belief | None, effect: Effect, values: Sequence[str]) -> Belief | None:
    """A belief after an effect was noticed. A change takes away what was believed; a sighting adds to it."""
    content: Content = effect.content
    match content:
        case Exactly(value):
            return _known(value)
        case Settled():
            return Whether()
        case Not(ruled_out) | Hidden(ruled_out):
            return remaining(None if effect.change else old, ruled_out, values)
        case _:
            assert_never(content)
