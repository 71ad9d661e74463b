"""Faults of ToMi's program (`tomi/story.py`, `tomi/actions.py`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import permutations

from stage.faults.generator import Answers, Fault, Generator, actions
from stage.importers.story import Question, Story
from stage.world.events import Action, Enter, Put, Set
from stage.world.facts import AWAY, Viewpoint

LATE_ENTRY = Fault(
    "bystander-entry-built-late",
    "the bystander's entry is made when the story is finished and put in earlier: it shows the final place, to those "
    "who are observers at the end",
)
ABSENT_MOVER = Fault(
    "departed-mover-still-observes",
    "somebody comes in again after the mover has left, and the mover still counts as an observer of it",
)


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
    movers = [a.who for a in actions(story) if isinstance(a, Put)]
    if not nested or not movers:
        return {}
    start = {f.fluent.subject: f.value for f in story.start}
    spot = start[nested[0].fluent.subject]
    names = frozenset({movers[0], *(n for q in nested for n in q.viewpoint)})
    program = _ToMi(names, movers[0], start[spot], spot, faults)
    for action in actions(story):
        program.do(action)
    program.end()
    return {q.id: program.table[q.viewpoint] for q in nested if q.viewpoint in program.table}


def _concerns(fault: Fault, story: Story, question: Question) -> bool:
    return len(question.viewpoint) == 2


TOMI = Generator((LATE_ENTRY, ABSENT_MOVER), _tomi, _concerns)
