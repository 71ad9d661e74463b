"""Which token sequences lie in the key-value cache, and where the next prompt should go.

A slot is one cached sequence: a numbered place holding the tokens that were evaluated for it. Slots that began
alike share cells, so a fork costs nothing until it differs. All of this is bookkeeping over plain ints; the module
must not know that there is a model, a library or a file behind the numbers.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain

from stage.inference.arrangement import PRICE, Places, Run, moves, tiles


def common_prefix(a: Sequence[object], b: Sequence[object]) -> int:
    """How many leading elements two sequences of the same type share, tokens or the characters of texts."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _beside(tokens: list[int], ordered: Sequence[list[int]]) -> Sequence[list[int]]:
    """Of sequences in order those next to some tokens, among which are the ones that share most with them."""
    at = bisect_left(ordered, tokens)
    return ordered[max(0, at - 1) : at + 2]


@dataclass(frozen=True)
class Placement:
    """Where a prompt goes: into ``slot``, whose first ``held`` tokens are then already evaluated.

    ``source`` is the slot to copy those tokens from after emptying ``slot``; None leaves the slot its own tokens
    up to ``held``.
    """

    slot: int
    held: int
    source: int | None = None


@dataclass
class _Slot:
    """``proven`` of its tokens were wanted again after the call that evaluated them. ``grown`` and
    ``used`` tell when the call ended in which it was last placed, and when it was last found useful, in cells made
    until then."""

    tokens: list[int] = field(default_factory=list)
    cells: list[int] = field(default_factory=list)
    touched: int = 0
    pinned: bool = False
    call: int = 0
    proven: int = 0
    grown: int = 0
    used: int = 0


class Slots:
    """``count`` slots over at most ``capacity`` cells.

    A cell is one evaluated token; however many slots share it, it counts once, and its number is its place in the
    cache. Placed slots are pinned until `unpin`: nothing evicts them or grows them behind their user's back. What nobody
    wanted while ``keep`` tokens were evaluated is let go by `begin`, because attention slows with the cells in use; the
    end of a sequence that was never wanted again, as questions are not, goes after a thirty-second part of that, or in
    the call itself by `spare`. Where views have come to lie `scattered`, `arrange` lays them side by side.
    """

    def __init__(self, count: int, capacity: int, keep: int | None = None) -> None:
        if count < 1 or capacity < 1:
            raise ValueError(f"cannot keep {count} slots over {capacity} cells")
        self.count = count
        self.capacity = capacity
        self.keep = capacity if keep is None else keep
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._slots = [_Slot() for _ in range(self.count)]
        self._places = Places()
        self._made = 0
        self._clock = 0
        self._call = 0

    def begin(self, prompts: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
        """A call with these prompts begins: let go of what has long been of no use, and is of none now. Returns the
        slots concerned, each with how many of its tokens it still holds."""
        wanted = sorted([*prompt] for prompt in prompts)
        changed = []
        for number, slot in enumerate(self._slots):
            if slot.call == self._call:
                slot.grown = slot.used = self._made
            useful = max((common_prefix(slot.tokens, near) for near in _beside(slot.tokens, wanted)), default=0)
            slot.proven = max(slot.proven, useful)
            unused, stale = self._made - slot.used > self.keep, self._made - slot.grown > self.keep // 32
            length = useful if unused else slot.proven if stale else len(slot.tokens)
            if not slot.pinned and length < len(slot.tokens):
                self._truncate(number, length)
                changed.append((number, length))
        self._call += 1
        return changed

    def spare(self, prompts: Sequence[Sequence[int]], waiting: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
        """Within a call with these prompts, some of which are still ``waiting``, let go of the ends of what it has
        evaluated that nobody else in it has and nobody ever wanted again, so that what follows has fewer cells to pass
        over. Returns the slots concerned, each with how many of its tokens it still holds."""
        known, kept = sorted([*prompt] for prompt in prompts), {tuple(prompt) for prompt in waiting}
        changed = []
        for number, slot in enumerate(self._slots):
            if slot.call != self._call or slot.pinned or tuple(slot.tokens) in kept:
                continue
            others = [p for p in _beside(slot.tokens, known) if p != slot.tokens]
            slot.proven = max([slot.proven, *(common_prefix(slot.tokens, other) for other in others)])
            if slot.proven < len(slot.tokens):
                self._truncate(number, slot.proven)
                changed.append((number, slot.proven))
        return changed

    @property
    def used(self) -> int:
        """Distinct cells held by any slot."""
        return len(self._places)

    def held(self, slot: int) -> tuple[int, ...]:
        """The tokens evaluated in ``slot``."""
        return tuple(self._slots[slot].tokens)

    def places(self, slot: int) -> tuple[int, ...]:
        """Where in the cache the cells of ``slot`` lie, in the order of its tokens."""
        return tuple(self._slots[slot].cells)

    def place(self, tokens: Sequence[int]) -> Placement | None:
        """Pin a slot for a prompt, at the longest evaluated beginning of it; None if every slot is pinned.

        At least the last token is left to evaluate, since it is the one whose successor is asked for. A slot whose
        tokens all belong to the prompt is extended in place; otherwise the shared beginning is forked to the slot
        whose loss costs fewest tokens, the longest unused among equals.
        """
        wanted = list(tokens)
        if not wanted:
            raise ValueError("a prompt needs at least one token")
        best, held, whole = -1, 0, False
        for number, slot in enumerate(self._slots):
            shared = min(common_prefix(slot.tokens, wanted), len(wanted) - 1)
            in_place = (
                not slot.pinned
                and shared > 0
                and len(slot.tokens) in (shared, len(wanted))
                and slot.tokens == wanted[: len(slot.tokens)]
            )
            if (shared, in_place) > (held, whole):
                best, held, whole = number, shared, in_place
        if whole:
            self._truncate(best, held)
            return self._pin(Placement(best, held))
        free = [n for n, slot in enumerate(self._slots) if not slot.pinned and n != best]
        if not free:
            if best < 0 or self._slots[best].pinned:
                return None
            self._truncate(best, held)
            return self._pin(Placement(best, held))
        target = min(free, key=lambda n: (self._loss(n), self._slots[n].touched, n))
        self._truncate(target, 0)
        if best < 0:
            return self._pin(Placement(target, 0))
        source = self._slots[best]
        self._slots[target].tokens = source.tokens[:held]
        self._slots[target].cells = source.cells[:held]
        self._slots[target].proven = min(source.proven, held)
        self._places.hold(source.cells[:held])
        self._touch(best)
        return self._pin(Placement(target, held, best))

    def grow(self, rows: Sequence[tuple[int, Sequence[int]]]) -> None:
        """Record evaluated tokens in order: (token, the slots it now belongs to). Each takes one cell.

        Numbers beyond the slots are somebody's passing sequences and are not recorded.
        """
        recorded = [[number for number in slots if number < self.count] for _, slots in rows]
        self._made += len(rows)
        for (token, _), cell, numbers in zip(rows, self._places.take(map(len, recorded)), recorded, strict=True):
            for number in numbers:
                self._slots[number].tokens.append(token)
                self._slots[number].cells.append(cell)

    def scattered(self, prompts: Sequence[Sequence[int]]) -> bool:
        """Whether a call with these prompts would meet so many tiles more than if all cells lay side by side, that it
        pays to `arrange` them first."""
        ordered = sorted((slot.tokens, number) for number, slot in enumerate(self._slots))
        now = self._arranged()
        before: list[int] = []
        beyond: dict[tuple[int, int], int] = {}
        met = 0
        for wanted in sorted([*prompt] for prompt in prompts):
            at = bisect_left(ordered, (wanted, 0))
            held, number = max((common_prefix(near, wanted), n) for near, n in ordered[max(0, at - 1) : at + 1])
            if (number, held) not in beyond:
                cells = self._slots[number].cells[:held]
                beyond[number, held] = tiles(cells) - tiles([now[cell] for cell in cells])
            met += (len(wanted) - max(held, common_prefix(before, wanted))) * beyond[number, held]
            before = wanted
        return met > PRICE * self.used

    def arrange(self, most: int) -> list[list[Run]]:
        """Let all cells lie side by side, what begins alike together. Returns how that is done: runs that are lifted
        together, no more than ``most`` cells, and laid down again where the first places are free."""
        now = self._arranged()
        steps = moves({number: slot.cells for number, slot in enumerate(self._slots)}, list(now), most)
        self._places = Places({place: self._places.holders(cell) for cell, place in now.items()})
        for slot in self._slots:
            slot.cells = [now[cell] for cell in slot.cells]
        return steps

    def _arranged(self) -> dict[int, int]:
        """Where each cell would lie: slot after slot, by their tokens, each with what those before it do not hold."""
        ordered = sorted(self._slots, key=lambda slot: slot.tokens)
        return {cell: n for n, cell in enumerate(dict.fromkeys(chain.from_iterable(slot.cells for slot in ordered)))}

    def shorten(self, slot: int, length: int) -> None:
        """Let go of all but the first ``length`` tokens of a slot."""
        self._truncate(slot, length)

    def make_room(self, cells: int) -> list[int] | None:
        """Evict the longest unused slots until ``cells`` more fit.

        Returns the evicted slots, or None if even without them the capacity does not suffice.
        """
        evicted = []
        for number in sorted(range(self.count), key=lambda n: self._slots[n].touched):
            if self.used + cells <= self.capacity:
                break
            if not self._slots[number].pinned and self._slots[number].tokens:
                self._truncate(number, 0)
                evicted.append(number)
        return evicted if self.used + cells <= self.capacity else None

    def unpin(self) -> None:
        """Give back every placed slot; what it holds stays until it has to go."""
        for slot in self._slots:
            slot.pinned = False

    def _loss(self, number: int) -> int:
        """How many cells nobody else holds. Cells of a shared beginning come first, so the own ones are the tail."""
        cells = self._slots[number].cells
        return len(cells) - bisect_left(cells, True, key=lambda cell: self._places.holders(cell) == 1)

    def _truncate(self, number: int, length: int) -> None:
        slot = self._slots[number]
        self._places.release(slot.cells[length:])
        del slot.tokens[length:], slot.cells[length:]
        slot.proven = min(slot.proven, length)

    def _touch(self, number: int) -> None:
        self._clock += 1
        self._slots[number].touched = self._clock
        self._slots[number].used = self._made

    def _pin(self, placement: Placement) -> Placement:
        self._touch(placement.slot)
        self._slots[placement.slot].pinned = True
        self._slots[placement.slot].call = self._call
        return placement
