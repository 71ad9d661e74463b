"""What can be done in a world and what happens then: impossible actions with their objections, moves that are legal for
what somebody believes, and what can be seen where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from worlds import Play, begin, plays

from stage.beliefs.minds import Minds
from stage.course import outcome
from stage.wording import Wording
from stage.world.events import (
    Action,
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
    Not,
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
from stage.world.facts import AT, AWAY, Fact, Fluent, Known
from stage.world.rules import Manner, Rules
from stage.world.setting import Setting, Shown, Thing, place_fluent
from stage.world.sight import Sight, hidden_fluent, shows, singly, together

MARBLE, COLOUR, INSIDE = place_fluent("marble"), Fluent("marble", "colour"), Fluent("tube", "contains")
THINGS = (
    Thing("marble"),
    Thing("basket", container=True),
    Thing("box", container=True, lid=True),
    Thing("chest", container=True, lid=True),
    Thing("jar", container=True, transparent=True),
    Thing("tube", container=True, transparent=True, lid=True),
    Thing("note", letter=True),
    Thing("coin"),
)
SETTING = Setting(
    people=("sally", "anne", "bob"),
    places=("kitchen", "garden"),
    things={t.name: t for t in THINGS},
    ranges={
        **{place_fluent(p): ("kitchen", "garden", AWAY) for p in ("sally", "anne", "bob")},
        MARBLE: ("basket", "box"),
        COLOUR: ("red", "blue"),
        INSIDE: ("sweets", "pencils"),
    },
    shown={COLOUR: Shown.OPENLY, INSIDE: Shown.INSIDE, Fluent("box", "is"): Shown.OPENLY},
)
RULES = Rules(SETTING)


def rules_out(fluent: Fluent, value: str) -> Effect:
    return Effect(fluent, Not(frozenset({value})), change=False)


HERE = {
    "sally": "kitchen",
    "anne": "kitchen",
    "bob": "garden",
    "marble": "basket",
    "basket": "kitchen",
    "box": "kitchen",
    "chest": "kitchen",
    "jar": "kitchen",
    "tube": "kitchen",
    "note": "kitchen",
    "coin": "anne",
}


def world(lids: Mapping[str, str] | None = None, **where: str) -> dict[Fluent, str]:
    """The kitchen, but for these things and people elsewhere; lids are closed where nothing else is said."""
    lids = {"box": "closed", "chest": "closed", "tube": "closed"} | dict(lids or {})
    spots = {place_fluent(name): spot for name, spot in (HERE | where).items()}
    return spots | {Fluent(box, "is"): lid for box, lid in lids.items()} | {COLOUR: "red", INSIDE: "sweets"}


def begun(reality: dict[Fluent, str]) -> Minds:
    minds = Minds(SETTING)
    minds.append(*begin(SETTING, reality))
    return minds


def do(minds: Minds, action: Action, manner: Manner | None = None) -> list[Event]:
    """Perform an action in reality; one that is not possible there fails."""
    reality = minds.world(())
    if RULES.objections(action, reality):
        sought = minds.world((action.who,)).value(place_fluent(action.thing)) if isinstance(action, Put) else None
        events = RULES.failure(action, reality, minds.now, 1, Manner(sought=sought))
    else:
        events = RULES.events(action, reality, minds.now, 1, manner)
    minds.append(*events)
    return events


MARBLE_IN_BOX = Fact(MARBLE, "box")
OPEN_BOX = {"box": "open"}

IMPOSSIBLE: tuple[tuple[Action, dict[Fluent, str], list[str]], ...] = (
    (Enter("sally", "kitchen"), world(), ["sally is already at kitchen"]),
    (Enter("sally", AWAY), world(sally=AWAY), ["sally is off stage already"]),
    (Wait("sally"), world(sally=AWAY), ["sally is not on stage"]),
    (Say("sally", MARBLE_IN_BOX), world(sally=AWAY), ["sally is not on stage"]),
    (Put("sally", "marble", "box"), world(), ["box is closed"]),
    (Put("sally", "marble", "basket"), world(), ["marble is already at basket"]),
    (Put("sally", "marble", "garden"), world(), ["garden is not where sally is, at kitchen"]),
    (Put("sally", "marble", "bob"), world(), ["bob is not where sally is, at kitchen"]),
    (Put("sally", "marble", "note"), world(), ["note is not a container"]),
    (Put("sally", "basket", "basket"), world(), ["basket cannot be put into itself"]),
    (Put("sally", "basket", "jar"), world(jar="basket"), ["basket cannot be put into itself"]),
    (Put("sally", "basket", "jar"), world(jar="box", box="basket", lids=OPEN_BOX), ["basket cannot be put into itself"]),
    (Put("sally", "marble", "jar"), world(jar="chest"), ["jar is shut away"]),
    (Put("sally", "coin", "basket"), world(), ["sally cannot reach coin: it is with anne"]),
    (Put("bob", "marble", "bob"), world(), ["bob cannot reach marble: it is at basket and bob is at garden"]),
    (Put("sally", "marble", "sally"), world(marble="box"),
     ["sally cannot reach marble: it is in box, which is closed"]),
    (Put("sally", "marble", "sally"), world(marble="basket", basket="anne"),
     ["sally cannot reach marble: it is with anne"]),
    (Put("bob", "marble", "box"), world(),
     ["bob cannot reach marble: it is at basket and bob is at garden", "box is closed",
      "box is not where bob is, at garden"]),
    (Open("sally", "box"), world(OPEN_BOX), ["box is open already"]),
    (Open("sally", "basket"), world(), ["basket has no lid"]),
    (Open("bob", "box"), world(), ["box is not where bob is, at garden"]),
    (Open("sally", "box"), world(box="chest"), ["box is shut away"]),
    (Close("sally", "box"), world(), ["box is closed already"]),
    (Look("sally", "box"), world(), ["box is closed"]),
    (Look("sally", "marble"), world(), ["marble is not a container"]),
    (Look("bob", "basket"), world(), ["basket is not where bob is, at garden"]),
    (Look("sally", "basket"), world(basket="chest"), ["basket is shut away"]),
    (Peek("sally", "kitchen"), world(), ["sally is at kitchen already"]),
    (Watch("bob", "garden"), world(), ["bob is at garden already"]),
    (Say("sally", MARBLE_IN_BOX, ("bob",)), world(), ["bob is not at kitchen, but garden"]),
    (Ask("sally", MARBLE, ("bob", "anne")), world(), ["bob is not at kitchen, but garden"]),
    (Remark("sally", ("bob",)), world(), ["bob is not at kitchen, but garden"]),
    (Write("bob", "note", MARBLE_IN_BOX), world(), ["note is at kitchen and bob is at garden"]),
    (Write("sally", "note", MARBLE_IN_BOX), world(note="anne"), ["note is with anne"]),
    (Read("sally", "note"), world(), ["nothing is written in note"]),
    (Read("bob", "note"), world(), ["note is at kitchen and bob is at garden", "nothing is written in note"]),
)  # fmt: skip

POSSIBLE: tuple[tuple[Action, dict[Fluent, str]], ...] = (
    (Enter("sally", "garden"), world()),
    (Enter("sally", "garden"), world(sally=AWAY)),
    (Put("sally", "marble", "box"), world(OPEN_BOX)),
    (Put("sally", "marble", "kitchen"), world()),
    (Put("sally", "marble", "anne"), world()),
    (Put("anne", "coin", "basket"), world()),
    (Put("sally", "marble", "sally"), world(marble="jar", jar="box", lids=OPEN_BOX)),
    (Put("sally", "marble", "kitchen"), world(marble="basket", basket="sally")),
    (Put("sally", "basket", "jar"), world()),
    (Look("sally", "jar"), world()),
    (Look("sally", "tube"), world()),
    (Close("sally", "box"), world(OPEN_BOX)),
    (Peek("bob", "kitchen"), world()),
    (Watch("bob", None), world()),
    (Say("sally", MARBLE_IN_BOX, ("bob",), from_afar=True), world()),
    (Set(Fact(COLOUR, "blue")), world()),
)


class Values(dict[Fluent, str]):
    def value(self, fluent: Fluent) -> str | None:
        return self.get(fluent)

    def at(self, spot: str) -> list[str]:
        return [fluent.subject for fluent, value in self.items() if fluent.relation == AT and value == spot]


@pytest.mark.parametrize(
    ("action", "reality", "objections"), IMPOSSIBLE, ids=lambda v: str(v) if not isinstance(v, dict) else ""
)
def test_what_is_impossible_and_why(action: Action, reality: dict[Fluent, str], objections: list[str]) -> None:
    assert [o.why for o in RULES.objections(action, Values(reality))] == objections


@pytest.mark.parametrize(
    ("action", "reality", "at"),
    [
        (Put("bob", "marble", "box"), world(), ["thing", "to", "to"]),
        (Enter("sally", "kitchen", others=("bob", "anne")), world(), ["people sally", "people anne"]),
        (Say("sally", MARBLE_IN_BOX, ("anne", "bob")), world(), ["to bob"]),
        (Close("bob", "box"), world(), ["container", "container"]),
        (Look("sally", "box"), world(), ["into"]),
        (Watch("bob", "garden"), world(), ["place"]),
        (Read("bob", "note"), world(), ["letter", "letter"]),
        (Ask("sally", MARBLE, ("bob",)), world(sally=AWAY), ["who"]),
    ],
    ids=str,
)
def test_an_objection_tells_which_part_stands_in_the_way(
    action: Action, reality: dict[Fluent, str], at: list[str]
) -> None:
    objections = RULES.objections(action, Values(reality))
    assert [f"{o.part} {o.name}".strip() for o in objections] == at
    assert all(hasattr(action, o.part) for o in objections)


@pytest.mark.parametrize(("action", "reality"), POSSIBLE, ids=lambda v: str(v) if not isinstance(v, dict) else "")
def test_what_is_possible(action: Action, reality: dict[Fluent, str]) -> None:
    assert RULES.objections(action, Values(reality)) == []


def test_a_belief_in_which_two_things_are_within_each_other_is_a_place_nowhere() -> None:
    circle = Values(world(basket="jar", jar="basket"))
    assert RULES.sight.place_of("marble", circle) is None
    assert [o.why for o in RULES.objections(Put("sally", "marble", "sally"), circle)] == [
        "sally cannot reach marble: it is at basket and sally is at kitchen"
    ]


# --------------------------------------------------------------------------------------------------- acting on belief
def moved_behind_her_back() -> Minds:
    """Sally saw the marble in the basket; while she was out, Anne put it into the box and closed that."""
    minds = begun(world(OPEN_BOX))
    out, back = Enter("sally", "garden"), Enter("sally", "kitchen")
    for action in (out, Put("anne", "marble", "box"), Close("anne", "box"), back):
        do(minds, action)
    return minds


def test_moves_are_legal_in_the_world_that_somebody_believes_in() -> None:
    minds = moved_behind_her_back()
    hers, real = (RULES.legal_moves("sally", minds.world(v)) for v in (("sally",), ()))
    taking, looking, opening = Put("sally", "marble", "sally"), Look("sally", "box"), Open("sally", "box")
    assert [m in hers for m in (taking, looking, opening)] == [True, False, True], (
        "the lid is in sight, the marble is not"
    )
    assert [m in real for m in (taking, looking, opening)] == [False, False, True]


def test_a_move_that_fails_shows_why() -> None:
    minds = moved_behind_her_back()
    taking = Put("sally", "marble", "sally")
    assert RULES.objections(taking, minds.world(("sally",))) == []
    assert [o.why for o in RULES.objections(taking, minds.world(()))] == [
        "sally cannot reach marble: it is in box, which is closed"
    ]
    assert [e.failed for e in do(minds, taking)] == [True]
    assert minds.world(()).value(MARBLE) == "box", "nothing is moved"
    assert minds.world(("sally",)).value(MARBLE) == "box", "not in the basket leaves the box"
    assert minds.world(("anne", "sally")).value(MARBLE) == "box", "Anne saw her fail"


def test_what_nobody_on_stage_tries_does_not_fail_either() -> None:
    minds = begun(world(sally=AWAY))
    assert RULES.failure(Put("sally", "marble", "box"), minds.world(()), minds.now, 1) == []


@settings(max_examples=40)
@given(play=plays())
def test_legal_moves_are_possible_in_the_world_they_are_asked_in(play: Play) -> None:
    minds, rules = play.minds(), Rules(play.setting)
    for person in play.setting.people:
        for v in ((), (person,), (play.setting.people[0], person)):
            state = minds.world(v)
            moves = rules.legal_moves(person, state)
            assert len(moves) == len(set(moves))
            assert not [m for m in moves if rules.objections(m, state)]


@settings(max_examples=40)
@given(play=plays())
def test_nothing_is_ever_inside_itself_and_everything_on_stage_is_somewhere(play: Play) -> None:
    sight = Sight(play.setting)
    for before in range(1, len(play.events) + 1):
        reality = play.minds(before).world(())
        for thing in play.setting.things:
            assert not sight.is_inside(thing, thing, reality)
            carrier = [s for s in sight.around(thing, reality) if s in play.setting.people or s == AWAY]
            assert carrier or sight.place_of(thing, reality) is not None


# ---------------------------------------------------------------------------------------------------- what can be seen
SEEN: tuple[tuple[str, dict[Fluent, str], str | None], ...] = (
    ("lying in the room", world(marble="kitchen"), "kitchen"),
    ("carried", world(marble="anne"), "anne"),
    ("in a lidless opaque container", world(marble="basket"), None),
    ("in a closed box", world(marble="box"), None),
    ("in an open box", world(OPEN_BOX, marble="box"), "box"),
    ("in a glass", world(marble="jar"), "jar"),
    ("in a closed glass", world(marble="tube"), "tube"),
    ("in a glass in a closed box", world(marble="jar", jar="box"), None),
    ("in a glass in an open box", world(OPEN_BOX, marble="jar", jar="box"), "jar"),
    ("in a glass that is carried", world(marble="jar", jar="anne"), "jar"),
    ("elsewhere", world(marble="garden"), None),
    ("carried by one who hides", world(marble="anne") | {hidden_fluent("anne"): "yes"}, None),
)


@pytest.mark.parametrize(("where", "reality", "seen"), SEEN, ids=[row[0] for row in SEEN])
def test_what_a_look_around_shows(where: str, reality: dict[Fluent, str], seen: str | None) -> None:
    shown = {
        e.fluent: e.content
        for e in singly(RULES.sight.scenery("kitchen", Values(reality)), RULES.setting)
        if isinstance(e.content, Exactly)
    }
    assert shown.get(MARBLE) == (Exactly(seen) if seen else None), where
    assert shown.get(COLOUR) == (Exactly("red") if seen else None), "the colour shows with the marble"
    assert INSIDE not in shown, "what is inside shows to those who look inside"


def test_an_empty_glass_shows_that_it_is_empty() -> None:
    setting = Setting(("sally",), ("kitchen",), {t.name: t for t in THINGS}, {MARBLE: ("jar", "basket", "kitchen")}, {})
    shown = singly(Sight(setting).scenery("kitchen", Values(world(marble="basket"))), setting)
    assert [e.content for e in shown if e.fluent == MARBLE] == [Not(frozenset({"jar", "kitchen"}))]


def test_a_look_inside_shows_what_is_inside() -> None:
    contents = singly(RULES.sight.contents("tube", Values(world())), RULES.setting)
    assert shows(INSIDE, "sweets") in contents
    assert rules_out(MARBLE, "basket") not in contents
    assert rules_out(MARBLE, "box") in singly(RULES.sight.contents("box", Values(world())), RULES.setting)


def test_opening_shows_the_content_to_all_in_the_room() -> None:
    minds = begun(world(marble="box"))
    assert minds.world(("sally",)).belief(MARBLE) is None
    do(minds, Open("anne", "box"))
    assert minds.world(("sally",)).belief(MARBLE) == Known("box")
    assert MARBLE not in {e.fluent for e in singly(do(minds, Close("sally", "box"))[0].effects, RULES.setting)}


def test_what_moves_is_where_its_container_is() -> None:
    minds = begun(world())
    do(minds, Put("sally", "basket", "sally"))
    do(minds, Enter("sally", "garden"))
    reality = minds.world(())
    assert (reality.value(MARBLE), RULES.sight.place_of("marble", reality)) == ("basket", "garden")


def test_one_event_shows_one_thing_of_a_fluent() -> None:
    moved = Effect(MARBLE, Exactly("box"), change=True)
    effects = [rules_out(MARBLE, "a"), moved, rules_out(MARBLE, "b"), rules_out(COLOUR, "red"), shows(COLOUR, "blue")]
    assert together(effects) == (moved, Effect(MARBLE, Not(frozenset("ab")), change=False), shows(COLOUR, "blue"))
    assert together([shows(COLOUR, "blue"), rules_out(COLOUR, "red")]) == (shows(COLOUR, "blue"),)


# --------------------------------------------------------------------------------------------------- how it is noticed
@settings(max_examples=40)
@given(play=plays())
def test_what_the_rules_perform_is_well_formed(play: Play) -> None:
    """Times run on; an event shows one thing of a fluent; what it shows or does is exact."""
    assert [e.time for e in play.events] == list(range(len(play.events)))
    for event in play.events:
        effects = singly(event.effects, play.setting)
        shown = [e.fluent for e in effects if not e.change]
        assert len(shown) == len(set(shown)), event
        assert all(isinstance(e.content, Exactly | Not) for e in effects)
        assert all(isinstance(e.content, Exactly) for e in effects if e.change)


def test_a_failing_move_brings_out_of_hiding() -> None:
    minds = begun(world() | {hidden_fluent("sally"): "yes"})
    assert minds.world(("anne",)).value(place_fluent("sally")) is None
    do(minds, Put("sally", "coin", "basket"))
    assert minds.world(("anne",)).value(place_fluent("sally")) == "kitchen"
    assert minds.world(()).value(hidden_fluent("sally")) == "no"


def test_what_is_tried_in_vain_fails_though_it_could_be_done_and_shows_where_it_was_sought() -> None:
    minds = begun(world(marble="box", **{"bob": "kitchen"}) | {Fluent("box", "is"): "open"})
    manner = Manner(attention=(Attention("bob", Grade.NOT),), text="Sally gropes about.", in_vain=True)
    (event,) = outcome(RULES, minds, 1, Put("sally", "coin", "basket"), manner)
    assert (event.failed, event.text, event.attention) == (True, "Sally gropes about.", manner.attention)
    assert not [e for e in singly(event.effects, SETTING) if e.change]


@pytest.mark.parametrize(
    ("action", "told"),
    [
        (Say("sally", MARBLE_IN_BOX, ("bob",), whispered=True), "Sally tries in vain to whisper to Bob about the marble."),
        (Say("sally", MARBLE_IN_BOX, ("bob",)), "Sally tries in vain to tell Bob something about the marble."),
        (Say("sally", MARBLE_IN_BOX, from_afar=True), "Sally tries in vain to tell somebody something from afar about the marble."),
        (Ask("sally", MARBLE, ("bob",)), "Sally tries in vain to ask Bob about the marble."),
        (Remark("sally", ("bob", "anne")), "Sally tries in vain to speak to Bob and Anne."),
        (Open("sally", "basket"), "Sally tries in vain to open the basket."),
        (Look("sally", "box"), "Sally tries in vain to look into the box."),
        (Enter("sally", "kitchen", others=("anne",)), "Sally and Anne try in vain to go to the kitchen."),
        (Read("sally", "note"), "Sally tries in vain to read the note."),
        (Write("sally", "note", MARBLE_IN_BOX), "Sally tries in vain to write in the note."),
        (Watch("sally", "garden"), "Sally tries in vain to watch the garden."),
    ],
    ids=str,
)  # fmt: skip
def test_what_was_tried_in_vain_is_said_and_of_words_not_what_they_would_have_been(action: Action, told: str) -> None:
    minds = begun(world())
    (event,) = outcome(RULES, minds, 1, action, Manner(in_vain=True))
    wording = Wording(replace(SETTING, titles={p: p.title() for p in SETTING.people}), {})
    for seen in (event, event.as_noticed(frozenset({"anne"}), Grade.PARTLY)):
        assert wording.event(seen).startswith(told)
        assert "marble is in " not in wording.event(seen)


def test_what_is_tried_in_vain_in_secret_leaves_the_doer_hidden() -> None:
    minds = begun(world() | {hidden_fluent("sally"): "yes"})
    minds.append(*outcome(RULES, minds, 1, Put("sally", "coin", "basket"), Manner(secretly=True, in_vain=True)))
    assert minds.world(("anne",)).value(place_fluent("sally")) is None
    assert minds.world(()).value(hidden_fluent("sally")) == "yes"


def test_what_fails_against_the_script_is_not_told_as_if_it_had_not() -> None:
    minds = moved_behind_her_back()
    manner = Manner(secretly=True, text="Sally takes the marble.")
    (event,) = outcome(RULES, minds, 1, Put("sally", "marble", "sally"), manner)
    assert (event.failed, event.text, event.onlookers) == (True, "", Grade.NOT)


def test_those_who_go_together_leave_each_place_in_one_event_and_arrive_in_one() -> None:
    titles = {p: p.title() for p in SETTING.people}
    rules = Rules(replace(SETTING, places=("kitchen", "garden", "hall"), titles=titles))
    together = Enter("sally", "hall", others=("bob", "anne"))
    events = rules.events(together, begun(world()).world(()), 0, 1)
    assert [(e.place, e.participants, e.departure) for e in events] == [
        ("kitchen", frozenset({"sally", "anne"}), True),
        ("garden", frozenset({"bob"}), True),
        ("hall", frozenset({"sally", "bob", "anne"}), False),
    ]
    told = [Wording(rules.setting, {}).event(e) for e in events]
    assert told[:2] == ["Sally and Anne leave the kitchen for the hall.", "Bob leaves the garden for the hall."]
    assert told[2].startswith("Sally, Bob and Anne come into the hall.")
    assert "Bob is" not in told[2]
    assert Wording(rules.setting, {}).event(events[0].as_noticed(frozenset({"bob"}), Grade.PARTLY)) == (
        "Sally and Anne leave the kitchen."
    )


def test_secretly_is_unnoticed_by_all_but_the_doer() -> None:
    minds = begun(world(OPEN_BOX))
    (event,) = do(minds, Put("sally", "marble", "box"), Manner(secretly=True))
    assert event.onlookers is Grade.NOT
    assert minds.world(("sally",)).value(MARBLE) == "box"
    assert minds.world(("anne",)).belief(MARBLE) == Known("basket")


def test_the_beginning_is_a_look_around_for_all_who_are_there() -> None:
    minds = begun(world(marble="kitchen"))
    assert [e.action for e in minds.events] == [Begin("how things stand"), Begin("kitchen"), Begin("garden")]
    assert minds.world(("sally", "anne")).value(MARBLE) == "kitchen"
    assert minds.world(("sally",)).belief(place_fluent("bob")) is not None
    assert minds.world(("bob",)).belief(MARBLE) is None
