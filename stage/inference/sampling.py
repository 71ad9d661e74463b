"""From logits to probabilities, choices and text. Knows numbers and bytes, no model."""

from __future__ import annotations

import codecs
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from stage.errors import ModelError

Logits = NDArray[np.float32]


def log_normalizer(logits: Logits) -> float:
    """The natural logarithm of the sum of exponentials; ModelError if the logits are no numbers."""
    highest = logits.max()
    total = float(highest) + float(np.log(np.exp(logits - highest).sum(dtype=np.float64)))
    if not np.isfinite(total):
        raise ModelError("the model computes no numbers (its logits are not finite): the file is damaged")
    return total


def choose(logits: Logits, temperature: float, top_p: float, random: np.random.Generator) -> int:
    """A token: the likeliest at temperature 0 (the lowest of equals), else drawn from the smallest set of likeliest
    tokens that holds ``top_p`` of the probability (nucleus sampling, Holtzman et al. 2020)."""
    if temperature == 0:
        return int(logits.argmax())
    weights = np.exp((logits.astype(np.float64) - float(logits.max())) / temperature)
    weights /= weights.sum()
    # tokens below this together hold less than 1 - top_p, so the nucleus lies among the others
    candidates = _likeliest(weights, np.flatnonzero(weights > (1 - top_p) / len(weights)), top_p)
    order = candidates[np.argsort(-weights[candidates], kind="stable")]
    mass = np.cumsum(weights[order])
    count = min(int(np.searchsorted(mass, top_p * (1 - 1e-12))) + 1, len(order))
    drawn = int(np.searchsorted(mass[:count], random.random() * mass[count - 1], side="right"))
    return int(order[min(drawn, count - 1)])


def _likeliest(weights: NDArray[np.float64], candidates: NDArray[np.intp], mass: float) -> NDArray[np.intp]:
    """As few of the candidates as are easily found to hold this much, no likelier one left out: sorting all of a large
    vocabulary takes longer than many a model."""
    found = weights[candidates]
    count = 64
    while count < len(candidates):
        least = np.partition(found, len(found) - count)[len(found) - count]
        likely = found >= least
        if found[likely].sum() > mass + 1e-9:
            kept: NDArray[np.intp] = candidates[likely]
            return kept
        count *= 8
    return candidates


class Wording:
    """A text as it grows by the bytes of its tokens, watched for its stop strings."""

    def __init__(self, stop: Sequence[str]) -> None:
        self._stops = tuple(s.encode() for s in stop if s)
        self._longest = max((len(s) for s in self._stops), default=0)
        self._data = bytearray()
        self.stopped = False

    def add(self, piece: bytes) -> bool:
        """Append a token's bytes; True if the text now holds a stop string. It is cut before the one that is complete
        first, so that it ends alike however its bytes are cut up."""
        start = max(0, len(self._data) - self._longest + 1)
        self._data += piece
        found = [(at + len(s), at) for s in self._stops if (at := self._data.find(s, start)) >= 0]
        if found:
            del self._data[min(found)[1] :]
            self.stopped = True
        return self.stopped

    @property
    def text(self) -> str:
        """The text so far; a character whose bytes are not all there is left out."""
        return codecs.getincrementaldecoder("utf-8")("replace").decode(bytes(self._data), final=False)
