"""How far a long piece of work has come, on stderr: a bar on a terminal, elsewhere a line now and then."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

SECONDS_BETWEEN_LINES = 30.0


class Progress:
    """Told of work done, it shows how much there is and how long the rest may take."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._bar = Bar(*columns, console=self._console, transient=True, disable=not self._console.is_terminal)
        self._task: TaskID | None = None
        self._begun: tuple[float, int] | None = None
        self._told = 0.0
        self._then: list[Callable[[int], None]] = []

    def then(self, call: Callable[[int], None]) -> None:
        """Call this with the work done whenever there is progress; it may end the work with an exception."""
        self._then.append(call)

    def __enter__(self) -> Progress:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._bar.stop()

    def progressed(self, done: int, of: int) -> None:
        if self._task is None:
            self._task = self._bar.add_task("Asking", total=of, completed=done)
        self._bar.update(self._task, completed=done)
        now = time.monotonic()
        if self._begun is None:
            self._begun, self._told = (now, done), now
        elif not self._console.is_terminal and now - self._told > SECONDS_BETWEEN_LINES and done < of:
            self._told = now
            self._console.print(f"{done} of {of} questions answered, {self._left(now, done, of)}", soft_wrap=True)
        for call in self._then:
            call(done)

    def _left(self, now: float, done: int, of: int) -> str:
        """How long the rest takes if it goes on as since the beginning."""
        assert self._begun is not None
        at, before = self._begun
        if done <= before:
            return "no telling how long the rest takes"
        seconds = (now - at) / (done - before) * (of - done)
        return f"about {seconds / 60:.0f} min left" if seconds >= 90 else f"about {seconds:.0f} s left"
