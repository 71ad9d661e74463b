"""The folders in which runs are kept: made, named, found."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

from stage.errors import RunError
from stage.record import MANIFEST


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
