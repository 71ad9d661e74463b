"""Following a performance on the terminal: the play line by line, and on stderr what is being done."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console, RenderableType
from rich.status import Status

from stage.inference.requests import LanguageModel, Progress, Watchable
from stage.performing.costs import Estimate, in_words
from stage.performing.transcript import Answer, Line, Made
from stage.report.text import script_line


def stdout(least: int = 0) -> Console:
    """The console of data: as wide as the terminal, but at least so many columns; 80 where there is no terminal."""
    console = Console(highlight=False, soft_wrap=False)
    if not console.is_terminal:
        return Console(highlight=False, width=80)
    return console if console.width >= least else Console(highlight=False, width=least)


class Screen:
    """An audience that prints the play as it is performed. Lines are data and go to stdout, unless something else is
    printed there; what is being done goes to stderr, live on a terminal and not at all elsewhere."""

    def __init__(self, lines_to_stderr: bool = False, estimate: Estimate | None = None) -> None:
        self._progress = Console(stderr=True, highlight=False)
        self._lines = self._progress if lines_to_stderr else stdout()
        self._status: Status | None = None
        self._answers = 0
        self._estimate = estimate
        self._said = ""
        self._last: Progress | None = None
        self._began = 0.0

    def follow(self, model: LanguageModel) -> None:
        """Show from here on how far this model is with what it was asked."""
        if self._estimate is not None:
            self._estimate.begin()
        if self._status is not None and isinstance(model, Watchable):
            model.watcher = self.progress
        self._say("Beginning ...")

    def progress(self, progress: Progress) -> None:
        """A batch of an answer has been evaluated."""
        now = time.monotonic()
        if self._last is None or progress.done <= self._last.done:
            self._began = now
        self._last = progress
        left = "" if now - self._began < 1 else self._time_left(progress, now)
        if self._status is not None:
            self._status.update(f"{self._said} {progress.done:,} of at most {progress.expected:,} tokens{left}")

    def _time_left(self, progress: Progress, now: float) -> str:
        rest = (now - self._began) * (progress.expected - progress.done) / progress.done
        return f", {in_words(rest)} to go" if rest >= 1 else ""

    def _say(self, what: str) -> None:
        left = None if self._estimate is None else self._estimate.left
        self._said = what if left is None else f"{what} About {in_words(left)} left in all."
        if self._status is not None:
            self._status.update(self._said)

    def __enter__(self) -> Screen:
        if self._progress.is_terminal:
            self._status = self._started("Loading the model ...")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        if self._status is not None:
            self._status.stop()

    def made(self, made: Made) -> None: ...

    def line(self, line: Line) -> None:
        shown = script_line(line)
        if self._status is None:
            self._lines.print(shown)
            return
        self._status.stop()  # it must not stand on the row that the line is printed to
        self._lines.print(shown)
        self._status = self._started(self._status.status)

    def prompt(self, digest: str, text: str) -> None:
        if not self._said.startswith("Asking"):
            self._say("Asking the minds ...")

    def answer(self, answer: Answer) -> None:
        self._answers += 1

    def beat_ended(self, number: int) -> None:
        of = ""
        if self._estimate is not None:
            self._estimate.beat_ended(number)
            of = f" of {self._estimate.beats}"
        self._say(f"Beat {number}{of} played, {self._answers} questions answered.")

    def _started(self, what: RenderableType) -> Status:
        """A status that is shown; each is used once, since one started again erases what was printed meanwhile."""
        status = self._progress.status(what)
        status.start()
        return status
