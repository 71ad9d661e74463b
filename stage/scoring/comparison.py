"""Two performances of the same probes set side by side: what one gets right that the other gets wrong, and whether that
could be chance.

Only probes that tell minds apart are compared. Differences of separation are paired: each probe is its own control. A
run may be of several scenes; then intervals take a scene as a cluster.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from stage.errors import UsageError
from stage.performing.transcript import Answer, Transcript
from stage.scoring.intervals import CONFIDENCE, NOTHING, Figure, clustered_mean, proportion
from stage.scoring.mcnemar import detectable, least_significant, mcnemar
from stage.scoring.twins import twins
from stage.scoring.verdicts import Outcome, Verdict, chance, tells_apart, verdict

_NAMED = 5
"""So many differing probes are named in a refusal."""


@dataclass(frozen=True)
class Contrast:
    """One run against the first, over ``n`` probes that tell minds apart and are decided in both.

    - ``fixed``: wrong in the first run and right in this one; ``broke``: the other way about.
    - ``difference``: that of separation, this run minus the first; `clustered_mean` over questions on one fact at one
      beat, of several scenes over those of a scene. ``difference_soft``: the same by the probability of the right answer, undecided answers included.
    - ``p``: McNemar's exact test (1947): how likely so uneven a split of fixed and broke is if neither run is better.
      ``p_holm``: that, corrected for the number of comparisons (Holm, 1979).
    - ``least_significant``: the smallest difference of separation that can be significant at all: none broke, and as few
      fixed as make p at most 0.05. None where n is too small for any.
    - ``detectable``: the smallest that the test finds in 80 % of studies of n probes, if as many answers change as did
      here (`stage.scoring.mcnemar.detectable`). None where n is too small for any.
    """

    n: int
    fixed: int
    broke: int
    difference: Figure
    difference_soft: Figure
    p: float
    p_holm: float
    least_significant: float | None
    detectable: float | None

    @property
    def is_told_apart(self) -> bool:
        """Whether the two runs differ by more than chance, all comparisons considered."""
        return self.p_holm <= 1 - CONFIDENCE


@dataclass(frozen=True)
class Compared:
    """One run among those compared: its own separation over the probes that all have, its contrast with the first run
    (None for the first itself), and how much better than by guessing it is right in scene and twin
    (`stage.scoring.twins`)."""

    name: str
    separation: Figure
    contrast: Contrast | None
    twins: Figure = NOTHING


@dataclass(frozen=True)
class Effect:
    """What one ``factor`` (context, aid, ...) does when it is ``level`` in place of ``reference``, its value in the first
    run, and all else is alike: the mean of the paired differences over ``pairs`` of runs, in units of separation, by
    the probability of the right answer."""

    factor: str
    reference: str
    level: str
    pairs: int
    difference_soft: Figure


@dataclass(frozen=True)
class Comparison:
    """Runs over the ``probes`` that all of them have; ``left_out`` counts those that not all have. ``effects`` are those
    of the factors in which the runs were made to differ, where more than one is."""

    probes: int
    left_out: int
    runs: tuple[Compared, ...]
    effects: tuple[Effect, ...] = ()

    def to_json(self) -> dict[str, Any]:
        plain: dict[str, Any] = TypeAdapter(Comparison).dump_python(self, mode="json")
        return plain


_Key = tuple[Hashable, ...]


@dataclass(frozen=True)
class _Judged:
    answer: Answer
    verdict: Verdict
    cluster: Hashable

    @property
    def is_right(self) -> bool:
        return self.verdict.outcome == Outcome.RIGHT

    @property
    def tells_apart(self) -> bool:
        return self.answer.expected in self.answer.options and tells_apart(self.answer)

    @property
    def mass(self) -> float:
        return self.answer.probabilities[self.answer.options.index(self.answer.expected)]


def compare(runs: Sequence[tuple[str, Transcript]], common: bool = False) -> Comparison:
    """Compare performances of one scene, each by a name, with the first of them: see `compare_all`."""
    return compare_all([(name, (transcript,)) for name, transcript in runs], common)


def compare_all(
    runs: Sequence[tuple[str, Sequence[Transcript]]],
    common: bool = False,
    made: Sequence[Mapping[str, str]] = (),
) -> Comparison:
    """Compare performances of the same scenes in the same order, each by a name, with the first of them. ``made`` says of
    each in what it was made to differ, by the name of the factor.

    UsageError unless there are two or more and they were asked the same: the same probes, with the same options and
    right answers. With ``common`` those that all were asked are compared, and the error is for none.
    """
    if len(runs) < 2:
        raise UsageError("it takes two runs to compare")
    asked = [_judged(transcripts) for _, transcripts in runs]
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
        Compared(name, _separation(items), contrast, twins(transcripts).corrected_soft)
        for (name, transcripts), items, contrast in zip(runs, judged, [None, *told], strict=True)
    ]
    return Comparison(len(shared), left_out, tuple(rows), tuple(_effects(judged, made)))


def _judged(transcripts: Sequence[Transcript]) -> dict[_Key, _Judged]:
    return {
        (scene, is_twin, *_key(a)): _Judged(
            a, verdict(a, t.noise), scene if len(transcripts) > 1 else (a.beat, a.about)
        )
        for scene, played in enumerate(transcripts)
        for is_twin, t in ((False, played), (True, played.twin))
        if t is not None
        for a in t.answers
    }


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


def _check_same(runs: Sequence[tuple[str, Sequence[Transcript]]], asked: Sequence[dict[_Key, _Judged]]) -> None:
    """UsageError that names what a run was asked otherwise than the first."""
    for (name, _), answers in zip(runs[1:], asked[1:], strict=True):
        complaints = []
        for title, one, other in ((runs[0][0], asked[0], answers), (name, answers, asked[0])):
            alone = [judged.answer for key, judged in one.items() if key not in other]
            named = "; ".join(f"{a.id} (beat {a.beat}: {a.question})" for a in alone[:_NAMED])
            more = f" and {len(alone) - _NAMED} more" if len(alone) > _NAMED else ""
            complaints += [f"only in {title}: {named}{more}"] if alone else []
        if complaints:
            told = "\n".join(complaints)
            shared = sum(key in answers for key in asked[0])
            remedy = (
                f"--common compares the {shared} that both were asked" if shared else "they have no probe in common"
            )
            raise UsageError(f"these runs were not asked the same:\n{told}\n{remedy}")


def _separation(items: Sequence[_Judged]) -> Figure:
    telling = [item for item in items if item.tells_apart and item.verdict.decided]
    if not telling:
        return NOTHING
    guessed = float(np.mean([chance(item.answer) for item in telling]))
    return proportion(sum(item.is_right for item in telling), len(telling)).corrected(guessed)


def _contrast(first: Sequence[_Judged], other: Sequence[_Judged]) -> Contrast:
    pairs = [(a, b) for a, b in zip(first, other, strict=True) if a.tells_apart]
    decided = [(a, b) for a, b in pairs if a.verdict.decided and b.verdict.decided]
    steps = [b.is_right - a.is_right for a, b in decided]
    fixed, broke = steps.count(1), steps.count(-1)
    p, n = mcnemar(fixed, broke), len(decided)
    soft = [(a, b.mass - a.mass) for a, b in pairs if a.answer.probabilities and b.answer.probabilities]
    return Contrast(
        n=n,
        fixed=fixed,
        broke=broke,
        difference=_scaled([a for a, _ in decided], [float(s) for s in steps]),
        difference_soft=_scaled([a for a, _ in soft], [d for _, d in soft]),
        p=p,
        p_holm=p,
        least_significant=_in_separation(least_significant(n), [a.answer for a, _ in decided]),
        detectable=_in_separation(detectable(n, (fixed + broke) / max(1, n)), [a.answer for a, _ in decided]),
    )


def _effects(judged: Sequence[Sequence[_Judged]], made: Sequence[Mapping[str, str]]) -> list[Effect]:
    """The effect of every level of every factor against the first run's, where runs differ in two factors or more: with
    one, the contrasts with the first run say it all."""
    factors = [f for f in (made[0] if made else ()) if len({run[f] for run in made}) > 1]
    if len(factors) < 2:
        return []
    found = []
    for factor in factors:
        reference = made[0][factor]
        for level in dict.fromkeys(run[factor] for run in made if run[factor] != reference):
            pairs = [
                (one, other)
                for one, settings in zip(judged, made, strict=True)
                for other, changed in zip(judged, made, strict=True)
                if changed == {**settings, factor: level} and settings[factor] == reference
            ]
            found.append(Effect(factor, reference, level, len(pairs), _mean_difference(pairs)))
    return found


def _mean_difference(pairs: Sequence[tuple[Sequence[_Judged], Sequence[_Judged]]]) -> Figure:
    """The difference of probability on the right answer, averaged over pairs of runs question by question."""
    rows = [list(zip(one, other, strict=True)) for one, other in pairs]
    questions = [
        [(a, b) for a, b in question if a.answer.probabilities and b.answer.probabilities]
        for question in zip(*rows, strict=True)
        if question[0][0].tells_apart
    ]
    kept = [question for question in questions if len(question) == len(pairs)]
    return _scaled([q[0][0] for q in kept], [sum(b.mass - a.mass for a, b in q) / len(q) for q in kept])


def _scaled(items: Sequence[_Judged], differences: Sequence[float]) -> Figure:
    """A mean difference in the units of separation."""
    figure = clustered_mean(differences, [item.cluster for item in items])
    if not items:
        return figure
    unit = 1 - float(np.mean([chance(item.answer) for item in items]))
    low, high = figure.low, figure.high
    return Figure(
        None if figure.value is None else figure.value / unit,
        figure.n,
        None if low is None else low / unit,
        None if high is None else high / unit,
    )


def _in_separation(share: float | None, answers: Sequence[Answer]) -> float | None:
    """A difference of shares of right answers in the units of separation."""
    return None if share is None else share / (1 - float(np.mean([chance(a) for a in answers])))
