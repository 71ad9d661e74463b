"""Aids: what helps a role before it is asked, and how much that helps is what they are for.

An aid draws on the asked role's own mind and on nothing else, in every context: no answer of anybody else's, and nothing
that hangs on which fact or whose belief is asked for, so that being told tells nothing about the question.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from stage.course import Course, chains
from stage.errors import UsageError
from stage.world.facts import Fluent


class Aid(StrEnum):
    """What comes before the question."""

    NONE = "none"
    PERSPECTIVE = "perspective"
    """The role is first asked what the one whose belief is in question noticed (Wilf et al., 2023)."""
    GRAPH = "graph"
    """The role is told its own belief graph in words, with what it takes others to believe."""
    THINK = "think"
    """The role first thinks about the question, unheard."""

    @property
    def is_generated(self) -> bool:
        """Whether the stage itself words it."""
        return self in (Aid.PERSPECTIVE, Aid.THINK)

    @classmethod
    def parse(cls, text: str) -> Aid:
        """The aid of that name; UsageError if there is none."""
        try:
            return cls(text)
        except ValueError as error:
            raise UsageError(f"no aid {text!r}; there is {', '.join(cls)}") from error


def beliefs_in_words(course: Course, role: str, before: int, depth: int) -> list[str]:
    """A role's belief graph as sentences put to it, up to viewpoints of ``depth`` names.

    Told is what the role believes of any fact of the story and what it takes those to believe whom it credits with
    having noticed anything; of a fact that it has any such belief about, also who has none. Worked out from the role's
    own mind alone.
    """
    known = [n for n in course.scene.setting.people if course.world((role, n), before).noticed()]
    viewpoints = [v for order in range(1, depth + 1) for v in chains((*known, role), order) if v[0] == role]
    viewpoints = list(dict.fromkeys(viewpoints))
    held = {(v, f): course.world(v, before).belief(f) for v in viewpoints for f in _facts(course)}
    of_concern = [f for f in _facts(course) if any(held[v, f] is not None for v in viewpoints)]
    return [course.wording.held(v, f, held[v, f]) for f in of_concern for v in viewpoints]


def _facts(course: Course) -> Sequence[Fluent]:
    """The fluents that a scene's questions may be about, the same at every moment: those of its story, and those that
    a question names."""
    scene = course.scene
    named = {f for plan in scene.probes for f in plan.about or ()}
    return [f for f, values in scene.setting.ranges.items() if len(values) > 1 and (course.is_story(f) or f in named)]
