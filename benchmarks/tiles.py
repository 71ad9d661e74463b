"""How many tiles of attention a play meets, with its cells laid side by side and without: counted, not timed.

    python benchmarks/tiles.py [--beats 12] [--mirrors 2 --n-ctx 16384] [--markdown]

llama.cpp computes attention in tiles of 64 tokens by 64 cells. It passes over those in which no token sees a cell; all
others, which are met, cost the same however few cells of them are seen. The fewest would be met if what each 64 tokens
see lay side by side. A model of two layers with random weights plays, since only tiles are counted.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import workload
from rich.table import Table
from sharing import model_file
from tables import shown

from stage.inference.arrangement import Run
from stage.inference.llama import LlamaModel
from stage.inference.native import Native
from stage.inference.prefixes import Row
from stage.inference.settings import TILE, Settings

PAGE = 256
"""The library looks at so many cells more at a time."""


class Watched:
    """Keeps books of a cache beside the library: which sequences hold the cell in each place, and at which position."""

    def __init__(self, native: Native, sequences: int) -> None:
        self.all = self.met = self.fewest = 0
        self._holders = np.zeros((native.n_ctx + PAGE, sequences), bool)
        self._position = np.zeros(native.n_ctx + PAGE, int)
        self._native = (native.decode, native.copy, native.cut, native.move, native.clear)
        native.decode, native.copy, native.cut = self.decode, self.copy, self.cut  # type: ignore[method-assign]
        native.move, native.clear = self.move, self.clear  # type: ignore[method-assign]

    def decode(self, rows: Sequence[Row], hurried: bool = False) -> None:
        members = np.zeros((len(rows), self._holders.shape[1]), bool)
        for n, row in enumerate(rows):
            members[n, row.sequences] = True
        positions = np.array([row.position for row in rows])
        self._put(members, positions)
        if not hurried:
            self._count(members, positions)
        self._native[0](rows, hurried)

    def _count(self, members: np.ndarray, positions: np.ndarray) -> None:
        last = int(np.flatnonzero(self._holders.any(1)).max())
        looked_at = (last // PAGE + 1) * PAGE
        sees = members.astype(np.float32) @ self._holders[:looked_at].T.astype(np.float32) > 0
        sees &= self._position[:looked_at] <= positions[:, None]
        for start in range(0, len(positions), TILE):
            seen = sees[start : start + TILE].any(0)
            self.all += looked_at // TILE
            self.met += int(seen.reshape(-1, TILE).any(1).sum())
            self.fewest += -(-int(seen.sum()) // TILE)

    def _put(self, members: np.ndarray, positions: np.ndarray) -> None:
        free = np.flatnonzero(~self._holders.any(1))[: len(positions)]
        self._holders[free], self._position[free] = members, positions

    def copy(self, source: int, target: int, length: int) -> None:
        self._holders[:, target] |= self._holders[:, source] & (self._position < length)
        self._native[1](source, target, length)

    def cut(self, sequence: int, length: int = 0) -> None:
        self._holders[self._position >= length, sequence] = False
        self._native[2](sequence, length)

    def move(self, runs: Sequence[Run]) -> None:
        lifted = []
        for run in runs:
            inside = (self._position >= run.start) & (self._position < run.end)
            own = np.flatnonzero(self._holders[:, run.slots[0]] & inside)
            lifted.append((self._holders[own].copy(), self._position[own].copy()))
            self._holders[own] = False
        for members, positions in lifted:
            self._put(members, positions)
        self._native[3](runs)

    def clear(self) -> None:
        self._holders[:] = False
        self._native[4]()


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="How many tiles of attention a play meets.")
    parser.add_argument("--beats", type=int, default=12)
    parser.add_argument("--mirrors", type=int, default=1)
    parser.add_argument("--n-ctx", type=int, default=8192)
    parser.add_argument("--markdown", action="store_true")
    args = parser.parse_args(argv)
    title = f"Tiles of attention, {args.beats} beats in {args.mirrors} mirror(s)"
    table = Table("cells", "tiles", "met", "fewest", "cells moved", title=title)
    usual = Settings(n_ctx=args.n_ctx, threads=1)
    for name, settings in (("left where they are", replace(usual, arrange=False)), ("laid side by side", usual)):
        with LlamaModel(model_file("tiny"), settings) as model:
            watched = Watched(model._native, settings.n_seq_max)
            for beat in workload.beats(workload.Shape(beats=args.beats, mirrors=args.mirrors)):
                model.answer(beat.lines)
                model.answer(beat.probes)
            counts = (watched.all, watched.met, watched.fewest, model._engine.moved)
        table.add_row(name, *(f"{count:,}" for count in counts))
    shown(table, args.markdown)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
