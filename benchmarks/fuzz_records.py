"""Damages records of runs and has them read by the commands; tells what came of it.

    python benchmarks/fuzz_records.py [--inputs 2000] [--seed 1] [--again NUMBER]

An input is a run of a scene in which the stage does everything itself, or a branch of it. Entries of the record get other values,
keys or kinds, are lost or doubled, with checksums made anew or without; or the manifest or the scene is bent
(`tests/damaged_records.py`). Then some of the commands that read a run, go on with it or branch from it are given it. A
refusal with a message is as good as a reading; anything else is a crash. Exits with 1 if there was one.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from random import Random

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


def main() -> int:
    parser = argparse.ArgumentParser(description="Damaged records.")
    parser.add_argument("--inputs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--again", type=int)
    asked = parser.parse_args()
    counts, crashes, began, slowest = Counter[str](), 0, time.perf_counter(), 0.0
    with tempfile.TemporaryDirectory() as name:
        sound = runs(Path(name))
        for number in range(asked.inputs) if asked.again is None else [asked.again]:
            random, started = Random(f"{asked.seed}/{number}"), time.process_time()
            with tempfile.TemporaryDirectory(dir=name) as place:
                run = Path(place) / "run"
                shutil.copytree(random.choice(sound), run)
                try:
                    damage(run, random)
                    counts[read_by_all(run, random)] += 1
                except Exception:  # noqa: BLE001  whatever is not a refusal is what is looked for
                    crashes += 1
                    print(f"CRASH {asked.seed}/{number}\n{traceback.format_exc()}", flush=True)
            slowest = max(slowest, time.process_time() - started)
    told = ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
    took = time.perf_counter() - began
    print(
        f"{sum(counts.values()) + crashes} records in {took:.0f} s, slowest {slowest:.2f} s: {told}; {crashes} crashes"
    )
    return 1 if crashes else 0


if __name__ == "__main__":
    sys.exit(main())
