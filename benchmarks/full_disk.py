"""Disks that fill up in the midst of a run: it is gone on with when there is room, and its record is held against that of
an uninterrupted run, byte for byte.

    python benchmarks/full_disk.py [--scene sally_anne]

Every write to the record is refused in turn, in half of it; then the run is performed on a file system of 40 KB (mounting it wants
root), copied elsewhere and gone on with.
"""

from __future__ import annotations

import argparse
import errno
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from unittest.mock import patch

from kills import Single

from stage.errors import RunError
from stage.records.manifest import RECORD
from stage.records.record import read_run
from stage.resources import scenarios_folder

MODEL = "control:leaky:0.5"
KILOBYTES = 40


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


def main() -> None:
    parser = argparse.ArgumentParser(description="Fill disks.")
    parser.add_argument("--scene", default="sally_anne")
    asked = parser.parse_args()
    single = Single(scenarios_folder() / f"{asked.scene}.yaml", MODEL)
    with tempfile.TemporaryDirectory() as name:
        every_write_refused(single, Path(name))
        small_file_system(single, KILOBYTES, Path(name))


if __name__ == "__main__":
    main()
