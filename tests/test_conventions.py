"""The rules in which benchmarks differ, each switch on its own: a small world, and what it changes there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stage.beliefs.minds import Minds
from stage.events import Action, Attention, Begin, Enter, Event, Grade, Put, Say
from stage.facts import AWAY, Fact, Known, OneOf, Viewpoint
from stage.rules import Manner, Rules
from stage.scene import Scripted
from stage.setting import Conventions, Reveals, Setting, ShownTo, Thing, TrustRule, place_fluent
from stage.sight import becomes

MARBLE, SALLY = place_fluent("marble"), place_fluent("sally")
PEOPLE = ("sally", "anne", "bob")
PLACES = ("kitchen", "garden", "attic")
OPAQUE = Setting(
    people=PEOPLE,
    places=PLACES,
    things={t.name: t for t in (Thing("marble"), Thing("basket", container=True), Thing("box", container=True))},
    ranges={MARBLE: ("basket", "box", "somewhere else")} | {place_fluent(p): (*PLACES, AWAY) for p in PEOPLE},
    shown={},
)
GLASS = replace(
    OPAQUE,
    things=OPAQUE.things | {n: Thing(n, container=True, transparent=True) for n in ("basket", "box")},
)
START = {"marble": "basket", "basket": "kitchen", "box": "kitchen"}
RE_ENTRY = (
    Enter("anne", "kitchen"),
    Enter("sally", "kitchen"),
    Put("anne", "marble", "box"),
    Enter("sally", "garden"),
    Put("anne", "marble", "basket"),
    Enter("sally", "kitchen"),
)


def play(setting: Setting, *doings: Action | Scripted) -> Minds:
    """The minds after some actions in a world that nobody knows at the start."""
    rules, minds = Rules(setting), Minds(setting)
    start = tuple(becomes(place_fluent(name), value) for name, value in START.items())
    minds.append(Event(0, 0, Begin("the start"), None, frozenset(), effects=start))
    for beat, doing in enumerate(doings, 1):
        scripted = doing if isinstance(doing, Scripted) else Scripted(doing)
        reality = minds.world(())
        assert not rules.objections(scripted.action, reality)
        minds.append(*rules.events(scripted.action, reality, minds.now, beat, scripted.manner))
    return minds


@pytest.mark.parametrize(
    ("setting", "entering", "believed"),
    [
        (OPAQUE, Reveals.IN_SIGHT, "box"),
        (OPAQUE, Reveals.EVERYTHING, "basket"),
        (OPAQUE, Reveals.NOTHING, "box"),
        (GLASS, Reveals.IN_SIGHT, "basket"),
        (GLASS, Reveals.EVERYTHING, "basket"),
        (GLASS, Reveals.NOTHING, "box"),
    ],
)
def test_what_coming_in_again_shows(setting: Setting, entering: Reveals, believed: str) -> None:
    """Sally saw the marble put into the box; while she was out it went back into the basket."""
    minds = play(replace(setting, conventions=Conventions(entering=entering)), *RE_ENTRY)
    for viewpoint in (("sally",), ("anne", "sally"), ("sally", "anne", "sally")):
        assert minds.world(viewpoint).belief(MARBLE) == Known(believed)


def test_coming_in_always_shows_who_is_there() -> None:
    minds = play(replace(OPAQUE, conventions=Conventions(entering=Reveals.NOTHING)), *RE_ENTRY)
    assert minds.world(("sally",)).value(place_fluent("anne")) == "kitchen"
    assert minds.world(("anne",)).value(SALLY) == "kitchen"


def test_without_a_convention_coming_in_shows_what_is_in_sight() -> None:
    assert OPAQUE.conventions == Conventions(Reveals.IN_SIGHT, ShownTo.EVERYBODY_PRESENT, False, TrustRule.DECLARED)


@pytest.mark.parametrize(
    ("shown_to", "bob", "bob_of_sally"),
    [(ShownTo.EVERYBODY_PRESENT, Known("box"), Known("box")), (ShownTo.ENTERER, Known("basket"), None)],
)
def test_to_whom_coming_in_shows_it(shown_to: ShownTo, bob: Known, bob_of_sally: Known | None) -> None:
    """Bob did not attend to the move into the box. Sally comes in: he is shown it as well, or does not reckon with it."""
    conventions = Conventions(entering=Reveals.EVERYTHING, entering_shown_to=shown_to)
    minds = play(
        replace(OPAQUE, conventions=conventions),
        Enter("bob", "kitchen"),
        Enter("anne", "kitchen"),
        Scripted(Put("anne", "marble", "box"), Manner(attention=(Attention("bob", Grade.NOT),))),
        Enter("sally", "kitchen"),
    )
    assert minds.world(("sally",)).belief(MARBLE) == Known("box")
    assert minds.world(("bob",)).belief(MARBLE) == bob
    assert minds.world(("bob", "sally")).belief(MARBLE) == bob_of_sally
    assert minds.world(("bob",)).value(SALLY) == "kitchen"


@pytest.mark.parametrize(("shows_way", "where"), [(True, Known("garden")), (False, None)])
def test_whether_a_departure_shows_the_way(shows_way: bool, where: Known | None) -> None:
    conventions = Conventions(departures_show_way=shows_way)
    minds = play(
        replace(OPAQUE, conventions=conventions),
        Enter("anne", "kitchen"),
        Enter("sally", "kitchen"),
        Enter("sally", "garden"),
    )
    belief = minds.world(("anne",)).belief(SALLY)
    assert belief == (where or OneOf(frozenset({"garden", "attic", AWAY})))


LIE = Say("anne", Fact(MARBLE, "box"), ("sally",))


@pytest.mark.parametrize(
    ("leaving", "viewpoint", "believed"),
    [
        (("sally", "anne"), ("sally",), "box"),
        (("sally", "anne"), ("sally", "anne"), "box"),
        (("sally", "anne"), ("anne", "sally"), "box"),
        (("sally", "anne"), ("bob", "anne", "sally"), "box"),
        (("sally", "anne"), ("anne",), "basket"),
        (("anne", "sally"), ("sally",), "basket"),
        (("anne", "sally"), ("sally", "anne"), "basket"),
        (("anne", "sally"), ("anne", "sally"), "basket"),
    ],
)
def test_who_left_later_is_trusted(leaving: tuple[str, str], viewpoint: Viewpoint, believed: str) -> None:
    """Anne tells Sally a falsehood in the garden, with Bob at hand; who left the kitchen later is known to all."""
    conventions = Conventions(entering=Reveals.EVERYTHING, trust=TrustRule.LEFT_LATER)
    minds = play(
        replace(OPAQUE, conventions=conventions),
        *(Enter(p, "kitchen") for p in PEOPLE),
        *(Enter(p, AWAY) for p in ("bob", *leaving)),
        *(Enter(p, "garden") for p in PEOPLE),
        LIE,
    )
    assert minds.world(viewpoint).value(MARBLE) == believed


def test_who_has_not_left_yet_is_later() -> None:
    """Anne leaves and hears a word from Sally, who is still in the kitchen: a letter from afar, and trusted."""
    conventions = Conventions(trust=TrustRule.LEFT_LATER)
    start = (Enter("anne", "kitchen"), Enter("sally", "kitchen"), Enter("anne", "garden"))
    minds = play(
        replace(OPAQUE, conventions=conventions), *start, Say("sally", Fact(MARBLE, "box"), ("anne",), from_afar=True)
    )
    assert minds.world(("anne",)).value(MARBLE) == "box"
    minds = play(
        replace(OPAQUE, conventions=conventions), *start, Say("anne", Fact(MARBLE, "box"), ("sally",), from_afar=True)
    )
    assert minds.world(("sally",)).value(MARBLE) is None
