"""What checking a scene costs, and how much of that is Python and the libraries.

    python benchmarks/start.py [SCENE ...] [--repeat 20] [--beside CHECKOUT]

Each row is a process of its own. Told is the time of processors (user and system), which other programs disturb least,
the least and the median of the repetitions, with all rows taking turns, after a first one that compiles what is not
compiled yet. ``--beside`` runs another checkout's too.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from rich.table import Table
from tables import shown

ROOT = Path(__file__).resolve().parent.parent
LIBRARIES = """
import typer, typer._adapters
from pydantic import BaseModel
from ruamel.yaml import YAML
class Model(BaseModel):
    x: int
"""
"""What the command line is made with, and the first model of pydantic, which loads more."""


def rows(scenes: Sequence[str], beside: Path | None) -> dict[str, tuple[Path, list[str]]]:
    """By name, where a command is run and what."""
    bare = {
        "python": ["-c", "pass"],
        "python and the libraries": ["-c", LIBRARIES],
        "... without the garbage at the end": ["-c", f"{LIBRARIES}\nimport gc\ngc.freeze()"],
    }
    found = {name: (ROOT, args) for name, args in bare.items()}
    for scene in scenes:
        found[f"stage lint {scene}"] = (ROOT, ["cli.py", "lint", scene])
        if beside is not None:
            found[f"stage lint {scene}, {beside}"] = (beside, ["cli.py", "lint", scene])
    return found


def processor_seconds(folder: Path, args: Sequence[str]) -> float:
    """Of a Python process in a folder, user and system. CalledProcessError if it fails."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *args], cwd=folder, env=env, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="What checking a scene costs.")
    parser.add_argument("scenes", nargs="*", default=["sally_anne"])
    parser.add_argument("--repeat", type=int, default=20)
    parser.add_argument("--beside", type=Path)
    parser.add_argument("--markdown", action="store_true")
    asked = parser.parse_args(argv)
    wanted = rows(asked.scenes, asked.beside)
    took: dict[str, list[float]] = {name: [] for name in wanted}
    for turn in range(asked.repeat + 1):
        for name, (folder, args) in wanted.items():
            seconds = processor_seconds(folder, args)
            took[name] += [seconds] if turn else []
    table = Table("process", "least, ms", "median, ms", title="Processor time")
    for name, seconds in took.items():
        table.add_row(name, f"{min(seconds) * 1000:.0f}", f"{median(seconds) * 1000:.0f}")
    shown(table, asked.markdown)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
