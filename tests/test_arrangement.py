"""Cells laid side by side: the plan of it over plain ints, when it pays, and a real cache in which nothing else changes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import llama_cpp
import pytest
import random_model
import workload
from hypothesis import given
from hypothesis import strategies as st

from stage.inference import native as native_module
from stage.inference.arrangement import LIFTED, Places, Run, moves, tiles
from stage.inference.cache import NoRoomError
from stage.inference.engine import Engine, Job
from stage.inference.llama import LlamaModel
from stage.inference.models import builtin_model
from stage.inference.native import Native
from stage.inference.prefixes import Row
from stage.inference.requests import Scored
from stage.inference.settings import Settings
from stage.inference.slots import Slots

SMALL = Settings(n_ctx=1024, n_batch=128, n_seq_max=32, threads=1)


# the plan


@st.composite
def held_cells(draw: st.DrawFn) -> dict[int, list[int]]:
    """What slots hold of a tree whose nodes lie anywhere: each the cells from the root to some node."""
    parents = draw(st.lists(st.integers(-1, 30), min_size=1, max_size=30))
    places = draw(st.permutations(range(60)))
    paths: list[list[int]] = []
    for number, parent in enumerate(parents):
        stem = paths[parent % number] if number and parent >= 0 else []
        paths.append([*stem, places[number]])
    slots = draw(st.lists(st.sampled_from(paths), min_size=1, max_size=6))
    return dict(enumerate(slots))


def carried_out(held: dict[int, list[int]], steps: list[list[Run]]) -> dict[int, list[int]]:
    """Where the cells lie afterwards, in a cache that takes the first free places: a cell is known by where it was."""
    at = {cell: cell for cells in held.values() for cell in cells}
    for step in steps:
        lifted = []
        for run in step:
            own = [held[run.slots[0]][position] for position in range(run.start, run.end)]
            assert all([slot for slot in held if cell in held[slot]] == list(run.slots) for cell in own)
            by_place = sorted((place, cell) for place, cell in at.items() if cell in own)
            assert [cell for _, cell in by_place] == own  # a saved sequence lists its cells by their places
            lifted += [at.pop(place) for place, _ in by_place]
        for cell in lifted:
            at[next(place for place in count() if place not in at)] = cell
    where = {cell: place for place, cell in at.items()}
    return {slot: [where[cell] for cell in cells] for slot, cells in held.items()}


@given(held_cells(), st.integers(1, 70), st.randoms(use_true_random=False))
def test_steps_lead_to_where_the_cells_should_lie(held: dict[int, list[int]], most: int, rng: random.Random) -> None:
    order = sorted({cell for cells in held.values() for cell in cells})
    rng.shuffle(order)
    steps = moves(held, order, most)
    after = carried_out(held, steps)
    assert after == {slot: [order.index(cell) for cell in cells] for slot, cells in held.items()}
    assert all(sum(run.end - run.start for run in step) <= max(2, most) for step in steps)
    assert moves(after, range(len(order)), most) == []


def test_two_views_that_grew_in_turn_are_laid_one_after_the_other() -> None:
    held = {0: [0, 1, 4, 5], 1: [0, 2, 3, 6]}
    steps = moves(held, [0, 1, 4, 5, 2, 3, 6], 100)
    assert steps == [[Run((0,), 2, 4), Run((1,), 1, 3)]]  # the stem, the next cell and the last stay
    assert carried_out(held, steps) == {0: [0, 1, 2, 3], 1: [0, 4, 5, 6]}


def test_the_first_free_places_are_taken() -> None:
    places = Places()
    assert places.take([1, 0, 2, 0, 1]) == [0, 1, 2, 3, 4]
    assert (len(places), places.holders(2)) == (3, 2)
    assert places.take([1, 1, 1]) == [1, 3, 5]
    places.release([2, 0])
    places.hold([4])
    assert places.take([1, 1]) == [0, 6]  # 2 has a holder left
    places.release([2, 4])
    assert places.take([1, 1]) == [2, 7]


# when it pays


def grown(beats: int, length: int, views: int = 4) -> tuple[Slots, list[list[int]]]:
    """Views that grew in turn, and lie among each other."""
    slots, prompts = Slots(8, 100_000), [[number] for number in range(views)]
    for beat in range(beats):
        for prompt in prompts:
            prompt += [beat] * length
            placement = slots.place(prompt)
            assert placement is not None
            slots.grow([(token, [placement.slot]) for token in prompt[placement.held :]])
            slots.unpin()
    return slots, prompts


@pytest.mark.parametrize(
    ("beats", "length", "asked", "pays"),
    [
        (1, 40, 40, False),  # nothing to gain: each lies in one piece
        (12, 40, 0, False),  # nothing is asked
        (12, 40, 40, True),
        (12, 40, 1, False),  # scattered, but next to nothing is asked
        (2, 200, 40, False),  # scattered in large pieces
    ],
)
def test_cells_are_laid_side_by_side_where_it_pays(beats: int, length: int, asked: int, pays: bool) -> None:
    slots, views = grown(beats, length)
    prompts = [[*view, *[1000 + number] * asked] for view in views for number in range(4) if asked]
    assert slots.scattered(prompts) is pays
    before = [slots.held(number) for number in range(slots.count)]
    slots.arrange(LIFTED)
    assert not slots.scattered(prompts)
    assert [slots.held(number) for number in range(slots.count)] == before
    least = sum(-(-len(view) // 64) for view in views)
    assert sum(tiles(slots.places(number)) for number in range(slots.count)) <= least + len(views)


# a real cache


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return random_model.write(tmp_path_factory.mktemp("model") / "tiny.gguf", random_model.TINY, builtin_model())


@pytest.fixture(params=["F16", "F32"])
def native(tiny: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Native]:
    """With keys and values kept in half and in single precision."""
    default = llama_cpp.llama_context_default_params

    def of_type() -> object:
        params = default()
        params.type_k = params.type_v = {"F16": llama_cpp.GGML_TYPE_F16, "F32": llama_cpp.GGML_TYPE_F32}[request.param]
        return params

    monkeypatch.setattr(native_module.llama_cpp, "llama_context_default_params", of_type)
    made = Native(tiny, SMALL)
    yield made
    made.close()


def state(native: Native, sequence: int) -> bytes:
    """All that the library keeps of a sequence, in the order of its places."""
    size = llama_cpp.llama_state_seq_get_size(native._context, sequence)
    data = (llama_cpp.ctypes.c_uint8 * size)()
    assert llama_cpp.llama_state_seq_get_data(native._context, data, size, sequence) == size
    return bytes(data)


def test_cells_are_moved_to_the_bit_and_stay_shared(native: Native) -> None:
    """Two views and what they share, a token of each in turn. All that was free is free afterwards, and no more: 1,024
    cells and a page to fill batches up with, of which 470 are held."""
    rng = random.Random(4)
    stem, views = rng.choices(range(100, 400), k=70), [rng.choices(range(100, 400), k=200) for _ in range(2)]
    native.decode([Row(token, n, [0, 1]) for n, token in enumerate(stem)])
    for start in range(0, 200, 50):
        rows = [Row(views[s][n], 70 + n, [s]) for n in range(start, start + 50) for s in (0, 1)]
        native.decode(rows)
    held = {s: [*range(70), *range(70 + s, 470, 2)] for s in (0, 1)}
    before = [state(native, s) for s in (0, 1)]
    assert before[0] != before[1]
    steps = moves(held, [*held[0], *held[1][70:]], 128)
    assert len(steps) > 3
    for step in steps:
        native.move(step)
    assert [state(native, s) for s in (0, 1)] == before
    for sequence in range(2, 11):
        native.decode([Row(1, n, [sequence]) for n in range(90)], hurried=True)
    with pytest.raises(NoRoomError):
        native.decode([Row(1, 0, [11])], hurried=True)


def test_scores_after_a_move_are_those_of_a_fresh_cache(tiny: Path) -> None:
    """Views that fork and grow, some of which go: cells are laid side by side before every call."""
    rng, always = random.Random(6), lambda prompts: True
    shared, never = replace(SMALL, n_ctx=2048), replace(SMALL, n_ctx=2048, sharing="none")
    natives = [Native(tiny, shared), Native(tiny, never)]
    engine, alone = (Engine(native, how) for native, how in zip(natives, (shared, never), strict=True))
    engine.slots.scattered = always  # type: ignore[method-assign]
    views, apart = [tuple(rng.choices(range(100, 400), k=40))] * 4, []
    for _ in range(8):
        views = [(*view, *rng.choices(range(100, 400), k=rng.randrange(40))) for view in rng.choices(views, k=4)]
        jobs = [Job((*view, 500, number), ((7, 8), (7, 9, 10), (11,))) for view in views for number in range(3)]
        found, expected = engine.score(jobs), alone.score(rng.sample(jobs, 3))
        apart += [abs(found[key] - logprob) for key, logprob in expected.items()]
    assert engine.moved > 1000
    assert max(apart) < 0.02
    for native in natives:
        native.close()


def test_a_large_play_is_the_same_to_the_bit_each_time_and_within_the_noise_without(tiny: Path) -> None:
    beats = list(workload.beats(workload.Shape(beats=4)))
    replies, evaluated = [], []
    with LlamaModel(tiny, Settings(threads=1)) as model, LlamaModel(tiny, Settings(threads=1, arrange=False)) as other:
        noise = model.card.noise
        assert (model.card.details["arrange"], other.card.details["arrange"]) == (True, False)
        for each in (model, model, other):
            each.reset()
            replies.append([reply for beat in beats for reply in (*each.answer(beat.lines), *each.answer(beat.probes))])
            evaluated.append(each._engine.evaluated)
        assert model._engine.moved > 1000
        assert other._engine.moved == 0
    assert replies[0] == replies[1]
    assert evaluated == [evaluated[0], 2 * evaluated[0], evaluated[0]]
    scores = [[reply for reply in some if isinstance(reply, Scored)] for some in replies]
    moved = [
        abs(a - b)
        for x, y in zip(scores[0], scores[2], strict=True)
        for a, b in zip(x.logprobs, y.logprobs, strict=True)
    ]
    assert 0 < max(moved) < noise


@pytest.mark.parametrize(
    ("shape", "changes"),
    [
        (random_model.TINY, {"flash_attn": False}),
        (random_model.TINY, {"n_batch": 32}),
        (random_model.TINY, {"arrange": False}),
        (random_model.TINY, {"sharing": "none"}),
        (random_model.TINY, {"gpu_layers": 1}),
        (random_model.SLIDING, {}),
        (random_model.RECURRENT, {}),
    ],
)
def test_where_it_cannot_help_or_be_done_cells_are_never_moved(
    tmp_path: Path, shape: random_model.Shape, changes: dict[str, object]
) -> None:
    path = random_model.write(tmp_path / "model.gguf", shape, builtin_model())
    how = replace(SMALL, **changes)  # type: ignore[arg-type]
    native = Native(path, how)
    assert not Engine(native, how).arranges
    native.close()
