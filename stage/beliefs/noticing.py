"""Who notices what, and how it looks to him: in the world of any mind, of the events that reached it."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from stage.beliefs.log import Log
from stage.beliefs.mind import Mind, Notice
from stage.world.events import Assertion, Attention, Effect, Event, Exactly, Grade, Not, Read, Settled
from stage.world.facts import AT, Fact, Fluent, Known
from stage.world.possible import SAYS
from stage.world.setting import AUTHOR, NARRATOR, Setting, place_fluent, watch_fluent
from stage.world.sight import hidden_fluent, singly

FAR = 256
"""How many looks are passed over in one go."""
OUTSIDE = frozenset({AUTHOR, NARRATOR})
FULLY = Notice(Grade.FULLY)
"""How nearly all events reach nearly all minds that they reach."""


@dataclass(frozen=True)
class Noticing:
    """Noticing in one setting, of the events of one log."""

    setting: Setting
    log: Log
    _eyes: dict[str, frozenset[str] | None] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        eyes = {name: frozenset({name}) for name in self.setting.people}
        object.__setattr__(self, "_eyes", {**eyes, AUTHOR: None, NARRATOR: self.setting.narrator.minds})

    def eyes(self, name: str) -> frozenset[str] | None:
        """Whose eyes somebody sees with: his own; the narrator's are those of the minds it is limited to. None stands
        for everybody's: nothing escapes the author, nor a narrator without limits."""
        return self._eyes[name] if name in self._eyes else frozenset({name})

    # -------------------------------------------------------------------------------------------------- who notices it
    def notice(self, mind: Mind, time: int) -> Notice | None:
        """How the event of a time reached a mind; None if it did not."""
        notice = mind.notices.get(time)
        if notice is not None:
            return notice
        for inner in mind.line:
            known = inner.notices.get(time)
            if known is not None:
                notice = known
                continue
            if self._is_elsewhere(inner, time):
                return None
            assert inner.parent is not None
            above = self._really(time) if notice is None else notice
            notice = self._passed_on(inner.parent, inner.name, self.log.events[time], above)
            if notice is not None and inner.gaps and self._is_withdrawn(inner, time, above.attention):
                notice = None
            if notice is None:
                if inner.name not in OUTSIDE and not inner.stay.since <= time <= inner.stay.until:
                    inner.stay = inner.parent.may_stay(place_fluent(inner.name), time, len(self.log.events))
                return None
            inner.notices[time] = notice
        return self._really(time) if notice is None else notice

    def _really(self, time: int) -> Notice:
        attention = self.log.events[time].attention
        return Notice(Grade.FULLY, attention=attention) if attention else FULLY

    def end_of_absence(self, mind: Mind, looks: array[int], first: int, end: int) -> int:
        """Of the looks from the ``first``, which does not reach a mind, to before the ``end``, the number of one before
        which none reaches it."""
        absent = self.absent(mind, looks[first])
        first += 1
        if absent is None:
            return first
        last = min(bisect_right(looks, absent.stay.until, first, end), first + FAR)
        if first >= last:
            return first
        part, places = looks[first:last], self.log.places
        known = [time for time in part if places[time] in absent.stay.places]
        again = min((*known[:1], *self.log.concerning(absent.name, part)), default=None)
        return last if again is None else bisect_left(looks, again, first)

    def _is_elsewhere(self, mind: Mind, time: int) -> bool:
        """Whether it is clear already that the last of a chain is not where an event happens, and that nothing else lets
        him notice it."""
        if mind.name in OUTSIDE or mind.name in self.log.watchers:
            return False
        if not mind.stay.since <= time <= mind.stay.until:
            if self.log.concerns(time, mind.name):
                return False
            assert mind.parent is not None
            mind.stay = mind.parent.may_stay(place_fluent(mind.name), time, len(self.log.events))
        return self.is_away(mind, time)

    def absent(self, mind: Mind, time: int) -> Mind | None:
        """Of the minds down to one that an event did not reach the first that it did not, where the place alone tells who
        that is at other times too."""
        absent = next(inner for inner in mind.line if time not in inner.notices)
        return None if absent.name in OUTSIDE or absent.name in self.log.watchers else absent

    def is_away(self, mind: Mind, time: int) -> bool:
        """Whether it is told by where the last of a chain is known to stay that an event does not reach him."""
        stay = mind.stay
        return (
            stay.since <= time <= stay.until
            and self.log.places[time] not in stay.places
            and not self.log.concerns(time, mind.name)
        )

    def _passed_on(self, parent: Mind, name: str, event: Event, above: Notice) -> Notice | None:
        """How an event reaches somebody, as the mind that it reached so ascribes it to him."""
        grade = self._grade(parent, name, event, above.attention)
        if grade is Grade.NOT:
            return None
        coloured = name == NARRATOR and bool(self.setting.narrator.false)
        if above is FULLY and grade is Grade.FULLY and not coloured:
            return FULLY
        eyes = self.eyes(name)
        attention = tuple(a for a in above.attention if a.aware is None or eyes is None or eyes & a.aware)
        is_full = grade is Grade.FULLY
        return Notice(grade, above.outlined or not is_full, above.whole and is_full and not coloured, attention)

    def grade(self, mind: Mind, name: str, event: Event) -> Grade:
        """How well somebody notices an event, in the world of a mind that noticed it itself as ``event``."""
        return self._grade(mind, name, event, event.attention)

    def grade_at(self, mind: Mind, name: str, time: int) -> Grade:
        """How well somebody notices the event of a time, in the world of a mind that noticed it itself."""
        notice = self.notice(mind, time)
        assert notice is not None
        return self._grade(mind, name, self.log.events[time], notice.attention)

    def _grade(self, mind: Mind, name: str, event: Event, exceptions: Sequence[Attention]) -> Grade:
        for attention in exceptions:
            if attention.who == name:
                return attention.grade
        if name in OUTSIDE:
            return self._grade_outside(mind, name, event, exceptions)
        if name in event.participants:
            return Grade.FULLY
        if event.place is None or event.onlookers is Grade.NOT:
            return Grade.NOT
        return event.onlookers if self._is_there(mind, name, event.place, event.time) else Grade.NOT

    def _grade_outside(self, mind: Mind, name: str, event: Event, exceptions: Sequence[Attention]) -> Grade:
        """The author sees all, the narrator what it was declared to see; no character knows of either."""
        if not OUTSIDE.issuperset(mind.viewpoint):
            return Grade.NOT
        eyes = self.eyes(name)
        if eyes is None or name in event.participants:
            return Grade.FULLY
        return max((self._grade(mind, other, event, exceptions) for other in sorted(eyes)), default=Grade.NOT)

    def _is_there(self, mind: Mind, name: str, place: str, time: int) -> bool:
        """Whether somebody is, or watches, where an event happens: as the event itself shows, or as is believed."""
        fluent = place_fluent(name)
        if name in self.log.watchers and mind.is_known(watch_fluent(name), place, time):
            return True
        is_known = mind.is_known(fluent, place, time)
        if not self.log.is_shown(time, name) or (mind.parent is None and is_known):
            return is_known
        if not is_known and not self.log.concerns(time, name):
            return False
        shown = [e for e in self.seen(mind, time, fluent) if not e.change]
        if any(e.content == Exactly(place) for e in shown):
            return True
        return is_known and not any(
            isinstance(e.content, Not) and place in e.content.values and self.counts(mind, e, time) for e in shown
        )

    def _is_withdrawn(self, mind: Mind, time: int, exceptions: Sequence[Attention]) -> bool:
        """Whether an event that would reach a mind falls into one of its gaps: it would reach it only since the last of
        the chain was thought to be there, and whoever thought so has been on the spot ever since."""
        gaps, parent, event = [g for g in mind.gaps if g.since < time <= g.until], mind.parent, self.log.events[time]
        if not gaps or parent is None or mind.name in event.participants or any(a.who == mind.name for a in exceptions):
            return False
        shown = self.seen(parent, time, place_fluent(mind.name))
        if any(not e.change and e.content == Exactly(event.place or "") for e in shown):
            return False
        return any(self.has_stayed(parent, g.place, time, g.until) for g in gaps)

    def has_stayed(self, mind: Mind, place: str, since: int, until: int) -> bool:
        """Whether a mind, or one of those with whose eyes it sees, takes itself to have been at a place from before one
        event to after another."""
        return any(
            mind.is_known(fluent, place, since) and not self.changes(mind, fluent, since, until + 1)
            for fluent in map(place_fluent, self.eyes(mind.name) or ())
        )

    def changes(self, mind: Mind, fluent: Fluent, begin: int, end: int) -> bool:
        """Whether a mind noticed, between two times, that a fluent changes."""
        times = self.log.touches(fluent).times
        return any(
            any(e.change for e in self.log.effects(time, fluent)) and self.notice(mind, time) is not None
            for time in times[bisect_left(times, begin) : bisect_left(times, end)]
        )

    # --------------------------------------------------------------------------------------------------- how it looks
    def seen(self, mind: Mind, time: int, fluent: Fluent) -> Sequence[Effect]:
        """What an event that reached a mind does to a fluent and shows of it, as it looks there."""
        effects = self.log.effects(time, fluent)
        return self._as_seen(mind, time, effects) if effects else effects

    def _as_seen(self, mind: Mind, time: int, effects: Sequence[Effect]) -> Sequence[Effect]:
        notice, parent = self.notice(mind, time), mind.parent
        if parent is None or (notice is not None and notice.whole):
            return effects
        assert notice is not None
        above = self._as_seen(parent, time, effects)
        return [self._looks(parent, mind.name, notice.grade, e, self.log.events[time]) for e in above]

    def _looks(self, parent: Mind, name: str, grade: Grade, effect: Effect, event: Event) -> Effect:
        """How an effect looks to somebody who notices the event at a grade, given how it looks to the mind that ascribes
        this to him. An unreliable narrator sees its own falsehoods in place of what happens."""
        false = self.setting.narrator.false
        effect = effect.fully() if grade is Grade.FULLY else effect.partly()
        if name == NARRATOR and effect.fluent in false:
            return replace(effect, content=Exactly(false[effect.fluent]))
        return self._as_known_above(parent, effect, event)

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

    def heard(self, mind: Mind, time: int, fluent: Fluent) -> Sequence[Assertion]:
        """What was said of a fluent in an event that reached a mind, as it sounds there."""
        return self._as_heard(mind, time, self.log.assertions(time, fluent))

    def _as_heard(self, mind: Mind, time: int, assertions: Sequence[Assertion]) -> Sequence[Assertion]:
        notice, parent = self.notice(mind, time), mind.parent
        assert notice is not None
        if parent is None or notice.whole or not assertions:
            return assertions
        above, event = self._as_heard(parent, time, assertions), self.log.events[time]
        return [self._sounds(parent, notice.grade, a, event) for a in above]

    def _sounds(self, parent: Mind, grade: Grade, assertion: Assertion, event: Event) -> Assertion:
        """How words sound to somebody who notices an event at a grade, given how they sound to the mind that ascribes this
        to him. What somebody reads in a letter of which that mind knows what it says, is taken to be just that."""
        if grade is not Grade.FULLY:
            return assertion.partly()
        assertion = assertion.fully()
        if not isinstance(event.action, Read) or not isinstance(assertion.content, Settled):
            return assertion
        text = parent.belief(Fluent(event.action.letter, SAYS), event.time + 1)
        for value in self.setting.range_of(assertion.fluent):
            if text == Known(str(Fact(assertion.fluent, value))):
                return replace(assertion, content=Exactly(value))
        return assertion

    def event(self, mind: Mind, time: int) -> Event | None:
        """The whole event of a time as it was noticed by a mind, with one effect for each fluent; None if it was not."""
        notice, parent = self.notice(mind, time), mind.parent
        if notice is None:
            return None
        if parent is None:
            event = self.log.events[time]
            return replace(event, effects=singly(event.effects, self.setting))
        above = self.event(parent, time)
        assert above is not None
        event = above.as_noticed(self.eyes(mind.name), notice.grade)
        effects = [e for e in above.effects if isinstance(e, Effect)]
        looks = tuple(self._looks(parent, mind.name, notice.grade, e, event) for e in effects)
        words = tuple(self._sounds(parent, notice.grade, a, event) for a in above.assertions)
        return (
            event
            if (looks, words) == (event.effects, event.assertions)
            else replace(event, effects=looks, assertions=words)
        )

    # ------------------------------------------------------------------------------------------------- what it teaches
    def counts(self, mind: Mind, effect: Effect, time: int) -> bool:
        """Whether a mind learns from an effect of the event of a time. Reality is not changed by being seen, and who
        sees all of it learns nothing from another's sight. That somebody is not seen tells nothing to himself, nor to
        who believes that he hides."""
        if effect.change:
            return True
        if mind.parent is None:
            return False
        eyes, subject = self.eyes(mind.name), effect.fluent.subject
        if eyes is None and mind.name not in self.log.events[time].participants:
            return False
        if not isinstance(effect.content, Not) or effect.fluent.relation != AT:
            return True
        himself = eyes is not None and subject in eyes
        return not himself and not mind.is_known(hidden_fluent(subject), "yes", time + 1)
