"""What a model replies, held against what it was asked: whatever a model is, a play goes on with sound replies only."""

from __future__ import annotations

import math
from collections.abc import Sequence

from stage.errors import ModelError
from stage.inference.requests import Generate, Generated, LanguageModel, Reply, Request, Score, Scored

LONGEST = 10_000
"""Characters of a generated text that are kept; what a role says takes a few hundred."""


def fitting(model: LanguageModel, requests: Sequence[Request]) -> list[Reply]:
    """The model's replies, one for each request. ModelError where they do not fit what was asked; texts are made such
    that every encoding takes them, and cut where they are too long."""
    given = model.answer(requests)
    if len(given) != len(requests):
        raise ModelError(f"the model {model.card.name!r} gave {len(given)} replies to {len(requests)} requests")
    return [_fitting(model, *pair) for pair in zip(requests, given, strict=True)]


def _fitting(model: LanguageModel, request: Request, reply: Reply) -> Reply:
    match request, reply:
        case Score(options=options), Scored(logprobs, lengths) if len(logprobs) == len(lengths) == len(options):
            if all(isinstance(n, int) and n > 0 for n in lengths):
                return reply
        case Generate(), Generated(str() as text):
            return _sound(reply, text)
    raise ModelError(f"the model {model.card.name!r} gave a reply that does not fit {request.label!r}: {reply!r:.200}")


def _sound(reply: Generated, text: str) -> Generated:
    whole = text.encode("utf-8", "replace").decode("utf-8")
    logprob = reply.logprob if math.isfinite(reply.logprob) else -math.inf
    if len(whole) > LONGEST:
        return Generated(whole[:LONGEST], "length", logprob, reply.length)
    return Generated(whole, reply.ended, logprob, reply.length)


def choosable(scored: Scored, label: str) -> Scored:
    """Scores among which a choice can be made. ModelError where one of them is no number, or none is possible."""
    if any(math.isnan(p) or p == math.inf for p in scored.logprobs) or max(scored.logprobs) == -math.inf:
        raise ModelError(
            f"the model's log-probabilities for {label!r} are {scored.logprobs[:4]}: nothing can be chosen by them; "
            "the model file may be damaged ('stage run --resume' goes on with a sound one)"
        )
    return scored
