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


def left_aside(steps: Steps[T], answer: Callable[[Sequence[Request]], Sequence[Reply]]) -> Steps[T]:
    """The same work, which asks as it would and goes on with the replies that ``answer`` gives, whatever it is sent."""
    try:
        requests = next(steps)
        while True:
            yield requests
            requests = steps.send(answer(requests))
    except StopIteration as done:
        result: T = done.value
        return result


def drive_together(several: Sequence[Steps[None]], answer: Callable[[Sequence[Request]], Sequence[Reply]]) -> None:
    """Do several works in lockstep: what all of them wait for is asked at once."""
    waiting: dict[int, Sequence[Request]] = {}
    for number, steps in enumerate(several):
        _advance(number, lambda steps=steps: next(steps), waiting)  # type: ignore[misc]
    while waiting:
        asked = dict(waiting)
        replies = iter(answer([request for requests in asked.values() for request in requests]))
        for number, requests in asked.items():
            own = [next(replies) for _ in requests]
            _advance(number, lambda number=number, own=own: several[number].send(own), waiting)  # type: ignore[misc]


def _advance(number: int, step: Callable[[], Sequence[Request]], waiting: dict[int, Sequence[Request]]) -> None:
    try:
        waiting[number] = step()
    except StopIteration:
        waiting.pop(number, None)
