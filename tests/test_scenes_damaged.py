"""Whatever a scene file looks like, it is refused with complaints or can be played; nothing that is done with it breaks.

`benchmarks/fuzz_scenes.py` does the same with tens of thousands of files, each in bounded time and memory.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from damaged_scenes import put_through, sound
from hypothesis import given, settings
from hypothesis import strategies as st
from spliced_scenes import WAYS

from stage.authoring.formatting import formatted
from stage.errors import SceneError, StageError
from stage.performing.audiences import Unwatched
from stage.performing.play import perform
from stage.performing.settings import Settings
from stage.performing.transcript import Chosen, Made
from stage.questions.answer_key import AnswerKey
from stage.questions.exchange import Exchange
from stage.records.session import control_stage
from stage.scenes.yaml_reader import loads

BASE = "cast: {sally: {at: hall}, anne: {at: hall}}\n"


class Choices(Unwatched):
    """Remembers between what the stage chose."""

    def __init__(self) -> None:
        self.options: list[tuple[str, ...]] = []

    def made(self, made: Made) -> None:
        if isinstance(made, Chosen):
            self.options.append(made.options)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scenes") / "scene.yaml"


def test_what_is_damaged_is_sound_before(file: Path) -> None:
    assert put_through(sound()[0].encode(), file) == "played"


@pytest.mark.parametrize("kind", WAYS)
@settings(max_examples=25)
@given(seed=st.integers(0, 10**9))
def test_damaged_scenes_are_refused_or_played(file: Path, kind: str, seed: int) -> None:
    put_through(WAYS[kind](Random(seed)), file)


@settings(max_examples=50)
@given(data=st.binary(max_size=200) | st.text(max_size=200).map(lambda t: t.encode("utf-8", "surrogatepass")))
def test_any_bytes(file: Path, data: bytes) -> None:
    put_through(data, file)


# ------------------------------------------------------------------------------------------------- what was found that way
@pytest.mark.parametrize(
    "text",
    [
        "cast: {a: {at: hall}}\nplaces: {hall: {title: room}, attic: {title: the room}}\n",
        "cast: {sally: {at: hall}, Sally: {at: hall}}\nplaces: [hall]\nfacts: {hall owner: [sally, Sally]}\n",
        "cast: {a: {at: hall}}\nplaces: [hall]\nfacts: {hall is: [something unknown, x]}\n",
        "cast: {a: {at: hall}}\nplaces: [hall]\nthings: {box: {at: hall}}\nfacts: {hall has: [box, the box]}\n",
    ],
)
def test_values_in_the_same_words_are_no_answers(text: str) -> None:
    with pytest.raises(SceneError, match="same words"):
        loads(text)


def test_two_may_have_one_title_if_no_answer_hangs_on_it() -> None:
    """ToMi's pantry is a container and a place; asked is between containers."""
    scene = loads(
        BASE
        + "places: [hall]\nthings: {pantry: {at: hall, title: hall, container: true}, box: {at: hall, container: true},"
        " pear: {at: box}}\nfacts: {pear at: [box, pantry]}\n"
    )
    assert scene.setting.titles["pantry"] == "hall"


@pytest.mark.parametrize("title", ['" "', '"..."', '"on "', '"Sally\\nBrown"', '"Sally\\u2028Brown"'])
def test_a_title_is_words_on_one_line(title: str) -> None:
    with pytest.raises(SceneError, match=r"too-short|title-lines"):
        loads(f"cast: {{sally: {{at: hall, title: {title}}}}}\nplaces: [hall]\n")


def test_moves_in_the_same_words_are_one_choice() -> None:
    scene = loads(
        BASE + "places: [hall]\nthings: {a: {at: hall, title: Ball}, b: {at: hall, title: Ball}}\n"
        "beats: [{act: sally}, {improvise: 3}, {speak: anne}]\n"
    )
    key: AnswerKey = {}
    stalls = Choices()
    perform(scene, control_stage("guess", key, 1), Settings(), stalls, key)
    assert stalls.options[0] == (" waits.", " takes Ball.")


@pytest.mark.parametrize("words", [("İ", "open"), ("basket", "box"), ("ß", "x"), ("ǆ", "y")])
def test_any_letters_are_exchanged(words: tuple[str, str]) -> None:
    exchange = Exchange((words,), 1)
    assert exchange.text(f"a {words[0]} b").casefold() == f"a {words[1]} b".casefold()


def test_letters_that_are_one_without_their_case_are_exchanged() -> None:
    assert Exchange((("basket", "box"),), 1).text("a baſket") == "a box"


@pytest.mark.parametrize("text", ["[" * 5000, "{a: " * 5000, "- " * 5000])
def test_what_is_nested_without_end_is_refused(text: str) -> None:
    with pytest.raises(SceneError):
        loads(text)
    with pytest.raises(StageError):
        formatted(text, "it")


def test_comments_that_cannot_be_kept_leave_the_file_as_it_is() -> None:
    """Some places of comments are more than the YAML library can hold; then it says so in its own way."""
    with pytest.raises(StageError, match="left as it is"):
        formatted("cast:  # one\n  do be known\n\nbeats:  # two", "it")
