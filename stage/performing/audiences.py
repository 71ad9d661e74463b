"""Whoever follows a play as it happens: nobody, several at once, one that has it stopped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from stage.performing.transcript import Answer, Line, Made


class Audience(Protocol):
    """Whoever follows a performance as it happens: a record, a screen."""

    def made(self, made: Made) -> None: ...

    def line(self, line: Line) -> None: ...

    def prompt(self, digest: str, text: str) -> None: ...

    def answer(self, answer: Answer) -> None: ...

    def beat_ended(self, number: int) -> None: ...


class Unwatched:
    """An audience that does not look."""

    def made(self, made: Made) -> None: ...

    def line(self, line: Line) -> None: ...

    def prompt(self, digest: str, text: str) -> None: ...

    def answer(self, answer: Answer) -> None: ...

    def beat_ended(self, number: int) -> None: ...


@dataclass(frozen=True)
class Audiences:
    """Several audiences; each is told in turn, the record before whoever watches."""

    all: tuple[Audience, ...]

    def made(self, made: Made) -> None:
        for one in self.all:
            one.made(made)

    def line(self, line: Line) -> None:
        for one in self.all:
            one.line(line)

    def prompt(self, digest: str, text: str) -> None:
        for one in self.all:
            one.prompt(digest, text)

    def answer(self, answer: Answer) -> None:
        for one in self.all:
            one.answer(answer)

    def beat_ended(self, number: int) -> None:
        for one in self.all:
            one.beat_ended(number)


class Brake(Unwatched):
    """Stops a play at the end of the beat in which it was pulled, by a KeyboardInterrupt; to be told last."""

    def __init__(self) -> None:
        self.pulled = False

    def beat_ended(self, number: int) -> None:
        if self.pulled:
            raise KeyboardInterrupt


class Curtain:
    """What stands between a play and its audience: ``front`` is told what happens, and nobody while it is closed."""

    def __init__(self, audience: Audience) -> None:
        self.front = audience

    @contextmanager
    def closed(self) -> Iterator[None]:
        """What happens meanwhile is not seen."""
        front, self.front = self.front, Unwatched()
        try:
            yield
        finally:
            self.front = front
