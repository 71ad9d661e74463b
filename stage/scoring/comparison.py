"""Two performances of the same probes set side by side: what one gets right that the other gets wrong, and whether that
could be chance.

Only probes that tell minds apart are compared. Differences of separation are paired: each probe is its own control.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from pydantic import TypeAdapter
from scipy import stats

from stage.errors import UsageError
from stage.scoring.intervals import CONFIDENCE, NOTHING, Figure, clustered_mean, proportion
from stage.scoring.verdicts import Outcome, Verdict, chance, tells_apart, verdict
from stage.transcript import Answer, Transcript

_NAMED = 5
"""So many differing probes are named in a refusal."""


@dataclass(frozen=True)
class Contrast:
    """One run against the first, over ``n`` probes that tell minds apart and are decided in both.

    - ``fixed``: wrong in the first run and right in this one; ``broke``: the other way about.
    - ``difference``: that of separation, this run minus the first; `clustered_mean` over questions on one fact at one
      beat. ``difference_soft``: the same by the probability of the right answer, undecided answers included.
    - ``p``: McNemar's exact test (1947): how likely so uneven a split of fixed and broke is if neither run is better.
      ``p_holm``: that, corrected for the number of comparisons (Holm, 1979).
    - ``smallest``: the smallest difference of separation that n probes could show at all: none broke, and as few fixed
      as make p at most 0.05. None where n is too small for any.
    """

    n: int
    fixed: int
    broke: int
    difference: Figure
    difference_soft: Figure
    p: float
    p_holm: float
    smallest: float | None

    @property
    def is_told_apart(self) -> bool:
        """Whether the two runs differ by more than chance, all comparisons considered."""
        return self.p_holm <= 1 - CONFIDENCE


@dataclass(frozen=True)
class Compared:
    """One run among those compared: its own separation over the probes that all have, and its contrast with the first
    run (None for the first itself)."""

    name: str
    separation: Figure
    contrast: Contrast | None


@dataclass(frozen=True)
class Comparison:
    """Runs over the ``probes`` that all of them have; ``left_out`` counts those that not all have."""

    probes: int
    left_out: int
    runs: tuple[Compared, ...]

    def to_json(self) -> dict[str, Any]:
        plain: dict[str, Any] = TypeAdapter(Comparison).dump_python(self, mode="json")
        return plain


_Key = tuple[object, ...]
_Judged = tuple[Answer, Verdict]


def compare(runs: Sequence[tuple[str, Transcript]], common: bool = False) -> Comparison:
    """Compare performances, each by a name, with the first of them.

    UsageError unless there are two or more and they were asked the same: the same probes, with the same options and
    right answers. With ``common`` those that all were asked are compared, and the error is for none.
    """
    if len(runs) < 2:
        raise UsageError("it takes two runs to compare")
    asked = [{_key(a): (a, verdict(a, t.noise)) for a in t.answers} for _, t in runs]
    shared = [key for key in asked[0] if all(key in answers for answers in asked)]
    left_out = len({key for answers in asked for key in answers}) - len(shared)
    if not common:
        _check_same(runs, asked)
    if not shared:
        raise UsageError("these runs have no probe in common, so there is nothing to compare")
    judged = [[answers[key] for key in shared] for answers in asked]
    contrasts = [_contrast(judged[0], other) for other in judged[1:]]
    corrected = holm([c.p for c in contrasts])
    told = [replace(c, p_holm=p) for c, p in zip(contrasts, corrected, strict=True)]
    rows = [
        Compared(name, _separation(items), contrast)
        for (name, _), items, contrast in zip(runs, judged, [None, *told], strict=True)
    ]
    return Comparison(len(shared), left_out, tuple(rows))


def mcnemar(fixed: int, broke: int) -> float:
    """The two-sided p of McNemar's exact test; 1 where nothing differs."""
    return float(stats.binomtest(fixed, fixed + broke).pvalue) if fixed + broke else 1.0


def holm(ps: Sequence[float]) -> tuple[float, ...]:
    """p values corrected for their number by the step-down method of Holm (1979), in their own order."""
    adjusted = [0.0] * len(ps)
    highest = 0.0
    for rank, place in enumerate(sorted(range(len(ps)), key=lambda i: ps[i])):
        highest = max(highest, min(1.0, (len(ps) - rank) * ps[place]))
        adjusted[place] = highest
    return tuple(adjusted)


def _key(answer: Answer) -> _Key:
    return (answer.id, answer.beat, answer.viewpoint, answer.about, answer.question, answer.options, answer.expected)


def _check_same(runs: Sequence[tuple[str, Transcript]], asked: Sequence[dict[_Key, _Judged]]) -> None:
    """UsageError that names what a run was asked otherwise than the first."""
    for (name, _), answers in zip(runs[1:], asked[1:], strict=True):
        complaints = []
        for title, one, other in ((runs[0][0], asked[0], answers), (name, answers, asked[0])):
            alone = [a for key, (a, _) in one.items() if key not in other]
            named = "; ".join(f"{a.id} (beat {a.beat}: {a.question})" for a in alone[:_NAMED])
            more = f" and {len(alone) - _NAMED} more" if len(alone) > _NAMED else ""
            complaints += [f"only in {title}: {named}{more}"] if alone else []
        if complaints:
            told = "\n".join(complaints)
            raise UsageError(f"these runs were not asked the same:\n{told}\n--common compares what both were asked")


def _is_right(item: _Judged) -> bool:
    return item[1].outcome == Outcome.RIGHT


def _telling(answer: Answer) -> bool:
    return answer.expected in answer.options and tells_apart(answer)


def _separation(items: Sequence[_Judged]) -> Figure:
    telling = [(a, v) for a, v in items if _telling(a) and v.decided]
    if not telling:
        return NOTHING
    guessed = float(np.mean([chance(a) for a, _ in telling]))
    return proportion(sum(map(_is_right, telling)), len(telling)).corrected(guessed)


def _contrast(first: Sequence[_Judged], other: Sequence[_Judged]) -> Contrast:
    pairs = [(a, b) for a, b in zip(first, other, strict=True) if _telling(a[0])]
    decided = [(a, b) for a, b in pairs if a[1].decided and b[1].decided]
    steps = [_is_right(b) - _is_right(a) for a, b in decided]
    fixed, broke = steps.count(1), steps.count(-1)
    p = mcnemar(fixed, broke)
    soft = [(a[0], _mass(b[0]) - _mass(a[0])) for a, b in pairs if a[0].probabilities and b[0].probabilities]
    answers = [a[0] for a, _ in decided]
    return Contrast(
        n=len(decided),
        fixed=fixed,
        broke=broke,
        difference=_scaled(answers, [float(s) for s in steps]),
        difference_soft=_scaled([a for a, _ in soft], [d for _, d in soft]),
        p=p,
        p_holm=p,
        smallest=_smallest(answers),
    )


def _mass(answer: Answer) -> float:
    return answer.probabilities[answer.options.index(answer.expected)]


def _scaled(answers: Sequence[Answer], differences: Sequence[float]) -> Figure:
    """A mean difference in the units of separation, clustered by fact and beat."""
    figure = clustered_mean(differences, [(a.beat, a.about) for a in answers])
    if not answers:
        return figure
    unit = 1 - float(np.mean([chance(a) for a in answers]))
    low, high = figure.low, figure.high
    return Figure(
        None if figure.value is None else figure.value / unit,
        figure.n,
        None if low is None else low / unit,
        None if high is None else high / unit,
    )


def _smallest(answers: Sequence[Answer]) -> float | None:
    needed = next(k for k in range(1, 100) if mcnemar(k, 0) <= 1 - CONFIDENCE)
    if len(answers) < needed:
        return None
    return needed / len(answers) / (1 - float(np.mean([chance(a) for a in answers])))
