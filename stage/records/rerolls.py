"""A folder of rerolls: what is rerolled how often, put down before the first play begins, so that all can be gone on with
as one.

``rerolls.jsonl`` is a log of one entry. Whoever performs the plays holds its lock; the plays lie beside it, each a branch.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from stage.errors import RunError
from stage.records.branching import Branch, Fork, fork, sound_run
from stage.records.journal import Journal, read_log
from stage.records.manifest import MANIFEST, RECORD, SCENE, in_short
from stage.records.session import scene_text

REROLLS = "rerolls.jsonl"


@dataclass(frozen=True)
class Rerolls:
    """``n`` plays that go on after a ``beat`` of a ``run`` (its folder, relative to that of the rerolls), the first with
    the dice ``seed``, the next with the next. ``parent_check`` is that of the beat's line; ``turns`` are watched for beside those of
    the scene; ``model`` is a name that stands for it, the run's own if empty."""

    run: str
    beat: int
    parent_check: str
    n: int
    seed: int
    turns: tuple[str, ...] = ()
    model: str = ""

    def __post_init__(self) -> None:
        if "\0" in self.run or self.n < 1:
            raise ValueError(f"no {self.n} rerolls of {self.run!r}")

    def branches(self, folder: Path) -> list[Branch]:
        return [Branch(self.seed + i, folder / f"{i + 1:0{len(str(self.n))}}") for i in range(self.n)]


_REROLLS: TypeAdapter[Rerolls] = TypeAdapter(Rerolls)


def rerolls_of(point: Fork, folder: Path, n: int, seed: int) -> Rerolls:
    """Plays that go on from a fork, to be kept in a folder."""
    run = os.path.relpath(point.run.folder.resolve(), folder.resolve())
    return Rerolls(run, point.beat, point.check, n, seed)


@contextmanager
def begun(folder: Path, rerolls: Rerolls) -> Iterator[None]:
    """Put down in an empty folder what is to be rerolled; nobody else performs it meanwhile."""
    with Journal.create(folder / REROLLS) as journal:
        journal.add(_REROLLS.dump_python(rerolls, mode="json"))
        journal.sync()
        yield


@contextmanager
def taken_up(folder: Path) -> Iterator[tuple[Rerolls, Fork]]:
    """What was to be rerolled there, and from where; nobody else performs it meanwhile. What a play that was broken off in
    its first moment left behind is removed. RunError if there is nothing to go on with, or not from the same beat."""
    path = folder / REROLLS
    if not path.exists():
        raise RunError(f"no rerolls in {folder}: there is no {REROLLS}; 'stage run --resume' goes on with a single run")
    with Journal.reopen(path) as journal:
        rerolls = _only_entry(path, [entry.content for entry in journal.found.entries])
        run = sound_run(folder / rerolls.run)
        point = fork(run, rerolls.beat, scene_text(run))
        if point.check != rerolls.parent_check:
            raise RunError(f"{folder} goes on from beat {rerolls.beat} of {run.folder}, which is not what it was there")
        for branch in rerolls.branches(folder):
            remove_unbegun(branch.out)
        yield rerolls, point


def planned(folder: Path) -> int | None:
    """How many plays there are to be in a folder; None if it is none of rerolls, or cannot be read."""
    path = folder / REROLLS
    try:
        return _only_entry(path, [entry.content for entry in read_log(path).entries]).n if path.exists() else None
    except RunError:
        return None


def _only_entry(path: Path, entries: list[dict[str, Any]]) -> Rerolls:
    if not entries:
        raise RunError(f"{path} is empty: nothing was rerolled yet; remove the folder, and reroll again")
    try:
        return _REROLLS.validate_python(entries[0])
    except ValidationError as error:
        raise RunError(f"{path}:1: damaged: {in_short(error)}") from error


def remove_unbegun(folder: Path) -> None:
    """Remove what a run that was broken off in its first moment left behind: where there is no manifest there is no run
    yet."""
    if (folder / MANIFEST).exists():
        return
    for name in (SCENE, RECORD, MANIFEST):
        (folder / name).unlink(missing_ok=True)
        (folder / f"{name}.draft").unlink(missing_ok=True)
