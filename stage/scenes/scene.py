"""A scene as it is understood: every name resolved, every fact known, ready to be played. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from stage.scenes.scenario import AuthorSpec, Character, NarratorSpec
from stage.world.events import Action, Event
from stage.world.facts import Fact, Fluent, Viewpoint
from stage.world.rules import Manner
from stage.world.setting import AUTHOR, NARRATOR, Setting


@dataclass(frozen=True)
class Scripted:
    """Somebody does something, in some manner."""

    action: Action
    manner: Manner = Manner()


@dataclass(frozen=True)
class Speak:
    """The stage speaks for somebody, and may assert something about these fluents (None: whatever is contested)."""

    who: str
    to: tuple[str, ...] = ()
    about: tuple[Fluent, ...] | None = None


@dataclass(frozen=True)
class Think:
    """The stage thinks for somebody, privately."""

    who: str


@dataclass(frozen=True)
class Act:
    """The stage chooses a move for somebody."""

    who: str


@dataclass(frozen=True)
class Narrate:
    """The stage narrates what happened since the last narration."""

    hint: str = ""


@dataclass(frozen=True)
class Improvise:
    """The author chooses this many next events."""

    count: int


Doing = Scripted | Speak | Think | Act | Narrate | Improvise


@dataclass(frozen=True)
class SceneBeat:
    """One beat; numbers count from 1. ``text`` replaces the usual wording for those who notice it fully."""

    number: int
    doing: Doing
    id: str | None = None
    text: str = ""


@dataclass(frozen=True)
class ExpectedFailure:
    """That stages whose name fits one of ``models`` (patterns with ``*``) are expected to get a question wrong.

    ``strict`` tells whether a right answer then counts as a failure; None leaves it to whoever runs the test."""

    reason: str
    models: tuple[str, ...] = ("*",)
    strict: bool | None = None


@dataclass(frozen=True)
class ProbePlan:
    """A question or family of questions and the beats after which it is put (0: at the start).

    ``viewpoint`` None means: every mind of ``minds`` at each of ``orders``. ``about`` None means the contested fluents
    of the moment. ``expect`` is what the author expects ('unknown': no belief), checked, never trusted; ``xfail`` that
    the stage is expected to get it wrong, which changes no score.
    """

    beats: tuple[int, ...]
    viewpoint: Viewpoint | None = None
    about: tuple[Fluent, ...] | None = None
    minds: tuple[str, ...] = ()
    orders: tuple[int, ...] = ()
    question: str = ""
    expect: str | None = None
    xfail: ExpectedFailure | None = None


@dataclass(frozen=True)
class Turn:
    """A belief whose first moment is watched for: the fluent takes this value at the viewpoint."""

    viewpoint: Viewpoint
    fact: Fact

    def __str__(self) -> str:
        return f"{'>'.join(self.viewpoint) or 'reality'}: {self.fact}"


@dataclass(frozen=True)
class FactWording:
    """How an author wants a fluent worded; empty strings leave it to the usual wording. ``phrases`` are, per value,
    other ways of saying so."""

    question: str = ""
    statement: str = ""
    phrases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Scene:
    """Everything the play needs to know."""

    title: str
    premise: str
    format: Literal["chat", "script"]
    setting: Setting
    cast: Mapping[str, Character]
    author: AuthorSpec
    narrator: NarratorSpec
    start: tuple[Event, ...]
    beats: tuple[SceneBeat, ...]
    probes: tuple[ProbePlan, ...]
    wording: Mapping[Fluent, FactWording] = field(default_factory=dict)
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Other words for names, by which they are recognised in what is said."""
    turns: tuple[Turn, ...] = ()

    @property
    def minds(self) -> tuple[str, ...]:
        """All who have a mind: the cast, the narrator and the author."""
        return (*self.setting.people, NARRATOR, AUTHOR)

    @property
    def first_open(self) -> int | None:
        """The number of the first beat in which the stage itself may change minds; None if all is scripted."""
        return next((b.number for b in self.beats if isinstance(b.doing, Act | Improvise | Speak)), None)

    @property
    def last_asked(self) -> int:
        """The number of the last beat after which anything is asked; -1 if nothing is."""
        return max((beat for plan in self.probes for beat in plan.beats), default=-1)

    @property
    def is_improvised(self) -> bool:
        """Whether the stage itself may change what is the case, so that the course is known only when played."""
        return any(isinstance(b.doing, Act | Improvise) for b in self.beats)
