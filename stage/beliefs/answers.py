"""Who can answer a question: who knows it, who knows which, who is mistaken, and who has no answer, in anybody's view."""

from __future__ import annotations

from enum import StrEnum
from typing import assert_never

from stage.beliefs.minds import World
from stage.world.facts import Belief, Fluent, Known, OneOf, Whether


class Standing(StrEnum):
    """How somebody stands to a question, as a viewpoint has it."""

    KNOWS = "knows"
    """Believes what the viewpoint takes to be so, or is known to know which it is."""
    MISTAKEN = "mistaken"
    ANSWERS = "answers"
    """Has an answer, and whether it is right cannot be told there."""
    UNSURE = "unsure"
    """Has ruled out some answers."""
    IGNORANT = "ignorant"

    @property
    def in_words(self) -> str:
        return _IN_WORDS[self]


_IN_WORDS = {
    Standing.KNOWS: "can answer",
    Standing.MISTAKEN: "would answer, and be wrong",
    Standing.ANSWERS: "would answer, and whether that is right cannot be told",
    Standing.UNSURE: "has ruled out some answers",
    Standing.IGNORANT: "cannot answer",
}


def standings(world: World, fluent: Fluent) -> dict[str, Standing]:
    """How everybody stands to a question, in the world of a viewpoint: that of reality says who really knows."""
    so = world.belief(fluent)
    return {
        name: _standing(world.minds.world((*world.viewpoint, name), world.before).belief(fluent), so)
        for name in world.minds.setting.people
    }


def _standing(belief: Belief | None, so: Belief | None) -> Standing:
    match belief:
        case None:
            return Standing.IGNORANT
        case OneOf():
            return Standing.UNSURE
        case Whether():
            return Standing.KNOWS
        case Known(value):
            if not isinstance(so, Known):
                return Standing.ANSWERS
            return Standing.KNOWS if value == so.value else Standing.MISTAKEN
        case _:
            assert_never(belief)
