"""Audiences of a play beyond its record: several at once, and one that has it stopped."""

from __future__ import annotations

from dataclasses import dataclass

from stage.performing.play import Audience, Unwatched
from stage.performing.transcript import Answer, Line, Made


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
