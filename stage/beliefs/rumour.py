"""Where a told belief comes from: who told whom, back to the first who had it from something else than words."""

from __future__ import annotations

from dataclasses import dataclass

from stage.beliefs.mind import Held, Source
from stage.beliefs.minds import World
from stage.world.facts import Belief, Fluent


@dataclass(frozen=True)
class Telling:
    """A word that was believed: what was said in the event of a time, and what the speaker held when he gave it, as the
    viewpoint above has it."""

    speaker: str
    hearer: str
    time: int
    said: Belief
    held: Held | None

    @property
    def is_distorted(self) -> bool:
        """Whether the speaker said something else than he believed."""
        return self.held is None or self.held.belief != self.said


def rumour(world: World, fluent: Fluent) -> tuple[Telling, ...]:
    """The words on which a belief rests, the last first; empty where it does not rest on words. Each speaker's belief is
    what the viewpoint takes him to have held: at the first order, what he really held."""
    if not world.viewpoint:
        return ()
    *above, hearer = world.viewpoint
    held, tellings = world.held(fluent), list[Telling]()
    while held is not None and held.belief is not None and held.source is Source.TOLD and held.by not in (None, hearer):
        assert held.by is not None
        event = held.event
        given = min([event.time, *(a.since for a in event.assertions if a.fluent == fluent)])
        before = world.minds.world((*above, held.by), given).held(fluent)
        tellings.append(Telling(held.by, hearer, event.time, held.belief, before))
        hearer, held = held.by, before
    return tuple(tellings)
