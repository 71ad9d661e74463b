"""Calibration of the instrument: control stages perform a set of scenes, and what was planted is set against what the
measures recover. Writes nothing to disk and needs no model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from statistics import fmean
from typing import Any

from pydantic import TypeAdapter

from stage.controls import control_stage
from stage.performing.audiences import Unwatched
from stage.performing.play import perform
from stage.performing.settings import Settings
from stage.performing.transcript import Transcript
from stage.questions.answer_key import AnswerKey
from stage.scenes.scene import ProbePlan, Scene
from stage.scoring.intervals import NOTHING, Figure
from stage.scoring.minds_apart import told_apart
from stage.scoring.scorecard import score
from stage.suites.controls import performed_by
from stage.suites.drawn import RARE, Claim, Coverage, Tally, coverage, hits, leaks
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

PREFERENCES = ("position-A", "word", "phrase")
"""Those that go by what is offered where and in which words, whatever was told."""


@dataclass(frozen=True)
class Recovered:
    """What one control was measured to be, all scenes together."""

    control: str
    separation: Figure
    separation_soft: Figure
    separation_mirrored: Figure
    told_apart: Figure
    by_order: dict[int, Figure]
    by_distance: dict[int, Figure]


@dataclass(frozen=True)
class Recovery:
    scenes: int
    probes: int
    seeds: int
    controls: tuple[Recovered, ...]
    coverage: Coverage
    checks: tuple[Check, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing came back otherwise than it was planted."""
        return not any(check.holds is False for check in self.checks)

    def to_json(self) -> dict[str, Any]:
        plain: dict[str, Any] = TypeAdapter(Recovery).dump_python(self, mode="json")
        return plain


@dataclass(frozen=True)
class _Drawn:
    """A control that draws: its figures with the first seed, and what was counted with each."""

    first: Recovered
    tallies: tuple[Tally, ...]


def recover(scenes: Sequence[Scene], seeds: int) -> Recovery:
    """Perform the scenes with every control; those that draw answer with each of ``seeds`` seeds.

    To the questions of each scene are added those of orders 0 to `DEEPEST` among its people after the last beat.
    """
    deep = [_deepened(scene) for scene in scenes]
    played = {name: _performed(deep, name, 0) for name in STEADY}
    steady = {name: _recovered(name, transcripts) for name, transcripts in played.items()}
    guess = _drawn(deep, "guess", seeds, hits)
    leaky = {rate: _drawn(deep, f"leaky:{rate}", seeds, partial(leaks, planted=rate)) for rate in RATES}
    claims = [
        *(
            Claim(f"leaky: {rate} of answers another mind's", fmean(t.share for t in found.tallies), found.tallies)
            for rate, found in leaky.items()
        ),
        Claim("guess: separation 0", fmean(t.separation for t in guess.tallies), guess.tallies),
    ]
    held = coverage(claims)
    checks = [
        *held.checks(),
        _cliff_check(steady[f"order-limited:{LIMIT}"], steady["reality"]),
        _memory_check(steady[f"forgetful:{MEMORY}"]),
        _oracle_check(steady["oracle"]),
        _one_mind_check(steady["one-mind"]),
        *(_preference_check(steady[name]) for name in ("position-A", "word")),
        *twin_checks(scenes),
        *nuisance_checks(scenes),
    ]
    shown = (*steady.values(), guess.first, *(found.first for found in leaky.values()))
    probes = sum(len(t.answers) for t in played["oracle"])
    return Recovery(len(scenes), probes, seeds, shown, held, tuple(checks))


def _deepened(scene: Scene) -> Scene:
    plan = ProbePlan((len(scene.beats),), minds=tuple(scene.setting.people), orders=tuple(range(DEEPEST + 1)))
    return replace(scene, probes=(*scene.probes, plan))


def _performed(scenes: Sequence[Scene], control: str, seed: int) -> list[Transcript]:
    found = []
    for scene in scenes:
        key: AnswerKey = {}
        found.append(perform(scene, control_stage(control, key, seed), Settings(seed), Unwatched(), key))
    return found


def _drawn(scenes: Sequence[Scene], control: str, seeds: int, tally: Callable[[Sequence[Transcript]], Tally]) -> _Drawn:
    """The first seed performs the scenes; what was asked there is answered anew with each further seed."""
    first = _performed(scenes, control, 0)
    asked = [replace(t, answers=tuple(replace(a, variants=a.variants[:1]) for a in t.answers)) for t in first]
    rest = (tally(performed_by(control, asked, seed, as_alone=True)) for seed in range(1, seeds))
    return _Drawn(_recovered(control, first), (tally(first), *rest))


def _recovered(control: str, transcripts: Sequence[Transcript]) -> Recovered:
    card = score(Transcript(answers=tuple(a for t in transcripts for a in t.answers)))
    return Recovered(
        control,
        card.separation,
        card.separation_soft,
        card.separation_mirrored,
        told_apart(transcripts),
        card.accuracy_by_order,
        card.accuracy_by_distance,
    )


def _cliff_check(card: Recovered, reality: Recovered) -> Check:
    """Beyond its limit the control answers with what is so, which tells it apart where that is not always right."""
    curve = {order: figure.value for order, figure in card.by_order.items()}
    told = ", ".join(f"order {order}: {value:.2f}" for order, value in curve.items() if value is not None)
    up_to, beyond = all(value == 1 for order, value in curve.items() if order <= LIMIT), curve.get(LIMIT + 1)
    could_tell = reality.by_order.get(LIMIT + 1, NOTHING).value not in (None, 1)
    holds = None if up_to and not could_tell else up_to and beyond != 1
    return Check(f"order-limited: a cliff after order {LIMIT}", told, holds)


def _memory_check(card: Recovered) -> Check:
    """What is forgotten is guessed where "does not know" is no option: a few such guesses may all be right."""
    curve = {distance: figure.value for distance, figure in card.by_distance.items()}
    told = ", ".join(f"{beats}: {value:.2f}" for beats, value in curve.items() if value is not None)
    kept = all(value == 1 for beats, value in curve.items() if beats <= MEMORY)
    lost = card.by_distance.get(MEMORY + 1, NOTHING)
    may_be_luck = lost.value in (None, 1) and 2.0**-lost.n > RARE
    holds = None if kept and may_be_luck else kept and lost.value != 1
    return Check(f"forgetful: a cliff after {MEMORY} beats", told, holds)


def _oracle_check(card: Recovered) -> Check:
    values = (card.separation.value, card.told_apart.value)
    told = " and ".join("–" if v is None else f"{v:.2f}" for v in values)
    found = {v for v in values if v is not None}
    return Check("oracle: all minds apart", told, found == {1.0} if found else None)


def _one_mind_check(card: Recovered) -> Check:
    figure = card.told_apart if card.told_apart != NOTHING else card.separation
    value = figure.value
    separation = card.separation.value
    told = ", separation ".join("–" if v is None else f"{v:.2f}" for v in (value, separation))
    return Check("one-mind: no pair told apart", told, None if value is None else value <= 0)


def _preference_check(found: Recovered) -> Check:
    """Where "does not know" is offered a preference for words is not cancelled: that option has no mirror."""
    soft = found.separation_mirrored
    planted = f"{found.control}: separation 0 by probability, without 'does not know' among the options"
    told = "–" if soft.value is None else f"{soft.value:.2f} (n = {soft.n})"
    return Check(planted, told, None if soft.value is None else abs(soft.value) < EXACT)
