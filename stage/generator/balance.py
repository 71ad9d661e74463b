"""What a set of generated questions is like: how many of each kind, where the right options stand, and how far one gets
without regard to minds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from stage.generator.questions import HEURISTICS, Question
from stage.generator.selection import Generated
from stage.scoring.intervals import Figure, proportion


@dataclass(frozen=True)
class Shortcut:
    """How often a heuristic is right, over the questions from order ``least`` on, beside the mean share of right
    answers of blind choice among the same options. ``by_order`` has the same for each order."""

    name: str
    least: int
    right: Figure
    chance: float | None
    by_order: dict[int, Figure]

    @property
    def is_near_chance(self) -> bool:
        """Whether the interval holds chance; so it is too where there is nothing to count."""
        return self.chance is None or bool(self.right.covers(self.chance))


@dataclass(frozen=True)
class Balance:
    """``counts``: questions by order, then by whether what is believed is so ("true", "false", "unknown").
    ``positions``: by the number of options, then how often the right one stands first, second, ... ``features``:
    scenes in which each happens."""

    scenes: int
    questions: int
    counts: dict[int, dict[str, int]]
    positions: dict[int, list[int]]
    shortcuts: tuple[Shortcut, ...]
    features: dict[str, int]

    def to_json(self) -> dict[str, Any]:
        plain: dict[str, Any] = TypeAdapter(Balance).dump_python(self, mode="json")
        return plain


def balance(generated: Generated) -> Balance:
    asked = generated.questions
    counts: dict[int, dict[str, int]] = {}
    positions: dict[int, list[int]] = {}
    for question in asked:
        order, truth = question.cell
        row = counts.setdefault(order, {"true": 0, "false": 0, "unknown": 0})
        row[truth] += 1
        offered = len(question.known.values)
        positions.setdefault(offered, [0] * offered)[question.position] += 1
    features = Counter(f for scene in generated.scenes for f in scene.features)
    return Balance(
        scenes=len(generated.scenes),
        questions=len(asked),
        counts=dict(sorted(counts.items())),
        positions=dict(sorted(positions.items())),
        shortcuts=tuple(_shortcut(name, least, asked) for name, least in HEURISTICS.items()),
        features={f: features[f] for f in generated.settings.features},
    )


def _shortcut(name: str, least: int, asked: Sequence[Question]) -> Shortcut:
    applied = [q for q in asked if name in q.right]
    orders = sorted({len(q.viewpoint) for q in applied})
    return Shortcut(
        name,
        least,
        _share(name, applied),
        sum(q.chance for q in applied) / len(applied) if applied else None,
        {order: _share(name, [q for q in applied if len(q.viewpoint) == order]) for order in orders},
    )


def _share(name: str, asked: Sequence[Question]) -> Figure:
    return proportion(sum(q.right[name] for q in asked), len(asked))
