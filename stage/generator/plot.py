"""The course of a generated scene: which happenings, how often, until there are enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from random import Random

from stage.generator import happenings as happen
from stage.generator.draft import Draft
from stage.generator.furnishing import furnished
from stage.generator.happenings import Happening
from stage.scenes.scenario import Beat

COMING_AND_GOING: tuple[tuple[Happening, float], ...] = ((happen.leaving, 3), (happen.coming, 3), (happen.following, 2))

HONEST: Mapping[str, Happening] = {
    "moves": happen.moving,
    "looks": happen.looking,
    "tells": happen.telling,
    "whispers": partial(happen.whispering, honest=True),
    "distance": partial(happen.calling, honest=True),
    "peeks": happen.peeking,
    "watchers": happen.watching,
    "distracted": happen.moving_unheeded,
    "behind-back": happen.moving_behind_back,
    "secret-departures": happen.slipping_out,
    "lids": happen.handling_lid,
}
"""What brings a feature into a scene. Letters take two happenings, and lies have many ways."""

LIES: Mapping[str, Happening] = {
    "whispers": partial(happen.whispering, honest=False),
    "distance": partial(happen.calling, honest=False),
}
OFTEN: Mapping[str, float] = {"moves": 4, "watchers": 1.5}
MOST_TRIES = 400


def plotted(rng: Random, title: str, people: int, events: int, features: Sequence[str]) -> Draft | None:
    """A scene of exactly so many beats in which the first of the features happens, and others of them may; None where
    chance did not bring it."""
    draft = Draft(furnished(rng, title, people, features))
    ways = _ways(features)
    for _ in range(MOST_TRIES):
        if len(draft.beats) == events:
            break
        name, happening, _ = rng.choices(ways, [weight for *_, weight in ways])[0]
        beats = happening(draft, rng)
        if beats and len(draft.beats) + len(beats) <= events and all(draft.add(beat) for beat in beats) and name:
            draft.features.add(name)
    return draft if len(draft.beats) == events and features[0] in draft.features else None


def _ways(features: Sequence[str]) -> list[tuple[str, Happening, float]]:
    """The happenings of a scene with these features: which feature each brings, and how often it is to be tried."""
    ways = [("", happening, weight) for happening, weight in COMING_AND_GOING]
    ways += [(f, HONEST[f], OFTEN.get(f, 1)) for f in features if f in HONEST]
    if "letters" in features:
        ways += [("", partial(_writing, lies="lies" in features), 1), ("letters", happen.reading, 1)]
    if "lies" in features:
        ways += [("lies", happen.lying, 1), *(("lies", LIES[f], 0.5) for f in features if f in LIES)]
    return [(name, way, weight * (3 if name == features[0] != "moves" else 1)) for name, way, weight in ways]


def _writing(draft: Draft, rng: Random, lies: bool) -> list[Beat]:
    return happen.writing(draft, rng, honest=not lies or rng.random() < 0.5)
