"""What a performance costs while it runs: tokens and seconds of each beat, and a word when it becomes very slow."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Protocol, runtime_checkable

from stage.inference.requests import LanguageModel, Usage
from stage.performing.audiences import Unwatched
from stage.scenes.scene import Scene, Scripted

TOO_SLOW = 10
"""So many times slower than before is worth a word."""
_CALL = 8
"""A call of the model is taken to cost about as much as so many tokens."""
_PERFORMED = 2
"""What the stage performs is taken for as much work as so many questions."""
_LEAST, _NOTED = 64, 5.0
"""Beats with less work than so many tokens say nothing about speed, and those of fewer seconds are no matter."""


@runtime_checkable
class Floored(Protocol):
    """A model that can tell what its work would take at the least on this machine."""

    def floor(self, usage: Usage) -> float: ...


@dataclass(frozen=True)
class BeatCost:
    """What a beat cost. ``floor`` is how many seconds it would have taken if attention cost nothing, if that is
    known."""

    beat: int
    usage: Usage
    floor: float | None = None

    @property
    def reused(self) -> int:
        """Tokens that were needed and did not have to be evaluated."""
        return max(0, self.usage.asked - self.usage.evaluated)


class Costs(Unwatched):
    """An audience that notes what each beat cost; ``warn`` is told when a beat was ten times slower than those before.

    With ``floors`` the model's pace is measured when it is followed, which takes about a second.
    """

    def __init__(self, warn: Callable[[str], None], floors: bool = False) -> None:
        self.beats: list[BeatCost] = []
        self._warn = warn
        self._floors = floors
        self._model: LanguageModel | None = None
        self._before = Usage()
        self._paces: list[float] = []

    def follow(self, model: LanguageModel) -> None:
        """Note from here on what this model is asked."""
        self._model, self._before, self._paces = model, model.usage, []
        if self._floors and isinstance(model, Floored):
            model.floor(Usage())  # measured now, while nothing is waited for

    def beat_ended(self, number: int) -> None:
        if self._model is None:
            return
        used = self._model.usage.since(self._before)
        self._before = self._model.usage
        floor = self._model.floor(used) if self._floors and isinstance(self._model, Floored) else None
        self.beats.append(BeatCost(number, used, floor))
        self._compare(number, used)

    def _compare(self, number: int, used: Usage) -> None:
        work = used.evaluated + _CALL * used.batches
        if work < _LEAST:
            return
        pace = used.seconds / work
        if len(self._paces) > 1 and used.seconds > _NOTED and pace > TOO_SLOW * median(self._paces):
            self._warn(
                f"Beat {number} took {used.seconds:.0f} s, {pace / median(self._paces):.0f} times longer for its work than "
                "the beats before: something else may want the processors or the memory"
            )
        self._paces.append(pace)


class Estimate:
    """How long a play will still take, from how long it has taken; ``weights`` say how much work each beat is."""

    def __init__(self, weights: list[int], clock: Callable[[], float] = time.monotonic) -> None:
        self._weights = weights
        self._clock = clock
        self._start = clock()
        self._done = 0
        self.beats = len(weights) - 1

    def begin(self) -> None:
        """The play begins now."""
        self._start, self._done = self._clock(), 0

    def beat_ended(self, number: int) -> None:
        self._done = sum(self._weights[: number + 1])

    @property
    def left(self) -> float | None:
        """Seconds that are left; None while nothing is known."""
        if not self._done:
            return None
        return (self._clock() - self._start) * (sum(self._weights) - self._done) / self._done


def weights(scene: Scene) -> list[int]:
    """About how much work each beat of a scene is, the start included: its questions, and what the stage performs."""
    counts = [0, *(0 if isinstance(beat.doing, Scripted) else _PERFORMED for beat in scene.beats)]
    for plan in scene.probes:
        asked = 1 if plan.viewpoint is not None else sum(len(plan.minds) ** order for order in plan.orders)
        for beat in plan.beats:
            counts[beat] += asked * max(1, len(plan.about or ()))
    return counts


def in_words(seconds: float) -> str:
    """'8 s', '3 min', '2 h 5 min'."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
