"""The log of a play: every event once, and for each fluent where in the log it is touched."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from stage.events import Assertion, Effect, Event, Sweep
from stage.facts import Fluent


@dataclass
class Touches:
    """Where one fluent is touched: per touch the time of the event and which one it is of the event's effects and
    assertions, counted on from the former to the latter; in the order of the log."""

    times: array[int] = field(default_factory=lambda: array("Q"))
    numbers: array[int] = field(default_factory=lambda: array("L"))

    def at(self, time: int) -> Iterator[int]:
        """The numbers of the touches by the event of a time."""
        i = bisect_left(self.times, time)
        while i < len(self.times) and self.times[i] == time:
            yield self.numbers[i]
            i += 1


class Log:
    """What happened. An event keeps the number and the order of its effects and assertions whoever notices it, so that
    one index serves every mind."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._touches: dict[Fluent, Touches] = {}

    def append(self, event: Event) -> None:
        self.events.append(event)
        for number, touch in enumerate((*event.effects, *event.assertions)):
            if isinstance(touch, Sweep):
                continue
            touches = self._touches.get(touch.fluent)
            if touches is None:
                touches = self._touches[touch.fluent] = Touches()
            touches.times.append(event.time)
            touches.numbers.append(number)

    def fluents(self) -> Iterable[Fluent]:
        return self._touches

    def touches(self, fluent: Fluent) -> Touches:
        return self._touches.get(fluent, _NONE)

    def effects(self, event: Event, fluent: Fluent) -> list[Effect]:
        """The effects that an event of the log, as somebody noticed it, has on a fluent."""
        at = [n for n in self.touches(fluent).at(event.time) if n < len(event.effects)]
        return [e for n in at if isinstance(e := event.effects[n], Effect)]

    def assertions(self, event: Event, fluent: Fluent) -> list[Assertion]:
        """What was said of a fluent in an event of the log, as somebody noticed it."""
        past = len(event.effects)
        return [event.assertions[n - past] for n in self.touches(fluent).at(event.time) if n >= past]


_NONE = Touches()
