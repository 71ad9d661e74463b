"""Throws hostile and damaged scene files at the loader and at all that is behind it, and tells what came of it.

    python benchmarks/fuzz_scenes.py [--inputs 5000] [--seed 1] [--seconds 20] [--megabytes 1500] [KIND...]
    python benchmarks/fuzz_scenes.py --atheris 20000 [--target reader]      # coverage-guided; needs 'pip install atheris'
    python benchmarks/fuzz_scenes.py --again 1/grown/17     # one input once more, printed

Kinds of input: shipped scenes and templates with names exchanged, beats of others, other keys and manners (spliced); with
slips of the keyboard (retyped); with values exchanged anywhere (mutated); scenes of the grammar of scenes (grown),
shipped texts after accidents (torn), bytes and signs of YAML (noise). Each is linted, laid out, unfolded, shown to every
role in every context, drawn, written again, performed by the oracle (`tests/damaged_scenes.py`). A refusal with
complaints is as good as a play; anything else is a crash and is printed with the seed that makes it again. All is done
in child processes of bounded memory, each input in bounded processor time (`fuzzing`). Exits with 1 if there was a crash.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from random import Random

from fuzzing import Limits, tally_of, tell

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from damaged_scenes import put_through  # noqa: E402
from spliced_scenes import WAYS  # noqa: E402


def made(seed: str) -> bytes:
    """The input of a seed 'N/KIND/NUMBER'."""
    return WAYS[seed.split("/")[1]](Random(seed))


def scene(seed: str, folder: Path) -> str:
    """What becomes of an input."""
    return put_through(made(seed), folder / "scene.yaml")


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
    parser.add_argument("--seconds", type=float, default=20, help="of processor time, for each input")
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
    limits = Limits(chosen.seconds, chosen.megabytes)
    numbers = range(chosen.first, chosen.first + chosen.inputs)
    crashes = sum(
        tell(kind, tally_of([f"{chosen.seed}/{kind}/{n}" for n in numbers], scene, limits)) for kind in chosen.kinds
    )
    return 1 if crashes else 0


if __name__ == "__main__":
    sys.exit(main())
