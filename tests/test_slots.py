"""The cache's bookkeeping against the plainest possible cache, and prefix trees against plain sets."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from stage.inference.prefixes import Path, PrefixTree, lay_out
from stage.inference.slots import Placement, Slots, common_prefix

tokens = st.lists(st.integers(0, 2), min_size=1, max_size=9)


class PlainCache:
    """What a cache would hold if it did as it was told: per slot a list of (cell, token)."""

    def __init__(self, count: int) -> None:
        self.slots: list[list[tuple[int, int]]] = [[] for _ in range(count)]
        self.made = 0

    def place(self, placement: Placement) -> None:
        source = placement.slot if placement.source is None else placement.source
        self.slots[placement.slot] = self.slots[source][: placement.held]

    def grow(self, rows: list[tuple[int, list[int]]]) -> None:
        for token, slots in rows:
            for slot in slots:
                self.slots[slot].append((self.made, token))
            self.made += 1

    @property
    def used(self) -> int:
        return len({cell for slot in self.slots for cell, _ in slot})


def perform(slots: Slots, prompt: list[int]) -> Placement:
    placement = slots.place(prompt)
    assert placement is not None
    assert slots.make_room(len(prompt) - placement.held) is not None
    slots.grow([(token, [placement.slot]) for token in prompt[placement.held :]])
    slots.unpin()
    return placement


@given(tokens, tokens)
def test_common_prefix(a: list[int], b: list[int]) -> None:
    n = common_prefix(a, b)
    assert a[:n] == b[:n]
    assert n == min(len(a), len(b)) or a[n] != b[n]


def test_a_whole_prefix_is_extended_in_place() -> None:
    slots = Slots(3, 100)
    first = perform(slots, [1, 2, 3])
    assert perform(slots, [1, 2, 3, 4]) == Placement(first.slot, 3)
    assert slots.used == 4


def test_a_shared_beginning_is_forked_and_its_cells_count_once() -> None:
    slots = Slots(3, 100)
    first = perform(slots, [1, 2, 3])
    second = perform(slots, [1, 2, 9])
    assert (second.held, second.source) == (2, first.slot)
    assert second.slot != first.slot
    assert slots.held(first.slot) == (1, 2, 3)
    assert slots.used == 4


def test_a_prompt_held_to_its_end_leaves_its_last_token_to_evaluate() -> None:
    slots = Slots(2, 100)
    first = perform(slots, [1, 2, 3])
    assert perform(slots, [1, 2, 3]) == Placement(first.slot, 2)
    assert perform(slots, [1, 2]).held == 1
    assert slots.used == 4  # the token at the end of the shorter prompt was evaluated a second time


def test_old_slots_go_first_when_cells_run_out() -> None:
    slots = Slots(4, 6)
    perform(slots, [1, 1])
    perform(slots, [2, 2])
    perform(slots, [1, 1])
    perform(slots, [3, 3, 3, 3])
    assert {slots.held(n) for n in range(4)} == {(), (1, 1), (3, 3, 3, 3)}


def test_of_many_small_forks_and_one_long_view_the_view_stays() -> None:
    slots = Slots(3, 1000)
    perform(slots, [7] * 50)
    for question in range(10):
        perform(slots, [1, 1, question + 2])
    assert perform(slots, [*([7] * 50), 8]).held == 50


def test_the_ends_of_questions_go_soon_and_what_is_asked_again_stays() -> None:
    slots = Slots(8, 1000, keep=64)
    view = [1] * 20
    first = perform(slots, [*view, 2, 2])
    second = perform(slots, [*view, 3, 3])
    assert slots.begin([[*view, 4]]) == []  # just asked
    perform(slots, [*view, 4])
    perform(slots, [5] * 10)
    assert sorted(slots.begin([[*view, 6]])) == [(first.slot, 20), (second.slot, 20)]
    perform(slots, [7] * 100)
    slots.begin([[8]])
    slots.begin([[1] * 9])
    assert {slots.held(n) for n in range(8)} == {(), (7,) * 100}


def test_within_a_call_questions_go_when_they_are_answered_and_what_they_share_stays() -> None:
    slots = Slots(8, 1000)
    view = [1] * 20
    asked = [[*view, 2, 2], [*view, 3, 3], [*view, 4, 4], [5, 5], [6, 6, 6]]
    slots.begin(asked)
    first, second, other = (perform(slots, prompt).slot for prompt in (asked[0], asked[1], asked[3]))
    waiting = [asked[1], asked[2], asked[4]]  # of the second, more options are to be scored
    assert sorted(slots.spare(asked, waiting)) == sorted([(first, 20), (other, 0)])
    assert slots.held(second) == (*view, 3, 3)
    assert perform(slots, asked[2]).held == 20
    before = slots.used
    slots.begin([[7]])
    assert slots.spare([[7]], []) == []  # what an earlier call left is no matter of this one
    assert slots.used == before


def test_capacity_is_a_limit() -> None:
    slots = Slots(2, 10)
    perform(slots, [1] * 6)
    perform(slots, [2] * 6)
    assert slots.used == 6
    assert slots.place([2, 2, 3]) is not None
    assert slots.make_room(9) is None


def test_pinned_slots_are_neither_evicted_nor_handed_out() -> None:
    slots = Slots(2, 4)
    assert slots.place([1, 2]) is not None
    assert slots.place([1, 2, 3]) is not None
    assert slots.place([4]) is None


@settings(max_examples=300)
@given(st.lists(st.lists(tokens, min_size=1, max_size=3), max_size=12), st.integers(1, 4), st.integers(0, 40))
def test_bookkeeping_equals_a_plain_cache(rounds: list[list[list[int]]], count: int, keep: int) -> None:
    slots, cache = Slots(count, 40, keep), PlainCache(count)
    for prompts in rounds:
        longest = [max(common_prefix(slots.held(n), tuple(prompt)) for n in range(count)) for prompt in prompts]
        for slot, length in slots.begin(prompts):
            del cache.slots[slot][length:]
        for prompt, before in zip(prompts, longest, strict=True):  # nothing goes that this call could use
            assert max(common_prefix(slots.held(n), tuple(prompt)) for n in range(count)) == before
        pinned = {}
        for prompt in prompts:
            placement = slots.place(prompt)
            if placement is None:
                assert len(pinned) == count
                continue
            assert placement.slot not in pinned
            assert placement.held < len(prompt)
            assert slots.held(placement.slot) == tuple(prompt[: placement.held])
            cache.place(placement)
            pinned[placement.slot] = (placement.held, prompt)
        rows = [(token, [slot]) for slot, (held, prompt) in pinned.items() for token in prompt[held:]]
        evicted = slots.make_room(len(rows))
        assert evicted is not None
        assert not set(evicted) & set(pinned)
        for slot in evicted:
            cache.slots[slot] = []
        slots.grow(rows)
        cache.grow(rows)
        assert [slots.held(n) for n in range(count)] == [tuple(t for _, t in slot) for slot in cache.slots]
        assert slots.used == cache.used <= 40
        assert all(slots.held(slot) == tuple(prompt) for slot, (_, prompt) in pinned.items())
        slots.unpin()
        waiting = prompts[len(prompts) // 2 :]
        longest = [max(common_prefix(slots.held(n), tuple(prompt)) for n in range(count)) for prompt in waiting]
        for slot, length in slots.spare(prompts, waiting):
            del cache.slots[slot][length:]
        for prompt, before in zip(waiting, longest, strict=True):  # nor what it could use later on
            assert max(common_prefix(slots.held(n), tuple(prompt)) for n in range(count)) == before
        assert [slots.held(n) for n in range(count)] == [tuple(t for _, t in slot) for slot in cache.slots]
        assert slots.used == cache.used


@given(st.lists(st.lists(st.integers(0, 2), max_size=9), max_size=20))
def test_the_tree_counts_distinct_prefixes(sequences: list[list[int]]) -> None:
    tree = PrefixTree()
    seen: set[tuple[int, ...]] = set()
    for sequence in sequences:
        before = len(seen)
        seen |= {tuple(sequence[:n]) for n in range(1, len(sequence) + 1)}
        assert tree.add(sequence) == len(seen) - before
        assert tree.nodes == len(seen)


@given(st.lists(st.tuples(tokens, st.integers(0, 3)), min_size=1, max_size=10), st.randoms(use_true_random=False))
def test_a_layout_holds_each_node_once_and_every_path_whole(drawn, random) -> None:  # type: ignore[no-untyped-def]
    paths = [Path(n, tuple(t), min(start, len(t) - 1), len(t) - 1) for n, (t, start) in enumerate(drawn)]
    layout = lay_out(paths)
    for path, trail in zip(paths, layout.trails, strict=True):
        rows = [layout.rows[i] for i in trail]
        assert [(row.position, row.token) for row in rows] == list(enumerate(path.tokens))[path.start :]
        assert list(trail) == sorted(trail)
        assert all(path.sequence in row.sequences for row in rows)
        assert rows[-1].wanted
    distinct = {(path.start, path.tokens[:n]) for path in paths for n in range(path.start + 1, len(path.tokens) + 1)}
    assert len(layout.rows) == len(distinct)
    shuffled = random.sample(paths, len(paths))
    assert [(r.token, r.position, r.sequences) for r in lay_out(shuffled).rows] == [
        (r.token, r.position, r.sequences) for r in layout.rows
    ]
