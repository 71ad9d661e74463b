"""Models of two layers with random weights: numerics as in any other, and a second is time enough for a long play."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Literal

import pytest
import random_model
import workload
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stage.errors import ModelError
from stage.inference.engine import Engine, Job
from stage.inference.gguf import check_gguf
from stage.inference.llama import LlamaModel
from stage.inference.memory import needed, peak
from stage.inference.models import builtin_model
from stage.inference.native import Native
from stage.inference.prefixes import PrefixTree, Row
from stage.inference.requests import Chat, Generate, Message, Score, Scored, Script
from stage.inference.sampling import log_normalizer
from stage.inference.settings import Settings
from stage.inference.voices import Voice
from stage.performing.audiences import Unwatched
from stage.performing.play import perform
from stage.performing.settings import Settings as PlaySettings
from stage.resources import scenarios_folder
from stage.scenes.yaml_reader import load

Tokens = tuple[int, ...]
SMALL = Settings(n_ctx=1024, n_batch=128, n_seq_max=32, threads=1)
tokens = st.lists(st.integers(100, 103), min_size=1, max_size=70).map(tuple)
options = st.lists(st.integers(100, 103), min_size=1, max_size=5).map(tuple)
trees = st.dictionaries(tokens, st.sets(options, min_size=1, max_size=4), min_size=1, max_size=6)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return random_model.write(tmp_path_factory.mktemp("model") / "tiny.gguf", random_model.TINY, builtin_model())


@pytest.fixture(scope="module")
def recurrent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "recurrent.gguf"
    return random_model.write(path, random_model.RECURRENT, builtin_model())


@pytest.fixture(scope="module")
def sliding(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "sliding.gguf"
    return random_model.write(path, random_model.SLIDING, builtin_model())


@pytest.fixture(scope="module", params=[True, False], ids=["flash", "plain"])
def pair(tiny: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Native, Engine, Native]]:
    """An engine that shares, the cache below it, and a cache for evaluating everything afresh."""
    both = replace(SMALL, flash_attn=request.param)
    shared, fresh = Native(tiny, both), Native(tiny, both)
    yield shared, Engine(shared, both), fresh
    shared.close()
    fresh.close()


def fresh_score(native: Native, prompt: Tokens, option: Tokens, held: int = 0) -> float:
    """By one sequence, of which the first ``held`` tokens are kept from the time before."""
    if held:
        native.cut(0, held)
    else:
        native.clear()
    rows = [Row(t, n, [0], n >= len(prompt) - 1) for n, t in enumerate(prompt + option[:-1])]
    last = len(prompt) - 1
    for start in range(held, last, SMALL.n_batch):
        native.decode(rows[start : min(start + SMALL.n_batch, last)])
    native.decode(rows[last:])
    found = [native.logits(n) for n in range(len(option))]
    return sum(float(row[token]) - log_normalizer(row) for row, token in zip(found, option, strict=True))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(trees, min_size=1, max_size=3))
def test_shared_and_fresh_scores_agree(
    pair: tuple[Native, Engine, Native], calls: list[dict[Tokens, set[Tokens]]]
) -> None:
    """What a token may see is the only thing that sharing could get wrong: unquantized weights would show it."""
    _, engine, native = pair
    engine.reset()
    for call in calls:
        found = engine.score([Job(prompt, tuple(some)) for prompt, some in call.items()])
        for (prompt, option), logprob in found.items():
            assert logprob == pytest.approx(fresh_score(native, prompt, option), abs=0.02)


def test_a_wrong_mask_would_show(pair: tuple[Native, Engine, Native]) -> None:
    """The tolerance is narrow enough: one token more or less in view moves a score by more."""
    _, _, native = pair
    prompt, other = (100, 101, 102, 103) * 6, (100, 101, 102, 103) * 5 + (101, 101, 102, 103)
    assert abs(fresh_score(native, prompt, (100, 103)) - fresh_score(native, other, (100, 103))) > 0.02


@pytest.mark.parametrize("flash", [True, False], ids=["flash", "plain"])
def test_a_view_is_forked_further_back_than_a_sliding_window(sliding: Path, flash: bool) -> None:
    """llama.cpp takes back cells that one sequence alone holds and its window has left, unasked: where a later view
    parts from an earlier one before them, a score would be off by whole nats."""
    both = replace(SMALL, flash_attn=flash)
    shared, native = Native(sliding, both), Native(sliding, both)
    engine, rng = Engine(shared, both), random.Random(1)

    def some(count: int) -> Tokens:
        return tuple(rng.choices(range(100, 104), k=count))

    apart = []
    for _ in range(8):
        engine.reset()
        stem = some(150)
        for _ in range(6):
            prompts = [stem[: rng.randrange(1, 150)] + some(rng.randrange(1, 70)) for _ in range(3)]
            found = engine.score([Job(prompt, ((100, 101, 102), (103,))) for prompt in prompts])
            apart += [abs(logprob - fresh_score(native, *key)) for key, logprob in found.items()]
    assert len(apart) > 200
    assert max(apart) < 0.02
    shared.close()
    native.close()


def test_a_window_that_slides_leaves_things_out(sliding: Path, tmp_path: Path) -> None:
    """The same weights with a window as long as any text: without a difference the test above would show nothing."""
    wide = random_model.write(tmp_path / "wide.gguf", replace(random_model.SLIDING, window=4096), builtin_model())
    narrow, all_of_it = Native(sliding, SMALL), Native(wide, SMALL)
    for length, differs in ((15, False), (60, True)):
        prompt = tuple(random.Random(2).choices(range(100, 104), k=length))
        one, other = (fresh_score(native, prompt, (100,)) for native in (narrow, all_of_it))
        assert (abs(one - other) > 0.02) is differs
    narrow.close()
    all_of_it.close()


def test_with_a_sliding_window_what_could_lose_cells_is_refused(sliding: Path) -> None:
    with pytest.raises(ModelError, match="sliding-window attention n_ubatch is 0"):
        LlamaModel(sliding, replace(SMALL, n_ubatch=64))


def test_as_many_sequences_as_there_may_be_leave_room_for_what_is_set_aside(sliding: Path) -> None:
    with LlamaModel(sliding, replace(SMALL, n_batch=256, n_seq_max=254)) as model:
        (reply,) = model.answer([Score(Script("The marble is in the"), (" box", " basket"))])
    assert isinstance(reply, Scored)
    with pytest.raises(ValueError, match="cannot run"):
        replace(SMALL, n_batch=256, n_seq_max=255)


def test_a_scene_is_played_over_a_sliding_window(sliding: Path) -> None:
    """Every token once, as without a window, and the answers that a model gives that shares nothing."""
    beats = list(workload.beats(workload.Shape(beats=2)))
    with (
        LlamaModel(sliding, Settings(threads=1)) as model,
        LlamaModel(sliding, replace(SMALL, sharing="none")) as alone,
    ):
        assert model.card.details["sharing"] == "tree"
        for beat in beats:
            model.answer(beat.lines)
            replies = model.answer(beat.probes)
        usage = model.usage
        some = slice(0, None, 8)
        expected = alone.answer(beats[-1].probes[some])
    assert usage.evaluated <= 1.02 * usage.tree
    for reply, other in zip(replies[some], expected, strict=True):
        assert isinstance(reply, Scored)
        assert isinstance(other, Scored)
        assert reply.logprobs == pytest.approx(other.logprobs, abs=0.02)


LONG = random_model.Shape(layers=1, width=32, heads=1, heads_kv=1, hidden=32)


@pytest.mark.parametrize("sharing", ["tree", "none"])
def test_a_short_question_about_a_long_view_is_answered_as_exactly_as_a_long_one(
    tmp_path: Path, sharing: Literal["tree", "none"]
) -> None:
    """Batches of fewer tokens than a tile would be summed in half precision: after so many tokens in view that moves
    scores by ten times what is allowed here. What a reply was spoken with, in batches of one, is no part of a score."""
    path = random_model.write(tmp_path / "long.gguf", replace(LONG, layers=2), builtin_model())
    usual = Settings(n_ctx=6144, threads=1, sharing=sharing)
    shared, plain = Native(path, usual), Native(path, replace(usual, flash_attn=False))
    engine, view = Engine(shared, usual), tuple(random.Random(1).choices(range(100, 400), k=4000))
    engine.score([Job((*view, 500), ((7,),))])
    voice = Voice(shared, (*view, 501), Generate(Script(""), max_tokens=70, stop=(), seed=1))
    engine.generate([voice])
    assert len(voice.tokens) == 70
    prompts = [(*view, 502, 503), (*view, 501, *voice.tokens[:-1])]
    found = {}
    for prompt in prompts:
        found |= engine.score([Job(prompt, ((7, 8), (10,)))])
    held = 0
    for (prompt, option), logprob in found.items():
        assert logprob == pytest.approx(fresh_score(plain, prompt, option, held), abs=0.001)
        held = len(view)
    shared.close()
    plain.close()


def test_small_batches_are_filled_up_in_a_cache_that_is_full(tiny: Path) -> None:
    """And with as many sequences as there may be."""
    full = Settings(n_ctx=256, n_batch=256, n_seq_max=254, threads=1)
    native, plain = Native(tiny, full), Native(tiny, replace(full, flash_attn=False))
    engine, stem = Engine(native, full), tuple(random.Random(3).choices(range(100, 400), k=250))
    assert native.n_ctx == 256
    for end in (1, 2, 3):
        prompt = (*stem, *[end] * 6)
        found = engine.score([Job(prompt, ((7,), (8,)))])
        for (_, option), logprob in found.items():
            assert logprob == pytest.approx(fresh_score(plain, prompt, option), abs=0.001)
    assert engine.evaluated == 250 + 3 * 6
    native.close()
    plain.close()


@pytest.mark.model
def test_a_view_of_32000_tokens_is_evaluated_once(tmp_path: Path) -> None:
    """Several questions share it, an event goes on from it. The fresh scores are one sequence's, with attention
    computed the plain way."""
    path = random_model.write(tmp_path / "long.gguf", LONG, builtin_model())
    long = Settings(n_ctx=40960)
    before = peak()
    native = Native(path, long)
    engine, tree, rng = Engine(native, long), PrefixTree(), random.Random(1)
    view, options = tuple(rng.choices(range(100, 400), k=32_000)), ((7, 8), (7, 9), (10,))
    found: dict[tuple[Tokens, Tokens], float] = {}
    for event in ((), tuple(range(200, 280))):
        view += event
        prompts = [(*view, question, 600) for question in (500, 501)]
        found |= engine.score([Job(prompt, options) for prompt in prompts])
        for prompt in prompts:
            for option in options:
                tree.add(prompt + option[:-1])
        assert engine.evaluated == tree.nodes
        assert engine.slots.used <= tree.nodes
    assert peak() - before < 1.1 * needed(check_gguf(path), long).total
    native.close()
    plain = Native(path, replace(long, flash_attn=False))
    held = 0
    for (prompt, option), logprob in found.items():
        assert logprob == pytest.approx(fresh_score(plain, prompt, option, held), abs=0.002)
        held = 32_000
    plain.close()


def test_a_model_that_cannot_be_cut_is_asked_alone_and_the_record_says_so(recurrent: Path) -> None:
    with LlamaModel(recurrent, SMALL) as model:
        assert model.card.details["sharing"] == "none"
        assert "recurrent" in str(model.card.details["sharing_reason"])
        request = Score(Script("Sally looks for the marble in the"), (" basket", " box", " big old box"))
        (reply,) = model.answer([request])
        assert isinstance(reply, Scored)
        native = Native(recurrent, SMALL)
        prompt = model._tokenizer.prompt(request.prompt)
        expected = [fresh_score(native, prompt, model._tokenizer.option(text)) for text in request.options]
        native.close()
        assert reply.logprobs == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("bos", [True, False], ids=["bos", "no bos"])
def test_a_base_model_reads_scripts_and_says_that_it_cannot_chat(tmp_path: Path, bos: bool) -> None:
    shape = replace(random_model.TINY, chat=False, bos=bos)
    path = random_model.write(tmp_path / "base.gguf", shape, builtin_model())
    text, options = "Sally looks for the marble in the", (" basket", " big box")
    with LlamaModel(path, SMALL) as model:
        (reply,) = model.answer([Score(Script(text), options)])
        with pytest.raises(ModelError, match=r"no chat template; perform the scene in script format"):
            model.answer([Score(Chat((Message("user", text),)), options)])
        perform(load(scenarios_folder() / "base_model.yaml"), model, PlaySettings(), Unwatched())
        usage = model.usage
    assert usage.evaluated <= 1.02 * usage.tree
    native = Native(path, SMALL)
    begin = (native.bos,) if native.bos is not None else ()
    assert begin
    plain, *texts = (native.tokenize(each, False) for each in (text, *options))
    with_it, without = ([fresh_score(native, prompt, option) for option in texts] for prompt in (begin + plain, plain))
    native.close()
    assert isinstance(reply, Scored)
    assert reply.logprobs == pytest.approx(with_it if bos else without, abs=0.001)
    assert abs(with_it[0] - without[0]) > 0.02


@pytest.mark.parametrize("name", ["sally_anne", "improvised", "base_model"])
def test_of_a_shipped_scene_next_to_nothing_is_evaluated_twice(tiny: Path, name: str) -> None:
    scene = load(scenarios_folder() / f"{name}.yaml")
    with LlamaModel(tiny, Settings(threads=1)) as model:
        perform(scene, model, PlaySettings(), Unwatched())
        usage = model.usage
    assert usage.tree > 1000
    assert usage.evaluated <= 1.02 * usage.tree


def test_of_a_large_play_next_to_nothing_is_evaluated_twice(tiny: Path) -> None:
    with LlamaModel(tiny, Settings(threads=1)) as model:
        for beat in workload.beats(workload.Shape(beats=6)):
            model.answer(beat.lines)
            model.answer(beat.probes)
        usage = model.usage
    assert usage.evaluated <= 1.02 * usage.tree < 0.25 * usage.asked


def test_a_mind_that_missed_a_beat_costs_nothing(tiny: Path) -> None:
    views = {name: f"{name} saw the marble in the basket." for name in ("Sally", "Anne")}
    with LlamaModel(tiny, SMALL) as model:

        def asked() -> list[Score]:
            return [Score(Script(f"{view} The marble is in the"), (" basket", " big box")) for view in views.values()]

        first = model.answer(asked())
        views["Anne"] += " Anne put it in the box."
        before = model.usage
        second = model.answer(asked())
        spent = model.usage.since(before)
    assert second[0] == first[0]
    assert second[1] != first[1]
    assert spent.remembered == 1
    assert spent.evaluated == spent.tree  # Anne's new words alone


def test_a_long_play_stays_inside_its_cache_with_the_same_scores(tiny: Path) -> None:
    """300 beats and 12 roles: together their views are several times the small cache."""
    rng = random.Random(5)
    views: list[list[int]] = [[] for _ in range(12)]
    small, large = Settings(n_ctx=1536, keep=1024, threads=1), Settings(n_ctx=8192, keep=10**6, threads=1)
    narrow, wide = Native(tiny, small), Native(tiny, large)
    engines = Engine(narrow, small), Engine(wide, large)
    apart = 0.0
    for beat in range(300):
        event = [200 + beat % 90, 300 + rng.randrange(90), 400]
        for view in views:
            if rng.random() < 0.4:
                view += event
        asked = [views[beat % 12], views[(beat + 5) % 12]]
        jobs = [Job((*view, 500 + n, 600), ((7, 8), (7, 9), (10,))) for n, view in enumerate(asked)]
        one, other = (engine.score(jobs) for engine in engines)
        apart = max(apart, *(abs(one[key] - other[key]) for key in one))
        assert engines[0].slots.used <= 1536
    assert len(set(chain.from_iterable(views))) > 100
    assert engines[1].slots.used > 2 * 1536
    assert engines[0].evaluated > engines[1].evaluated
    assert apart < 0.02
    narrow.close()
    wide.close()
