"""One reply in the making: from the logits after each token to the next token, until it has ended."""

from __future__ import annotations

from typing import Literal

import numpy as np

from stage.errors import ModelError
from stage.inference.native import Native
from stage.inference.requests import Generate, Generated
from stage.inference.sampling import Logits, Wording, choose, log_normalizer


class Voice:
    """The reply to one request. What it draws depends on the request's seed and on the logits, nothing else."""

    def __init__(self, native: Native, prompt: tuple[int, ...], request: Generate) -> None:
        self.prompt = prompt
        self.request = request
        self._native = native
        self.restart()

    def restart(self) -> None:
        """Forget what was said."""
        self.tokens: list[int] = []
        self._random = np.random.Generator(np.random.PCG64(self.request.seed % 2**64))
        self._wording = Wording(self.request.stop)
        self._grammar = self._native.grammar(self.request.grammar) if self.request.grammar is not None else None
        self._logprob = 0.0
        self._ended: Literal["stop", "length", "end"] | None = None

    def speak(self, logits: Logits) -> bool:
        """Choose the next token after these logits; False once the reply has ended."""
        allowed = np.where(self._native.unspeakable, np.float32(-np.inf), logits)
        if self._grammar is not None:
            allowed = self._grammar.restrict(allowed)
        if not np.isfinite(allowed.max()):
            raise ModelError("the grammar leaves the model no token to go on with; check its rules")
        token = choose(allowed, self.request.temperature, self.request.top_p, self._random)
        if self._native.is_end(token):
            self._ended = "end"
            return False
        self._logprob += float(logits[token]) - log_normalizer(logits)
        self.tokens.append(token)
        if self._wording.add(self._native.piece(token)):
            self._ended = "stop"
        elif len(self.tokens) == self.request.max_tokens:
            self._ended = "length"
        elif self._grammar is not None:
            self._grammar.accept(token)
        return self._ended is None

    @property
    def reply(self) -> Generated:
        """The finished reply. Its log-probability and length count every token but one that ends the text: those of
        a stop string too."""
        if self._ended is None:
            raise ValueError("the reply has not ended")
        return Generated(self._wording.text, self._ended, self._logprob, len(self.tokens))
