"""Is an answer right for the right reason: right in a scene, and right in its twin, where the right answer is another?"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from stage.performing.transcript import Answer, Transcript
from stage.scoring.intervals import NOTHING, Figure, clustered_mean, proportion
from stage.scoring.verdicts import Outcome, chance, verdict


@dataclass(frozen=True)
class Pair:
    """One question in a scene and in its twin, with different right answers; ``mass`` is the product of the
    probabilities of both, None where there are none."""

    decided: bool
    both_right: bool
    same_answer: bool
    mass: float | None
    chance: float
    where: Hashable


@dataclass(frozen=True)
class Twins:
    """Questions whose right answer flips between a scene and its twin.

    - ``accuracy``: of those decided in both, the share answered right in both, Wilson; ``chance`` is the mean of
      1 / options squared.
    - ``corrected``: (accuracy - chance) / (1 - chance). 1: always; 0: as good as guessing; a stage that gives one answer
      to both, whatever it is, has -chance / (1 - chance).
    - ``corrected_soft``: the same with the product of the probabilities given to both right answers, those not decided
      included; clustered by fact and beat, of several scenes by scene.
    - ``same``: of those decided in both, the share given the same answer twice, which is wrong in one of them.
    - ``undecided``: pairs that are not decided in both.
    """

    accuracy: Figure
    corrected: Figure
    corrected_soft: Figure
    same: Figure
    chance: float | None
    undecided: int


def twins(transcripts: Sequence[Transcript]) -> Twins:
    """The twin measures of transcripts of which some have twins; figures of nothing without any."""
    found = [
        replace(pair, where=place) if len(transcripts) > 1 else pair
        for place, transcript in enumerate(transcripts)
        for pair in pairs(transcript)
    ]
    decided = [p for p in found if p.decided]
    guessed = float(np.mean([p.chance for p in decided])) if decided else None
    accuracy = proportion(sum(p.both_right for p in decided), len(decided))
    return Twins(
        accuracy=accuracy,
        corrected=NOTHING if guessed is None else accuracy.corrected(guessed),
        corrected_soft=_soft([p for p in found if p.mass is not None]),
        same=proportion(sum(p.same_answer for p in decided), len(decided)),
        chance=guessed,
        undecided=len(found) - len(decided),
    )


def _soft(found: Sequence[Pair]) -> Figure:
    if not found:
        return NOTHING
    guessed = float(np.mean([p.chance for p in found]))
    return clustered_mean([p.mass or 0.0 for p in found], [p.where for p in found], 0.0, 1.0).corrected(guessed)


def pairs(transcript: Transcript) -> list[Pair]:
    """The questions of a transcript whose right answers differ in its twin, and that offer the same options there."""
    twin = transcript.twin
    if twin is None:
        return []
    there = {a.id: a for a in twin.answers}
    both = [(a, there[a.id]) for a in transcript.answers if a.id in there]
    return [
        _pair(one, other, transcript.noise)
        for one, other in both
        if one.options == other.options
        and one.expected != other.expected
        and {one.expected, other.expected} <= {*one.options}
    ]


def _pair(one: Answer, other: Answer, noise: float) -> Pair:
    found = [verdict(a, noise) for a in (one, other)]
    return Pair(
        decided=all(v.decided for v in found),
        both_right=all(v.outcome == Outcome.RIGHT for v in found),
        same_answer=one.answer == other.answer,
        mass=_mass(one) * _mass(other) if one.probabilities and other.probabilities else None,
        chance=chance(one) * chance(other),
        where=(one.beat, one.about),
    )


def _mass(answer: Answer) -> float:
    return answer.probabilities[answer.options.index(answer.expected)]
