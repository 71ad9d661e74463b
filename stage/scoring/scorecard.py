"""What a performance is worth as a keeping apart of minds: every measure of one transcript.

Made from the transcript alone, so it can be made again later without the model. `docs/measures.md` explains each
measure with an example. An answer is *decided* unless it is undecided or unreadable (`stage.scoring.verdicts`), and it
*tells minds apart* if at least one other mind of the scene would answer otherwise and two or more options were offered.

Intervals take the probes of the scene as independent draws. They say how far figures may be off for more probes of
this kind in this scene, not for other scenes.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from pydantic import TypeAdapter

from stage.performing.transcript import Answer, Line, Transcript
from stage.scoring.aided import Aided, aided
from stage.scoring.calibration import Calibration, calibration
from stage.scoring.constancy import Constancy, constancy
from stage.scoring.intervals import NOTHING, Figure, bounded_mean, proportion, smallest_detectable
from stage.scoring.minds_apart import told_apart
from stage.scoring.spoken import (
    Finding,
    Hedging,
    SecondOpinion,
    findings,
    hedging,
    leaks_by_kind,
    readings,
    second_opinion,
)
from stage.scoring.together import Contagion, contagion, errors_together
from stage.scoring.twins import Twins, twins
from stage.scoring.verdicts import (
    NOBODY,
    OWN,
    Outcome,
    Verdict,
    believers,
    in_order,
    other_minds,
    tells_apart,
    verdict,
)
from stage.scoring.verdicts import chance as guessed


@dataclass(frozen=True)
class Whose:
    """One row of the matrix of whose mind spoke: of ``n`` decided answers of one voice that tell minds apart, the
    share of each mind, by name: "own", then the other minds, then "none".

    An answer that k other minds would give counts 1/k for each, so the shares add up to 1. ``chance`` are the shares
    of somebody who picks among the same options blindly.
    """

    n: int
    shares: dict[str, float]
    chance: dict[str, float]


@dataclass(frozen=True)
class Scorecard:
    """All measures of one transcript.

    Answers whose right answer was not among their options (``unanswerable``) are counted and otherwise left out.
    ``aided``: how often an aid in the stage's own words came to nothing (`stage.scoring.aided`).

    - ``accuracy``: right / decided, in [0, 1]; guessing gives the mean of 1 / options. Also ``by_order`` (length of
      the viewpoint), ``by_belief`` (order, then "true", "false" or "unknown": what is believed is so, is not so, or
      there is no one belief) and ``by_voice``. Wilson intervals.
    - ``accuracy_by_distance``: by the beats for which the belief has been what it is (`Answer.held`).
    - ``joint``: all answers about one fluent at one beat right, over those fluents and beats all of whose answers are
      decided; in [0, 1].
    - ``separation``: (accuracy - chance) / (1 - chance) over decided answers that tell minds apart, chance being their
      mean 1 / options. 1: every answer is the right mind's; 0: as good as guessing; below 0: worse than guessing,
      systematically somebody else's; at worst -chance / (1 - chance). The Wilson interval of the accuracy, put
      through the same map.
    - ``separation_soft``: the same with the mean probability on the right answer in place of accuracy, undecided
      answers included. The interval of that mean (`bounded_mean`), put through the same map. None without probabilities.
    - ``separation_mirrored``: ``separation_soft`` over the answers to which "does not know" was not offered, which has no
      mirror: what a model likes about words cancels in all of them.
    - ``detectable``: the smallest separation that so many answers could tell from guessing; None if none.
    - ``told_apart``: pairs of questions that no one mind could both answer (`stage.scoring.minds_apart`).
    - ``twins``: right in the scene and in its twin, where the right answer is another (`stage.scoring.twins`).
    - ``constancy``, ``calibration``, ``errors_together``, ``contagion``: see `stage.scoring.constancy`,
      `stage.scoring.calibration` and `stage.scoring.together`.
    - ``minds``: whose mind spoke, by voice.
    - ``leaks``, ``inventions``, ``drift``: lines with such a finding / performed speech lines, in [0, 1], 0 the best;
      ``bleed``: how many lines go on as another role (`stage.scoring.lines`). ``leaks_by_kind`` counts thoughts and
      narration as well; ``second_opinion`` and ``hedging``: see `stage.scoring.spoken`.

    ``verdicts`` go with the transcript's answers, one each, in their order.
    """

    probes: int
    undecided: int
    unreadable: int
    unanswerable: int
    aided: Aided
    accuracy: Figure
    accuracy_by_order: dict[int, Figure]
    accuracy_by_belief: dict[int, dict[str, Figure]]
    accuracy_by_voice: dict[str, Figure]
    accuracy_by_distance: dict[int, Figure]
    joint: Figure
    separation: Figure
    separation_soft: Figure
    separation_mirrored: Figure
    chance: float | None
    detectable: float | None
    told_apart: Figure
    twins: Twins
    constancy: Constancy
    calibration: Calibration
    errors_together: Figure
    contagion: Contagion
    minds: dict[str, Whose]
    lines: int
    leaks: Figure
    leaks_by_kind: dict[str, Figure]
    inventions: Figure
    second_opinion: SecondOpinion
    hedging: Hedging
    drift: Figure
    bleed: int
    findings: tuple[Finding, ...]
    verdicts: tuple[Verdict, ...]

    def to_json(self) -> dict[str, Any]:
        """Everything but the verdicts, which belong beside their probes, as values that JSON has."""
        plain: dict[str, Any] = _ADAPTER.dump_python(self, mode="json", exclude={"verdicts"})
        return plain


_ADAPTER = TypeAdapter(Scorecard)

_Judged = tuple[Answer, Verdict]
_Key = TypeVar("_Key", bound=Hashable)


def score(transcript: Transcript) -> Scorecard:
    """Every measure of a transcript; the same transcript always gives the same scorecard."""
    verdicts = tuple(verdict(answer, transcript.noise) for answer in transcript.answers)
    judged = [(a, v) for a, v in zip(transcript.answers, verdicts, strict=True) if a.expected in a.options]
    decided = [(a, v) for a, v in judged if v.decided]
    telling = [(a, v) for a, v in decided if tells_apart(a)]
    chance = float(np.mean([guessed(a) for a, _ in telling])) if telling else None
    readable = [a for a, v in judged if v.outcome != Outcome.UNREADABLE and tells_apart(a)]
    read = readings(transcript)
    found = findings(read)
    spoken = sum(1 for line in transcript.lines if _is_speech(line))
    return Scorecard(
        probes=len(verdicts),
        undecided=sum(v.outcome == Outcome.UNDECIDED for _, v in judged),
        unreadable=sum(v.outcome == Outcome.UNREADABLE for _, v in judged),
        unanswerable=len(verdicts) - len(judged),
        aided=aided([transcript]),
        accuracy=_accuracy(decided),
        accuracy_by_order={k: _accuracy(group) for k, group in sorted(_grouped(decided, _order).items())},
        accuracy_by_belief={
            k: {truth: _accuracy(part) for truth, part in sorted(_grouped(group, _truth).items())}
            for k, group in sorted(_grouped(decided, _order).items())
        },
        accuracy_by_voice={k: _accuracy(group) for k, group in _grouped(decided, _voice).items()},
        accuracy_by_distance={k: _accuracy(g) for k, g in sorted(_grouped(_dated(decided), _distance).items())},
        joint=_joint(judged),
        separation=NOTHING if chance is None else _accuracy(telling).corrected(chance),
        separation_soft=_soft([a for a in readable if len(a.probabilities) == len(a.options)]),
        separation_mirrored=_soft(
            [a for a in readable if len(a.probabilities) == len(a.options) and None not in a.options]
        ),
        chance=chance,
        detectable=_detectable(len(telling), chance),
        told_apart=told_apart([transcript]),
        twins=twins([transcript]),
        constancy=constancy(transcript),
        calibration=calibration(transcript),
        errors_together=errors_together(transcript),
        contagion=contagion(_leaking(transcript, found)),
        minds={voice: _whose([a for a, _ in group]) for voice, group in _grouped(telling, _voice).items()},
        lines=spoken,
        leaks=proportion(sum(f.kind == "leak" for f in found), spoken),
        leaks_by_kind=leaks_by_kind(read),
        inventions=proportion(sum(f.kind == "invention" for f in found), spoken),
        second_opinion=second_opinion(read),
        hedging=hedging(read),
        drift=proportion(sum(f.kind == "drift" for f in found), spoken),
        bleed=sum(f.kind == "bleed" for f in found),
        findings=found,
        verdicts=verdicts,
    )


def _order(item: _Judged) -> int:
    return item[0].order


def _voice(item: _Judged) -> str:
    return item[0].voice


def _dated(items: Iterable[_Judged]) -> list[_Judged]:
    return [item for item in items if item[0].held is not None]


def _distance(item: _Judged) -> int:
    return item[0].held or 0


def _truth(item: _Judged) -> str:
    answer = item[0]
    return "unknown" if answer.expected is None else "true" if answer.true_belief else "false"


def _grouped(items: Iterable[_Judged], key: Callable[[_Judged], _Key]) -> dict[_Key, list[_Judged]]:
    """Items by key, keys in the order of their first item."""
    groups: dict[_Key, list[_Judged]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def _is_right(item: _Judged) -> bool:
    return item[1].outcome == Outcome.RIGHT


def _accuracy(decided: Sequence[_Judged]) -> Figure:
    return proportion(sum(map(_is_right, decided)), len(decided))


def _detectable(n: int, guessed_rate: float | None) -> float | None:
    rate = None if guessed_rate is None else smallest_detectable(n, guessed_rate)
    return None if rate is None or guessed_rate is None else (rate - guessed_rate) / (1 - guessed_rate)


def _joint(judged: Sequence[_Judged]) -> Figure:
    sets = _grouped(judged, lambda item: (item[0].beat, item[0].about)).values()
    whole = [group for group in sets if all(v.decided for _, v in group)]
    return proportion(sum(all(map(_is_right, group)) for group in whole), len(whole))


def _soft(answers: Sequence[Answer]) -> Figure:
    """Chance-corrected mean probability of the right answer."""
    if not answers:
        return NOTHING
    right = bounded_mean([a.probabilities[a.options.index(a.expected)] for a in answers])
    return right.corrected(float(np.mean([guessed(a) for a in answers])))


def _whose(answers: Sequence[Answer]) -> Whose:
    others = in_order(list(dict.fromkeys(name for answer in answers for name in other_minds(answer))))
    shares = dict.fromkeys((OWN, *others, NOBODY), 0.0)
    chance = dict(shares)
    for answer in answers:
        _attribute(answer, answer.answer, 1 / len(answers), shares)
        for value in answer.options:
            _attribute(answer, value, 1 / len(answers) / len(answer.options), chance)
    return Whose(len(answers), shares, chance)


def _attribute(answer: Answer, value: str | None, weight: float, shares: dict[str, float]) -> None:
    """Give a weight to the minds that a value speaks for, in equal parts."""
    minds = believers(answer, value) or (NOBODY,)
    for mind in minds:
        shares[mind] += weight / len(minds)


def _is_speech(line: Line) -> bool:
    return line.performed and line.kind == "speech"


def _leaking(transcript: Transcript, found: Sequence[Finding]) -> list[tuple[str | None, bool]]:
    leaks = {f.line for f in found if f.kind == "leak"}
    return [(line.speaker, place in leaks) for place, line in enumerate(transcript.lines) if _is_speech(line)]
