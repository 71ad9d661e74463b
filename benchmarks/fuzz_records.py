"""Damages records of runs and has them read by the commands; tells what came of it.

    python benchmarks/fuzz_records.py [--inputs 2000] [--seed 1] [--again NUMBER]

An input is a run of a scene in which the stage does everything itself, and a branch of it. Entries of one's record get other values,
keys or kinds, are lost or doubled, with checksums made anew or without; or the manifest or the scene is bent
(`tests/damaged_records.py`). Then some of the commands that read a run, go on with it or branch from it are given one of the two. A
refusal with a message is as good as a reading; anything else is a crash. Children of one process that has loaded everything
try them, in bounded memory and processor time (`fuzzing`). Exits with 1 if there was a crash.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path
from random import Random

from fuzzing import Limits, tally_of, tell

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from damaged_records import damage, read_by_all  # noqa: E402
from test_cli import stage  # noqa: E402
from test_resume import EVERYTHING  # noqa: E402


def runs(folder: Path) -> list[Path]:
    """A sound run and a branch of it."""
    scene, run, branch = folder / "scene.yaml", folder / "run", folder / "branch"
    scene.write_text(EVERYTHING, encoding="utf-8")
    stage("run", scene, "-m", "control:guess", "--out", run, "--second-reader")
    stage("branch", run, "--at", "3", "--seed", "5", "--out", branch)
    return [run, branch]


class Damaged:
    """The trial of a seed: a record damaged in a way that the seed decides, and what is made of it."""

    def __init__(self, sound: list[Path]) -> None:
        self.sound = sound

    def __call__(self, seed: str, folder: Path) -> str:
        random = Random(seed)
        for run in self.sound:
            shutil.copytree(run, folder / run.name)
        damage(folder / random.choice(self.sound).name, random)
        return read_by_all(folder / random.choice(self.sound).name, random)


def main() -> int:
    parser = argparse.ArgumentParser(description="Damaged records.")
    parser.add_argument("--inputs", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0, help="the number of the first")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=20, help="of processor time, for each input")
    parser.add_argument("--megabytes", type=int, default=1500, help="for each process")
    parser.add_argument("--again", type=int)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        trial = Damaged(runs(Path(name)))
        read_by_all(trial.sound[0], Random(0))  # what the commands load is loaded before children are forked
        if asked.again is not None:
            print(trial(f"{asked.seed}/{asked.again}", Path(name) / "again"))
            return 0
        seeds = [f"{asked.seed}/{number}" for number in range(asked.first, asked.first + asked.inputs)]
        crashes = tell("records", tally_of(seeds, trial, Limits(asked.seconds, asked.megabytes)))
    return 1 if crashes else 0


if __name__ == "__main__":
    sys.exit(main())
