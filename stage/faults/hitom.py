"""Faults of Hi-ToM's program (`dynamic_actions.py`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations, permutations

from stage.faults.generator import Answers, Fault, Generator, actions
from stage.importers.story import Question, Story
from stage.world.events import Action, Enter, Put, Say, Set
from stage.world.facts import AWAY, Viewpoint

LIST_ORDER = Fault(
    "nested-tables-in-list-order",
    "a move updates only those nested beliefs whose chain follows the order of the list of observers, the mover last",
)
SHALLOW_TELLING = Fault(
    "telling-updates-two-orders",
    "a word updates the hearer, what the hearer takes the speaker to believe and what the speaker takes any hearer to "
    "believe, trust or no trust; nothing of third-party hearers, and nothing beyond the second order",
)


DEEPEST = 4


@dataclass
class _HiToM:
    """What Hi-ToM's `dynamic_actions.py` keeps of a story: one table of beliefs for every chain and thing."""

    faults: frozenset[Fault]
    people: Sequence[str]
    where: dict[str, str] = field(default_factory=dict)
    roster: dict[str, list[str]] = field(default_factory=dict)
    """By room those who came in last, as the story lists them."""
    things: dict[str, tuple[str, str]] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)
    table: dict[tuple[Viewpoint, str], str] = field(default_factory=dict)

    def come_in(self, group: Sequence[str], room: str) -> None:
        self.where |= dict.fromkeys(group, room)
        self.roster[room] = list(group)
        for thing, (place, spot) in self.things.items():
            if place == room:
                self._update(group, thing, spot, in_order=False)

    def do(self, action: Action) -> None:
        match action:
            case Enter(who):
                self.where[who] = AWAY
                self.left[who] = max(self.left.values(), default=0) + 1
            case Set(fact, _, str() as room) if fact.fluent.subject not in self.people:
                self.things[fact.fluent.subject] = (room, fact.value)
                self._update(self._at(room), fact.fluent.subject, fact.value, in_order=False)
            case Put(who, thing, to):
                room = self.where[who]
                self.things[thing] = (room, to)
                others = [p for p in self._at(room) if p != who]
                self._update([*others, who], thing, to, in_order=LIST_ORDER in self.faults)
            case Say(who, fact, to):
                self._tell(who, list(to) or [p for p in self.people if p != who], fact.fluent.subject, fact.value)
            case _:
                pass

    def _at(self, room: str) -> list[str]:
        return [p for p in self.roster.get(room, []) if self.where[p] == room]

    def _update(self, people: Sequence[str], thing: str, spot: str, in_order: bool) -> None:
        chains = combinations if in_order else permutations
        for order in range(1, DEEPEST + 1):
            self.table |= dict.fromkeys(((c, thing) for c in chains(people, order)), spot)

    def _tell(self, speaker: str, hearers: Sequence[str], thing: str, spot: str) -> None:
        for hearer in hearers:
            self.table[(speaker, hearer), thing] = spot
            if self.left.get(hearer, 0) < self.left.get(speaker, 0):
                self.table[(hearer,), thing] = self.table[(hearer, speaker), thing] = spot


def _hitom(story: Story, faults: frozenset[Fault]) -> Answers:
    program = _HiToM(faults, story.setting.people)
    for step in story.steps:
        actions = [d.action for d in step.doings]
        entering = [a for a in actions if isinstance(a, Enter) and a.to != AWAY]
        if entering:
            program.come_in([a.who for a in entering], entering[0].to)
        else:
            for action in actions:
                program.do(action)
    found = {q.id: program.table.get((q.viewpoint, q.fluent.subject)) for q in story.questions}
    return {name: spot for name, spot in found.items() if spot is not None}


def _concerns(fault: Fault, story: Story, question: Question) -> bool:
    """The old key is the half called VP; nothing is told in the stories without deception."""
    if fault is LIST_ORDER:
        return question.kind.startswith("VP/")
    return any(isinstance(a, Say) for a in actions(story))


HITOM = Generator((SHALLOW_TELLING, LIST_ORDER), _hitom, _concerns)
