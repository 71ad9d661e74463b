"""The sentences of ToMi and of the benchmarks that grew out of it (Hi-ToM, Inspect's sample): people enter and leave
rooms, move things from one container to another, and tell where they are. From sentences to a story, nothing more.

A room and a container may share a name ("pantry"), so rooms are keyed with their article.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from stage.importers.clauses import Entered, Exited, Furniture, names
from stage.importers.items import NotUnderstoodError, bounded, fits
from stage.importers.story import ELSEWHERE, Step, Story
from stage.scenes.scene import Scripted
from stage.world.events import Action, Enter, Look, Put, Say, Set
from stage.world.facts import AWAY, Fact, Fluent
from stage.world.rules import Manner
from stage.world.setting import Conventions, Setting, Thing, place_fluent


@dataclass(frozen=True)
class Placed:
    thing: str
    container: str


@dataclass(frozen=True)
class Moved:
    who: str
    thing: str
    container: str


@dataclass(frozen=True)
class Told:
    """``to`` is None where it is said to all, ``container`` where it is said where the thing really is."""

    who: str
    to: str | None
    thing: str
    container: str | None
    privately: bool = False


@dataclass(frozen=True)
class Looked:
    who: str
    container: str


@dataclass(frozen=True)
class Noise:
    pass


Clause = Entered | Exited | Placed | Moved | Told | Looked | Noise

_NAME = r"[A-Z][\w'-]*"
_WHO = rf"({_NAME})"
_ENTERED = re.compile(rf"({_NAME}(?:(?:, and |, | and ){_NAME})*) (?:entered|came into|are in|is in) the (\w+)")
_EXITED = re.compile(rf"{_WHO} (?:exited|left|went out of) the (\w+)")
_PLACED = re.compile(r"The ([\w-]+) is in the ([\w-]+)")
_MOVED = re.compile(rf"{_WHO} moved the ([\w-]+) to the ([\w-]+)")
_CLAIMED = re.compile(rf"{_WHO} publicly claimed that (?:the )?([\w-]+) is in the ([\w-]+)")
_TOLD = re.compile(rf"{_WHO} privately told {_WHO} that (?:the )?([\w-]+) is in the ([\w-]+)")
_TOLD_WHERE = re.compile(rf"{_WHO} told {_WHO} where the ([\w-]+) is")
_LOOKED = re.compile(rf"{_WHO} looked in the ([\w-]+)")
_NOISE = re.compile(
    rf"{_WHO} (?:(?:likes|dislikes|loves|hates) the [\w-]+|made no movements and stayed in the \w+ for 1 minute"
    r"|lost (?:his|her|their) \w+|saw an? \w+)"
)


def clause(sentence: str) -> Clause:
    """What a sentence says. Raises `NotUnderstoodError`."""
    bare = sentence.strip().removesuffix(".")
    if match := fits(_PLACED, bare):
        return Placed(match[1], match[2])
    if match := fits(_ENTERED, bare):
        return Entered(names(match[1]), _room(match[2]))
    if match := fits(_EXITED, bare):
        return Exited(match[1], _room(match[2]))
    if match := fits(_MOVED, bare):
        return Moved(match[1], match[2], match[3])
    if match := fits(_CLAIMED, bare):
        return Told(match[1], None, match[2], match[3])
    if match := fits(_TOLD, bare):
        return Told(match[1], match[2], match[3], match[4], privately=True)
    if match := fits(_TOLD_WHERE, bare):
        return Told(match[1], match[2], match[3], None)
    if match := fits(_LOOKED, bare):
        return Looked(match[1], match[2])
    if fits(_NOISE, bare):
        return Noise()
    raise NotUnderstoodError(sentence, "no pattern fits the sentence")


def _room(name: str) -> str:
    return f"the {name}"


def story(name: str, sentences: Sequence[str], conventions: Conventions) -> Story:
    """The story that the sentences tell, without questions. Raises `NotUnderstoodError`."""
    return told(name, [(s, clause(s)) for s in bounded(sentences)], conventions)


def told(name: str, clauses: Sequence[tuple[str, Clause]], conventions: Conventions) -> Story:
    """The story of sentences that somebody else has understood. Raises `NotUnderstoodError`."""
    return _Telling(clauses).story(name, conventions)


@dataclass
class _Telling:
    """What the sentences so far amount to: where everybody and every container is."""

    clauses: Sequence[tuple[str, Clause]]
    whereabouts: dict[str, str] = field(default_factory=dict)
    things: dict[str, str] = field(default_factory=dict)
    furniture: Furniture = field(default_factory=Furniture)

    def story(self, name: str, conventions: Conventions) -> Story:
        steps = [Step(text, tuple(self._doings(at, text, said))) for at, (text, said) in enumerate(self.clauses)]
        people = tuple(dict.fromkeys(self._people()))
        rooms = tuple(dict.fromkeys(c.room for _, c in self.clauses if isinstance(c, Entered)))
        named = (c.container for _, c in self.clauses if isinstance(c, Placed | Moved | Told))
        spots = tuple(dict.fromkeys(n for n in named if n is not None))
        setting = Setting(
            people=people,
            places=rooms,
            things={t: Thing(t) for t in self.things} | {c: Thing(c, container=True) for c in spots},
            ranges={place_fluent(p): (*rooms, AWAY) for p in people}
            | {place_fluent(t): (*spots, ELSEWHERE) for t in self.things},
            shown={},
            conventions=conventions,
        )
        return Story(name, setting, tuple(self.furniture.start), tuple(steps), ())

    def _people(self) -> Iterator[str]:
        for _, said in self.clauses:
            match said:
                case Entered(people):
                    yield from people
                case Exited(who) | Moved(who) | Told(who) | Looked(who):
                    yield who
                case _:
                    pass

    def _doings(self, at: int, text: str, said: Clause) -> Iterator[Scripted]:
        match said:
            case Entered(people, room):
                for who in people:
                    if self.whereabouts.get(who) != room:
                        self.whereabouts[who] = room
                        yield _told(Enter(who, room), text)
            case Exited(who, room):
                if self.whereabouts.get(who) != room:
                    raise NotUnderstoodError(text, f"{who} is not in {room}")
                self.whereabouts[who] = AWAY
                yield _told(Enter(who, AWAY), text)
            case Placed(thing, container):
                room = self._room_of_statement(at, thing)
                yield from self._furnished(container, room, text)
                if thing not in self.things:
                    self.furniture.start.append(Fact(place_fluent(thing), container))
                self.things[thing] = container
                yield _told(Set(Fact(place_fluent(thing), container), place=room), text)
            case Moved(who, thing, container):
                room = self.whereabouts.get(who, AWAY)
                if room == AWAY or thing not in self.things or self.furniture.rooms[self.things[thing]] != room:
                    raise NotUnderstoodError(text, f"{who} is not where the {thing} is")
                yield from self._furnished(container, room, text)
                if self.things[thing] != container:
                    self.things[thing] = container
                    yield _told(Put(who, thing, container), text)
            case Told(who, to, thing, container):
                where = self.whereabouts.get(who, AWAY)
                if where == AWAY or thing not in self.things or (to is not None and self.whereabouts.get(to) != where):
                    raise NotUnderstoodError(text, f"{who} is with nobody to tell, or nothing was said of the {thing}")
                fact = Fact(place_fluent(thing), container or self.things[thing])
                yield _told(Say(who, fact, () if to is None else (to,)), text, said.privately)
            case Looked(who, container):
                if self.furniture.rooms.get(container) != self.whereabouts.get(who, AWAY):
                    raise NotUnderstoodError(text, f"{who} is not where the {container} is")
                yield _told(Look(who, container), text)
            case Noise():
                return

    def _furnished(self, container: str, room: str, text: str) -> Iterator[Scripted]:
        for fact in self.furniture.stands(container, room, [Fact(place_fluent(container), room)]):
            yield _told(Set(fact, place=room), text)

    def _room_of_statement(self, at: int, thing: str) -> str:
        """Where a thing is said to be: where somebody next moves it, else where somebody last came in."""
        whereabouts = dict(self.whereabouts)
        for _, said in self.clauses[at:]:
            match said:
                case Entered(people, room):
                    whereabouts |= dict.fromkeys(people, room)
                case Moved(who, what) if what == thing and who in whereabouts:
                    return whereabouts[who]
                case Placed(what) if what == thing and said is not self.clauses[at][1]:
                    break
                case _:
                    pass
        entered = [c.room for _, c in self.clauses[:at] if isinstance(c, Entered)]
        if not entered:
            raise NotUnderstoodError(self.clauses[at][0], "nobody has come into any room yet")
        return entered[-1]


def _told(action: Action, text: str, secretly: bool = False) -> Scripted:
    return Scripted(action, Manner(secretly=secretly, text=text))


def thing_asked(told: Story, thing: str, question: str) -> Fluent:
    """The fluent of where a thing is, if the story knows the thing. Raises `NotUnderstoodError`."""
    fluent = place_fluent(thing)
    if fluent not in told.setting.ranges or thing in told.setting.people:
        raise NotUnderstoodError(question, f"the story has no {thing}")
    return fluent


def asked_of(told: Story, names: Sequence[str], question: str) -> tuple[str, ...]:
    """The viewpoint of the names, if the story knows them. Raises `NotUnderstoodError`."""
    for name in names:
        if name not in told.setting.people:
            raise NotUnderstoodError(question, f"the story has no {name}")
    return tuple(names)
