"""What everybody believes, in small worlds with known answers: a table, each row with the reason in one line."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from worlds import begin

from stage.beliefs.minds import Minds
from stage.world.events import (
    Action,
    Attention,
    Begin,
    Close,
    Enter,
    Event,
    Grade,
    Look,
    Open,
    Peek,
    Put,
    Read,
    Say,
    Set,
    Wait,
    Watch,
    Write,
)
from stage.world.facts import AWAY, Belief, Fact, Fluent, Known, OneOf, Whether, remaining
from stage.world.rules import Manner, Rules
from stage.world.setting import NarratorKnowledge, Setting, Shown, Thing, Trust, place_fluent, trust_fluent
from stage.world.sight import hidden_fluent, shows

PEOPLE = ("sally", "anne", "bob", "carl")
MARBLE, NOTE, DOOR, CHEST = place_fluent("marble"), place_fluent("note"), Fluent("door", "is"), Fluent("chest", "is")
FULL, PART, NOT = Grade.FULLY, Grade.PARTLY, Grade.NOT


@dataclass(frozen=True)
class Do:
    """An action in its manner."""

    action: Action
    secretly: bool = False
    but: tuple[Attention, ...] = ()


@dataclass(frozen=True)
class Case:
    """All are in the kitchen, and all know that the marble is in the basket; basket and box have to be looked into.
    Beliefs are keyed by the chain in words; about the marble, where nothing else is said."""

    name: str
    why: str
    steps: tuple[Action | Do, ...]
    beliefs: dict[str, Belief | None]
    about: Fluent = MARBLE
    spots: tuple[str, ...] = ("basket", "box")
    trust: dict[tuple[str, str], Trust] = field(default_factory=dict)
    narrator: NarratorKnowledge = NarratorKnowledge()
    elsewhere: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    informed: tuple[str, ...] = PEOPLE


def is_(value: str) -> Known:
    return Known(value)


def one_of(*values: str) -> OneOf:
    return OneOf(frozenset(values))


def put(who: str, to: str, thing: str = "marble") -> Put:
    return Put(who, thing, to)


def lies(who: str, *to: str, where: str = "box", whispered: bool = False) -> Say:
    return Say(who, Fact(MARBLE, where), to, whispered)


def out(who: str) -> Enter:
    return Enter(who, "garden")


def back(who: str) -> Enter:
    return Enter(who, "kitchen")


WHETHER = Whether()
BASKET, BOX = is_("basket"), is_("box")
SALLY_ANNE = (out("sally"), put("anne", "box"))
HIDDEN_CHANGE = Do(put("bob", "box"), secretly=True)

CASES = (
    Case("Sally-Anne", "Sally saw the marble last in the basket; Anne saw her leave",
         SALLY_ANNE,
         {"": BOX, "sally": BASKET, "anne": BOX, "anne sally": BASKET, "sally anne": BASKET, "bob anne sally": BASKET,
          "sally anne sally": BASKET, "anne bob": BOX, "anne sally anne": BASKET}),
    Case("Sally stays", "the twin: everybody saw the move, and each other see it",
         (put("anne", "box"),),
         {"sally": BOX, "anne sally": BOX, "bob anne sally": BOX, "sally anne sally": BOX}),
    Case("Sally comes back", "seeing her back gives no news of the marble, which is out of sight",
         (*SALLY_ANNE, back("sally")),
         {"sally": BASKET, "anne sally": BASKET, "sally anne": BASKET}),
    Case("slips out unseen", "in the others' worlds Sally is still there and sees the move; in hers she is not",
         (Do(out("sally"), secretly=True), put("anne", "box")),
         {"sally": BASKET, "anne sally": BOX, "bob anne sally": BOX, "sally anne": BASKET, "anne sally anne": BOX}),
    Case("credit ends at a look", "Anne looks around, sees that Sally is gone, and credits her with nothing from then on",
         (Do(out("sally"), secretly=True), Look("anne"), put("anne", "box")),
         {"sally": BASKET, "anne sally": BASKET, "bob sally": BASKET}),
    Case("credit for the look itself", "the look that shows Sally gone shows the marble on the floor; she is not credited",
         (Do(out("sally"), secretly=True), Do(put("anne", "kitchen"), secretly=True), Look("bob")),
         {"bob": is_("kitchen"), "bob sally": BASKET, "sally": BASKET}, spots=("basket", "box", "kitchen")),
    Case("no revision backwards", "Bob finds Sally in the garden; what he credited her with stays",
         (Do(out("sally"), secretly=True), put("anne", "box"), out("bob")),
         {"bob sally": BOX, "sally": BASKET}),
    Case("whisper", "seen by Bob, heard by Anne: she knows, Bob does not; a whisper tells Anne what Sally believes",
         (lies("sally", "anne", whispered=True),),
         {"anne": BOX, "bob": BASKET, "bob anne": WHETHER, "bob sally": BASKET, "anne sally": BOX, "anne bob": BASKET,
          "anne bob anne": WHETHER, "sally anne": BOX, "sally": BASKET}),
    Case("look inside", "Sally sees that Bob looks, not what he finds; she believes that he finds the box empty",
         (*SALLY_ANNE, back("sally"), Look("bob", "box")),
         {"bob": BOX, "sally": BASKET, "sally bob": BASKET, "sally anne bob": BASKET, "bob sally bob": BASKET}),
    Case("empty, two spots", "the marble is not in the basket, so it is in the box",
         (HIDDEN_CHANGE, Look("sally", "basket")),
         {"sally": BOX, "bob sally": BOX, "anne": BASKET}),
    Case("empty, three spots", "not in the basket leaves two",
         (HIDDEN_CHANGE, Look("sally", "basket")),
         {"sally": one_of("box", "bag"), "anne": BASKET}, spots=("basket", "box", "bag")),
    Case("empty twice", "not in the basket, then not in the bag, leaves the box",
         (HIDDEN_CHANGE, Look("sally", "basket"), Look("sally", "bag")),
         {"sally": BOX}, spots=("basket", "box", "bag")),
    Case("one look rules out much", "not on the floor and not in the jar, both seen in one look, leaves the box",
         (Do(put("bob", "box"), secretly=True), Look("anne")),
         {"sally": BOX, "anne": BOX, "sally anne": BOX}, spots=("jar", "kitchen", "box")),
    Case("nobody was told", "who never heard of the marble has no belief; an empty basket of two makes one",
         (Look("bob", "box"),),
         {"anne": None, "bob": BASKET, "anne bob": WHETHER}, informed=()),
    Case("look inside, known to the onlooker", "Carl knows that the bag is not the place, and so that Bob does not find it there",
         (Look("bob", "bag"),),
         {"anne bob": BASKET, "anne": BASKET}, spots=("basket", "box", "bag")),
    Case("look inside, found", "Anne believes the marble in the basket, and that Bob sees it there",
         (HIDDEN_CHANGE, Look("carl", "basket")),
         {"anne carl": BASKET, "carl": one_of("box", "bag"), "anne": BASKET}, spots=("basket", "box", "bag")),
    Case("lie believed", "hearers trust: they believe it and that the liar does; the liar keeps to what he saw",
         (lies("sally"),),
         {"sally": BASKET, "anne": BOX, "anne sally": BOX, "sally anne": BOX, "sally anne sally": BOX,
          "anne sally anne": BOX, "bob anne": BOX}),
    Case("lie not trusted", "Anne learns only that it was said; Sally knows Anne does not trust her",
         (lies("sally"),),
         {"anne": BASKET, "anne sally": BASKET, "sally anne": BASKET, "sally anne sally": BASKET, "bob": BOX,
          "anne bob": BOX, "anne bob sally": BOX}, trust={("anne", "sally"): Trust.NO}),
    Case("taken for sincere", "Anne believes that Sally believes it, and does not believe it herself",
         (lies("sally"),),
         {"anne": BASKET, "anne sally": BOX, "sally anne": BASKET, "sally anne sally": BOX},
         trust={("anne", "sally"): Trust.SINCERE}),
    Case("trust lost unnoticed", "Anne stops trusting Sally out of Sally's sight, who goes on counting on it",
         (out("anne"), Set(Fact(trust_fluent("anne", "sally"), "no"), "anne"), back("anne"), lies("sally")),
         {"anne": BASKET, "sally anne": BOX}),
    Case("letter read later", "Sally's word, as of when she wrote it; Anne sees her write, not what",
         (Write("sally", "note", Fact(MARBLE, "box")), Read("bob", "note")),
         {"bob": BOX, "bob sally": BOX, "sally": BASKET, "anne": BASKET, "anne bob": WHETHER}),
    Case("letter read in the writer's absence", "tells of the writer as well, who does not know that it was read",
         (Write("sally", "note", Fact(MARBLE, "box")), out("sally"), Read("bob", "note")),
         {"bob": BOX, "bob sally": BOX, "sally": BASKET, "sally bob": BASKET, "anne sally": BASKET, "anne bob": WHETHER,
          "anne bob sally": BASKET}),
    Case("letter older than sight", "Bob saw the marble put into the bag after Sally wrote",
         (Write("sally", "note", Fact(MARBLE, "box")), put("anne", "bag"), Read("bob", "note")),
         {"bob": is_("bag"), "bob sally": is_("bag")}, spots=("basket", "box", "bag")),
    Case("letter older than a vain look", "Bob looked into the box after Sally wrote: he still believes the basket",
         (Write("sally", "note", Fact(MARBLE, "box")), Look("bob", "box"), Read("bob", "note")),
         {"bob": BASKET}),
    Case("letter older than a move half seen", "Carl knows that the marble was moved after Sally wrote, if not where to",
         (Write("sally", "note", Fact(MARBLE, "box")), Do(put("anne", "bag"), but=(Attention("carl", PART),)),
          Read("carl", "note")),
         {"carl": None, "anne": is_("bag")}, spots=("basket", "box", "bag"), informed=()),
    Case("letter older than a look unseen", "Anne saw Bob look after Sally wrote; he knows better than the letter",
         (Look("bob", "box"), Write("sally", "note", Fact(MARBLE, "box")), Look("bob", "box"),
          Do(Read("bob", "note"), but=(Attention("anne", FULL),))),
         {"anne": BOX, "anne bob": BASKET}),
    Case("peek", "Sally sees from the garden what lies there; nobody there notices her look, so it tells her of no other mind",
         (out("sally"), put("anne", "kitchen"), Peek("sally", "kitchen")),
         {"sally": is_("kitchen"), "anne sally": BASKET, "sally anne": BASKET, "sally anne sally": BASKET},
         spots=("basket", "box", "kitchen")),
    Case("peek seen from beside", "Bob, beside the peeker, sees that she peeks, not what she sees",
         (out("sally"), out("bob"), put("anne", "kitchen"), Peek("sally", "kitchen")),
         {"sally": is_("kitchen"), "bob": BASKET, "bob sally": BASKET}, spots=("basket", "box", "kitchen")),
    Case("watch", "Sally goes on watching unnoticed, and believes that Anne does not know",
         (out("sally"), Watch("sally", "kitchen"), put("anne", "box")),
         {"sally": BOX, "sally anne": BOX, "anne sally": BASKET, "sally anne sally": BASKET}),
    Case("watch ends", "Sally stopped watching before the move",
         (out("sally"), Watch("sally", "kitchen"), Watch("sally", None), put("anne", "box")),
         {"sally": BASKET}),
    Case("beside a watcher", "Bob sees Sally watch, not the room that she watches; what goes on there he credits to nobody",
         (out("sally"), out("bob"), Do(put("anne", "kitchen"), secretly=True), Watch("sally", "kitchen")),
         {"sally": is_("kitchen"), "bob": BASKET, "bob sally": BASKET}, spots=("basket", "box", "kitchen")),
    Case("watcher watched", "Sally sees the move through the window; Carl sees that too; Anne knows of neither, Sally not of Carl",
         (out("sally"), Do(out("carl"), secretly=True), Do(put("anne", "box"), but=(
             Attention("sally", FULL, frozenset({"sally", "carl"})), Attention("carl", FULL, frozenset({"carl"}))))),
         {"sally": BOX, "carl": BOX, "anne sally": BASKET, "carl sally": BOX, "carl anne sally": BASKET,
          "carl sally anne": BOX, "sally anne sally": BASKET, "carl sally anne sally": BASKET}),
    Case("hidden from", "Bob misses it, and those who notice know that he does",
         (Do(put("anne", "box"), but=(Attention("bob", NOT),)),),
         {"bob": BASKET, "anne": BOX, "anne bob": BASKET, "sally anne bob": BASKET, "bob anne": BASKET}),
    Case("distracted", "Bob misses it, and nobody knows: all credit him with it",
         (Do(put("anne", "box"), but=(Attention("bob", NOT, frozenset()),)),),
         {"bob": BASKET, "bob bob": BASKET, "anne bob": BOX, "anne bob anne": BOX, "bob anne": BASKET,
          "bob anne bob": BASKET, "sally anne bob": BOX}),
    Case("partly", "Carl notices the move, not where to; the others know that",
         (Do(put("anne", "box"), but=(Attention("carl", PART),)),),
         {"carl": None, "carl anne": WHETHER, "anne carl": None, "sally anne carl": None, "carl carl": None}),
    Case("hides, then acts", "until Sally speaks up Anne credits her with nothing; then she is there, and seen by all",
         (out("sally"), Do(back("sally"), secretly=True), put("anne", "box"), Look("sally"), put("anne", "basket")),
         {"sally": BASKET, "anne sally": BASKET, "anne sally anne": BASKET, "bob sally": BASKET}),
    Case("hides", "Sally sees the move from where she hides; nobody knows",
         (out("sally"), Do(back("sally"), secretly=True), put("anne", "box")),
         {"sally": BOX, "anne sally": BASKET, "sally anne sally": BASKET}),
    Case("hides and is not found", "that Anne looks around in vain does not tell Sally that she is elsewhere",
         (out("sally"), Do(back("sally"), secretly=True), Look("anne"), put("anne", "box")),
         {"sally": BOX, "anne sally": BASKET}),
    Case("hides, her own place", "Sally knows where she is; Anne has ruled the kitchen out",
         (out("sally"), Do(back("sally"), secretly=True), Look("anne")),
         {"sally": is_("kitchen"), "sally anne": one_of("garden", AWAY), "anne": one_of("garden", AWAY)},
         about=place_fluent("sally")),
    Case("looks around out of hiding", "whoever acts openly is seen, also by those who look at that moment",
         (out("sally"), Do(back("sally"), secretly=True), Look("sally")),
         {"sally": is_("kitchen"), "anne": is_("kitchen"), "bob anne": is_("kitchen")}, about=place_fluent("sally")),
    Case("helper of one who hides", "Carl saw her hide: that nobody finds her tells him nothing",
         (out("sally"), Do(back("sally"), True, (Attention("carl", FULL, frozenset({"carl"})),)), Look("anne"),
          put("anne", "box")),
         {"carl sally": BOX, "sally carl": BOX, "anne sally": BASKET, "carl anne sally": BASKET}),
    Case("hidden from the start", "Bob hides from the beginning and knows it; the others do not credit him",
         (put("anne", "box"),),
         {"bob": BOX, "anne bob": BASKET, "bob anne bob": BASKET}, hidden=("bob",)),
    Case("carried with the box", "the marble goes where the box goes: it stays in the box for all who saw it put there",
         (put("anne", "box"), put("anne", "anne", thing="box"), out("anne")),
         {"": BOX, "sally": BOX, "anne": BOX}),
    Case("who finds the box elsewhere", "Sally, in the garden, sees the box arrive and not its inside",
         (*SALLY_ANNE, put("anne", "anne", thing="box"), out("anne")),
         {"sally": is_("anne"), "anne": is_("anne"), "anne sally": is_("anne")}, about=place_fluent("box")),
    Case("unreliable narrator", "holds to the box, whatever happens, and tells of minds that saw it so",
         (put("anne", "bag"),),
         {"narrator": BOX, "author": is_("bag"), "anne": is_("bag"), "narrator anne": BOX, "author narrator": BOX},
         spots=("basket", "box", "bag"), narrator=NarratorKnowledge(None, {MARBLE: "box"})),
    Case("unreliable narrator is told otherwise", "words do not shake a falsehood; what others make of them is told as it is",
         (put("bob", "box"), lies("bob", where="basket")),
         {"narrator": BOX, "narrator anne": BASKET},
         narrator=NarratorKnowledge(frozenset({"anne"}), {MARBLE: "box"})),
    Case("limited narrator", "knows what Sally knows",
         SALLY_ANNE,
         {"narrator": BASKET, "narrator sally": BASKET, "narrator anne": BASKET, "author narrator": BASKET,
          "sally narrator": None, "anne author": None},
         narrator=NarratorKnowledge(frozenset({"sally"}))),
    Case("limited narrator shares the liar's mind", "a lie does not deceive whoever tells it, nor who shares his mind",
         (lies("sally", "anne"),),
         {"narrator": BASKET, "narrator sally": BASKET, "narrator anne": BOX, "anne": BOX},
         narrator=NarratorKnowledge(frozenset({"sally"}))),
    Case("limited narrator shares the deceived mind", "believes as Anne does, also of the liar",
         (lies("sally", "anne"),),
         {"narrator": BOX, "narrator sally": BOX, "narrator bob": BOX},
         narrator=NarratorKnowledge(frozenset({"anne"}))),
    Case("narrator and author know who is distracted", "what nobody in the scene knows does not escape them",
         (Do(put("anne", "box"), but=(Attention("bob", NOT, frozenset()),)),),
         {"narrator": BOX, "narrator bob": BASKET, "author bob": BASKET, "author narrator bob": BASKET,
          "narrator anne bob": BOX}),
    Case("author", "knows reality and every mind; nobody in the scene knows of the author",
         (*SALLY_ANNE, lies("anne", where="basket")),
         {"author": BOX, "author sally": BASKET, "author anne": BOX, "author anne sally": BASKET, "author narrator": BOX,
          "sally author": None}),
    Case("from the start elsewhere", "Carl, in the garden, knows what all know, and misses the move",
         (put("anne", "box"),),
         {"carl": BASKET, "anne carl": BASKET, "carl anne": BASKET}, elsewhere=("carl",)),
    Case("telephone", "addressed from afar, Carl hears it; nobody beside him does",
         (out("carl"), out("bob"), put("anne", "box"), Say("anne", Fact(MARBLE, "box"), ("carl",), from_afar=True)),
         {"carl": BOX, "bob": BASKET, "anne carl": BOX, "bob carl": BASKET}),
    Case("shown the way", "who goes unseen further is believed where he went",
         (Enter("sally", "garden", shows_way=True),),
         {"anne": is_("garden"), "anne sally": is_("garden")}, about=place_fluent("sally")),
    Case("does not show the way", "she is not here: garden or off stage, and she knows which",
         (out("sally"),),
         {"anne": one_of("garden", AWAY), "anne sally": WHETHER, "sally": is_("garden"), "sally anne": one_of("garden", AWAY)},
         about=place_fluent("sally")),
    Case("lid opened", "opening shows the content to all in the room",
         (Open("bob", "chest"), put("bob", "chest"), out("sally"), put("anne", "basket"), Close("bob", "chest")),
         {"sally": is_("chest"), "anne sally": is_("chest"), "bob": BASKET}, spots=("basket", "box", "chest")),
    Case("waiting", "nothing happens", (Wait("anne"),), {"sally": BASKET, "anne sally": BASKET}),
)  # fmt: skip


def play(case: Case) -> Minds:
    boxes = {n: Thing(n, container=True) for n in ("basket", "box", "bag")}
    things = boxes | {"jar": Thing("jar", container=True, transparent=True)}
    things |= {"chest": Thing("chest", container=True, lid=True)}
    things |= {"marble": Thing("marble"), "note": Thing("note", letter=True)}
    ranges = {place_fluent(p): ("kitchen", "garden", AWAY) for p in PEOPLE}
    ranges |= {MARBLE: case.spots, place_fluent("box"): ("kitchen", "anne"), CHEST: ("open", "closed")}
    people = ("kitchen", "garden")
    setting = Setting(PEOPLE, people, things, ranges, {CHEST: Shown.OPENLY}, case.trust, narrator=case.narrator)
    start = "jar" if "basket" not in case.spots else "basket"
    reality = {place_fluent(p): "garden" if p in case.elsewhere else "kitchen" for p in PEOPLE}
    reality |= {place_fluent(t): "kitchen" for t in things} | {CHEST: "closed", MARBLE: start}
    reality |= {hidden_fluent(p): "yes" for p in case.hidden}
    minds, rules = Minds(setting), Rules(setting)
    minds.append(*begin(setting, reality))
    told = frozenset(case.informed)
    minds.append(Event(minds.now, 0, Begin("common"), None, told, effects=(shows(MARBLE, start),)))
    for beat, step in enumerate(case.steps, 1):
        do = step if isinstance(step, Do) else Do(step)
        now = minds.world(())
        assert rules.objections(do.action, now) == []
        minds.append(*rules.events(do.action, now, minds.now, beat, Manner(do.secretly, do.but)))
    return minds


@pytest.mark.parametrize("case", CASES, ids=[c.name for c in CASES])
def test_small_world(case: Case) -> None:
    minds = play(case)
    found = {chain: minds.world(tuple(chain.split())).belief(case.about) for chain in case.beliefs}
    assert found == case.beliefs, case.why


THREE = ("a", "b", "c")
LEFT: tuple[tuple[Belief | None, str, tuple[str, ...], Belief | None], ...] = (
    (None, "", THREE, None),
    (None, "a", THREE, one_of("b", "c")),
    (None, "ab", THREE, is_("c")),
    (None, "abc", THREE, None),
    (None, "x", THREE, None),
    (None, "a", (), None),
    (is_("a"), "b", THREE, is_("a")),
    (is_("a"), "a", THREE, one_of("b", "c")),
    (is_("a"), "ab", THREE, is_("c")),
    (one_of("a", "b"), "c", THREE, one_of("a", "b")),
    (one_of("a", "b"), "a", THREE, is_("b")),
    (one_of("a", "b"), "ab", THREE, None),
    (WHETHER, "ab", THREE, WHETHER),
)


@pytest.mark.parametrize(("belief", "ruled_out", "values", "left"), LEFT)
def test_what_remains(belief: Belief | None, ruled_out: str, values: tuple[str, ...], left: Belief | None) -> None:
    assert remaining(belief, frozenset(ruled_out), values) == left
