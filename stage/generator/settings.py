"""What is wanted of generated scenes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stage.errors import UsageError

FEATURES: Mapping[str, str] = {
    "moves": "things are moved from one container to another",
    "looks": "somebody looks into a container",
    "tells": "somebody says where he takes a thing to be, true or not",
    "lies": "somebody says what he does not believe",
    "whispers": "something is whispered to one, and the others see no more than that",
    "distance": "something is told to somebody elsewhere",
    "letters": "something is written, and read by somebody else",
    "peeks": "somebody looks into another room, unnoticed there",
    "watchers": "somebody goes on watching another room, unnoticed there",
    "distracted": "somebody is there and misses a move, and nobody knows",
    "behind-back": "something is moved behind the back of somebody who is there, and all others know",
    "secret-departures": "somebody slips out, and is taken to be still there",
    "lids": "containers are opened and closed",
}
"""What can happen in a generated scene, besides people coming and going between several rooms."""

MOST_PEOPLE, MOST_EVENTS, MOST_ORDER = 6, 40, 6


@dataclass(frozen=True)
class GeneratorSettings:
    """``scenes`` scenes of ``people`` people and ``events`` beats each. Each has, for every order of belief from 1 to
    ``order``, one question about a true belief and one about a false one, and one of order 0; with ``unknown`` also
    one at each order to which the answer is that nothing is known, as far as the scene has any, and one at least.

    Whatever of ``features`` is asked for happens in some scene, if there are as many scenes as features. The same
    settings give the same scenes. UsageError for what cannot be.
    """

    seed: int = 0
    scenes: int = 10
    people: int = 3
    events: int = 10
    order: int = 2
    features: tuple[str, ...] = tuple(FEATURES)
    unknown: bool = False

    def __post_init__(self) -> None:
        limits = (
            ("scenes", self.scenes, 1, 10_000),
            ("people", self.people, 2, MOST_PEOPLE),
            ("events", self.events, 4, MOST_EVENTS),
            ("order", self.order, 1, MOST_ORDER),
        )
        for what, value, least, most in limits:
            if not least <= value <= most:
                raise UsageError(f"{value} for {what} is out of range: it takes {least} to {most}")
        strangers = [f for f in self.features if f not in FEATURES]
        if strangers:
            raise UsageError(f"there is no feature {strangers[0]!r}; there are {', '.join(FEATURES)}")
        if not self.features:
            raise UsageError(f"name one feature or more of {', '.join(FEATURES)}")
        if self.people < 3 and "whispers" in self.features:
            raise UsageError("a whisper takes three people: somebody has to be left out")
        object.__setattr__(self, "features", tuple(f for f in FEATURES if f in self.features))

    def as_options(self) -> str:
        """The settings as the command line takes them."""
        told = f"-n {self.scenes} --seed {self.seed} --people {self.people} --events {self.events} --order {self.order}"
        return f"{told} --features {','.join(self.features)}{' --unknown' * self.unknown}"
