"""Does the stage know when it is right: its probabilities against what comes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stage.performing.transcript import Answer, Transcript
from stage.scoring.intervals import Figure, clustered_mean, proportion
from stage.scoring.verdicts import chance

BINS = 10


@dataclass(frozen=True)
class Bin:
    """The answers whose likeliest option has a probability within one tenth: its mean, and how many were right."""

    confidence: float
    right: Figure


@dataclass(frozen=True)
class Calibration:
    """The probabilities of ``brier.n`` answers.

    - ``brier``: the sum of squared differences between the probabilities of all options and what is right (Brier, 1950),
      mean over answers, clustered by fact and beat; in [0, 2], 0 the best. ``brier_chance``: that of equal probabilities.
    - ``error``: expected calibration error: the mean distance between confidence and share of right answers over the
      bins, weighted by their answers; in [0, 1], 0 the best. With few answers it is above 0 by chance alone, so it
      has no interval; read it beside ``brier``. None without answers.
    - ``reliability``: the bins that hold any answer, by confidence.
    """

    brier: Figure
    brier_chance: float | None
    error: float | None
    reliability: tuple[Bin, ...]


def calibration(transcript: Transcript) -> Calibration:
    answers = [a for a in transcript.answers if a.expected in a.options and len(a.probabilities) == len(a.options) > 1]
    bins = _bins(answers)
    gaps = [b.right.n * abs(b.confidence - (b.right.value or 0.0)) for b in bins]
    return Calibration(
        brier=clustered_mean([_brier(a) for a in answers], [(a.beat, a.about) for a in answers], 0.0, 2.0),
        brier_chance=float(np.mean([1 - chance(a) for a in answers])) if answers else None,
        error=sum(gaps) / len(answers) if answers else None,
        reliability=bins,
    )


def _brier(answer: Answer) -> float:
    return sum((p - (o == answer.expected)) ** 2 for p, o in zip(answer.probabilities, answer.options, strict=True))


def _bins(answers: Sequence[Answer]) -> tuple[Bin, ...]:
    held: dict[int, list[Answer]] = {}
    for answer in answers:
        held.setdefault(min(BINS - 1, int(max(answer.probabilities) * BINS)), []).append(answer)
    return tuple(
        Bin(
            float(np.mean([max(a.probabilities) for a in some])),
            proportion(sum(a.answer == a.expected for a in some), len(some)),
        )
        for _, some in sorted(held.items())
    )
