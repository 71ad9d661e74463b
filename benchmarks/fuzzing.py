"""Inputs tried by the thousand, in child processes of bounded memory, each in bounded processor time: what became of them.

A trial is handed the seed of an input and an empty folder, and says in a word what became of it; whatever it raises is a
crash. So is an input that takes longer than it may, or at which its process dies or hangs.
"""

from __future__ import annotations

import multiprocessing
import resource
import signal
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

ROUND = 500
"""Inputs for each child process."""
PATIENCE = 30
"""How many times its processor time an input may take by the clock, on a busy machine, before its process is taken to hang."""

Trial = Callable[[str, Path], str]


class TooSlowError(BaseException):
    """An input took more than its time; nothing that is tried may catch it."""


@dataclass(frozen=True)
class Limits:
    seconds: float
    megabytes: int


@dataclass
class Tally:
    counts: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, str] = (0.0, "")
    """Seconds of processor time, and the seed."""
    crashes: list[str] = field(default_factory=list)
    most_memory: int = 0
    seconds: float = 0.0


def tally_of(seeds: Sequence[str], trial: Trial, limits: Limits) -> Tally:
    """Try all inputs, each ROUND of them in a child forked from this process; a child that dies or hangs is a crash of
    the input it was at."""
    tally, began = Tally(), time.perf_counter()
    while seeds:
        here, there = multiprocessing.Pipe(duplex=False)
        child = multiprocessing.get_context("fork").Process(target=_tried, args=(seeds[:ROUND], there, trial, limits))
        child.start()
        there.close()
        done, at = 0, ""
        for what, seed, figure in _told(here, PATIENCE * limits.seconds):
            if what == "begins":
                at = seed
            elif what == "memory":
                tally.most_memory, at = max(tally.most_memory, int(figure)), ""
            else:
                done += 1
                _note(what, seed, figure, tally)
        if at:
            child.kill()
            done += 1
            _note(f"CRASH {at}\nits process died or hung", at, 0.0, tally)
        child.join()
        seeds = seeds[done:]
    tally.seconds = time.perf_counter() - began
    return tally


def tell(what: str, tally: Tally) -> int:
    """Print what became of inputs; the number of crashes."""
    told = ", ".join(f"{count:,} {kind}" for kind, count in sorted(tally.counts.items()))
    longest, seed = tally.slowest
    tried = tally.counts.total() + len(tally.crashes)
    print(
        f"{what}: {tried:,} inputs in {tally.seconds:.0f} s, slowest {longest:.2f} s of processor time ({seed}), "
        f"at most {tally.most_memory} MB: {told}; {len(tally.crashes)} crashes",
        flush=True,
    )
    return len(tally.crashes)


def _late(number: int, frame: object) -> None:
    raise TooSlowError


def _tried(seeds: Sequence[str], pipe: Connection, trial: Trial, limits: Limits) -> None:
    """In a child: tell of each input that it begins, and what came of it."""
    resource.setrlimit(resource.RLIMIT_AS, (limits.megabytes << 20, limits.megabytes << 20))
    signal.signal(signal.SIGPROF, _late)
    for seed in seeds:
        pipe.send(("begins", seed, 0))
        began, outcome = time.process_time(), ""
        with tempfile.TemporaryDirectory() as folder:
            try:
                signal.setitimer(signal.ITIMER_PROF, limits.seconds)
                outcome = trial(seed, Path(folder))
            except (Exception, TooSlowError):  # noqa: BLE001  whatever is not a refusal is what is looked for
                outcome = f"CRASH {seed}\n{traceback.format_exc()}"
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)
        pipe.send((outcome, seed, time.process_time() - began))
    pipe.send(("memory", "", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10))


def _told(pipe: Connection, patience: float) -> Iterator[tuple[str, str, float]]:
    try:
        while pipe.poll(patience):
            yield pipe.recv()
    except EOFError:
        return


def _note(what: str, seed: str, took: float, tally: Tally) -> None:
    tally.slowest = max(tally.slowest, (took, seed))
    if what.startswith("CRASH"):
        tally.crashes.append(what)
        print(what, flush=True)
    else:
        tally.counts[what] += 1
