"""The order in which the options of a question are written down, so that the right one has no place of its own."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from random import Random
from typing import TypeVar

T = TypeVar("T")


def drawn_order(options: Sequence[T], key: str) -> tuple[T, ...]:
    """The options in an order that hangs on the key alone, every order being as likely as the others."""
    return tuple(Random(sha256(key.encode()).hexdigest()).sample(list(options), len(options)))
