"""FANToM's records. The fixture is our own: Una leaves, misses where the picnic will be, and comes back."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from stage.audits.audit import Audit, audit
from stage.audits.reasons import Reason
from stage.importers import fantom
from stage.importers.story import Asked, Imported

FACT = "Where will the picnic of Una's friends be?"


def binary(who: str, answer: str, kind: str) -> dict[str, Any]:
    question = f"Does {who} know the precise correct answer to this question?"
    return {
        "question": question,
        "correct_answer": answer,
        "question_type": f"tom:{kind}:binary",
        "missed_info_accessibility": "inaccessible",
    }


def listed(kind: str) -> dict[str, Any]:
    return {
        "question": "List all the characters who know.",
        "correct_answer": ["Vic", "Wes"],
        "wrong_answer": ["Una"],
        "question_type": f"tom:{kind}:list",
        "missed_info_accessibility": "inaccessible",
    }


def belief(question: str, nesting: str) -> dict[str, Any]:
    return {
        "question": question,
        "correct_answer": "Una does not know where it will be.",
        "wrong_answer": "By the old mill.",
        "question_type": "tom:belief:inaccessible",
        "tom_type": nesting,
        "missed_info_accessibility": "inaccessible",
    }


RECORD: dict[str, Any] = {
    "set_id": "3-0-1",
    "part_id": "3-0",
    "short_context": "Vic: Let us have it by the old mill.\nWes: Fine.",
    "full_context": "Una: Hello!\nUna: I must run.\nVic: Let us have it by the old mill.\nWes: Fine.\nUna: Back again.",
    "factQA": {"question": FACT, "correct_answer": "By the old mill.", "wrong_answer": "Nobody said.", "question_type": "fact"},
    "beliefQAs": [
        belief("Where does Una think the picnic will be?", "first-order"),
        belief("Where does Vic believe that Una thinks the picnic will be?", "second-order:acyclic"),
    ],
    "answerabilityQA_list": listed("answerability"),
    "answerabilityQAs_binary": [binary("Una", "no", "answerability"), binary("Vic", "yes", "answerability")],
    "infoAccessibilityQA_list": listed("info_accessibility"),
    "infoAccessibilityQAs_binary": [
        binary("Una", "no:long", "info_accessibility"),
        binary("Wes", "yes", "info_accessibility"),
    ],
}  # fmt: skip


def written(folder: Path, *records: object) -> Imported:
    (folder / "fantom_v1.json").write_text(json.dumps(records))
    return fantom.read(folder)


def asked(imported: Imported) -> dict[str, Asked]:
    return {q.id: q for p in imported.passages for q in p.questions}


def test_a_record_is_a_set_of_questions(tmp_path: Path) -> None:
    imported = written(tmp_path, RECORD)
    assert (imported.items, imported.questions, imported.unparsed) == (9, 9, ())
    found = asked(imported)
    fact, nested = found["3-0-1:factQA"], found["3-0-1:beliefQAs:1"]
    assert (fact.kind, fact.order, fact.state, fact.options) == ("fact", 0, "", ())
    assert (nested.kind, nested.order) == ("tom:belief:inaccessible/second-order:acyclic", 2)
    assert (nested.state, nested.false_belief, nested.label in nested.options) == ("belief", True, True)
    lists = found["3-0-1:answerabilityQA_list"]
    assert lists.text == f"Target: {FACT}\nList all the characters who know."
    assert lists.label == "Vic, Wes"
    access = found["3-0-1:infoAccessibilityQAs_binary:1"]
    assert access.text.startswith(f"Information: {FACT} By the old mill.\n")
    assert (access.options, access.label, access.state) == (("yes", "no"), "yes", "knowledge")


def test_what_holds_of_the_whole_conversation_stands_with_it(tmp_path: Path) -> None:
    short, whole = written(tmp_path, RECORD).passages
    assert (short.text, whole.text) == (RECORD["short_context"], RECORD["full_context"])
    assert [q.label for q in whole.questions] == ["no:long"]


def audited(folder: Path, record: object) -> Audit:
    written(folder, record)
    return audit("fantom", folder)


def test_a_set_that_is_of_one_mind_passes(tmp_path: Path) -> None:
    found = audited(tmp_path, RECORD)
    assert (found.items, found.parsed, found.underivable, found.disagreements) == (9, 9, 9, ())


@pytest.mark.parametrize(
    ("field", "at", "changes", "item", "reason", "detail"),
    [
        ("answerabilityQAs_binary", 0, {"correct_answer": "yes"}, "answerabilityQAs_binary:0", Reason.CONTRADICTING, "Una knows: yes"),
        ("infoAccessibilityQA_list", None, {"correct_answer": ["Wes"], "wrong_answer": ["Una", "Vic"]}, "infoAccessibilityQA_list", Reason.CONTRADICTING, "Vic knows: no"),
        ("answerabilityQA_list", None, {"wrong_answer": ["Una", "Wes"]}, "answerabilityQA_list", Reason.IMPOSSIBLE, "Wes is in the right and in the wrong answer"),
        ("beliefQAs", 1, {"wrong_answer": "Una does not know where it will be."}, "beliefQAs:1", Reason.IMPOSSIBLE, "another option reads the same"),
        ("beliefQAs", 1, {"missed_info_accessibility": "accessible"}, "beliefQAs:1", Reason.IMPOSSIBLE, "it is called accessible"),
        ("beliefQAs", 0, {"missed_info_accessibility": "accessible", "question_type": "tom:belief:accessible"}, "beliefQAs:0", Reason.CONTRADICTING, "Una knows: yes"),
    ],
)  # fmt: skip
def test_each_flaw_of_a_set(
    tmp_path: Path, field: str, at: int | None, changes: dict[str, Any], item: str, reason: Reason, detail: str
) -> None:
    record = deepcopy(RECORD)
    (record[field] if at is None else record[field][at]).update(changes)
    (only,) = audited(tmp_path, record).disagreements
    assert (only.id, only.reason, only.derived) == (f"3-0-1:{item}", reason, None)
    assert only.detail.startswith(detail)


def test_what_lacks_something_is_listed(tmp_path: Path) -> None:
    record = deepcopy(RECORD)
    record["beliefQAs"][0] = {"question": "Where?"}
    record["answerabilityQAs_binary"] = "none"
    record["infoAccessibilityQAs_binary"][0]["correct_answer"] = "maybe"
    imported = written(tmp_path, record, {"set_id": "4"}, 7)
    assert imported.items == imported.questions + len(imported.unparsed) == 10
    assert [(u.id, u.why) for u in imported.unparsed] == [
        ("3-0-1:beliefQAs:0", "the item has no 'correct_answer'"),
        ("3-0-1:answerabilityQAs_binary:0", "the item's 'answerabilityQAs_binary' is no list"),
        ("3-0-1:infoAccessibilityQAs_binary:0", "the answer is maybe, neither yes nor no"),
        ("fantom_v1:2", "the item has no 'factQA'"),
        ("fantom_v1:3", "this is no item"),
    ]
