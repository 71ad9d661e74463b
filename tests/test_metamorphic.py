"""What must not matter: plays that differ in something that nobody could have noticed leave minds as they are.

Each property changes a random play and performs it again by the rules, so it holds the rules and the beliefs together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from itertools import pairwise, product
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject
from worlds import Deed, Play, actions, perform, plays, viewpoints

from stage.beliefs.graph import INTERNAL
from stage.beliefs.mind import Source
from stage.beliefs.minds import Minds
from stage.world.events import Action, Begin, Close, Event, Grade, Look, Open, Peek, Put, Say, Wait
from stage.world.facts import AWAY, Belief, Fluent, Known, Viewpoint
from stage.world.rules import Manner, Rules
from stage.world.setting import Hearsay, Setting, Thing, place_fluent


def believed(minds: Minds, viewpoint: Viewpoint) -> dict[Fluent, Belief]:
    """What is believed of the story; the books that are kept of letters carry times, which a change may shift."""
    held = minds.world(viewpoint).beliefs()
    return {f: h.belief for f, h in held.items() if h.belief is not None and f.relation not in INTERNAL}


def chains(people: Sequence[str], depth: int) -> Iterator[Viewpoint]:
    """All chains of these people in which nobody follows himself, and reality."""
    for length in range(depth + 1):
        for chain in product(people, repeat=length):
            if all(a != b for a, b in pairwise(chain)):
                yield chain


def inserted(data: DataObject, play: Play, *deeds: Deed) -> tuple[Deed, ...]:
    """The deeds of a play with others among them, in their order."""
    at = sorted(data.draw(st.integers(0, len(play.deeds))) for _ in deeds)
    mixed = list(play.deeds)
    for deed, place in reversed([*zip(deeds, at, strict=True)]):
        mixed.insert(place, deed)
    return tuple(mixed)


@settings(max_examples=25)
@given(play=plays())
def test_a_play_performed_again_is_the_same(play: Play) -> None:
    assert perform(play.setting, play.reality, play.deeds).events == list(play.events)


# ---------------------------------------------------------------------------------------------------------- renaming
def renamed(value: Any, names: Mapping[str, str]) -> Any:
    """A value with every name in it exchanged, also within texts such as 'trusts bob'."""
    if isinstance(value, Enum) or not value:
        return value
    if isinstance(value, str):
        return " ".join(names.get(word, word) for word in value.split(" "))
    if isinstance(value, Mapping):
        return {renamed(k, names): renamed(v, names) for k, v in value.items()}
    if isinstance(value, Fluent):
        return Fluent(*(renamed(part, names) for part in value))
    if isinstance(value, tuple | list | frozenset):
        return type(value)(renamed(v, names) for v in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: renamed(getattr(value, f.name), names) for f in fields(value) if f.init})
    return value


@settings(max_examples=25)
@given(play=plays(), data=st.data())
def test_names_do_not_matter(play: Play, data: DataObject) -> None:
    """People, places and things exchange their names, each with its own kind."""
    names: dict[str, str] = {}
    for kind in (play.setting.people, play.setting.places, tuple(play.setting.things)):
        names |= dict(zip(kind, data.draw(st.permutations(kind)), strict=True))
    other = perform(renamed(play.setting, names), renamed(play.reality, names), renamed(play.deeds, names))
    minds = play.minds()
    for v in viewpoints(play.setting, 3):
        assert believed(other, renamed(v, names)) == renamed(believed(minds, v), names), v


# --------------------------------------------------------------------------------------------------------- commuting
STAYING: tuple[type[Action], ...] = (Wait, Put, Open, Close, Look, Say)


def deed_at(data: DataObject, setting: Setting, minds: Minds, who: str) -> Action:
    """Something that somebody can do where he is, without going."""
    fact = data.draw(st.sampled_from(sorted(setting.facts())))
    thought_of = [a for kind in STAYING for a in actions(setting, who, kind, fact, ()) if not _from_afar(a)]
    return data.draw(st.sampled_from([a for a in thought_of if not Rules(setting).objections(a, minds.world(()))]))


def _from_afar(action: Action) -> bool:
    return isinstance(action, Say) and action.from_afar


def noticing(minds: Minds, setting: Setting, events: Sequence[Event]) -> set[str]:
    reality = minds.world(()).mind
    return {p for p in setting.people for e in events if minds.grade(reality, p, e) is not Grade.NOT}


@settings(max_examples=30)
@given(play=plays(), data=st.data())
def test_what_nobody_notices_both_of_may_happen_in_either_order(play: Play, data: DataObject) -> None:
    """Two do something, each in his own room, while nobody notices both; then the play goes on."""
    k = data.draw(st.integers(0, len(play.deeds)))
    before = perform(play.setting, play.reality, play.deeds[:k])
    place = {p: before.world(()).value(place_fluent(p)) for p in play.setting.people}
    apart = [(a, b) for a, b in product(play.setting.people, repeat=2) if AWAY not in (place[a], place[b])]
    apart = [(a, b) for a, b in apart if place[a] != place[b]]
    assume(apart)
    first, second = (Deed(deed_at(data, play.setting, before, who)) for who in data.draw(st.sampled_from(apart)))
    after = perform(play.setting, play.reality, (*play.deeds[:k], first, second))
    one, other = ([e for e in after.events if e.beat == beat] for beat in (k + 1, k + 2))
    assume(not noticing(after, play.setting, one) & noticing(after, play.setting, other))
    orders = [
        perform(play.setting, play.reality, (*play.deeds[:k], *two, *play.deeds[k:]))
        for two in ((first, second), (second, first))
    ]
    for v in chains(play.setting.people, 3):
        assert believed(orders[0], v) == believed(orders[1], v), v


# --------------------------------------------------------------------------------------- other rooms, other people
def with_another(setting: Setting) -> Setting:
    """The setting with an attic, and Noel and a toy, which nobody has to do with."""
    ranges = {place_fluent("noel"): ("attic", AWAY), place_fluent("toy"): ("attic", "noel")}
    return replace(
        setting,
        people=(*setting.people, "noel"),
        places=(*setting.places, "attic"),
        things={**setting.things, "toy": Thing("toy")},
        ranges={**setting.ranges, **ranges},
    )


UPSTAIRS = {place_fluent("noel"): "attic", place_fluent("toy"): "attic"}


@settings(max_examples=25)
@given(play=plays(), data=st.data())
def test_what_goes_on_in_another_room_does_not_matter(play: Play, data: DataObject) -> None:
    """Noel plays in the attic, and talks there of what goes on below, which he knows nothing of."""
    facts = st.lists(st.sampled_from(sorted(play.setting.facts())), max_size=3)
    noise = [Put("noel", "toy", "noel"), Put("noel", "toy", "attic"), Look("noel"), Wait("noel")]
    noise += [Say("noel", fact) for fact in data.draw(facts)]
    deeds = inserted(data, play, *(Deed(action) for action in noise))
    other, minds = perform(with_another(play.setting), {**play.reality, **UPSTAIRS}, deeds), play.minds()
    for v in viewpoints(play.setting, 3):
        assert _but_for_noel(believed(other, v)) == believed(minds, v), v


def _but_for_noel(beliefs: Mapping[Fluent, Belief]) -> dict[Fluent, Belief]:
    return {f: b for f, b in beliefs.items() if not {"noel", "toy"} & {*str(f).split()}}


@settings(max_examples=25)
@given(play=plays())
def test_a_bystander_who_meets_nobody_changes_nothing_and_learns_nothing(play: Play) -> None:
    other, minds = perform(with_another(play.setting), {**play.reality, **UPSTAIRS}, play.deeds), play.minds()
    for v in viewpoints(play.setting, 2):
        assert _but_for_noel(believed(other, v)) == believed(minds, v), v
    for v in chains(play.setting.people, 2):
        assert _of_the_story(other, ("noel", *v)) == {}, v
        if v:
            assert _of_the_story(other, (*v, "noel")) == {}, v


def _of_the_story(minds: Minds, viewpoint: Viewpoint) -> dict[Fluent, Belief]:
    """What is believed of anything but of Noel; to whom he trusts under a rule known to all, he need not meet anybody."""
    found = _but_for_noel(believed(minds, viewpoint))
    return {f: b for f, b in found.items() if not f.relation.startswith("trusts")}


# ---------------------------------------------------------------------------------------------------------- not noticed
def nothing(event: Event) -> Event:
    """An event of the same time in which nothing happens that anybody could notice."""
    return Event(event.time, event.beat, Begin("nothing"), None, frozenset())


@settings(max_examples=100)
@given(play=plays(), data=st.data())
def test_whoever_did_not_notice_an_event_believes_as_if_it_had_not_happened(play: Play, data: DataObject) -> None:
    """How things stand at the start is no such event: it says where everybody is who then notices."""
    minds = play.minds()
    person = data.draw(st.sampled_from(play.setting.people))
    noticed = {e.time for e in minds.world((person,)).noticed()}
    missed = [e for e in play.events if e.time not in noticed and not isinstance(e.action, Begin)]
    spared = data.draw(st.sets(st.sampled_from([e.time for e in missed]))) if missed else set()
    gone = {e.time for e in missed} - spared
    without = Minds(play.setting)
    without.append(*(nothing(e) if e.time in gone else e for e in play.events))
    for v in viewpoints(play.setting, 3):
        if v[:1] == (person,):
            assert without.world(v).beliefs() == minds.world(v).beliefs(), v


@settings(max_examples=30)
@given(play=plays(), data=st.data())
def test_a_secret_peek_changes_only_chains_that_start_with_the_peeker(play: Play, data: DataObject) -> None:
    k = data.draw(st.integers(0, len(play.deeds)))
    reality = perform(play.setting, play.reality, play.deeds[:k]).world(())
    peeks = [Peek(who, place) for who in play.setting.people for place in play.setting.places]
    possible = [a for a in peeks if not Rules(play.setting).objections(a, reality)]
    assume(possible)
    peek = data.draw(st.sampled_from(possible))
    deeds = (*play.deeds[:k], Deed(peek, Manner(secretly=True)), *play.deeds[k:])
    other, minds = perform(play.setting, play.reality, deeds), play.minds()
    for v in chains(play.setting.people, 3):
        if v[:1] != (peek.who,):
            assert believed(other, v) == believed(minds, v), v


# ------------------------------------------------------------------------------------------------------- telling truth
@settings(max_examples=30)
@given(play=plays(), data=st.data())
def test_telling_the_truth_to_somebody_who_saw_it_changes_nothing(play: Play, data: DataObject) -> None:
    """Nothing of what he believes, whomever he trusts; and nobody along any chain comes to believe anything but this
    truth by it. Where words do not count beside one's own eyes, he still has it from these."""
    minds, rules = play.minds(), Rules(play.setting)
    told = [
        (Say(speaker, fact, (hearer,)), (hearer,))
        for speaker, hearer in product(play.setting.people, repeat=2)
        for fact in sorted(play.setting.facts())
        if speaker != hearer and _saw(minds, (hearer,), fact.fluent, fact.value)
        and minds.world(()).value(fact.fluent) == fact.value
    ]  # fmt: skip
    possible = [(say, v) for say, v in told if not rules.objections(say, minds.world(()))]
    assume(possible)
    say, hearer = data.draw(st.sampled_from(possible))
    other = perform(play.setting, play.reality, (*play.deeds, Deed(say)))
    fluent, truth = say.fact.fluent, Known(say.fact.value)
    assert other.world(hearer).belief(fluent) == truth
    for v in chains(play.setting.people, 3):
        now = other.world(v).belief(fluent)
        assert now in (minds.world(v).belief(fluent), truth) or _shown(other, fluent), v
    if play.setting.conventions.hearsay in (Hearsay.OWN_EYES, Hearsay.NOBODY) and not _shown(other, fluent):
        assert other.world(hearer).held(fluent) == minds.world(hearer).held(fluent)


def _saw(minds: Minds, viewpoint: Viewpoint, fluent: Fluent, value: str) -> bool:
    held = minds.world(viewpoint).held(fluent)
    return held is not None and held.belief == Known(value) and held.source is not Source.TOLD


def _shown(minds: Minds, fluent: Fluent) -> bool:
    """Whether the saying itself shows where those who talk are."""
    return any(getattr(e, "fluent", None) == fluent for e in minds.events[-1].effects)
