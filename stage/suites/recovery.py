"""Calibration of the instrument: control stages perform a set of scenes, and what was planted is set against what the
measures recover. Writes nothing to disk and needs no model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import TypeAdapter
from scipy import stats

from stage.controls import control_stage
from stage.performing.audiences import Unwatched
from stage.performing.play import perform
from stage.performing.settings import Settings
from stage.performing.transcript import Transcript
from stage.questions.answer_key import AnswerKey
from stage.scenes.scene import ProbePlan, Scene
from stage.scoring.intervals import CONFIDENCE, NOTHING, Figure, proportion
from stage.scoring.minds_apart import told_apart
from stage.scoring.scorecard import Scorecard, score
from stage.scoring.verdicts import Outcome, verdict
from stage.suites.planted import EXACT, Check, nuisance_checks, twin_checks

DEEPEST = 3
RATES = (0.05, 0.2, 0.5)
LIMIT = 2
MEMORY = 1
STEADY = (
    "oracle", "reality", "egocentric", "one-mind", f"order-limited:{LIMIT}", f"forgetful:{MEMORY}",
    "first-place", "last-place", "position-A", "word",
    "phrase",
)  # fmt: skip
"""The controls that answer alike whatever the seed."""


@dataclass(frozen=True)
class Recovered:
    """What one control was measured to be, all scenes together."""

    control: str
    separation: Figure
    separation_soft: Figure
    told_apart: Figure
    by_order: dict[int, Figure]
    by_distance: dict[int, Figure]


@dataclass(frozen=True)
class Recovery:
    scenes: int
    probes: int
    seeds: int
    controls: tuple[Recovered, ...]
    checks: tuple[Check, ...]

    @property
    def holds(self) -> bool:
        return all(check.holds for check in self.checks)

    def to_json(self) -> dict[str, Any]:
        plain: dict[str, Any] = TypeAdapter(Recovery).dump_python(self, mode="json")
        return plain


def recover(scenes: Sequence[Scene], seeds: int) -> Recovery:
    """Perform the scenes with every control, those that draw with each of ``seeds`` seeds.

    To the questions of each scene are added those of orders 0 to `DEEPEST` among its people after the last beat.
    """
    deep = [_deepened(scene) for scene in scenes]
    steady = {name: _performed(deep, name, 0) for name in STEADY}
    leaky = {rate: [_performed(deep, f"leaky:{rate}", seed) for seed in range(seeds)] for rate in RATES}
    guesses = [_performed(deep, "guess", seed) for seed in range(seeds)]
    cards = {name: _recovered(name, transcripts) for name, transcripts in steady.items()}
    shown = [*cards.values(), _recovered("guess", guesses[0])]
    shown += [_recovered(f"leaky:{rate}", runs[0]) for rate, runs in leaky.items()]
    checks = [
        *(_leak_check(rate, runs) for rate, runs in leaky.items()),
        _guess_check([_pooled(run) for run in guesses]),
        _cliff_check(cards[f"order-limited:{LIMIT}"]),
        _memory_check(cards[f"forgetful:{MEMORY}"]),
        _oracle_check(cards["oracle"]),
        _one_mind_check(cards["one-mind"]),
        *(_preference_check(name, steady[name]) for name in ("position-A", "word")),
        *twin_checks(scenes),
        *nuisance_checks(scenes),
    ]
    probes = sum(len(t.answers) for t in steady["oracle"])
    return Recovery(len(scenes), probes, seeds, tuple(shown), tuple(checks))


def _deepened(scene: Scene) -> Scene:
    plan = ProbePlan((len(scene.beats),), minds=tuple(scene.setting.people), orders=tuple(range(DEEPEST + 1)))
    return replace(scene, probes=(*scene.probes, plan))


def _performed(scenes: Sequence[Scene], control: str, seed: int) -> list[Transcript]:
    found = []
    for scene in scenes:
        key: AnswerKey = {}
        found.append(perform(scene, control_stage(control, key, seed), Settings(seed), Unwatched(), key))
    return found


def _pooled(transcripts: Sequence[Transcript]) -> Scorecard:
    return score(Transcript(answers=tuple(a for t in transcripts for a in t.answers)))


def _recovered(control: str, transcripts: Sequence[Transcript]) -> Recovered:
    card = _pooled(transcripts)
    return Recovered(
        control,
        card.separation,
        card.separation_soft,
        told_apart(transcripts),
        card.accuracy_by_order,
        card.accuracy_by_distance,
    )


def leak_rate(transcripts: Sequence[Transcript]) -> Figure:
    """The share of some other mind's belief among decided answers where one that differs was offered."""
    outcomes = [
        verdict(a, t.noise).outcome
        for t in transcripts
        for a in t.answers
        if any(value != a.expected and value in a.options for value in a.minds.values())
    ]
    decided = [o for o in outcomes if o not in (Outcome.UNDECIDED, Outcome.UNREADABLE)]
    return proportion(decided.count(Outcome.OTHER), len(decided))


def _leak_check(rate: float, runs: Sequence[Sequence[Transcript]]) -> Check:
    figures = [leak_rate(run) for run in runs]
    covering = sum(bool(f.covers(rate)) for f in figures)
    mean = sum(f.value or 0.0 for f in figures) / len(figures)
    told = f"{mean:.3f} on average (n = {figures[0].n}); within the interval for {covering} of {len(runs)} seeds"
    return Check(f"leaky: {rate} of answers another mind's", told, _plausible(covering, len(runs)))


def _guess_check(cards: Sequence[Scorecard]) -> Check:
    covering = sum(bool(card.separation.covers(0.0)) for card in cards)
    mean = sum(card.separation.value or 0.0 for card in cards) / len(cards)
    told = f"{mean:.3f} on average; 0 within the interval for {covering} of {len(cards)} seeds"
    return Check("guess: separation 0", told, _plausible(covering, len(cards)))


def _cliff_check(card: Recovered) -> Check:
    curve = {order: figure.value for order, figure in card.by_order.items()}
    told = ", ".join(f"order {order}: {value:.2f}" for order, value in curve.items() if value is not None)
    up_to = all(value == 1 for order, value in curve.items() if order <= LIMIT)
    beyond = [value for order, value in curve.items() if order == LIMIT + 1]
    return Check(
        f"order-limited: a cliff after order {LIMIT}", told, up_to and all(v is not None and v < 1 for v in beyond)
    )


def _memory_check(card: Recovered) -> Check:
    curve = {distance: figure.value for distance, figure in card.by_distance.items()}
    told = ", ".join(f"{beats}: {value:.2f}" for beats, value in curve.items() if value is not None)
    kept = all(value == 1 for beats, value in curve.items() if beats <= MEMORY)
    lost = curve.get(MEMORY + 1)
    return Check(f"forgetful: a cliff after {MEMORY} beats", told, kept and lost is not None and lost < 1)


def _oracle_check(card: Recovered) -> Check:
    values = (card.separation.value, card.told_apart.value)
    return Check("oracle: all minds apart", " and ".join(f"{v}" for v in values), set(values) == {1.0})


def _one_mind_check(card: Recovered) -> Check:
    figure = card.told_apart if card.told_apart != NOTHING else card.separation
    value = figure.value
    return Check("one-mind: no pair told apart", f"{value}", value is not None and value <= 0)


def _preference_check(control: str, transcripts: Sequence[Transcript]) -> Check:
    """Where "does not know" is offered a preference for words is not cancelled: that option has no mirror."""
    answers = tuple(a for t in transcripts for a in t.answers if None not in a.options)
    soft = score(Transcript(answers=answers)).separation_soft
    value = soft.value
    planted = f"{control}: separation 0 by probability, without 'does not know' among the options"
    return Check(planted, f"{value} (n = {soft.n})", value is not None and abs(value) < EXACT)


def _plausible(covering: int, runs: int) -> bool:
    """Whether so few of some 95 % intervals hold the truth in more than one of a hundred such trials."""
    return float(stats.binom.cdf(covering, runs, CONFIDENCE)) > 0.01
