"""The surroundings in which a question is put: exchanges of values and of names, and the layout of the prompt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from stage.course import Course
from stage.performing.settings import Settings
from stage.questions.exchange import Exchange, exchanges
from stage.roles.prompts import Layout, Place
from stage.roles.remarks import remarks
from stage.world.facts import AWAY

MOST_EXCHANGED = 4
"""Beyond so many values mirrors would cost more than they cancel."""
MOST_NAMINGS = 4
"""In so many namings every name of a cast of four is once each one's; further people would cost more than they cancel."""


@dataclass(frozen=True)
class Surroundings:
    """One mirror, one naming of the cast, one layout."""

    exchange: Exchange
    layout: Layout

    @property
    def names(self) -> int:
        return self.exchange.then.shift if self.exchange.then else 0

    @property
    def mark(self) -> str:
        """What tells the surroundings of a question apart, in a label."""
        shifted = (self.layout.story,) if self.layout.story else ()
        return ".".join(str(int(n)) for n in (self.exchange.shift, self.names, self.layout.identity_first, *shifted))


def surroundings(course: Course, options: Sequence[str | None], settings: Settings) -> list[Surroundings]:
    """All surroundings in which a question with these options is put: every combination of what is varied."""
    mirrors = _mirrors(course, options, settings)
    named = [replace(m, then=n) if n else m for n in _names(course, options, settings) for m in mirrors]
    return [Surroundings(e, layout) for layout in _layouts(course, settings) for e in named]


def _layouts(course: Course, settings: Settings) -> list[Layout]:
    """Who the role is after and before the story; the story before and after remarks, where there are any for the scene."""
    identity_first = (False, True) if settings.layouts else (False,)
    stories: tuple[Place, ...] = (1, 2) if settings.shift_story and remarks(course.scene) else (0,)
    return [Layout(first, story) for story in stories for first in identity_first]


def _mirrors(course: Course, options: Sequence[str | None], settings: Settings) -> list[Exchange]:
    """Containers are exchanged for containers, places for places, other values for other values; people stay who they
    are."""
    setting = course.scene.setting
    kinds: dict[str, list[str]] = {}
    for value in options:
        if value is not None and value not in setting.people and value != AWAY:
            kind = "place" if value in setting.places else "thing" if value in setting.things else "value"
            kinds.setdefault(kind, []).append(course.wording.title(value))
    return exchanges(list(kinds.values()), MOST_EXCHANGED if settings.mirrors else 1)


def _names(course: Course, options: Sequence[str | None], settings: Settings) -> list[Exchange | None]:
    """The cast as it is called, everybody called as the next, and so on: each time another name for everybody. As it is
    alone where a name is part of a value's."""
    names = tuple(course.wording.title(p) for p in course.scene.setting.people)
    values = [
        course.wording.title(v).lower() for v in options if v is not None and v not in course.scene.setting.people
    ]
    if any(n.lower() in v for n in names for v in values):
        return [None]
    return [None, *(Exchange((names,), shift) for shift in range(1, min(len(names), settings.namings)))]
