"""Runs killed at random moments, and disks that fill up: each run is gone on with until it ends, and its record is held
against that of an uninterrupted run, byte for byte.

    python benchmarks/kills.py                                # 200 kills of a control stage
    python benchmarks/kills.py --loading                      # from the first moment of the process on
    python benchmarks/kills.py --model built-in --kills 10
    python benchmarks/kills.py --rerolls 6                    # several plays from one beat, gone on with as one
    python benchmarks/kills.py --full-disk                    # every write refused in turn; a file system of 64 KB
"""

from __future__ import annotations

import argparse
import errno
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol
from unittest.mock import patch

from stage.controls import ControlStage
from stage.errors import RunError, StageError
from stage.inference.requests import Reply, Request
from stage.performing.audiences import Unwatched
from stage.performing.settings import Settings
from stage.records.branching import fork, perform_branches
from stage.records.record import MANIFEST, RECORD, SCENE, read_manifest, read_run
from stage.records.rerolls import REROLLS, begun, rerolls_of, taken_up
from stage.records.session import Planned, perform_file, resume_run
from stage.resources import scenarios_folder


class Play(Protocol):
    """Something performed into a folder, or gone on with where it was broken off there."""

    @property
    def name(self) -> str: ...

    def perform(self, folder: Path) -> None: ...

    def runs(self, folder: Path) -> list[Path]:
        """The folders of its runs, whose records are compared."""
        ...

    def begins(self, folder: Path) -> bool:
        """Whether the play itself has begun there, or goes on: all before is loading."""
        ...


@dataclass(frozen=True)
class Single:
    """A scene; without mirrors, to have it quicker."""

    scene: Path
    model: str | None

    @property
    def name(self) -> str:
        return f"{self.scene.stem}, {self.model or 'built-in model'}"

    def perform(self, folder: Path) -> None:
        if (folder / MANIFEST).exists():
            resume_run(folder, self.model, Unwatched(), lambda _: None, print)
            return
        shutil.rmtree(folder, ignore_errors=True)  # it ended before there was a run: no manifest
        planned = [Planned(Settings(seed=1, mirrors=False), folder)]
        list(perform_file(self.scene, self.model, planned, Unwatched(), folder.parent, lambda _: None))

    def runs(self, folder: Path) -> list[Path]:
        return [folder]

    def begins(self, folder: Path) -> bool:
        return beats_on_disk(folder) > 0


@dataclass(frozen=True)
class Rerolled:
    """Rerolls of a whole scene that was performed before, all in lockstep on a real model."""

    run: Path
    model: str | None
    n: int

    @property
    def name(self) -> str:
        return f"{self.n} rerolls, {self.model or 'built-in model'}"

    def perform(self, folder: Path) -> None:
        if (folder / REROLLS).exists():
            with taken_up(folder) as (rerolls, point):
                perform_branches(point, self.model, rerolls.branches(folder), Unwatched(), lambda _: None, print)
            return
        folder.mkdir(exist_ok=True)
        point = fork(read_run(self.run), 0, (self.run / SCENE).read_text(encoding="utf-8"))
        rerolls = rerolls_of(point, folder, self.n, seed=5)
        with begun(folder, rerolls):
            perform_branches(point, self.model, rerolls.branches(folder), Unwatched(), lambda _: None, print)

    def runs(self, folder: Path) -> list[Path]:
        return [folder / str(i + 1) for i in range(self.n)]

    def begins(self, folder: Path) -> bool:
        return beats_on_disk(folder / "1") > 0


def beats_on_disk(folder: Path) -> int:
    """How many beats of a run have ended, or -1 where there is no record yet."""
    try:
        return (folder / RECORD).read_bytes().count(b'{"kind": "beat"')
    except FileNotFoundError:
        return -1


def resumed_times(folder: Path) -> int:
    try:
        return len(read_manifest(folder)[0].resumed)
    except RunError:
        return 0


def forked(work: Callable[[], None]) -> int:
    """Do some work in a process of its own; its number."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        work()
        code = 0
    except StageError as error:
        print(error, file=sys.stderr)
    finally:
        os._exit(code)


def ended(child: int) -> bool:
    """Whether a child has ended by itself; it is left for `waited`."""
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def waited(child: int) -> bool:
    """Wait for a child; False if it was killed. SystemExit if it failed."""
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise SystemExit("a run could not be performed, or gone on with")
    return os.WIFEXITED(status)


def played(play: Play, folder: Path) -> float:
    """Perform without interruption; the seconds from the first beat on the disk to the end."""
    child = forked(partial(play.perform, folder))
    while not play.begins(folder) and not ended(child):
        time.sleep(0.002)
    began = time.perf_counter()
    waited(child)
    return time.perf_counter() - began


def killed_within(play: Play, folder: Path, seconds: float, loading: bool) -> bool:
    """Perform, and kill without warning so long after the play began or went on, or after the process did
    (``loading``); False if it had ended by itself by then. SystemExit if it failed."""
    first = play.runs(folder)[0]
    before = resumed_times(first)
    goes_on = beats_on_disk(first) > 0
    child = forked(partial(play.perform, folder))
    while not loading and not ended(child):
        if resumed_times(first) > before if goes_on else play.begins(folder):
            break
        time.sleep(0.002)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    return not waited(child)


def kills(play: Play, count: int, dice: random.Random, parent: Path, loading: bool) -> None:
    """Kill so many times; every run is killed again and again until it comes to its end."""
    began = time.perf_counter()
    span = played(play, parent / "whole")
    if loading:
        span = time.perf_counter() - began
    whole = [(run / RECORD).read_bytes() for run in play.runs(parent / "whole")]
    killed = trials = torn = dropped = same = 0
    beats: Counter[int] = Counter()
    while killed < count:
        folder = parent / str(trials)
        while killed < count and killed_within(play, folder, dice.uniform(0, span), loading):
            killed += 1
            beats[max(0, beats_on_disk(play.runs(folder)[0]))] += 1
            for path, record in zip(play.runs(folder), whole, strict=True):
                if not (path / MANIFEST).exists():
                    continue
                run = read_run(path)
                torn += run.torn
                dropped += sum(line.beat > run.beats for line in run.transcript.lines)
                if not record.startswith(_up_to_last_beat((path / RECORD).read_bytes())):
                    raise SystemExit(f"a beat that had ended was lost or changed: {path}")
        if not all((p / MANIFEST).exists() and read_run(p).finished for p in play.runs(folder)):
            waited(forked(partial(play.perform, folder)))
        same += [(path / RECORD).read_bytes() for path in play.runs(folder)] == whole
        trials += 1
    since = "the process began" if loading else "the first beat was on the disk, or the play went on"
    print(f"{play.name}: {killed} kills within {span:.2f} s after {since}; {trials} brought to their end")
    print("beats on the disk when killed: " + ", ".join(f"{b} ({n} kills)" for b, n in sorted(beats.items())))
    print(f"records the same as the uninterrupted one: {same} of {trials}")
    print(f"torn last lines dropped: {torn}; lines of unfinished beats played again: {dropped}")
    if same != trials:
        raise SystemExit(1)


def _up_to_last_beat(record: bytes) -> bytes:
    at = record.rfind(b'\n{"kind": "beat"')
    end = record.find(b"\n", at + 1)
    return record[: end + 1] if at >= 0 and end >= 0 else b""


def every_write_refused(play: Single, parent: Path) -> None:
    """The disk takes so many writes to the record and half of the next, for every number there is; then there is room
    again."""
    play.perform(parent / "whole")
    whole = (parent / "whole" / RECORD).read_bytes()
    real = os.pwrite
    writes = whole.count(b"\n")
    for refused in range(writes):
        left = [refused]

        def pwrite(file: int, data: bytes, offset: int, left: list[int] = left) -> int:
            left[0] -= 1
            if left[0] < 0:
                real(file, data[: len(data) // 2], offset)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(file, data, offset)

        folder = parent / str(refused)
        try:
            with patch.object(os, "pwrite", pwrite):
                play.perform(folder)
            raise SystemExit(f"write {refused} was not refused")
        except RunError as error:
            if "No space left" not in str(error):
                raise
        play.perform(folder)
        if (folder / RECORD).read_bytes() != whole:
            raise SystemExit(f"another record after write {refused} was refused: {folder}")
    print(f"{play.name}: each of {writes} writes refused in turn, {writes} records the same")


def small_file_system(play: Single, kilobytes: int, parent: Path) -> None:
    """A file system of so many kilobytes fills up; the run is copied to a larger one and gone on with."""
    small = parent / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(small)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"no file system of {kilobytes} KB can be mounted here: {done.stderr.strip()}")
        return
    try:
        play.perform(small / "run")
        raise SystemExit(f"{kilobytes} KB were enough")
    except RunError as error:
        print(f"on a file system of {kilobytes} KB: {str(error).replace(str(parent), '...')}")
        beats = read_run(small / "run").beats
        shutil.copytree(small / "run", parent / "moved")
    finally:
        subprocess.run(["umount", str(small)], check=True)
    play.perform(parent / "moved")
    same = (parent / "moved" / RECORD).read_bytes() == (parent / "whole" / RECORD).read_bytes()
    print(f"copied elsewhere after beat {beats} and gone on with: {'the same record' if same else 'ANOTHER RECORD'}")
    if not same:
        raise SystemExit(1)


@contextmanager
def slowed(seconds: float) -> Iterator[None]:
    """Control stages take a moment, so that kills meet every part of a run."""
    answer = ControlStage.answer

    def slow(self: ControlStage, requests: Sequence[Request]) -> list[Reply]:
        time.sleep(seconds)
        return answer(self, requests)

    with patch.object(ControlStage, "answer", slow):
        yield


def main() -> None:
    parser = argparse.ArgumentParser(description="Kill runs, and fill disks.")
    parser.add_argument("--model", default="control:leaky:0.5")
    parser.add_argument("--scene", default="sally_anne")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--rerolls", type=int, default=0, help="kill so many rerolls of the scene at once, performed as one"
    )
    parser.add_argument("--loading", action="store_true", help="kill at any moment of the process")
    parser.add_argument("--full-disk", action="store_true")
    asked = parser.parse_args()
    single = Single(scenarios_folder() / f"{asked.scene}.yaml", None if asked.model == "built-in" else asked.model)
    with tempfile.TemporaryDirectory() as name, slowed(0.0 if asked.full_disk else 0.01):
        folder = Path(name)
        if asked.full_disk:
            every_write_refused(single, folder)
            small_file_system(single, 64, folder)
        elif asked.rerolls:
            waited(forked(lambda: single.perform(folder / "run")))
            rerolled = Rerolled(folder / "run", single.model, asked.rerolls)
            kills(rerolled, asked.kills, random.Random(asked.seed), folder, asked.loading)
        else:
            kills(single, asked.kills, random.Random(asked.seed), folder, asked.loading)


if __name__ == "__main__":
    main()
