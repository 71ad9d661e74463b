"""Where everybody and everything is, and what can be seen there: the geography of a scene, in any world.

Every question takes a `State`, which may be reality or what somebody believes; nothing here knows which.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from stage.events import Effect, Exactly, Not
from stage.facts import Fluent
from stage.setting import Insides, Reveals, Setting, Shown, place_fluent

UNSEEN: frozenset[str] = frozenset()
"""The outline of an effect of which part-noticers see nothing."""


class State(Protocol):
    """A world in which facts have values: reality, or what somebody believes."""

    def value(self, fluent: Fluent) -> str | None: ...


def hidden_fluent(name: str) -> Fluent:
    """The fluent of whether somebody hides where he is, having come there secretly."""
    return Fluent(name, "hides")


def becomes(fluent: Fluent, value: str, outline: frozenset[str] | None = None) -> Effect:
    return Effect(fluent, Exactly(value), change=True, outline=outline)


def shows(fluent: Fluent, value: str, outline: frozenset[str] | None = None) -> Effect:
    return Effect(fluent, Exactly(value), change=False, outline=outline)


def rules_out(fluent: Fluent, value: str, outline: frozenset[str] | None = None) -> Effect:
    return Effect(fluent, Not(frozenset({value})), change=False, outline=outline)


@dataclass(frozen=True)
class Sight:
    """Where things are and what is visible, in one setting."""

    setting: Setting
    _things: Sequence[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_things", tuple(sorted(self.setting.things)))

    def around(self, name: str, state: State) -> list[str]:
        """What somebody or something is in or with, from the nearest outwards, as far as it is known."""
        spots: list[str] = []
        spot = state.value(place_fluent(name))
        while spot is not None and spot not in spots:
            spots.append(spot)
            spot = state.value(place_fluent(spot))
        return spots

    def place_of(self, name: str, state: State) -> str | None:
        """The place of a person or thing, through whatever contains or holds it; None if unknown or off stage."""
        return next((spot for spot in (name, *self.around(name, state)) if spot in self.setting.places), None)

    def is_inside(self, name: str, container: str, state: State) -> bool:
        """Whether something is in a container, directly or through others."""
        return container in self.around(name, state)

    def is_shut_away(self, name: str, state: State) -> bool:
        """Whether something is in a closed container, directly or through others."""
        return any(s in self.setting.things and not self.is_open(s, state) for s in self.around(name, state))

    def is_open(self, container: str, state: State) -> bool:
        return not self.setting.things[container].lid or state.value(Fluent(container, "is")) == "open"

    def is_transparent(self, container: str) -> bool:
        """Whether what is inside can be seen from outside."""
        match self.setting.conventions.containers:
            case Insides.DECLARED:
                return self.setting.things[container].transparent
            case containers:
                return containers is Insides.TRANSPARENT

    def persons_at(self, place: str, state: State) -> list[str]:
        """Who can be seen in a place: those there who do not hide."""
        return [
            p
            for p in self.setting.people
            if state.value(place_fluent(p)) == place and state.value(hidden_fluent(p)) != "yes"
        ]

    def _in_sight(self, place: str, state: State, inside: bool) -> Iterator[tuple[str, str]]:
        """What is visible in a place, each with where it is: lying there, carried by somebody, in something that
        does not hide its content; with ``inside``, in anything."""
        open_spots = [place, *self.persons_at(place, state)]
        while open_spots:
            spot = open_spots.pop(0)
            for thing in self._things:
                if state.value(place_fluent(thing)) == spot:
                    yield thing, spot
                    if self._shows_content(thing, state, inside):
                        open_spots.append(thing)

    def _shows_content(self, thing: str, state: State, inside: bool) -> bool:
        kind = self.setting.things[thing]
        lies_open = (
            kind.lid and self.is_open(thing, state) and self.setting.conventions.containers is not Insides.OPAQUE
        )
        return kind.container and (inside or self.is_transparent(thing) or lies_open)

    def entered(self, place: str, state: State) -> list[Effect]:
        """What coming into a place shows of the things there, by the conventions of the setting."""
        entering = self.setting.conventions.entering
        if entering is Reveals.NOTHING:
            return []
        return self._surroundings(place, state, None, inside=entering is Reveals.EVERYTHING)

    def scenery(self, place: str, state: State, outline: frozenset[str] | None = None) -> list[Effect]:
        """What a look around a place shows: who and what is there, and who and what is not."""
        return self.company(place, state, outline) + self._surroundings(place, state, outline, inside=False)

    def company(self, place: str, state: State, outline: frozenset[str] | None = None) -> list[Effect]:
        """Who is in a place, and who is not."""
        present = self.persons_at(place, state)
        effects = [shows(place_fluent(p), place, outline) for p in present]
        effects += [shows(hidden_fluent(p), "no", outline) for p in present if state.value(hidden_fluent(p)) == "no"]
        return effects + [rules_out(place_fluent(p), place, outline) for p in self.setting.people if p not in present]

    def _surroundings(self, place: str, state: State, outline: frozenset[str] | None, inside: bool) -> list[Effect]:
        visible = dict(self._in_sight(place, state, inside))
        effects = [shows(place_fluent(t), spot, outline) for t, spot in visible.items()]
        empty_spots = [
            place,
            *self.persons_at(place, state),
            *(t for t in visible if self._shows_content(t, state, inside)),
        ]
        effects += self._absences(empty_spots, visible, outline)
        for subject in (place, *visible, *self.persons_at(place, state)):
            effects += self._properties(subject, Shown.OPENLY, state, outline)
        return effects

    def contents(self, container: str, state: State, outline: frozenset[str] | None = None) -> list[Effect]:
        """What a look into a container shows."""
        inside = {t: container for t in self._things if state.value(place_fluent(t)) == container}
        return [
            *(shows(place_fluent(t), container, outline) for t in inside),
            *self._absences([container], inside, outline),
            *self._properties(container, Shown.INSIDE, state, outline),
        ]

    def _absences(self, spots: Iterable[str], visible: dict[str, str], outline: frozenset[str] | None) -> list[Effect]:
        return [
            rules_out(place_fluent(thing), spot, outline)
            for spot in spots
            for thing in self._things
            if thing not in visible
            and (spot in self.setting.places or spot in self.setting.range_of(place_fluent(thing)))
        ]

    def _properties(self, subject: str, shown: Shown, state: State, outline: frozenset[str] | None) -> list[Effect]:
        return [
            shows(fluent, value, outline)
            for fluent, when in sorted(self.setting.shown.items())
            if fluent.subject == subject and when is shown and (value := state.value(fluent)) is not None
        ]
