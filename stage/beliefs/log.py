"""The log of a play: every event once, and where in it each fluent is touched and each spot is looked over.

One index serves every mind, whoever notices an event and however it looks there: an event keeps the number and the order
of what is in it.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping, Sequence
from itertools import chain

from stage.world.events import Assertion, Effect, Event, Kind, Sweep
from stage.world.facts import AT, Fluent
from stage.world.setting import WATCHES, Setting, place_fluent
from stage.world.sight import part_of, together


class Touches:
    """Where one fluent is touched alone: per touch the time of the event and which one it is of the event's effects and
    assertions, counted on from the former to the latter; in the order of the log."""

    __slots__ = ("numbers", "times")

    def __init__(self) -> None:
        self.times: array[int] = array("I")
        self.numbers: array[int] = array("I")

    def at(self, time: int) -> array[int]:
        """The numbers of the touches by the event of a time."""
        first = bisect_left(self.times, time)
        return self.numbers[first : bisect_right(self.times, time, first)]


class Log:
    """What happened."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.events: list[Event] = []
        self.sweeps: dict[int, tuple[Sweep, ...]] = {}
        """By time, the sweeps of an event that has any."""
        self.swept: array[int] = array("I")
        """When there was a sweep."""
        self.watchers: set[str] = set()
        """Who ever watched another place."""
        self._spoken: dict[str, dict[Fluent, int]] = {}
        self._touches: dict[Fluent, Touches] = {}
        self._shown: dict[int, set[str]] = {}
        """By time, whom an event shows somewhere by an effect of its own, though he does not take part in it."""
        self.places: list[str | None] = []
        """Where each event happens. This and the next two are kept beside the events, since they are looked up so often
        that it matters how far they lie apart in memory."""
        self._concerning: dict[str, array[int]] = {}
        self._veiled: set[int] = set()
        """When there was a sweep that may look otherwise to some."""
        self._over: dict[str, array[int]] = {}
        self._misplaced = {fluent.subject for fluent in setting.narrator.false if fluent.relation == AT}
        self._takes_in = {Kind.PEOPLE: frozenset(setting.people), Kind.THINGS: frozenset(setting.things)}
        self._kinds = {
            n: [k for k, names in self._takes_in.items() if n in names] for n in (*setting.people, *setting.things)
        }

    def append(self, event: Event) -> None:
        self.events.append(event)
        self.places.append(event.place)
        for name in {*event.participants, *(a.who for a in event.attention)}:
            self._concern(name, event.time)
        sweeps: list[Sweep] = []
        for number, touch in enumerate(chain(event.effects, event.assertions)):
            if isinstance(touch, Sweep):
                sweeps.append(touch)
                continue
            touches = self._touches.get(touch.fluent)
            if touches is None:
                touches = self._touches[touch.fluent] = Touches()
            touches.times.append(event.time)
            touches.numbers.append(number)
            if isinstance(touch, Effect):
                self._heed(touch, event)
        for word in event.assertions:
            self._spoken.setdefault(word.speaker, {}).setdefault(word.fluent, event.time)
        if sweeps:
            self._keep(event.time, tuple(sweeps))

    def _heed(self, effect: Effect, event: Event) -> None:
        """Keep what bears on who notices what."""
        subject, relation = effect.fluent
        if relation == WATCHES:
            self.watchers.add(subject)
        elif relation == AT and not effect.change and subject not in event.participants:
            self._shown.setdefault(event.time, set()).add(subject)
            self._concern(subject, event.time)

    def _concern(self, name: str, time: int) -> None:
        times = self._concerning.get(name)
        if times is None:
            times = self._concerning[name] = array("I")
        if not times or times[-1] != time:
            times.append(time)

    def is_shown(self, time: int, name: str) -> bool:
        """Whether an event shows of somebody who does not take part in it where he is, or is not."""
        if time in self._shown and name in self._shown[time]:
            return True
        return time in self.sweeps

    def concerns(self, time: int, name: str) -> bool:
        """Whether an event may be noticed by somebody wherever he is thought to be, or find somebody or something: for
        what is done, told or shown in it, to anybody."""
        times = self._concerning.get(name, _NEVER)
        at = bisect_left(times, time)
        return (at < len(times) and times[at] == time) or time in self._veiled or name in self._misplaced

    def concerning(self, name: str, times: array[int]) -> Collection[int]:
        """Those of some ascending times whose events concern somebody or something, in any order."""
        if name in self._misplaced:
            return times
        theirs = self._concerning.get(name, _NEVER)
        within = theirs[bisect_left(theirs, times[0]) : bisect_right(theirs, times[-1])]
        found = {*within}.intersection(times) if within else set[int]()
        return found | self._veiled.intersection(times) if self._veiled else found

    def is_swept_by(self, time: int, spots: Collection[str]) -> bool:
        """Whether an event looks over one of some spots, as far as anybody can tell."""
        return any(not sweep.reaches.isdisjoint(spots) for sweep in self.sweeps[time])

    def next_over(
        self, looks: array[int], first: int, end: int, spots: Collection[str], kinds: Collection[Kind]
    ) -> int:
        """Of the looks from the ``first`` to before the ``end``, the number of the first that looks over one of some
        spots for somebody or something of some kinds; the end if none does."""
        sweeps, spots = self.sweeps, frozenset(spots)
        for number in range(first, end):
            for sweep in sweeps[looks[number]]:
                if sweep.kind in kinds and not sweep.reaches.isdisjoint(spots):
                    return number
        return end

    def kinds(self, name: str) -> Sequence[Kind]:
        """The kinds of sweeps that take somebody or something in."""
        return self._kinds.get(name, ())

    def _keep(self, time: int, sweeps: tuple[Sweep, ...]) -> None:
        self.sweeps[time] = sweeps
        self.swept.append(time)
        for sweep in sweeps:
            if sweep.outline is not None:
                self._veiled.add(time)
            for name in sweep.found:
                self._concern(name, time)
        for spot in {spot for sweep in sweeps for spot in sweep.reaches}:
            over = self._over.get(spot)
            if over is None:
                over = self._over[spot] = array("I")
            over.append(time)

    def fluents(self) -> set[Fluent]:
        """All that any event touched."""
        kinds = {sweep.kind for sweeps in self.sweeps.values() for sweep in sweeps}
        return {*self._touches, *(place_fluent(name) for kind in kinds for name in self._takes_in[kind])}

    def spoken(self, name: str) -> Mapping[Fluent, int]:
        """Of which fluents somebody has spoken, each with the time of the event in which he first did."""
        return self._spoken.get(name, {})

    def touches(self, fluent: Fluent) -> Touches:
        return self._touches.get(fluent, _NONE)

    def over(self, spot: str) -> array[int]:
        """When a spot was looked over."""
        return self._over.get(spot, _NEVER)

    def is_swept(self, name: str) -> bool:
        """Whether there are sweeps that take somebody or something in."""
        return name in self._kinds

    def sweeping(self, time: int, fluent: Fluent) -> list[Sweep]:
        """The sweeps of the event of a time that take in a fluent, as found or as missed."""
        if fluent.relation != AT or time not in self.sweeps:
            return []
        kinds = self.kinds(fluent.subject)
        return [sweep for sweep in self.sweeps[time] if sweep.kind in kinds]

    def effects(self, time: int, fluent: Fluent) -> Sequence[Effect]:
        """What the event of a time does to a fluent and shows of it, as `stage.world.sight.singly` has it."""
        effects = self.events[time].effects
        alone = [effects[n] for n in self.touches(fluent).at(time) if n < len(effects)]
        swept = [part_of(sweep, fluent.subject, self.setting) for sweep in self.sweeping(time, fluent)]
        found = [e for e in (*alone, *swept) if isinstance(e, Effect)]
        return found if len(found) < 2 else [e for e in together(found) if isinstance(e, Effect)]

    def assertions(self, time: int, fluent: Fluent) -> Sequence[Assertion]:
        """What was said of a fluent in the event of a time."""
        event = self.events[time]
        past = len(event.effects)
        return [event.assertions[n - past] for n in self.touches(fluent).at(time) if n >= past]


_NONE = Touches()
_NEVER: array[int] = array("I")
