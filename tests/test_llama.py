"""The built-in model, converted as runs use it: little rounding hides a wrong mask."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

import stage
from stage.errors import ModelError
from stage.inference.files import ModelFile
from stage.inference.llama import LlamaModel
from stage.inference.models import find_model
from stage.inference.native import Native
from stage.inference.opening import serving_file
from stage.inference.prefixes import Row
from stage.inference.requests import Chat, Generate, Generated, LanguageModel, Message, Request, Score, Scored, Script
from stage.inference.sampling import log_normalizer
from stage.inference.settings import Settings
from stage.inference.tokens import Tokenizer

pytestmark = pytest.mark.model

STORY = "Sally puts the marble in the basket and leaves. Anne moves the marble to the box. Sally comes back. "
OPTIONS = (" basket", " box", " big basket", " big old box", " garden shed", " garden")
SMALL = Settings(n_ctx=1024)


def chat(question: str, begun: str = "In the") -> Chat:
    return Chat((Message("system", "You are Sally."), Message("user", STORY + question)), begun)


def questions() -> list[Score]:
    asked = ["Where is the marble?", "Where will Sally look?", "Where is the", "Where does Anne think Sally will look?"]
    scores = [Score(chat(question), OPTIONS) for question in asked]
    return [*scores, Score(Script(STORY + "The marble is in the"), OPTIONS[:2]), replace(scores[0], label="again")]


def logprobs(model: LanguageModel, requests: Sequence[Request]) -> list[tuple[float, ...]]:
    replies = model.answer(requests)
    return [reply.logprobs for reply in replies if isinstance(reply, Scored)]


def said(model: LanguageModel, request: Generate) -> Generated:
    (reply,) = model.answer([request])
    assert isinstance(reply, Generated)
    return reply


def apart(a: Sequence[Sequence[float]], b: Sequence[Sequence[float]]) -> float:
    return max(abs(x - y) for xs, ys in zip(a, b, strict=True) for x, y in zip(xs, ys, strict=True))


@cache
def served_file() -> ModelFile:
    return serving_file(None)


@pytest.fixture(scope="module")
def model() -> Iterator[LlamaModel]:
    with LlamaModel(served_file()) as model:
        yield model


def naive(native: Native, prompt: tuple[int, ...], option: tuple[int, ...]) -> float:
    """One sequence from an empty cache, the definition: sum of log p(token | everything before it)."""
    native.clear()
    tokens = prompt + option[:-1]
    native.decode([Row(t, n, [0], n >= len(prompt) - 1) for n, t in enumerate(tokens)])
    rows = [native.logits(len(prompt) - 1 + n) for n in range(len(option))]
    return sum(float(row[token]) - log_normalizer(row) for row, token in zip(rows, option, strict=True))


def test_scores_are_those_of_the_definition() -> None:
    native = Native(served_file().path, SMALL)
    with LlamaModel(served_file(), SMALL) as model, LlamaModel(served_file(), replace(SMALL, sharing="none")) as alone:
        template = model._metadata["tokenizer.chat_template"]
        assert isinstance(template, str)
        tokenizer = Tokenizer(native, template)
        expected = [
            tuple(naive(native, tokenizer.prompt(q.prompt), tokenizer.option(o)) for o in q.options)
            for q in questions()
        ]  # fmt: skip
        assert 0 < model.card.noise < 0.05
        assert apart(logprobs(model, questions()), expected) < 0.05
        assert apart(logprobs(model, questions()[::-1]), expected[::-1]) < 0.05
        assert logprobs(alone, questions()) == expected
    native.close()


def test_what_was_asked_before_moves_scores_by_noise_at_most() -> None:
    with LlamaModel(served_file(), replace(Settings(), remembered=0)) as model:
        first = logprobs(model, [questions()[1]])
        logprobs(model, [Score(chat(f"Question {n}: where is it?"), OPTIONS) for n in range(30)])
        assert apart(logprobs(model, [questions()[1]]), first) < 2 * model.card.noise


def test_every_distinct_token_is_evaluated_once() -> None:
    with LlamaModel(served_file()) as model:
        first = model.answer(questions())
        assert model.usage.evaluated == model.usage.tree < model.usage.asked
        assert model.usage.requests == len(questions())
        before = model.usage
        again = model.answer(questions()[::-1])
        assert again == first[::-1]
        assert model.usage.since(before).evaluated == model.usage.since(before).tree == 0
        assert model.usage.remembered == len(questions())
        assert model.usage.asked == 2 * before.asked


def test_a_run_can_be_repeated_to_the_bit() -> None:
    requests = [*questions(), Generate(chat("Speak."), seed=3), Generate(chat("Speak."), seed=4)]
    with LlamaModel(served_file()) as one, LlamaModel(served_file()) as two:
        assert [one.answer(requests), one.answer(requests[:2])] == [two.answer(requests), two.answer(requests[:2])]


def test_the_order_of_requests_changes_nothing() -> None:
    requests = [*questions(), Generate(chat("Speak."), seed=3), Generate(chat("Who are you?"), seed=4)]
    with LlamaModel(served_file()) as one, LlamaModel(served_file()) as two:
        assert one.answer(requests) == two.answer(requests[::-1])[::-1]


def test_alone_a_reply_hangs_on_its_request_only() -> None:
    requests = [*questions()[:3], Generate(chat("Speak."), seed=3, max_tokens=12)]
    with LlamaModel(served_file(), replace(SMALL, sharing="none")) as model:
        together = model.answer(requests)
        assert [model.answer([request])[0] for request in reversed(requests)] == together[::-1]


def test_a_small_cache_gives_the_same_answers(model: LlamaModel) -> None:
    tight = Settings(n_ctx=256, n_batch=32, n_seq_max=4, keep=64)
    requests: list[Request] = [*questions(), Generate(chat("Speak."), temperature=0, max_tokens=12)]
    with LlamaModel(served_file(), tight) as small:
        for _ in range(2):
            replies = small.answer(requests)
            assert apart(logprobs(model, questions()), [r.logprobs for r in replies if isinstance(r, Scored)]) < 0.5
    with LlamaModel(served_file(), replace(SMALL, n_outputs=4)) as narrow:
        assert apart(logprobs(model, questions()), logprobs(narrow, questions())) < 0.5


def test_lengths_count_tokens_and_probabilities_are_probabilities(model: LlamaModel) -> None:
    (reply,) = model.answer([Score(chat("Where?"), OPTIONS)])
    assert isinstance(reply, Scored)
    assert reply.lengths == tuple(len(model._tokenizer.option(o)) for o in OPTIONS)
    assert reply.lengths[0] == 1
    assert reply.lengths[3] == 3
    assert all(value < 0 for value in reply.logprobs)
    assert reply.logprobs[5] > reply.logprobs[4]  # " garden" begins " garden shed"


@pytest.mark.parametrize("sign", ["<|im_end|>", "<|im_start|>system\n", "<|endoftext|>"])
def test_nothing_said_can_be_read_as_a_sign_of_the_template(model: LlamaModel, sign: str) -> None:
    native, tokenizer = model._native, model._tokenizer
    special = {t for t in range(native.n_vocab) if native.is_end(t) or native.unspeakable[t]}
    plain = tokenizer.prompt(Chat((Message("system", "a"), Message("user", "b")), "c"))
    hostile = tokenizer.prompt(Chat((Message("system", sign), Message("user", sign)), sign))
    assert [t for t in hostile if t in special] == [t for t in plain if t in special]
    assert not special & {*tokenizer.option(sign), *tokenizer.prompt(Script(sign))}
    assert b"".join(native.piece(t, special=True) for t in hostile).count(sign.encode()) >= 3


def test_a_chat_is_written_as_the_model_was_taught(model: LlamaModel) -> None:
    tokens = model._tokenizer.prompt(Chat((Message("system", "S"), Message("user", "U")), "A"))
    assert b"".join(model._native.piece(t, special=True) for t in tokens) == (
        b"<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nU<|im_end|>\n<|im_start|>assistant\nA"
    )


def test_replies_end_at_a_stop_string_across_tokens(model: LlamaModel) -> None:
    whole = said(model, Generate(chat("Tell the story."), temperature=0, stop=(), max_tokens=30))
    middle = whole.text[9:16]
    cut = said(model, Generate(chat("Tell the story."), temperature=0, stop=(middle,), max_tokens=30))
    assert (cut.text, cut.ended) == (whole.text[: whole.text.index(middle)], "stop")
    assert cut.length < whole.length
    assert whole.ended in ("length", "end")


def test_a_greedy_reply_has_the_probability_that_scoring_gives_it(model: LlamaModel) -> None:
    reply = said(model, Generate(chat("Where?"), temperature=0, stop=(), max_tokens=6))
    assert reply.length == 6
    (score,) = logprobs(model, [Score(chat("Where?"), (reply.text,))])
    assert score[0] == pytest.approx(reply.logprob, abs=model.card.noise * 2)


def test_seeds_make_the_difference(model: LlamaModel) -> None:
    texts = {
        said(model, Generate(chat("Tell a story."), seed=seed, temperature=1.5, top_p=1)).text for seed in range(4)
    }
    assert len(texts) == 4
    assert not any("<|" in text or "\ufffd" in text for text in texts)


def test_a_grammar_is_kept_to(model: LlamaModel) -> None:
    grammar = 'root ::= "I " ("saw" | "moved") " the " ("marble" | "box" | "mär" [a-z] "🙂") "."'
    for seed in range(4):
        request = Generate(chat("Speak.", ""), seed=seed, temperature=2, top_p=1, grammar=grammar)
        reply = said(model, request)
        assert re.fullmatch(r"I (saw|moved) the (marble|box|mär[a-z]🙂)\.", reply.text), reply
        assert reply.ended == "end"


@pytest.mark.parametrize("grammar", ["root ::= (", 'other ::= "a"', 'root ::= root "a"', "root ::= nothing"])
def test_a_bad_grammar_is_refused(model: LlamaModel, grammar: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ModelError, match="grammar cannot be read"):
        model.answer([Generate(chat("Speak."), grammar=grammar)])
    assert capfd.readouterr() == ("", "")


def test_what_does_not_fit_is_refused_before_anything_is_done(model: LlamaModel) -> None:
    before = model.usage
    with pytest.raises(ModelError, match=r"request 'probe 7' needs \d+ tokens \(\d+ of prompt, 0 to follow\).* 8192: "):
        model.answer([questions()[0], Score(Script("marble " * 9000), (" a",), label="probe 7")])
    with pytest.raises(ModelError, match="9000 to follow"):
        model.answer([Generate(chat("Speak."), max_tokens=9000)])
    assert model.usage == before


def test_an_error_leaves_the_cache_sound(model: LlamaModel, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = logprobs(model, questions())
    model.reset()

    def interrupted(row: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(model._native, "logits", interrupted)
        with pytest.raises(KeyboardInterrupt):
            model.answer(questions())
    assert apart(logprobs(model, questions()), expected) < model.card.noise


def test_the_card(model: LlamaModel) -> None:
    card = model.card
    assert isinstance(model, LanguageModel)
    assert card.chat
    assert 0 < card.noise < 0.05
    assert card.name == "SmolLM2-135M-Instruct.Q4_1 in F16"
    assert "converted to F16" in str(card.details["origin"])
    assert re.fullmatch("[0-9a-f]{64}", card.sha256)
    assert (card.details["architecture"], card.details["file_type"]) == ("llama", "F16")
    assert (card.details["n_ctx_train"], card.details["n_vocab"]) == (8192, 49152)


def test_a_closed_model_says_so() -> None:
    model = LlamaModel(served_file(), Settings(n_ctx=256))
    model.close()
    model.close()
    with pytest.raises(ModelError, match="was closed"):
        model.answer(questions())


def test_the_library_is_silent_and_a_forgotten_model_harms_nobody() -> None:
    code = (
        "from stage.inference.opening import open_model\n"
        "from stage.inference.requests import *\nmodel = open_model(None)\n"
        "model.answer([Score(Script('Sally'), (' looks',)), Generate(Script('Anne'), max_tokens=3)])\n"
    )
    env = os.environ | {"PYTHONPATH": str(Path(stage.__file__).parents[1])}
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=env, timeout=300, check=False
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_a_file_that_only_looks_like_a_model_is_refused(tmp_path: Path) -> None:
    whole = find_model().read_bytes()
    for length in (10, 100_000, len(whole) - 1):
        (tmp_path / "cut.gguf").write_bytes(whole[:length])
        with pytest.raises(ModelError, match=r"cut\.gguf"):
            LlamaModel(tmp_path / "cut.gguf")
    (tmp_path / "other.gguf").write_bytes(
        whole.replace(
            b"general.architecture\x08\0\0\0\x05\0\0\0\0\0\0\0llama",
            b"general.architecture\x08\0\0\0\x05\0\0\0\0\0\0\0slime",
        )
    )
    with pytest.raises(ModelError, match=r"other\.gguf: llama\.cpp cannot load it: .*slime"):
        LlamaModel(tmp_path / "other.gguf")
