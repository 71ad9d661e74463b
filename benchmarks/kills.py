"""Runs killed at random moments: each is gone on with until it ends, and its record is held against that of an
uninterrupted run, byte for byte.

    python benchmarks/kills.py                                # 200 kills of a control stage
    python benchmarks/kills.py --loading                      # any moment of the process is as likely as any other
    python benchmarks/kills.py --model built-in --kills 10
    python benchmarks/kills.py --rerolls 6                    # several plays from one beat, gone on with as one

Most of the time of a play with a model is spent on one or two of its beats. So kills are aimed at beats: at that which was
aimed at least often, of those that the run has before it; within the beat any moment is as likely as any other, where the
run begins or goes on there also those of loading and of asking again. A run is killed again and again until the beats that are
due lie behind it; then it is brought to its end, and the next is begun.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol
from unittest.mock import patch

from stage.controls import ControlStage
from stage.errors import StageError
from stage.inference.requests import Reply, Request
from stage.performing.audiences import Unwatched
from stage.performing.settings import Settings
from stage.records.branching import fork, perform_branches
from stage.records.manifest import MANIFEST, RECORD, SCENE
from stage.records.record import read_run
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

    def beats(self, folder: Path) -> int:
        """How many beats have ended there, of all runs together."""
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

    def beats(self, folder: Path) -> int:
        return beats_on_disk(folder)


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

    def beats(self, folder: Path) -> int:
        return sum(map(beats_on_disk, self.runs(folder)))


def beats_on_disk(folder: Path) -> int:
    """How many beats of a run have ended."""
    try:
        return (folder / RECORD).read_bytes().count(b'{"kind": "beat"')
    except FileNotFoundError:
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


def timed(play: Play, folder: Path) -> list[float]:
    """Perform without interruption: after how many seconds of the process each beat had ended, and at last the process."""
    began = time.perf_counter()
    child = forked(partial(play.perform, folder))
    ends: list[float] = []
    while not ended(child):
        ends += [time.perf_counter() - began] * (play.beats(folder) - len(ends))
        time.sleep(0.001)
    waited(child)
    return [*ends, *[time.perf_counter() - began] * (play.beats(folder) - len(ends) + 1)]


def due(aimed: Counter[int], done: int, beats: int, dice: random.Random) -> int | None:
    """The beat to be aimed at next, of a run in which so many have ended; None if one behind it should be."""
    least = min(aimed[beat] for beat in range(beats))
    found = [beat for beat in range(done, beats) if aimed[beat] == least]
    return dice.choice(found) if found else None


def killed_in(beat: int, play: Play, folder: Path, ends: Sequence[float], dice: random.Random) -> bool:
    """Perform, and kill without warning in a beat, at a moment by chance; False if it had ended by itself by then.
    SystemExit if it failed."""
    goes_on_there = play.beats(folder) >= beat
    child = forked(partial(play.perform, folder))
    while play.beats(folder) < beat and not ended(child):
        time.sleep(0.001)
    time.sleep(dice.uniform(0, ends[beat] if goes_on_there else ends[beat] - ends[beat - 1]))
    os.kill(child, signal.SIGKILL)
    return not waited(child)


def killed_at(moment: float, play: Play, folder: Path) -> bool:
    """Likewise after so many seconds of the process."""
    child = forked(partial(play.perform, folder))
    time.sleep(moment)
    os.kill(child, signal.SIGKILL)
    return not waited(child)


@dataclass
class Tally:
    """What kills met, and what became of the runs."""

    killed: int = 0
    again: int = 0
    trials: int = 0
    torn: int = 0
    dropped: int = 0
    same: int = 0
    beats: Counter[int] = field(default_factory=Counter)

    def look_at(self, play: Play, folder: Path, whole: Sequence[bytes], goes_on: bool) -> None:
        """What a kill left behind. SystemExit if a beat that had ended is not as in the whole records."""
        self.killed += 1
        self.again += goes_on
        self.beats[play.beats(folder)] += 1
        for path, record in zip(play.runs(folder), whole, strict=True):
            if not (path / MANIFEST).exists():
                continue
            run = read_run(path)
            self.torn += run.torn
            self.dropped += sum(line.beat > run.beats for line in run.transcript.lines)
            if not record.startswith(_up_to_last_beat((path / RECORD).read_bytes())):
                raise SystemExit(f"a beat that had ended was lost or changed: {path}")


def kills(play: Play, count: int, dice: random.Random, parent: Path, loading: bool) -> None:
    """Kill so many times; every run that was killed is brought to its end."""
    ends = timed(play, parent / "whole")
    whole = [(run / RECORD).read_bytes() for run in play.runs(parent / "whole")]
    tally, aimed = Tally(), Counter[int]()
    while tally.killed < count:
        folder = parent / str(tally.trials)
        while tally.killed < count:
            done, goes_on = play.beats(folder), folder.exists()
            if loading:
                was_killed = killed_at(dice.uniform(0, ends[-1]), play, folder)
            elif (beat := due(aimed, done, len(ends), dice)) is not None:
                aimed[beat] += 1
                was_killed = killed_in(beat, play, folder, ends, dice)
            else:
                break
            if not was_killed:
                break
            tally.look_at(play, folder, whole, goes_on)
        if not all((p / MANIFEST).exists() and read_run(p).finished for p in play.runs(folder)):
            waited(forked(partial(play.perform, folder)))
        tally.same += [(path / RECORD).read_bytes() for path in play.runs(folder)] == whole
        tally.trials += 1
    print(
        f"{play.name}: {tally.killed} kills, {tally.again} of them of a run that was gone on with; uninterrupted it takes {ends[-1]:.2f} s"
    )
    print("beats on the disk when killed: " + ", ".join(f"{b} ({n} kills)" for b, n in sorted(tally.beats.items())))
    print(f"records the same as the uninterrupted one: {tally.same} of {tally.trials}")
    print(f"torn last lines dropped: {tally.torn}; lines of unfinished beats played again: {tally.dropped}")
    if tally.same != tally.trials:
        raise SystemExit(1)


def _up_to_last_beat(record: bytes) -> bytes:
    at = record.rfind(b'\n{"kind": "beat"')
    end = record.find(b"\n", at + 1)
    return record[: end + 1] if at >= 0 and end >= 0 else b""


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
    parser = argparse.ArgumentParser(description="Kill runs.")
    parser.add_argument("--model", default="control:leaky:0.5")
    parser.add_argument("--scene", default="sally_anne")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--rerolls", type=int, default=0, help="kill so many rerolls of the scene at once, performed as one"
    )
    parser.add_argument("--loading", action="store_true", help="do not aim at beats")
    asked = parser.parse_args()
    single = Single(scenarios_folder() / f"{asked.scene}.yaml", None if asked.model == "built-in" else asked.model)
    with tempfile.TemporaryDirectory() as name, slowed(0.01):
        folder = Path(name)
        if asked.rerolls:
            waited(forked(lambda: single.perform(folder / "run")))
            rerolled = Rerolled(folder / "run", single.model, asked.rerolls)
            kills(rerolled, asked.kills, random.Random(asked.seed), folder, asked.loading)
        else:
            kills(single, asked.kills, random.Random(asked.seed), folder, asked.loading)


if __name__ == "__main__":
    main()
