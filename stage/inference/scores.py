"""What was scored before, so that a question put again to a mind that has not changed costs nothing."""

from __future__ import annotations

import hashlib
from array import array
from collections import OrderedDict
from collections.abc import Mapping, Sequence

Tokens = tuple[int, ...]


class Scores:
    """Log-probabilities by prompt and option: the last ``room`` that were put down or looked up."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._found: OrderedDict[tuple[bytes, Tokens], float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._found)

    def clear(self) -> None:
        """Forget everything."""
        self._found.clear()

    def known(self, prompt: Tokens, options: Sequence[Tokens]) -> dict[Tokens, float]:
        """Those of the options after a prompt that are remembered, and their log-probabilities."""
        name = _digest(prompt)
        found = {option: self._found[name, option] for option in options if (name, option) in self._found}
        for option in found:
            self._found.move_to_end((name, option))
        return found

    def put(self, found: Mapping[tuple[Tokens, Tokens], float]) -> None:
        """Remember log-probabilities by prompt and option; those unused for longest are forgotten beyond the room."""
        for (prompt, option), logprob in found.items():
            self._found[_digest(prompt), option] = logprob
        while len(self._found) > self._room:
            self._found.popitem(last=False)


def _digest(prompt: Sequence[int]) -> bytes:
    """A short name for a prompt's tokens that no other prompt has."""
    return hashlib.blake2b(array("q", prompt).tobytes(), digest_size=16).digest()
