"""How far a model's log-probabilities move with the company in which they are computed: measured, not assumed.

The same positions are evaluated token by token, as one prompt, and beside other prompts; the largest difference among
the likeliest tokens, and half as much again, is the noise of this file on this build with these settings. It is measured once and
kept in the user's cache.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
from numpy.typing import NDArray

from stage.inference.native import Native
from stage.inference.prefixes import Path as Branch
from stage.inference.prefixes import lay_out
from stage.inference.sampling import log_normalizer

TEXTS = (
    "Sally puts the marble in the basket and leaves. Anne moves the marble to the box. Sally comes back.",
    "Sally puts the marble in the basket and leaves. Anne thinks that Sally will look for it in the",
    "The narrator knows what the author plans: at nine o'clock a letter will lie on the table, and nobody",
    "Bob whispers to Carl that the key is in the drawer. Dora sees that, but she cannot hear what he says.",
)
"""What is read; the first two begin alike."""

LIKELIEST = 100
"""So many tokens of each position are compared."""
LENGTH, EVERY = 24, 6
"""So many tokens are read of each text, and after each sixth of them log-probabilities are compared."""
LEAST = 1e-4
"""Nats below which no noise is claimed to lie: rounding of the numbers themselves."""
MARGIN = 1.5
"""By so much the largest difference found is taken for too small: more texts in more company would show larger ones, and
an option is several tokens."""

LogProbs = dict[tuple[int, int], NDArray[np.float64]]
"""By text and position."""


def measured(native: Native, n_batch: int) -> float:
    """The noise of a loaded model in nats, rounded up to two digits. Its cache is empty before and afterwards."""
    read = [native.tokenize(text, False)[:LENGTH] for text in TEXTS]
    texts = {n: tokens for n, tokens in enumerate(read) if tokens}
    most = max(1, n_batch // len(TEXTS))
    alone: LogProbs = {}
    for n, tokens in texts.items():
        alone |= _read(native, {n: tokens}, min(EVERY, most))
    first = dict([*texts.items()][:1])
    others = [_read(native, first, min(step, most)) for step in (LENGTH, 1)]
    if native.shares:
        others += [_read(native, texts, min(step, most)) for step in (LENGTH, EVERY, 1)]
    native.clear()
    apart = (_apart(alone[at], other[at]) for other in others for at in alone.keys() & other.keys())
    return _rounded_up(MARGIN * max(apart, default=0.0))


def _read(native: Native, texts: dict[int, tuple[int, ...]], step: int) -> LogProbs:
    """The log-probabilities of texts that are read side by side, ``step`` tokens of each at a time."""
    native.clear()
    found: LogProbs = {}
    for start in range(0, LENGTH, step):
        going = {n: tokens[: start + step] for n, tokens in texts.items() if len(tokens) > start}
        layout = lay_out([Branch(n, tokens, start, len(tokens) - 1) for n, tokens in going.items()])
        if layout.rows:
            native.decode(layout.rows)
        for (n, tokens), trail in zip(going.items(), layout.trails, strict=True):
            if len(tokens) % EVERY == 0:
                logits = native.logits(trail[-1])
                found[n, len(tokens)] = logits.astype(np.float64) - log_normalizer(logits)
    return found


def _apart(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """The largest difference among the likeliest tokens."""
    likeliest = np.argsort(-first)[:LIKELIEST]
    return float(np.abs(first[likeliest] - second[likeliest]).max())


def _rounded_up(value: float) -> float:
    """Two digits, never down: more prompts would have found a little more."""
    if value < LEAST:
        return LEAST
    scale = 10.0 ** (1 - math.floor(math.log10(value)))
    return math.ceil(value * scale) / scale


@dataclass(frozen=True)
class NoiseStore:
    """Noise that was measured before, one small file for each model and circumstance."""

    folder: Path

    @classmethod
    def of_user(cls) -> NoiseStore:
        return cls(platformdirs.user_cache_path("llm-stage", appauthor=False) / "noise")

    def noise(self, native: Native, n_batch: int, key: dict[str, Any]) -> float:
        """The noise of a loaded model: as it was measured under the same key, or measured now and kept.

        ``key`` holds all that the noise may depend on. Where nothing can be kept it is measured each time.
        """
        key = key | {"margin": MARGIN, "texts": len(TEXTS), "length": LENGTH}
        text = json.dumps(key, sort_keys=True)
        path = self.folder / f"{hashlib.sha256(text.encode()).hexdigest()[:32]}.json"
        kept = _kept(path, key)
        if kept is not None:
            return kept
        found = measured(native, n_batch)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            draft = path.with_suffix(f".{id(native):x}.draft")
            draft.write_text(json.dumps({"noise": found, "key": key}, indent=2), encoding="utf-8")
            draft.replace(path)
        except OSError:
            pass  # measured again next time
        return found


def _kept(path: Path, key: dict[str, Any]) -> float | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        noise = found["noise"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    sound = isinstance(noise, float) and 0 < noise < math.inf and found.get("key") == key
    return noise if sound else None
