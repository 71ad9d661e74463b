"""What was performed of a play already, read from a record: enough to play it again without a model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from stage.errors import RunError
from stage.inference.requests import Generate, Generated, Reply, Request, Score, Scored
from stage.performing.transcript import Answer, Chosen, Line, Made, Worded

AFRESH = 32
"""After so many beats a model is reset. Resetting costs what it had evaluated of everybody's view; going on with a play
that was broken off costs the beats since the last one, since replies hang on them in the last bits."""


class Recalled:
    """Gives the replies that were made in a beat, instead of a model."""

    def __init__(self, made: Iterable[Made]) -> None:
        self._made = {m.label: m for m in made}

    def answer(self, requests: Sequence[Request]) -> list[Reply]:
        """RunError where there is no reply to a request, or one to other options."""
        return [self._reply(request) for request in requests]

    def chosen(self, label: str) -> int:
        """What the dice fell on. KeyError where there was no such choice."""
        made = self._made[label]
        if not isinstance(made, Chosen):
            raise KeyError(label)
        return made.chosen

    def _reply(self, request: Request) -> Reply:
        match request, self._made.get(request.label):
            case Score(options=options), Chosen() as choice if choice.options == options:
                return Scored(choice.logprobs, choice.lengths)
            case Generate(), Worded() as words:
                return Generated(words.text, words.ended, words.logprob, words.length)
        raise RunError(f"the record holds no fitting reply to {request.label!r}: its scene goes another way")


@dataclass(frozen=True)
class Past:
    """The beats of a play up to number ``beats``, the start (0) among them. ``prompts`` are the digests of the prompts
    that were noted."""

    beats: int
    made: tuple[Made, ...] = ()
    lines: tuple[Line, ...] = ()
    answers: tuple[Answer, ...] = ()
    prompts: frozenset[str] = frozenset()

    def recalled(self, number: int) -> Recalled:
        """What was replied in a beat."""
        return Recalled(m for m in self.made if m.beat == number)


NOT_POSSIBLE = "(Not possible any more: "
"""How a line begins that says why something could not be done."""


def happened(lines: Iterable[Line]) -> tuple[Line, ...]:
    """The lines that tell what happened. Why something could not is said otherwise, or not at all, in records of older
    versions."""
    return tuple(line for line in lines if not line.text.startswith(NOT_POSSIBLE))


def parting(found: Sequence[Line], past: Sequence[Line]) -> str:
    """Where two plays part that should be the same."""
    for ours, theirs in zip(found, past, strict=False):
        if ours != theirs:
            where = f"at beat {theirs.beat} the record has {theirs.text!r}, and its scene gives {ours.text!r}"
            return f"the record does not follow from its scene: {where}"
    return f"the record does not follow from its scene: it has {len(past)} lines, and the scene gives {len(found)}"
