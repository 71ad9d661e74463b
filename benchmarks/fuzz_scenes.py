"""Throws hostile and damaged scene files at the loader and at all that is behind it, and tells what came of it.

    python benchmarks/fuzz_scenes.py [--inputs 5000] [--seed 1] [--seconds 20] [--megabytes 1500] [KIND...]
    python benchmarks/fuzz_scenes.py --atheris 20000 [--target reader]      # coverage-guided; needs 'pip install atheris'
    python benchmarks/fuzz_scenes.py --again 1/grown/17     # one input once more, printed

Kinds of input: shipped scenes and templates with names exchanged, beats of others, other keys and manners (spliced); with
slips of the keyboard (retyped); with values exchanged anywhere (mutated); scenes of the grammar of scenes (grown),
shipped texts after accidents (torn), bytes and signs of YAML (noise). Each is linted, laid out, unfolded, shown to every
role in every context, drawn, written again, performed by the oracle (`tests/damaged_scenes.py`). A refusal with
complaints is as good as a play; anything else is a crash and is printed with the seed that makes it again. All is done
in child processes of bounded memory, each input in bounded time. Exits with 1 if there was a crash.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from damaged_scenes import put_through  # noqa: E402
from spliced_scenes import WAYS  # noqa: E402

ROUND = 500
"""Inputs for each child process."""


class TooSlowError(BaseException):
    """An input took more than its time; nothing that is tried may catch it."""


@dataclass
class Tally:
    counts: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, str] = (0.0, "")
    crashes: list[str] = field(default_factory=list)
    most_memory: int = 0


def made(seed: str) -> bytes:
    """The input of a seed 'N/KIND/NUMBER'."""
    return WAYS[seed.split("/")[1]](Random(seed))


def late(number: int, frame: object) -> None:
    raise TooSlowError


def tried(seeds: list[str], pipe: Connection, seconds: float, megabytes: int) -> None:
    """In a child: tell of each input that it begins, and what came of it."""
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    signal.signal(signal.SIGALRM, late)
    with tempfile.TemporaryDirectory() as folder:
        for seed in seeds:
            pipe.send(("begins", seed, 0))
            began, outcome = time.perf_counter(), ""
            try:
                data = made(seed)
                signal.setitimer(signal.ITIMER_REAL, seconds)
                outcome = put_through(data, Path(folder) / "scene.yaml")
            except (Exception, TooSlowError):  # noqa: BLE001  whatever is not a refusal is what is looked for
                outcome = f"CRASH {seed}\n{traceback.format_exc()}"
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
            pipe.send((outcome, seed, time.perf_counter() - began))
    pipe.send(("memory", "", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10))


def rounds(seeds: list[str], tally: Tally, seconds: float, megabytes: int) -> None:
    """Try all inputs, each ROUND of them in a child; a child that dies or hangs is a crash of the input it was at."""
    while seeds:
        here, there = multiprocessing.Pipe(duplex=False)
        child = multiprocessing.Process(target=tried, args=(seeds[:ROUND], there, seconds, megabytes))
        child.start()
        there.close()
        done, at = 0, ""
        for what, seed, figure in _told(here, 2 * seconds):
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
            tally.crashes.append(f"CRASH {at}\nits process died or hung")
        child.join()
        seeds = seeds[done:]


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


def guided(runs: int, target: str) -> None:
    """Let atheris look for inputs that reach new lines of the stage: of all that is done with a scene, of the reader of
    scenes alone, which takes many more inputs in the same time, or of the reader of records."""
    import atheris

    with atheris.instrument_imports(include=["stage"]), tempfile.TemporaryDirectory() as folder:
        for name in [n for n in sys.modules if n.startswith("stage") or n.startswith("damaged")]:
            del sys.modules[name]
        import damaged_scenes

        from stage.errors import RunError, SceneError
        from stage.records.journal import Journal, read_log
        from stage.scenes.yaml_reader import loads

        file, corpus = Path(folder) / "scene.yaml", Path(folder) / "corpus"
        corpus.mkdir()
        texts = list(damaged_scenes.sound()) if target != "journal" else ['{"kind": "beat", "number": 1, "check": "0"}']
        for number, text in enumerate(texts):
            (corpus / str(number)).write_text(text, encoding="utf-8")

        def read_scene(data: bytes) -> None:
            with suppress(SceneError):
                loads(data.decode("utf-8", errors="surrogateescape"))

        def read_record(data: bytes) -> None:
            """What can be gone on with is read back with what was added."""
            file.write_bytes(data)
            log = read_log(file)
            read_log(file, checked=False)
            with suppress(RunError), Journal.reopen(file) as journal:
                journal.add({"kind": "end"})
                assert not log.damages
                assert read_log(file).entries[:-1] == log.entries

        tries = {
            "all": lambda data: damaged_scenes.put_through(data, file, 1),
            "reader": read_scene,
            "journal": read_record,
        }
        flags = [f"-runs={runs}", "-timeout=60", "-rss_limit_mb=2500", "-max_len=4000", "-print_final_stats=1"]
        atheris.Setup([sys.argv[0], *flags, str(corpus)], lambda data: tries[target](data) and None)
        atheris.Fuzz()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", default=list(WAYS), metavar="KIND")
    parser.add_argument("--inputs", type=int, default=5000, help="how many of each kind")
    parser.add_argument("--first", type=int, default=0, help="the number of the first")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=20, help="for each input")
    parser.add_argument("--megabytes", type=int, default=1500, help="for each process")
    parser.add_argument("--again", metavar="SEED")
    parser.add_argument("--atheris", type=int, metavar="RUNS")
    parser.add_argument("--target", choices=["all", "reader", "journal"], default="all", help="what atheris aims at")
    chosen = parser.parse_args()
    if chosen.atheris:
        guided(chosen.atheris, chosen.target)
    if chosen.again:
        data = made(chosen.again)
        print(data.decode(errors="replace"))
        with tempfile.TemporaryDirectory() as folder:
            print(put_through(data, Path(folder) / "scene.yaml"))
        return 0
    crashes = 0
    for kind in chosen.kinds:
        tally, began = Tally(), time.perf_counter()
        numbers = range(chosen.first, chosen.first + chosen.inputs)
        rounds([f"{chosen.seed}/{kind}/{n}" for n in numbers], tally, chosen.seconds, chosen.megabytes)
        crashes += len(tally.crashes)
        told = ", ".join(f"{count} {what}" for what, count in sorted(tally.counts.items()))
        took, (longest, seed) = time.perf_counter() - began, tally.slowest
        print(
            f"{kind}: {chosen.inputs} inputs in {took:.0f} s, slowest {longest:.2f} s ({seed}), "
            f"at most {tally.most_memory} MB: {told}; {len(tally.crashes)} crashes",
            flush=True,
        )
    return 1 if crashes else 0


if __name__ == "__main__":
    sys.exit(main())
