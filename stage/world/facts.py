"""What can be the case and what can be believed of it. Values only; nothing here knows of events or people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

Viewpoint = tuple[str, ...]
"""A chain of names: () is reality, ("anne", "sally") what Anne believes that Sally believes."""

AT = "at"
"""The relation of where somebody or something is."""
AWAY = "away"
"""The place of whoever is off stage; nobody notices anything there."""


def chain(*names: str) -> Viewpoint:
    """The viewpoint of a chain of names. Who believes something believes that it believes it, so a name that follows
    itself adds nothing (introspection) and is dropped."""
    out: list[str] = []
    for name in names:
        if not out or out[-1] != name:
            out.append(name)
    return tuple(out)


class Fluent(NamedTuple):
    """What a fact is about: a subject and a relation, whose value may change over time (McCarthy & Hayes, 1969). A tuple
    because all that is believed is kept by fluent, and tuples are quickly found."""

    subject: str
    relation: str

    def __str__(self) -> str:
        return f"{self.subject} {self.relation}"


@dataclass(frozen=True, order=True)
class Fact:
    """A fluent with one of its values: ``marble at basket``."""

    fluent: Fluent
    value: str

    def __str__(self) -> str:
        return f"{self.fluent} {self.value}"


@dataclass(frozen=True)
class Known:
    """The holder takes this value to be the case."""

    value: str

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class OneOf:
    """The holder has ruled out all values but these two or more."""

    values: frozenset[str]

    def __post_init__(self) -> None:
        if len(self.values) < 2:
            raise ValueError(f"one of fewer than two values: {sorted(self.values)!r}")

    def __str__(self) -> str:
        return "one of " + ", ".join(sorted(self.values))


@dataclass(frozen=True)
class Whether:
    """The holder knows which value it is, while the mind that thinks of the holder does not."""

    def __str__(self) -> str:
        return "knows which, unknown to the one who thinks so"


Belief = Known | OneOf | Whether
"""A belief about a fluent; ``None`` in its place means that there is none."""


def remaining(belief: Belief | None, ruled_out: frozenset[str], values: Iterable[str]) -> Belief | None:
    """What is left of a belief about a fluent with this range of values, once some of them are ruled out.

    When one value remains it is believed; when none or all remain there is no belief.
    """
    match belief:
        case Whether():
            return belief
        case Known(value) if value not in ruled_out:
            return belief
        case OneOf(candidates):
            left = candidates - ruled_out
        case _:
            left = frozenset(values) - ruled_out
    if not left or left == frozenset(values):
        return None
    return Known(next(iter(left))) if len(left) == 1 else OneOf(left)
