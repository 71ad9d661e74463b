"""Why a belief is held: the event it comes from, how everybody along the chain came to notice it, and which later
events about the same fact did not get through, and where on the chain they were lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from stage.beliefs.mind import Held, Source
from stage.beliefs.minds import Minds, World
from stage.beliefs.rumour import Telling, rumour
from stage.world.events import Begin, Effect, Event, Grade
from stage.world.facts import AWAY, Belief, Fluent, Viewpoint, Whether
from stage.world.setting import place_fluent

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
    world = minds.world(viewpoint, before)
    viewpoint = world.viewpoint
    held = world.held(fluent)
    steps = [] if held is None else _origin(world, held, tell)
    steps += [_heard(telling) for telling in rumour(world, fluent)]
    since = -1 if held is None else held.event.time
    steps += [
        step
        for event in minds.events
        if since < event.time < before and _concerns(event, fluent)
        for step in _loss(world, event, fluent, tell)
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


def _above(world: World, depth: int, time: int) -> World:
    """What the first of a chain believed before the event of a time, as it is seen from the moment of a world."""
    return replace(world.minds.world(world.viewpoint[:depth], world.before), before=time)


def _origin(world: World, held: Held, tell: Tell) -> list[str]:
    """How the event behind a belief came to everybody along the chain."""
    minds, viewpoint, time = world.minds, world.viewpoint, held.event.time
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
        above = _above(world, depth, time)
        event = above.event(time)
        assert event is not None
        grade = minds.grade(above.mind, viewpoint[depth], event)
        believer = "".join(f"{n} takes it that " for n in above.viewpoint)
        if grade is Grade.NOT:
            steps.append(f"{believer}{viewpoint[depth]} stands by it, as by any word of {held.by or viewpoint[depth]}")
            continue
        noticed = "noticed" if grade is Grade.FULLY else "noticed partly"
        reason = _reason(above, viewpoint[depth], event)
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
    if isinstance(telling.said, Whether):
        return f"{origin}; what of it was said in e{telling.time} could not be made out"
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


def _loss(world: World, event: Event, fluent: Fluent, tell: Tell) -> list[str]:
    """Where on the chain a later event about the fact was lost, or why it did not count."""
    for depth, name in enumerate(world.viewpoint):
        if _above(world, depth + 1, event.time).event(event.time) is not None:
            continue
        above = _above(world, depth, event.time)
        believer = "".join(f"{n} takes it that " for n in above.viewpoint)
        if isinstance(event.action, Begin):
            return [f"{believer}{name} was not told how it was at the start"]
        why = _unnoticed(world, depth, event)
        return [f"{believer}{name} did not notice {_label(event, tell)}: {why}"]
    if any(a.fluent == fluent for a in event.assertions):
        return [f"{_label(event, tell)} was heard and did not change this belief"]
    return [f"{_label(event, tell)} was noticed only in part"] if world.viewpoint else []


def _unnoticed(world: World, depth: int, event: Event) -> str:
    """Why an event did not reach one of a chain, that reached those before him."""
    name, above = world.viewpoint[depth], _above(world, depth, event.time)
    held, where, seen = above.held(place_fluent(name)), above.value(place_fluent(name)), above.event(event.time)
    if seen is not None and any(a.who == name and a.grade is Grade.NOT for a in seen.attention):
        return f"{name} did not attend to it"
    if seen is not None and world.minds.grade(above.mind, name, seen) is not Grade.NOT:
        gaps = _above(world, depth + 1, event.time).mind.gaps
        found = next(gap.until for gap in gaps if gap.since < event.time <= gap.until)
        return f"{name} was thought to be there, and turned out in e{found} not to have been"
    if where != event.place and held is not None:
        spot = "away" if where == AWAY else f"at {where}" if where else "elsewhere"
        return f"{name} was {spot} since e{held.event.time}"
    return "it was done so that it went unnoticed"
