"""A play of any size as plain requests, the same each time: what is measured without a scene and without a verdict.

A beat is an event that some of the roles notice, a few lines that are spoken at one moment, and questions to every
role, each with options of one to three tokens. The prompts are laid out as the stage lays out its own: rules, what
happened as the role noticed it, who it is, the task. Lines enter the views as written here, so that every engine
performs the same play whatever its model would have said.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

from stage.inference.requests import Chat, Generate, Message, Score

NAMES = ("Sally", "Anne", "Bob", "Carl", "Dora", "Emil", "Frida", "Gustav", "Hanna", "Ivan", "Jana", "Karl", "Lena",
         "Max", "Nora", "Otto", "Paula", "Quirin", "Rosa", "Simon", "Tilda", "Uwe", "Vera", "Willi")  # fmt: skip
THINGS = ("marble", "letter", "key", "coin", "ring", "map", "apple", "clock", "book", "candle")
SPOTS = ("basket", "box", "drawer", "old cupboard", "chest", "coat pocket", "cellar", "jar", "sewing basket", "attic")
RULES = "This is a play with several characters. You are told what one of those concerned knows of it so far. Answer and speak as that one, from that and nothing else."  # fmt: skip


@dataclass(frozen=True)
class Shape:
    """How large a play is. ``length`` is how many tokens a spoken line has at most; with ``mirrors`` each question is
    put so many times, with the places exchanged for one another everywhere in the prompt."""

    beats: int = 12
    roles: int = 6
    probes: int = 24
    options: int = 3
    lines: int = 3
    length: int = 24
    mirrors: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.roles <= len(NAMES) or not 2 <= self.options <= len(SPOTS) or self.lines > self.roles:
            raise ValueError(f"no play of this shape can be made: {self!r}")


@dataclass(frozen=True)
class Beat:
    """What is asked of the model in one beat: first the lines, as one call, then the questions, as one call."""

    lines: tuple[Generate, ...]
    probes: tuple[Score, ...]


def beats(shape: Shape, seed: int = 0) -> Iterator[Beat]:
    """The requests of a play, beat by beat."""
    rng = random.Random(f"workload/{seed}")
    views: dict[str, list[str]] = {name: [] for name in NAMES[: shape.roles]}
    for number in range(1, shape.beats + 1):
        actor, thing, spot = rng.choice(list(views)), rng.choice(THINGS), rng.choice(SPOTS)
        noticing = [name for name in views if name == actor or rng.random() < 0.7]
        event = f"{actor} puts the {thing} in the {spot} while the clock strikes {number}."
        for name in noticing:
            views[name].append(event)
        speakers = sorted(rng.sample(list(views), shape.lines))
        lines = tuple(_line(name, views[name], shape, 100 * number + n) for n, name in enumerate(speakers))
        for name in speakers:
            said = f'{name} says: "I wonder who took the {rng.choice(THINGS)} from the {rng.choice(SPOTS)}."'
            for hearer in (n for n in views if n == name or rng.random() < 0.8):
                views[hearer].append(said)
        probes = tuple(_probe(list(views)[n % shape.roles], views, shape, rng) for n in range(shape.probes))
        mirrored = (_exchanged(probe, turn) for turn in range(shape.mirrors) for probe in probes)
        yield Beat(lines, tuple(dict.fromkeys(mirrored)))


def _exchanged(probe: Score, turn: int) -> Score:
    """The question with every place exchanged for the one that comes ``turn`` places later."""
    if not turn:
        return probe
    places = sorted(SPOTS, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, places)))

    def other(text: str) -> str:
        return pattern.sub(lambda found: SPOTS[(SPOTS.index(found[0]) + turn) % len(SPOTS)], text)

    if not isinstance(probe.prompt, Chat):
        raise TypeError(f"only a chat can be exchanged, not {probe.prompt!r}")
    messages = tuple(Message(m.role, other(m.content)) for m in probe.prompt.messages)
    return Score(Chat(messages, probe.prompt.begun), tuple(map(other, probe.options)))


def _prompt(name: str, view: list[str], task: str, begun: str) -> Chat:
    told = "\n".join(f"- {line}" for line in view) or "- Nothing yet."
    user = f"What happened so far:\n{told}\n\nYou are {name}, and you live in the house.\n\n{task}"
    return Chat((Message("system", RULES), Message("user", user)), begun)


def _line(name: str, view: list[str], shape: Shape, seed: int) -> Generate:
    task = f"What does {name} say now? One short sentence."
    return Generate(_prompt(name, view, task, f'{name}: "'), shape.length, stop=(), temperature=0.7, seed=seed)


def _probe(name: str, views: dict[str, list[str]], shape: Shape, rng: random.Random) -> Score:
    thing, options = rng.choice(THINGS), rng.sample(SPOTS, shape.options)
    about = rng.choice(list(views))
    whose = "" if about == name else f"What does {about} think: "
    listed = ", ".join(f"in the {spot}" for spot in options)
    task = f"Question: {whose}where is the {thing}?\nAnswer with one of: {listed}."
    return Score(_prompt(name, views[name], task, f"The {thing} is in the"), tuple(f" {spot}" for spot in options))
