"""One mind: what it holds of each fluent, as far as that has been asked, and how that went over time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

from stage.world.events import Attention, Event, Grade
from stage.world.facts import Belief, Fluent, Known, Viewpoint


class Source(StrEnum):
    """Where a belief comes from."""

    START = "from the start"
    SAW = "saw"
    TOLD = "told"
    INFERRED = "inferred"
    FOUND_OUT = "found out"
    """Of one who lied: what he holds in truth."""


@dataclass(frozen=True, slots=True)
class Held:
    """A belief with its provenance: the event it comes from (as it really was), and who said so if it was told.
    ``belief`` is None where the event took a belief away."""

    belief: Belief | None
    source: Source
    event: Event
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """How an event reached a mind. ``whole``: it looks there as it really was."""

    grade: Grade
    outlined: bool = False
    whole: bool = True
    attention: tuple[Attention, ...] = ()


_NOWHERE: frozenset[str] = frozenset()


class Stay(NamedTuple):
    """At every moment from one to another, both included, somebody is known to be in one of these places, or in none."""

    since: int
    until: int
    places: frozenset[str]


class UndeterminedError(Exception):
    """What a touch makes of a belief hangs on what was held before, and that is not known yet."""


class Holding:
    """What is held of one fluent while an event is taken in; at first it may not be known."""

    __slots__ = ("_held", "is_known")

    def __init__(self, held: Held | None = None, is_known: bool = True) -> None:
        self._held = held
        self.is_known = is_known

    @property
    def held(self) -> Held | None:
        """What is held now; raises `UndeterminedError` if that is not known."""
        if not self.is_known:
            raise UndeterminedError
        return self._held

    @property
    def belief(self) -> Belief | None:
        held = self.held
        return None if held is None else held.belief

    def hold(self, held: Held) -> None:
        self._held = held
        self.is_known = True


class Stretch:
    """How one belief of a mind went from one moment to another: what was held from which event time on. It answers for
    every moment ``before`` with since <= before <= until."""

    __slots__ = ("held", "since", "times", "until")

    def __init__(self, since: int) -> None:
        self.since = since
        self.until = since
        self.times: list[int] = []
        self.held: list[Held] = []

    def before(self, time: int) -> Held | None:
        at = len(self.times) if not self.times or self.times[-1] < time else bisect_left(self.times, time)
        return self.held[at - 1] if at else None

    def stay(self, before: int, now: int) -> Stay:
        """Of the place of somebody: where he is known to be before a time, and from which to which moment, up to now, the
        same was held."""
        at = bisect_left(self.times, before)
        until = self.times[at] if at < len(self.times) else min(self.until, now)
        if not at:
            return Stay(self.since, until, _NOWHERE)
        belief = self.held[at - 1].belief
        places = frozenset({belief.value}) if isinstance(belief, Known) else _NOWHERE
        return Stay(self.times[at - 1] + 1, until, places)

    def hold(self, time: int, held: Held) -> None:
        """From the event of a time on, which is no earlier than any before."""
        if self.times and self.times[-1] == time:
            self.held[-1] = held
            return
        self.times.append(time)
        self.held.append(held)


class Trail:
    """The stretches of one belief that have been worked out, in their order."""

    __slots__ = ("beginnings", "stretches")

    def __init__(self) -> None:
        self.beginnings: list[int] = []
        self.stretches: list[Stretch] = []

    def at(self, before: int) -> Stretch | None:
        """The last stretch that begins no later than a moment."""
        beginnings = self.beginnings
        at = len(beginnings) if beginnings and beginnings[-1] <= before else bisect_right(beginnings, before)
        return self.stretches[at - 1] if at else None

    def begin(self, since: int) -> Stretch:
        stretch = Stretch(since)
        at = bisect_right(self.beginnings, since)
        self.beginnings.insert(at, since)
        self.stretches.insert(at, stretch)
        return stretch


@dataclass(frozen=True, slots=True)
class Gap:
    """The events after one and up to another, at which somebody turned out not to be at the place where he was thought
    to be since the first."""

    since: int
    until: int
    place: str


class Mind:
    """One viewpoint, and what was worked out of what is held there. Made by `Minds`."""

    __slots__ = (
        "_finding",
        "children",
        "gaps",
        "history",
        "line",
        "name",
        "notices",
        "parent",
        "read",
        "stay",
        "trails",
        "viewpoint",
    )

    def __init__(
        self, viewpoint: Viewpoint, parent: Mind | None, finding: Finding | None, gaps: tuple[Gap, ...] = ()
    ) -> None:
        self.viewpoint = viewpoint
        self.name = viewpoint[-1] if viewpoint else ""
        self.parent = parent
        self.line: tuple[Mind, ...] = () if parent is None else (*parent.line, self)
        """The minds from the one that reality ascribes to somebody down to this one."""
        self.children: dict[str, Mind] = {}
        self.trails: dict[Fluent, Trail] = {}
        self.notices: dict[int, Notice] = {}
        """By event time, how the event reached this mind, where that was asked."""
        self.history: list[Event] = []
        """The events that were noticed before the time ``read``, as they looked."""
        self.read = 0
        self.stay = Stay(0, -1, frozenset())
        """Where the last of the chain may be for the mind above, as it was found out last."""
        self.gaps = gaps
        """Where the one above no longer credits the last of the chain with what he was only thought to be there for."""
        self._finding = finding

    def held(self, fluent: Fluent, before: int) -> Held | None:
        """What was held of a fluent before an event time."""
        trail = self.trails.get(fluent)
        if trail is not None:
            stretch = trail.at(before)
            if stretch is not None and before <= stretch.until:
                return stretch.before(before)
        return None if self._finding is None else self._finding.held(self, fluent, before)

    def belief(self, fluent: Fluent, before: int) -> Belief | None:
        held = self.held(fluent, before)
        return held.belief if held else None

    def is_known(self, fluent: Fluent, value: str, before: int) -> bool:
        held = self.held(fluent, before)
        return held is not None and isinstance(held.belief, Known) and held.belief.value == value

    def may_stay(self, fluent: Fluent, before: int, now: int) -> Stay:
        """Where this mind may know somebody to be, at one moment and some around it, up to now."""
        trail = self.trails.get(fluent)
        stretch = None if trail is None else trail.at(before)
        if stretch is not None and before <= stretch.until:
            return stretch.stay(before, now)
        return Stay(before, before, _NOWHERE) if self._finding is None else self._finding.stay(self, fluent, before)


class Finding(Protocol):
    """Works out what a mind other than reality holds."""

    def held(self, mind: Mind, fluent: Fluent, before: int) -> Held | None:
        """What it holds of a fluent before an event time."""
        ...

    def stay(self, mind: Mind, fluent: Fluent, before: int) -> Stay:
        """Where it may know somebody to be, at one moment and some around it."""
        ...
