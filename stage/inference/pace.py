"""How quick a model is with nothing before it: what it costs to call it, and what each token costs."""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median

from stage.inference.native import Native
from stage.inference.prefixes import Row
from stage.inference.requests import Usage

_MANY, _FEW = 128, 4


@dataclass(frozen=True)
class Pace:
    """Seconds for a call of the model and for each token in it, over an empty cache, on this machine at this moment."""

    call: float
    token: float

    def floor(self, usage: Usage) -> float:
        """The seconds that what was evaluated would take if attention cost nothing."""
        return usage.batches * self.call + usage.evaluated * self.token


def measured(native: Native, n_batch: int) -> Pace:
    """The pace of a loaded model: one long batch beside several of one token. Its cache is empty afterwards."""
    many = max(2, min(_MANY, n_batch, native.n_ctx // 2))
    long = median(_seconds(native, many) for _ in range(2))
    single = median(_seconds(native, 1) for _ in range(_FEW))
    native.clear()
    token = max(0.0, (long - single) / (many - 1))
    return Pace(max(0.0, single - token), token)


def _seconds(native: Native, count: int) -> float:
    native.clear()
    start = time.perf_counter()
    native.decode([Row(n % native.n_vocab, n, [0], n == count - 1) for n in range(count)], hurried=True)
    native.logits(count - 1)
    return time.perf_counter() - start
