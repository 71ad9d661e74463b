"""OpenToM's metadata and location questions. The fixtures are our own: one plot in its ways of being watched."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from published import published

from stage.audits.audit import audit
from stage.audits.played import play
from stage.audits.reasons import Reason
from stage.errors import UsageError
from stage.importers import opentom
from stage.importers.story import Imported

SEEN = "Mia moved the hat to the old trunk and Ned witnessed the action."
SECRETLY = "Mia moved the hat to the old trunk but Ned did not witness the action."
MISSED = "Mia moved the hat to the old trunk and Ned did not witness the event."
OPENING = "Mia entered the attic.\nNed entered the attic.\nBoth Ned and Mia noticed that the hat is in the bag in the attic.\n"
FIRST = {
    "From narrator's perspective, where is hat located by the end of the story?": "old trunk",
    "From narrator's perspective, where is hat located in the beginning of the story?": "bag",
    "From Mia's perspective, where is the hat located precisely by the end of the story?": "old trunk",
    "From Ned's perspective, where is the hat located precisely by the end of the story?": "?",
    "From Ned's perspective, is the hat in its initial location by the end of the story?": "?",
    "From Ned's perspective, where precisely does Mia think that the hat is located by the end of the story?": "?",
}


def meta(plot: str, observed: bool) -> dict[str, Any]:
    info = {"mover": "Mia", "eoi": "hat", "original_place": "bag", "move_to_place": "old trunk", "observer": "Ned"}
    return {"plot": plot, "plot_info": info, "observed": observed}


def written(folder: Path, stories: Mapping[str, Any], questions: Mapping[str, list[dict[str, str]]]) -> Imported:
    (folder / "meta_data.json").write_text(json.dumps(stories))
    (folder / "location_fg_fo_new.json").write_text(json.dumps(questions))
    return opentom.read(folder)


@pytest.mark.parametrize(
    ("plot", "observed", "where", "still", "of_the_mover"),
    [
        (OPENING + SEEN, True, "old trunk", "No", "old trunk"),
        (OPENING + SECRETLY, True, "old trunk", "No", "old trunk"),
        (OPENING + MISSED, False, "bag", "Yes", "bag"),
        (OPENING + "Ned exited the attic.\n" + MISSED, False, "bag", "Yes", "bag"),
        (OPENING + "Ned exited the attic.\nNed entered the attic.\n" + MISSED, False, "bag", "Yes", "bag"),
        (OPENING.split("\n")[2].replace("attic", "") + "\n" + SEEN, True, "old trunk", "No", "old trunk"),
        (OPENING.replace("Ned entered the", "Ned is in the") + SEEN, True, "old trunk", "No", "old trunk"),
    ],
)
def test_the_ways_of_being_watched(
    tmp_path: Path, plot: str, observed: bool, where: str, still: str, of_the_mover: str
) -> None:
    rows = [{"question": q, "answer": a} for q, a in FIRST.items()]
    (story,) = written(tmp_path, {"s1": meta(plot, observed)}, {"s1": rows}).stories
    played = play(story)
    assert played.impossible == ()
    found = [played.answer(q) for q in story.questions]
    assert found == ["old trunk", "bag", "old trunk", where, still, of_the_mover]
    assert all(q.underivable == "" for q in story.questions)


def test_a_secret_watcher_is_unknown_to_the_mover(tmp_path: Path) -> None:
    asked = "From Mia's perspective, where precisely does Ned think that the hat is located by the end of the story?"
    rows = {"s1": [{"question": asked, "answer": "bag"}]}
    (story,) = written(tmp_path, {"s1": meta(OPENING + SECRETLY, True)}, rows).stories
    assert play(story).answer(story.questions[0]) == "bag"
    assert story.questions[0].underivable == opentom.PROSE_ONLY


def test_a_label_may_spell_a_place_otherwise(tmp_path: Path) -> None:
    asked = next(iter(FIRST))
    rows = {"s1": [{"question": asked, "answer": a} for a in ("old  trunk", "an old trunk", "old trunk", "shelf")]}
    (story,) = written(tmp_path, {"s1": meta(OPENING + SEEN, True)}, rows).stories
    assert [(q.label, q.meant) for q in story.questions] == [
        ("old  trunk", "old trunk"),
        ("an old trunk", "old trunk"),
        ("old trunk", ""),
        ("shelf", ""),
    ]


def test_what_is_not_understood_is_listed(tmp_path: Path) -> None:
    stories = {"s1": meta(OPENING + SEEN, True), "s2": meta(OPENING + "Ned sang.", True), "s3": meta(SEEN, True)}
    row = [{"question": next(iter(FIRST)), "answer": "bag"}]
    odd = [
        {
            "question": "From Eve's perspective, where is the hat located precisely by the end of the story?",
            "answer": "x",
        }
    ]
    imported = written(tmp_path, stories, {"s1": odd, "s2": row, "s3": row, "s4": row})
    assert (imported.items, imported.questions) == (4, 0)
    assert [u.why for u in imported.unparsed] == [
        "Eve is neither mover nor observer",
        "no pattern fits the sentence",
        "the plot does not say where the thing was noticed",
        "meta_data.json has no such story",
    ]


def test_a_room_may_share_its_name_with_the_goal(tmp_path: Path) -> None:
    story = meta((OPENING + MISSED).replace("old trunk", "the attic"), False)
    story["plot_info"]["move_to_place"] = "the attic"
    rows = [{"question": q, "answer": a} for q, a in FIRST.items()]
    (told,) = written(tmp_path, {"s1": story}, {"s1": rows}).stories
    played = play(told)
    assert [played.answer(q) for q in told.questions] == ["the attic", "bag", "the attic", "bag", "Yes", "bag"]


def test_what_lacks_something_is_listed(tmp_path: Path) -> None:
    row = {"question": next(iter(FIRST)), "answer": "bag"}
    whole = meta(OPENING + SEEN, True)
    imported = written(tmp_path, {"s1": whole, "s2": {"plot": ""}}, {"s1": [{"answer": "bag"}], "s2": [row]})
    assert [u.why for u in imported.unparsed] == ["the item has no 'question'", "the metadata have no 'plot_info'"]


FULL = "From {}'s perspective, how does {}'s fullness change by the end of the story?"


def test_how_full_something_becomes_is_what_is_believed_of_the_move(tmp_path: Path) -> None:
    """Ned saw nothing: to him nothing has changed; that he would think of the new place at all is impossible."""
    rows = [
        {"question": FULL.format("Mia", "bag"), "answer": "less full"},
        {"question": FULL.format("Mia", "old trunk"), "answer": "more full"},
        {"question": FULL.format("Ned", "bag"), "answer": "equally full"},
        {"question": FULL.format("Ned", "old trunk"), "answer": "more full"},
        {"question": FULL.format("Mia", "old trunk"), "answer": "less full"},
        {"question": FULL.format("Mia", "shelf"), "answer": "less full"},
        {
            "question": "From Ned's perspective, how does Mia think bag's fullness would change by the end of the story?",
            "answer": "equally full",
        },
    ]
    imported = written(tmp_path, {"s1": meta(OPENING + MISSED, False)}, {"s1": rows})
    (story,) = imported.stories
    played = play(story)
    assert [played.answer(q) for q in story.questions] == [
        "less full", "more full", "equally full", "equally full", "more full", "equally full",
    ]  # fmt: skip
    assert [u.why for u in imported.unparsed] == ["the plot has no shelf"]
    found = [(d.reason, d.detail) for d in audit("opentom", tmp_path).disagreements]
    assert found == [
        (Reason.IMPOSSIBLE, "Ned never came across it"),
        (Reason.IMPOSSIBLE, "it can only be more full or equally full"),
    ]


def test_what_only_the_prose_settles_is_asked_about_the_prose(tmp_path: Path) -> None:
    rows = [
        {
            "question": "From Ned's perspective, how would hat's accessibility change by the end of the story?",
            "answer": "x",
        },
        {
            "question": "From Mia's perspective, how would hat's accessibility change for Ned by the end of the story?",
            "answer": "less accessible",
        },
        {"question": "As Ned, what is your attitude towards Mia's action of moving hat?", "answer": "negative"},
    ]
    stories = {"s1": meta(OPENING + SEEN, True) | {"narrative": "Once, Mia hid a hat."}}
    imported = written(tmp_path, stories, {"s1": rows})
    (passage,) = imported.passages
    assert passage.text == "Once, Mia hid a hat."
    assert [(q.order, q.state) for q in passage.questions] == [(1, "belief"), (2, "belief"), (1, "attitude")]
    (only,) = audit("opentom", tmp_path).disagreements
    assert (only.reason, only.detail) == (Reason.IMPOSSIBLE, "it is none of the options")


def test_the_long_narratives_and_the_file_with_all_in_one(tmp_path: Path) -> None:
    row = {"question": next(iter(FIRST)), "answer": "old trunk", "type": "location-fo"}
    whole = meta(OPENING + SEEN, True) | {"narrative": "Long ago, Mia hid a hat."}
    written(tmp_path, {"s1": whole, "s2": whole}, {"s1": [row], "s2": [row]})
    (tmp_path / "meta_data_long.json").write_text(json.dumps({"s2": whole}))
    assert opentom.read(tmp_path).items == 2
    imported = opentom.read(tmp_path / "meta_data_long.json")
    assert (imported.items, imported.unparsed) == (1, ())
    (tmp_path / "opentom.json").write_text(json.dumps([whole | {"question": row}, whole | {"question": "Where?"}]))
    imported = opentom.read(tmp_path / "opentom.json")
    (story,) = imported.stories
    assert (story.questions[0].kind, story.text) == ("location-fo", "Long ago, Mia hid a hat.")
    assert [u.why for u in imported.unparsed] == ["the item's 'question' is no object"]
    assert opentom.read(tmp_path).items == 2, "metadata that lie apart go before the file with all in one"
    (tmp_path / "apart").mkdir()
    (tmp_path / "opentom.json").rename(tmp_path / "apart" / "opentom.json")
    assert opentom.read(tmp_path / "apart").stories[0].steps == imported.stories[0].steps


def test_a_file_of_another_shape_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not one JSON object"):
        written(tmp_path, {"s1": meta(OPENING + SEEN, True)}, [])  # type: ignore[arg-type]


def test_without_metadata_nothing_can_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="meta_data"):
        opentom.read(tmp_path)


def test_every_published_item_is_understood() -> None:
    imported = opentom.read(published("opentom"))
    assert (imported.items, imported.questions) == (5151, 5149)
    assert [u.why for u in imported.unparsed] == ["the plot has no dining table"] * 2
    assert not any(play(story).impossible for story in imported.stories)
