"""One mind: what it holds of each fluent, as far as that has been asked, and how that went over time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from stage.events import Attention, Event, Grade
from stage.facts import Belief, Fluent, Known, Viewpoint


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

    def span(self, before: int) -> tuple[int, int]:
        """The first and the last moment around one before which the same was held."""
        at = bisect_left(self.times, before)
        end = self.times[at] if at < len(self.times) else self.until
        return self.times[at - 1] + 1 if at else self.since, end

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


class Mind:
    """One viewpoint, and what was worked out of what is held there. Made by `Minds`."""

    __slots__ = (
        "_work_out",
        "children",
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

    def __init__(self, viewpoint: Viewpoint, parent: Mind | None, work_out: WorkOut) -> None:
        self.viewpoint = viewpoint
        self.name = viewpoint[-1] if viewpoint else ""
        self.parent = parent
        self.line: tuple[Mind, ...] = () if parent is None else (*parent.line, self)
        """The minds from the one that reality ascribes to somebody down to this one."""
        self.children: dict[str, Mind] = {}
        self.trails: dict[Fluent, Trail] = {}
        self.notices: dict[int, Notice | None] = {}
        """By event time, how the event reached this mind, where that was asked."""
        self.history: list[Event] = []
        """The events that were noticed before the time ``read``, as they looked."""
        self.read = 0
        self.stay: tuple[int, int, str | None] = (0, -1, None)
        """Where the last of the chain is for the mind above, and for which moments: from one to another, both included.
        What was found out last."""
        self._work_out = work_out

    def held(self, fluent: Fluent, before: int) -> Held | None:
        """What was held of a fluent before an event time."""
        trail = self.trails.get(fluent)
        if trail is not None:
            stretch = trail.at(before)
            if stretch is not None and before <= stretch.until:
                return stretch.before(before)
        return self._work_out(self, fluent, before)

    def belief(self, fluent: Fluent, before: int) -> Belief | None:
        held = self.held(fluent, before)
        return held.belief if held else None

    def is_known(self, fluent: Fluent, value: str, before: int) -> bool:
        held = self.held(fluent, before)
        return held is not None and isinstance(held.belief, Known) and held.belief.value == value

    def span(self, fluent: Fluent, before: int, now: int) -> tuple[int, int, str | None]:
        """The first and the last moment, up to now, around one at which this mind holds the same of a fluent, and the
        value that it knows then, if it knows one."""
        held = self.held(fluent, before)
        value = held.belief.value if held is not None and isinstance(held.belief, Known) else None
        trail = self.trails.get(fluent)
        stretch = None if trail is None else trail.at(before)
        if stretch is None:
            return before, before, value
        since, until = stretch.span(before)
        return since, min(until, now), value


WorkOut = Callable[[Mind, Fluent, int], Held | None]
"""Works out what a mind holds of a fluent before an event time."""
