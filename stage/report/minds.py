"""What each mind believes of a fact as the beats go by, beside what the stage answered: a table of values.

Nothing here knows how it is shown, or how a belief is found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from stage.course import Course
from stage.performing.transcript import REALITY, Answer
from stage.scoring.verdicts import Outcome, Verdict, tells_apart
from stage.world.facts import Belief, Fluent, Known, OneOf, Viewpoint, Whether


def name_of(viewpoint: Viewpoint) -> str:
    return ">".join(viewpoint) or REALITY


def status_of(belief: Belief | None) -> tuple[str | None, list[str]]:
    match belief:
        case Known(value):
            return "known", [value]
        case OneOf(candidates):
            return "one of", sorted(candidates)
        case Whether():
            return "whether", []
        case None:
            return None, []


@dataclass(frozen=True)
class Cell:
    """What is believed at a viewpoint after a beat. ``is_false``: one value is believed, and another one is so.
    ``outcome`` is what the stage's answer there showed, None where it was not asked; ``answer`` the value that it gave,
    None for "does not know"."""

    belief: Belief | None
    is_false: bool = False
    outcome: Outcome | None = None
    answer: str | None = None

    def to_json(self) -> dict[str, Any]:
        status, values = status_of(self.belief)
        said = {} if self.outcome is None else {"outcome": str(self.outcome), "answer": self.answer}
        return {"status": status, "values": values, "false": self.is_false, **said}


@dataclass(frozen=True)
class Row:
    """A viewpoint's cells, one for each beat of its table."""

    viewpoint: Viewpoint
    cells: tuple[Cell, ...]

    @property
    def name(self) -> str:
        return name_of(self.viewpoint)


@dataclass(frozen=True)
class MindTable:
    """What is believed of one fact: rows are viewpoints, reality first, columns the beats (0: the start) after which
    something about it is other than before, or the stage was asked."""

    fluent: Fluent
    beats: tuple[int, ...]
    rows: tuple[Row, ...]

    def to_json(self) -> dict[str, Any]:
        rows = [
            {
                "viewpoint": list(row.viewpoint),
                "cells": [{"beat": b, **c.to_json()} for b, c in zip(self.beats, row.cells, strict=True)],
            }
            for row in self.rows
        ]
        return {"about": str(self.fluent), "minds": rows}


Judged = Sequence[tuple[Answer, Verdict]]


def contested(course: Course, judged: Judged = ()) -> list[Fluent]:
    """The facts in question: first what the stage was asked, most often where minds differ; then the others about which
    minds differ at the end or which the play was about."""
    counts = Counter({str(f): 0 for f in course.scene.setting.ranges})
    asked: dict[str, None] = {}
    for answer, _ in judged:
        asked[answer.about] = None
        counts[answer.about] += tells_apart(answer)
    known = {str(f): f for f in course.scene.setting.ranges}
    first = sorted((a for a in asked if a in known), key=lambda about: -counts[about])
    return list(dict.fromkeys([*(known[a] for a in first), *course.live(course.moments[-1])]))


def mind_tables(
    course: Course, fluents: Iterable[Fluent], judged: Judged = (), viewpoints: Sequence[Viewpoint] = ()
) -> list[MindTable]:
    """A table of each fact: everybody's mind, the minds within minds that are asked about it, and further ``viewpoints``.
    ``judged`` is what the stage answered."""
    everybody: list[Viewpoint] = [(), *((n,) for n in course.scene.minds)]
    tables = []
    for fluent in fluents:
        about = [(a, v) for a, v in judged if a.about == str(fluent)]
        nested = [a.viewpoint for a, _ in about] if judged else _asked_by_the_scene(course, fluent)
        shown = dict.fromkeys([*everybody, *sorted(nested, key=len), *viewpoints])
        tables.append(_table(course, fluent, list(shown), about))
    return tables


def _asked_by_the_scene(course: Course, fluent: Fluent) -> list[Viewpoint]:
    beats = {beat for plan in course.scene.probes for beat in plan.beats if beat < len(course.moments)}
    return [p.viewpoint for beat in sorted(beats) for p in course.probes(beat) if p.fluent == fluent]


def _table(course: Course, fluent: Fluent, viewpoints: Sequence[Viewpoint], about: Judged) -> MindTable:
    answers: dict[tuple[Viewpoint, int], tuple[Answer, Verdict]] = {}
    for answer, verdict in about:  # of several questions about one thing, one that went wrong is shown
        known = answers.get((answer.viewpoint, answer.beat))
        if known is None or known[1].outcome is Outcome.RIGHT:
            answers[answer.viewpoint, answer.beat] = answer, verdict
    reality = [course.world((), before).belief(fluent) for before in course.moments]
    rows = {}
    for viewpoint in viewpoints:
        cells = []
        for beat, before in enumerate(course.moments):
            belief = course.world(viewpoint, before).belief(fluent)
            cell = Cell(belief, isinstance(belief, Known) and reality[beat] not in (None, belief))
            if (viewpoint, beat) in answers:
                answer, verdict = answers[viewpoint, beat]
                cell = replace(cell, outcome=verdict.outcome, answer=answer.answer)
            cells.append(cell)
        rows[viewpoint] = cells
    beats = [b for b in range(len(course.moments)) if b == 0 or any(_is_news(cells, b) for cells in rows.values())]
    return MindTable(fluent, tuple(beats), tuple(Row(v, tuple(cells[b] for b in beats)) for v, cells in rows.items()))


def _is_news(cells: Sequence[Cell], beat: int) -> bool:
    now, before = cells[beat], cells[beat - 1]
    return now.outcome is not None or (now.belief, now.is_false) != (before.belief, before.is_false)
