"""Many scenes as one: the measures of a stage over a set of scenes and their twins, with a scene as the cluster.

Each scene with its twin is one cluster of every interval, so figures hold for further scenes of the kind, and not only for
further questions about these.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from stage.performing.transcript import REALITY, Answer, Transcript
from stage.scoring.aided import Aided, aided
from stage.scoring.calibration import Calibration, calibration
from stage.scoring.constancy import VARIED, Varied, agreement
from stage.scoring.intervals import NOTHING, Figure, clustered_mean, smallest_detectable
from stage.scoring.minds_apart import told_apart
from stage.scoring.twins import Twins, twins
from stage.scoring.verdicts import NOBODY, OWN, Outcome, Verdict, believers, chance, tells_apart, verdict

ASKED, ANOTHER = "asked role", "another"
"""In the matrix over scenes of different casts: the role that was asked, for somebody else's belief, and any third."""
GHOSTS = ("narrator", "author")
MINDS = (OWN, REALITY, *GHOSTS, ASKED, ANOTHER, NOBODY)


@dataclass(frozen=True)
class Order:
    """One order of belief: of its questions the share answered right, and separation over those that tell minds apart,
    by probability."""

    accuracy: Figure
    separation_soft: Figure
    chance: float


@dataclass(frozen=True)
class Shares:
    """Of ``n`` decided answers that tell minds apart the share of each kind of mind, and that of blind choices."""

    n: int
    shares: dict[str, float]
    chance: dict[str, float]


@dataclass(frozen=True)
class Pooled:
    """All measures of a set of scenes; those of one scene are explained at `stage.scoring.scorecard.Scorecard`.

    ``separation`` and ``separation_soft`` are means over questions with the interval of clusters. ``nuisances`` are the
    figures of constancy, by what is varied, over the answers in which it is, with ``nuisance_chance``.
    """

    scenes: int
    probes: int
    undecided: int
    unreadable: int
    aided: Aided
    separation: Figure
    separation_soft: Figure
    detectable: float | None
    by_order: dict[int, Order]
    by_belief: dict[str, Figure]
    minds: dict[str, Shares]
    twins: Twins
    told_apart: Figure
    nuisances: dict[Varied, Figure]
    nuisance_chance: float | None
    calibration: Calibration

    def to_json(self) -> dict[str, Any]:
        plain: dict[str, Any] = TypeAdapter(Pooled).dump_python(self, mode="json")
        return plain


@dataclass(frozen=True)
class _Item:
    answer: Answer
    verdict: Verdict
    scene: int

    @property
    def is_right(self) -> bool:
        return self.verdict.outcome == Outcome.RIGHT


def pooled(transcripts: Sequence[Transcript]) -> Pooled:
    """The measures of scenes, each a transcript with that of its twin."""
    items = [
        _Item(a, verdict(a, t.noise), scene)
        for scene, played in enumerate(transcripts)
        for t in (played, played.twin)
        if t is not None
        for a in t.answers
    ]
    judged = [i for i in items if i.answer.expected in i.answer.options]
    decided = [i for i in judged if i.verdict.decided]
    telling = [i for i in decided if tells_apart(i.answer)]
    guessed = float(np.mean([chance(i.answer) for i in telling])) if telling else None
    least = None if guessed is None else smallest_detectable(len(telling), guessed)
    answers = [_clustered(i) for i in items if i.answer.readable and len(i.answer.options) > 1]
    varied = [a for a in answers if len(a.variants) > 1]
    whole = replace(transcripts[0], answers=tuple(_clustered(i) for i in judged), lines=(), twin=None)
    return Pooled(
        scenes=len(transcripts),
        probes=len(items),
        undecided=sum(i.verdict.outcome == Outcome.UNDECIDED for i in judged),
        unreadable=sum(i.verdict.outcome == Outcome.UNREADABLE for i in judged),
        aided=aided([t for played in transcripts for t in (played, played.twin) if t is not None]),
        separation=_separation(telling, lambda i: float(i.is_right)),
        separation_soft=_soft([i for i in judged if tells_apart(i.answer)]),
        detectable=None if least is None or guessed is None else (least - guessed) / (1 - guessed),
        by_order={order: _order(group) for order, group in _grouped(judged, lambda i: i.answer.order).items()},
        by_belief={truth: _accuracy(group) for truth, group in _grouped(decided, _truth).items()},
        minds={kind: _shares(group) for kind, group in _grouped(telling, _kind).items()},
        twins=twins(transcripts),
        told_apart=told_apart([t for played in transcripts for t in (played, played.twin) if t is not None]),
        nuisances={name: agreement(varied, name) for name in VARIED},
        nuisance_chance=float(np.mean([chance(a) for a in varied])) if varied else None,
        calibration=calibration(whole),
    )


def _clustered(item: _Item) -> Answer:
    """The answer with its scene for beat and fact, by which measures of one scene take their clusters."""
    return replace(item.answer, beat=item.scene, about="")


def _separation(items: Sequence[_Item], gained: Callable[[_Item], float]) -> Figure:
    if not items:
        return NOTHING
    guessed = float(np.mean([chance(i.answer) for i in items]))
    return clustered_mean([gained(i) for i in items], [i.scene for i in items], 0.0, 1.0).corrected(guessed)


def _soft(items: Sequence[_Item]) -> Figure:
    sure = [i for i in items if len(i.answer.probabilities) == len(i.answer.options)]
    return _separation(sure, lambda i: i.answer.probabilities[i.answer.options.index(i.answer.expected)])


def _accuracy(items: Sequence[_Item]) -> Figure:
    return clustered_mean([float(i.is_right) for i in items], [i.scene for i in items], 0.0, 1.0)


def _order(items: Sequence[_Item]) -> Order:
    return Order(
        _accuracy([i for i in items if i.verdict.decided]),
        _soft([i for i in items if tells_apart(i.answer)]),
        float(np.mean([chance(i.answer) for i in items])),
    )


def _truth(item: _Item) -> str:
    answer = item.answer
    return "unknown" if answer.expected is None else "true" if answer.true_belief else "false"


def _kind(item: _Item) -> str:
    """What kind of mind was asked, and about whom."""
    answer = item.answer
    if answer.order == 0:
        return "what is so"
    if answer.voice in GHOSTS:
        return f"the {answer.voice}"
    return "character, own" if answer.order == 1 else "character, others"


def _grouped(items: Sequence[_Item], key: Callable[[_Item], Any]) -> dict[Any, list[_Item]]:
    groups: dict[Hashable, list[_Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return dict(sorted(groups.items(), key=lambda g: str(g[0])))


def _shares(items: Sequence[_Item]) -> Shares:
    shares = dict.fromkeys(MINDS, 0.0)
    blind = dict(shares)
    for item in items:
        answer = item.answer
        _attribute(answer, answer.answer, 1 / len(items), shares)
        for value in answer.options:
            _attribute(answer, value, 1 / len(items) / len(answer.options), blind)
    return Shares(len(items), shares, blind)


def _attribute(answer: Answer, value: str | None, weight: float, shares: dict[str, float]) -> None:
    minds = believers(answer, value) or (NOBODY,)
    for mind in minds:
        known = mind in (OWN, NOBODY, REALITY, *GHOSTS)
        shares[mind if known else ASKED if mind == answer.voice else ANOTHER] += weight / len(minds)
