"""Token sequences as a tree: what they share is one path, evaluated once.

`lay_out` turns sequences that are to be evaluated together into the rows of one batch; `PrefixTree` counts how many
distinct nodes everything asked so far has. Plain ints only: nothing here knows a model.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

from stage.inference.slots import common_prefix


@dataclass(frozen=True)
class Path:
    """A sequence that continues in the cache: ``tokens[:start]`` are held by ``sequence``, the rest is to come.
    The logits after each token from position ``read_from`` on are wanted."""

    sequence: int
    tokens: tuple[int, ...]
    start: int
    read_from: int


@dataclass
class Row:
    """One token of a batch: its position, the sequences it belongs to, and whether its logits are wanted."""

    token: int
    position: int
    sequences: list[int]
    wanted: bool = False


@dataclass(frozen=True)
class Layout:
    """A batch. ``trails[i]`` are the indices of the rows of path ``i``, one per token from its start on."""

    rows: tuple[Row, ...]
    trails: tuple[tuple[int, ...], ...]


def lay_out(paths: Sequence[Path]) -> Layout:
    """Merge paths into a tree, parents before children, each distinct node once.

    Paths that start at different depths share no row even where their tokens agree: a row's sequences must all
    have been equally long before it. The same set of paths gives the same rows in whatever order it comes.
    """
    order = sorted(range(len(paths)), key=lambda i: (paths[i].start, paths[i].tokens, paths[i].sequence))
    rows: list[Row] = []
    trails: list[tuple[int, ...]] = [()] * len(paths)
    previous: Path | None = None
    trail: list[int] = []
    for index in order:
        path = paths[index]
        shared = 0
        if previous is not None and previous.start == path.start:
            shared = max(0, common_prefix(previous.tokens, path.tokens) - path.start)
        del trail[shared:]
        for position in range(path.start + shared, len(path.tokens)):
            trail.append(len(rows))
            rows.append(Row(path.tokens[position], position, []))
        for row in trail:
            rows[row].sequences.append(path.sequence)
            rows[row].wanted = rows[row].wanted or rows[row].position >= path.read_from
        trails[index] = tuple(trail)
        previous = path
    return Layout(tuple(rows), tuple(trails))


@dataclass
class _Edge:
    tokens: array[int]
    children: dict[int, _Edge] = field(default_factory=dict)


class PrefixTree:
    """The tree of all sequences added so far, kept as runs of tokens; ``nodes`` counts its distinct nodes."""

    def __init__(self) -> None:
        self.nodes = 0
        self._root = _Edge(array("i"))

    def add(self, tokens: Sequence[int]) -> int:
        """Add a sequence; returns how many nodes were new."""
        rest = array("i", tokens)
        edge = self._root
        while rest:
            child = edge.children.get(rest[0])
            if child is None:
                edge.children[rest[0]] = _Edge(rest)
                self.nodes += len(rest)
                return len(rest)
            shared = common_prefix(child.tokens, rest)
            if shared < len(child.tokens):
                child.children = {child.tokens[shared]: _Edge(child.tokens[shared:], child.children)}
                child.tokens = child.tokens[:shared]
            rest = rest[shared:]
            edge = child
        return 0
