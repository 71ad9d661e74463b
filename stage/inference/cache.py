"""What the engine needs of a loaded model, so that it can be tested without one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from stage.inference.arrangement import Run
from stage.inference.prefixes import Row
from stage.inference.sampling import Logits


class NoRoomError(Exception):
    """The cache has no place for a batch; nothing was changed."""


class Cache(Protocol):
    """A cache whose sequences share cells, and the logits that are computed over it."""

    @property
    def n_ctx(self) -> int:
        """How many cells there are."""
        ...

    @property
    def shares(self) -> bool:
        """Whether sequences can be forked in the middle and cut."""
        ...

    @property
    def arranges(self) -> bool:
        """Whether runs of cells can be moved, and attention is the quicker the closer the cells of a view lie."""
        ...

    def decode(self, rows: Sequence[Row], hurried: bool = False) -> None:
        """Evaluate a batch, growing the cache by one cell per row. NoRoomError leaves everything as it was.

        ``hurried`` computes few rows in the quickest way, which may be less exact than the noise tells: no score may
        build on them."""
        ...

    def logits(self, row: int) -> Logits:
        """The logits after row ``row`` of the last batch; good until the next one."""
        ...

    def copy(self, source: int, target: int, length: int) -> None:
        """Let sequence ``target``, which must be empty, share the first ``length`` cells of ``source``."""
        ...

    def cut(self, sequence: int, length: int = 0) -> None:
        """Let go of all but the first ``length`` tokens of a sequence."""
        ...

    def move(self, runs: Sequence[Run]) -> None:
        """Lift runs out and lay them down again, one after the other, where the first cells are free. ModelError if that
        cannot be done: what was lifted is lost then."""
        ...

    def clear(self) -> None:
        """Empty the cache, data and layout both, as if newly made."""
        ...
