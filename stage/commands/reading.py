"""Commands that read what was performed, without a model."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from stage.commands.options import AsJson, Runs
from stage.commands.output import (
    check_threshold,
    note,
    print_comparison,
    show,
    show_bench,
    show_comparison,
    show_json,
    show_minds,
    show_run,
)
from stage.errors import StageError


def score_run(
    folder: Annotated[Path, typer.Argument(metavar="RUN")],
    fail_under: Annotated[float | None, typer.Option()] = None,
    as_json: AsJson = False,
) -> None:
    """Score a run or a bench again from its record, without a model."""
    from stage.bench.record import is_bench, read_bench
    from stage.records.record import DamagedRunError, read_run
    from stage.scoring.scorecard import score

    if is_bench(folder):
        bench = read_bench(folder)
        show_bench(bench, as_json)
        _tell_of_end(bench.torn, bench.finished, f"stage bench --resume {folder}")
        return
    damage = ""
    try:
        done = read_run(folder)
    except DamagedRunError as error:
        done, damage = error.sound, str(error)
    scorecard = score(done.transcript)
    if not as_json:
        show_minds(done, scorecard)
    show_run(done, scorecard, as_json)
    if damage:
        note(f"{damage}\nThe figures hold for the rest of the record.")
    _tell_of_end(done.torn, done.finished and not damage, f"stage run --resume {folder}")
    check_threshold(scorecard.separation.value, fail_under)


def _tell_of_end(torn: bool, finished: bool, more: str) -> None:
    if torn:
        note("The last line of the record was cut off and is left out.")
    if not finished:
        note(f"This run was not finished; the figures hold for what was performed. '{more}' goes on.")
        raise typer.Exit(5)


def compare(
    folders: Annotated[
        list[Path], typer.Argument(metavar="RUN RUN...", help="The first is what others are held to. Suites as well.")
    ],
    common: Annotated[bool, typer.Option("--common", help="Compare the probes that all runs have.")] = False,
    as_json: AsJson = False,
) -> None:
    """Set runs of the same probes side by side: paired differences, and whether they could be chance."""
    from stage.records.manifest import MANIFEST
    from stage.records.record import read_run

    if all((folder / MANIFEST).exists() for folder in folders):
        show_comparison([read_run(f) for f in folders], common, as_json)
        return
    from stage.records.folders import run_sets
    from stage.scoring.comparison import compare_all

    sets = [(name, [run.transcript for run in runs]) for name, runs in run_sets(folders)]
    print_comparison(compare_all(sets, common), as_json)


def runs(folder: Runs = Path("runs"), as_json: AsJson = False) -> None:
    """List the runs and benches there are, branches under what they branch from."""
    from stage.bench.record import list_benches
    from stage.records.folders import list_all_runs
    from stage.report.listing import run_lines

    rows = [_listed(path, _run_row) for path in list_all_runs(folder)]
    rows += [_listed(path, _bench_row) for path in list_benches(folder)]
    if as_json:
        show_json(rows)
        return
    for depth, row in _as_tree(rows):
        for line in run_lines(row, depth):
            show(line)
    if not rows:
        note(f"No runs below {folder}.")


def _listed(path: Path, row: Callable[[Path], dict[str, Any]]) -> dict[str, Any]:
    try:
        return row(path)
    except StageError as error:
        return {"folder": str(path), "state": "damaged", "error": str(error)}


def _run_row(path: Path) -> dict[str, Any]:
    from stage.records.record import read_run

    done = read_run(path)
    row = _row(path, done.finished, {"scenario": done.manifest.scenario}, done.manifest)
    parent = done.manifest.parent
    if parent is not None:
        row |= {"parent": os.path.relpath(path / parent.folder), "beat": parent.beat}
    return row


def _bench_row(path: Path) -> dict[str, Any]:
    from stage.bench.record import read_bench

    done = read_bench(path)
    return _row(path, done.finished, {"benchmark": done.manifest.benchmark}, done.manifest)


def _row(path: Path, finished: bool, what: dict[str, str], made: Any) -> dict[str, Any]:
    return {
        "folder": str(path),
        "state": "finished" if finished else "not finished",
        **what,
        "model": made.model.name,
        "context": made.context,
        "seed": str(made.seed),
        "started": made.started,
    }


def _as_tree(rows: Sequence[dict[str, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Every row with its depth, branches after what they branch from. Several that branch from one beat into one folder
    (rerolls) become one row that counts them."""
    from stage.records.rerolls import planned

    shown = {os.path.abspath(row["folder"]) for row in rows}
    below: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        parent = os.path.abspath(row["parent"]) if "parent" in row else ""
        below.setdefault(parent if parent in shown else "", []).append(row)

    def under(parent: str, depth: int) -> Iterator[tuple[int, dict[str, Any]]]:
        groups: dict[tuple[Path, Any], list[dict[str, Any]]] = {}
        for row in below.get(parent, []):
            groups.setdefault((Path(row["folder"]).parent, row.get("beat")), []).append(row)
        for (folder, beat), group in groups.items():
            leaves = [row for row in group if os.path.abspath(row["folder"]) not in below]
            count = planned(folder) or len(leaves)
            if beat is not None and leaves and count > 1:
                ended = sum(row["state"] == "finished" for row in leaves)
                yield depth, {"folder": str(folder), "state": f"{ended} of {count} rerolls finished", "beat": beat}
                group = [row for row in group if row not in leaves]
            for row in group:
                yield depth, row
                yield from under(os.path.abspath(row["folder"]), depth + 1)

    yield from under("", 0)
