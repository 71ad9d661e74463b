"""What the answers to a benchmark are worth: against its labels, and against what follows from its stories.

Made from the record alone. An answer counts as right or wrong where it is decided (`Item.answer`); a question counts
against a key that is among the answers it offers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter

from stage.bench.answers import Item
from stage.scoring.intervals import Figure, proportion


@dataclass(frozen=True)
class Row:
    """Accuracy on ``n`` questions: against the labels, and against what follows. Wilson intervals, over decided
    answers. ``chance`` is what blind choices would get against the label."""

    n: int
    label: Figure
    derived: Figure
    chance: float | None


@dataclass(frozen=True)
class Joint:
    """Stories with two or more questions, all of them put and decided, that were answered right throughout."""

    label: Figure
    derived: Figure


@dataclass(frozen=True)
class Disputed:
    """Of the ``n`` questions whose label is not what follows: how often the answer is the label's, what follows, and
    neither, of those decided; and the audit's reasons, counted."""

    n: int
    as_label: Figure
    as_derived: Figure
    as_neither: Figure
    reasons: Mapping[str, int]


@dataclass(frozen=True)
class Scores:
    """All measures of one answerer on one benchmark. ``beliefs``: of questions about beliefs, those about "true" and
    "false" ones. ``sound``: questions whose label follows. ``not_offered``: questions that offer no answer that is the
    label's, or none that is what follows."""

    everything: Row
    types: dict[str, Row]
    orders: dict[int, Row]
    beliefs: dict[str, Row]
    states: dict[str, Row]
    joint: Joint
    sound: Row
    disputed: Disputed
    undecided: int = 0
    unreadable: int = 0
    not_offered: dict[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        plain: dict[str, Any] = _ADAPTER.dump_python(self, mode="json")
        return plain


_ADAPTER = TypeAdapter(Scores)

Answered = Callable[[Item], str | None]


def score_items(items: Sequence[Item], noise: float, whole: frozenset[str], control: str | None = None) -> Scores:
    """The scores of the model, or of one of the controls beside it. ``whole`` are the stories of which everything was
    put."""

    def answered(item: Item) -> str | None:
        return item.answer(noise) if control is None else item.controls.get(control)

    def row(of: Iterable[Item]) -> Row:
        return _row(list(of), answered)

    def rows(key: Callable[[Item], Any]) -> dict[Any, Row]:
        groups: dict[Any, list[Item]] = {}
        for item in items:
            if key(item) not in (None, ""):
                groups.setdefault(key(item), []).append(item)
        return {name: row(groups[name]) for name in sorted(groups)}

    unreadable = 0 if control is not None else sum(not item.readable for item in items)
    return Scores(
        everything=row(items),
        types=rows(lambda item: item.kind),
        orders=rows(lambda item: item.order),
        beliefs=rows(lambda item: None if item.false_belief is None else str(not item.false_belief).lower()),
        states=rows(lambda item: item.state),
        joint=_joint(items, answered, whole),
        sound=row(item for item in items if item.key.derivable and not item.key.disputed),
        disputed=_disputed([item for item in items if item.key.disputed], answered),
        undecided=sum(answered(item) is None for item in items) - unreadable,
        unreadable=unreadable,
        not_offered={
            "label": sum(item.key.means not in item.says for item in items),
            "derived": sum(item.key.derivable and item.key.derived not in item.says for item in items),
        },
    )


def _row(items: Sequence[Item], answered: Answered) -> Row:
    labelled = [item for item in items if item.key.means in item.says]
    chances = [item.chance(item.key.means) for item in labelled]
    return Row(
        len(items),
        _share(labelled, answered, lambda item: item.key.means),
        _share([i for i in items if i.key.derived in i.says], answered, lambda item: item.key.derived),
        sum(chances) / len(chances) if chances else None,
    )


def _share(items: Iterable[Item], answered: Answered, right: Answered) -> Figure:
    given = [(answered(item), right(item)) for item in items]
    decided = [(answer, key) for answer, key in given if answer is not None]
    return proportion(sum(answer == key for answer, key in decided), len(decided))


def _joint(items: Sequence[Item], answered: Answered, whole: frozenset[str]) -> Joint:
    stories: dict[str, list[Item]] = {}
    for item in items:
        if item.story in whole:
            stories.setdefault(item.story, []).append(item)
    kept = [of for of in stories.values() if len(of) > 1 and all(answered(item) is not None for item in of)]
    derivable = [of for of in kept if all(item.key.derived in item.says for item in of)]
    return Joint(
        proportion(sum(all(answered(i) == i.key.means for i in of) for of in kept), len(kept)),
        proportion(sum(all(answered(i) == i.key.derived for i in of) for of in derivable), len(derivable)),
    )


def _disputed(items: Sequence[Item], answered: Answered) -> Disputed:
    decided = [item for item in items if answered(item) is not None]
    label = sum(answered(item) == item.key.means for item in decided)
    derived = sum(answered(item) == item.key.derived for item in decided)
    n = len(decided)
    reasons: dict[str, int] = {}
    for item in items:
        reasons[item.key.reason] = reasons.get(item.key.reason, 0) + 1
    return Disputed(
        len(items),
        as_label=proportion(label, n),
        as_derived=proportion(derived, n),
        as_neither=proportion(n - label - derived, n),
        reasons=reasons,
    )
