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

    def hold(self, time: int, held: Held) -> None:
        """From the event of a time on, which is no earlier than any before."""
        if self.times and self.times[-1] == time:
            self.held[-1] = held
            return
        self.times.append(time)
        self.held.append(held)


class Trail:
    """The stretches of one belief that have been worked out, in their order."""

    __slots__ = ("stretches",)

    def __init__(self) -> None:
        self.stretches: list[Stretch] = []

    def at(self, before: int) -> Stretch | None:
        """The last stretch that begins no later than a moment."""
        if self.stretches and self.stretches[-1].since <= before:
            return self.stretches[-1]
        at = bisect_right(self.stretches, before, key=lambda s: s.since)
        return self.stretches[at - 1] if at else None

    def begin(self, since: int) -> Stretch:
        stretch = Stretch(since)
        self.stretches.insert(bisect_right(self.stretches, since, key=lambda s: s.since), stretch)
        return stretch


class Mind:
    """One viewpoint, and what was worked out of what is held there. Made by `Minds`."""

    __slots__ = ("_work_out", "children", "history", "name", "notices", "parent", "read", "trails", "viewpoint")

    def __init__(self, viewpoint: Viewpoint, parent: Mind | None, work_out: WorkOut) -> None:
        self.viewpoint = viewpoint
        self.name = viewpoint[-1] if viewpoint else ""
        self.parent = parent
        self.children: dict[str, Mind] = {}
        self.trails: dict[Fluent, Trail] = {}
        self.notices: dict[int, Notice | None] = {}
        """By event time, how the event reached this mind, where that was asked."""
        self.history: list[Event] = []
        """The events that were noticed before the time ``read``, as they looked."""
        self.read = 0
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
        belief = self.belief(fluent, before)
        return isinstance(belief, Known) and belief.value == value


WorkOut = Callable[[Mind, Fluent, int], Held | None]
"""Works out what a mind holds of a fluent before an event time."""
