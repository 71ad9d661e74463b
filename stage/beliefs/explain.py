"""Why a belief is held: the event it comes from, how everybody along the chain came to notice it, and which later
events about the same fact did not get through, and where on the chain they were lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from stage.beliefs.mind import Held, Source
from stage.beliefs.minds import Minds, World
from stage.beliefs.rumour import Telling, rumour
from stage.events import Begin, Effect, Event, Grade
from stage.facts import AWAY, Belief, Fluent, Viewpoint, chain
from stage.setting import place_fluent

Tell = Callable[[Event], str]


@dataclass(frozen=True)
class Explanation:
    """A belief and its reasons, one sentence each, in the order of the chain."""

    viewpoint: Viewpoint
    fluent: Fluent
    belief: Belief | None
    source: Source | None
    time: int | None
    steps: tuple[str, ...]


def explain(minds: Minds, viewpoint: Viewpoint, fluent: Fluent, before: int, tell: Tell) -> Explanation:
    """Explain what is believed of a fluent at a viewpoint before an event time. ``tell`` words an event."""
    viewpoint = chain(*viewpoint)
    world = minds.world(viewpoint, before)
    held = world.held(fluent)
    steps = [] if held is None else _origin(minds, viewpoint, held, tell)
    steps += [_heard(telling) for telling in rumour(world, fluent)]
    since = -1 if held is None else held.event.time
    steps += [
        step
        for event in minds.events
        if since < event.time < before and _concerns(event, fluent)
        for step in _loss(minds, viewpoint, event, fluent, tell)
    ]
    if not steps:
        steps = [f"no event told {_name(viewpoint)} anything about {fluent}"]
    belief = held.belief if held is not None else None
    return Explanation(viewpoint, fluent, belief, held.source if held else None, since if held else None, tuple(steps))


def _name(viewpoint: Viewpoint) -> str:
    return ">".join(viewpoint) or "reality"


def _concerns(event: Event, fluent: Fluent) -> bool:
    return any(isinstance(e, Effect) and e.fluent == fluent and e.change for e in event.effects) or any(
        a.fluent == fluent for a in event.assertions
    )


def _label(event: Event, tell: Tell) -> str:
    told = tell(event)
    what = event.action.about if isinstance(event.action, Begin) else told
    return f"e{event.time} ({'at the start' if not event.beat else f'beat {event.beat}'}: {what})"


def _seen_at(minds: Minds, viewpoint: Viewpoint, time: int) -> Event | None:
    """The event of that time as it looked at a viewpoint, if it was noticed there."""
    return minds.world(viewpoint).event(time)


def _origin(minds: Minds, viewpoint: Viewpoint, held: Held, tell: Tell) -> list[str]:
    """How the event behind a belief came to everybody along the chain."""
    time = held.event.time
    real = minds.events[time]
    how = {
        Source.SAW: "so it was seen",
        Source.TOLD: f"so it was told, by {held.by}",
        Source.START: "so from the start",
    }
    if not viewpoint:
        return [f"it is so since {_label(real, tell)}"]
    steps = []
    if held.source is Source.FOUND_OUT:
        how[Source.FOUND_OUT] = f"so {viewpoint[-2]} found out that the word of {held.by}, who knew better, was not so"
    for depth in range(len(viewpoint) - (held.source is Source.FOUND_OUT)):
        outer = viewpoint[:depth]
        event = _seen_at(minds, outer, time)
        assert event is not None
        world = minds.world(outer, time)
        grade = minds.grade(world.mind, viewpoint[depth], event)
        believer = "".join(f"{n} takes it that " for n in outer)
        if grade is Grade.NOT:
            steps.append(f"{believer}{viewpoint[depth]} stands by it, as by any word of {held.by or viewpoint[depth]}")
            continue
        noticed = "noticed" if grade is Grade.FULLY else "noticed partly"
        reason = _reason(world, viewpoint[depth], event)
        steps.append(f"{believer}{viewpoint[depth]} {noticed} {_label(real, tell)}: {reason}")
    return [*steps, how.get(held.source, "so it was inferred: nothing else remained")]


def _heard(telling: Telling) -> str:
    """Where the speaker of a word had it from."""
    speaker, held = telling.speaker, telling.held
    if held is None or held.belief is None:
        return f"{speaker}, who said so in e{telling.time}, had no belief of it"
    had = f"was told so by {held.by}" if held.source is Source.TOLD else f"had it {held.source.value}"
    had = "saw it" if held.source is Source.SAW else "inferred it" if held.source is Source.INFERRED else had
    origin = f"{speaker} {had} in e{held.event.time}"
    if telling.is_distorted:
        return f"{origin}, believed {held.belief}, and said {telling.said} in e{telling.time}"
    return f"{origin}, and said so in e{telling.time}"


def _reason(world: World, name: str, event: Event) -> str:
    """Why somebody notices an event, in a world."""
    exception = next((a for a in event.attention if a.who == name), None)
    if exception is not None:
        return "an exception of the scene"
    if name in event.participants:
        return "took part in it" if not isinstance(event.action, Begin) else "was there at the start"
    if name not in world.mind.viewpoint and world.value(place_fluent(name)) == event.place and event.place is not None:
        return f"was at {event.place}"
    return f"was placed to notice what happens at {event.place}" if event.place else "is told everything"


def _loss(minds: Minds, viewpoint: Viewpoint, event: Event, fluent: Fluent, tell: Tell) -> list[str]:
    """Where on the chain a later event about the fact was lost, or why it did not count."""
    for depth in range(len(viewpoint)):
        outer = viewpoint[:depth]
        if _seen_at(minds, viewpoint[: depth + 1], event.time) is not None:
            continue
        believer = "".join(f"{n} takes it that " for n in outer)
        name = viewpoint[depth]
        if isinstance(event.action, Begin):
            return [f"{believer}{name} was not told how it was at the start"]
        world = minds.world(outer, event.time)
        held = world.held(place_fluent(name))
        where = world.value(place_fluent(name))
        seen = _seen_at(minds, outer, event.time)
        why = "it was done so that it went unnoticed"
        if seen is not None and any(a.who == name and a.grade is Grade.NOT for a in seen.attention):
            why = f"{name} did not attend to it"
        elif where != event.place and held is not None:
            spot = "away" if where == AWAY else f"at {where}" if where else "elsewhere"
            why = f"{name} was {spot} since e{held.event.time}"
        return [f"{believer}{name} did not notice {_label(event, tell)}: {why}"]
    if any(a.fluent == fluent for a in event.assertions):
        return [f"{_label(event, tell)} was heard and did not change this belief"]
    return [f"{_label(event, tell)} was noticed only in part"] if viewpoint else []
