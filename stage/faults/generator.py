"""What a generator's fault is, and the program that has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from stage.importers.story import Question, Story
from stage.world.events import Action

Answers = dict[str, str]
"""By question id what the faulty program answers."""


@dataclass(frozen=True)
class Fault:
    name: str
    what: str


@dataclass(frozen=True)
class Generator:
    """A benchmark's program with its faults. ``answers`` runs it on a story with some of them switched on; ``concerns``
    says which questions a fault can have to do with."""

    faults: tuple[Fault, ...]
    answers: Callable[[Story, frozenset[Fault]], Answers]
    concerns: Callable[[Fault, Story, Question], bool]


def actions(story: Story) -> Iterator[Action]:
    return (doing.action for step in story.steps for doing in step.doings)
