"""How the world of a scene works: what exactly happens when somebody does something.

What an event changes and shows is fixed here, in reality, at the moment it happens. Who notices it is decided later, in
each mind's own world (`stage.beliefs`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import assert_never

from stage.world.events import (
    Action,
    Appear,
    Ask,
    Assertion,
    Attention,
    Begin,
    Close,
    Enter,
    Event,
    Exactly,
    Grade,
    Look,
    Open,
    Peek,
    Put,
    Read,
    Remark,
    Say,
    Set,
    Showing,
    Wait,
    Watch,
    Write,
    doers,
)
from stage.world.facts import AWAY, Fluent
from stage.world.movement import Movement
from stage.world.possible import SAYS, WRITTEN_AT, WRITTEN_BY, Objection, Possible
from stage.world.setting import (
    Setting,
    place_fluent,
    said_fluent,
    watch_fluent,
)
from stage.world.sight import UNSEEN, After, Sight, State, becomes, hidden_fluent, shows, singly, together


@dataclass(frozen=True)
class Manner:
    """How an action is done, where that differs from openly: exceptions to who notices it. ``in_vain`` says that it is
    tried and does not succeed, whether or not it could, ``sought`` where a thing is then reached for."""

    secretly: bool = False
    attention: tuple[Attention, ...] = ()
    text: str = ""
    in_vain: bool = False
    sought: str | None = None

    def shown_by(self, event: Event, people: Sequence[str]) -> Event:
        """An event as it is noticed where these people do it so: who does something cannot miss it."""
        attention = tuple(a for a in self.attention if a.who not in people or a.grade is Grade.FULLY)
        onlookers = Grade.NOT if self.secretly else event.onlookers
        return replace(event, onlookers=onlookers, attention=attention)


@dataclass(frozen=True)
class Rules:
    """The rules of one setting."""

    setting: Setting
    sight: Sight = field(init=False, repr=False)
    movement: Movement = field(init=False, repr=False)
    possible: Possible = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sight", Sight(self.setting))
        object.__setattr__(self, "movement", Movement(self.setting, self.sight))
        object.__setattr__(self, "possible", Possible(self.setting, self.sight))

    def objections(self, action: Action, state: State) -> list[Objection]:
        """Why an action is not possible in a world; empty if it is."""
        return self.possible.objections(action, state)

    def legal_moves(self, who: str, state: State) -> list[Action]:
        """What somebody may try, in a fixed order: whatever is possible in the world he believes in."""
        return self.possible.legal_moves(who, state)

    # ---------------------------------------------------------------------------------------------------- what happens
    def events(self, action: Action, state: State, time: int, beat: int, manner: Manner | None = None) -> list[Event]:
        """What happens when an action is done that is possible in reality (``state``), starting at ``time``."""
        manner = manner or Manner()
        people = doers(action)
        happenings = self._happenings(action, _visible(people, state, manner.secretly), time, beat, manner.secretly)
        if not manner.secretly:
            found = [becomes(hidden_fluent(p), "no") for p in people if _hides(p, state)]
            happenings[0] = self._with(happenings[0], *found)
        return [
            replace(
                manner.shown_by(event, people),
                time=time + i,
                effects=together(event.effects),
                text=manner.text if i == 0 else "",
            )
            for i, event in enumerate(happenings)
        ]

    def failure(self, action: Action, state: State, time: int, beat: int, manner: Manner | None = None) -> list[Event]:
        """What happens when somebody tries something in vain: nothing changes, and it shows, together with what is in
        sight there, and in the container in which he reached for a thing. A text that tells how it is done is told
        where it is meant to be in vain."""
        manner = manner or Manner()
        who = getattr(action, "who", None)
        here = self.sight.place_of(who, state) if who is not None else None
        if who is None or here is None:
            return []
        event = self._event(action, beat, who, state)
        shown = [*event.effects]
        if _hides(who, state) and not manner.secretly:
            shown.append(becomes(hidden_fluent(who), "no"))
        state = _visible([who], state, manner.secretly)
        shown += self.sight.scenery(here, state)
        if isinstance(action, Put) and manner.sought is not None and self._opens_to(manner.sought, here, state):
            inside = singly(self.sight.contents(manner.sought, state), self.setting)
            shown += [e for e in inside if e.fluent == place_fluent(action.thing)]
        text = manner.text if manner.in_vain else ""
        event = manner.shown_by(event, doers(action))
        return [replace(event, time=time, effects=together(shown), failed=True, text=text)]

    def _opens_to(self, spot: str, here: str, state: State) -> bool:
        """Whether somebody at a place can see into a container."""
        return (
            spot in self.setting.things
            and self.sight.place_of(spot, state) == here
            and self.sight.is_open(spot, state)
            and not self.sight.is_shut_away(spot, state)
        )

    def beginning(self, present: dict[str, str], state: State) -> list[Event]:
        """The first look around of everybody who is on stage at the start, one event a place, timed from 0; whoever
        hides knows where."""
        events = []
        for place in self.setting.places:
            people = [p for p, where in present.items() if where == place]
            if people:
                seen = frozenset(self.sight.persons_at(place, state))
                events.append(
                    Event(0, 0, Begin(place), place, seen, effects=together(self.sight.scenery(place, state)))
                )
            for person in people:
                if _hides(person, state):
                    known = (shows(place_fluent(person), place), shows(hidden_fluent(person), "yes"))
                    events.append(Event(0, 0, Begin(f"where {person} hides"), None, frozenset({person}), effects=known))
        return events

    def _event(self, action: Action, beat: int, who: str | None, state: State, *also: str) -> Event:
        """An event at somebody's place: it shows that he, and whoever takes part, is there."""
        place = self.sight.place_of(who, state) if who is not None else None
        there = [p for p in (who, *also) if p is not None and self.sight.place_of(p, state) == place]
        shown = tuple(shows(place_fluent(p), place) for p in there) if place is not None else ()
        participants = frozenset(p for p in (who, *also) if p is not None)
        return Event(0, beat, action, place, participants, effects=shown)

    def _happenings(self, action: Action, state: State, time: int, beat: int, secretly: bool) -> list[Event]:
        match action:
            case Enter():
                return self.movement.events(action, state, beat, secretly)
            case Put(who, thing, to):
                moved = becomes(place_fluent(thing), to, UNSEEN)
                return [self._with(self._event(action, beat, who, state), moved)]
            case Open(who, box) | Close(who, box):
                opened = isinstance(action, Open)
                changed = becomes(Fluent(box, "is"), "open" if opened else "closed")
                shown = self.sight.contents(box, state, UNSEEN) if opened else []
                return [self._with(self._event(action, beat, who, state), changed, *shown)]
            case Look(who, box):
                event = self._event(action, beat, who, state)
                if box is None:
                    return [self._with(event, *self.sight.scenery(event.place or AWAY, state))]
                return [self._with(replace(event, onlookers=Grade.PARTLY), *self.sight.contents(box, state, UNSEEN))]
            case Peek(who, place):
                event = replace(self._event(action, beat, who, state), onlookers=Grade.PARTLY)
                return [self._with(event, *self.sight.scenery(place, state, UNSEEN))]
            case Watch(who, place):
                watched = becomes(watch_fluent(who), place or "nothing")
                shown = self.sight.scenery(place, state, UNSEEN) if place else []
                event = replace(self._event(action, beat, who, state), onlookers=Grade.PARTLY)
                return [self._with(event, watched, *shown)]
            case Say():
                return [self._saying(action, state, beat)]
            case Ask(who, _, to) | Remark(who, to):
                return [self._event(action, beat, who, state, *to)]
            case Write(who, letter, fact):
                event = replace(self._event(action, beat, who, state), onlookers=Grade.PARTLY)
                marks = ((SAYS, str(fact)), (WRITTEN_BY, who), (WRITTEN_AT, str(time)))
                return [self._with(event, *(becomes(Fluent(letter, mark), value, UNSEEN) for mark, value in marks))]
            case Read():
                return [self._reading(action, state, beat)]
            case Set(fact, who, place):
                event = self._event(action, beat, who, state)
                where = place or event.place or self.sight.place_of(fact.fluent.subject, state)
                return [self._with(replace(event, place=where), becomes(fact.fluent, fact.value, UNSEEN))]
            case Wait(who):
                return [self._event(action, beat, who, state)]
            case Appear(who, place):
                event = Event(0, beat, action, place, frozenset({who}))
                arrived = After(state, {place_fluent(who): place})
                return [self._with(event, becomes(place_fluent(who), place), *self.sight.scenery(place, arrived))]
            case Begin():
                return [Event(0, beat, action, None, frozenset())]
            case _:
                assert_never(action)

    def _with(self, event: Event, *effects: Showing) -> Event:
        return replace(event, effects=(*event.effects, *effects))

    def _saying(self, action: Say, state: State, beat: int) -> Event:
        fluent, value = action.fact.fluent, action.fact.value
        said = becomes(said_fluent(action.who, fluent), value, UNSEEN)
        event = self._with(self._event(action, beat, action.who, state, *action.to), said)
        word = Assertion(action.who, fluent, Exactly(value), SINCE_NOW)
        return replace(event, assertions=(word,), onlookers=Grade.PARTLY if action.whispered else Grade.FULLY)

    def _reading(self, action: Read, state: State, beat: int) -> Event:
        """A letter conveys its writer's word as of when it was written."""
        event = replace(self._event(action, beat, action.who, state), onlookers=Grade.PARTLY)
        text, writer, since = (state.value(Fluent(action.letter, mark)) for mark in (SAYS, WRITTEN_BY, WRITTEN_AT))
        if text is None or writer is None or since is None:
            return event
        fact = next(f for f in self.setting.facts() if str(f) == text)
        word = Assertion(writer, fact.fluent, Exactly(fact.value), int(since))
        shown = (shows(Fluent(action.letter, SAYS), text, UNSEEN), shows(Fluent(action.letter, WRITTEN_BY), writer))
        return replace(self._with(event, *shown), assertions=(word,))


SINCE_NOW = 1 << 62
"""The time of a word that is given in the event itself."""


def _hides(who: str, state: State) -> bool:
    return state.value(hidden_fluent(who)) == "yes"


def _visible(people: Iterable[str], state: State, secretly: bool) -> State:
    """A world as those see it who notice what somebody does there: whoever else hides, he is seen. Only what is not
    done secretly shows that he does not hide."""
    hiding = {hidden_fluent(p): None if secretly else "no" for p in people if _hides(p, state)}
    return After(state, hiding) if hiding else state
