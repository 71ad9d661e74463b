"""Where everybody and everything is, and what can be seen there: the geography of a scene, in any world.

Every question takes a `State`, which may be reality or what somebody believes; nothing here knows which.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from typing import Protocol

from stage.world.events import Effect, Exactly, Kind, Not, Showing, Sweep
from stage.world.facts import AT, Fluent
from stage.world.setting import Insides, Reveals, Setting, Shown, place_fluent

UNSEEN: frozenset[str] = frozenset()
"""The outline of an effect of which part-noticers see nothing."""


class State(Protocol):
    """A world in which facts have values: reality, or what somebody believes."""

    def value(self, fluent: Fluent) -> str | None: ...

    def at(self, spot: str) -> Iterable[str]:
        """Who and what is known to be at a spot, in any order."""
        ...


@dataclass(frozen=True)
class After:
    """A world after a few changes; None stands for a value that is not known."""

    state: State
    changed: dict[Fluent, str | None]

    def value(self, fluent: Fluent) -> str | None:
        return self.changed[fluent] if fluent in self.changed else self.state.value(fluent)

    def at(self, spot: str) -> Iterable[str]:
        there = self.state.at(spot)
        for (subject, relation), value in self.changed.items():
            if relation == AT:
                there = [name for name in there if name != subject]
                there += [subject] if value == spot else []
        return there


@cache
def hidden_fluent(name: str) -> Fluent:
    """The fluent of whether somebody hides where he is, having come there secretly."""
    return Fluent(name, "hides")


@lru_cache(1 << 16)
def becomes(fluent: Fluent, value: str, outline: frozenset[str] | None = None) -> Effect:
    return Effect(fluent, Exactly(value), change=True, outline=outline)


@lru_cache(1 << 16)
def shows(fluent: Fluent, value: str, outline: frozenset[str] | None = None) -> Effect:
    return Effect(fluent, Exactly(value), change=False, outline=outline)


@dataclass(frozen=True)
class Sight:
    """Where things are and what is visible, in one setting."""

    setting: Setting
    _ranks: Mapping[str, int] = field(init=False, repr=False)
    """The order in which people are told."""
    _facts: Mapping[str, Sequence[tuple[Fluent, Shown]]] = field(init=False, repr=False)
    """Per subject what can be seen of it, sorted."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "_ranks", {name: rank for rank, name in enumerate(self.setting.people)})
        facts: dict[str, list[tuple[Fluent, Shown]]] = {}
        for fluent, when in sorted(self.setting.shown.items()):
            facts.setdefault(fluent.subject, []).append((fluent, when))
        object.__setattr__(self, "_facts", facts)

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
        there = [name for name in state.at(place) if name in self._ranks]
        return sorted([p for p in there if state.value(hidden_fluent(p)) != "yes"], key=self._ranks.__getitem__)

    def _things_at(self, spot: str, state: State) -> list[str]:
        things = self.setting.things
        return sorted([name for name in state.at(spot) if name in things])

    def _in_sight(self, spots: Iterable[str], state: State, inside: bool) -> dict[str, str]:
        """What is visible in some spots, each with where it is: lying there, or in something that does not hide its
        content; with ``inside``, in anything."""
        found: dict[str, str] = {}
        open_spots = deque(spots)
        while open_spots:
            spot = open_spots.popleft()
            for thing in self._things_at(spot, state):
                found[thing] = spot
                if self._shows_content(thing, state, inside):
                    open_spots.append(thing)
        return found

    def _shows_content(self, thing: str, state: State, inside: bool) -> bool:
        kind = self.setting.things[thing]
        lies_open = (
            kind.lid and self.is_open(thing, state) and self.setting.conventions.containers is not Insides.OPAQUE
        )
        return kind.container and (inside or self.is_transparent(thing) or lies_open)

    def entered(self, place: str, state: State) -> list[Showing]:
        """What coming into a place shows of the things there, by the conventions of the setting."""
        entering = self.setting.conventions.entering
        if entering is Reveals.NOTHING:
            return []
        return self._surroundings(place, state, None, inside=entering is Reveals.EVERYTHING)

    def scenery(self, place: str, state: State, outline: frozenset[str] | None = None) -> list[Showing]:
        """What a look around a place shows: who and what is there, and who and what is not."""
        return self.company(place, state, outline) + self._surroundings(place, state, outline, inside=False)

    def company(self, place: str, state: State, outline: frozenset[str] | None = None) -> list[Showing]:
        """Who is in a place, and who is not."""
        present = self.persons_at(place, state)
        return [
            Sweep(Kind.PEOPLE, frozenset({place}), dict.fromkeys(present, place), outline),
            *(shows(hidden_fluent(p), "no", outline) for p in present if state.value(hidden_fluent(p)) == "no"),
        ]

    def _surroundings(self, place: str, state: State, outline: frozenset[str] | None, inside: bool) -> list[Showing]:
        """What lies in a place or is carried by who can be seen there."""
        present = self.persons_at(place, state)
        found = self._in_sight((place, *present), state, inside)
        spots = frozenset((place, *present, *(t for t in found if self._shows_content(t, state, inside))))
        seen = [s for s in (place, *found, *present) if s in self._facts]
        return [
            Sweep(Kind.THINGS, spots, found, outline),
            *(e for s in seen for e in self._properties(s, Shown.OPENLY, state, outline)),
        ]

    def contents(self, container: str, state: State, outline: frozenset[str] | None = None) -> list[Showing]:
        """What a look into a container shows."""
        found = dict.fromkeys(self._things_at(container, state), container)
        return [
            Sweep(Kind.THINGS, frozenset({container}), found, outline),
            *self._properties(container, Shown.INSIDE, state, outline),
        ]

    def _properties(self, subject: str, shown: Shown, state: State, outline: frozenset[str] | None) -> list[Effect]:
        return [
            shows(fluent, value, outline)
            for fluent, when in self._facts.get(subject, ())
            if when is shown and (value := state.value(fluent)) is not None
        ]


def part_of(sweep: Sweep, name: str, setting: Setting) -> Effect | None:
    """What a sweep shows of one person or thing; None if nothing: a thing that can never be in any of its spots is not
    missed there."""
    fluent = place_fluent(name)
    spot = sweep.found.get(name)
    if spot is not None:
        if sweep.veil is None:
            return shows(fluent, spot, sweep.outline)
        return Effect(fluent, sweep.veil, change=False, outline=sweep.outline)
    spots = sweep.spots
    if sweep.kind is Kind.THINGS:
        within = setting.range_of(fluent)
        spots = frozenset(s for s in spots if s in setting.places or s in within)
    return Effect(fluent, sweep.veil or Not(spots), change=False, outline=sweep.outline) if spots else None


def singly(showings: Iterable[Showing], setting: Setting) -> tuple[Effect, ...]:
    """What an event does and shows, with one effect for each person and thing in place of the sweeps."""
    effects: list[Showing] = []
    for showing in showings:
        if isinstance(showing, Effect):
            effects.append(showing)
            continue
        swept = setting.people if showing.kind is Kind.PEOPLE else sorted(setting.things)
        rest = [name for name in swept if name not in showing.found]
        effects += [e for name in (*showing.found, *rest) if (e := part_of(showing, name, setting)) is not None]
    return tuple(e for e in together(effects) if isinstance(e, Effect))


def together(showings: Iterable[Showing]) -> tuple[Showing, ...]:
    """What an event does and what it shows, with everything that it shows of one fluent in one effect: all the values
    that it rules out count together, and where a value is seen nothing needs to be ruled out."""
    changes: list[Showing] = []
    shown: dict[Fluent | int, Showing] = {}
    for number, effect in enumerate(showings):
        if isinstance(effect, Sweep):
            shown[number] = effect
            continue
        other = shown.get(effect.fluent)
        if effect.change:
            changes.append(effect)
        elif not isinstance(other, Effect) or not isinstance(effect.content, Not):
            shown[effect.fluent] = effect
        elif isinstance(other.content, Not):
            shown[effect.fluent] = replace(other, content=Not(other.content.values | effect.content.values))
    return (*changes, *shown.values())
