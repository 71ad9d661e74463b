"""What the small languages of several benchmarks have in common: people come into rooms and leave them, and containers
stand where they are first spoken of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from stage.world.facts import Fact


@dataclass(frozen=True)
class Entered:
    people: tuple[str, ...]
    room: str


@dataclass(frozen=True)
class Exited:
    who: str
    room: str


_AND = re.compile(r", and |, | and ")


def names(text: str) -> tuple[str, ...]:
    """The names of "Ann, Bob and Cid"."""
    return tuple(_AND.split(text))


@dataclass
class Furniture:
    """In which room every container stands, and what else is put down there; ``start`` is what is so from the start."""

    rooms: dict[str, str] = field(default_factory=dict)
    start: list[Fact] = field(default_factory=list)

    def stands(self, container: str, room: str, facts: Sequence[Fact]) -> Sequence[Fact]:
        """A container is where it is first spoken of, from the start; spoken of in another room, it is there now: which
        of the facts that say so become so."""
        known = self.rooms.get(container)
        self.rooms[container] = room
        if known is None:
            self.start += facts
        return facts if known not in (None, room) else ()
