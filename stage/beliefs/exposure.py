"""Lies that come out: a hearer sees that a word is not so, and was not so when it was given by somebody who knew better.

All of it is the hearer's own view. That the speaker knew better is what the hearer took him to believe before the word;
whoever is not known to have known better spoke in good faith.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from stage.beliefs.log import Log
from stage.beliefs.mind import Held, Mind, Source
from stage.beliefs.noticing import Noticing
from stage.world.events import Content, Exactly, Not, Peek, Watch
from stage.world.facts import Belief, Fluent, Known, Whether
from stage.world.setting import Exposure, Setting


@dataclass(frozen=True)
class Lies:
    """Finding out about lies in one setting, from the events of one log."""

    setting: Setting
    log: Log
    noticing: Noticing

    def may_come_out(self, mind: Mind, fluent: Fluent, time: int) -> bool:
        """Whether the event of a time may show the one above that the last name of a mind has lied of a fluent."""
        if self.setting.conventions.exposed_lies is Exposure.NEVER or mind.parent is None or mind.parent.parent is None:
            return False
        first = self.log.spoken(mind.name).get(fluent)
        return first is not None and first < time and self.noticing.notice(mind.parent, time) is not None

    def found_out(self, mind: Mind, fluent: Fluent, time: int, word: Held | None) -> Held | None:
        """What the one above takes the last name of a mind to believe in truth, where the event of a time shows him that
        it lied: he held its ``word`` for sincere. None where it does not show that."""
        hearer = mind.parent
        if hearer is None or not self.may_come_out(mind, fluent, time):
            return None
        if word is None or (word.source, word.by) != (Source.TOLD, mind.name) or not isinstance(word.belief, Known):
            return None
        if not self._is_seen_not_to_be(hearer, fluent, word.belief.value, time):
            return None
        since = min([word.event.time, *(a.since for a in self.log.assertions(word.event.time, fluent))])
        truth = self._held_in_truth(mind, hearer, fluent, word.belief.value, since, time)
        if truth is None or not self._is_no_later_change(hearer, fluent, since, time):
            return None
        return Held(truth, Source.FOUND_OUT, self.log.events[time], word.by)

    def times(self, mind: Mind, before: int) -> Iterator[int]:
        """The times before another at which the one above found out that the last name of a mind had lied."""
        for fluent, first in self.log.spoken(mind.name).items():
            for time in {*self.log.touches(fluent).times, *self.log.swept}:
                if first < time < before and self.found_out(mind, fluent, time, mind.held(fluent, time)) is not None:
                    yield time

    def _is_seen_not_to_be(self, hearer: Mind, fluent: Fluent, value: str, time: int) -> bool:
        return any(
            not e.change and speaks_against(e.content, value) and self.noticing.counts(hearer, e, time)
            for e in self.noticing.seen(hearer, time, fluent)
        )

    def _held_in_truth(
        self, mind: Mind, hearer: Mind, fluent: Fluent, said: str, since: int, time: int
    ) -> Belief | None:
        """What the speaker, as the hearer sees it, believed when he gave his word, if that was something else. Who had
        seen it, the hearer does not know what, saw what the hearer sees now."""
        before = mind.held(fluent, since)
        match before.belief if before is not None else None:
            case Known(value):
                return Known(value) if value != said else None
            case Whether():
                assert before is not None
                if before.source is Source.TOLD or self.noticing.changes(hearer, fluent, before.event.time + 1, since):
                    return None
                now = hearer.belief(fluent, time + 1)
                return now if isinstance(now, Known) else Whether()
            case _:
                return None

    def _is_no_later_change(self, hearer: Mind, fluent: Fluent, since: int, time: int) -> bool:
        """Whether what is seen cannot have come about after the word, as far as the hearer knows."""
        if self.noticing.changes(hearer, fluent, since, time + 1):
            return False
        if self.setting.conventions.exposed_lies is Exposure.CONTRADICTED:
            return True
        event = self.log.events[time]
        if event.place is None or isinstance(event.action, Peek | Watch):
            return False
        return self.noticing.has_stayed(hearer, event.place, since, time)


def speaks_against(content: Content, value: str) -> bool:
    """Whether what is shown of a fluent rules a value out."""
    match content:
        case Exactly(seen):
            return seen != value
        case Not(ruled_out):
            return value in ruled_out
        case _:
            return False
