"""The stage as a reader of what it said itself: does this line, out of any context, say that so-and-so is the case?

A second opinion beside the reader of words (`stage.scoring.mentions`), by the likelihood of "yes" over "no". It sees one
line and one fact and nothing of the play. What a model answers to every such question alike cancels: the same is asked
of a line that says nothing, and subtracted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from stage.inference.replies import fitting
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


@dataclass(frozen=True)
class Asked:
    """One question to the second reader: does ``text`` say ``fact``?"""

    fact: str
    text: str
    score: Score


def questions(lines: Sequence[Said], chat: bool) -> list[Asked]:
    """What is asked of lines, each question once; ``chat`` tells whether the model has a chat template."""
    wanted = {(f, c, text) for line in lines for f, c in line.clauses.items() for text in (line.text, SAYS_NOTHING)}
    return [
        Asked(fact, text, Score(_prompt(text, clause, order, chat), ANSWERS, f"read/{fact}/{text}/{order}"))
        for fact, clause, text in sorted(wanted)
        for order in _ORDERS
    ]


def understood(lines: Sequence[Said], asked: Sequence[Asked], replies: Sequence[Reply]) -> list[dict[str, float]]:
    """Per line and per fact asked about, how far the line is taken to say it, in nats: log-odds of yes over no, mean
    over both orders of naming the answers, less the same for `SAYS_NOTHING`."""
    odds: dict[tuple[str, str], float] = {}
    for question, reply in zip(asked, replies, strict=True):
        key = question.fact, question.text
        odds[key] = odds.get(key, 0.0) + _log_odds(reply) / len(_ORDERS)
    return [{f: odds[f, line.text] - odds[f, SAYS_NOTHING] for f in line.clauses} for line in lines]


def readings(model: LanguageModel, lines: Sequence[Said]) -> list[dict[str, float]]:
    """What a model takes each line to say (`understood`), asked as one batch."""
    asked = questions(lines, model.card.chat)
    return understood(lines, asked, fitting(model, [q.score for q in asked]) if asked else [])


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
