"""Mirrors: contested values change places, everything else stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stage.questions.exchange import Exchange, exchanges


@pytest.mark.parametrize(
    ("text", "exchanged"),
    [
        ("in the basket", "in the box"),
        ("Box or basket?", "Basket or box?"),
        ("the basketball in the toolbox", "the basketball in the toolbox"),
        ("the basket's lid, (box)", "the box's lid, (basket)"),
        ("", ""),
    ],
)
def test_whole_words_change_places(text: str, exchanged: str) -> None:
    assert Exchange((("basket", "box"),), 1).text(text) == exchanged


def test_kinds_are_exchanged_among_themselves() -> None:
    exchange = exchanges([["box", "jar"], ["hall", "attic"]], 4)[1]
    assert (
        exchange.text("The box is in the attic, the jar in the hall.")
        == "The jar is in the hall, the box in the attic."
    )


def test_longer_titles_win_over_their_parts() -> None:
    assert Exchange((("red box", "box"),), 1).text("a red box and a box") == "a box and a red box"


@pytest.mark.parametrize("groups", [[], [["box"]], [["box", "Box"]], [["a", "b", "c", "d", "e"]]])
def test_what_cannot_be_exchanged_stays(groups: list[list[str]]) -> None:
    assert [e.text("a box b") for e in exchanges(groups, 4)] == ["a box b"]


words = st.lists(st.text("abcxyz", min_size=1, max_size=6), min_size=2, max_size=4, unique=True)


@given(words, st.integers(0, 3))
def test_over_all_shifts_every_word_stands_in_every_place_once(group: list[str], index: int) -> None:
    word = group[index % len(group)]
    assert sorted(e.text(word) for e in exchanges([group], 4)) == sorted(group)


@given(words, st.text("abcxyz ,.'", max_size=80))
def test_all_shifts_together_are_the_identity(group: list[str], text: str) -> None:
    once = Exchange((tuple(group),), 1)
    exchanged = text
    for _ in group:
        exchanged = once.text(exchanged)
    assert exchanged == text
