"""ToMi's files, and the sentences that Hi-ToM and Inspect's sample share with them. The fixtures are our own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from published import published

from stage.audits.played import play
from stage.errors import UsageError
from stage.importers import inspect_tomi, tomi
from stage.importers.rooms import NotUnderstoodError, clause
from stage.importers.story import Imported

STORY = """\
1 Bob likes the pantry
2 Ann entered the pantry.
3 Cid entered the pantry.
4 The pear is in the red_box.
5 Cid exited the pantry.
6 Ann moved the pear to the pantry.
"""
QUESTIONS = (
    ("Where was the pear at the beginning?", "memory", (), "red_box"),
    ("Where is the pear really?", "reality", (), "pantry"),
    ("Where will Cid look for the pear?", "first_order", ("Cid",), "red_box"),
    ("Where does Ann think that Cid searches for the pear?", "second_order", ("Ann", "Cid"), "red_box"),
)
TRACE = "enter_agent_0,enter_agent_1,agent_1_exits,agent_0_moves_obj,{},false_belief"


def written(folder: Path, *questions: str, story: str = STORY, trace: str = "") -> Imported:
    lines = story.count("\n")
    (folder / "small.txt").write_text("".join(f"{story}{lines + 1} {q}\tred_box\t1\n" for q in questions))
    if trace:
        (folder / "small.trace").write_text(trace)
    return tomi.read(folder)


def test_a_story_is_read_once_with_all_its_questions(tmp_path: Path) -> None:
    trace = "\n".join(TRACE.format(f"{kind}_0_no_tom" if "order" in kind else kind) for _, kind, _, _ in QUESTIONS)
    imported = written(tmp_path, *(q for q, *_ in QUESTIONS), trace=trace)
    assert (imported.items, imported.questions, len(imported.stories), imported.unparsed) == (4, 4, 1, ())
    (story,) = imported.stories
    assert [(q.text, q.kind, q.viewpoint) for q in story.questions] == [q[:3] for q in QUESTIONS]
    assert [q.label for q in story.questions] == ["red_box"] * 4
    assert [(q.order, q.state) for q in story.questions] == [(0, ""), (0, ""), (1, "belief"), (2, "belief")]
    assert [q.false_belief for q in story.questions] == [None, None, False, False]
    assert [story.choices(q) for q in story.questions] == [("red_box", "pantry")] * 4


def test_the_trace_tells_which_beliefs_are_false(tmp_path: Path) -> None:
    (story,) = written(tmp_path, QUESTIONS[2][0], trace=TRACE.format("first_order_0_tom")).stories
    assert [q.false_belief for q in story.questions] == [True]


def test_what_follows_from_it(tmp_path: Path) -> None:
    """Cid saw the pear in the box and left; a room and a container share the name of pantry."""
    (story,) = written(tmp_path, *(q for q, *_ in QUESTIONS)).stories
    played = play(story)
    assert played.impossible == ()
    assert [played.answer(q) for q in story.questions] == [answer for *_, answer in QUESTIONS]


@pytest.mark.parametrize(
    ("story", "sentence", "why"),
    [
        (STORY + "7 Cid whistled a tune.\n", "Cid whistled a tune.", "no pattern fits the sentence"),
        (STORY + "7 Cid exited the pantry.\n", "Cid exited the pantry.", "Cid is not in the pantry"),
        (
            STORY + "7 Cid moved the pear to the bin.\n",
            "Cid moved the pear to the bin.",
            "Cid is not where the pear is",
        ),
        ("1 The pear is in the bin.\n", "The pear is in the bin.", "nobody has come into any room yet"),
        (STORY.replace("pear", "fig"), QUESTIONS[1][0], "the story has no pear"),
    ],
)
def test_what_is_not_understood_is_listed_with_its_sentence(
    tmp_path: Path, story: str, sentence: str, why: str
) -> None:
    imported = written(tmp_path, QUESTIONS[1][0], story=story)
    assert (imported.items, imported.questions) == (1, 0)
    assert [(u.id, u.sentence, u.why) for u in imported.unparsed] == [("small:1", sentence, why)]


def test_one_question_not_understood_leaves_the_others(tmp_path: Path) -> None:
    imported = written(tmp_path, "Why?", QUESTIONS[0][0], "Where does Eve think that Cid searches for the pear?")
    assert (imported.items, imported.questions) == (3, 1)
    assert [u.why for u in imported.unparsed] == ["no pattern fits the question", "the story has no Eve"]


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (1, "small.trace:2: the trace ends before this line, and small.txt has 2 questions"),
        (3, "small.trace:3: the trace goes on here, and small.txt has only 2 questions"),
        (2, ""),
    ],
)
def test_a_trace_of_another_length_than_its_text_is_told(tmp_path: Path, lines: int, why: str) -> None:
    trace = "\n".join([TRACE.format("first_order_0_tom")] * lines)
    imported = written(tmp_path, QUESTIONS[2][0], QUESTIONS[2][0], trace=trace)
    told = [f"{aside.id}: {aside.why}" for aside in imported.left_aside]
    assert [t.partition(";")[0] for t in told] == ([why] if why else [])
    assert imported.items == 2
    (story,) = imported.stories
    assert [q.false_belief for q in story.questions] == [True, True if lines > 1 else None]


def test_the_trace_must_say_the_same(tmp_path: Path) -> None:
    imported = written(tmp_path, QUESTIONS[0][0], trace=TRACE.format("reality"))
    assert [u.why for u in imported.unparsed] == ["the trace calls this question reality"]


OTHERS = """\
1 Ann, Bob, and Cid entered the hall.
2 The fig is in the jar.
3 Cid lost his watch.
4 Bob left the hall.
5 Ann moved the fig to the tin.
6 Ann went out of the hall.
7 Bob came into the den.
8 Cid looked in the tin.
9 Ann entered the den.
10 Ann told Bob where the fig is.
"""


@pytest.mark.parametrize(
    ("asked", "kind", "answer"),
    [
        ("Where is the fig now?", "reality", "tin"),
        ("Where does Bob look for the fig?", None, None),
        ("Where will Bob search for the fig?", "first_order", "tin"),
        ("Where does Ann think Bob will look for the fig?", "second_order", "tin"),
        ("Where does Cid think that Bob looks for the fig?", "second_order", "jar"),
    ],
)
def test_other_versions_word_it_otherwise(tmp_path: Path, asked: str, kind: str | None, answer: str | None) -> None:
    """Cid is out of the den when Ann tells Bob, and goes on thinking that he knows of the jar."""
    imported = written(tmp_path, asked, story=OTHERS)
    if kind is None:
        assert [u.why for u in imported.unparsed] == ["no pattern fits the question"]
        return
    (story,) = imported.stories
    played = play(story)
    assert played.impossible == ()
    assert [(q.kind, played.answer(q)) for q in story.questions] == [(kind, answer)]


def test_a_story_longer_than_any_is_listed(tmp_path: Path) -> None:
    story = STORY + "".join(f"{n} Ann likes the pantry\n" for n in range(7, 502))
    imported = written(tmp_path, QUESTIONS[0][0], story=story)
    assert [u.why for u in imported.unparsed] == ["a story has no more than 500 sentences"]


def test_a_folder_without_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no \*\.txt"):
        tomi.read(tmp_path)


def test_a_name_with_a_small_letter_is_no_person() -> None:
    with pytest.raises(NotUnderstoodError):
        clause("sally entered the kitchen.")


@pytest.mark.parametrize("as_messages", [True, False])
def test_inspect_has_it_all_on_one_line(tmp_path: Path, as_messages: bool) -> None:
    text = " ".join(line.partition(" ")[2] for line in STORY.splitlines())
    rows = []
    for asked, *_ in QUESTIONS:
        said = f"{text} {asked}"
        rows.append({"input": [{"role": "user", "content": said}] if as_messages else said, "target": "red_box"})
    (tmp_path / "sample.jsonl").write_text("\n".join(map(json.dumps, [*rows, {"input": "Why?", "target": "x"}, {}])))
    imported = inspect_tomi.read(tmp_path / "sample.jsonl")
    assert (imported.items, imported.questions, len(imported.stories)) == (6, 4, 1)
    assert [(u.id, u.why) for u in imported.unparsed] == [
        ("sample:5", "an item has a story and a question"),
        ("sample:6", "an item has an input and a target"),
    ]
    (story,) = imported.stories
    played = play(story)
    assert [played.answer(q) for q in story.questions] == [answer for *_, answer in QUESTIONS]


@pytest.mark.parametrize(("ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_missing_data_fail_in_ci_and_are_skipped_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ci: str, outcome: type[BaseException]
) -> None:
    monkeypatch.setattr("published.DATA", tmp_path)
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome, match="download them from their authors"):
        published("tomi")


def test_every_published_item_is_understood() -> None:
    for imported in (tomi.read(published("tomi")), inspect_tomi.read(published("inspect"))):
        assert imported.items == imported.questions
        assert imported.unparsed == ()
        assert not any(play(story).impossible for story in imported.stories)
