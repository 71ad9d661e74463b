"""A language model in a GGUF file, run by llama.cpp.

What it promises: the same requests in the same order, put to a freshly loaded model on the same build with the same
settings, give bit-identical replies; the order of requests within one call changes nothing; scores may
move by up to ``card.noise`` with what else was asked before (since the last `reset`) or beside them, and with
``sharing="none"`` by nothing.
It must not know what is being played: it sees text and gives numbers and text.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import assert_never

from stage.errors import ModelError
from stage.inference.engine import Engine, Job, Tokens
from stage.inference.files import ModelFile, sha256_of
from stage.inference.gguf import check_gguf
from stage.inference.memory import check_fits
from stage.inference.native import REPACKS, SYSTEM, VERSION, Native
from stage.inference.noise import NoiseStore
from stage.inference.pace import Pace, measured
from stage.inference.prefixes import PrefixTree
from stage.inference.requests import Generate, ModelCard, Progress, Reply, Request, Score, Scored, Usage
from stage.inference.scores import Scores
from stage.inference.settings import Settings
from stage.inference.tokens import Tokenizer
from stage.inference.voices import Voice

Details = dict[str, str | int | float | bool]


@dataclass(frozen=True)
class _Asked:
    """A request as tokens."""

    request: Request
    prompt: Tokens
    options: tuple[Tokens, ...] = ()

    @property
    def bare(self) -> Request:
        """The request without its label, which no reply hangs on."""
        return replace(self.request, label="")


class LlamaModel:
    """The model in the file at ``path``, or in the file that was found for it. Use as a context manager or `close`
    it; not from two threads at once. ``watcher`` is told after each batch how far the answer is.

    ModelError if the file is not a sound GGUF of a text model, or does not fit the settings or the memory there is.
    """

    def __init__(self, path: str | Path | ModelFile, settings: Settings | None = None) -> None:
        self.file = path if isinstance(path, ModelFile) else ModelFile(Path(path))
        self.path = self.file.path
        self.settings = settings or Settings()
        self.watcher: Callable[[Progress], None] | None = None
        header = check_gguf(self.path)
        check_fits(self.path, header, self.settings)
        self._header = header
        self._metadata = header.metadata
        self._native = Native(self.path, self.settings)
        template = self._metadata.get("tokenizer.chat_template")
        self._tokenizer = Tokenizer(self._native, template if isinstance(template, str) else None)
        self._engine = Engine(self._native, self.settings, self._watch)
        self._tree = PrefixTree()
        self._scores = Scores(self.settings.remembered)
        self._done = self._expected = 0
        self._usage = Usage()
        trained = self._native.n_ctx_train
        self.context = min(self._native.n_ctx, trained) if trained > 0 else self._native.n_ctx
        """How many tokens a prompt and what continues it may have together."""

    @cached_property
    def card(self) -> ModelCard:
        """The model's record. The file is read through once for its hash, and its noise is measured if it never was;
        what the cache holds is lost then."""
        digest = self.file.sha256 or sha256_of(self.path)
        numerics: Details = {
            "file_type": self._header.quantization,
            "n_batch": self.settings.n_batch,
            "n_ubatch": self.settings.n_ubatch or self.settings.n_batch,
            "gpu_layers": self.settings.gpu_layers,
            "flash_attn": self.settings.flash_attn,
            "llama_cpp_python": VERSION,
            "repacks": REPACKS,
            "system": SYSTEM,
        }
        self._engine.reset()
        noise = NoiseStore.of_user().noise(self._native, self.settings.n_batch, {"sha256": digest, **numerics})
        details: Details = {
            "general_name": str(self._metadata.get("general.name", "")),
            "origin": self.file.origin,
            "architecture": str(self._metadata["general.architecture"]),
            "n_params": self._native.n_params,
            "n_vocab": self._native.n_vocab,
            "n_ctx_train": self._native.n_ctx_train,
            "n_ctx": self._native.n_ctx,
            "n_seq_max": self.settings.n_seq_max,
            "n_outputs": self.settings.n_outputs,
            "keep": self.settings.keep,
            "threads": self.settings.threads,
            "decode_threads": self.settings.decode_threads or self.settings.threads,
            "sharing": self._engine.sharing,
            "arrange": self.settings.arrange,
            **numerics,
            **({} if self._native.shares else {"sharing_reason": "a recurrent state cannot be cut or forked"}),
        }
        return ModelCard(
            name=self.file.name or self.path.stem,
            path=str(self.path),
            sha256=digest,
            chat=self._tokenizer.template is not None,
            noise=noise,
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
        evaluated, batches = self._engine.evaluated, self._engine.batches
        asked = [self._tokens(request) for request in requests]
        voices = {
            one.bare: Voice(self._native, one.prompt, one.bare) for one in asked if isinstance(one.bare, Generate)
        }
        self._done, self._expected = 0, sum(one.request.max_tokens for one in voices.values())
        for one in asked:
            self._count(one.prompt, one.options)
        scores, remembered = self._score(asked)
        if voices:
            self._engine.generate(list(voices.values()))
        replies: list[Reply] = []
        for one in asked:
            match one.bare:
                case Score():
                    found = tuple(scores[one.prompt, option] for option in one.options)
                    replies.append(Scored(found, tuple(len(option) for option in one.options)))
                case Generate():
                    voice = voices[one.bare]
                    replies.append(voice.reply)
                    self._count(one.prompt, (tuple(voice.tokens),), again=True)
                case _:
                    assert_never(one.bare)
        self._usage = replace(
            self._usage,
            evaluated=self._usage.evaluated + self._engine.evaluated - evaluated,
            batches=self._usage.batches + self._engine.batches - batches,
            requests=self._usage.requests + len(asked),
            remembered=self._usage.remembered + remembered,
            seconds=self._usage.seconds + time.perf_counter() - start,
        )
        return replies

    def reset(self) -> None:
        """Empty the cache and forget all scores: from here on replies are bit-identical to those of a freshly loaded model. What had been
        evaluated is evaluated again when it is needed."""
        self._check_open()
        self._engine.reset()
        self._scores.clear()

    def _score(self, asked: Sequence[_Asked]) -> tuple[dict[tuple[Tokens, Tokens], float], int]:
        """The log-probability of every option, remembered or computed now, and how many requests cost nothing."""
        scores: dict[tuple[Tokens, Tokens], float] = {}
        jobs: dict[Tokens, set[Tokens]] = defaultdict(set)
        free = 0
        for one in asked:
            known = self._scores.known(one.prompt, one.options)
            scores |= {(one.prompt, option): logprob for option, logprob in known.items()}
            missing = set(one.options) - known.keys()
            free += bool(one.options) and not missing
            if missing:
                jobs[one.prompt] |= missing
        found = self._engine.score([Job(prompt, tuple(options)) for prompt, options in jobs.items()]) if jobs else {}
        self._scores.put(found)
        return scores | found, free

    def floor(self, usage: Usage) -> float:
        """Seconds that such work would take with nothing in the cache, by this model's pace on this machine; that is
        measured the first time, and what the cache holds is lost then."""
        return self._pace.floor(usage)

    @cached_property
    def _pace(self) -> Pace:
        self._engine.reset()
        self._scores.clear()
        return measured(self._native, self.settings.n_batch)

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

    def _count(self, prompt: Tokens, continuations: Sequence[Tokens], again: bool = False) -> None:
        """Count what is asked: the prompt, once for all that continues it and not ``again``, and its continuations."""
        asked = (0 if again else len(prompt)) + sum(max(0, len(tokens) - 1) for tokens in continuations)
        new = sum(self._tree.add(prompt + tokens[:-1]) for tokens in continuations or ((),))
        self._expected += 0 if again else new
        self._usage = replace(self._usage, asked=self._usage.asked + asked, tree=self._tree.nodes)

    def _watch(self, rows: int) -> None:
        self._done += rows
        if self.watcher is not None:
            self.watcher(Progress(self._done, max(self._done, self._expected)))
