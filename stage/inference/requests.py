"""The seam between the play and a language model: requests in, replies out.

Nothing here knows what a scene, a belief or a right answer is. A prompt is text that a person could read;
how it becomes tokens is the model's own business.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, field
from typing import Literal, Protocol, runtime_checkable


@dataclass(frozen=True)
class Message:
    """One turn of a chat."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class Chat:
    """A conversation, rendered by the model's own chat template.

    ``begun`` is how the assistant's reply already begins: it is placed after the template's generation prompt,
    and what is scored or generated continues it.
    """

    messages: tuple[Message, ...]
    begun: str = ""


@dataclass(frozen=True)
class Script:
    """Plain text to be continued, for models without a chat template."""

    text: str


Prompt = Chat | Script


@dataclass(frozen=True)
class Score:
    """How likely is each of a closed set of continuations?

    ``label`` names the request for the caller's own bookkeeping; a model must not read meaning into it.
    Options are non-empty and distinct.
    """

    prompt: Prompt
    options: tuple[str, ...]
    label: str = ""

    def __post_init__(self) -> None:
        if not self.options or not all(self.options) or len(set(self.options)) != len(self.options):
            raise ValueError(f"options must be non-empty and distinct, got {self.options!r}")


@dataclass(frozen=True)
class Generate:
    """A continuation in words.

    Sampled at ``temperature`` (0 takes the likeliest token each time) from the smallest set of tokens that holds
    ``top_p`` of the probability, with a generator seeded by ``seed`` alone. Ends before the first of ``stop``
    strings, at the model's end of text, or after ``max_tokens``. With ``grammar`` (GBNF, rule ``root``) only texts
    of that grammar can come out.
    """

    prompt: Prompt
    max_tokens: int = 48
    stop: tuple[str, ...] = ("\n",)
    temperature: float = 0.7
    top_p: float = 0.95
    seed: int = 0
    grammar: str | None = None
    label: str = ""

    def __post_init__(self) -> None:
        if self.max_tokens < 1 or self.temperature < 0 or not 0 < self.top_p <= 1:
            raise ValueError(f"cannot generate with {self!r}")


Request = Score | Generate


@dataclass(frozen=True)
class Scored:
    """Reply to `Score`: per option, in the order asked, the sum of its tokens' natural log-probabilities given the
    prompt, and how many tokens it has."""

    logprobs: tuple[float, ...]
    lengths: tuple[int, ...]


@dataclass(frozen=True)
class Generated:
    """Reply to `Generate`: the text without its stop string; ``ended`` says why it ended; ``logprob`` is the sum of
    natural log-probabilities of its tokens under the unmodified model (before temperature, top-p and grammar)."""

    text: str
    ended: Literal["stop", "length", "end"]
    logprob: float
    length: int


Reply = Scored | Generated


@dataclass(frozen=True)
class ModelCard:
    """What a run's record says about the model that performed it."""

    name: str
    path: str = ""
    sha256: str = ""
    chat: bool = True
    """Whether it has a chat template of its own."""
    noise: float = 0.0
    """Nats by which a score may move with the composition of a batch, however long its prompt: margins below it show
    nothing. The log-probabilities of replies may move by more."""
    details: dict[str, str | int | float | bool] = field(default_factory=dict)
    """Architecture, quantization, context length, build and settings: whatever is needed to make the run again."""


@dataclass(frozen=True)
class Usage:
    """What answering has cost so far, in tokens.

    ``asked`` counts what was needed if nothing is shared, ``evaluated`` what was given to the model, in so many
    ``batches``; ``tree`` counts the distinct nodes of the prefix tree of all that was asked: the fewest tokens anybody
    could have evaluated. ``remembered`` requests had been answered before.
    """

    asked: int = 0
    evaluated: int = 0
    tree: int = 0
    batches: int = 0
    requests: int = 0
    remembered: int = 0
    seconds: float = 0.0

    def since(self, before: Usage) -> Usage:
        """What was spent after an earlier moment."""
        return Usage(*(a - b for a, b in zip(astuple(self), astuple(before), strict=True)))


@dataclass(frozen=True)
class Progress:
    """How far an answer is: tokens evaluated so far, and how many there will be at most, if nothing was let go."""

    done: int
    expected: int


@runtime_checkable
class Watchable(Protocol):
    """A model that tells while it answers how far it is; None is nobody to tell."""

    watcher: Callable[[Progress], None] | None


@runtime_checkable
class LanguageModel(Protocol):
    """Everything the play needs of a model. ``answer`` returns one reply per request, in the order asked; handing
    over all requests of a moment at once lets a model share their common beginnings."""

    @property
    def card(self) -> ModelCard: ...

    @property
    def usage(self) -> Usage: ...

    def answer(self, requests: Sequence[Request]) -> list[Reply]: ...


@runtime_checkable
class Resettable(Protocol):
    """A model whose replies may move, within its noise, with what was asked before. After ``reset`` they are, bit for
    bit, those of a model that was just loaded."""

    def reset(self) -> None: ...


def reset(model: LanguageModel) -> None:
    """Let what is asked from here on hang on nothing that was asked before, bit for bit. A model without a `reset` is
    taken to be such that it never does; one that wraps another must pass it on."""
    if isinstance(model, Resettable):
        model.reset()
