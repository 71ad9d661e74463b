"""The rules in which benchmarks differ, each switch on its own: a small world, and what it changes there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stage.beliefs.explain import explain
from stage.beliefs.mind import Source
from stage.beliefs.minds import Minds
from stage.scenes.scene import Scripted
from stage.world.events import Action, Attention, Begin, Close, Enter, Event, Grade, Look, Open, Put, Say, Set
from stage.world.facts import AWAY, Belief, Fact, Fluent, Known, OneOf, Viewpoint
from stage.world.rules import Manner, Rules
from stage.world.setting import (
    Conventions,
    Credit,
    Expects,
    Exposure,
    Hearsay,
    Insides,
    Reveals,
    Setting,
    ShownTo,
    Thing,
    Trust,
    TrustAfterLie,
    TrustRule,
    place_fluent,
    trust_fluent,
)
from stage.world.sight import becomes

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


def play(setting: Setting, *doings: Action | Scripted, start: dict[str, str] = START) -> Minds:
    """The minds after some actions in a world that nobody knows at the start."""
    rules, minds = Rules(setting), Minds(setting)
    stands = tuple(becomes(place_fluent(name), value) for name, value in start.items())
    stands += tuple(becomes(Fluent(n, "is"), "closed") for n, t in setting.things.items() if t.lid)
    minds.append(Event(0, 0, Begin("the start"), None, frozenset(), effects=stands))
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
    assert OPAQUE.conventions.containers is Insides.DECLARED
    assert OPAQUE.conventions.hearsay is Hearsay.LATEST_WORD
    assert OPAQUE.conventions.speakers_expect is Expects.BY_TRUST
    assert OPAQUE.conventions.exposed_lies is Exposure.WITNESSED
    assert OPAQUE.conventions.trust_after_lie is TrustAfterLie.KEPT
    assert OPAQUE.conventions.credit is Credit.STAYS


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


@pytest.mark.parametrize(
    ("setting", "containers", "sally"),
    [
        (OPAQUE, Insides.DECLARED, "box"),
        (OPAQUE, Insides.OPAQUE, "box"),
        (OPAQUE, Insides.TRANSPARENT, "basket"),
        (GLASS, Insides.DECLARED, "basket"),
        (GLASS, Insides.OPAQUE, "box"),
        (GLASS, Insides.TRANSPARENT, "basket"),
    ],
)
def test_which_containers_show_their_inside(setting: Setting, containers: Insides, sally: str) -> None:
    """Sally comes in again and sees the inside of what shows it; a look into the basket tells her in any case."""
    changed = replace(setting, conventions=Conventions(containers=containers))
    assert play(changed, *RE_ENTRY).world(("sally",)).value(MARBLE) == sally
    assert play(changed, *RE_ENTRY, Look("sally", "basket")).world(("sally",)).value(MARBLE) == "basket"


@pytest.mark.parametrize(("containers", "seen"), [(Insides.DECLARED, "box"), (Insides.OPAQUE, None)])
def test_an_open_lid_shows_nothing_where_containers_are_opaque(containers: Insides, seen: str | None) -> None:
    """Sally comes to where the marble lies in an open chest; a closed glass one cannot even be looked into."""
    chest = {"box": Thing("box", container=True, lid=True)}
    setting = replace(OPAQUE, things=OPAQUE.things | chest, conventions=Conventions(containers=containers))
    start = (Enter("anne", "kitchen"), Open("anne", "box"), Put("anne", "marble", "box"))
    assert play(setting, *start, Enter("sally", "kitchen")).world(("sally",)).value(MARBLE) == seen
    glass = {"box": Thing("box", container=True, lid=True, transparent=True)}
    setting = replace(setting, things=OPAQUE.things | glass)
    minds = play(setting, *start, Close("anne", "box"))
    assert bool(Rules(setting).objections(Look("anne", "box"), minds.world(()))) == (containers is Insides.OPAQUE)


def hears(hearsay: Hearsay, *doings: Action | Scripted, **trust: Trust) -> Minds:
    """All have seen the marble put into the box, and the basket looked into is empty; then something is said."""
    setting = replace(OPAQUE, conventions=Conventions(hearsay=hearsay), usual_trust=trust.get("trust", Trust.YES))
    entering = [Enter(person, "kitchen") for person in PEOPLE]
    return play(setting, *entering, *doings)


SEEN = Put("anne", "marble", "box")
FALSE = Say("anne", Fact(MARBLE, "basket"), ("sally",))


@pytest.mark.parametrize(
    ("hearsay", "sally", "bob", "anne_of_sally", "anne_of_bob", "sally_of_anne"),
    [
        (Hearsay.LATEST_WORD, "basket", "basket", "basket", "basket", "basket"),
        (Hearsay.OWN_EYES, "box", "box", "box", "box", "basket"),
        (Hearsay.ADDRESSED, "basket", "box", "basket", "box", "basket"),
        (Hearsay.NOBODY, "box", "box", "box", "box", "basket"),
    ],
)
def test_who_takes_over_a_word_against_his_own_eyes(
    hearsay: Hearsay, sally: str, bob: str, anne_of_sally: str, anne_of_bob: str, sally_of_anne: str
) -> None:
    """In each case Anne reckons with the rule as well, and Sally takes her for sincere."""
    minds = hears(hearsay, SEEN, FALSE)
    views = (("sally",), ("bob",), ("anne", "sally"), ("anne", "bob"), ("sally", "anne"))
    assert [minds.world(v).value(MARBLE) for v in views] == [sally, bob, anne_of_sally, anne_of_bob, sally_of_anne]
    assert minds.world(("anne",)).value(MARBLE) == "box"


@pytest.mark.parametrize(
    ("doings", "sally"),
    [
        ((FALSE,), Known("basket")),
        ((FALSE, Say("bob", Fact(MARBLE, "box"))), Known("box")),
        ((Look("sally", "basket"), Say("bob", Fact(MARBLE, "box"))), Known("box")),
        ((Look("sally", "basket"), FALSE), OneOf(frozenset({"box", "somewhere else"}))),
        ((FALSE, Look("sally", "basket"), FALSE), OneOf(frozenset({"box", "somewhere else"}))),
    ],
    ids=["nothing known", "a newer word", "among what is left", "ruled out", "ruled out after a word"],
)
def test_own_eyes_beat_words_and_words_fill_in_what_they_did_not_see(doings: tuple[Action, ...], sally: Belief) -> None:
    """Nobody has seen where the marble is, and it is in no container that anybody looks into."""
    things = START | {"marble": "attic"}
    setting = replace(OPAQUE, conventions=Conventions(hearsay=Hearsay.OWN_EYES))
    minds = play(setting, *(Enter(person, "kitchen") for person in PEOPLE), *doings, start=things)
    assert minds.world(("sally",)).belief(MARBLE) == sally


def test_own_eyes_are_those_that_one_is_taken_to_have() -> None:
    """Bob was distracted when the marble went into the box; Anne, who credits him with it, does not count on his
    believing her; he does."""
    missed = Scripted(SEEN, Manner(attention=(Attention("bob", Grade.NOT, frozenset()),)))
    minds = hears(Hearsay.OWN_EYES, missed, FALSE)
    assert minds.world(("bob",)).value(MARBLE) == "basket"
    assert minds.world(("anne", "bob")).value(MARBLE) == "box"


@pytest.mark.parametrize("trusted", [Trust.YES, Trust.NO])
@pytest.mark.parametrize(
    ("expects", "views"),
    [
        (Expects.BY_TRUST, {Trust.YES: ("basket", "basket"), Trust.NO: ("box", "box")}),
        (Expects.BELIEF, {Trust.YES: ("basket", "basket"), Trust.NO: ("basket", "basket")}),
        (Expects.NOTHING, {Trust.YES: ("box", "box"), Trust.NO: ("box", "box")}),
    ],
)
def test_what_a_liar_takes_her_hearers_to_make_of_it(
    expects: Expects, views: dict[Trust, tuple[str, str]], trusted: Trust
) -> None:
    """Anne's view of Sally's mind and of Sally's view of hers; what Sally herself believes follows from her trust, and so
    does what Bob takes her to believe."""
    setting = replace(OPAQUE, conventions=Conventions(speakers_expect=expects), usual_trust=trusted)
    minds = play(setting, *(Enter(person, "kitchen") for person in PEOPLE), SEEN, FALSE)
    found = tuple(minds.world(v).value(MARBLE) for v in (("anne", "sally"), ("anne", "sally", "anne")))
    assert found == views[trusted]
    by_trust = "basket" if trusted is Trust.YES else "box"
    assert minds.world(("sally",)).value(MARBLE) == minds.world(("bob", "sally")).value(MARBLE) == by_trust
    assert minds.world(("bob", "anne", "sally")).value(MARBLE) == views[trusted][0]


HERE = tuple(Enter(person, "kitchen") for person in PEOPLE)
ANNE_LOOKS, SALLY_LOOKS = Look("anne", "box"), Look("sally", "box")
IN_BOX = START | {"marble": "box"}
MOVED = Put("bob", "marble", "box")


@pytest.mark.parametrize(
    ("doings", "sally_of_anne"),
    [
        ((ANNE_LOOKS, FALSE, SALLY_LOOKS), {"witnessed": "box", "contradicted": "box", "never": "basket"}),
        ((FALSE, SALLY_LOOKS), dict.fromkeys(Exposure, "basket")),
        (
            (ANNE_LOOKS, FALSE, Enter("sally", "garden"), Enter("sally", "kitchen"), SALLY_LOOKS),
            {"witnessed": "basket", "contradicted": "box", "never": "basket"},
        ),
        ((ANNE_LOOKS, FALSE, MOVED, SALLY_LOOKS), dict.fromkeys(Exposure, "box")),
        ((ANNE_LOOKS, FALSE, MOVED), dict.fromkeys(Exposure, "box")),
        ((ANNE_LOOKS, FALSE), dict.fromkeys(Exposure, "basket")),
    ],
    ids=["a lie", "in good faith", "might have changed", "has changed", "changed for all", "not looked into"],
)
@pytest.mark.parametrize("rule", Exposure)
def test_when_a_lie_comes_out(rule: Exposure, doings: tuple[Action, ...], sally_of_anne: dict[Exposure, str]) -> None:
    """Anne says that the marble is in the basket. Sally finds it in the box; if she saw Anne look into it before, Anne
    knew better. Where Bob moves it in between, in sight of all, all know where it is and nobody has lied."""
    setting = replace(OPAQUE, conventions=Conventions(exposed_lies=rule))
    start = START | {"marble": "kitchen"} if MOVED in doings else IN_BOX
    minds = play(setting, *HERE, *doings, start=start)
    assert minds.world(("sally", "anne")).value(MARBLE) == sally_of_anne[rule]
    assert minds.world(("sally",)).value(MARBLE) == ("box" if len(doings) > 2 or SALLY_LOOKS in doings else "basket")


def test_the_liar_knows_that_she_is_found_out_where_she_sees_it() -> None:
    """Anne sees Sally look into the box and knows what is in it; Bob, who does not, knows no more than that Sally knows.
    A secret look tells Anne nothing."""
    minds = play(OPAQUE, *HERE, ANNE_LOOKS, FALSE, SALLY_LOOKS, start=IN_BOX)
    assert minds.world(("anne", "sally", "anne")).value(MARBLE) == "box"
    assert minds.world(("anne", "sally", "anne")).held(MARBLE).source is Source.FOUND_OUT
    assert minds.world(("bob", "sally", "anne")).value(MARBLE) == "basket"
    minds = play(OPAQUE, *HERE, ANNE_LOOKS, FALSE, Scripted(SALLY_LOOKS, Manner(secretly=True)), start=IN_BOX)
    assert minds.world(("sally", "anne")).value(MARBLE) == "box"
    assert minds.world(("anne", "sally", "anne")).value(MARBLE) == "basket"


FORGIVES = Set(Fact(trust_fluent("sally", "anne"), "yes"), "sally")


@pytest.mark.parametrize(
    ("after", "again", "sally"),
    [
        (TrustAfterLie.KEPT, (FALSE,), "basket"),
        (TrustAfterLie.LOST, (FALSE,), "box"),
        (TrustAfterLie.LOST, (FORGIVES, FALSE), "basket"),
    ],
)
def test_what_becomes_of_trust_after_a_lie(after: TrustAfterLie, again: tuple[Action, ...], sally: str) -> None:
    """Found out, Anne says the same again. She knows that Sally found her out; Bob, who did not look, still
    believes her, and takes Sally to."""
    setting = replace(OPAQUE, conventions=Conventions(trust_after_lie=after))
    minds = play(setting, *HERE, ANNE_LOOKS, FALSE, SALLY_LOOKS, *again, start=IN_BOX)
    assert minds.world(("sally",)).value(MARBLE) == sally
    assert minds.world(("anne", "sally")).value(MARBLE) == sally
    assert minds.world(("sally", "anne")).value(MARBLE) == sally
    assert minds.world(("bob",)).value(MARBLE) == "basket"


def test_a_found_out_lie_is_explained() -> None:
    minds = play(OPAQUE, *HERE, ANNE_LOOKS, FALSE, SALLY_LOOKS, start=IN_BOX)
    found = explain(minds, ("sally", "anne"), MARBLE, minds.now, lambda e: f"event {e.time}")
    assert found.source is Source.FOUND_OUT
    assert found.steps[-1] == "so sally found out that the word of anne, who knew better, was not so"
    assert f"sally noticed e{found.time} (" in found.steps[0]
