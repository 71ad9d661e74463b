"""A benchmark's item as it is understood: a story told in actions, and the questions put about it with their labels.

Nothing here knows how the answer follows. A label is carried as the benchmark has it and is never trusted.
"""

from __future__ import annotations

from dataclasses import dataclass

from stage.scenes.scene import Scripted
from stage.world.events import Begin, Event
from stage.world.facts import Fact, Fluent, Viewpoint
from stage.world.setting import Setting
from stage.world.sight import becomes

ELSEWHERE = "somewhere else"
"""The rest of the range of a thing's place: no story says that its containers are all there are."""


@dataclass(frozen=True)
class Step:
    """One sentence and what is done in it; nothing where it is noise."""

    text: str
    doings: tuple[Scripted, ...] = ()


@dataclass(frozen=True)
class Question:
    """Of what a benchmark asks: the value of a fluent at a viewpoint, at the end of the story, ``at_start``, or after
    so many of its steps (``after``).

    With ``is_it`` the question is whether the fluent has that value, and ``answers`` are how it says yes and no."""

    id: str
    kind: str
    text: str
    viewpoint: Viewpoint
    fluent: Fluent
    label: str
    options: tuple[str, ...] = ()
    at_start: bool = False
    is_it: str | None = None
    answers: tuple[str, str] = ("Yes", "No")
    """To ``is_it``, and to nothing else."""
    unknown_is_no: bool = False
    """Whether who has no belief of the matter counts as saying no."""
    unknown: str = ""
    """The answer that nothing is known, or no one thing, where that is one."""
    after: int | None = None
    false_belief: bool | None = None
    """Whether the benchmark takes it for a question about a false belief; None: not said."""
    meant: str = ""
    """What the label says, where it spells it otherwise than the story; else empty."""
    underivable: str = ""
    """Why the text alone does not settle the answer; empty where it does."""
    noted: str = ""
    """Why the label differs from what follows, where an earlier audit has said so: a reason's code, and what it is
    about."""

    @property
    def order(self) -> int:
        """How many minds are nested in what is asked; 0: what is so."""
        return len(self.viewpoint)

    @property
    def state(self) -> str:
        """The kind of mental state asked about; empty where none is."""
        return "belief" if self.viewpoint else ""


@dataclass(frozen=True)
class Story:
    """``start`` is how things stand before the first step, known to nobody; where somebody knows of it, ``opening`` are
    the events from which all is known, and ``start`` is empty. ``prose`` is what the benchmark gives its readers, where
    that is not the steps themselves."""

    id: str
    setting: Setting
    start: tuple[Fact, ...]
    steps: tuple[Step, ...]
    questions: tuple[Question, ...]
    prose: str = ""
    opening: tuple[Event, ...] = ()

    @property
    def text(self) -> str:
        return self.prose or "\n".join(s.text for s in self.steps)

    def choices(self, question: Question) -> tuple[str, ...]:
        """The answers to choose from: those that the benchmark offers, else yes and no, else every value that the
        story has for what is asked."""
        if question.options:
            return question.options
        if question.is_it is not None:
            return question.answers
        return tuple(v for v in self.setting.range_of(question.fluent) if v != ELSEWHERE)

    def beginning(self) -> tuple[Event, ...]:
        """The events before the first step."""
        changes = tuple(becomes(f.fluent, f.value) for f in self.start)
        return self.opening or (Event(0, 0, Begin("the start"), None, frozenset(), effects=changes),)


@dataclass(frozen=True)
class Unparsed:
    """An item that could not be understood, with the sentence at which it failed."""

    id: str
    sentence: str
    why: str


@dataclass(frozen=True)
class Asked:
    """A question about a passage: what is offered, and what the benchmark has as the answer.

    ``kind`` is the benchmark's own name for this type of question, ``state`` the kind of mental state asked about
    ("belief", "knowledge", "desire", ...; empty where none is), ``order`` its order (0: about what is so; None: not
    said). ``false_belief`` tells whether the benchmark takes it for a question about a false belief; None: not said.
    Without ``options`` the answer is free text. ``claims`` are what the label says if it is right, as pairs of a matter
    and how it stands: two labels of one passage that claim different things of one matter cannot both be right."""

    id: str
    kind: str
    text: str
    options: tuple[str, ...]
    label: str
    order: int | None = None
    state: str = ""
    false_belief: bool | None = None
    claims: tuple[tuple[str, str], ...] = ()
    amiss: str = ""
    """Why the label cannot be right as the benchmark states it; empty where it can."""
    not_understood: Unparsed | None = None
    """The sentence for which the events are not understood, in a benchmark whose stories have events."""


@dataclass(frozen=True)
class Passage:
    """A story in prose whose events are not understood: its questions have labels, and nothing to derive them from."""

    id: str
    text: str
    questions: tuple[Asked, ...]


@dataclass(frozen=True)
class Imported:
    """What a file or folder holds: stories whose events are understood, passages whose are not. ``items`` counts
    questions, those that could not be read (``unparsed``) included."""

    format: str
    items: int
    stories: tuple[Story, ...]
    unparsed: tuple[Unparsed, ...] = ()
    passages: tuple[Passage, ...] = ()
    left_aside: tuple[Unparsed, ...] = ()
    """Files of a folder that are not of the format or cannot be read, and lines that tell nothing, and why."""

    @property
    def questions(self) -> int:
        return sum(len(s.questions) for s in self.stories) + sum(len(p.questions) for p in self.passages)

    @property
    def not_understood(self) -> tuple[Unparsed, ...]:
        """All items that are listed as not understood, those that still can be asked about as prose included."""
        asked = (q.not_understood for p in self.passages for q in p.questions)
        return (*self.unparsed, *(u for u in asked if u is not None))
