"""A cache that does what llama.cpp's unified cache does, cell by cell, and objects to whatever that would not take.

Its logits follow from the tokens before them alone, so that every score has one right value.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

import numpy as np

from stage.inference.arrangement import Run
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
    arranges: bool = False
    places: dict[int, _Cell] = field(default_factory=dict)
    most: int = 0
    rows: int = 0
    moved: int = 0
    most_moved: int = 0
    unspeakable = np.zeros(VOCABULARY, dtype=bool)

    @property
    def cells(self) -> list[_Cell]:
        return list(self.places.values())

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
            self._put(cell)
            self._last.append((cell.prefix, row.wanted))
        self.most = max(self.most, len(self.cells))
        self.rows += len(rows)

    def held(self, sequence: int) -> tuple[int, ...]:
        own = [cell.prefix for cell in self.cells if sequence in cell.sequences]
        longest = max(own, key=len, default=())
        assert len(own) == len(longest)  # no gap, no cell twice
        return longest

    def where(self, sequence: int) -> tuple[int, ...]:
        """The places of its cells, in the order of its tokens."""
        own = [(len(cell.prefix), place) for place, cell in self.places.items() if sequence in cell.sequences]
        return tuple(place for _, place in sorted(own))

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
        self.places = {place: cell for place, cell in self.places.items() if cell.sequences}

    def move(self, runs: Sequence[Run]) -> None:
        assert self.arranges
        lifted = []
        for run in runs:
            own = {place: c for place, c in sorted(self.places.items()) if run.slots[0] in c.sequences}
            piece = [place for place, c in own.items() if run.start < len(c.prefix) <= run.end]
            assert [len(own[place].prefix) for place in piece] == list(range(run.start + 1, run.end + 1))
            assert all(own[place].sequences == set(run.slots) for place in piece)
            lifted += [self.places.pop(place) for place in piece]
        for cell in lifted:
            self._put(cell)
        self.moved += len(lifted)
        self.most_moved = max(self.most_moved, len(lifted))

    def clear(self) -> None:
        self.places = {}

    def _put(self, cell: _Cell) -> None:
        """Where the first place is free, as llama.cpp does."""
        self.places[next(place for place in count() if place not in self.places)] = cell

    def is_end(self, token: int) -> bool:
        return token == VOCABULARY - 1

    def piece(self, token: int) -> bytes:
        return b"abcdef"[token : token + 1]
