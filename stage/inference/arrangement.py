"""Where cells lie in the cache, and how they come to lie side by side.

llama.cpp computes attention in tiles of `TILE` tokens by `TILE` cells and passes over those in which no token sees a cell.
New cells go where the first are free, so that a view which grew over many beats lies among others', and what sees it
meets many more tiles than it would fill. All of this is bookkeeping over plain ints.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import islice

from stage.inference.settings import TILE

LIFTED = 512
"""Cells that are lifted at a time: what a copy of their keys and values takes is all the memory that moving them needs."""
PRICE = 0.5
"""Moving a cell is taken to cost half of what a tile more costs one token. In the built-in model it costs a fifth of that,
and three fifths where heads do not share their keys."""


class Places:
    """How many slots hold the cell in each place. A new one lies where the first is free, as llama.cpp takes them."""

    def __init__(self, holders: dict[int, int] | None = None) -> None:
        self._holders = holders or {}
        self._top = max(self._holders, default=-1) + 1
        self._free = sorted(set(range(self._top)) - self._holders.keys())

    def __len__(self) -> int:
        return len(self._holders)

    def holders(self, cell: int) -> int:
        """How many slots hold a cell."""
        return self._holders[cell]

    def take(self, counts: Iterable[int]) -> list[int]:
        """Cells for the rows of one batch, each held so many times; one that nobody holds is free again afterwards."""
        taken, passing = [], []
        for count in counts:
            if self._free:
                cell = heappop(self._free)
            else:
                cell, self._top = self._top, self._top + 1
            taken.append(cell)
            if count:
                self._holders[cell] = count
            else:
                passing.append(cell)
        for cell in passing:
            heappush(self._free, cell)
        return taken

    def hold(self, cells: Iterable[int]) -> None:
        """One more slot holds these."""
        for cell in cells:
            self._holders[cell] += 1

    def release(self, cells: Iterable[int]) -> None:
        """One slot less holds these."""
        for cell in cells:
            self._holders[cell] -= 1
            if not self._holders[cell]:
                del self._holders[cell]
                heappush(self._free, cell)


@dataclass(frozen=True)
class Run:
    """Cells at the positions from ``start`` up to ``end``, which just these slots hold, one place after the other."""

    slots: tuple[int, ...]
    start: int
    end: int


def tiles(cells: Sequence[int]) -> int:
    """How many tiles these cells lie in."""
    return len({cell // TILE for cell in cells})


def moves(held: Mapping[int, Sequence[int]], order: Sequence[int], most: int) -> list[list[Run]]:
    """How the cells that each slot holds, by place, come to lie in an order, one after the other from the first place on:
    in steps, each of which lifts runs of no more than ``most`` cells together and lays them down again where the first
    places are free.

    Each step brings the cells to the next places that belong there; those that lay in the way go where the others came
    from. A cell that lies where it should is left there.
    """
    where = {cell: cell for cell in order}  # a cell keeps the name of the place that it had at first
    at = dict(where)
    free = [place for place in range(len(order)) if place not in at]
    marks = _marks(held)
    steps: list[list[Run]] = []
    start = 0
    while True:
        due = list(islice((p for p in range(start, len(order)) if where[order[p]] != p), max(1, most // 2)))
        if not due:
            return steps
        wanted = dict.fromkeys(order[place] for place in due)
        lifted = [*wanted, *(at[place] for place in due if place in at and at[place] not in wanted)]
        steps.append(_runs(lifted, where, marks))
        for cell in lifted:
            del at[where[cell]]
            heappush(free, where[cell])
        for cell in lifted:
            where[cell] = heappop(free)
            at[where[cell]] = cell
        start = due[-1] + 1


def _marks(held: Mapping[int, Sequence[int]]) -> dict[int, tuple[int, tuple[int, ...]]]:
    """Of each cell its position and the slots that hold it."""
    positions = {cell: position for cells in held.values() for position, cell in enumerate(cells)}
    holders: dict[int, list[int]] = {cell: [] for cell in positions}
    for slot, cells in held.items():
        for cell in cells:
            holders[cell].append(slot)
    return {cell: (position, tuple(holders[cell])) for cell, position in positions.items()}


def _runs(
    cells: Sequence[int], where: Mapping[int, int], marks: Mapping[int, tuple[int, tuple[int, ...]]]
) -> list[Run]:
    """Cells as runs: held by the same slots, at successive positions, and in ascending places, which is the order in
    which llama.cpp takes the cells of a sequence up."""
    runs: list[Run] = []
    before = -1
    for cell in cells:
        position, slots = marks[cell]
        if runs and runs[-1].slots == slots and runs[-1].end == position and before < where[cell]:
            runs[-1] = Run(slots, runs[-1].start, position + 1)
        else:
            runs.append(Run(slots, position, position + 1))
        before = where[cell]
    return runs
