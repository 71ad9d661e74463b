"""Mirrors: the same text with the contested values exchanged everywhere, so that a word's own likelihood cancels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Exchange:
    """A cyclic exchange of words: in each of ``groups`` every word gives way to the one ``shift`` places further on.

    Words are exchanged within a group only (containers for containers, places for places), so that the text stays
    sensible. Whole words, whatever their case; capitals stay: a first one, and a word all of them. Shift 0 leaves every text as it is;
    over all shifts from 0 to a group's size less one, every word stands once in every other's place.
    """

    groups: tuple[tuple[str, ...], ...]
    shift: int
    then: Exchange | None = None
    """A further exchange, of other words, in the same text."""
    _others: dict[str, str] = field(init=False, repr=False, compare=False)
    _pattern: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        others = {
            word.casefold(): group[(i + self.shift) % len(group)]
            for group in self.groups
            for i, word in enumerate(group)
        }
        written = {w for group in self.groups for word in group for w in (word, word.lower(), word.upper())}
        longest_first = sorted({*others, *written}, key=lambda w: (-len(w), w))
        alternatives = "|".join(re.escape(w) for w in longest_first) or r"(?!)"
        object.__setattr__(self, "_others", others)
        object.__setattr__(self, "_pattern", re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)", re.IGNORECASE))

    def text(self, text: str) -> str:
        """The text with the words exchanged."""
        text = self._pattern.sub(self._other, text)
        return self.then.text(text) if self.then else text

    def _other(self, match: re.Match[str]) -> str:
        found = match.group()
        other = self._others.get(found.casefold(), found)
        if len(found) > 1 and found.isupper():
            return other.upper()
        return other[:1].upper() + other[1:] if found[:1].isupper() else other


def exchanges(groups: Sequence[Sequence[str]], most: int) -> list[Exchange]:
    """The unchanged text, then every shift of the groups of two or more different words.

    A group of more than ``most`` words stays as it is: its mirrors would cost more than they cancel. With groups of
    different sizes there are as many shifts as the largest has words.
    """
    words = [w.casefold() for g in groups for w in g]
    if len(set(words)) != len(words):
        return [Exchange((), 0)]
    kept = tuple(tuple(g) for g in groups if 2 <= len(g) <= most)
    return [Exchange(kept, k) for k in range(max((len(g) for g in kept), default=1))]
