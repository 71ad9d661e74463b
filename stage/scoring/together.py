"""Do the minds of one stage fail together, and does one leak bring on another?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt

import numpy as np
from scipy import stats

from stage.performing.transcript import Transcript
from stage.scoring.intervals import NOTHING, Figure, clustered_mean, proportion
from stage.scoring.verdicts import Outcome, verdict


@dataclass(frozen=True)
class Contagion:
    """Lines that leak, after an earlier leak of somebody else's and without one before.

    ``p``: Fisher's exact test, two-sided (1935): how likely shares so unlike are if leaks come alike in both; None where
    there are no lines of either kind.
    """

    after_another: Figure
    before: Figure
    p: float | None = None


def errors_together(transcript: Transcript) -> Figure:
    """The correlation of errors between different voices asked about one fact at one beat.

    Each error counts as its distance from the error rate of its voice, so that voices of unlike difficulty do not look
    as if they failed together. 0: no more than independent minds would; 1: always together; below 0: one instead of
    the other. Voices that are always right or always wrong tell nothing and are left out. Clustered by fact and beat.
    """
    errors: list[tuple[tuple[int, str], str, float]] = []
    for answer in transcript.answers:
        found = verdict(answer, transcript.noise)
        if found.decided and answer.expected in answer.options and len(answer.options) > 1:
            errors.append(((answer.beat, answer.about), answer.voice, float(found.outcome != Outcome.RIGHT)))
    by_voice: dict[str, list[float]] = {}
    for _, voice, error in errors:
        by_voice.setdefault(voice, []).append(error)
    rates = {voice: sum(found) / len(found) for voice, found in by_voice.items()}
    groups: dict[tuple[int, str], list[tuple[str, float]]] = {}
    for where, voice, error in errors:
        rate = rates[voice]
        if 0 < rate < 1:
            groups.setdefault(where, []).append((voice, (error - rate) / sqrt(rate * (1 - rate))))
    products = [
        (one * other, where)
        for where, group in groups.items()
        for (voice, one), (other_voice, other) in combinations(group, 2)
        if voice != other_voice
    ]
    return clustered_mean([p for p, _ in products], [where for _, where in products]) if products else NOTHING


def contagion(spoken: Sequence[tuple[str | None, bool]]) -> Contagion:
    """Of lines in their order, each with its speaker and whether it leaks."""
    after: list[bool] = []
    before: list[bool] = []
    leakers: set[str | None] = set()
    for speaker, leaks in spoken:
        (after if leakers - {speaker} else before).append(leaks)
        if leaks:
            leakers.add(speaker)
    shares = proportion(sum(after), len(after)), proportion(sum(before), len(before))
    return Contagion(*shares, _fisher(after, before) if after and before else None)


def _fisher(some: Sequence[bool], others: Sequence[bool]) -> float:
    table = np.array([[sum(group), len(group) - sum(group)] for group in (some, others)])
    return float(stats.fisher_exact(table).pvalue)
