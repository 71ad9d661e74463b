"""Known faults of benchmark generators, reproduced so that a label which follows from one can be named.

NOTHING HERE IS BELIEF. Each function repeats the bookkeeping of a program that goes wrong, and says where. What comes
out explains labels; it is never an answer. `stage.beliefs` knows nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, permutations

from stage.events import Action, Enter, Put, Say, Set
from stage.facts import AWAY, Viewpoint
from stage.importers.story import Question, Story

Answers = dict[str, str]
"""By question id what the faulty program answers."""


@dataclass(frozen=True)
class Fault:
    name: str
    what: str


LATE_ENTRY = Fault(
    "bystander-entry-built-late",
    "the bystander's entry is made when the story is finished and put in earlier: it shows the final place, to those "
    "who are observers at the end",
)
ABSENT_MOVER = Fault(
    "departed-mover-still-observes",
    "somebody comes in again after the mover has left, and the mover still counts as an observer of it",
)
LIST_ORDER = Fault(
    "nested-tables-in-list-order",
    "a move updates only those nested beliefs whose chain follows the order of the list of observers, the mover last",
)
SHALLOW_TELLING = Fault(
    "telling-updates-two-orders",
    "a word updates the hearer, what the hearer takes the speaker to believe and what the speaker takes any hearer to "
    "believe, trust or no trust; nothing of third-party hearers, and nothing beyond the second order",
)


# --------------------------------------------------------------------------------------------------------------- ToMi
@dataclass
class _ToMi:
    """What `tomi/story.py` keeps of a story: a table of what one takes the other to believe, and the observers whom it
    carries along."""

    names: frozenset[str]
    mover: str
    home: str
    spot: str
    faults: frozenset[Fault]
    where: dict[str, str] = field(default_factory=dict)
    table: dict[Viewpoint, str] = field(default_factory=dict)
    observers: set[str] = field(default_factory=set)
    bystander_came: bool = False

    def do(self, action: Action) -> None:
        match action:
            case Enter(who, to):
                if to != AWAY and who in self.names:
                    self._enter(who, to)
                self.bystander_came |= to == self.home and who not in self.names
                self.where[who] = to
            case Put(_, _, to):
                self.spot = to
                self._mutual(self._present())
            case Set():
                self._mutual(self._present())
            case _:
                pass

    def _enter(self, who: str, to: str) -> None:
        comes_again = who in self.where
        others = self._present() - {who}
        if comes_again and ABSENT_MOVER in self.faults:
            others.add(self.mover)
        self.observers = {self.mover, who} if comes_again else self.observers | {who}
        if to == self.home:
            self._mutual(others | {who})

    def end(self) -> None:
        if self.bystander_came and LATE_ENTRY in self.faults:
            self._mutual(self.observers)

    def _present(self) -> set[str]:
        return {n for n in self.names if self.where.get(n) == self.home}

    def _mutual(self, people: set[str]) -> None:
        self.table |= dict.fromkeys(permutations(sorted(people), 2), self.spot)


def _tomi(story: Story, faults: frozenset[Fault]) -> Answers:
    nested = [q for q in story.questions if len(q.viewpoint) == 2]
    movers = [a.who for a in _actions(story) if isinstance(a, Put)]
    if not nested or not movers:
        return {}
    start = {f.fluent.subject: f.value for f in story.start}
    spot = start[nested[0].fluent.subject]
    names = frozenset({movers[0], *(n for q in nested for n in q.viewpoint)})
    program = _ToMi(names, movers[0], start[spot], spot, faults)
    for action in _actions(story):
        program.do(action)
    program.end()
    return {q.id: program.table[q.viewpoint] for q in nested if q.viewpoint in program.table}


# ------------------------------------------------------------------------------------------------------------- Hi-ToM
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


# ---------------------------------------------------------------------------------------------------------- the tables
@dataclass(frozen=True)
class Generator:
    """A benchmark's program with its faults. ``answers`` runs it on a story with some of them switched on; ``concerns``
    says which questions a fault can have to do with."""

    faults: tuple[Fault, ...]
    answers: Callable[[Story, frozenset[Fault]], Answers]
    concerns: Callable[[Fault, Story, Question], bool]


def _concerns_tomi(fault: Fault, story: Story, question: Question) -> bool:
    return len(question.viewpoint) == 2


def _concerns_hitom(fault: Fault, story: Story, question: Question) -> bool:
    """The old key is the half called VP; nothing is told in the stories without deception."""
    if fault is LIST_ORDER:
        return question.kind.startswith("VP/")
    return any(isinstance(a, Say) for a in _actions(story))


GENERATORS: Mapping[str, Generator] = {
    "tomi": Generator((LATE_ENTRY, ABSENT_MOVER), _tomi, _concerns_tomi),
    "inspect": Generator((LATE_ENTRY, ABSENT_MOVER), _tomi, _concerns_tomi),
    "hitom": Generator((SHALLOW_TELLING, LIST_ORDER), _hitom, _concerns_hitom),
}


def _actions(story: Story) -> Iterator[Action]:
    return (doing.action for step in story.steps for doing in step.doings)
