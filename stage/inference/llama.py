"""A language model in a GGUF file, run by llama.cpp.

What it promises: the same requests in the same order, put to a freshly loaded model on the same build with the same
settings, give bit-identical replies; the order of requests within one call changes nothing; log-probabilities may
move by up to ``card.noise`` with what else was asked before (since the last `reset`) or beside them, and with
``sharing="none"`` by nothing.
It must not know what is being played: it sees text and gives numbers and text.
"""

from __future__ import annotations

import hashlib
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import assert_never

from stage.errors import ModelError
from stage.inference.engine import Engine, Job, Tokens
from stage.inference.gguf import check_gguf
from stage.inference.native import REPACKS, SYSTEM, VERSION, Native
from stage.inference.prefixes import PrefixTree
from stage.inference.requests import Generate, ModelCard, Reply, Request, Score, Scored, Usage
from stage.inference.settings import Settings
from stage.inference.tokens import Tokenizer
from stage.inference.voices import Voice

FILE_TYPES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S",
    12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K", 19: "IQ2_XXS",
    20: "IQ2_XS", 21: "Q2_K_S", 22: "IQ3_XS", 23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL", 26: "IQ3_S", 27: "IQ3_M",
    28: "IQ2_S", 29: "IQ2_M", 30: "IQ4_XS", 31: "IQ1_M", 32: "BF16", 36: "TQ1_0", 37: "TQ2_0", 38: "MXFP4",
}  # fmt: skip
"""``general.file_type`` of GGUF files, as llama.cpp numbers and names them."""

NOISE = {"F32": 0.01, "F16": 0.05, "BF16": 0.05}
QUANTIZED_NOISE = 0.5
"""Nats by which a log-probability was seen to move with the composition of the batch it was computed in, by the type
of the weights: the largest of the first hundred log-probabilities, batches of one against batches of two dozen,
rounded up. Quantized weights bring rounding of the activations with them, which reacts to the last bit."""


@dataclass(frozen=True)
class _Asked:
    """A request as tokens."""

    request: Request
    prompt: Tokens
    options: tuple[Tokens, ...] = ()


class LlamaModel:
    """The model in the file at ``path``. Use as a context manager or `close` it; not from two threads at once.

    ModelError if the file is not a sound GGUF of a text model, or does not fit the settings.
    """

    def __init__(self, path: str | Path, settings: Settings | None = None) -> None:
        self.path = Path(path)
        self.settings = settings or Settings()
        self._metadata = check_gguf(self.path).metadata
        self._native = Native(self.path, self.settings)
        template = self._metadata.get("tokenizer.chat_template")
        self._tokenizer = Tokenizer(self._native, template if isinstance(template, str) else None)
        self._engine = Engine(self._native, self.settings)
        self._tree = PrefixTree()
        self._usage = Usage()
        trained = self._native.n_ctx_train
        self.context = min(self._native.n_ctx, trained) if trained > 0 else self._native.n_ctx
        """How many tokens a prompt and what continues it may have together."""

    @cached_property
    def card(self) -> ModelCard:
        """The model's record; the file is read through once for its hash."""
        with self.path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        number = self._metadata.get("general.file_type")
        kind = FILE_TYPES.get(number, "unknown") if isinstance(number, int) else "unknown"
        details: dict[str, str | int | float | bool] = {
            "general_name": str(self._metadata.get("general.name", "")),
            "architecture": str(self._metadata["general.architecture"]),
            "file_type": kind,
            "n_params": self._native.n_params,
            "n_vocab": self._native.n_vocab,
            "n_ctx_train": self._native.n_ctx_train,
            "n_ctx": self._native.n_ctx,
            "n_batch": self.settings.n_batch,
            "n_seq_max": self.settings.n_seq_max,
            "keep": self.settings.keep,
            "threads": self.settings.threads,
            "gpu_layers": self.settings.gpu_layers,
            "flash_attn": False,
            "sharing": self._engine.sharing,
            "llama_cpp_python": VERSION,
            "repacks": REPACKS,
            "system": SYSTEM,
        }
        return ModelCard(
            name=self.path.stem,
            path=str(self.path),
            sha256=digest,
            chat=self._tokenizer.template is not None,
            noise=NOISE.get(kind, QUANTIZED_NOISE),
            details=details,
        )

    @property
    def usage(self) -> Usage:
        """``asked`` counts the tokens of every prompt and of what had to be evaluated after it: each option and each
        reply without its last token."""
        return self._usage

    def answer(self, requests: Sequence[Request]) -> list[Reply]:
        """One reply per request, in the order asked; equal requests are answered once. ModelError, before anything
        is evaluated, if a prompt with what is to follow is longer than the context."""
        self._check_open()
        start = time.perf_counter()
        evaluated = self._engine.evaluated
        asked = [self._tokens(request) for request in requests]
        jobs: dict[Tokens, set[Tokens]] = defaultdict(set)
        voices: dict[Generate, Voice] = {}
        for one in asked:
            match one.request:
                case Score():
                    jobs[one.prompt].update(one.options)
                case Generate():
                    bare = replace(one.request, label="")
                    voices.setdefault(bare, Voice(self._native, one.prompt, bare))
                case _:
                    assert_never(one.request)
        scores = self._engine.score([Job(prompt, tuple(options)) for prompt, options in jobs.items()])
        self._engine.generate(list(voices.values()))
        replies: list[Reply] = []
        for one in asked:
            match one.request:
                case Score():
                    logprobs = tuple(scores[one.prompt, option] for option in one.options)
                    replies.append(Scored(logprobs, tuple(len(option) for option in one.options)))
                    self._count(one.prompt, one.options)
                case Generate():
                    voice = voices[replace(one.request, label="")]
                    replies.append(voice.reply)
                    self._count(one.prompt, (tuple(voice.tokens),))
                case _:
                    assert_never(one.request)
        self._usage = replace(
            self._usage,
            evaluated=self._usage.evaluated + self._engine.evaluated - evaluated,
            requests=self._usage.requests + len(asked),
            seconds=self._usage.seconds + time.perf_counter() - start,
        )
        return replies

    def reset(self) -> None:
        """Empty the cache: from here on replies are bit-identical to those of a freshly loaded model. What had been
        evaluated is evaluated again when it is needed."""
        self._check_open()
        self._engine.reset()

    def close(self) -> None:
        """Free the model and its context. Nothing can be asked afterwards; closing again does nothing."""
        self._native.close()

    def __enter__(self) -> LlamaModel:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _check_open(self) -> None:
        if not self._native.close.alive:
            raise ModelError(f"{self.path}: the model was closed; load it again")

    def _tokens(self, request: Request) -> _Asked:
        prompt = self._tokenizer.prompt(request.prompt)
        match request:
            case Score(options=texts):
                options = tuple(self._tokenizer.option(text) for text in texts)
                self._check_length(request, prompt, max(len(option) for option in options) - 1)
                return _Asked(request, prompt, options)
            case Generate(max_tokens=length):
                self._check_length(request, prompt, length)
                return _Asked(request, prompt)
            case _:
                assert_never(request)

    def _check_length(self, request: Request, prompt: Tokens, more: int) -> None:
        needed = len(prompt) + more
        if needed <= self.context:
            return
        trained = self.context < self._native.n_ctx
        remedy = "choose a model with a longer context" if trained else "load the model with a larger n_ctx"
        what = f"request {request.label!r}" if request.label else "a request"
        raise ModelError(
            f"{what} needs {needed} tokens ({len(prompt)} of prompt, {more} to follow) and the context holds "
            f"{self.context}: {remedy}, or show the model less of the scene (windowed context)"
        )

    def _count(self, prompt: Tokens, continuations: Sequence[Tokens]) -> None:
        """Count what was asked. The prompt counts once for all its options."""
        asked = len(prompt) + sum(max(0, len(tokens) - 1) for tokens in continuations)
        for tokens in continuations:
            self._tree.add(prompt + tokens[:-1])
        self._usage = replace(self._usage, asked=self._usage.asked + asked, tree=self._tree.nodes)
