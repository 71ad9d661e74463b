"""Runs killed at random moments, and disks that fill up: each run is gone on with until it ends, and its record is held
against that of an uninterrupted run, byte for byte.

    python benchmarks/kills.py                                # 200 kills of a control stage
    python benchmarks/kills.py --model built-in --kills 10
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
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from stage.controls import ControlStage
from stage.errors import RunError, StageError
from stage.inference.requests import Reply, Request
from stage.performing.audiences import Unwatched
from stage.performing.settings import Settings
from stage.records import journal
from stage.records.record import MANIFEST, RECORD, read_run
from stage.records.session import Planned, perform_file, resume_run
from stage.resources import scenarios_folder


@dataclass(frozen=True)
class Play:
    """What is performed; without ``mirrors``, to have it quicker."""

    scene: Path
    model: str | None

    def perform(self, folder: Path) -> None:
        """Perform it, or go on with what lies in the folder."""
        if (folder / MANIFEST).exists():
            resume_run(folder, self.model, Unwatched(), lambda _: None, print)
            return
        shutil.rmtree(folder, ignore_errors=True)  # it ended before there was a run: no manifest
        planned = [Planned(Settings(seed=1, mirrors=False), folder)]
        list(perform_file(self.scene, self.model, planned, Unwatched(), folder.parent, lambda _: None))


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


def killed_after(play: Play, folder: Path, seconds: float) -> bool:
    """Perform for so long, then kill without warning; False if it had ended by itself by then. SystemExit if it failed."""
    child = forked(lambda: play.perform(folder))
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise SystemExit(f"a run could not be gone on with: {folder}")
    return os.WIFSIGNALED(status)


def kills(play: Play, count: int, seed: int, parent: Path) -> None:
    """Kill so many times; every run is killed again and again until it comes to its end."""
    began = time.perf_counter()
    os.waitpid(forked(lambda: play.perform(parent / "whole")), 0)
    whole = (parent / "whole" / RECORD).read_bytes()
    duration = time.perf_counter() - began
    dice = random.Random(seed)
    killed = runs = torn = dropped = same = 0
    while killed < count:
        folder = parent / str(runs)
        while killed < count and killed_after(play, folder, dice.uniform(0, duration)):
            killed += 1
            if (folder / RECORD).exists():
                run = read_run(folder)
                torn += run.torn
                dropped += sum(line.beat > run.beats for line in run.transcript.lines)
                if not whole.startswith(_up_to_last_beat((folder / RECORD).read_bytes())):
                    raise SystemExit(f"a beat that had ended was lost or changed: {folder}")
        if not (folder / RECORD).exists() or not read_run(folder).finished:
            os.waitpid(forked(lambda folder=folder: play.perform(folder)), 0)  # type: ignore[misc]
        same += (folder / RECORD).read_bytes() == whole
        runs += 1
    print(
        f"{play.scene.stem}, {play.model or 'built-in model'}: {killed} kills within {duration:.2f} s each, {runs} runs"
    )
    print(f"records the same as the uninterrupted one: {same} of {runs}")
    print(f"torn last lines dropped: {torn}; lines of unfinished beats played again: {dropped}")
    if same != runs:
        raise SystemExit(1)


def _up_to_last_beat(record: bytes) -> bytes:
    at = record.rfind(b'\n{"kind": "beat"')
    end = record.find(b"\n", at + 1)
    return record[: end + 1] if at >= 0 and end >= 0 else b""


def every_write_refused(play: Play, parent: Path) -> None:
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
        journal.os.pwrite = pwrite  # type: ignore[attr-defined]
        try:
            play.perform(folder)
            raise SystemExit(f"write {refused} was not refused")
        except RunError as error:
            if "No space left" not in str(error):
                raise
        finally:
            journal.os.pwrite = real  # type: ignore[attr-defined]
        play.perform(folder)
        if (folder / RECORD).read_bytes() != whole:
            raise SystemExit(f"another record after write {refused} was refused: {folder}")
    print(f"{play.scene.stem}, {play.model}: each of {writes} writes refused in turn, {writes} records the same")


def small_file_system(play: Play, kilobytes: int, parent: Path) -> None:
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


def slowed(seconds: float) -> None:
    """Control stages take a moment, so that kills meet every part of a run."""
    answer = ControlStage.answer

    def slow(self: ControlStage, requests: Sequence[Request]) -> list[Reply]:
        time.sleep(seconds)
        return answer(self, requests)

    ControlStage.answer = slow  # type: ignore[method-assign]


def main() -> None:
    parser = argparse.ArgumentParser(description="Kill runs, and fill disks.")
    parser.add_argument("--model", default="control:leaky:0.5")
    parser.add_argument("--scene", default="sally_anne")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--full-disk", action="store_true")
    asked = parser.parse_args()
    play = Play(scenarios_folder() / f"{asked.scene}.yaml", None if asked.model == "built-in" else asked.model)
    with tempfile.TemporaryDirectory() as folder:
        if asked.full_disk:
            every_write_refused(play, Path(folder))
            small_file_system(play, 64, Path(folder))
        else:
            slowed(0.01)
            kills(play, asked.kills, asked.seed, Path(folder))


if __name__ == "__main__":
    main()
