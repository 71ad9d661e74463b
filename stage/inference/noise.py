"""How far a model's log-probabilities move with the company in which they are computed: measured, not assumed.

The same positions are evaluated as one prompt, in small parts, beside other prompts, and so that their cells lie
scattered among those of another; the largest difference among the likeliest tokens, and half as much again, is the
noise of this file on this build with these settings. It is measured once and kept in the user's cache.

It does not grow with the length of a view, which is what `Native` fills small batches up for; see docs/performance.md.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
from numpy.typing import NDArray

from stage.inference.native import Native
from stage.inference.prefixes import Row
from stage.inference.sampling import log_normalizer

TEXTS, LENGTH, EVERY = 4, 192, 32
"""So many texts of so many tokens are read, and after each sixth of them log-probabilities are compared."""
LIKELIEST = 100
"""So many tokens of each position are compared."""
WHOLE, PART, FEW = 128, 24, 4
"""Tokens of a text in one batch: where it is read at once, in parts, and, where small batches are not filled up, in few."""
LEAST = 1e-4
"""Nats below which no noise is claimed to lie: rounding of the numbers themselves."""
MARGIN = 1.5
"""By so much the largest difference found is taken for too small: more texts in more company would show larger ones, and
an option is several tokens."""

Tokens = tuple[int, ...]
LogProbs = dict[tuple[int, int], NDArray[np.float64]]
"""By text and position."""


def story(number: int) -> str:
    """A text to read, always the same."""
    rng = random.Random(f"noise/{number}")
    names, things = ("Sally", "Anne", "Bob", "Carl", "Dora"), ("marble", "letter", "key", "coin", "ring", "old map")
    places = ("basket", "box", "drawer", "cellar", "coat pocket", "garden", "cupboard")
    told = []
    for hour in range(1, 25):
        one, other = rng.sample(names, 2)
        thing, place = rng.choice(things), rng.choice(places)
        told += [
            f"At {hour} o'clock {one} puts the {thing} in the {place}, and {other} does not see it.",
            f"{one} thinks that {other} will look for the {thing} in the {rng.choice(places)}.",
        ]
    return " ".join(told)


def measured(native: Native, n_batch: int) -> float:
    """The noise of a loaded model in nats, rounded up to two digits. Its cache is empty before and afterwards."""
    length = min(LENGTH, native.n_ctx // TEXTS)
    texts = {n: native.tokenize(story(n), False)[:length] for n in range(TEXTS)}
    first, two = {0: texts[0]}, {n: texts[n] for n in (0, 1)}
    alone: LogProbs = {}
    for n, tokens in texts.items():
        alone |= read(native, {n: tokens}, min(WHOLE, n_batch))
    others = [read(native, first, min(PART, n_batch))]
    if not native.fills_up:
        others.append(read(native, first, FEW))
    if native.shares:
        others.append(read(native, texts, max(1, min(PART, n_batch // TEXTS))))
        others.append(read(native, two, max(1, min(WHOLE, n_batch) // 2), scattered=True))
    native.clear()
    moves = (apart(alone[at], other[at]) for other in others for at in alone.keys() & other.keys())
    return _rounded_up(MARGIN * max(moves, default=0.0))


def read(native: Native, texts: Mapping[int, Tokens], step: int, scattered: bool = False) -> LogProbs:
    """The log-probabilities of texts that are read side by side, ``step`` tokens of each at a time: one after the other,
    or ``scattered``, a token of each in turn."""
    native.clear()
    found: LogProbs = {}
    for start in range(0, max(map(len, texts.values())), step):
        places = [(n, p) for n, tokens in texts.items() for p in range(start, min(start + step, len(tokens)))]
        if scattered:
            places.sort(key=lambda place: place[1])
        native.decode([Row(texts[n][p], p, [n], (p + 1) % EVERY == 0) for n, p in places])
        for row, (n, p) in enumerate(places):
            if (p + 1) % EVERY == 0:
                logits = native.logits(row)
                found[n, p + 1] = logits.astype(np.float64) - log_normalizer(logits)
    return found


def apart(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
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
        key = key | {"margin": MARGIN, "texts": TEXTS, "length": LENGTH}
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
