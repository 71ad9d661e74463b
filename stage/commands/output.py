"""What commands print: data on stdout, everything else on stderr, nothing that a terminal would obey."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any, TextIO

import typer

if TYPE_CHECKING:
    from rich.text import Text


def show(text: str) -> None:
    print(made_printable(text))


def print_text(text: Text) -> None:
    """Print a text with its colours where the terminal has any. A terminal's lines are broken between words, and what
    follows indented as the line is; elsewhere lines stay whole, for whoever searches them."""
    from stage.report.screen import stdout

    console = stdout()
    if not console.is_terminal:
        console.print(text, soft_wrap=True)
        return
    for line in text.split("\n", allow_blank=True):
        indent = _indent(line.plain)
        for number, part in enumerate(line[indent:].wrap(console, max(1, console.width - indent))):
            part.rstrip()
            console.print(line[:indent] if not number else " " * indent, part, sep="", soft_wrap=True)


def show_json(value: Any) -> None:
    print(json.dumps(value, indent=2))


def show_wrapped(text: str) -> None:
    """Print sentences: as `show` does, but broken between words where a terminal is narrower."""
    print(fitted(made_printable(text), terminal_width(sys.stdout)))


def note(text: str) -> None:
    print(fitted(made_printable(text), terminal_width(sys.stderr)), file=sys.stderr)


def terminal_width(stream: TextIO | None) -> int | None:
    """Columns of the terminal that a stream goes to; None where it goes elsewhere."""
    try:
        return None if stream is None else os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):  # no terminal; no file at all
        return None


def fitted(text: str, width: int | None) -> str:
    """The text with lines that are too wide broken between words, and what follows indented as the line is. A word that
    is wider by itself, such as a path, stays whole. With no width the text as it is."""
    if not width:
        return text
    return "\n".join(_broken(line, width) for line in text.split("\n"))


def _broken(line: str, width: int) -> str:
    if len(line) <= width:
        return line
    indent = " " * _indent(line)
    return fill(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _indent(line: str) -> int:
    """Columns before the first word of a line or of an entry of a list."""
    return len(line) - len(line.lstrip(" -"))


def made_printable(text: str) -> str:
    """The text line by line without what must not reach a terminal."""
    from stage.report.safe import printable

    return "\n".join(printable(line) for line in text.split("\n"))


def show_run(done: Any, scorecard: Any, as_json: bool) -> None:
    from stage.report.screen import stdout
    from stage.report.text import WIDTH, card

    made = done.manifest
    if as_json:
        show_json(run_document(done, scorecard))
    else:
        stdout(WIDTH).print(
            card(
                scorecard,
                model=made.model,
                scenario=made.scenario,
                context=made.context,
                seed=made.seed,
                aid=made.aid,
            )
        )


def show_minds(done: Any, scorecard: Any) -> None:
    """The minds of a run beside its card: the facts most in question, the last beats, and what the stage answered."""
    from stage.errors import StageError
    from stage.records.replay import replayed
    from stage.report.mind_table import MOST_FACTS, Compact, minds_text
    from stage.report.minds import contested, mind_tables
    from stage.report.screen import stdout
    from stage.report.text import WIDTH

    try:
        course, told = replayed(done)
    except StageError as error:
        note(f"What the minds believe is not shown: {error}")
        return
    if told:
        note(told)
    judged = list(zip(done.transcript.answers, scorecard.verdicts, strict=True))
    fluents = contested(course, judged)
    if not fluents:
        return
    compact = Compact(max(0, len(fluents) - MOST_FACTS), f"'stage minds {done.folder}' shows everything.")
    console = stdout(WIDTH)
    console.print(minds_text(mind_tables(course, fluents[:MOST_FACTS], judged), console.width, compact))
    console.print()


def run_document(done: Any, scorecard: Any) -> dict[str, Any]:
    """A run read back, as JSON has it."""
    from stage.report.document import document

    made = done.manifest
    return document(
        scenario=made.scenario,
        model=made.model,
        seed=made.seed,
        context=made.context,
        aid=made.aid,
        transcript=done.transcript,
        scorecard=scorecard,
    )


def compared(done: Sequence[Any], common: bool) -> Any:
    """Runs of one scene set side by side, named by that in which they were made to differ."""
    from stage.scoring.comparison import compare_all

    names = condition_names(done)
    if len(set(names)) < len(names):
        names = [str(run.folder) for run in done]
    made = [{**run.manifest.conditions} for run in done]
    return compare_all([(name, (run.transcript,)) for name, run in zip(names, done, strict=True)], common, made)


def condition_names(done: Sequence[Any]) -> list[str]:
    """In what runs were made to differ: for each its model, context and the like, where not all have the same."""
    made = [{**run.manifest.conditions} for run in done]
    differing = [c for c in made[0] if len({m[c] for m in made}) > 1] if made else []
    return [", ".join(m[c] for c in differing) for m in made]


def near(path: Path) -> Path:
    """A path as it is best told: from where the user is, if it lies below."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def comparison_document(comparison: Any, done: Sequence[Any]) -> dict[str, Any]:
    document: dict[str, Any] = comparison.to_json()
    for row, run in zip(document["runs"], done, strict=True):
        row["folder"] = str(run.folder)
    return document


def print_comparison(comparison: Any, as_json: bool) -> None:
    from stage.report.comparison import comparison_table
    from stage.report.screen import stdout
    from stage.report.text import WIDTH

    if as_json:
        show_json(comparison.to_json())
    else:
        stdout(WIDTH).print(comparison_table(comparison))


def show_comparison(done: Sequence[Any], common: bool, as_json: bool) -> None:
    from stage.report.comparison import comparison_table
    from stage.report.screen import stdout
    from stage.report.text import WIDTH

    comparison = compared(done, common)
    if as_json:
        show_json(comparison_document(comparison, done))
        return
    stdout(WIDTH).print(comparison_table(comparison))
    for run, row in zip(done, comparison.runs, strict=True):
        if str(run.folder) != row.name:
            note(f"{row.name}: {run.folder}")


def show_bench(done: Any, as_json: bool) -> None:
    from stage.report.bench import bench_card, bench_document
    from stage.report.screen import stdout
    from stage.report.text import WIDTH

    if as_json:
        show_json(bench_document(done))
    else:
        stdout(WIDTH).print(bench_card(done))


def check_threshold(value: float | None, threshold: float | None) -> None:
    if threshold is None:
        return
    if value is None:
        note("Separation could not be measured: no probe of this scene tells minds apart.")
    if value is None or not value >= threshold:  # a threshold that is not a number is not reached
        raise typer.Exit(1)


def resumes(command: str) -> Callable[[Path], str]:
    """What to do about a folder that a command began, and that can be scored as it is."""
    return lambda folder: (
        f"  stage {command} --resume {folder}\ngoes on, and\n  stage score {folder}\nscores it as it is."
    )


@contextmanager
def interruptible(folders: Callable[[], Sequence[Path]], remedy: Callable[[Path], str] | None = None) -> Iterator[Any]:
    """On the first Ctrl-C let the beat be finished, if one has begun, by the `Brake` that is handed out; on the second,
    or where there is none, stop at once. Then say where the run is kept and what goes on with it (the ``remedy``), and exit with 130."""
    from stage.performing.audiences import Brake

    brake = Brake()

    def stop(number: int, frame: object) -> None:
        if brake.pulled or not folders():
            raise KeyboardInterrupt
        brake.pulled = True
        os.write(2, b"\nFinishing the beat; Ctrl-C again stops at once.\n")  # print might be what was interrupted

    is_main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGINT, stop) if is_main else None
    try:
        yield brake
    except KeyboardInterrupt:
        for folder in folders():
            note(f"Interrupted. What was performed so far is kept in {folder}:\n{(remedy or resumes('run'))(folder)}")
        raise typer.Exit(130) from None
    finally:
        if is_main:
            signal.signal(signal.SIGINT, before)
