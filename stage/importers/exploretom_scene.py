"""The sentences of ExploreToM's story structures: people come, go, bring things from container to container and from
room to room, change them, and tell each other; some watch in secret, some do not attend.

Where a thing is is two things here, as in the benchmark: the container that it is in, which coming in does not show,
and the room, which coming in shows of what lies open. Nobody is anywhere before the story says so; until then each is
somewhere alone. What a thing becomes by being changed ("has been sealed") stands in the questions alone, and so does
not the story say whether one can see it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from stage.importers.clauses import Entered, Exited, Furniture, names
from stage.importers.items import NotUnderstoodError, fits
from stage.importers.story import ELSEWHERE, Step, Story
from stage.scenes.scene import Scripted
from stage.world.events import Action, Attention, Enter, Grade, Say, Set
from stage.world.facts import AWAY, Fact, Fluent
from stage.world.rules import Manner
from stage.world.setting import Conventions, Setting, Shown, Thing, place_fluent

YES, NO = "yes", "no"


def room_fluent(thing: str) -> Fluent:
    return Fluent(thing, "in room")


def topic_fluent(topic: str) -> Fluent:
    return Fluent(topic.removeprefix("the "), "heard of")


# ------------------------------------------------------------------------------------------------------------- clauses
@dataclass(frozen=True)
class Stored:
    who: str
    thing: str
    container: str
    room: str


@dataclass(frozen=True)
class Carried:
    who: str
    thing: str
    room: str


@dataclass(frozen=True)
class Changed:
    who: str
    thing: str


@dataclass(frozen=True)
class Told:
    """``to`` is None where it is said out loud. What is said is a topic, or where somebody or something is."""

    who: str
    to: str | None
    topic: str = ""
    subject: str = ""
    spot: str = ""


@dataclass(frozen=True)
class Meanwhile:
    """Who watched the action before in secret, and who of those present did not attend to it."""

    watching: tuple[str, ...]
    distracted: tuple[str, ...]


Clause = Entered | Exited | Stored | Carried | Changed | Told | Meanwhile

_WHO = r"([A-Z][\w'-]*)"
_CAME = re.compile(rf"{_WHO} (?:entered|is in) the (.+)")
_LEFT = re.compile(rf"{_WHO} left the (.+)")
_STORED = re.compile(rf"{_WHO} moved the (.+?) to the (.+), which is also located in the (.+)")
_CARRIED = re.compile(rf"{_WHO} moved the (.+?) to the (.+?)(?:, leaving the .+ in its original location)?")
_TOLD = re.compile(
    rf"{_WHO} told (?:privately to {_WHO}|out loud) (?:about the (.+)|that (?:the )?(.+?) is in the (.+))"
)
_MEANWHILE = re.compile(
    r"While this action was happening, (?:(?P<watching>.+?) witnessed this action in secret \(and only this action\))?"
    r"(?:; also, )?(?:(?P<distracted>[^;]+?) got distracted and did not realize what happened, .+)?"
)
_CHANGED = re.compile(rf"{_WHO} \w.* the (.+)")
_ENDS = re.compile(r"(?<=[.])\s+")


def sentences(text: str) -> tuple[str, ...]:
    return tuple(s for s in _ENDS.split(text.strip()) if s)


def clauses(told: Sequence[str], things: frozenset[str]) -> list[Clause]:
    """What the sentences say; ``things`` are those that the questions name. Raises `NotUnderstoodError`."""
    found = [_clause(s.removesuffix(".")) for s in told]
    known = things | {c.thing for c in found if isinstance(c, Stored | Carried)}
    return [c or _change(s.removesuffix("."), known) for c, s in zip(found, told, strict=True)]


def _clause(bare: str) -> Clause | None:
    if match := fits(_MEANWHILE, bare):
        return Meanwhile(*(names(match[part]) if match[part] else () for part in ("watching", "distracted")))
    if match := fits(_STORED, bare):
        return Stored(match[1], match[2], match[3], match[4])
    if match := fits(_CARRIED, bare):
        return Carried(match[1], match[2], match[3])
    if match := fits(_TOLD, bare):
        return Told(match[1], match[2], match[3] or "", match[4] or "", match[5] or "")
    if match := fits(_CAME, bare):
        return Entered((match[1],), match[2])
    if match := fits(_LEFT, bare):
        return Exited(match[1], match[2])
    return None


def _change(bare: str, known: frozenset[str]) -> Changed:
    named = sorted((t for t in known if re.search(rf"\bthe {re.escape(t)}\b", bare)), key=len)
    match = fits(_CHANGED, bare)
    if match is None or not named:
        raise NotUnderstoodError(f"{bare}.", "no pattern fits the sentence")
    return Changed(match[1], named[-1])


# --------------------------------------------------------------------------------------------------------------- scene
@dataclass
class Telling:
    """The scene that the sentences tell. ``becomes`` are the fluents of what a thing becomes by the change in a sentence,
    by the number of that sentence from 0."""

    told: Sequence[str]
    clauses: Sequence[Clause]
    becomes: Mapping[int, Sequence[Fluent]]
    where: dict[str, str] = field(default_factory=dict)
    furniture: Furniture = field(default_factory=Furniture)

    def story(self, name: str, prose: str) -> Story:
        """Raises `NotUnderstoodError`."""
        alone = {p: f"wherever {p} is" for p in self.people}
        self.where |= alone
        self.furniture.start += [Fact(place_fluent(p), place) for p, place in alone.items()]
        steps = tuple(
            Step(text, tuple(self._doings(at, text, said)))
            for at, (text, said) in enumerate(zip(self.told, self.clauses, strict=True))
        )
        return Story(name, self._setting(alone), tuple(self.furniture.start), steps, (), prose)

    @property
    def people(self) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for said in self.clauses:
            match said:
                case Meanwhile(watching, distracted):
                    found |= dict.fromkeys((*watching, *distracted))
                case Told(who, to):
                    found |= dict.fromkeys((who,) if to is None else (who, to))
                case Entered(people):
                    found |= dict.fromkeys(people)
                case _:
                    found[said.who] = None
        return tuple(found)

    @property
    def rooms(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(c.room for c in self.clauses if isinstance(c, Entered | Stored | Carried)))

    @property
    def containers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(c.container for c in self.clauses if isinstance(c, Stored)))

    @property
    def things(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(c.thing for c in self.clauses if isinstance(c, Stored | Carried | Changed)))

    def _setting(self, alone: Mapping[str, str]) -> Setting:
        rooms, spots = self.rooms, self.containers
        topics = {topic_fluent(c.topic): (YES, NO) for c in self.clauses if isinstance(c, Told) and c.topic}
        states = {fluent: (YES, NO) for fluents in self.becomes.values() for fluent in fluents}
        objects = dict.fromkeys((*self.things, *spots))
        clash = next((n for n in objects if n in self.people or n in rooms), None)
        if clash is not None or {*self.things} & {*spots}:
            raise NotUnderstoodError(clash or " ".join({*self.things} & {*spots}), "one name for two kinds of thing")
        return Setting(
            people=self.people,
            places=(*rooms, *alone.values()),
            things={t: Thing(t, container=t in spots) for t in objects},
            ranges={place_fluent(p): (*rooms, alone[p], AWAY) for p in self.people}
            | {place_fluent(t): (*spots, *rooms, *self.people, ELSEWHERE) for t in objects}
            | {room_fluent(t): (*rooms, ELSEWHERE) for t in objects}
            | topics
            | states,
            shown={room_fluent(t): Shown.OPENLY for t in objects},
            conventions=Conventions(),
        )

    def _doings(self, at: int, text: str, said: Clause) -> Iterator[Scripted]:
        after = self.clauses[at + 1] if at + 1 < len(self.clauses) else None
        unusual = _attention(after) if isinstance(after, Meanwhile) else ()
        manner = Manner(attention=unusual, text=text)
        match said:
            case Entered((who,), room):
                if self.where[who] == room:
                    raise NotUnderstoodError(text, f"{who} is in the {room} already")
                self.where[who] = room
                yield Scripted(Enter(who, room), manner)
            case Exited(who, room):
                self._must_be(who, room, text)
                self.where[who] = f"wherever {who} is"
                yield Scripted(Enter(who, self.where[who]), manner)
            case Stored(who, thing, container, room):
                self._must_be(who, room, text)
                yield from self._furnished(container, room)
                for action in self._placed(who, thing, container, room, text):
                    yield Scripted(action, manner)
            case Carried(who, thing, room):
                yield from self._carried(said, text, manner)
            case Changed(who, thing):
                here = self._room(who, text)
                new = thing not in self.furniture.rooms
                for action in self._placed(who, thing, here if new else None, here, text):
                    yield Scripted(action, manner)
                for fluent in self.becomes.get(at, ()):
                    yield Scripted(Set(Fact(fluent, YES), who, here), manner)
            case Told():
                yield self._saying(said, text, unusual)
            case Meanwhile():
                if at == 0 or isinstance(self.clauses[at - 1], Meanwhile):
                    raise NotUnderstoodError(text, "there is no action before it")

    def _must_be(self, who: str, room: str, text: str) -> None:
        if self.where[who] != room:
            raise NotUnderstoodError(text, f"{who} is not in the {room}")

    def _room(self, who: str, text: str) -> str:
        if self.where[who] not in self.rooms:
            raise NotUnderstoodError(text, f"it was not said where {who} is")
        return self.where[who]

    def _furnished(self, container: str, room: str) -> Iterator[Scripted]:
        facts = (Fact(place_fluent(container), room), Fact(room_fluent(container), room))
        for fact in self.furniture.stands(container, room, facts):
            yield Scripted(Set(fact, place=room))

    def _placed(self, who: str, thing: str, spot: str | None, room: str, text: str) -> Iterator[Action]:
        """What is done to a thing in a room shows that it is there."""
        if self.furniture.rooms.setdefault(thing, room) != room:
            raise NotUnderstoodError(text, f"the {thing} is in the {self.furniture.rooms[thing]}")
        if spot is not None:
            yield Set(Fact(place_fluent(thing), spot), who, room)
        yield Set(Fact(room_fluent(thing), room), who, room)

    def _carried(self, said: Carried, text: str, manner: Manner) -> Iterator[Scripted]:
        """Those left behind see it taken along, not where to."""
        who, thing, here = said.who, said.thing, self._room(said.who, text)
        if self.furniture.rooms.setdefault(thing, here) != here or said.room == here:
            raise NotUnderstoodError(text, f"the {thing} is in the {self.furniture.rooms[thing]}")
        self.where[who] = self.furniture.rooms[thing] = said.room
        yield Scripted(Set(Fact(place_fluent(thing), who), who, here), manner)
        yield Scripted(Set(Fact(room_fluent(thing), ELSEWHERE), who, here), manner)
        yield Scripted(Enter(who, said.room), manner)
        yield Scripted(Set(Fact(place_fluent(thing), said.room), who, said.room), manner)
        yield Scripted(Set(Fact(room_fluent(thing), said.room), who, said.room), manner)

    def _saying(self, said: Told, text: str, unusual: tuple[Attention, ...]) -> Scripted:
        """A private word reaches the one it is for, wherever he is, and nobody else knows of it."""
        private = said.to is not None
        if said.topic:
            hearer = (Attention(said.to, Grade.FULLY),) if said.to is not None else ()
            manner = Manner(secretly=private, attention=(*unusual, *hearer), text=text)
            return Scripted(Set(Fact(topic_fluent(said.topic), YES), said.who), manner)
        to = () if said.to is None else (said.to,)
        manner = Manner(secretly=private, attention=unusual, text=text)
        return Scripted(Say(said.who, self._stated(said, text), to, from_afar=private), manner)

    def _stated(self, said: Told, text: str) -> Fact:
        if said.subject in self.people and said.spot in self.rooms:
            return Fact(place_fluent(said.subject), said.spot)
        if said.subject in (*self.things, *self.containers):
            if said.spot in self.containers:
                return Fact(place_fluent(said.subject), said.spot)
            if said.spot in self.rooms:
                return Fact(room_fluent(said.subject), said.spot)
        raise NotUnderstoodError(text, f"the story has no {said.subject} that could be in the {said.spot}")


def _attention(said: Meanwhile) -> tuple[Attention, ...]:
    """Nobody knows of a secret watcher but himself, nor of a lapse of attention, not even who had it."""
    return (
        *(Attention(who, Grade.FULLY, frozenset({who})) for who in said.watching),
        *(Attention(who, Grade.NOT, frozenset()) for who in said.distracted),
    )
