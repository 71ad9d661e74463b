"""The course of a scene so far: what has happened, beat by beat, and what everybody makes of it. No model in sight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from stage.beliefs.minds import Minds, World
from stage.scenes.scene import ProbePlan, Scene, Scripted
from stage.wording import Wording
from stage.world.events import Action, Begin, Effect, Event, Put
from stage.world.facts import AT, Fluent, Viewpoint
from stage.world.rules import Manner, Rules
from stage.world.setting import AUTHOR, INTERNAL, NARRATOR, place_fluent


@dataclass(frozen=True)
class Thought:
    """What somebody thought, unheard, before the event with that time."""

    time: int
    beat: int
    who: str
    text: str


@dataclass(frozen=True)
class Probe:
    """One question at one moment: what is believed of a fluent at a viewpoint, after a beat. ``plan`` is the place, from
    0, of what asks for it among the scene's probes; None where somebody else asks."""

    beat: int
    viewpoint: Viewpoint
    fluent: Fluent
    question: str = ""
    expect: str | None = None
    plan: int | None = None

    @property
    def id(self) -> str:
        words = f" ({self.question})" if self.question else ""
        return f"{'>'.join(self.viewpoint) or 'reality'}: {self.fluent}{words} [after {self.beat}]"


class Course:
    """A scene being played. ``moments[b]`` is the event time at the end of beat b; ``moments[0]`` that of the start."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.rules = Rules(scene.setting)
        self.minds = Minds(scene.setting)
        self.wording = Wording.of(scene)
        self.thoughts: list[Thought] = []
        self.done: list[tuple[int, Scripted]] = []
        """All that was done, by beat; what did not succeed was tried in vain."""
        self.minds.append(*scene.start)
        self.moments = [self.minds.now]

    @property
    def beat(self) -> int:
        """The number of the beat that is being played."""
        return len(self.moments)

    def world(self, viewpoint: Viewpoint, before: int | None = None) -> World:
        return self.minds.world(viewpoint, before)

    def do(self, action: Action, manner: Manner | None = None) -> list[Event]:
        """Let something happen. What is not possible in reality fails, and shows what it shows."""
        manner = manner or Manner()
        return self._happen(action, manner, outcome(self.rules, self.minds, self.beat, action, manner))

    def attempt(self, action: Action) -> list[Event]:
        """Let somebody try what is possible in his own world: he reaches for a thing where he believes it to be, and
        fails if it is not there."""
        if isinstance(action, Put) and self.world(()).value(place_fluent(action.thing)) != _sought(self.minds, action):
            return self.do(action, Manner(in_vain=True))
        return self.do(action)

    def _happen(self, action: Action, manner: Manner, events: list[Event]) -> list[Event]:
        failed = not events or events[0].failed
        if failed and not manner.in_vain:
            manner = replace(manner, in_vain=True, text="")
        self.done.append((self.beat, Scripted(action, manner)))
        self.minds.append(*events)
        return events

    def think(self, who: str, text: str) -> None:
        self.thoughts.append(Thought(self.minds.now, self.beat, who, text))

    def end_beat(self) -> None:
        self.moments.append(self.minds.now)

    def present_minds(self, before: int) -> list[str]:
        """Those whose minds exist by now: whoever has noticed anything, the narrator and the author."""
        return [n for n in self.scene.minds if n in (AUTHOR, NARRATOR) or self.world((n,), before).noticed()]

    def live(self, before: int) -> list[Fluent]:
        """The contested fluents of a moment: about which minds differ, or which the play so far has been about."""
        touched = {f for e in self.minds.events if e.time < before for f in _concerned(e)}
        return [f for f in self.askable() if f in touched or self._minds_differ(f, before)]

    def askable(self) -> list[Fluent]:
        """The fluents that can come to be contested."""
        return [f for f, v in self.scene.setting.ranges.items() if len(v) > 1 and self.is_story(f)]

    def is_story(self, fluent: Fluent) -> bool:
        """Whether a fluent belongs to the story: neither the scene's books nor where somebody is."""
        is_place_of_person = fluent.relation == AT and fluent.subject in self.scene.setting.people
        return fluent.relation not in INTERNAL and not is_place_of_person

    def _minds_differ(self, fluent: Fluent, before: int) -> bool:
        worlds = [self.world((), before), *(self.world((n,), before) for n in self.present_minds(before))]
        return len({w.value(fluent) for w in worlds}) > 1

    def probes(self, beat: int) -> list[Probe]:
        """The questions of the moment after a beat (0: at the start), without repetition, in a fixed order."""
        before = self.moments[beat]
        plans = [(i, plan) for i, plan in enumerate(self.scene.probes) if beat in plan.beats]
        found = [p for i, plan in plans for p in self._planned(i, plan, beat, before)]
        return without_repetition(found, self.scene.probes)

    def _planned(self, place: int, plan: ProbePlan, beat: int, before: int) -> list[Probe]:
        fluents = list(plan.about) if plan.about is not None else self.live(before)
        return planned(place, plan, beat, fluents, self.present_minds(before))

    def options(self, fluent: Fluent, before: int, viewpoints: Sequence[Viewpoint]) -> tuple[str | None, ...]:
        """The answers among which a fluent's probes of a moment choose: its range, what anybody takes it to be, and
        None ("not known") if that is the right answer to any of the scene's probes about it."""
        names = self.present_minds(before)
        asked = [self.world(v, before).value(fluent) for v in viewpoints]
        believed = [self.world((), before).value(fluent), *(self.world((n,), before).value(fluent) for n in names)]
        values = dict.fromkeys(
            [*self.scene.setting.range_of(fluent), *(v for v in [*asked, *believed] if v is not None)]
        )
        offered = None in asked or fluent in self._doubtful
        return (*values, None) if offered else tuple(values)

    @cached_property
    def _doubtful(self) -> frozenset[Fluent]:
        """The fluents for which "not known" is the right answer somewhere in the scene, as far as it is scripted: it is
        offered wherever they are asked for, so that being offered tells nothing. Where the stage itself acts, all."""
        if self.scene.is_improvised:
            return frozenset(self.scene.setting.ranges)
        scripted = unfold(self.scene)
        asked = ((beat, p) for beat in range(len(scripted.moments)) for p in scripted.probes(beat))
        return frozenset(
            p.fluent for beat, p in asked if scripted.world(p.viewpoint, scripted.moments[beat]).value(p.fluent) is None
        )


def planned(place: int, plan: ProbePlan, beat: int, fluents: Sequence[Fluent], minds: Sequence[str]) -> list[Probe]:
    """The probes of one plan, at that place among the scene's, about these fluents, with these minds there to ask."""
    if plan.viewpoint is not None:
        return [Probe(beat, plan.viewpoint, f, plan.question, plan.expect, place) for f in fluents]
    asked = [n for n in minds if n in plan.minds]
    viewpoints = [v for order in plan.orders for v in chains(asked, order)]
    return [Probe(beat, v, f, plan=place) for f in fluents for v in viewpoints]


def without_repetition(probes: Sequence[Probe], plans: Sequence[ProbePlan]) -> list[Probe]:
    """Each question once. One that is asked by itself goes before one of a family, and what says more of it (what is
    expected, that it fails) before what says less."""
    unique: dict[tuple[Viewpoint, Fluent, str], Probe] = {}
    for probe in probes:
        known = unique.setdefault((probe.viewpoint, probe.fluent, probe.question), probe)
        if _says(probe, plans) > _says(known, plans):
            unique[probe.viewpoint, probe.fluent, probe.question] = probe
    return list(unique.values())


def _says(probe: Probe, plans: Sequence[ProbePlan]) -> tuple[bool, ...]:
    plan = ProbePlan(()) if probe.plan is None else plans[probe.plan]
    return (plan.viewpoint is not None, plan.expect is not None, plan.xfail is not None)


def chains(minds: Sequence[str], order: int) -> list[Viewpoint]:
    """All viewpoints of an order: nobody follows himself, and no character thinks of the narrator or the author."""
    if order == 0:
        return [()]
    found: list[Viewpoint] = [(n,) for n in minds]
    for _ in range(order - 1):
        found = [
            (*v, n)
            for v in found
            for n in minds
            if n != v[-1] and (n not in (AUTHOR, NARRATOR) or (v == (AUTHOR,) and n == NARRATOR))
        ]
    return found


def _concerned(event: Event) -> list[Fluent]:
    if isinstance(event.action, Begin):
        return []
    return [e.fluent for e in event.effects if isinstance(e, Effect) and e.change] + [
        a.fluent for a in event.assertions
    ]


def outcome(rules: Rules, minds: Minds, beat: int, action: Action, manner: Manner) -> list[Event]:
    """What comes of it that something is done now: what cannot be done, or is tried in vain, shows that."""
    reality = minds.world(())
    if not manner.in_vain and not rules.objections(action, reality):
        return rules.events(action, reality, minds.now, beat, manner)
    sought = _sought(minds, action) if isinstance(action, Put) else None
    return rules.failure(action, reality, minds.now, beat, replace(manner, sought=sought))


def _sought(minds: Minds, action: Put) -> str | None:
    """Where somebody reaches for the thing that he means to put somewhere."""
    return minds.world((action.who,)).value(place_fluent(action.thing))


def unfold(scene: Scene) -> Course:
    """Play what is scripted; the beats in which the stage itself would act pass without anything happening."""
    course = Course(scene)
    for beat in scene.beats:
        if isinstance(beat.doing, Scripted):
            course.do(beat.doing.action, _manner(beat.doing, beat.text))
        course.end_beat()
    return course


def _manner(doing: Scripted, text: str) -> Manner:
    return replace(doing.manner, text=text or doing.manner.text)
