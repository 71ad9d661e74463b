"""Hi-ToM's file. The fixture is our own: four people, one falsehood said to all, one word in private."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from published import published

from stage.audits.played import play
from stage.errors import UsageError
from stage.importers import hitom
from stage.importers.story import Imported

STORY = """\
Read the following story and answer the multiple-choice question. Please provide answer without explanations.
1 Ann, Bob, Cid and Dan entered the hall.
2 The fig is in the red_box.
3 Ann made no movements and stayed in the hall for 1 minute.
4 Ann exited the hall.
5 Dan lost his watch.
6 Bob moved the fig to the tin.
7 Bob exited the hall.
8 Cid exited the hall.
9 Dan exited the hall.
10 Ann, Bob, Cid and Dan entered the waiting_room.
11 Cid publicly claimed that fig is in the blue_jar.
12 Dan privately told Ann that the fig is in the tin.

***
"""
CASES = {
    "Where is the fig really?": ((), "tin"),
    "Where does Ann really think the fig is?": (("Ann",), "tin"),
    "Where does Bob really think the fig is?": (("Bob",), "blue_jar"),
    "Where does Dan really think the fig is?": (("Dan",), "tin"),
    "Where does Cid think Ann thinks the fig is?": (("Cid", "Ann"), "blue_jar"),
    "Where does Bob think Dan thinks the fig is?": (("Bob", "Dan"), "tin"),
    "Where does Dan think Bob thinks Ann thinks the fig is?": (("Dan", "Bob", "Ann"), "blue_jar"),
    "Where does Dan think Ann thinks Dan thinks the fig is?": (("Dan", "Ann", "Dan"), "tin"),
}


def item(question: str, order: int, **changes: Any) -> dict[str, Any]:
    return {
        "prompting_type": "CoTP",
        "deception": True,
        "story_length": 1,
        "question_order": order,
        "sample_id": 7,
        "story": STORY,
        "question": question,
        "choices": "A. red_box, B. tin, C. blue_jar",
        "answer": "tin",
        **changes,
    }


def written(folder: Path, *items: object) -> Imported:
    path = folder / "Hi-ToM_data.json"
    path.write_text(json.dumps({"data": items}))
    return hitom.read(path)


def test_questions_of_every_order(tmp_path: Path) -> None:
    """Who left later is trusted: Ann and Bob believe Cid, Dan does not; Dan's private word reaches Ann alone."""
    imported = written(tmp_path, *(item(q, len(v)) for q, (v, _) in CASES.items()))
    assert (imported.items, imported.questions, len(imported.stories), imported.unparsed) == (8, 8, 1, ())
    (story,) = imported.stories
    assert [q.viewpoint for q in story.questions] == [v for v, _ in CASES.values()]
    assert {q.kind for q in story.questions} == {f"CoTP/order_{n}/deception" for n in range(4)}
    assert story.questions[0].options == ("red_box", "tin", "blue_jar")
    played = play(story)
    assert played.impossible == ()
    assert {q.text: played.answer(q) for q in story.questions} == {q: answer for q, (_, answer) in CASES.items()}


def test_both_halves_share_a_story(tmp_path: Path) -> None:
    question = "Where is the fig really?"
    plain = STORY.partition("\n")[2]
    imported = written(
        tmp_path, item(question, 0), item(question, 0, prompting_type="VP", story=plain, deception=False)
    )
    (story,) = imported.stories
    assert [q.kind for q in story.questions] == ["CoTP/order_0/deception", "VP/order_0"]


@pytest.mark.parametrize(
    ("changes", "sentence", "why"),
    [
        ({"story": STORY + "Then they slept."}, "Then they slept.", "neither a numbered sentence nor an instruction"),
        ({"question_order": 2}, "Where is the fig really?", "this is no question of order 2"),
        ({"question": "Who are they?"}, "Who are they?", "no pattern fits the question"),
        (
            {"story": STORY.replace("told Ann", "told Eve")},
            "Dan privately told Eve that the fig is in the tin.",
            "Dan is with nobody to tell, or nothing was said of the fig",
        ),
    ],
)
def test_what_is_not_understood_is_listed(tmp_path: Path, changes: dict[str, Any], sentence: str, why: str) -> None:
    imported = written(tmp_path, item("Where is the fig really?", 0) | changes)
    assert [(u.id, u.sentence, u.why) for u in imported.unparsed] == [("7", sentence, why)]


def test_the_folders_of_the_repository(tmp_path: Path) -> None:
    """One text an item; what the model is asked there without the answers, and what it said, stand beside it."""
    text = f"{STORY}Question: Where does Dan really think the fig is?\nAnswer: tin\nChoices: A. tin, B. blue_jar\n\nNote: x\n"
    for part, content in (
        ("Hi-ToM_data/Tell/MC/length_1/sample_1/order_1.txt", text),
        ("Hi-ToM_data/Tell/CoT/length_1/sample_1/order_1.txt", text),
        ("Hi-ToM_data/No_Tell/CoT/length_1/sample_1/order_2.txt", text),
        ("Hi-ToM_data/No_Tell/CoT/length_1/sample_2/order_1.txt", "They slept."),
        ("Hi-ToM_prompt/Tell/MC/length_1/sample_1/order_1.txt", STORY),
    ):
        (tmp_path / part).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / part).write_text(content)
    imported = hitom.read(tmp_path)
    (story,) = imported.stories
    assert [(q.id, q.kind, q.label, q.options) for q in story.questions] == [
        ("Tell/CoT/length_1/sample_1/order_1", "CoTP/order_1/deception", "tin", ("tin", "blue_jar")),
        ("Tell/MC/length_1/sample_1/order_1", "VP/order_1/deception", "tin", ("tin", "blue_jar")),
    ]
    assert [(u.id, u.why) for u in imported.unparsed] == [
        ("No_Tell/CoT/length_1/sample_1/order_2", "this is no question of order 2"),
        ("No_Tell/CoT/length_1/sample_2/order_1", "the text has no story, Question, Answer and Choices"),
    ]


def test_an_item_that_lacks_something_is_listed(tmp_path: Path) -> None:
    whole = item("Where is the fig really?", 0)
    imported = written(tmp_path, "no item", {k: v for k, v in whole.items() if k != "answer"})
    assert (imported.items, imported.questions) == (2, 0)
    assert [u.why for u in imported.unparsed] == ["this is no item", "the item has no 'answer'"]


def test_a_file_of_another_shape_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key.json").write_text('{"items": []}')
    with pytest.raises(UsageError, match="no list of items"):
        hitom.read(tmp_path)


def test_every_published_item_is_understood() -> None:
    imported = hitom.read(published("hitom"))
    assert imported.items == imported.questions == 600
    assert not any(play(story).impossible for story in imported.stories)
