"""Prompts kept as what they add to earlier ones: whatever was noted comes back, and a broken-off record goes on alike."""

from __future__ import annotations

import random
from collections.abc import Collection

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stage.errors import RunError
from stage.inference.slots import common_prefix
from stage.records.prompts import KeptPrompt, PromptCoder, Prompts, digest_of

WORDS = ["a", "b", "ab", "So far:", "\n", "é", "😀", "名", "\u2028"]
alike = st.lists(st.lists(st.sampled_from(WORDS), max_size=8).map("".join), max_size=12, unique=True)
"""Texts that often begin alike, and go on in signs of one, two and four bytes."""
windows = st.sampled_from([0, 1, 10, 40, 10_000])


afresh = st.sets(st.integers(0, 24), max_size=4)
"""After how many texts all begins afresh."""


def coded(
    texts: list[str], latest: int, before: Prompts | None = None, anew: Collection[int] = (), since: int = 0
) -> list[KeptPrompt]:
    coder, found = PromptCoder(before, latest), []
    for number, text in enumerate(texts, start=since):
        found.append(coder.kept(digest_of(text), text))
        coder.add(digest_of(text), text)
        if number in anew:
            coder.begin_afresh()
    return found


def read(kept: list[KeptPrompt], anew: Collection[int] = ()) -> Prompts:
    prompts = Prompts()
    for number, one in enumerate(kept):
        assert prompts.add(one, f"record.jsonl:{number + 1}")
        if number in anew:
            prompts.begin_afresh()
    return prompts


@given(alike, windows, afresh)
def test_any_sequence_of_texts_comes_back(texts: list[str], latest: int, anew: set[int]) -> None:
    found = read(coded(texts, latest, anew=anew))
    assert list(found.items()) == [(digest_of(text), text) for text in texts]


@given(alike, windows)
def test_what_is_kept_is_no_longer_than_the_text(texts: list[str], latest: int) -> None:
    for text, kept in zip(texts, coded(texts, latest), strict=True):
        assert kept.shared + len(kept.text) == kept.length == len(text)


@given(alike)
def test_the_base_is_the_one_that_begins_most_alike(texts: list[str]) -> None:
    for number, (text, kept) in enumerate(zip(texts, coded(texts, 10_000), strict=True)):
        assert kept.shared == max((common_prefix(text, other) for other in texts[:number]), default=0)


@given(alike, alike, windows, afresh)
def test_a_coder_that_goes_on_finds_what_one_without_a_break_finds(
    first: list[str], then: list[str], latest: int, anew: set[int]
) -> None:
    then = [text for text in then if text not in first]
    whole, many = coded([*first, *then], latest, anew=anew), len(first)
    assert coded(then, latest, read(whole[:many], anew), anew, many) == whole[many:]


@given(alike, windows, afresh)
def test_no_base_stands_before_all_began_afresh(texts: list[str], latest: int, anew: set[int]) -> None:
    digests = [digest_of(text) for text in texts]
    for number, kept in enumerate(coded(texts, latest, anew=anew)):
        if kept.after is not None:
            assert not anew & {*range(digests.index(kept.after), number)}


@given(alike, windows)
def test_a_base_is_among_the_latest_prompts(texts: list[str], latest: int) -> None:
    """So that nobody needs to hold all."""
    for number, kept in enumerate(coded(texts, latest)):
        if kept.after is not None:
            back = [digest_of(text) for text in texts].index(kept.after)
            assert back == number - 1 or sum(map(len, texts[back:number])) <= latest


@given(alike, st.integers(0, 11), windows)
def test_what_does_not_hang_on_a_lost_prompt_comes_back(texts: list[str], lost: int, latest: int) -> None:
    kept = coded(texts, latest)
    prompts, left_out = Prompts(), set[str]()
    for number, one in enumerate(kept):
        if number == lost or not prompts.add(one, "x:1"):
            left_out.add(one.sha256)
    hanging = {digest_of(texts[lost])} if lost < len(texts) else set()
    for one in kept:
        if one.after in hanging:
            hanging.add(one.sha256)
    assert left_out == hanging
    assert dict(prompts) == {digest_of(text): text for text in texts if digest_of(text) not in hanging}


@given(st.text(max_size=30), st.text(max_size=30))
def test_the_common_beginning_is_the_longest(one: str, other: str) -> None:
    length = common_prefix(one, other)
    assert one[:length] == other[:length]
    assert one[length : length + 1] != other[length : length + 1] or length == len(one) == len(other)


def test_another_text_than_was_named_is_refused_with_its_place() -> None:
    prompts = read([KeptPrompt(digest_of("so far"), "so far")])
    prompts.add(KeptPrompt(digest_of("so good"), "far", digest_of("so far"), 3), "record.jsonl:7")
    prompts.add(KeptPrompt(digest_of("so it goes"), "it goes", digest_of("so good"), 3), "record.jsonl:8")
    assert prompts[digest_of("so far")] == "so far"
    assert prompts[digest_of("so it goes")] == "so it goes"
    with pytest.raises(RunError, match=r"record.jsonl:7: damaged entry of kind 'prompt'"):
        prompts[digest_of("so good")]
    with pytest.raises(KeyError):
        prompts["another"]


def test_of_two_of_one_name_the_first_counts() -> None:
    """Else a prompt could be kept as what is added to itself."""
    prompts = read([KeptPrompt(digest_of("a"), "a")])
    assert prompts.add(KeptPrompt(digest_of("a"), "", digest_of("a"), 1), "x:2")
    assert dict(prompts) == {digest_of("a"): "a"}


@pytest.mark.parametrize(("after", "shared"), [("x", -1), (None, 1), (None, -1)])
def test_what_cannot_be_kept_is_refused(after: str | None, shared: int) -> None:
    with pytest.raises(ValueError, match=r"no prompt shares"):
        KeptPrompt("x", "", after, shared)


def test_more_of_a_base_than_there_is_of_it_is_refused() -> None:
    prompts = read([KeptPrompt("a", "abc"), KeptPrompt("b", "d", "a", 3)])
    with pytest.raises(ValueError, match="5 characters of a prompt of 4"):
        prompts.add(KeptPrompt("c", "", "b", 5), "x:3")
    assert not prompts.add(KeptPrompt("c", "", "later", 0), "x:3")


def test_a_long_play_takes_the_room_of_what_it_adds() -> None:
    """A history that grows by a line, told anew before each of six questions to each of three roles."""
    dice, said, texts = random.Random(0), [""] * 3, []
    for beat in range(300):
        for role in range(3):
            said[role] += f"- {'somebody' if dice.random() < 0.5 else 'nobody'} did something {beat}\n"
            texts += [f"{said[role]}You are {role}.\nQuestion {number}?" for number in range(6)]
    kept = coded(texts, 1_000_000)
    assert sum(map(len, texts)) > 20_000_000
    assert sum(len(one.text) for one in kept) < 60 * len(texts)
    found = read(kept)
    assert found[digest_of(texts[-1])] == texts[-1]
