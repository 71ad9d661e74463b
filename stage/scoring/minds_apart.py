"""Pairs of questions that one mind alone could not both answer: is more than one mind kept?

A stage that holds one belief for everybody answers all questions on one fact at one moment alike. On two of them with
different right answers it is right on one at most, whatever that belief is.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from stage.performing.transcript import Answer, Transcript
from stage.scoring.intervals import NOTHING, Figure, clustered_mean
from stage.scoring.verdicts import Outcome, chance, verdict


def told_apart(transcripts: Sequence[Transcript]) -> Figure:
    """Pairs answered both right, corrected for chance: (share - chance) / (1 - chance).

    A pair are two decided answers on one fact at one beat, the same options, and different right answers; chance is the
    mean of 1 / options squared. 1: every pair right; 0: as good as guessing; one mind for all: -chance / (1 - chance).
    `clustered_mean` by scene, for a single one by fact and beat.
    """
    pairs = [
        (both, blind, place if len(transcripts) > 1 else where)
        for place, transcript in enumerate(transcripts)
        for both, blind, where in _pairs(transcript)
    ]
    if not pairs:
        return NOTHING
    guessed = float(np.mean([blind for _, blind, _ in pairs]))
    return clustered_mean([both for both, _, _ in pairs], [where for *_, where in pairs], 0.0, 1.0).corrected(guessed)


def _pairs(transcript: Transcript) -> list[tuple[float, float, tuple[int, str]]]:
    """Of each pair: whether both are right, how likely a blind choice is, and where it stands."""
    groups: dict[tuple[int, str], list[tuple[Answer, bool]]] = {}
    for answer in transcript.answers:
        found = verdict(answer, transcript.noise)
        if found.decided and answer.expected in answer.options:
            groups.setdefault((answer.beat, answer.about), []).append((answer, found.outcome == Outcome.RIGHT))
    return [
        (float(one_right and other_right), chance(one) * chance(other), where)
        for where, group in groups.items()
        for (one, one_right), (other, other_right) in combinations(group, 2)
        if one.expected != other.expected and one.options == other.options
    ]
