"""What is possible in a world: why an action is not, and all that somebody may try.

The same rules judge reality and what a character believes: an action is legal for somebody if it is possible in the
world that he believes in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from stage.world.events import (
    Action,
    Appear,
    Ask,
    Begin,
    Close,
    Enter,
    Look,
    Open,
    Peek,
    Put,
    Read,
    Remark,
    Say,
    Set,
    Wait,
    Watch,
    Write,
)
from stage.world.facts import AWAY, Fluent
from stage.world.setting import Setting, place_fluent
from stage.world.sight import Sight, State

SAYS, WRITTEN_BY, WRITTEN_AT = "says", "written by", "written at"
"""The relations of a letter: the fact in it, who wrote it, and at which event time."""


@dataclass(frozen=True)
class Objection:
    """Why an action is not possible. ``part`` is the field of the action that stands in the way; where that holds several
    people, it is the one called ``name``."""

    why: str
    part: str
    name: str = ""

    def __str__(self) -> str:
        return self.why


@dataclass(frozen=True)
class Possible:
    """What is possible in one setting."""

    setting: Setting
    sight: Sight

    def objections(self, action: Action, state: State) -> list[Objection]:
        """Why an action is not possible in a world; empty if it is."""
        who = getattr(action, "who", None)
        here = self.sight.place_of(who, state) if who is not None else None
        if who is not None and not isinstance(action, Enter | Appear | Set) and here is None:
            return [Objection(f"{who} is not on stage", "who")]
        match action:
            case Enter(_, to):
                there = [p for p in action.people if state.value(place_fluent(p)) == to]
                spot = "off stage already" if to == AWAY else f"already at {to}"
                return [Objection(f"{p} is {spot}", "people", p) for p in there]
            case Put(_, thing, to):
                return self._objections_to_put(action.who, thing, to, here, state)
            case Open(_, box) | Close(_, box) | Look(_, str() as box):
                return self._objections_to_handling(action, box, here, state)
            case Peek(_, place) | Watch(_, str() as place):
                return [Objection(f"{who} is at {place} already", "place")] if here == place else []
            case Say(_, _, to, _, from_afar):
                return [] if from_afar else self._absent(to, here, state)
            case Ask(_, _, to) | Remark(_, to):
                return self._absent(to, here, state)
            case Write(_, letter) | Read(_, letter):
                hindrance = self._hindrance(letter, action.who, here, state)
                reasons = [f"{letter} {hindrance}"] if hindrance else []
                if isinstance(action, Read) and state.value(Fluent(letter, SAYS)) is None:
                    reasons.append(f"nothing is written in {letter}")
                return [Objection(why, "letter") for why in reasons]
            case Look() | Watch() | Set() | Wait() | Appear() | Begin():
                return []
            case _:
                assert_never(action)

    def _absent(self, people: Sequence[str], here: str | None, state: State) -> list[Objection]:
        places = {p: self.sight.place_of(p, state) for p in people}
        return [
            Objection(f"{p} is not at {here}, but {at or 'off stage'}", "to", p)
            for p, at in places.items()
            if at != here
        ]

    def _hindrance(self, thing: str, who: str, here: str | None, state: State) -> str:
        """Why somebody cannot lay hands on a thing; empty if he can. It must be in the same place, not held by another,
        not in a closed box."""
        if here is None or self.sight.place_of(thing, state) != here:
            spot = state.value(place_fluent(thing))
            where = "nowhere known" if spot is None else f"with {spot}" if spot in self.setting.people else f"at {spot}"
            return f"is {where} and {who} is at {here}"
        around = self.sight.around(thing, state)
        if self.sight.is_shut_away(thing, state):
            shut = next(c for c in around if c in self.setting.things and not self.sight.is_open(c, state))
            return f"is in {shut}, which is closed"
        holder = next((c for c in around if c in self.setting.people), who)
        return "" if who in around or holder == who else f"is with {holder}"

    def _objections_to_put(self, who: str, thing: str, to: str, here: str | None, state: State) -> list[Objection]:
        reasons = []
        if to == thing or self.sight.is_inside(to, thing, state):
            reasons.append(f"{thing} cannot be put into itself")
        if state.value(place_fluent(thing)) == to:
            reasons.append(f"{thing} is already {f'with {to}' if to in self.setting.people else f'at {to}'}")
        if to in self.setting.things and not self.setting.things[to].container:
            reasons.append(f"{to} is not a container")
        elif to in self.setting.things and not self.sight.is_open(to, state):
            reasons.append(f"{to} is closed")
        if to in self.setting.things and to != thing and self.sight.is_shut_away(to, state):
            reasons.append(f"{to} is shut away")
        if to != here and self.sight.place_of(to, state) != here:
            reasons.append(f"{to} is not where {who} is, at {here}")
        goal = [Objection(why, "to") for why in reasons]
        hindrance = self._hindrance(thing, who, here, state)
        return [Objection(f"{who} cannot reach {thing}: it {hindrance}", "thing"), *goal] if hindrance else goal

    def _objections_to_handling(
        self, action: Open | Close | Look, box: str, here: str | None, state: State
    ) -> list[Objection]:
        kind = self.setting.things[box]
        reasons = [] if self.sight.place_of(box, state) == here else [f"{box} is not where {action.who} is, at {here}"]
        if self.sight.is_shut_away(box, state):
            reasons.append(f"{box} is shut away")
        is_open = self.sight.is_open(box, state)
        if isinstance(action, Look):
            if not kind.container:
                reasons.append(f"{box} is not a container")
            elif not (is_open or self.sight.is_transparent(box)):
                reasons.append(f"{box} is closed")
        elif not kind.lid:
            reasons.append(f"{box} has no lid")
        elif is_open == isinstance(action, Open):
            reasons.append(f"{box} is {'open' if is_open else 'closed'} already")
        return [Objection(why, "into" if isinstance(action, Look) else "container") for why in reasons]

    def legal_moves(self, who: str, state: State) -> list[Action]:
        """What somebody may try, in a fixed order: whatever is possible in the world he believes in."""
        candidates: list[Action] = [Wait(who)]
        candidates += [Enter(who, place) for place in self.setting.places]
        for thing in sorted(self.setting.things):
            kind = self.setting.things[thing]
            if kind.lid:
                candidates += [Open(who, thing), Close(who, thing)]
            if kind.container:
                candidates.append(Look(who, thing))
            candidates += [Put(who, thing, to) for to in (who, *self.setting.range_of(place_fluent(thing)))]
        fits = [a for a in dict.fromkeys(candidates) if not self.objections(a, state)]
        return [a for a in fits if not (isinstance(a, Put) and a.to in self.setting.people and a.to != who)]
