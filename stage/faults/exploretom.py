"""Faults of ExploreToM's program (`belief_tracker.py`): its tables of the first and second order, as it keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product

from stage.audits.played import worded
from stage.faults.generator import Answers, Fault, Generator
from stage.importers.story import Question, Story
from stage.scenes.scene import Scripted
from stage.world.events import Enter, Grade, Say, Set
from stage.world.facts import AT, Fact, Fluent, Viewpoint

TRUE_WITNESSES = Fault(
    "witnesses-are-those-really-there",
    "what somebody takes another to have noticed goes by where the other really is, not by where he is thought to be",
)
DISTRACTED = Fault(
    "nested-beliefs-of-the-distracted",
    "what a thing's move makes of beliefs about beliefs is kept for those, too, who do not attend to it",
)
CONTAINER_KEPT = Fault(
    "container-outlives-what-is-seen",
    "who sees a thing brought into a room goes on believing it in the container in which he last believed it",
)
SPEAKER_LEARNS = Fault(
    "speaker-learns-by-speaking",
    "who says where something is believes it from then on, having known nothing of it before",
)


@dataclass
class _Tracker:
    """``table`` holds what each chain of one or two believes, ``real`` what is so, ``thought`` where each takes everybody
    to be."""

    story: Story
    faults: frozenset[Fault]
    real: dict[Fluent, str] = field(default_factory=dict)
    table: dict[tuple[Viewpoint, Fluent], str] = field(default_factory=dict)
    thought: dict[str, dict[str, str]] = field(default_factory=dict)

    def run(self) -> None:
        self.real |= {f.fluent: f.value for f in self.story.start}
        self.thought |= {p: {p: self.real[Fluent(p, AT)]} for p in self.story.setting.people}
        for step in self.story.steps:
            for doing in step.doings:
                self._do(doing)

    def _do(self, doing: Scripted) -> None:
        match doing.action:
            case Enter(who, to):
                self._move(doing, who, to)
                self._come_in(doing, who, to)
            case Set(fact, str() as who):
                self.real[fact.fluent] = fact.value
                told = [a.who for a in doing.manner.attention if a.aware is None]
                arrives = fact.fluent.relation == AT and fact.value in self.story.setting.places
                if not arrives or CONTAINER_KEPT not in self.faults:
                    self._learn(doing, fact, who, told)
            case Set(fact):
                self.real[fact.fluent] = fact.value
            case Say(who, fact, hearers):
                self._learn(doing, fact, who, hearers)
            case _:
                pass

    def _people_at(self, place: str) -> list[str]:
        return [p for p in self.story.setting.people if self.real.get(Fluent(p, AT)) == place]

    def _attentive(self, doing: Scripted, there: Sequence[str]) -> list[str]:
        watching = [a.who for a in doing.manner.attention if a.aware and a.grade is Grade.FULLY]
        lost = {a.who for a in doing.manner.attention if a.grade is Grade.NOT}
        return [p for p in (*there, *watching) if p not in lost]

    def _witnesses(self, holder: str, there: Sequence[str], place: str) -> Sequence[str]:
        """Whom somebody takes to have noticed what happens at a place."""
        if TRUE_WITNESSES in self.faults:
            return there
        return [p for p, where in self.thought[holder].items() if where == place]

    def _move(self, doing: Scripted, who: str, to: str) -> None:
        for other in self._attentive(doing, self._people_at(self.real[Fluent(who, AT)])):
            self.thought[other].pop(who, None)
        self.real[Fluent(who, AT)] = to
        there = self._people_at(to)
        for other in self._attentive(doing, there):
            seen = {p: where for p, where in self.thought[other].items() if where != to}
            self.thought[other] = seen | dict.fromkeys(there, to)

    def _learn(self, doing: Scripted, fact: Fact, who: str, to: Sequence[str]) -> None:
        place = self.real[Fluent(who, AT)]
        there = [who, *to] if doing.manner.secretly else self._people_at(place)
        attentive = self._attentive(doing, there)
        speaker = who if isinstance(doing.action, Say) and SPEAKER_LEARNS not in self.faults else None
        self.table |= dict.fromkeys((((w,), fact.fluent) for w in attentive if w != speaker), fact.value)
        for holder in attentive:
            self.thought[holder][who] = place  # whom one sees do something is there
            others = there if doing.manner.secretly else self._witnesses(holder, there, place)
            self.table |= dict.fromkeys((((holder, other), fact.fluent) for other in others), fact.value)
        if DISTRACTED in self.faults and fact.fluent.relation in (AT, "in room"):
            self.table |= dict.fromkeys(((pair, fact.fluent) for pair in product(there, there)), fact.value)

    def _come_in(self, doing: Scripted, who: str, room: str) -> None:
        """What lies open shows which room it is in: to who comes in, and to all present that all see it."""
        there = self._people_at(room)
        for thing in self.story.setting.things:
            fluent = Fluent(thing, "in room")
            if self.real.get(Fluent(thing, AT)) == room and fluent in self.real:
                self.table[(who,), fluent] = self.real[fluent]
                for holder in self._attentive(doing, there):
                    for other in self._witnesses(holder, there, room):
                        self.table[(holder, other), fluent] = self.real[fluent]


def _answers(story: Story, faults: frozenset[Fault]) -> Answers:
    tracker = _Tracker(story, faults)
    tracker.run()
    found = {}
    for question in story.questions:
        value = tracker.table.get((question.viewpoint, question.fluent))
        if question.viewpoint and (answer := worded(question, value)) is not None:
            found[question.id] = answer
    return found


def _concerns(fault: Fault, story: Story, question: Question) -> bool:
    return len(question.viewpoint) == 2 or (fault in (CONTAINER_KEPT, SPEAKER_LEARNS) and len(question.viewpoint) == 1)


EXPLORETOM = Generator((TRUE_WITNESSES, DISTRACTED, CONTAINER_KEPT, SPEAKER_LEARNS), _answers, _concerns)
