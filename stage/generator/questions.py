"""The questions that a generated scene could be asked at its end, and what cheap ways to an answer make of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Literal

from stage.controls import RULES
from stage.course import Course, Probe, chains
from stage.performing.aiding import voice_of
from stage.performing.asking import minds_on
from stage.performing.transcript import Answer
from stage.questions.answer_key import KnownAnswer
from stage.questions.option_order import drawn_order
from stage.roles.prompts import Prompter
from stage.roles.views import Context
from stage.roles.words import named
from stage.scoring.verdicts import tells_apart
from stage.world.facts import Fluent, Viewpoint
from stage.world.setting import AUTHOR

Truth = Literal["true", "false", "unknown"]
Cell = tuple[int, Truth]
"""An order of belief, and whether what is believed is so; "unknown" where no one thing is believed."""

HEURISTICS: Mapping[str, int] = {
    "first-place": 0,
    "last-place": 0,
    "most-named": 0,
    "position-A": 0,
    "word": 0,
    "reality": 1,
    "one-mind": 1,
    "egocentric": 2,
    "innermost": 2,
}
"""Ways to an answer that take no account of minds, by the name of the control stage that goes by it (`stage.controls`),
and from which order on: below it the way is simply right."""


@dataclass(frozen=True)
class Question:
    """``known`` has the options in the order in which a fixture offers them; ``right`` tells of each heuristic whether
    it gives the right answer, where it applies."""

    viewpoint: Viewpoint
    fluent: Fluent
    known: KnownAnswer
    truth: Truth
    right: Mapping[str, bool]

    @property
    def cell(self) -> Cell:
        return len(self.viewpoint), self.truth

    @property
    def chance(self) -> float:
        return 1 / len(self.known.values)

    @property
    def position(self) -> int:
        """Where the right option stands, from 0."""
        return self.known.values.index(self.known.expected)


def questions(course: Course, fluent: Fluent, deepest: int, unknown: bool) -> list[Question]:
    """All questions about a fluent after the last beat, up to an order, that tell minds apart. With ``unknown`` also
    those to which the answer is that nothing is known; if there is any, that is offered with all."""
    before, beat = course.moments[-1], len(course.moments) - 1
    minds = minds_on(course, fluent, before)
    cast = tuple(n for n in minds if n in course.scene.setting.people)
    viewpoints = [v for order in range(deepest + 1) for v in chains(cast, order)]
    believed = {v: course.world(v, before).value(fluent) for v in viewpoints}
    values = [v for v in course.options(fluent, before, ()) if v is not None]
    offered = [*values, None] if unknown and None in believed.values() else values
    prompter = Prompter(course, Context())
    told = {voice: named(course.wording, values, "\n".join(prompter.told(voice, before))) for voice in (*cast, AUTHOR)}
    found = []
    for viewpoint, expected in believed.items():
        probe = Probe(beat, viewpoint, fluent)
        options = drawn_order(offered, f"{course.scene.title}\n{probe.id}")
        voice = voice_of(probe)
        asked = Answer(probe.id, beat, viewpoint, voice, str(fluent), "", options, expected, minds)
        if expected in options and tells_apart(asked):
            texts = tuple(course.wording.ending(fluent, o) for o in options)
            known = KnownAnswer(options, expected, minds, viewpoint, cast, (), told[voice], texts)
            found.append(Question(viewpoint, fluent, known, _truth(asked), _right(known, probe.id)))
    return found


def _truth(asked: Answer) -> Truth:
    if asked.expected is None:
        return "unknown"
    return "true" if asked.true_belief else "false"


def _right(known: KnownAnswer, seed: str) -> dict[str, bool]:
    ways = [name for name, least in HEURISTICS.items() if len(known.viewpoint) >= least]
    return {name: RULES[name](known, Random(seed)) == known.expected for name in ways}
