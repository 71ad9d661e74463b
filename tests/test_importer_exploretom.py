"""ExploreToM's table. The fixtures are our own, in the sentences of its small language."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stage.audits.audit import audit
from stage.audits.played import play
from stage.audits.reasons import Reason
from stage.errors import UsageError
from stage.faults.exploretom import EXPLORETOM
from stage.importers import exploretom
from stage.importers.story import Imported

STORY = (
    "Mia entered the attic. Ned entered the attic. Mia moved the brass key to the tin box, which is also located in the "
    "attic. Ned left the attic. Mia moved the brass key to the jar, which is also located in the attic. While this action "
    "was happening, Oda witnessed this action in secret (and only this action). Ned entered the attic."
)
BOX = "In which container will {} search for the brass key?"
NESTED = "In which container does {} think that {} will search for the brass key?"


def row(question: str, answer: str, order: int, params: object = None, story: str = STORY) -> dict[str, str]:
    return {
        "": "0",
        "story_structure": story,
        "infilled_story": f"Once upon a time, {story}",
        "question": question,
        "expected_answer": answer,
        "qprop=params": "" if params is None else repr(params),
        "qprop=nth_order": str(order),
        "sprop=is_false_belief_story_1st": "True",
    }


def written(folder: Path, *rows: dict[str, str]) -> Path:
    path = folder / "ExploreToM-data-sample.csv"
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, fieldnames=list(row("", "", 1)))
        table.writeheader()
        table.writerows(rows)
    return path


def answers(folder: Path, story: str, *asked: tuple[str, int]) -> list[str | None]:
    imported = exploretom.read(written(folder, *(row(q, "?", order, story=story) for q, order in asked)))
    assert imported.not_understood == ()
    (told,) = imported.stories
    played = play(told)
    assert played.impossible == ()
    return [played.answer(q) for q in told.questions]


def test_coming_in_does_not_show_what_is_in_containers(tmp_path: Path) -> None:
    """Ned left before the second move and learns nothing of it; Oda saw it in secret, so Mia does not reckon with her."""
    asked = ((BOX.format("Mia"), 1), (BOX.format("Ned"), 1), (BOX.format("Oda"), 1), (NESTED.format("Mia", "Ned"), 2))
    assert answers(tmp_path, STORY, *asked) == ["jar", "tin box", "jar", "tin box"]
    unknown = ((NESTED.format("Mia", "Oda"), 2), (NESTED.format("Oda", "Mia"), 2))
    assert answers(tmp_path, STORY, *unknown) == [None, "jar"]


def test_a_row_says_its_type_and_its_order(tmp_path: Path) -> None:
    rows = [
        row(BOX.format("Ned"), "tin box", 1, (["Ned"], "brass key", "container_location-False")),
        row(NESTED.format("Mia", "Ned"), "tin box", 2, (["Mia", "Ned"], "brass key", "container_location-False")),
        row(
            "In which container is the brass key now?",
            "jar",
            -1,
            (None, "brass key", "ground_truth-container_location"),
        ),
    ]
    (story,) = exploretom.read(written(tmp_path, *rows)).stories
    assert story.text.startswith("Once upon a time")
    assert {q.options for q in story.questions} == {("tin box", "jar")}
    assert [(q.kind, q.order, q.false_belief) for q in story.questions] == [
        ("container_location/order_1", 1, True),
        ("container_location/order_2", 2, True),
        ("ground_truth-container_location/order_0", 0, None),
    ]


DISTRACTED = (
    "Mia entered the attic. Ned entered the attic. Mia moved the key to the box, which is also located in the attic. Mia "
    "moved the key to the jar, which is also located in the attic. While this action was happening, Ned got distracted and "
    "did not realize what happened, without anyone noticing the brief lack of attention, and going back to paying "
    "attention immediately after the action was finished."
)


def test_a_lapse_of_attention_is_known_to_nobody(tmp_path: Path) -> None:
    """Ned missed the second move. Mia takes him to have seen it; he himself thinks that both still hold it in the box."""
    container = "In which container {}search for the key?"
    asked = (
        (container.format("will Ned "), 1),
        (container.format("does Mia think that Ned will "), 2),
        (container.format("does Ned think that Mia will "), 2),
    )
    assert answers(tmp_path, DISTRACTED, *asked) == ["box", "jar", "box"]


TALK = (
    "Mia entered the attic. Ned entered the attic. Mia moved the key to the box, which is also located in the attic. Mia "
    "told privately to Oda that the key is in the box. Mia told out loud about the summer fair. Ned left the attic. Mia "
    "told privately to Ned about the lost cat."
)


def test_words_in_private_and_out_loud(tmp_path: Path) -> None:
    thinks = "What does {} think about {}'s belief on {}? (knows about it / does not know about it)"
    asked = (
        ("In which container will Oda search for the key?", 1),
        ("In which container does Ned think that Oda will search for the key?", 2),
        ("In which container does Mia think that Oda will search for the key?", 2),
        ("Does Oda know about the summer fair? Answer yes or no.", 1),
        ("Does Ned know about summer fair? Answer yes or no.", 1),
        ("Does Mia know about the lost cat? Answer yes or no.", 1),
        ("Does Ned know about the lost cat? Answer yes or no.", 1),
        (thinks.format("Ned", "Mia", "the summer fair"), 2),
        (thinks.format("Oda", "Ned", "the lost cat"), 2),
    )
    assert answers(tmp_path, TALK, *asked) == [
        "box", None, "box", "no", "yes", "yes", "yes", "knows about it", "does not know about it",
    ]  # fmt: skip


CARRIED = (
    "Mia entered the attic. Ned entered the attic. Oda entered the cellar. Mia moved the key to the box, which is also "
    "located in the attic. Mia moved the key to the cellar, leaving the box in its original location. Mia told privately to "
    "Ned that the key is in the cellar."
)


def test_carrying_a_thing_to_another_room_shows_it_there(tmp_path: Path) -> None:
    room = "In which room {}search for the key?"
    asked = (
        (room.format("does Oda think that Mia will "), 2),
        (room.format("does Mia think that Ned will "), 2),
        (room.format("does Ned think that Oda will "), 2),
        ("In which room was the key at the beginning?", -1),
        ("In which room is the key now?", -1),
        ("In which container was the key at the beginning?", -1),
        (
            "In which room was the key before Mia moved the key to the cellar, leaving the box in its original location?",
            -1,
        ),
    )
    (told,) = exploretom.read(written(tmp_path, row(asked[0][0], "?", 2, story=CARRIED))).stories
    assert told.questions[0].options == ("attic", "cellar")
    assert answers(tmp_path, CARRIED, *asked) == ["cellar", "cellar", None, "attic", "cellar", "box", "attic"]


CHANGED = (
    "Mia entered the attic. Ned entered the attic. Mia sealed the letter with wax. Ned left the attic. Mia hid a coin under "
    "the flap of the letter. Ned entered the attic."
)


def test_what_becomes_of_a_thing(tmp_path: Path) -> None:
    """Which sentence is meant is told by its words; whether the coin can be seen is told nowhere."""
    state = "Does {} believe that the letter {}? Answer yes or no."
    params = (["Ned"], "letter", "<state_update> how the letter is")
    rows = [
        row(state.format("Ned", "is sealed with wax"), "yes", 1, params, CHANGED),
        row(state.format("Ned", "has a coin under the flap"), "yes", 1, params, CHANGED),
        row(
            "Does Mia think that Ned believes that the letter is sealed with wax? Answer yes or no.",
            "yes",
            2,
            params,
            CHANGED,
        ),
    ]
    found = audit("exploretom", written(tmp_path, *rows))
    assert {k: (t.agree, t.n) for k, t in found.agreement.items()} == {
        "<state_update>/order_1": (1, 2),
        "<state_update>/order_2": (1, 1),
    }
    (only,) = found.disagreements
    assert (only.derived, only.reason) == ("no", Reason.NOT_DERIVABLE)


@pytest.mark.parametrize(
    ("story", "sentence", "why"),
    [
        (STORY + " Mia sang.", "Mia sang.", "no pattern fits the sentence"),
        (STORY + " Ned entered the attic.", "Ned entered the attic.", "Ned is in the attic already"),
        (STORY + " Ned left the cellar.", "Ned left the cellar.", "Ned is not in the cellar"),
        ("Mia moved the key to the box, which is also located in the attic.",) * 2 + ("Mia is not in the attic",),
        (
            STORY + " Mia told out loud that the owl is in the jar.",
            "Mia told out loud that the owl is in the jar.",
            "no owl",
        ),
    ],
)
def test_a_story_with_an_odd_sentence_is_prose(tmp_path: Path, story: str, sentence: str, why: str) -> None:
    imported = exploretom.read(written(tmp_path, row(BOX.format("Ned"), "tin box", 1, story=story)))
    (odd,) = imported.not_understood
    assert (odd.id, odd.sentence) == ("ExploreToM-data-sample:1", sentence)
    assert why in odd.why
    assert (imported.items, imported.questions, imported.stories, imported.unparsed) == (1, 1, (), ())


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"question": "Why?"}, "no pattern fits the question"),
        ({"question": BOX.format("Eve")}, "the story has no Eve"),
        ({"qprop=nth_order": "2"}, "this is no question of order 2"),
        ({"question": BOX.format("Ned").replace("key", "coin")}, "the story has no brass coin"),
        ({"question": "Does Ned believe that the jar is cracked? Answer yes or no."}, "no sentence tells of it"),
    ],
)
def test_a_question_that_is_not_understood_is_prose(tmp_path: Path, changes: dict[str, str], why: str) -> None:
    imported = exploretom.read(written(tmp_path, row(BOX.format("Ned"), "tin box", 1) | changes))
    assert [u.why for u in imported.not_understood] == [why]


def as_lines(folder: Path, *rows: Any) -> Imported:
    (folder / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return exploretom.read(folder)


def test_rows_of_json_have_the_same_columns(tmp_path: Path) -> None:
    whole = row(BOX.format("Ned"), "tin box", 1) | {"qprop=nth_order": 1, "qprop=params": [["Ned"], "key", "x-False"]}
    imported = as_lines(tmp_path, whole, {"question": "Why?"}, 7)
    assert (imported.items, imported.questions) == (3, 1)
    assert [u.why for u in imported.unparsed] == ["the item has no 'story_structure'", "this is no item"]


def test_parquet_is_to_be_saved_otherwise(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    with pytest.raises(UsageError, match="save it as"):
        exploretom.read(tmp_path / "a.parquet")


SEEN_AGAIN = (
    "Mia entered the attic. Oda entered the attic. Mia moved the key to the box, which is also located in the attic. Oda "
    "entered the cellar. Mia moved the key to the cellar, leaving the box in its original location."
)
SLIPPED_OUT = (
    "Mia entered the attic. Ned entered the attic. Mia moved the key to the box, which is also located in the attic. Ned "
    "left the attic. While this action was happening, Mia got distracted and did not realize what happened, without anyone "
    "noticing the brief lack of attention, and going back to paying attention immediately after the action was finished. "
    "Mia moved the key to the jar, which is also located in the attic."
)
HEARSAY = (
    "Mia entered the attic. Mia moved the key to the box, which is also located in the attic. Oda told privately to Ned that "
    "the key is in the box."
)


@pytest.mark.parametrize(
    ("story", "question", "order", "label", "fault"),
    [
        (DISTRACTED, NESTED.format("Ned", "Mia"), 2, "jar", "nested-beliefs-of-the-distracted"),
        (SEEN_AGAIN, BOX.format("Oda"), 1, "box", "container-outlives-what-is-seen"),
        (SLIPPED_OUT, NESTED.format("Mia", "Ned"), 2, "box", "witnesses-are-those-really-there"),
        (HEARSAY, BOX.format("Oda"), 1, "box", "speaker-learns-by-speaking"),
    ],
)
def test_known_faults_of_its_tracker_are_named(
    tmp_path: Path, story: str, question: str, order: int, label: str, fault: str
) -> None:
    """Ned, distracted, cannot take Mia to have moved the key; Oda sees it come in, in no box; Mia did not see Ned go; what
    Oda says she does not know."""
    path = written(tmp_path, row(question.replace("brass ", ""), label, order, story=story))
    (only,) = audit("exploretom", path).disagreements
    assert (only.reason, only.detail) == (Reason.GENERATOR_FAULT, fault)
    assert audit("exploretom", path, "generator").disagreements == ()


def test_a_flag_that_contradicts_its_own_label_is_found(tmp_path: Path) -> None:
    path = written(tmp_path, row(BOX.format("Ned"), "tin box", 1, (["Ned"], "brass key", "container_location-True")))
    found = audit("exploretom", path)
    assert found.agreement["container_location/order_1"].agree == 1
    (only,) = found.disagreements
    assert (only.reason, only.detail) == (Reason.CONTRADICTING, "it is called a true belief, and what is so is jar")


PEOPLE, ROOMS = ("Mia", "Ned", "Oda"), {"attic": ("box", "jar"), "cellar": ("tin", "pot")}
LOST = (
    "got distracted and did not realize what happened, without anyone noticing the brief lack of attention, and going back to "
    "paying attention immediately after the action was finished."
)


def tale(random: Random) -> str:
    """A story of three people, two rooms and a key, in which anything may happen but carrying it to another room."""
    where: dict[str, str] = {}
    key: tuple[str, str] | None = None
    told = []
    for _ in range(random.randrange(3, 12)):
        who, way = random.choice(PEOPLE), random.random()
        here = where.get(who)
        if here is None or way < 0.3:
            room = random.choice([r for r in ROOMS if r != here])
            told.append(f"{who} entered the {room}.")
            where[who] = room
        elif way < 0.5:
            told.append(f"{who} left the {where.pop(who)}.")
        elif way < 0.8 and (key is None or key[0] == here):
            key = (here, random.choice([b for b in ROOMS[here] if key is None or b != key[1]]))
            told.append(f"{who} moved the key to the {key[1]}, which is also located in the {here}.")
        elif key is not None:
            told.append(
                f"{who} told privately to {random.choice([p for p in PEOPLE if p != who])} that the key is in the {key[1]}."
            )
            continue
        else:
            continue
        others = [p for p in PEOPLE if p != who]
        if random.random() < 0.3:
            other = random.choice(others)
            beside = where.get(other) is not None and where.get(other) == (where.get(who) or here)
            secretly = "witnessed this action in secret (and only this action)."
            if beside or not told[-1].startswith(f"{who} left"):
                told.append(f"While this action was happening, {other} {LOST if beside else secretly}")
    return " ".join(told)


@settings(max_examples=80, deadline=None)
@given(random=st.randoms(use_true_random=False))
def test_its_tables_without_their_faults_hold_what_is_derived(
    tmp_path_factory: pytest.TempPathFactory, random: Random
) -> None:
    """Two ways to one answer: the minds, and the benchmark's bookkeeping of two orders once it is mended."""
    one = "In which container will {} search for the key?"
    two = "In which container does {} think that {} will search for the key?"
    asked = [(one.format(a), 1) for a in PEOPLE] + [(two.format(a, b), 2) for a in PEOPLE for b in PEOPLE if a != b]
    story = tale(random)
    path = written(tmp_path_factory.mktemp("tale"), *(row(q, "?", order, story=story) for q, order in asked))
    for told in exploretom.read(path).stories:
        played = play(told)
        assert played.impossible == ()
        mended = EXPLORETOM.answers(told, frozenset())
        assert {q.id: played.answer(q) for q in told.questions if q.id in mended} == mended
