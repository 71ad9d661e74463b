"""What everybody believes, in random plays: against the slow oracle, and by laws that hold in any play."""

from __future__ import annotations

from dataclasses import replace

import pytest
from belief_oracle import Oracle
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject
from worlds import Play, plays, viewpoints

from stage.beliefs.mind import Holding, Mind
from stage.beliefs.minds import Minds, World
from stage.beliefs.recollection import Recollection
from stage.world.events import (
    Begin,
    Effect,
    Event,
    Exactly,
    Say,
)
from stage.world.facts import AT, AWAY, Belief, Fluent, Viewpoint
from stage.world.setting import (
    AUTHOR,
    NARRATOR,
    NarratorKnowledge,
    Setting,
    place_fluent,
)
from stage.world.sight import singly


def believed(world: World) -> dict[Fluent, Belief]:
    return {f: held.belief for f, held in world.beliefs().items() if held.belief is not None}


# -------------------------------------------------------------------------------------------- the oracle on any scene
@settings(max_examples=60)
@given(play=plays())
def test_minds_equal_the_oracle_at_every_moment_up_to_third_order(play: Play) -> None:
    minds, oracle = play.minds(), Oracle(play.setting, play.events)
    for v in viewpoints(play.setting, 3):
        for before in range(len(play.events) + 1):
            assert believed(minds.world(v, before)) == oracle.believed(v, before), (v, before)
        assert minds.world(v).noticed() == oracle.course(v).history(minds.now), v


@settings(max_examples=60)
@given(play=plays(), data=st.data())
def test_minds_equal_the_oracle_in_deeper_chains(play: Play, data: DataObject) -> None:
    minds, oracle = play.minds(), Oracle(play.setting, play.events)
    names = st.sampled_from((*play.setting.people, *play.setting.people, NARRATOR, AUTHOR))
    for v in data.draw(st.lists(st.lists(names, min_size=4, max_size=6).map(tuple), min_size=8, max_size=8)):
        for before in range(len(play.events) + 1):
            assert believed(minds.world(v, before)) == oracle.believed(v, before), (v, before)


@settings(max_examples=60)
@given(play=plays(), data=st.data())
def test_minds_that_are_asked_while_the_play_goes_on_answer_as_if_asked_at_its_end(
    play: Play, data: DataObject
) -> None:
    names = st.sampled_from((*play.setting.people, NARRATOR, AUTHOR))
    chains = data.draw(st.lists(st.lists(names, max_size=4).map(tuple), min_size=3, max_size=6))
    asked, fresh = Minds(play.setting), play.minds()
    for event in play.events:
        asked.append(event)
        for v in data.draw(st.lists(st.sampled_from(chains), max_size=2)):
            before = data.draw(st.integers(0, asked.now))
            assert asked.world(v, before).beliefs() == fresh.world(v, before).beliefs(), (v, before)
    for v in chains:
        assert asked.world(v).beliefs() == fresh.world(v).beliefs()
        assert asked.world(v).noticed() == fresh.world(v).noticed()


# ---------------------------------------------------------------------------------------------------- laws of any play
@settings(max_examples=60)
@given(play=plays())
def test_nobody_changes_his_own_belief_by_saying(play: Play) -> None:
    """What the saying itself shows, that those who talk are there, is no part of what is said."""
    minds = play.minds()
    for event in play.events:
        if isinstance(event.action, Say) and not event.failed:
            v, fluent = (event.action.who,), event.action.fact.fluent
            if fluent not in {e.fluent for e in singly(event.effects, play.setting)}:
                assert minds.world(v, event.time).held(fluent) == minds.world(v, event.time + 1).held(fluent)


@settings(max_examples=60)
@given(play=plays(), data=st.data())
def test_whoever_believes_something_believes_that_he_does(play: Play, data: DataObject) -> None:
    names = st.sampled_from((*play.setting.people, NARRATOR, AUTHOR))
    v = tuple(data.draw(st.lists(names, min_size=1, max_size=4)))
    i = data.draw(st.integers(0, len(v) - 1))
    doubled = (*v[: i + 1], *v[i:])
    minds = play.minds()
    assert minds.world(doubled).beliefs() == minds.world(v).beliefs()
    assert believed(minds.world(doubled)) == Oracle(play.setting, play.events).course(doubled).believed(minds.now)


@settings(max_examples=60)
@given(play=plays())
def test_the_author_knows_every_mind(play: Play) -> None:
    minds = play.minds()
    for v in viewpoints(play.setting, 2):
        if AUTHOR not in v and NARRATOR not in v:
            assert believed(minds.world((AUTHOR, *v))) == believed(minds.world(v)), v


@settings(max_examples=60)
@given(play=plays())
def test_a_narrator_limited_to_one_mind_has_that_mind(play: Play) -> None:
    person = play.setting.people[0]
    minds = Minds(replace(play.setting, narrator=NarratorKnowledge(frozenset({person}))))
    minds.append(*play.events)
    for v in viewpoints(play.setting, 2):
        if not {person, AUTHOR, NARRATOR} & {*v[:1]}:
            assert believed(minds.world((NARRATOR, *v))) == believed(minds.world((person, *v))), v


@settings(max_examples=60)
@given(play=plays())
def test_every_person_on_stage_knows_where_he_is(play: Play) -> None:
    """Unless he believes another who says that he is elsewhere."""
    minds = play.minds()
    for person in play.setting.people:
        fluent = place_fluent(person)
        if any(word.fluent == fluent for event in play.events for word in event.assertions):
            continue
        for event in play.events:
            where = minds.world((), event.time + 1).value(fluent)
            if where != AWAY and not isinstance(event.action, Begin):
                assert minds.world((person,), event.time + 1).value(fluent) == where, event.time


def test_a_belief_asked_again_costs_nothing_of_what_happened_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once asked, a belief is worked out again from new events that touch it and reach its mind, and from no other."""
    worked: list[tuple[Viewpoint, Fluent, int]] = []
    take_in = Recollection.take_in

    def counted(recollection: Recollection, mind: Mind, fluent: Fluent, time: int, holding: Holding) -> None:
        worked.append((mind.viewpoint, fluent, time))
        take_in(recollection, mind, fluent, time, holding)

    monkeypatch.setattr(Recollection, "take_in", counted)
    coin, hat = Fluent("coin", AT), Fluent("hat", AT)
    setting = Setting(("anne", "bob"), ("hall",), {}, {coin: ("cup", "bag"), hat: ("cup", "bag")}, {})
    minds = Minds(setting)
    viewpoint = ("anne", "bob")

    def happens(fluent: Fluent, value: str, *who: str) -> None:
        effect = Effect(fluent, Exactly(value), change=True)
        minds.append(Event(minds.now, minds.now, Begin("it"), None, frozenset(who), effects=(effect,)))

    happens(coin, "cup", "anne", "bob")
    assert minds.world(viewpoint).value(coin) == "cup"
    worked.clear()
    happens(hat, "bag", "anne", "bob")
    happens(coin, "bag", "bob")
    assert minds.world(viewpoint).value(coin) == "cup"
    assert [time for seen_by, fluent, time in worked if seen_by == viewpoint and fluent == coin] == []
    happens(coin, "bag", "anne", "bob")
    assert minds.world(viewpoint).value(coin) == "bag"
    assert [time for seen_by, fluent, time in worked if seen_by == viewpoint and fluent == coin] == [3]
