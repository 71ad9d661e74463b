"""The stage as a reader of what it said itself: does this line, out of any context, say that so-and-so is the case?

A second opinion beside the reader of words (`stage.scoring.mentions`), by the likelihood of "yes" over "no". It sees one
line and one fact and nothing of the play. What a model answers to every such question alike cancels: the same is asked
of a line that says nothing, and subtracted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from stage.inference.requests import Chat, LanguageModel, Message, Prompt, Reply, Score, Scored, Script

SAYS_NOTHING = "Well, well."
"""A line that gives nothing away: what a model makes of it is what it likes to answer."""
ANSWERS = (" Yes", " No")
"""In this order; each question is put with both orders of naming them."""
_ORDERS = ("yes or no", "no or yes")


@dataclass(frozen=True)
class Said:
    """A line and what it is asked about: per fact its clause ("the marble is in the box")."""

    text: str
    clauses: Mapping[str, str]


def readings(model: LanguageModel, lines: Sequence[Said]) -> list[dict[str, float]]:
    """Per line and per fact asked about, how far the model takes the line to say it, in nats: log-odds of yes over no,
    mean over both orders of naming the answers, less the same for `SAYS_NOTHING`. Asked as one batch."""
    texts = {(text, clause) for line in lines for clause in line.clauses.values() for text in (line.text, SAYS_NOTHING)}
    asked = sorted(texts)
    requests = [
        Score(_prompt(text, clause, order, model.card.chat), ANSWERS, f"second reader: {clause}: {text}")
        for text, clause in asked
        for order in _ORDERS
    ]
    odds = [_log_odds(reply) for reply in (model.answer(requests) if requests else [])]
    each = len(_ORDERS)
    said = {key: sum(odds[i * each : (i + 1) * each]) / each for i, key in enumerate(asked)}
    return [
        {fact: said[line.text, clause] - said[SAYS_NOTHING, clause] for fact, clause in line.clauses.items()}
        for line in lines
    ]


def _prompt(line: str, clause: str, order: str, chat: bool) -> Prompt:
    asked = f'Somebody says: "{line}"\nDo these words say that {clause}? Answer {order}.'
    if not chat:
        return Script(f"{asked}\nAnswer:")
    return Chat((Message("user", asked),), "Answer:")


def _log_odds(reply: Reply) -> float:
    if not isinstance(reply, Scored):
        raise TypeError(f"scores were asked for, and {reply!r} came back")
    yes, no = reply.logprobs
    return yes - no


def best_threshold(says: Sequence[float], says_not: Sequence[float]) -> float:
    """The threshold with the highest balanced accuracy on readings of lines that say so and of lines that do not;
    midway between two readings, the lowest of equals."""
    values = sorted({*says, *says_not})
    middles = [values[0] - 1, *((a + b) / 2 for a, b in pairwise(values))]

    def balanced(threshold: float) -> float:
        right = sum(r > threshold for r in says) / len(says)
        return right + sum(r <= threshold for r in says_not) / len(says_not)

    return max(middles, key=lambda t: (balanced(t), -t))
