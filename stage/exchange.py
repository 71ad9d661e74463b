"""Mirrors: the same text with the contested values exchanged everywhere, so that a word's own likelihood cancels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Exchange:
    """A cyclic exchange of words: each of ``words`` gives way to the one ``shift`` places further on.

    Whole words only, whatever their case; a capital first letter stays one. Shift 0 leaves every text as it is, and
    applying all shifts from 0 to ``len(words) - 1`` puts every word in every other's place exactly once.
    """

    words: tuple[str, ...]
    shift: int
    _pattern: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        longest_first = sorted(self.words, key=len, reverse=True)
        alternatives = "|".join(re.escape(w) for w in longest_first) or r"(?!)"
        object.__setattr__(self, "_pattern", re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)", re.IGNORECASE))

    def text(self, text: str) -> str:
        """The text with the words exchanged."""
        return self._pattern.sub(self._other, text) if self.shift % max(len(self.words), 1) else text

    def _other(self, match: re.Match[str]) -> str:
        found = match.group()
        index = next(i for i, w in enumerate(self.words) if w.lower() == found.lower())
        other = self.words[(index + self.shift) % len(self.words)]
        return other[:1].upper() + other[1:] if found[:1].isupper() else other


def exchanges(words: Sequence[str], most: int) -> list[Exchange]:
    """All shifts of the words, the unchanged text first; the words alone if there are fewer than two different ones or
    more than ``most``, which would cost more than it cancels."""
    distinct = len({w.lower() for w in words}) == len(words)
    count = len(words) if distinct and 2 <= len(words) <= most else 1
    return [Exchange(tuple(words), k) for k in range(count)]
