"""Who is told what: the part of a play that one role perceived, and what was kept from it and why.

In an isolated context this is a guarantee, not an instruction: a view is made from the events in the role's own history
as they looked to it, its own thoughts, and nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from stage.course import Course, Thought
from stage.errors import UsageError
from stage.world.events import Begin, Effect, Event, Grade, Not
from stage.world.setting import AUTHOR, NARRATOR, place_fluent


@dataclass(frozen=True)
class Context:
    """What a role is shown: ``isolated`` its own view; ``shared`` the whole script; ``windowed`` the start of its own
    view and the last ``window`` beats."""

    kind: Literal["isolated", "shared", "windowed"] = "isolated"
    window: int = 0

    @classmethod
    def parse(cls, text: str) -> Context:
        """'isolated', 'shared', 'windowed:8' or 'windowed(8)'."""
        if text in ("isolated", "shared"):
            return cls("isolated" if text == "isolated" else "shared")
        match = re.fullmatch(r"windowed[:(](\d{1,4})\)?", text)
        if match is None or int(match.group(1)) < 1:
            raise UsageError(f"no context {text!r}; there is isolated, shared and windowed:N with N of 1 or more")
        return cls("windowed", int(match.group(1)))

    def __str__(self) -> str:
        return f"windowed:{self.window}" if self.kind == "windowed" else self.kind


@dataclass(frozen=True)
class Told:
    """One line of a view."""

    time: int
    beat: int
    text: str


@dataclass(frozen=True)
class Withheld:
    """Something that happened and is not in a view, with the reason."""

    beat: int
    text: str
    why: str


def view(course: Course, role: str, before: int, context: Context) -> list[Told]:
    """What a role is told of the play up to an event time, in the order in which it happened."""
    if context.kind == "shared":
        return _merged(_script(course, before), [_overheard(course, t) for t in course.thoughts if t.time <= before])
    noticed = [e for e in course.world((role,), before).noticed() if not _is_scenery_of_others(course, e, role)]
    events = [Told(e.time, e.beat, course.wording.event(_of_known_things(course, e, role))) for e in noticed]
    thoughts = [_own(course, t) for t in course.thoughts if t.who == role and t.time <= before]
    told = _merged(events, thoughts)
    if context.kind == "windowed":
        latest = sum(1 for m in course.moments if m <= before) - 1
        latest += course.moments[latest] < before
        return [t for t in told if t.beat == 0 or t.beat > latest - context.window]
    return told


def withheld(course: Course, role: str, before: int, context: Context) -> list[Withheld]:
    """What happened up to an event time and a role is not told, or told only in part."""
    shown = {t.time for t in view(course, role, before, context)}
    reality = course.world((), before)
    kept: list[Withheld] = []
    for event in reality.noticed():
        text = course.wording.event(event)
        if context.kind == "shared" or not text:
            continue
        grade = course.minds.grade(reality.mind, role, event)
        if grade is Grade.NOT:
            kept.append(Withheld(event.beat, text, _why_unnoticed(course, role, event)))
        elif grade is Grade.PARTLY:
            kept.append(Withheld(event.beat, text, f"{role} notices it only in part"))
        elif context.kind == "windowed" and event.time not in shown and not _is_scenery_of_others(course, event, role):
            kept.append(Withheld(event.beat, text, f"further back than {context.window} beats"))
    if context.kind != "shared":
        others = [t for t in course.thoughts if t.who != role and t.time <= before]
        kept += [Withheld(t.beat, f"{t.who} thinks: {t.text}", f"{t.who}'s own thought") for t in others]
    for name, character in course.scene.cast.items():
        private = [character.persona, character.goal, *character.private]
        if name != role and role != AUTHOR:
            kept += [Withheld(0, text, f"told to {name} alone") for text in private if text]
    if role != AUTHOR:
        author = course.scene.author
        kept += [Withheld(0, text, "the author's own") for text in (author.intent, *author.notes) if text]
    return kept


def _why_unnoticed(course: Course, role: str, event: Event) -> str:
    if isinstance(event.action, Begin):
        return f"not known to {role} at the start"
    if any(a.who == role for a in event.attention):
        return f"{role} is kept from noticing it"
    if role in (AUTHOR, NARRATOR):
        return f"the {role} is not told it"
    where = course.world((), event.time).value(place_fluent(role))
    if where == event.place:
        return "done in secret" if event.onlookers is Grade.NOT else f"{role} does not attend to it"
    return f"{role} is at {where}, it happens at {event.place}" if where else f"{role} is not on stage"


def _is_scenery_of_others(course: Course, event: Event, role: str) -> bool:
    """Who is told how all things stand needs not be told again what others see of it at the start."""
    misses_nothing = role == AUTHOR or (role == NARRATOR and course.scene.setting.narrator.minds is None)
    return misses_nothing and isinstance(event.action, Begin) and event.place is not None


def _of_known_things(course: Course, event: Event, role: str) -> Event:
    """The event without word of what is not in sight and was never heard of."""
    places = {*course.scene.setting.places}
    world = course.world((role,), event.time)
    kept = [
        e
        for e in event.effects
        if not (
            isinstance(e, Effect)
            and isinstance(e.content, Not)
            and e.content.values & places
            and world.held(e.fluent) is None
        )
    ]
    return replace(event, effects=tuple(kept))


def _outline(course: Course, event: Event) -> str:
    """What of an event those are told who notice it partly."""
    return course.wording.event(event.as_noticed(frozenset(), Grade.PARTLY))


def _merged(events: list[Told], thoughts: list[Told]) -> list[Told]:
    """By time; a thought comes before the event that follows it."""
    ordered = sorted([*((t.time, 1, t) for t in events), *((t.time, 0, t) for t in thoughts)], key=lambda x: x[:2])
    return [t for _, _, t in ordered if t.text]


def _own(course: Course, thought: Thought) -> Told:
    return Told(thought.time, thought.beat, f"{course.wording.noun(thought.who)} thinks: {thought.text}")


def _overheard(course: Course, thought: Thought) -> Told:
    name = course.wording.noun(thought.who)
    return Told(thought.time, thought.beat, f"{name} thinks: {thought.text} [only {name} knows this]")


def _script(course: Course, before: int) -> list[Told]:
    """Everything that happened, each line marked with who of the cast noticed it where not all did."""
    reality = course.world((), before)
    people = course.scene.setting.people
    told = []
    for event in reality.noticed():
        text = course.wording.event(event)
        grades = {p: course.minds.grade(reality.mind, p, event) for p in people}
        fully = [p for p in people if grades[p] is Grade.FULLY]
        partly = [p for p in people if grades[p] is Grade.PARTLY]
        mark = ""
        if len(fully) < len(people) and text:
            mark = f" [only {course.wording.names(fully)} noticed this" if fully else " [nobody noticed this fully"
            mark += (
                f"; {course.wording.names(partly)} noticed no more than: {_outline(course, event)}]" if partly else "]"
            )
        told.append(Told(event.time, event.beat, text + mark if text else ""))
    return told
