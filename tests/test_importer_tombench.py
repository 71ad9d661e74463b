"""ToMBench's False Belief Task, both languages. The fixture is our own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from published import published

from stage.importers import tombench
from stage.importers.story import Imported
from stage.played import play

ZH = "小林和小周在码头闲逛，他们看到了木桶、麻袋和铁罐，他们在木桶里面发现了钥匙，小周离开了码头，小林把钥匙移动到了铁罐。"
EN = (
    "Xiao Lin and Xiaozhou are wandering on the pier, they see a barrel, a sack and a can, they find a key in the barrel, "
    "Xiao Zhou leaves the pier, Xiaolin moves the key to the can."
)
CASES = (
    ("现在钥匙在哪里？", "Where is the key now?", "reality", (), ("铁罐", "can")),
    ("之前钥匙在哪里？", "Where was the key before?", "memory", (), ("木桶", "barrel")),
    (
        "在小周返回码头之后, 小周会在哪里寻找钥匙？",
        "After Xiao Zhou returns to the pier, where does Xiao Zhou look for the key?",
        "first_order",
        (("小周",), ("Xiaozhou",)),
        ("木桶", "barrel"),
    ),
    (
        "在小周返回码头之后, 小林认为小周会在哪里寻找钥匙？",
        "After Xiaozhou returns to the pier, where does Xiao Lin think Xiao Zhou looks for the key?",
        "second_order",
        (("小林", "小周"), ("Xiaolin", "Xiaozhou")),
        ("木桶", "barrel"),
    ),
)


def row(zh: str, en: str, answer: str = "A", **changes: str) -> dict[str, str]:
    found = {"能力\nABILITY": "Belief: Location false beliefs", "故事": ZH, "STORY": EN, "问题": zh, "QUESTION": en}
    for letter, chinese, english in (
        ("A", "木桶", "Barrel"),
        ("B", "铁罐", "Can"),
        ("C", "麻袋", "Sack"),
        ("D", "箱子", "Box"),
    ):
        found |= {f"选项{letter}": chinese, f"OPTION-{letter}": english}
    return {**found, "答案\nANSWER": answer, **changes}


def written(folder: Path, *rows: object) -> Imported:
    (folder / "False Belief Task.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return tombench.read(folder)


@pytest.mark.parametrize(("zh", "en", "kind", "viewpoints", "answers"), CASES, ids=[c[2] for c in CASES])
def test_a_row_is_two_items(
    tmp_path: Path, zh: str, en: str, kind: str, viewpoints: tuple[tuple[str, ...], ...], answers: tuple[str, str]
) -> None:
    imported = written(tmp_path, row(zh, en))
    assert (imported.items, imported.questions, imported.unparsed) == (2, 2, ())
    for story, viewpoint, answer, language in zip(
        imported.stories, viewpoints or ((), ()), answers, ("zh", "en"), strict=True
    ):
        (question,) = story.questions
        assert (question.kind, question.viewpoint) == (f"{language}/{kind}", viewpoint)
        assert (question.label, question.meant) == (("木桶", "") if language == "zh" else ("Barrel", "barrel"))
        played = play(story)
        assert played.impossible == ()
        assert played.answer(question) == answer


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"QUESTION": "Where is the lock now?"}, "the story has no the lock"),
        (
            {"QUESTION": "After Xiao Lin returns to the pier, where does Xiao Lin look for the key?"},
            "Xiaolin did not leave",
        ),
        ({"STORY": EN.replace("the key to", "the lock to")}, "the story has no the lock"),
        ({"STORY": "They slept."}, "no pattern fits the story"),
        ({"QUESTION": "Who are they?"}, "no pattern fits the question"),
    ],
)
def test_drift_within_an_item_is_listed(tmp_path: Path, changes: dict[str, str], why: str) -> None:
    imported = written(tmp_path, row(*CASES[0][:2], **changes))
    assert [(u.id, u.why) for u in imported.unparsed] == [("False Belief Task:1:en", why)]


def test_what_is_not_about_a_place_is_listed(tmp_path: Path) -> None:
    other = row(*CASES[0][:2]) | {"能力\nABILITY": "Belief: Content false beliefs"}
    imported = written(tmp_path, other, {"odd": 1})
    assert (imported.items, imported.questions) == (4, 0)
    assert imported.unparsed[0].why.endswith("not Belief: Content false beliefs")
    assert imported.unparsed[2].why == "the item has no '故事'"


def test_the_published_chinese_items_are_all_understood() -> None:
    imported = tombench.read(published("tombench"))
    assert imported.items == 1200
    asked = [q.kind[:2] for s in imported.stories for q in s.questions]
    assert asked.count("zh") == 300
    assert len(imported.unparsed) == 1200 - len(asked)
