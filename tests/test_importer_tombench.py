"""ToMBench's False Belief Task, both languages. The fixture is our own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from published import published

from stage.audits.played import play
from stage.importers import tombench
from stage.importers.story import Imported

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
    assert [(u.id, u.why) for u in imported.not_understood] == [("False Belief Task:1:en", why)]
    assert [q.id for p in imported.passages for q in p.questions] == ["False Belief Task:1:en"]


def test_other_tasks_are_prose_with_questions(tmp_path: Path) -> None:
    other = row(*CASES[0][:2]) | {"能力\nABILITY": "Belief: Second-order beliefs\nEmotion: Hidden"}
    (tmp_path / "Hidden Emotions.jsonl").write_text(json.dumps(other | {"选项D": float("nan"), "OPTION-D": None}))
    imported = tombench.read(tmp_path)
    assert (imported.items, imported.questions, imported.stories, imported.not_understood) == (2, 2, (), ())
    zh, en = (p.questions[0] for p in imported.passages)
    assert (zh.kind, en.kind) == ("zh/Hidden Emotions", "en/Hidden Emotions")
    assert (en.label, en.options, en.order, en.state) == ("Barrel", ("Barrel", "Can", "Sack"), 2, "belief")


def test_a_row_that_lacks_something_is_listed_in_both_languages(tmp_path: Path) -> None:
    odd = [{"odd": 1}, row(*CASES[0][:2]) | {"答案\nANSWER": "E"}]
    imported = written(tmp_path, *odd)
    assert (imported.items, imported.questions) == (4, 0)
    assert [u.why for u in imported.unparsed] == [
        "the item has no '故事'",
        "the item has no 'STORY'",
        "the answer is E, and there is no such option",
        "the answer is E, and there is no such option",
    ]


def test_words_may_be_spelt_a_little_otherwise(tmp_path: Path) -> None:
    changes = {"QUESTION": "Where does Xiao Lin look for the keys after Xiao Zhou returns to the pier?"}
    (story,) = (s for s in written(tmp_path, row(*CASES[0][:2], **changes)).stories if s.id.endswith("en"))
    assert (story.questions[0].kind, play(story).answer(story.questions[0])) == ("en/first_order", "can")


ZH_BOX = (
    "小刚在厨房找到了木箱，木箱上面的标签是茶叶，小刚不能看到木箱里面是什么，小刚打开了木箱并且找到钉子，"
    "在木箱里面没有茶叶，小刚关上了木箱并且把它放回原处，小林进入了厨房并且看到了木箱。"
)
EN_BOX = (
    "Xiao Gang finds a crate in the kitchen, the label on the crate is tea, Xiaogang cannot see what is inside the crate, "
    "Xiaogang opens the crate and finds nails, there is no tea in the crate, Xiaogang closes the crate and puts it back "
    "in its place, Xiaolin enters the kitchen and sees the crate."
)
IN_THE_BOX = [
    ("木箱里面有什么？", "What is inside the crate?", "reality", (), "nails"),
    ("木箱里面应该有什么？", "What should be in the crate?", "label", (), "tea"),
    (
        "小林打开木箱之后，小刚期望在木箱里面找到什么？",
        "After Xiaolin opens the crate, what does Xiaogang expect to find in the crate?",
        "first_order",
        ("Xiaogang",),
        "nails",
    ),
    (
        "小林打开木箱之后，小林期望在木箱里面找到什么？",
        "After Xiaolin opens the crate, what does Xiao Lin expect to find in the crate?",
        "first_order",
        ("Xiaolin",),
        "tea",
    ),
    (
        "小林打开木箱之后，小刚认为小林会期望在木箱里面找到什么？",
        "After Xiaolin opens the crate, what does Xiaogang think Xiaolin expects to find in the crate?",
        "second_order",
        ("Xiaogang", "Xiaolin"),
        "tea",
    ),
    (
        "小林打开木箱之后，小林认为小刚会期望在木箱里面找到什么？",
        "After Xiaolin opens the crate, what does Xiaolin think Xiaogang expects to find in the crate?",
        "second_order",
        ("Xiaolin", "Xiaogang"),
        "tea",
    ),
]
NAMES = {"小刚": "Xiaogang", "小林": "Xiaolin", "钉子": "nails", "茶叶": "tea"}


@pytest.mark.parametrize(("zh", "en", "kind", "viewpoint", "answer"), IN_THE_BOX)
def test_a_misleading_label(
    tmp_path: Path, zh: str, en: str, kind: str, viewpoint: tuple[str, ...], answer: str
) -> None:
    """Gang read the label, looked and knows better; Lin has read it, and thinks that Gang has done no more."""
    content = row(zh, en) | {"能力\nABILITY": "Belief: Content false beliefs", "故事": ZH_BOX, "STORY": EN_BOX}
    imported = written(tmp_path, content)
    assert (imported.questions, imported.not_understood) == (2, ())
    for story in imported.stories:
        (question,) = story.questions
        played = play(story)
        assert played.impossible == ()
        assert question.kind.endswith(f"/contents/{kind}")
        assert tuple(NAMES.get(n, n) for n in question.viewpoint) == viewpoint
        found = played.answer(question)
        assert found is not None
        assert NAMES.get(found, found) == answer


@pytest.mark.parametrize(
    ("story", "sentence", "why"),
    [
        (EN_BOX.replace("opens the crate", "opens the jar"), "Xiaogang opens the jar and finds nails", "no the jar"),
        (EN_BOX.replace("Xiaolin", "Xiaogang"), "Xiaogang enters the kitchen and sees the crate.", "is there already"),
        (EN_BOX.replace("finds nails", "finds tea"), "Xiaogang opens the crate and finds tea", "what the label says"),
        (EN_BOX.replace("cannot see", "guesses"), "Xiaogang guesses what is inside the crate", "no pattern fits"),
        ("They slept.", "They slept.", "no pattern fits the story"),
    ],
)
def test_drift_in_a_story_of_contents(tmp_path: Path, story: str, sentence: str, why: str) -> None:
    content = row(*IN_THE_BOX[0][:2]) | {
        "能力\nABILITY": "Belief: Content false beliefs",
        "故事": ZH_BOX,
        "STORY": story,
    }
    (odd,) = written(tmp_path, content).not_understood
    assert (odd.id, odd.sentence) == ("False Belief Task:1:en", sentence)
    assert why in odd.why


def test_the_published_items_are_all_asked() -> None:
    """All of the Chinese text is understood; what the translation made too different is still asked about as prose."""
    imported = tombench.read(published("tombench"))
    assert (imported.items, imported.questions, imported.unparsed) == (3040, 3040, ())
    assert len(imported.not_understood) == 10
    assert all(u.id.endswith(":en") for u in imported.not_understood)
    assert not any(play(story).impossible for story in imported.stories)
