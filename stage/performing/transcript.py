"""What was performed and what was answered: the values that a run's record holds and that scores are made from.

Everything needed to score again is in here, the answer key of each probe included; nothing here knows a model or how a
prompt is worded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

REALITY = "reality"
"""The name of the mind at the empty viewpoint, where minds are listed by name."""

LineKind = Literal["event", "speech", "thought", "narration", "act", "author"]


@dataclass(frozen=True)
class Line:
    """One line of the play. ``audience`` are those who noticed it fully, ``partly`` those who noticed only that it
    happened. ``act`` is the assertion that a performed line was chosen to make ("marble at box", empty for none);
    ``act_probability`` the stage's probability of that choice. ``flags`` names what the reading back found amiss:
    see `stage.scoring.lines`."""

    beat: int
    kind: LineKind
    speaker: str | None
    text: str
    audience: tuple[str, ...] = ()
    partly: tuple[str, ...] = ()
    performed: bool = False
    act: str = ""
    act_probability: float | None = None
    ended: str = ""
    known: tuple[str, ...] = ()
    """For what the stage says or thinks: the facts ("marble at box") that the speaker believed then."""
    elsewhere: dict[str, tuple[str, ...]] | None = None
    """Likewise the facts that the speaker did not believe and somebody else did, or that were so, each with who
    ("reality" among them); None where that was not kept."""
    act_entropy: float | None = None
    """How undecided the stage was about its act: the entropy (nats) of its choice, divided by that of a blind one."""
    second_reading: dict[str, float] = field(default_factory=dict)
    """Per fact of ``elsewhere``, how far the stage itself, asked out of context, takes this line to say so: nats of
    "yes" over "no", less the same for a line that says nothing."""
    to: tuple[str, ...] = field(default=(), compare=False)
    """Whom a performed line of speech was addressed to; empty if nobody in particular. It follows from the scene, and
    records of older versions do not have it: lines that differ in it alone are the same line."""


@dataclass(frozen=True)
class Chosen:
    """One choice that the stage made in performing, as it was put and as it came: per option the log-probability (nats)
    and the length (tokens). ``chosen`` is what the dice then fell on. ``label`` names the request, ``prompt`` the
    sha256 of the exact prompt."""

    beat: int
    label: str
    prompt: str
    options: tuple[str, ...]
    logprobs: tuple[float, ...]
    lengths: tuple[int, ...]
    chosen: int


@dataclass(frozen=True)
class Worded:
    """What the stage generated in performing, as it came, with its log-probability (nats) and length (tokens)."""

    beat: int
    label: str
    prompt: str
    text: str
    ended: Literal["stop", "length", "end"]
    logprob: float
    length: int


Made = Chosen | Worded
"""With all that was made of a play it can be played again without a model."""


@dataclass(frozen=True)
class Variant:
    """One wording in which a probe was put: which exchange of values (0: as written) and which rotation of the order
    of options, with the log-probability (nats) and the length (tokens) of every option, in the order of
    `Answer.options`.

    Further, where a run varies them: ``form`` and ``person`` of the question (`stage.questions.phrasing`), which exchange of
    ``names``, ``layout``, 1 where who the role is stands before what happened, and ``story``, where what happened stands before (1)
    or after (2) remarks that nobody's belief hangs on; 0 without remarks."""

    mirror: int
    rotation: int
    logprobs: tuple[float, ...]
    lengths: tuple[int, ...]
    prompt: str = ""
    """The sha256 of the exact prompt, under which the record keeps its text."""
    form: int = 0
    person: str = "first"
    names: int = 0
    layout: int = 0
    story: int = 0
    aid: str = ""
    """What the stage itself said before it was asked, under an aid that lets it."""


@dataclass(frozen=True)
class Answer:
    """What the stage answered to one probe at one moment.

    ``viewpoint`` is the chain of names; ``voice`` the role that was asked. ``options`` are values of the fluent
    ``about`` ("marble at"), None standing for "does not know". ``expected`` is the value believed at the viewpoint,
    None where no one value is. ``minds`` gives the same fluent in every mind of the scene, by name ("reality", then
    characters, narrator, author); None where that mind has no one value.
    ``probabilities`` come from the mean log-probability over all variants, normalised over the options. ``answer`` is
    the likeliest option; ``margin`` its lead over the second in nats; ``readable`` is False where no option could be
    told from the reply. ``held`` is for how many beats the belief at the viewpoint had been what it is, without a break;
    None where that was not kept.
    """

    id: str
    beat: int
    viewpoint: tuple[str, ...]
    voice: str
    about: str
    question: str
    options: tuple[str | None, ...]
    expected: str | None
    minds: dict[str, str | None]
    variants: tuple[Variant, ...] = ()
    probabilities: tuple[float, ...] = ()
    answer: str | None = None
    margin: float = 0.0
    readable: bool = True
    held: int | None = None

    @property
    def order(self) -> int:
        return len(self.viewpoint)

    @property
    def true_belief(self) -> bool:
        """Whether what is believed at the viewpoint is the case."""
        return self.expected == self.minds[REALITY]


@dataclass(frozen=True)
class Transcript:
    """A performed scene: its lines and answers, in the order in which they were made.

    ``noise`` is the model's numerical noise in nats; ``private`` the texts that each role alone was given.
    """

    lines: tuple[Line, ...] = ()
    answers: tuple[Answer, ...] = ()
    cast: tuple[str, ...] = ()
    noise: float = 0.0
    private: dict[str, tuple[str, ...]] = field(default_factory=dict)
    facts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The range of each fluent of the scene, by its text ("marble at")."""
    titles: dict[str, str] = field(default_factory=dict)
    """How names and values are written in prose, where that differs."""
    aliases: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Further words for names and values."""
    phrases: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Further ways of saying a fact ("trip is off": "we stay at home")."""
    aid: str = "none"
    """The aid under which it was performed (`stage.roles.aids.Aid`); a record keeps it in its manifest."""
    twin: Transcript | None = None
    """The performance of the scene's twin (`stage.questions.twins`), if there was one."""
