"""What lockstep saves: plays that go on from one beat of a run, performed together and one at a time.

    python benchmarks/rerolls.py [SCENE] [--at 1] [-n 8] [--threads 1] [--repeat 3] [-m MODEL]

Each way is a process of its own over the same run, with the model loaded before the clock starts; the ways take turns.
Told are the processor time and the tokens that the model evaluated, and whether what was said came out the same.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from rich.table import Table
from tables import shown

from stage.inference.settings import Settings as Inference
from stage.performing.audiences import Unwatched
from stage.performing.settings import Settings
from stage.records.branching import Branch, Casting, fork, perform_together
from stage.records.record import read_run
from stage.records.session import ModelChoice, Planned, opened_model, perform_file, scene_text
from stage.resources import scene_file


@dataclass(frozen=True)
class Cost:
    seconds: float
    evaluated: int
    said: tuple[tuple[str, ...], ...]
    """The lines of every play."""


@dataclass(frozen=True)
class Trial:
    """What is rerolled, and on what model."""

    run: Path
    at: int
    n: int
    model: str | None
    threads: int

    @property
    def choice(self) -> ModelChoice:
        return ModelChoice(self.model, Inference(threads=self.threads))

    def cost(self, together: bool) -> Cost:
        run = read_run(self.run)
        point = fork(run, self.at, scene_text(run))
        with tempfile.TemporaryDirectory(dir=self.run.parent) as folder, opened_model(self.choice, {}, 0) as model:
            branches = [Branch(1 + i, Path(folder) / str(i)) for i in range(self.n)]
            before, began = model.usage.evaluated, time.process_time()
            for group in [branches] if together else [[branch] for branch in branches]:
                perform_together(point, group, Casting(model), Unwatched(), lambda _: None)
            seconds = time.process_time() - began
            lines = tuple(tuple(x.text for x in read_run(b.out).transcript.lines) for b in branches)
            return Cost(seconds, model.usage.evaluated - before, lines)


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="Rerolls together and one at a time.")
    parser.add_argument("scene", nargs="?", type=Path, default=Path("whisper"))
    parser.add_argument("--at", type=int, default=1)
    parser.add_argument("-n", type=int, default=8)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("-m", "--model")
    asked = parser.parse_args(argv)
    with (
        tempfile.TemporaryDirectory() as folder,
        multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as one,
    ):
        run = Path(folder) / "run"
        trial = Trial(run, asked.at, asked.n, asked.model, asked.threads)
        planned = [Planned(Settings(), run)]
        list(perform_file(scene_file(asked.scene), trial.choice, planned, Unwatched(), run.parent, lambda _: None))
        costs: dict[bool, list[Cost]] = {True: [], False: []}
        for _ in range(asked.repeat):
            for together, found in costs.items():
                found.append(one.apply(trial.cost, (together,)))
    table = Table("plays", "CPU s", "tokens evaluated", title=f"{asked.scene}, {asked.n} plays from beat {asked.at}")
    for together, found in costs.items():
        took = f"{median(c.seconds for c in found):.1f} ({min(c.seconds for c in found):.1f} to {max(c.seconds for c in found):.1f})"
        table.add_row("in lockstep" if together else "one at a time", took, f"{found[0].evaluated:,}")
    shown(table, False)
    same = sum(a == b for a, b in zip(costs[True][0].said, costs[False][0].said, strict=True))
    print(f"plays in which the same was said and done: {same} of {asked.n}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
