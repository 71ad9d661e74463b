"""Of many scenes that chance makes, those whose questions are balanced and give nothing away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

from stage.errors import UsageError
from stage.generator.draft import Draft, viewpoint_text
from stage.generator.plot import plotted
from stage.generator.questions import Cell, Question, questions
from stage.generator.settings import GeneratorSettings
from stage.resolve.flaws import UNKNOWN
from stage.scenes.scenario import ProbeSpec, Scenario

CANDIDATES = 6
"""So many fit scenes are made for each that is kept."""
DRAWS = 12
"""So many sets of questions are tried for each of them."""
MOST_TRIES = 3000
OTHER_FEATURES = 0.3
"""How likely a feature is in a scene that was not made for it."""


@dataclass(frozen=True)
class GeneratedScene:
    """``questions`` are those of the scenario's probes, in their order."""

    name: str
    scenario: Scenario
    features: tuple[str, ...]
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Generated:
    settings: GeneratorSettings
    scenes: tuple[GeneratedScene, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        return tuple(q for scene in self.scenes for q in scene.questions)


def generate(settings: GeneratorSettings) -> Generated:
    """Scenes as the settings want them, the same for the same settings. UsageError where chance does not bring them in
    `MOST_TRIES` tries, as with too few events for a feature or an order."""
    scale = _Scale()
    scenes = []
    for number in range(settings.scenes):
        rng = Random(f"{settings}/{number}")
        chosen, picked = min(_offers(settings, number, rng), key=lambda offer: scale.tilt(offer[1]))
        scale.put_on(picked)
        scenes.append(_scene(settings, number, chosen, picked))
    return Generated(settings, tuple(scenes))


def cells(settings: GeneratorSettings) -> list[Cell]:
    """What every scene has a question of."""
    deeper: list[Cell] = [(k, truth) for k in range(1, settings.order + 1) for truth in ("true", "false")]
    return [(0, "true"), *deeper]


def _offers(settings: GeneratorSettings, number: int, rng: Random) -> Iterator[tuple[Draft, tuple[Question, ...]]]:
    """Sets of questions to choose from, each with its scene."""
    wanted = settings.features[number % len(settings.features)]
    fit = 0
    for _ in range(MOST_TRIES):
        others = [f for f in settings.features if f != wanted and (f == "moves" or rng.random() < OTHER_FEATURES)]
        title = f"The {{thing}} ({settings.seed}.{number + 1})"
        draft = plotted(rng, title, settings.people, settings.events, [wanted, *others])
        if draft is None:
            continue
        asked = _by_cell(questions(draft.course, draft.fluent, settings.order, settings.unknown))
        lacks_ignorance = settings.unknown and not any(truth == "unknown" for _, truth in asked)
        if lacks_ignorance or not {*cells(settings)} <= {*asked}:
            continue
        for _ in range(DRAWS):
            yield draft, tuple(rng.choice(of) for _, of in sorted(asked.items()))
        fit += 1
        if fit == CANDIDATES:
            return
    if not fit:
        raise UsageError(
            f"in {MOST_TRIES} tries no scene of {settings.people} people and {settings.events} events came out with "
            f"{wanted!r} and both a true and a false belief at every order up to {settings.order}; "
            "allow more events or people, or a lower order"
        )


def _by_cell(found: Iterable[Question]) -> dict[Cell, list[Question]]:
    cells: dict[Cell, list[Question]] = {}
    for question in found:
        cells.setdefault(question.cell, []).append(question)
    return cells


def _scene(settings: GeneratorSettings, number: int, draft: Draft, picked: Sequence[Question]) -> GeneratedScene:
    probes = [
        ProbeSpec(
            ask=viewpoint_text(q.viewpoint, q.fluent), expect=UNKNOWN if q.known.expected is None else q.known.expected
        )
        for q in picked
    ]
    width = len(str(settings.scenes))
    name = f"scene-{number + 1:0{width}}"
    scenario = draft.written().model_copy(update={"probes": probes})
    return GeneratedScene(name, scenario, tuple(f for f in settings.features if f in draft.features), tuple(picked))


@dataclass
class _Scale:
    """By how much each heuristic has been right more often than by chance so far, over all orders and at each."""

    excess: dict[tuple[str, int | None], float] = field(default_factory=dict)

    def tilt(self, picked: Sequence[Question]) -> float:
        """How far from balance the scale would be with these put on."""
        added = _excess(picked)
        return sum((self.excess.get(key, 0) + added.get(key, 0)) ** 2 for key in dict.fromkeys([*self.excess, *added]))

    def put_on(self, picked: Sequence[Question]) -> None:
        for key, more in _excess(picked).items():
            self.excess[key] = self.excess.get(key, 0) + more


def _excess(picked: Sequence[Question]) -> dict[tuple[str, int | None], float]:
    found: dict[tuple[str, int | None], float] = {}
    for question in picked:
        for name, right in question.right.items():
            for order in (None, len(question.viewpoint)):
                found[name, order] = found.get((name, order), 0) + right - question.chance
    return found
