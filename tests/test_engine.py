"""The engine over a cache that is kept cell by cell: every score the right one, nothing evaluated twice, nothing lost."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from fake_cache import VOCABULARY, FakeCache, logprob
from hypothesis import given, settings
from hypothesis import strategies as st

from stage.errors import ModelError
from stage.inference.arrangement import Run
from stage.inference.engine import Engine, Job
from stage.inference.prefixes import PrefixTree
from stage.inference.requests import Generate, Script
from stage.inference.settings import Settings
from stage.inference.voices import Voice

Tokens = tuple[int, ...]
tokens = st.lists(st.integers(0, 2), min_size=1, max_size=14).map(tuple)
options = st.lists(st.integers(0, 2), min_size=1, max_size=4).map(tuple)
jobs = st.lists(st.tuples(tokens, st.sets(options, min_size=1, max_size=4)), min_size=1, max_size=6)


def engine_over(cache: FakeCache, keep: int = 10_000, sharing: str = "tree", arrange: bool = True) -> Engine:
    return Engine(
        cache,
        Settings(n_ctx=cache.n_ctx, keep=keep, n_batch=cache.n_batch, n_seq_max=cache.n_seq_max,
                 n_outputs=cache.n_outputs, threads=1, sharing=sharing, arrange=arrange),  # type: ignore[arg-type]
    )  # fmt: skip


def check(engine: Engine, cache: FakeCache, asked: dict[Tokens, set[Tokens]]) -> None:
    """Ask, and hold the scores against the definition and the books against the cache."""
    found = engine.score([Job(prompt, tuple(some)) for prompt, some in asked.items()])
    assert found == pytest.approx({(p, o): logprob(p, o) for p, some in asked.items() for o in some}, abs=1e-5)
    kept = engine.slots
    assert len(cache.cells) == kept.used <= cache.n_ctx
    assert not any(s in cell.sequences for cell in cache.cells for s in range(kept.count, cache.n_seq_max))
    assert [cache.held(n) for n in range(kept.count)] == [kept.held(n) for n in range(kept.count)]
    assert [cache.where(n) for n in range(kept.count)] == [kept.places(n) for n in range(kept.count)]


@settings(max_examples=150)
@given(st.lists(jobs, min_size=1, max_size=4), st.integers(4, 9), st.integers(17, 60), st.integers(0, 40))
def test_whatever_is_asked_in_whatever_room(calls: list, sequences: int, cells: int, keep: int) -> None:
    cache = FakeCache(n_ctx=cells, n_seq_max=sequences, n_batch=max(9, sequences), n_outputs=9)
    engine = engine_over(cache, max(1, keep))
    for call in calls:
        asked: dict[Tokens, set[Tokens]] = {}
        for prompt, some in call:
            asked.setdefault(prompt, set()).update(some)
        check(engine, cache, asked)
    engine.reset()
    assert not cache.cells
    assert engine.slots.used == 0


def test_ten_thousand_trees_leave_nothing_behind() -> None:
    rng = random.Random(11)
    cache = FakeCache(n_ctx=48, n_seq_max=12, n_batch=24, n_outputs=24)
    engine = engine_over(cache, keep=40)
    views: list[list[int]] = [[] for _ in range(4)]
    for number in range(10_000):
        for view in views:
            if len(view) > 12:
                view.clear()
            if rng.random() < 0.7:
                view.append(number % 3)
        asked: dict[Tokens, set[Tokens]] = {}
        for view in rng.sample(views, 2):
            prompt = (*view, rng.randrange(3), 4)
            asked.setdefault(prompt, set()).update({(0,), (rng.randrange(3), 1), (rng.randrange(3), 2, 1)})
        if number % 100 == 0:
            check(engine, cache, asked)
        else:
            engine.score([Job(prompt, tuple(some)) for prompt, some in asked.items()])
        assert len(cache.cells) == engine.slots.used <= 48
    assert cache.rows == engine.evaluated
    engine.reset()
    assert not cache.cells


@settings(max_examples=150)
@given(st.lists(jobs, min_size=1, max_size=4), st.integers(4, 9), st.integers(17, 60), st.integers(2, 20))
def test_cells_are_laid_side_by_side_at_any_time(calls: list, sequences: int, cells: int, lifted: int) -> None:
    """Whatever was asked before: no slot holds anything else, no cell is lost or doubled, and all are where the books say."""
    cache = FakeCache(n_ctx=cells, n_seq_max=sequences, n_batch=max(9, sequences), n_outputs=9, arranges=True)
    engine = engine_over(cache, keep=20)
    for call in calls:
        asked: dict[Tokens, set[Tokens]] = {}
        for prompt, some in call:
            asked.setdefault(prompt, set()).update(some)
        check(engine, cache, asked)
        slots, moved = engine.slots, cache.moved
        before = [cache.held(n) for n in range(slots.count)]
        shared = sorted(sorted(cell.sequences) for cell in cache.cells)
        for step in slots.arrange(lifted):
            cache.move(step)
        assert [cache.held(n) for n in range(slots.count)] == before == [slots.held(n) for n in range(slots.count)]
        assert [cache.where(n) for n in range(slots.count)] == [slots.places(n) for n in range(slots.count)]
        assert sorted(sorted(cell.sequences) for cell in cache.cells) == shared
        assert set(cache.places) == set(range(slots.used))
        assert cache.moved - moved <= 2 * slots.used
        assert cache.most_moved <= max(2, lifted)
        assert not slots.arrange(lifted)  # what lies side by side is left where it is


def test_an_engine_whose_views_lie_scattered_lays_them_side_by_side() -> None:
    """And one that is told not to, or whose cache cannot, does not. All give the right scores."""
    views = [(n,) for n in range(3)]
    caches = [FakeCache(900, 16, 128, 64, arranges=can) for can in (True, False, True)]
    engines = [engine_over(caches[0]), engine_over(caches[1]), engine_over(caches[2], arrange=False)]
    for beat in range(14):
        views = [(*view, *[beat % 3, number] * 8) for number, view in enumerate(views)]
        for engine, cache in zip(engines, caches, strict=True):
            check(engine, cache, {(*view, 4): {(1, 2)} for view in views})
    assert [engine.moved for engine in engines] == [cache.moved for cache in caches]
    assert [engine.moved > 0 for engine in engines] == [True, False, False]
    assert engines[0].evaluated == engines[1].evaluated
    assert engines[0].moved < 6 * engines[0].slots.used  # once in a while


def test_where_cells_cannot_be_moved_after_all_they_are_left_alone_from_then_on() -> None:
    class Stubborn(FakeCache):
        def move(self, runs: Sequence[Run]) -> None:
            super().move(runs)
            self.places.popitem()
            raise ModelError("no")

    cache = Stubborn(3000, 64, 256, 256, arranges=True)
    engine = engine_over(cache)
    assert engine.arranges
    engine.slots.scattered = lambda prompts: True  # type: ignore[method-assign]
    for asked in ((0, 1), (2, 1), (0, 1, 1), (2, 1, 1), (0, 1, 1, 2)):
        check(engine, cache, {asked: {(0,), (1, 2)}})
    assert not engine.arranges
    assert 0 < cache.moved <= 4


@given(jobs)
def test_with_room_every_node_is_evaluated_once(call: list) -> None:
    cache = FakeCache(n_ctx=1000, n_seq_max=64, n_batch=256, n_outputs=256)
    engine, tree = engine_over(cache), PrefixTree()
    asked: dict[Tokens, set[Tokens]] = {}
    for prompt, some in call:
        asked.setdefault(prompt, set()).update(some)
    check(engine, cache, asked)
    for prompt, some in asked.items():
        for option in some:
            tree.add(prompt + option[:-1])
    assert engine.evaluated == tree.nodes
    assert engine.batches == 1


def test_a_model_that_cannot_share_is_given_one_sequence_at_a_time() -> None:
    cache = FakeCache(n_ctx=40, shares=False)
    engine = engine_over(cache)
    assert engine.sharing == "none"
    asked: dict[Tokens, set[Tokens]] = {(0, 1, 2): {(0,), (1, 2), (1, 1, 1)}, (0, 1): {(2,)}}
    found = engine.score([Job(prompt, tuple(some)) for prompt, some in asked.items()])
    assert found == pytest.approx({(p, o): logprob(p, o) for p, some in asked.items() for o in some}, abs=1e-5)


@given(st.lists(st.tuples(tokens, st.integers(0, 5)), min_size=1, max_size=8, unique=True), st.integers(18, 80))
def test_replies_are_the_same_alone_and_together(asked: list, cells: int) -> None:
    def replies(engine: Engine, cache: FakeCache, group: list) -> list[tuple[str, float]]:
        voices = [Voice(cache, p, Generate(Script("x"), 3, (), 0.8, seed=s)) for p, s in group]  # type: ignore[arg-type]
        engine.generate(voices)
        return [(voice.reply.text, voice.reply.logprob) for voice in voices]

    cache = FakeCache(n_ctx=cells, n_seq_max=8)
    together = replies(engine_over(cache), cache, asked)
    alone = [replies(engine_over(cache, sharing="none"), cache, [one])[0] for one in asked]
    assert [text for text, _ in together] == [text for text, _ in alone]
    assert [p for _, p in together] == pytest.approx([p for _, p in alone], abs=1e-5)


def test_many_replies_to_one_prompt_are_spoken_in_one_batch_a_step() -> None:
    cache = FakeCache(n_ctx=300, n_seq_max=128, n_batch=128, n_outputs=128)
    engine = engine_over(cache)
    prompt = (0, 1, 2, 0, 1, 2, 0, 1) * 8
    voices = [Voice(cache, prompt, Generate(Script("x"), 5, (), seed=s)) for s in range(32)]  # type: ignore[arg-type]
    engine.generate(voices)
    assert engine.batches <= 1 + 4
    assert engine.evaluated <= len(prompt) + 4 * 32


def test_what_can_never_fit_is_refused_and_leaves_the_cache_sound() -> None:
    cache = FakeCache(n_ctx=16)
    engine = engine_over(cache)
    with pytest.raises(ModelError, match="larger n_ctx"):
        engine.score([Job((1,) * 17, ((0,),))])
    check(engine, cache, {(1, 2): {(0, 1), (2,)}})
    assert VOCABULARY > 2
