"""The folders in which runs are kept: made, named, found."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from stage.errors import RunError, UsageError
from stage.records.manifest import MANIFEST
from stage.records.record import Run, read_run


def new_folder(parent: Path, title: str) -> Path:
    """A folder for a new run below ``parent``, named by time and scene; created, and nobody else's.

    RunError if it cannot be made.
    """
    stem = f"{datetime.now():%Y-%m-%d-%H%M%S}-{re.sub(r'[^a-z0-9]+', '-', title.lower()).strip('-')[:40] or 'scene'}"
    for attempt in range(1000):
        folder = parent / (stem if not attempt else f"{stem}-{attempt + 1}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise RunError(
                f"cannot make the run folder {folder}: {error.strerror}; choose another with --out"
            ) from error
        return folder
    raise RunError(f"there are a thousand runs called {stem} below {parent} already")


def own_folder(folder: Path) -> Path:
    """A folder that was asked for by name, made if need be. RunError if there is anything in it: nothing is
    overwritten."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = {p.name for p in folder.iterdir()}
    except FileExistsError as error:
        raise RunError(f"{folder} is a file; name a folder for the run") from error
    except OSError as error:
        raise RunError(f"cannot make the run folder {folder}: {error.strerror}") from error
    if held:
        what = "holds a run already" if MANIFEST in held else "is not empty"
        raise RunError(f"{folder} {what}; name another folder, or remove it first")
    return folder


def list_runs(parent: Path) -> list[Path]:
    """The run folders directly below a folder, by name."""
    return sorted(p.parent for p in parent.glob(f"*/{MANIFEST}"))


def list_all_runs(parent: Path) -> list[Path]:
    """The run folders below a folder, directly or in a folder of runs that belong together, by name."""
    sets = (p for p in parent.glob("*/") if not (p / MANIFEST).exists())
    return sorted({*list_runs(parent), *(run for folder in sets for run in list_runs(folder))})


def run_sets(folders: Sequence[Path]) -> list[tuple[str, list[Run]]]:
    """Folders of runs of the same scenes (suites), each by its name, its runs in the order of their folders.

    UsageError if one holds no runs, or not the same as the first.
    """
    distinct = len({folder.name for folder in folders}) == len(folders)
    found = [(folder.name if distinct else str(folder), list_runs(folder)) for folder in folders]
    first, wanted = found[0][0], [path.name for path in found[0][1]]
    for name, paths in found:
        if not paths:
            raise UsageError(f"there are no runs in {name}; compare runs with runs, or suites with suites")
        if [path.name for path in paths] != wanted:
            differing = sorted({*wanted} ^ {path.name for path in paths})
            raise UsageError(f"{name} does not hold the runs that {first} holds: {', '.join(differing[:5])}")
    return [(name, [read_run(path) for path in paths]) for name, paths in found]
