"""What happens, and how it looks to whoever notices it. Events are values: nothing is changed by making one.

An *action* is what an author, a character or the model wants to happen; `stage.world.rules` turns it into *events*, in which
everything is fixed: what changes, what is shown, who is placed to notice. An event as somebody notices it is again an
event, with less in it (`Event.as_noticed`); that is all that nesting of minds needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum

from stage.world.facts import Fact, Fluent


# ---------------------------------------------------------------------------------------------------------- actions
@dataclass(frozen=True, slots=True)
class Enter:
    """``who`` goes to a place, and at the same time all ``others``; with ``shows_way`` those left behind see where to."""

    who: str
    to: str
    shows_way: bool = False
    others: tuple[str, ...] = ()

    @property
    def people(self) -> tuple[str, ...]:
        return (self.who, *self.others)


@dataclass(frozen=True, slots=True)
class Put:
    """``who`` brings a thing to a container, a place or a person; ``who`` itself as the goal means taking it."""

    who: str
    thing: str
    to: str


@dataclass(frozen=True, slots=True)
class Open:
    who: str
    container: str


@dataclass(frozen=True, slots=True)
class Close:
    who: str
    container: str


@dataclass(frozen=True, slots=True)
class Look:
    """``who`` looks around (``into`` is None) or into a container."""

    who: str
    into: str | None = None


@dataclass(frozen=True, slots=True)
class Peek:
    """``who`` looks for a moment into another place, unnoticed there."""

    who: str
    place: str


@dataclass(frozen=True, slots=True)
class Watch:
    """``who`` goes on watching another place, unnoticed there, until moving or watching something else; None stops."""

    who: str
    place: str | None


@dataclass(frozen=True, slots=True)
class Say:
    """``who`` asserts a fact. ``to`` are those addressed (nobody in particular when empty). Whoever is in the same
    place hears it, unless it is whispered: then only those addressed do, and the others see that something was said.
    With ``from_afar`` those addressed hear it wherever they are."""

    who: str
    fact: Fact
    to: tuple[str, ...] = ()
    whispered: bool = False
    from_afar: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    who: str
    fluent: Fluent
    to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Remark:
    """``who`` says something that asserts no fact."""

    who: str
    to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Write:
    """``who`` writes a fact into a letter."""

    who: str
    letter: str
    fact: Fact


@dataclass(frozen=True, slots=True)
class Read:
    who: str
    letter: str


@dataclass(frozen=True, slots=True)
class Set:
    """A declared fact becomes so, by somebody's doing or by itself, at a place or wherever its subject is."""

    fact: Fact
    who: str | None = None
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """``who`` does nothing."""

    who: str


@dataclass(frozen=True, slots=True)
class Appear:
    """A new character is introduced at a place."""

    who: str
    place: str


@dataclass(frozen=True, slots=True)
class Begin:
    """How things stand at the start, for those who know it."""

    about: str


Action = (
    Enter | Put | Open | Close | Look | Peek | Watch | Say | Ask | Remark | Write | Read | Set | Wait | Appear | Begin
)


def doers(action: Action) -> tuple[str, ...]:
    """Who does it: nobody where something happens by itself, several where they go together."""
    if isinstance(action, Enter):
        return action.people
    who = getattr(action, "who", None)
    return () if who is None else (who,)


# ---------------------------------------------------------------------------------------------------------- content
@dataclass(frozen=True, slots=True)
class Exactly:
    """This value."""

    value: str


@dataclass(frozen=True, slots=True)
class Not:
    """None of these values."""

    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class Hidden:
    """A value that the noticer does not get to see, beyond that it is none of these."""

    but_not: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Settled:
    """A value that somebody saw of whom the mind above knows that he saw it, though not what."""


Content = Exactly | Not | Hidden | Settled


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that an event does to a fluent (``change``), or shows of it.

    ``outline`` is None where even those who notice partly see the content; otherwise they see only that it is none
    of these values.
    """

    fluent: Fluent
    content: Content
    change: bool
    outline: frozenset[str] | None = None

    def partly(self) -> Effect:
        """As it looks to who notices the event partly."""
        return self if self.outline is None else replace(self, content=Hidden(self.outline))

    def fully(self) -> Effect:
        """As it looks to who notices the event fully, seen from a mind that it looks to as here."""
        return replace(self, content=Settled()) if isinstance(self.content, Hidden) else self


class Kind(StrEnum):
    """Of what a sweep takes in all."""

    PEOPLE = "people"
    THINGS = "things"


@dataclass(frozen=True, slots=True)
class Sweep:
    """A look that takes in all people, or all things, at once: those ``found`` are each in the spot given, and no other
    is in any of the ``spots``. It says at once what one effect for each of them would (`stage.world.sight.singly`).
    """

    kind: Kind
    spots: frozenset[str]
    found: Mapping[str, str]
    outline: frozenset[str] | None = None
    veil: Hidden | Settled | None = None
    """What stands in place of each of its contents where they are not seen."""

    @property
    def reaches(self) -> frozenset[str]:
        """All spots that it can rule out for anybody, however it looks to him."""
        return self.spots if self.outline is None else self.spots | self.outline

    def partly(self) -> Sweep:
        return self if self.outline is None else replace(self, veil=Hidden(self.outline))

    def fully(self) -> Sweep:
        return replace(self, veil=Settled()) if isinstance(self.veil, Hidden) else self


Showing = Effect | Sweep
"""What is in an event."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """Somebody's word that a fluent has a value; ``since`` is the time it was given (a letter is read later)."""

    speaker: str
    fluent: Fluent
    content: Content
    since: int

    def partly(self) -> Assertion:
        """As it sounds to who notices the event partly: it was said, not what."""
        return replace(self, content=Hidden())

    def fully(self) -> Assertion:
        """As it sounds to who notices the event fully, heard from a mind that it sounds to as here."""
        return replace(self, content=Settled()) if isinstance(self.content, Hidden) else self


# --------------------------------------------------------------------------------------------------------- noticing
class Grade(IntEnum):
    """How well an event is noticed."""

    NOT = 0
    PARTLY = 1
    FULLY = 2


@dataclass(frozen=True, slots=True)
class Attention:
    """An exception to who notices: ``who`` notices at this grade, whatever the place says.

    ``aware`` are those who reckon with the exception, None meaning everybody. In a mind that is not aware of it, the
    exception does not exist: others go on crediting a distracted witness, and do not notice a hidden watcher.
    """

    who: str
    grade: Grade
    aware: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """What happened, with everything fixed at that moment.

    ``place`` is where it can be noticed (None: nowhere); ``participants`` notice it fully wherever they are thought to
    be; everybody else in the place notices at grade ``onlookers``; ``attention`` lists the exceptions.
    ``assertions`` are what was said in it. ``outlined`` is set where the noticer knows only that it happened.
    """

    time: int
    beat: int
    action: Action
    place: str | None
    participants: frozenset[str]
    onlookers: Grade = Grade.FULLY
    effects: tuple[Showing, ...] = ()
    assertions: tuple[Assertion, ...] = ()
    attention: tuple[Attention, ...] = ()
    departure: bool = False
    failed: bool = False
    text: str = ""
    outlined: bool = False

    @property
    def looked_into(self) -> str | None:
        """The container whose inside the event shows, if it does."""
        match self.action:
            case Look(_, box) | Open(_, box):
                return box
            case _:
                return None

    def is_addressed_to(self, name: str) -> bool:
        """Whether words in it are meant for somebody: said to him or to nobody in particular, or read by him."""
        match self.action:
            case Say(to=to):
                return not to or name in to
            case Read(who=reader):
                return name == reader
            case _:
                return True

    def as_noticed(self, eyes: frozenset[str] | None, grade: Grade) -> Event:
        """The event as it looks to somebody who sees with these persons' eyes (None: with everybody's) and notices it
        at this grade (PARTLY or FULLY)."""
        if grade is Grade.NOT:
            raise ValueError(f"the event at time {self.time} is not noticed")
        attention = tuple(a for a in self.attention if a.aware is None or eyes is None or eyes & a.aware)
        if grade is Grade.FULLY:
            if not self.outlined and attention == self.attention:
                return self
            effects = tuple(e.fully() for e in self.effects)
            assertions = tuple(a.fully() for a in self.assertions)
            return replace(self, attention=attention, effects=effects, assertions=assertions)
        effects = tuple(e.partly() for e in self.effects)
        assertions = tuple(a.partly() for a in self.assertions)
        return replace(self, attention=attention, effects=effects, assertions=assertions, outlined=True, text="")
