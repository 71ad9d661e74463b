"""Coming and going, of one or of several at once: who sees them leave, who sees them come, and what that shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stage.world.events import Effect, Enter, Event, Grade
from stage.world.facts import AWAY
from stage.world.setting import Setting, ShownTo, Trust, TrustRule, place_fluent, trust_fluent, watch_fluent
from stage.world.sight import After, Sight, State, becomes, hidden_fluent, shows


@dataclass(frozen=True)
class Movement:
    """Movement in one setting."""

    setting: Setting
    sight: Sight

    def events(self, action: Enter, state: State, beat: int, secretly: bool) -> list[Event]:
        """Leaving is noticed where one was, arriving where one comes to. Those who leave one place leave together, and
        all arrive together: each of them notices the others, and nobody comes first."""
        groups: dict[str | None, list[str]] = {}
        for person in action.people:
            groups.setdefault(self.sight.place_of(person, state), []).append(person)
        events = []
        for origin, people in groups.items():
            events.append(self._leaving(action, people, origin, state, beat, secretly))
            events += self._order_of_leaving(action, people, origin, state, beat)
        return events if action.to == AWAY else [*events, *self._arrival(action, state, beat)]

    def _leaving(
        self, action: Enter, people: Sequence[str], origin: str | None, state: State, beat: int, secretly: bool
    ) -> Event:
        """Some leave a place; unless it is so ruled, this does not show the way."""
        shows_way = action.shows_way or self.setting.conventions.departures_show_way
        way = None if shows_way or origin is None else frozenset({origin})
        changes: list[Effect] = []
        for person in people:
            changes.append(becomes(place_fluent(person), action.to, way))
            if secretly and action.to != AWAY:
                changes.append(becomes(hidden_fluent(person), "yes"))
            if state.value(watch_fluent(person)) not in (None, "nothing"):
                changes.append(becomes(watch_fluent(person), "nothing"))
        onlookers = Grade.PARTLY if way else Grade.FULLY
        return Event(0, beat, action, origin, frozenset(people), onlookers, tuple(changes), departure=True)

    def _arrival(self, action: Enter, state: State, beat: int) -> list[Event]:
        """Coming in, and what that shows of the things there: to everybody in one event, or in a second one to those
        who came."""
        people, to = action.people, action.to
        arrived = After(state, {place_fluent(p): to for p in people})
        coming = (*(shows(place_fluent(p), to) for p in people), *self.sight.company(to, arrived))
        found = tuple(self.sight.entered(to, arrived))
        if self.setting.conventions.entering_shown_to is ShownTo.EVERYBODY_PRESENT:
            return [Event(0, beat, action, to, frozenset(people), effects=(*coming, *found))]
        return [
            Event(0, beat, action, to, frozenset(people), effects=coming),
            Event(0, beat, action, None, frozenset(people), effects=found),
        ]

    def _order_of_leaving(
        self, action: Enter, people: Sequence[str], origin: str | None, state: State, beat: int
    ) -> list[Event]:
        """Where trust hangs on who left later: what a departure makes of it, known to all. Of those who leave together
        none is later."""
        if self.setting.conventions.trust is not TrustRule.LEFT_LATER or origin is None:
            return []
        changes = []
        for person in people:
            for other in (p for p in self.setting.people if p not in people):
                stays = self.sight.place_of(other, state) == origin
                earlier, later = (person, other) if stays else (other, person)
                changes.append(becomes(trust_fluent(earlier, later), Trust.YES))
                changes.append(becomes(trust_fluent(later, earlier), Trust.NO))
        return [Event(0, beat, action, None, frozenset(self.setting.people), effects=tuple(changes), departure=True)]
