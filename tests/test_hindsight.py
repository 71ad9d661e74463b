"""Credit that is taken back when somebody turns out not to have been where he was thought to be: small worlds worked out
on paper, in both positions of the switch, and random plays against the slow oracle."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from belief_oracle import Oracle
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, DrawFn
from test_beliefs import believed
from worlds import (
    KINDS_OF_ACTION,
    Deed,
    Play,
    actions,
    happen,
    perform,
    plays,
    realities,
    settings_of_scenes,
    viewpoints,
)

from stage.beliefs.explain import explain
from stage.beliefs.minds import Minds
from stage.course import Course, unfold
from stage.scenes.yaml_reader import loads
from stage.world.events import Enter, Look
from stage.world.facts import Belief, Known
from stage.world.rules import Manner, Rules
from stage.world.setting import AUTHOR, NARRATOR, Credit, place_fluent

MARBLE = place_fluent("marble")
STAYS, STRICT = Credit.STAYS, Credit.UNTIL_LAST_SIGHTING
PUT = "{put: marble, in: basket, by: sally}"
SLIPS_OUT = "{leave: sally, to: garden, secretly: true}"
MOVED = "{move: marble, to: box, by: anne}"
BACK = "{move: marble, to: basket, by: anne}"
COMES = "{enter: sally, to: kitchen}"
LOOKS = "{look: around, by: anne}"


def performed(credit: Credit, *beats: str) -> Course:
    lines = "".join(f"\n  - {beat}" for beat in beats)
    return unfold(
        loads(f"""
cast: {{sally: {{at: kitchen}}, anne: {{at: kitchen}}, bob: {{at: kitchen}}}}
places: [kitchen, garden, hall]
things: {{basket: {{at: kitchen, container: true}}, box: {{at: kitchen, container: true}}, marble: {{at: kitchen}}}}
facts: {{marble at: [basket, box]}}
rules: {{credit: {credit}}}
beats:{lines}
""")
    )


def belief(course: Course, viewpoint: str, before: int | None = None) -> Belief | None:
    return course.minds.world(tuple(viewpoint.split(">")), before).belief(MARBLE)


@pytest.mark.parametrize(
    ("beats", "stays", "strict"),
    [
        ((COMES,), "box", "basket"),
        ((LOOKS,), "box", "basket"),
        ((), "box", "box"),
        (("{ask: marble at, by: bob, to: anne}", COMES), "box", "basket"),
        ((COMES, "{look: box, by: sally}"), "box", "box"),
        (("{say: marble at box, by: bob, to: [sally], from_afar: true}", COMES), "box", "box"),
        (("{leave: anne, to: hall}", COMES, "{enter: anne, to: kitchen}"), "box", "box"),
        (("{look: around, by: sally}", "{enter: anne, to: garden}"), "box", "box"),
        (("{look: around, by: sally}", "{watch: garden, by: anne}"), "box", "basket"),
    ],
    ids=[
        "comes in", "is missed", "never found out", "what others do changes nothing", "learns it later", "took part from afar",
        "comes in unseen", "may have left openly meanwhile", "seen elsewhere, from there",
    ],
)  # fmt: skip
def test_where_credit_ends(beats: tuple[str, ...], stays: str, strict: str) -> None:
    """Sally puts the marble into the basket, and slips out; Anne, who takes her to be there, moves it to the box, and so
    credits her with seeing it there.

    The last sighting is Sally's own putting. If Anne, who has been in the kitchen ever since, then sees her come in, misses
    her in a look around, or sees her next door, she takes back what lies between: Sally saw the marble in the basket and
    nothing since. Sally's finding it in the box later counts, as does Bob's word, in which she takes part. If Anne goes
    out herself before she finds Sally elsewhere, Sally may have followed openly: nothing is taken back; nor, if Anne does
    not see Sally come in, for in her world Sally never went."""
    for credit, held in ((STAYS, stays), (STRICT, strict)):
        course = performed(credit, PUT, SLIPS_OUT, MOVED, *beats)
        assert belief(course, "anne>sally") == Known(held), credit
        assert belief(course, "anne") == Known("box")


def test_a_sighting_in_between_keeps_what_went_before() -> None:
    """After the marble went to the box, Sally does something in the kitchen: then she was there, and what she saw until
    then is kept. Only its going back to the basket, after she slipped out, is taken back."""
    for credit, held in ((STAYS, "basket"), (STRICT, "box")):
        course = performed(credit, PUT, MOVED, "{ask: marble at, by: sally, to: anne}", SLIPS_OUT, BACK, COMES)
        assert belief(course, "anne>sally") == Known(held)


def test_what_she_was_shown_as_an_exception_she_was_not_credited_with_for_being_there() -> None:
    """Anne knows that Sally sees the moving, wherever she is; Bob does not know, and takes back what he credited her with."""
    seen = "{move: marble, to: box, by: anne, seen_by: [{anne: [sally]}]}"
    course = performed(STRICT, PUT, SLIPS_OUT, seen, COMES)
    assert belief(course, "anne>sally") == Known("box")
    assert belief(course, "bob>sally") == Known("basket")


def test_that_somebody_who_hides_is_not_seen_shows_nothing_to_who_knows_that_he_does() -> None:
    """Sally and Anne go out and come back in secret. Anne, who knows that Sally hides, goes on crediting her after a look
    around."""
    together = (
        "{leave: [sally, anne], to: hall, secretly: true}",
        "{enter: [sally, anne], to: kitchen, secretly: true}",
    )
    for credit in Credit:
        course = performed(credit, PUT, *together, "{move: marble, to: box, by: bob}", LOOKS)
        assert belief(course, "anne>sally") == Known("box"), credit


def test_trying_in_vain_to_come_where_one_is_shows_that_one_is_there() -> None:
    """Sally has not slipped out at all. That she wants to come into the kitchen, in which she is, is no coming."""
    course = performed(STRICT, PUT, MOVED)
    rules, minds = Rules(course.scene.setting), course.minds
    minds.append(*rules.failure(Enter("sally", "kitchen"), minds.world(()), minds.now, beat=3))
    assert belief(course, "anne>sally") == Known("box")


def test_before_it_was_found_out_it_was_believed() -> None:
    """Asked of the moment before Sally comes in, Anne credits her, whenever that is asked."""
    course = performed(STRICT, PUT, SLIPS_OUT, MOVED, COMES)
    moved, came = (next(e.time for e in course.minds.events if e.beat == beat) for beat in (3, 4))
    arrived = course.minds.events[-1].time
    for before in (*range(moved + 1, arrived + 1), came):
        assert belief(course, "anne>sally", before) == Known("box")
    assert belief(course, "anne>sally", moved) == Known("basket")
    assert belief(course, "anne>sally", arrived + 1) == Known("basket")


def test_who_is_not_known_to_have_found_out_is_taken_to_go_on_crediting() -> None:
    """Bob has gone out before Sally comes in. So Bob himself, and Anne who knows that he was out, and Sally herself, who
    knows it too, take Bob to credit Sally still; of Anne, who was there, they know what she makes of it: Sally and Anne
    do, Bob does not. And Sally knows all along that she was out: nothing of hers was ever anybody's credit."""
    course = performed(STRICT, PUT, SLIPS_OUT, MOVED, "{leave: bob, to: hall}", COMES)
    for viewpoint, held in {
        "anne>sally": "basket",
        "anne>bob>sally": "box",
        "bob>sally": "box",
        "bob>anne>sally": "box",
        "anne>sally>anne": "basket",
        "sally>anne>sally": "basket",
        "sally": "basket",
        "anne>bob": "box",
        "author>anne>sally": "basket",
        "narrator>bob>sally": "box",
    }.items():
        assert belief(course, viewpoint) == Known(held), viewpoint


def test_words_go_with_the_hearing_of_them() -> None:
    """Bob says that the marble is in the box. Anne takes Sally to have heard it, and to trust him, until Sally comes in."""
    for credit, held in ((STAYS, "box"), (STRICT, "basket")):
        course = performed(credit, PUT, SLIPS_OUT, "{say: marble at box, by: bob}", COMES)
        assert belief(course, "anne>sally") == Known(held)
        assert belief(course, "anne>bob") == Known("box")


def test_what_was_taken_back_is_explained() -> None:
    course = performed(STRICT, PUT, SLIPS_OUT, MOVED, COMES)
    came = course.minds.now - 1
    found = explain(course.minds, ("anne", "sally"), MARBLE, course.minds.now, course.wording.event)
    assert found.belief == Known("basket")
    assert found.steps[-1].endswith(f"sally was thought to be there, and turned out in e{came} not to have been")
    before = explain(course.minds, ("anne", "sally"), MARBLE, came, course.wording.event)
    assert before.belief == Known("box")


# -------------------------------------------------------------------------------------------------- the oracle on any play
def strictly(play: Play, credit: Credit = STRICT) -> Play:
    """The same play where credit is taken back; what happens does not hang on that."""
    conventions = replace(play.setting.conventions, credit=credit)
    return replace(play, setting=replace(play.setting, conventions=conventions))


@settings(max_examples=10)
@given(play=plays().map(strictly))
def test_minds_equal_the_oracle_at_every_moment(play: Play) -> None:
    minds, oracle = play.minds(), Oracle(play.setting, play.events)
    for v in viewpoints(play.setting, 3):
        for before in range(len(play.events) + 1):
            assert believed(minds.world(v, before)) == oracle.believed(v, before), (v, before)
        assert minds.world(v).noticed() == oracle.course(v).history(minds.now), v


@st.composite
def slipping(draw: DrawFn) -> Play:
    """A play of any setting in which people often come and go unseen, and are missed."""
    setting = draw(settings_of_scenes())
    reality, dice = draw(realities(setting)), random.Random(draw(st.integers(0, 2**32 - 1)))
    rules, minds = Rules(setting), perform(setting, reality, ())
    facts, deeds = sorted(setting.facts()), list[Deed]()
    for _ in range(dice.randint(10, 25)):
        who, kind = dice.choice(setting.people), dice.choice((*KINDS_OF_ACTION, Enter, Enter, Enter, Look))
        others = tuple(p for p in setting.people if p != who and dice.random() < 0.25)
        thought_of = actions(setting, who, kind, dice.choice(facts), others)
        if possible := [a for a in thought_of if not rules.objections(a, minds.world(()))]:
            is_secret = dice.random() < (0.5 if kind is Enter else 0.2)
            deeds.append(Deed(dice.choice(possible), Manner(is_secret)))
            happen(minds, deeds[-1], len(deeds))
    return strictly(Play(setting, tuple(minds.events), reality, tuple(deeds)))


@settings(max_examples=60)
@given(play=slipping(), data=st.data())
def test_minds_that_are_asked_while_people_slip_in_and_out_are_the_oracles(play: Play, data: DataObject) -> None:
    """Of any moment so far, in any order, at any depth: what was worked out before does not colour the answer."""
    minds, oracle = Minds(play.setting), Oracle(play.setting, play.events)
    names = st.sampled_from((*play.setting.people, *play.setting.people, NARRATOR, AUTHOR))
    chains = data.draw(st.lists(st.lists(names, min_size=2, max_size=5).map(tuple), min_size=4, max_size=8))
    dice = random.Random(data.draw(st.integers(0, 2**32 - 1)))
    for event in play.events:
        minds.append(event)
        for v in dice.choices(chains, k=dice.randint(0, 2)):
            before = dice.choice((minds.now, dice.randint(0, minds.now)))
            assert believed(minds.world(v, before)) == oracle.believed(v, before), (v, before)
    for v in chains:
        assert believed(minds.world(v)) == oracle.believed(v, minds.now), v
        assert minds.world(v).noticed() == oracle.course(v).history(minds.now), v


@settings(max_examples=30)
@given(play=plays())
def test_nothing_is_taken_back_in_first_order_beliefs_and_by_who_misses_nothing(play: Play) -> None:
    strict, usual = strictly(play).minds(), strictly(play, STAYS).minds()
    for v in viewpoints(play.setting, 1):
        assert believed(strict.world(v)) == believed(usual.world(v)), v
    for who in play.setting.people:
        assert believed(strict.world((AUTHOR, who))) == believed(usual.world((AUTHOR, who)))
