"""Work that stops to ask: steps that hand out requests and go on with the replies.

A play does not call a model; it says what it would ask, and whoever drives it fetches the replies: from a model, or
from a record.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import TypeVar

from stage.inference.requests import Reply, Request

T = TypeVar("T")
Steps = Generator[Sequence[Request], Sequence[Reply], T]
"""Work that yields requests, is sent one reply per request in the same order, and returns a T."""


def drive(steps: Steps[T], answer: Callable[[Sequence[Request]], Sequence[Reply]]) -> T:
    """Do the whole work, with the replies that ``answer`` gives."""
    try:
        requests = next(steps)
        while True:
            requests = steps.send(answer(requests))
    except StopIteration as done:
        result: T = done.value
        return result
