"""A benchmark's item as it is understood: a story told in actions, and the questions put about it with their labels.

Nothing here knows how the answer follows. A label is carried as the benchmark has it and is never trusted.
"""

from __future__ import annotations

from dataclasses import dataclass

from stage.events import Begin, Event
from stage.facts import Fact, Fluent, Viewpoint
from stage.scene import Scripted
from stage.setting import Setting
from stage.sight import becomes


@dataclass(frozen=True)
class Step:
    """One sentence and what is done in it; nothing where it is noise."""

    text: str
    doings: tuple[Scripted, ...] = ()


@dataclass(frozen=True)
class Question:
    """Of what a benchmark asks: the value of a fluent at a viewpoint, at the end of the story or ``at_start``.

    With ``is_it`` the question is whether the fluent has that value, and the answers are Yes and No."""

    id: str
    kind: str
    text: str
    viewpoint: Viewpoint
    fluent: Fluent
    label: str
    options: tuple[str, ...] = ()
    at_start: bool = False
    is_it: str | None = None
    meant: str = ""
    """What the label says, where it spells it otherwise than the story; else empty."""
    underivable: str = ""
    """Why the text alone does not settle the answer; empty where it does."""


@dataclass(frozen=True)
class Story:
    """``start`` is how things stand before the first step, known to nobody."""

    id: str
    setting: Setting
    start: tuple[Fact, ...]
    steps: tuple[Step, ...]
    questions: tuple[Question, ...]

    @property
    def text(self) -> str:
        return "\n".join(s.text for s in self.steps)

    def beginning(self) -> Event:
        changes = tuple(becomes(f.fluent, f.value) for f in self.start)
        return Event(0, 0, Begin("the start"), None, frozenset(), effects=changes)


@dataclass(frozen=True)
class Asked:
    """A question about a passage: what is offered, and what the benchmark has as the answer.

    ``kind`` is the benchmark's own name for this type of question, ``state`` the kind of mental state asked about
    ("belief", "knowledge", "desire", ...; empty where none is), ``order`` its order (0: about what is so; None: not
    said). ``false_belief`` tells whether the benchmark takes it for a question about a false belief; None: not said."""

    id: str
    kind: str
    text: str
    options: tuple[str, ...]
    label: str
    order: int | None = None
    state: str = ""
    false_belief: bool | None = None


@dataclass(frozen=True)
class Passage:
    """A story in prose whose events are not understood: its questions have labels, and nothing to derive them from."""

    id: str
    text: str
    questions: tuple[Asked, ...]


@dataclass(frozen=True)
class Unparsed:
    """An item that could not be understood, with the sentence at which it failed."""

    id: str
    sentence: str
    why: str


@dataclass(frozen=True)
class Imported:
    """What a file or folder holds: stories whose events are understood, passages whose are not. ``items`` counts
    questions, those that could not be read (``unparsed``) included."""

    format: str
    items: int
    stories: tuple[Story, ...]
    unparsed: tuple[Unparsed, ...] = ()
    passages: tuple[Passage, ...] = ()

    @property
    def questions(self) -> int:
        return sum(len(s.questions) for s in self.stories) + sum(len(p.questions) for p in self.passages)
