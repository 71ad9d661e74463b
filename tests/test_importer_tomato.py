"""ToMATO's rows. The fixture is our own: two people who are polite and think otherwise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stage.audits.audit import audit
from stage.audits.reasons import Reason
from stage.importers import tomato
from stage.importers.story import Imported

ROW: dict[str, Any] = {
    "a0": "He thinks that she is bored",
    "a1": "He thinks that she is pleased",
    "a2": "He thinks that she is proud",
    "a3": "He thinks that she is late",
    "a_idx": 1,
    "a_str": "He thinks that she is pleased",
    "big_five": "Openness to Experience - High",
    "conversation": 'Wes Lund: "Do you like the hat?"\nUna Berg: "It is... large."',
    "false_belief": True,
    "mental_state": "emotion",
    "order": 2,
    "q": 'When Wes says "Do you like the hat?", how does he think that Una feels?',
    "q_id": "2nd-order-belief-about-emotion_AAAAA_0",
    "u_id": "0",
}


def written(folder: Path, *rows: object, name: str = "tomato.json") -> Imported:
    (folder / name).write_text(json.dumps(rows))
    return tomato.read(folder)


def test_a_row_is_a_question_about_a_conversation(tmp_path: Path) -> None:
    other = ROW | {
        "q": "What does Una think?",
        "q_id": "x",
        "order": 1,
        "mental_state": "belief",
        "false_belief": False,
    }
    imported = written(tmp_path, ROW, other)
    (passage,) = imported.passages
    assert passage.text == ROW["conversation"]
    first, second = passage.questions
    assert (first.id, first.kind, first.order) == (ROW["q_id"], "emotion/order_2", 2)
    assert (first.state, first.false_belief, first.label) == ("emotion", True, ROW["a1"])
    assert first.options == tuple(ROW[f"a{n}"] for n in range(4))
    assert (second.kind, second.false_belief) == ("belief/order_1", False)


def test_the_file_that_holds_the_others_is_read_alone(tmp_path: Path) -> None:
    (tmp_path / "tomato_fb.json").write_text(json.dumps([ROW]))
    assert tomato.read(tmp_path).items == 1
    assert written(tmp_path, ROW, ROW | {"q_id": "y"}).items == 2


@pytest.mark.parametrize(
    ("changes", "reason", "detail"),
    [
        ({"a_idx": 0}, Reason.IMPOSSIBLE, "the answer is given by its number and in words"),
        ({"order": 1}, Reason.IMPOSSIBLE, "the order is 1, and by its name 2"),
        ({"mental_state": "desire"}, Reason.IMPOSSIBLE, "it is about desire, and by its name about emotion"),
        ({"a0": ROW["a1"]}, Reason.IMPOSSIBLE, "another option reads the same"),
    ],
)
def test_what_a_row_says_twice_is_held_against_each_other(
    tmp_path: Path, changes: dict[str, Any], reason: Reason, detail: str
) -> None:
    written(tmp_path, ROW | changes, ROW | {"q_id": "y", "q": "What else?"})
    (only,) = audit("tomato", tmp_path).disagreements
    assert (only.id, only.reason) == (ROW["q_id"], reason)
    assert only.detail.startswith(detail)


def test_one_question_has_one_answer(tmp_path: Path) -> None:
    written(tmp_path, ROW, ROW | {"q_id": "y", "a_idx": 2, "a_str": ROW["a2"]})
    assert [d.reason for d in audit("tomato", tmp_path).disagreements] == [Reason.CONTRADICTING] * 2


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"a_idx": 4}, "the answer is one of 4, from 0"),
        ({"a_idx": "1"}, "the item's 'a_idx' is no number"),
        ({"a2": None}, "the item's 'a2' is no text"),
        ({"false_belief": "yes"}, "the item's 'false_belief' is neither true nor false"),
        ({"conversation": " "}, "the item's 'conversation' is no text"),
    ],
)
def test_what_is_not_understood_is_listed(tmp_path: Path, changes: dict[str, Any], why: str) -> None:
    imported = written(tmp_path, ROW | changes)
    assert [(u.id, u.why) for u in imported.unparsed] == [(ROW["q_id"], why)]
