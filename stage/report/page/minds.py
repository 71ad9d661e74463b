"""What everybody believes through the course of a play, as runs of beats: the page's timeline and graphs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from stage.beliefs.explain import explain
from stage.beliefs.mind import Held
from stage.course import Course
from stage.performing.transcript import REALITY
from stage.report.minds import name_of, status_of
from stage.world.events import Effect
from stage.world.facts import Fluent, Viewpoint

MOST_STEPS = 30
"""So many reasons of one belief are shown; a belief that is long out of date has one for every event it missed."""


def timeline(course: Course, fluents: Sequence[Fluent]) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Per fluent and mind (reality first) the spans of beats through which it held the same, each with the reasons."""
    minds: list[tuple[str, Viewpoint]] = [(REALITY, ()), *((n, (n,)) for n in course.scene.minds)]
    return {str(f): {name: _spans(course, viewpoint, f, reasons=True) for name, viewpoint in minds} for f in fluents}


def graphs(
    course: Course, fluents: Sequence[Fluent], asked: Iterable[Viewpoint]
) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Per viewpoint and fluent the spans of beats through which the same was believed: reality, every mind, every two
    characters, and whatever deeper viewpoints were asked for."""
    people = course.scene.setting.people
    pairs = [(a, b) for a in people for b in people if a != b]
    viewpoints: list[Viewpoint] = [(), *((n,) for n in course.scene.minds), *pairs, *asked]
    return {
        name_of(v): {str(f): spans for f in fluents if (spans := _spans(course, v, f, reasons=False))}
        for v in dict.fromkeys(viewpoints)
    }


def derivation(course: Course, viewpoint: Viewpoint, fluent: Fluent, before: int) -> list[str]:
    """The reasons of what is believed at a viewpoint, cut where there are very many."""
    steps = explain(course.minds, viewpoint, fluent, before, course.wording.event).steps
    rest = len(steps) - MOST_STEPS
    return [*steps[:MOST_STEPS], *([f"... and {rest} more events that changed nothing"] if rest > 0 else [])]


def _spans(course: Course, viewpoint: Viewpoint, fluent: Fluent, reasons: bool) -> list[dict[str, Any]]:
    """The beats from which on something else was held, with what it was; with ``reasons`` also those from which on the
    same was held although something happened. Empty where nothing ever was."""
    spans: list[dict[str, Any]] = []
    last: Held | None = None
    happened = _beats_about(course, fluent) if reasons else frozenset()
    for beat, before in enumerate(course.moments):
        held = course.world(viewpoint, before).held(fluent)
        is_new = held is not None and (last is None or (held.belief, held.event.time) != (last.belief, last.event.time))
        if held is not None and (is_new or beat in happened):
            span = {"from": beat, **_shown(held)}
            if reasons:
                span["steps"] = derivation(course, viewpoint, fluent, before)
            spans.append(span)
        last = held
    return spans


def _beats_about(course: Course, fluent: Fluent) -> frozenset[int]:
    """The beats in which something happened to a fluent, or was said of it."""
    return frozenset(
        event.beat
        for event in course.minds.events
        if any(isinstance(e, Effect) and e.change and e.fluent == fluent for e in event.effects)
        or any(a.fluent == fluent for a in event.assertions)
    )


def _shown(held: Held) -> dict[str, Any]:
    status, values = status_of(held.belief)
    return {"status": status, "values": values, "source": held.source.value, "by": held.by, "beat": held.event.beat}
