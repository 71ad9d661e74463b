"""What one answer shows: whose belief it was, or why that cannot be told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

from stage.performing.transcript import REALITY, Answer

OWN, NOBODY = "own", "none"
"""What stands in place of a mind's name: the mind that was asked about, and no mind at all."""

FIRST_NAMED = (REALITY, "narrator", "author")
"""Minds in the order in which they are named everywhere; the characters follow in the order of the scene."""

TIE = 1e-9
"""Nats within which two averages of the same numbers, added up in another order, are equal."""


class Outcome(StrEnum):
    """What an answer shows."""

    RIGHT = "right"
    """What is believed at the viewpoint."""
    OTHER = "other"
    """What some other mind believes."""
    NONE = "none"
    """What no mind of the scene believes."""
    UNDECIDED = "undecided"
    """The margin lies within the noise: another run of the same probe could turn out otherwise."""
    UNREADABLE = "unreadable"
    """No option could be told from the reply. Not the same as wrong."""


@dataclass(frozen=True)
class Verdict:
    """What an answer shows.

    ``matches`` names the other minds whose belief the answer is, and is empty unless the outcome is ``other``.
    ``mind`` is the same for display: "own" if right, the names joined by "|", "none" for nobody's belief, and empty
    where the answer shows nothing. ``explanation`` is one sentence.
    """

    outcome: Outcome
    mind: str
    matches: tuple[str, ...]
    explanation: str

    @property
    def decided(self) -> bool:
        """Whether the answer counts as right or wrong."""
        return self.outcome not in (Outcome.UNDECIDED, Outcome.UNREADABLE)


def in_order(minds: list[str]) -> list[str]:
    """Reality, narrator and author before the characters, who keep their order."""
    return sorted(minds, key=lambda name: FIRST_NAMED.index(name) if name in FIRST_NAMED else len(FIRST_NAMED))


def other_minds(answer: Answer) -> list[str]:
    """All minds that are not the one at the answer's viewpoint, in the order of display.

    The mind at () is reality and the one at (x,) is x. What x believes that y believes is neither x's own belief nor
    y's, so at a deeper viewpoint every mind is another one, x and y included.
    """
    own = answer.viewpoint[0] if answer.order == 1 else REALITY if answer.order == 0 else None
    return in_order([name for name in answer.minds if name != own])


def minds_differ(answer: Answer) -> bool:
    """Whether some other mind would answer otherwise, so that the answer can tell minds apart."""
    return any(answer.minds[name] != answer.expected for name in other_minds(answer))


def tells_apart(answer: Answer) -> bool:
    """Whether an answer can tell minds apart: two options or more, and some other mind would answer otherwise."""
    return len(answer.options) > 1 and minds_differ(answer)


def chance(answer: Answer) -> float:
    """How often a blind choice among the options is right."""
    return 1 / len(answer.options)


def believers(answer: Answer, value: str | None) -> tuple[str, ...]:
    """The minds that a value speaks for: "own" alone if it is the expected one, else the other minds that would give
    it, None ("does not know") like any other; empty if nobody would."""
    if value == answer.expected:
        return (OWN,)
    return tuple(name for name in other_minds(answer) if answer.minds[name] == value)


def threshold(answer: Answer, noise: float) -> float:
    """The margin, in nats, up to which an answer is undecided."""
    return averaged(noise, len(answer.variants))


def averaged(noise: float, variants: int) -> float:
    """What noise leaves after averaging over so many variants, noise / sqrt(m), whose noise is taken to be independent;
    an exact tie is undecided even without noise."""
    return max(noise / sqrt(max(1, variants)), TIE)


def verdict(answer: Answer, noise: float) -> Verdict:
    """What an answer shows, given the model's numerical noise in nats (that of one variant: see `threshold`)."""
    if not answer.readable:
        return Verdict(Outcome.UNREADABLE, "", (), "The reply could not be read as any of the options.")
    said, own = _quoted(answer.answer), _quoted(answer.expected)
    limit = threshold(answer, noise)
    if len(answer.options) > 1 and answer.margin <= limit:
        why = f"lead {answer.margin:.2g} nats, noise {limit:.2g}"
        return Verdict(Outcome.UNDECIDED, "", (), f"Leans to {said}, but within the noise ({why}).")
    minds = believers(answer, answer.answer)
    whose = " > ".join(answer.viewpoint) or REALITY
    if minds == (OWN,):
        return Verdict(Outcome.RIGHT, OWN, (), f"Answered {said}, which is right for {whose}.")
    if not minds:
        return Verdict(Outcome.NONE, NOBODY, (), f"Answered {said}, as nobody would; right for {whose} is {own}.")
    by = minds[0] if len(minds) == 1 else ", ".join(minds[:-1]) + " and " + minds[-1]
    why = f"Answered {said}, as {by} would; right for {whose} is {own}."
    return Verdict(Outcome.OTHER, "|".join(minds), minds, why)


def _quoted(value: str | None) -> str:
    return '"does not know"' if value is None else f'"{value}"'
