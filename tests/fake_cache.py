"""A cache that does what llama.cpp's unified cache does, cell by cell, and objects to whatever that would not take.

Its logits follow from the tokens before them alone, so that every score has one right value.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from stage.inference.cache import NoRoomError
from stage.inference.prefixes import Row
from stage.inference.sampling import Logits, log_normalizer

VOCABULARY = 6
_TABLE = np.random.default_rng(0).standard_normal((4093, VOCABULARY)).astype(np.float32)


def logits_after(tokens: Sequence[int]) -> Logits:
    return _TABLE[zlib.crc32(bytes(tokens)) % len(_TABLE)]


def logprob(prompt: Sequence[int], option: Sequence[int]) -> float:
    """The definition: the sum of log p(token | everything before it)."""
    total = 0.0
    for n, token in enumerate(option):
        logits = logits_after((*prompt, *option[:n]))
        total += float(logits[token]) - log_normalizer(logits)
    return total


@dataclass
class _Cell:
    prefix: tuple[int, ...]
    sequences: set[int]
    hurried: bool


@dataclass
class FakeCache:
    """``n_ctx`` cells, at most ``n_seq_max`` sequences, ``n_batch`` rows and ``n_outputs`` outputs at a time."""

    n_ctx: int = 64
    n_seq_max: int = 8
    n_batch: int = 16
    n_outputs: int = 16
    shares: bool = True
    cells: list[_Cell] = field(default_factory=list)
    most: int = 0
    rows: int = 0
    unspeakable = np.zeros(VOCABULARY, dtype=bool)

    def decode(self, rows: Sequence[Row], hurried: bool = False) -> None:
        assert 0 < len(rows) <= self.n_batch
        assert sum(row.wanted for row in rows) <= max(self.n_outputs, self.n_seq_max)
        if len(self.cells) + len(rows) > self.n_ctx:
            raise NoRoomError
        self._last = []
        for row in rows:
            assert len(set(row.sequences)) == len(row.sequences) > 0
            assert all(0 <= s < self.n_seq_max for s in row.sequences)
            (before,) = {self.held(s) for s in row.sequences}  # all see the same
            assert row.position == len(before)
            held = [cell for cell in self.cells if cell.sequences & set(row.sequences)]
            assert hurried or not any(cell.hurried for cell in held)
            cell = _Cell((*before, row.token), set(row.sequences), hurried)
            self.cells.append(cell)
            self._last.append((cell.prefix, row.wanted))
        self.most = max(self.most, len(self.cells))
        self.rows += len(rows)

    def held(self, sequence: int) -> tuple[int, ...]:
        own = [cell.prefix for cell in self.cells if sequence in cell.sequences]
        longest = max(own, key=len, default=())
        assert len(own) == len(longest)  # no gap, no cell twice
        return longest

    def logits(self, row: int) -> Logits:
        prefix, wanted = self._last[row]
        assert wanted
        return logits_after(prefix)

    def copy(self, source: int, target: int, length: int) -> None:
        assert self.shares
        assert not any(target in cell.sequences for cell in self.cells)
        assert len(self.held(source)) >= length
        for cell in self.cells:
            if source in cell.sequences and len(cell.prefix) <= length:
                cell.sequences.add(target)

    def cut(self, sequence: int, length: int = 0) -> None:
        for cell in self.cells:
            if len(cell.prefix) > length:
                cell.sequences.discard(sequence)
        self.cells = [cell for cell in self.cells if cell.sequences]

    def clear(self) -> None:
        self.cells = []

    def is_end(self, token: int) -> bool:
        return token == VOCABULARY - 1

    def piece(self, token: int) -> bytes:
        return b"abcdef"[token : token + 1]
