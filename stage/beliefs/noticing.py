"""Who notices what: how well somebody is placed to notice an event, in the world of any mind."""

from __future__ import annotations

from dataclasses import dataclass

from stage.beliefs.log import Log
from stage.beliefs.mind import Mind
from stage.events import Effect, Event, Exactly, Grade, Not
from stage.setting import AUTHOR, NARRATOR, Setting, place_fluent, watch_fluent
from stage.sight import hidden_fluent


@dataclass(frozen=True)
class Noticing:
    """Noticing in one setting, of the events of one log."""

    setting: Setting
    log: Log

    def eyes(self, name: str) -> frozenset[str] | None:
        """Whose eyes somebody sees with: his own; the narrator's are those of the minds it is limited to. None stands
        for everybody's: nothing escapes the author, nor a narrator without limits."""
        if name == AUTHOR:
            return None
        return self.setting.narrator.minds if name == NARRATOR else frozenset({name})

    def grade(self, mind: Mind, name: str, event: Event) -> Grade:
        """How well somebody notices an event, in the world of a mind that noticed it itself as ``event``."""
        for attention in event.attention:
            if attention.who == name:
                return attention.grade
        if name in (AUTHOR, NARRATOR):
            return self._grade_outside(mind, name, event)
        if name in event.participants:
            return Grade.FULLY
        if event.place is None:
            return Grade.NOT
        return event.onlookers if self._is_there(mind, name, event.place, event) else Grade.NOT

    def _is_there(self, mind: Mind, name: str, place: str, event: Event) -> bool:
        """Whether somebody is, or watches, where an event happens: as the event itself shows, or as is believed."""
        shown = [e for e in self.log.effects(event, place_fluent(name)) if not e.change]
        if mind.is_known(watch_fluent(name), place, event.time) or any(e.content == Exactly(place) for e in shown):
            return True
        missed = any(
            isinstance(e.content, Not) and place in e.content.values and self.counts(mind, e, event) for e in shown
        )
        return not missed and mind.is_known(place_fluent(name), place, event.time)

    def _grade_outside(self, mind: Mind, name: str, event: Event) -> Grade:
        """The author sees all, the narrator what it was declared to see; no character knows of either."""
        if not set(mind.viewpoint) <= {AUTHOR, NARRATOR}:
            return Grade.NOT
        eyes = self.eyes(name)
        if eyes is None or name in event.participants:
            return Grade.FULLY
        return max((self.grade(mind, other, event) for other in sorted(eyes)), default=Grade.NOT)

    def counts(self, mind: Mind, effect: Effect, event: Event) -> bool:
        """Whether a mind learns from an effect. Reality is not changed by being seen, and who sees all of it learns
        nothing from another's sight. That somebody is not seen tells nothing to himself, nor to who believes that he
        hides."""
        if effect.change:
            return True
        if not mind.viewpoint:
            return False
        name, subject = mind.viewpoint[-1], effect.fluent.subject
        eyes = self.eyes(name)
        if eyes is None and name not in event.participants:
            return False
        if not isinstance(effect.content, Not) or effect.fluent != place_fluent(subject):
            return True
        himself = eyes is not None and subject in eyes
        return not himself and not mind.is_known(hidden_fluent(subject), "yes", event.time + 1)
