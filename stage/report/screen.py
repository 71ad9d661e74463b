"""Following a performance on the terminal: the play line by line, and on stderr what is being done."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.status import Status

from stage.report.text import script_line
from stage.transcript import Answer, Line


def stdout() -> Console:
    """The console of data: 80 columns where there is no terminal."""
    console = Console(highlight=False, soft_wrap=False)
    return console if console.is_terminal else Console(highlight=False, width=80)


class Screen:
    """An audience that prints the play as it is performed. Lines are data and go to stdout, unless something else is
    printed there; what is being done goes to stderr, live on a terminal and not at all elsewhere."""

    def __init__(self, lines_to_stderr: bool = False) -> None:
        self._progress = Console(stderr=True, highlight=False)
        self._lines = self._progress if lines_to_stderr else stdout()
        self._status: Status | None = None
        self._answers = 0

    def __enter__(self) -> Screen:
        if self._progress.is_terminal:
            self._status = self._progress.status("Loading the model ...")
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        if self._status is not None:
            self._status.stop()

    def line(self, line: Line) -> None:
        self._lines.print(script_line(line))

    def prompt(self, digest: str, text: str) -> None:
        if self._status is not None:
            self._status.update("Asking the minds ...")

    def answer(self, answer: Answer) -> None:
        self._answers += 1

    def beat_ended(self, number: int) -> None:
        if self._status is not None:
            self._status.update(f"Beat {number} played, {self._answers} questions answered ...")
