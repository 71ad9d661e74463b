"""Commands that make documents of runs; no model is loaded."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stage.commands.output import condition_names, note
from stage.errors import UsageError

if TYPE_CHECKING:
    from stage.records.record import Run
    from stage.scoring.scorecard import Scorecard


class ReportFormat(StrEnum):
    HTML = "html"
    JUNIT = "junit"
    MARKDOWN = "markdown"
    CSV = "csv"
    PARQUET = "parquet"


ENDINGS = {".html": ReportFormat.HTML, ".htm": ReportFormat.HTML, ".xml": ReportFormat.JUNIT, ".md": ReportFormat.MARKDOWN,
           ".csv": ReportFormat.CSV, ".parquet": ReportFormat.PARQUET}  # fmt: skip


def report(
    folders: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Run folders; others are held to the first.")],
    out: Annotated[Path | None, typer.Option("-o", "--out", help="The file to write; else stdout.")] = None,
    to: Annotated[ReportFormat | None, typer.Option("--to", help="Else what the name of the file says.")] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write over a file that is no report of the stage, too.")
    ] = False,
) -> None:
    """Make one document of runs: a page with play, minds, graphs and probes, or JUnit, Markdown, CSV or Parquet."""
    from stage.report.exports import as_csv, as_junit, as_markdown, write_parquet

    if out is not None and not force:
        check_free(out)
    form = to or ENDINGS.get(out.suffix.lower() if out else "", ReportFormat.HTML)
    runs = [read(folder) for folder in folders]
    if form is ReportFormat.PARQUET:
        if out is None:
            raise UsageError("Parquet is not for terminals; name a file with -o")
        write_parquet(runs, out)
        note(f"{out} is written.")
        return
    makers = {ReportFormat.JUNIT: as_junit, ReportFormat.MARKDOWN: as_markdown, ReportFormat.CSV: as_csv}
    text = makers[form](runs) if form in makers else html(runs)
    write(text, out)


def check_free(out: Path) -> None:
    """UsageError where a file of that name holds something else than a report of the stage."""
    from stage.report.ours import may_be_replaced

    if not may_be_replaced(out):
        raise UsageError(f"{out} is there already, and is no report of the stage; name another file, or add --force")


def read(folder: Path) -> tuple[Run, Scorecard]:
    """A run and its scores; of a damaged one what is sound, with a word about the rest."""
    from stage.records.record import DamagedRunError, read_run
    from stage.scoring.scorecard import score

    try:
        run = read_run(folder)
    except DamagedRunError as error:
        note(f"{error}\nThe report is made of what is sound.")
        run = error.sound
    if not run.finished:
        note(f"{folder} was not finished; the report holds for what was performed.")
    return run, score(run.transcript)


def html(runs: list[tuple[Run, Scorecard]]) -> str:
    from stage.records.replay import replayed
    from stage.records.session import scene_text
    from stage.report.page.build import page
    from stage.report.page.payload import payload
    from stage.scoring.comparison import compare

    parts = []
    title = ""
    conditions = condition_names([run for run, _ in runs])
    for (run, scorecard), condition in zip(runs, conditions, strict=True):
        course, told = replayed(run)
        title = title or course.scene.title
        shown = payload(run, scorecard, course, scene_text(run), told)
        if condition:
            shown.run["name"] = f"{run.folder.name} ({condition})"
        parts.append((run, scorecard, shown))
    comparison = None
    if len(runs) > 1:
        try:
            names = [shown.run["name"] for _, _, shown in parts]
            if len(set(names)) < len(names):
                names = [str(run.folder) for run, _ in runs]
            comparison = compare([(n, run.transcript) for n, (run, _) in zip(names, runs, strict=True)], common=True)
        except UsageError as error:
            note(f"The runs stand side by side and are not compared: {error}")
    return page(title, parts, comparison)


def write(text: str, out: Path | None) -> None:
    if out is None:
        print(text, end="")
        return
    try:
        out.write_text(text, encoding="utf-8", errors="replace")
    except OSError as error:
        raise UsageError(f"cannot write {out}: {error.strerror}") from error
    note(f"{out} is written.")
