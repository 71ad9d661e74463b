"""What happens, and how it looks to whoever notices it. Events are values: nothing is changed by making one.

An *action* is what an author, a character or the model wants to happen; `stage.rules` turns it into *events*, in which
everything is fixed: what changes, what is shown, who is placed to notice. An event as somebody notices it is again an
event, with less in it (`Event.as_noticed`); that is all that nesting of minds needs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

from stage.facts import Fact, Fluent


# ---------------------------------------------------------------------------------------------------------- actions
@dataclass(frozen=True)
class Enter:
    """``who`` goes to a place; with ``shows_way`` those left behind see where to."""

    who: str
    to: str
    shows_way: bool = False


@dataclass(frozen=True)
class Put:
    """``who`` brings a thing to a container, a place or a person; ``who`` itself as the goal means taking it."""

    who: str
    thing: str
    to: str


@dataclass(frozen=True)
class Open:
    who: str
    container: str


@dataclass(frozen=True)
class Close:
    who: str
    container: str


@dataclass(frozen=True)
class Look:
    """``who`` looks around (``into`` is None) or into a container."""

    who: str
    into: str | None = None


@dataclass(frozen=True)
class Peek:
    """``who`` looks for a moment into another place, unnoticed there."""

    who: str
    place: str


@dataclass(frozen=True)
class Watch:
    """``who`` goes on watching another place, unnoticed there, until moving or watching something else; None stops."""

    who: str
    place: str | None


@dataclass(frozen=True)
class Say:
    """``who`` asserts a fact. ``to`` are those addressed (nobody in particular when empty). Whoever is in the same
    place hears it, unless it is whispered: then only those addressed do, and the others see that something was said.
    With ``from_afar`` those addressed hear it wherever they are."""

    who: str
    fact: Fact
    to: tuple[str, ...] = ()
    whispered: bool = False
    from_afar: bool = False


@dataclass(frozen=True)
class Ask:
    who: str
    fluent: Fluent
    to: tuple[str, ...] = ()


@dataclass(frozen=True)
class Remark:
    """``who`` says something that asserts no fact."""

    who: str
    to: tuple[str, ...] = ()


@dataclass(frozen=True)
class Write:
    """``who`` writes a fact into a letter."""

    who: str
    letter: str
    fact: Fact


@dataclass(frozen=True)
class Read:
    who: str
    letter: str


@dataclass(frozen=True)
class Set:
    """A declared fact becomes so, by somebody's doing or by itself, at a place or wherever its subject is."""

    fact: Fact
    who: str | None = None
    place: str | None = None


@dataclass(frozen=True)
class Wait:
    """``who`` does nothing."""

    who: str


@dataclass(frozen=True)
class Appear:
    """A new character is introduced at a place."""

    who: str
    place: str


@dataclass(frozen=True)
class Begin:
    """How things stand at the start, for those who know it."""

    about: str


Action = (
    Enter | Put | Open | Close | Look | Peek | Watch | Say | Ask | Remark | Write | Read | Set | Wait | Appear | Begin
)


# ---------------------------------------------------------------------------------------------------------- content
@dataclass(frozen=True)
class Exactly:
    """This value."""

    value: str


@dataclass(frozen=True)
class Not:
    """None of these values."""

    values: frozenset[str]


@dataclass(frozen=True)
class Hidden:
    """A value that the noticer does not get to see, beyond that it is none of these."""

    but_not: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Settled:
    """A value that somebody saw of whom the mind above knows that he saw it, though not what."""


Content = Exactly | Not | Hidden | Settled


@dataclass(frozen=True)
class Effect:
    """One thing that an event does to a fluent (``change``), or shows of it.

    ``outline`` is None where even those who notice partly see the content; otherwise they see only that it is none
    of these values.
    """

    fluent: Fluent
    content: Content
    change: bool
    outline: frozenset[str] | None = None


@dataclass(frozen=True)
class Assertion:
    """Somebody's word that a fluent has a value; ``since`` is the time it was given (a letter is read later)."""

    speaker: str
    fluent: Fluent
    content: Content
    since: int


# --------------------------------------------------------------------------------------------------------- noticing
class Grade(IntEnum):
    """How well an event is noticed."""

    NOT = 0
    PARTLY = 1
    FULLY = 2


@dataclass(frozen=True)
class Attention:
    """An exception to who notices: ``who`` notices at this grade, whatever the place says.

    ``aware`` are those who reckon with the exception, None meaning everybody. In a mind that is not aware of it, the
    exception does not exist: others go on crediting a distracted witness, and do not notice a hidden watcher.
    """

    who: str
    grade: Grade
    aware: frozenset[str] | None = None


@dataclass(frozen=True)
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
    effects: tuple[Effect, ...] = ()
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
            effects = tuple(replace(e, content=settled(e.content)) for e in self.effects)
            assertions = tuple(replace(a, content=settled(a.content)) for a in self.assertions)
            return replace(self, attention=attention, effects=effects, assertions=assertions)
        effects = tuple(e if e.outline is None else replace(e, content=Hidden(e.outline)) for e in self.effects)
        assertions = tuple(replace(a, content=Hidden()) for a in self.assertions)
        return replace(self, attention=attention, effects=effects, assertions=assertions, outlined=True, text="")


def settled(content: Content) -> Content:
    """A content as seen by a full noticer: what the mind above could not see, this one could."""
    return Settled() if isinstance(content, Hidden) else content
