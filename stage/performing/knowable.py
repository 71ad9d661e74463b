"""What somebody could give away at a moment, and what not: the facts that he believes, and those that only others do."""

from __future__ import annotations

from dataclasses import dataclass

from stage.course import Course
from stage.performing.transcript import REALITY


@dataclass(frozen=True)
class Knowable:
    """``known`` are the facts ("marble at box") that somebody believes, ``elsewhere`` those that he does not and
    somebody else does, or that are so, each with who ("reality" among them)."""

    known: tuple[str, ...]
    elsewhere: dict[str, tuple[str, ...]]


def knowable(course: Course, who: str) -> Knowable:
    """What there is to know at this moment of the play, as it stands with somebody."""
    now = course.minds.now
    worlds = {REALITY: course.world(())} | {n: course.world((n,)) for n in course.present_minds(now)}
    own = course.world((who,))
    known: list[str] = []
    elsewhere: dict[str, tuple[str, ...]] = {}
    for fluent in course.scene.setting.ranges:
        value = own.value(fluent)
        if value is not None:
            known.append(f"{fluent} {value}")
        holders: dict[str, list[str]] = {}
        for name, world in worlds.items():
            other = world.value(fluent)
            if other is not None and other != value:
                holders.setdefault(f"{fluent} {other}", []).append(name)
        elsewhere |= {fact: tuple(names) for fact, names in holders.items()}
    return Knowable(tuple(known), elsewhere)
