"""Random scenes for property tests: a setting, and a play of legal actions in all manners, performed by the rules."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, product

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from stage.beliefs.minds import Minds
from stage.world.events import (
    Action,
    Appear,
    Ask,
    Attention,
    Begin,
    Close,
    Effect,
    Enter,
    Event,
    Exactly,
    Grade,
    Look,
    Open,
    Peek,
    Put,
    Read,
    Remark,
    Say,
    Set,
    Wait,
    Watch,
    Write,
)
from stage.world.facts import AWAY, Fact, Fluent, Viewpoint
from stage.world.rules import Manner, Rules
from stage.world.setting import (
    AUTHOR,
    NARRATOR,
    Conventions,
    Credit,
    Expects,
    Exposure,
    Hearsay,
    Insides,
    NarratorKnowledge,
    Reveals,
    Setting,
    Shown,
    ShownTo,
    Thing,
    Trust,
    TrustAfterLie,
    TrustRule,
    place_fluent,
    trust_fluent,
)
from stage.world.sight import hidden_fluent

PEOPLE = ("anne", "bob", "carl", "dora")
PLACES = ("kitchen", "garden", "hall")
KINDS = (
    Thing("marble"),
    Thing("basket", container=True),
    Thing("box", container=True, lid=True),
    Thing("jar", container=True, transparent=True),
    Thing("case", container=True, transparent=True, lid=True),
    Thing("note", letter=True),
)


@dataclass(frozen=True)
class Deed:
    """Something that is done, each in a beat of its own; what is not possible is tried in vain."""

    action: Action
    manner: Manner = Manner()


@dataclass(frozen=True)
class Play:
    """What happened, and how it came about: how things stood and what was done."""

    setting: Setting
    events: tuple[Event, ...]
    reality: dict[Fluent, str]
    deeds: tuple[Deed, ...]

    def minds(self, until: int | None = None) -> Minds:
        minds = Minds(self.setting)
        minds.append(*self.events[:until])
        return minds


def begin(setting: Setting, reality: dict[Fluent, str]) -> list[Event]:
    """How things stand, and everybody's first look around."""
    effects = tuple(Effect(f, Exactly(v), change=True) for f, v in reality.items())
    first = Event(0, 0, Begin("how things stand"), None, frozenset(), effects=effects)
    minds = Minds(setting)
    minds.append(first)
    present = {p: reality[place_fluent(p)] for p in setting.people if place_fluent(p) in reality}
    looks = Rules(setting).beginning(present, minds.world(()))
    return [first, *(replace(event, time=time) for time, event in enumerate(looks, 1))]


# --------------------------------------------------------------------------------------------------------- the setting
def some(items: tuple[str, ...]) -> SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(items))


@st.composite
def conventions(draw: DrawFn) -> Conventions:
    """The principled rules half of the time, and else any."""
    if draw(st.booleans()):
        return Conventions()
    return Conventions(
        entering=draw(st.sampled_from(Reveals)),
        entering_shown_to=draw(st.sampled_from(ShownTo)),
        departures_show_way=draw(st.booleans()),
        trust=draw(st.sampled_from(TrustRule)),
        containers=draw(st.sampled_from(Insides)),
        hearsay=draw(st.sampled_from(Hearsay)),
        speakers_expect=draw(st.sampled_from(Expects)),
        exposed_lies=draw(st.sampled_from(Exposure)),
        trust_after_lie=draw(st.sampled_from(TrustAfterLie)),
        credit=draw(st.sampled_from(Credit)),
    )


@st.composite
def settings_of_scenes(draw: DrawFn) -> Setting:
    people = PEOPLE[: draw(st.integers(2, 4))]
    places = PLACES[: draw(st.integers(2, 3))]
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=2, max_size=4, unique=True))
    boxes = tuple(k.name for k in kinds if k.container)
    ranges = {place_fluent(p): (*places, AWAY) for p in people}
    shown: dict[Fluent, Shown] = {}
    for kind in kinds:
        spots = tuple(s for s in (*boxes, *places, *people) if s != kind.name)
        ranges[place_fluent(kind.name)] = spots[: draw(st.integers(2, len(spots)))]
        if kind.lid:
            ranges[Fluent(kind.name, "is")] = ("open", "closed")
            shown[Fluent(kind.name, "is")] = draw(st.sampled_from((Shown.OPENLY, Shown.NEVER)))
    declared = Fluent(draw(st.sampled_from([k.name for k in kinds] + list(places))), "colour")
    ranges[declared] = ("red", "green", "blue")[: draw(st.integers(2, 3))]
    shown[declared] = draw(st.sampled_from(Shown))
    pairs = [(hearer, speaker) for hearer, speaker in product(people, people) if hearer != speaker]
    trust = draw(st.dictionaries(st.sampled_from(pairs), st.sampled_from(Trust), max_size=3))
    if draw(st.booleans()):
        ranges[trust_fluent(*draw(st.sampled_from(pairs)))] = tuple(Trust)
    limits = draw(st.none() | some(people))
    false = draw(st.none() | st.sampled_from(sorted(ranges)))
    return Setting(
        people,
        places,
        {k.name: k for k in kinds},
        ranges,
        shown,
        trust,
        draw(st.sampled_from(Trust)),
        NarratorKnowledge(limits, {} if false is None else {false: ranges[false][0]}),
        conventions=draw(conventions()),
    )


@st.composite
def realities(draw: DrawFn, setting: Setting) -> dict[Fluent, str]:
    """How things stand at the start; people meet often, and nothing contains itself."""
    reality: dict[Fluent, str] = {}
    for person in setting.people:
        where = draw(st.sampled_from((setting.places[0],) * 3 + (setting.places[1], AWAY)))
        reality[place_fluent(person)] = where
        if where != AWAY and draw(st.integers(0, 5)) == 5:
            reality[hidden_fluent(person)] = "yes"
    spots = [*setting.places, *(p for p in setting.people if reality[place_fluent(p)] != AWAY)]
    for name, thing in setting.things.items():
        reality[place_fluent(name)] = draw(st.sampled_from(spots[:1] * 2 + spots))
        if thing.container:
            spots.append(name)
    for fluent, values in setting.ranges.items():
        if fluent not in reality and not fluent.relation.startswith("trusts"):
            reality[fluent] = draw(st.sampled_from(values))
    return reality


# ------------------------------------------------------------------------------------------------------------ the play
def actions(setting: Setting, who: str, kind: type[Action], fact: Fact, others: tuple[str, ...]) -> Iterator[Action]:
    """All actions of a kind that somebody could think of, possible or not."""
    letters = [n for n, t in setting.things.items() if t.letter]
    boxes = [n for n, t in setting.things.items() if t.container]
    if kind is Enter:
        yield from (Enter(who, to, way) for to in (*setting.places, AWAY) for way in (False, True))
        yield from (Enter(who, to, others=others) for to in (*setting.places, AWAY) if others)
    elif kind is Appear:
        yield from (Appear(who, place) for place in setting.places)
    elif kind is Put:
        yield from (Put(who, t, to) for t in setting.things for to in (*boxes, *setting.places, who, *others))
    elif kind is Open or kind is Close:
        yield from (kind(who, box) for box in boxes)
    elif kind is Look:
        yield from (Look(who, into) for into in (None, *boxes, *boxes))
    elif kind is Peek:
        yield from (Peek(who, place) for place in setting.places)
    elif kind is Watch:
        yield from (Watch(who, place) for place in (*setting.places, None))
    elif kind is Say:
        yield from (Say(who, fact, others, *how) for how in ((False, False), (True, False), (False, True)))
    elif kind is Ask:
        yield Ask(who, fact.fluent, others)
    elif kind is Remark:
        yield Remark(who, others)
    elif kind is Write:
        yield from (Write(who, letter, fact) for letter in letters)
    elif kind is Read:
        yield from (Read(who, letter) for letter in letters)
    elif kind is Set:
        moves = {place_fluent(name) for name in (*setting.people, *setting.things)}
        if fact.fluent not in moves and not fact.fluent.relation.startswith("trusts"):
            yield from (Set(fact, who), Set(fact), Set(fact, who, setting.places[0]))
        elif fact.fluent.relation.startswith("trusts"):
            yield Set(fact, fact.fluent.subject)
    elif kind is Wait:
        yield Wait(who)


KINDS_OF_ACTION = (Wait, Enter, Enter, Put, Put, Put, Open, Close, Look, Look, Peek, Watch, Say, Say, Say, Ask, Remark,
                   Write, Write, Read, Read, Set, Appear)  # fmt: skip


@st.composite
def manners(draw: DrawFn, setting: Setting, who: str) -> Manner:
    if draw(st.booleans()):
        return Manner()
    exceptions = []
    for other in draw(st.lists(st.sampled_from([p for p in setting.people if p != who]), max_size=2, unique=True)):
        kind = draw(st.sampled_from(("hidden from", "distracted", "partly", "seen by")))
        match kind:
            case "hidden from":
                exceptions.append(Attention(other, Grade.NOT))
            case "distracted":
                exceptions.append(Attention(other, Grade.NOT, frozenset()))
            case "partly":
                exceptions.append(Attention(other, Grade.PARTLY))
            case _:
                exceptions.append(Attention(other, Grade.FULLY, draw(some(setting.people)) | {other}))
    return Manner(draw(st.booleans()), tuple(exceptions))


def happen(minds: Minds, deed: Deed, beat: int) -> None:
    """Let something be done, by the rules."""
    rules, now = Rules(minds.setting), minds.world(())
    if rules.objections(deed.action, now):
        minds.append(*rules.failure(deed.action, now, minds.now, beat))
    else:
        minds.append(*rules.events(deed.action, now, minds.now, beat, deed.manner))


def perform(setting: Setting, reality: dict[Fluent, str], deeds: Sequence[Deed]) -> Minds:
    """The minds after deeds, one a beat."""
    minds = Minds(setting)
    minds.append(*begin(setting, reality))
    for beat, deed in enumerate(deeds, 1):
        happen(minds, deed, beat)
    return minds


@st.composite
def plays(draw: DrawFn, longest: int = 14) -> Play:
    """A setting and what happens in it; a try at something impossible is among the actions at times."""
    setting = draw(settings_of_scenes())
    rules, reality = Rules(setting), draw(realities(setting))
    minds = perform(setting, reality, ())
    facts = sorted(setting.facts())
    deeds: list[Deed] = []
    for _ in range(draw(st.integers(longest // 2, longest))):
        who, kind = draw(st.sampled_from(setting.people)), draw(st.sampled_from(KINDS_OF_ACTION))
        others = tuple(sorted(draw(some(setting.people)) - {who}))
        thought_of = list(actions(setting, who, kind, draw(st.sampled_from(facts)), others))
        possible = [a for a in thought_of if not rules.objections(a, minds.world(()))]
        if possible:
            action = draw(st.sampled_from(possible))
            deeds.append(Deed(action, draw(manners(setting, getattr(action, "who", None) or who))))
        elif thought_of and draw(st.booleans()):
            deeds.append(Deed(draw(st.sampled_from(thought_of))))
        else:
            continue
        happen(minds, deeds[-1], len(deeds))
    return Play(setting, tuple(minds.events), reality, tuple(deeds))


def viewpoints(setting: Setting, depth: int) -> Iterator[Viewpoint]:
    """All chains up to a depth in which no name follows itself and the author and the narrator come first: no
    character knows of either."""
    ghosts: tuple[Viewpoint, ...] = ((), (AUTHOR,), (NARRATOR,), (AUTHOR, NARRATOR), (NARRATOR, AUTHOR))
    for ghost in ghosts:
        for length in range(depth - len(ghost) + 1):
            for people in product(setting.people, repeat=length):
                if all(a != b for a, b in pairwise(people)):
                    yield (*ghost, *people)


# ---------------------------------------------------------------------------------------------------------- in a crowd
CROWD = ("anne", "bob", "carl", "dora", "emil", "fay", "gus", "hal", "ida")
ROOMS = (*PLACES, "cellar", "attic")


def crowd(seed: int) -> Play:
    """Many people in several rooms, and a longer play of all kinds of actions and manners, drawn by a seed: `plays` would
    be too much to draw and to make smaller."""
    dice = random.Random(seed)
    setting = _setting_of_a_crowd(dice)
    reality = {place_fluent(p): dice.choice(setting.places) for p in setting.people}
    reality |= {place_fluent(t): dice.choice(setting.places) for t in setting.things}
    reality |= {f: dice.choice(v) for f, v in setting.ranges.items() if f.relation in ("is", "colour")}
    rules, minds = Rules(setting), perform(setting, reality, ())
    facts = sorted(setting.facts())
    deeds: list[Deed] = []
    for _ in range(dice.randint(20, 45)):
        who, kind = dice.choice(setting.people), dice.choice((*KINDS_OF_ACTION, Enter, Enter, Enter, Look))
        others = tuple(sorted(dice.sample([p for p in setting.people if p != who], dice.choice((0, 0, 1, 2)))))
        thought_of = list(actions(setting, who, kind, dice.choice(facts), others))
        possible = [a for a in thought_of if not rules.objections(a, minds.world(()))]
        if possible:
            deeds.append(Deed(dice.choice(possible), _manner(dice, setting, who)))
        elif thought_of and dice.random() < 0.3:
            deeds.append(Deed(dice.choice(thought_of)))
        else:
            continue
        happen(minds, deeds[-1], len(deeds))
    return Play(setting, tuple(minds.events), reality, tuple(deeds))


def _setting_of_a_crowd(dice: random.Random) -> Setting:
    people, places = CROWD[: dice.randint(5, 9)], ROOMS[: dice.randint(2, 5)]
    kinds = dice.sample(KINDS, dice.randint(3, len(KINDS)))
    boxes = tuple(k.name for k in kinds if k.container)
    ranges: dict[Fluent, tuple[str, ...]] = {place_fluent(p): (*places, AWAY) for p in people}
    ranges |= {place_fluent(k.name): (*(b for b in boxes if b != k.name), *places, *people) for k in kinds}
    ranges |= {Fluent(k.name, "is"): ("open", "closed") for k in kinds if k.lid}
    shown = {Fluent(k.name, "is"): Shown.OPENLY for k in kinds if k.lid}
    colour = Fluent(kinds[0].name, "colour")
    pairs = [tuple(dice.sample(people, 2)) for _ in range(3)]
    trust = {(hearer, speaker): dice.choice([*Trust]) for hearer, speaker in pairs}
    limits = dice.choice((None, frozenset(people[:1]), frozenset(people[1:3])))
    return Setting(
        people,
        places,
        {k.name: k for k in kinds},
        ranges | {colour: ("red", "green")},
        shown | {colour: dice.choice([*Shown])},
        trust,
        dice.choice([*Trust]),
        NarratorKnowledge(limits),
    )


def _manner(dice: random.Random, setting: Setting, who: str) -> Manner:
    if dice.random() < 0.7:
        return Manner()
    other = dice.choice([p for p in setting.people if p != who])
    exception = dice.choice((
        Attention(other, Grade.NOT),
        Attention(other, Grade.NOT, frozenset()),
        Attention(other, Grade.PARTLY),
        Attention(other, Grade.FULLY, frozenset({other, *dice.sample(setting.people, 2)})),
    ))  # fmt: skip
    return Manner(dice.random() < 0.4, (exception,) if dice.random() < 0.7 else ())
