"""The beginning of a generated scene: who, where, and the thing that it will be about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from stage.generator.words import GOALS, PEOPLE, SURROUNDINGS, Surroundings
from stage.scenes.scenario import Character, PutBeat, Scenario, ThingSpec

ROOMS = 3


@dataclass(frozen=True)
class Furnished:
    """A scene with no beat but the first, in which the thing is put where it starts. All containers stand in the
    ``main`` room; ``paper`` lies there where letters are wanted."""

    scenario: Scenario
    main: str
    thing: str
    containers: tuple[str, str]
    paper: str | None


def furnished(rng: Random, title: str, people: int, features: Sequence[str]) -> Furnished:
    """Rooms, people in them, a thing, and two containers that suit what is to happen. ``title`` may hold ``{thing}``."""
    around = rng.choice(SURROUNDINGS)
    names = [n.lower() for n in rng.sample(PEOPLE, people)]
    rooms = [_key(r) for r in rng.sample(around.rooms, ROOMS)]
    main, thing = rooms[0], rng.choice(around.things)
    boxes = _containers(rng, around, main, features)
    first, second = rng.sample(list(boxes), 2)
    owner, *others = rng.sample(names, people)
    start = {owner: main} | {n: main if rng.random() < 0.75 else rng.choice(rooms) for n in others}
    paper = _key(around.paper) if "letters" in features else None
    things = {**boxes, _key(thing): ThingSpec(at=owner)}
    if paper is not None:
        things[paper] = ThingSpec(at=main, letter=True)
    goals = rng.sample(GOALS, people)
    scenario = Scenario(
        title=title.format(thing=thing),
        premise=_premise(rng, around.opening, main, boxes),
        cast={n: Character(at=start[n], persona=goal) for n, goal in zip(names, goals, strict=True)},
        places=rng.sample(rooms, ROOMS),
        things=things,
        facts={f"{_key(thing)} at": rng.sample(list(boxes), 2)},
        beats=[PutBeat(put=_key(thing), to=first, by=owner)],
    )
    return Furnished(scenario, main, _key(thing), (first, second), paper)


def _containers(rng: Random, around: Surroundings, main: str, features: Sequence[str]) -> dict[str, ThingSpec]:
    """Two containers: one that shows what is on it where somebody is to look in from elsewhere, one with a lid where
    lids are wanted."""
    made: dict[str, ThingSpec] = {}
    if {"peeks", "watchers"} & {*features} and rng.random() < 0.6:
        shelf = rng.choice(around.shelves)
        made[_key(shelf)] = ThingSpec(title=f"on the {shelf}", at=main, container=True, transparent=True)
    if "lids" in features:
        made[_key(rng.choice(around.chests))] = ThingSpec(at=main, container=True, lid="open")
    plain = rng.sample(around.containers, 2 - len(made))
    return made | {_key(c): ThingSpec(at=main, container=True) for c in plain}


def _premise(rng: Random, opening: str, main: str, boxes: dict[str, ThingSpec]) -> str:
    named = [_with_article(n.replace("_", " ")) for n in rng.sample(list(boxes), 2)]
    return f"{opening} In the {main.replace('_', ' ')} there are {named[0]} and {named[1]}."


def _with_article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def _key(title: str) -> str:
    return title.replace(" ", "_")
