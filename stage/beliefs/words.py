"""What is made of words: who comes to hold what somebody said, and what that tells of the speaker."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from stage.beliefs.exposure import Lies
from stage.beliefs.log import Log
from stage.beliefs.mind import Held, Holding, Mind, Source, UndeterminedError
from stage.beliefs.noticing import Noticing
from stage.world.events import Assertion, Event, Exactly, Grade, Hidden, Not, Settled
from stage.world.facts import Belief, Fluent, Known, OneOf, Viewpoint, Whether
from stage.world.setting import NARRATOR, Expects, Hearsay, Setting, Trust, TrustAfterLie, trust_fluent


@dataclass(frozen=True)
class Words:
    """Hearing in one setting, of the words in one log."""

    setting: Setting
    log: Log
    noticing: Noticing
    lies: Lies
    mind: Callable[[Viewpoint, int], Mind]
    """The mind at a viewpoint as it is seen before an event time."""

    def hear(self, mind: Mind, fluent: Fluent, time: int, holding: Holding) -> None:
        """Take in what was said of a fluent in the event of a time."""
        event = self.log.events[time]
        for assertion in self._reaching(mind, fluent, time):
            try:
                if self._is_believed(mind, assertion, event, holding):
                    self._believe_word(mind, assertion, event, holding)
            except UndeterminedError:
                continue

    def may_reach(self, mind: Mind, fluent: Fluent, time: int) -> bool:
        """Whether words about a fluent in the event of a time may reach a mind that does not notice it."""
        return fluent in self.log.spoken(mind.name) and any(
            a.speaker == mind.name for a in self.log.events[time].assertions
        )

    def _reaching(self, mind: Mind, fluent: Fluent, time: int) -> Iterator[Assertion]:
        """The words that reach a mind, as they sound there. What a letter tells of its writer it tells whoever reads it,
        whether or not the writer notices the reading."""
        notice, parent = self.noticing.notice(mind, time), mind.parent
        if notice is not None:
            yield from self.noticing.heard(mind, time, fluent)
        if parent is None or (notice is not None and notice.grade is Grade.FULLY):
            return
        if self.noticing.notice(parent, time) is not None:
            yield from (a for a in self.noticing.heard(parent, time, fluent) if a.speaker == mind.name)

    def _is_believed(self, mind: Mind, assertion: Assertion, event: Event, holding: Holding) -> bool:
        """Whether the mind at the end of the chain comes to hold what was said.

        The speaker's own mind never changes by speaking; in a hearer's view of the speaker it does, if the hearer
        takes the speaker for sincere; a hearer's own mind does, if the hearer trusts the speaker. How a hearer
        stands to a speaker is looked up in the world in which the question arises.
        """
        hearer = mind.parent
        if hearer is None or isinstance(assertion.content, Hidden):
            return False
        if mind.name != assertion.speaker:
            return Trust.YES in self._stances(mind, assertion, event) and not self._knows_better(assertion, holding)
        return hearer.parent is not None and not self._stances(hearer, assertion, event) <= {Trust.NO}

    def _knows_better(self, assertion: Assertion, holding: Holding) -> bool:
        """Whether a word does not count beside what the hearer has from his own eyes, where the scene has it so."""
        if self.setting.conventions.hearsay is not Hearsay.OWN_EYES:
            return False
        held = holding.held
        if held is None or held.belief is None or held.source is Source.TOLD:
            return False
        match held.belief, assertion.content:
            case OneOf(values), Exactly(value):
                return value not in values
            case _:
                return True

    def _stances(self, mind: Mind, assertion: Assertion, event: Event) -> set[Trust]:
        """How the one whose mind this is stands to what is said. The narrator stands as those do through whom it
        notices the event best; who shares the speaker's mind, or misses nothing, learns nothing from words."""
        name, outer = mind.name, mind.parent
        assert outer is not None
        hearers = self.noticing.eyes(name)
        if hearers is None or assertion.speaker in hearers:
            return set()
        if name == NARRATOR:
            if assertion.fluent in self.setting.narrator.false:
                return set()
            grades = {n: self.noticing.grade_at(outer, n, event.time) for n in hearers}
            best = max(grades.values(), default=Grade.NOT)
            hearers = frozenset(n for n, grade in grades.items() if grade is best is not Grade.NOT)
        return {self._stance(outer, n, assertion.speaker, event) for n in hearers}

    def _stance(self, mind: Mind, hearer: str, speaker: str, event: Event) -> Trust:
        """How a hearer stands to what is said, in the world of a mind: as he stands to the speaker, unless the scene
        has it that he does not take over words."""
        hearsay = self.setting.conventions.hearsay
        unmoved = hearsay is Hearsay.NOBODY or (hearsay is Hearsay.ADDRESSED and not event.is_addressed_to(hearer))
        trust = self._trust(mind, hearer, speaker, event.time)
        return Trust.SINCERE if unmoved and trust is Trust.YES else trust

    def _trust(self, mind: Mind, hearer: str, speaker: str, time: int) -> Trust:
        """A hearer's trust in a speaker, in the world of a mind. What speakers make of their own hearers may be a rule
        of the scene."""
        expects = self.setting.conventions.speakers_expect
        if expects is not Expects.BY_TRUST and mind.viewpoint and self.noticing.eyes(mind.name) == frozenset({speaker}):
            return Trust.YES if expects is Expects.BELIEF else Trust.NO
        trust = mind.held(trust_fluent(hearer, speaker), time)
        if self.setting.conventions.trust_after_lie is TrustAfterLie.LOST:
            lies = self.lies.times(self.mind((*mind.viewpoint, hearer, speaker), time), time)
            if any(found_out > (trust.event.time if trust is not None else -1) for found_out in lies):
                return Trust.NO
        belief = trust.belief if trust is not None else None
        return Trust(belief.value) if isinstance(belief, Known) else self.setting.trust_of(hearer, speaker)

    def _believe_word(self, mind: Mind, assertion: Assertion, event: Event, holding: Holding) -> None:
        """Come to hold what was said, unless there is evidence younger than the word: what is held rests on it, or a
        look has ruled the word out."""
        if assertion.since < event.time and holding.held is not None and holding.held.event.time > assertion.since:
            return
        if isinstance(assertion.content, Settled) and assertion.speaker == mind.name and holding.belief:
            return  # what was said is not known, and saying it does not change the speaker
        belief: Belief = Known(assertion.content.value) if isinstance(assertion.content, Exactly) else Whether()
        if isinstance(belief, Known) and self._is_ruled_out(
            mind, assertion.fluent, belief.value, assertion.since, event
        ):
            return
        holding.hold(Held(belief, Source.TOLD, event, assertion.speaker))

    def _is_ruled_out(self, mind: Mind, fluent: Fluent, value: str, since: int, event: Event) -> bool:
        """Whether a look after one event time and before an event tells a mind that a fluent has not this value."""
        for times in (self.log.touches(fluent).times, self.log.over(value)):
            for time in times[bisect_right(times, since) : bisect_left(times, event.time)]:
                if self.noticing.notice(mind, time) is not None:
                    looks = (e.content for e in self.noticing.seen(mind, time, fluent))
                    if any(isinstance(c, Not) and value in c.values for c in looks):
                        return True
        return False
