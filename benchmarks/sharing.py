"""The engine beside its opponents and its floor: a play of many roles, every way of sharing in one run.

    python benchmarks/sharing.py                         the built-in model, 12 beats, three repetitions
    python benchmarks/sharing.py --shape half --beats 3  random weights in the shape of a model of half a billion
    python benchmarks/sharing.py growth                  what twice the beats, roles or questions cost, in tokens
    python benchmarks/sharing.py rerolls --shape half    32 replies to one prompt, beside one
    python benchmarks/sharing.py tried                   the same play under other settings: what each gives
    python benchmarks/sharing.py formats                 the built-in model in every format: speed, noise, size
    python benchmarks/sharing.py server                  build llama.cpp's server from the source of llama-cpp-python

Repetitions are interleaved and medians are reported. Seconds of processors are what is worth comparing where other
programs want the same processors; with --threads 1 nothing is lost in waiting either. --markdown prints tables.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from statistics import median

import opponents
import platformdirs
import random_model
import workload
from opponents import Order, Spent
from rich.table import Table
from tables import shown

from stage.inference.conversion import FORMATS, convert
from stage.inference.files import ModelFile
from stage.inference.gguf import check_gguf
from stage.inference.llama import LlamaModel
from stage.inference.memory import needed
from stage.inference.models import builtin_model
from stage.inference.native import VERSION
from stage.inference.opening import serving_file
from stage.inference.settings import Settings

CACHE = platformdirs.user_cache_path("llm-stage", appauthor=False)
SERVER = CACHE / "opponents/build/bin/llama-server"
CMAKE = ("-DCMAKE_BUILD_TYPE=Release", "-DGGML_NATIVE=ON", "-DLLAMA_OPENSSL=OFF", "-DLLAMA_CURL=OFF",
         "-DLLAMA_BUILD_TESTS=OFF", "-DLLAMA_BUILD_EXAMPLES=OFF", "-DLLAMA_BUILD_APP=OFF", "-DLLAMA_BUILD_UI=OFF",
         "-DLLAMA_USE_PREBUILT_UI=OFF")  # fmt: skip
LOOPS: dict[str, Order] = {"loop": "asked", "roles": "by role", "sorted": "sorted"}
NAMES = {"engine": "the stage's engine", "loop": "loop, as asked", "roles": "loop, by role", "sorted": "loop, questions sorted",
         "server": "llama.cpp's server",
         "floor": "floor: same batches, empty cache", "deep": "the same, each over its own view alone"}  # fmt: skip


def build_server() -> Path:
    """Build the server from the source that the installed library was built from, for this very processor."""
    folder = CACHE / "opponents"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = f"llama-cpp-python=={VERSION}"
    pip = [sys.executable, "-m", "pip", "download", wanted, "--no-deps", "--no-binary", ":all:", "-d", str(folder)]
    subprocess.run(pip, check=True, stdout=sys.stderr)
    with tarfile.open(next(folder.glob(f"llama_cpp_python-{VERSION}*.tar.gz"))) as archive:
        archive.extractall(folder, filter="data")
    source = folder / f"llama_cpp_python-{VERSION}/vendor/llama.cpp"
    subprocess.run(["cmake", "-S", source, "-B", folder / "build", *CMAKE], check=True, stdout=sys.stderr)
    make = ["nice", "cmake", "--build", folder / "build", "--target", "llama-server", "-j", "2"]
    subprocess.run(make, check=True, stdout=sys.stderr)
    return SERVER


def model_file(shape: str) -> ModelFile:
    """The built-in model as runs use it, or one with random weights."""
    if shape == "builtin":
        return serving_file(None)
    half = random_model.HALF_BILLION
    sizes = {"tiny": random_model.TINY, "half": half, "half-f16": replace(half, weights="F16")}[shape]
    path = CACHE / f"random/{shape}.gguf"
    path.parent.mkdir(parents=True, exist_ok=True)
    return ModelFile(path if path.exists() else random_model.write(path, sizes, builtin_model()))


def work_of(args: argparse.Namespace) -> list[workload.Beat]:
    shape = workload.Shape(*(getattr(args, field.name) for field in fields(workload.Shape)))
    return list(workload.beats(shape))


def settings_of(args: argparse.Namespace) -> Settings:
    return replace(Settings(), n_ctx=args.n_ctx, **({"threads": args.threads} if args.threads else {}))


def one(args: argparse.Namespace) -> Spent:
    """One performance, in the process of its own that `compare` started."""
    path, settings, beats = model_file(args.shape).path, settings_of(args), work_of(args)
    match args.one:
        case "engine":
            return opponents.engine(path, settings, beats)
        case "loop" | "roles" | "sorted":
            return opponents.loop(path, settings, beats, json.loads(args.said), LOOPS[args.one])
        case _:
            return opponents.server(path, settings, beats, json.loads(args.said), SERVER)


def compare(args: argparse.Namespace, argv: Sequence[str]) -> Table:
    """Every engine in turn, as often as was asked."""
    engines = [name for name in ("engine", *LOOPS, "server") if name not in args.without]
    if "server" in engines and not SERVER.exists():
        print("the server is not built (see `sharing.py server`); it is left out", file=sys.stderr)
        engines.remove("server")
    found: dict[str, list[Spent]] = {name: [] for name in engines}
    said = "[]"
    for number in range(args.repeat):
        for name in engines:
            command = [sys.executable, __file__, *argv, "--one", name, "--said", said]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            found[name].append(Spent(**json.loads(done.stdout)))
            print(f"{number + 1}/{args.repeat} {name}: {found[name][-1].seconds:.1f} s", file=sys.stderr)
            said = json.dumps(found["engine"][-1].lengths)
    return comparison(args, found)


def comparison(args: argparse.Namespace, found: dict[str, list[Spent]]) -> Table:
    def mid(name: str, what: str) -> float:
        return median(getattr(spent, what) for spent in found[name])

    def ratio(name: str, what: str) -> float:
        """The median over repetitions of how many times more it took than the engine in the same repetition."""
        return median(getattr(a, what) / getattr(b, what) for a, b in zip(found[name], found["engine"], strict=True))

    tree = found["engine"][0].tree
    file = model_file(args.shape)
    title = (
        f"{file.name or file.path.stem}: {args.beats} beats, {args.roles} roles, {args.probes} questions of "
        f"{args.options} options in {args.mirrors} mirror(s) and {args.lines} lines a beat; {settings_of(args).threads} threads, {args.repeat} times"
    )
    table = Table(
        *("", "tokens", "of the tree", "calls", "seconds", "times", "CPU s", "times", "peak MiB"), title=title
    )
    for name, all_spent in found.items():
        spent = all_spent[0]
        row = (f"{spent.tokens:,}", f"{spent.tokens / tree:.3f}", f"{spent.batches:,}", f"{mid(name, 'seconds'):.1f}",
               f"{ratio(name, 'seconds'):.2f}", f"{mid(name, 'cpu'):.1f}", f"{ratio(name, 'cpu'):.2f}",
               f"{max(s.peak for s in all_spent) / 2**20:,.0f}")  # fmt: skip
        table.add_row(NAMES[name], *row)
    first = found["engine"]
    for name in ("floor", "deep"):
        times = [
            median(getattr(s, a) / getattr(s, b) for s in first) for a, b in ((name, "seconds"), (f"{name}_cpu", "cpu"))
        ]
        seconds, cpu = mid("engine", name), mid("engine", f"{name}_cpu")
        table.add_row(NAMES[name], f"{first[0].tokens:,}", "", f"{first[0].batches:,}", f"{seconds:.1f}",
                      f"{times[0]:.2f}", f"{cpu:.1f}", f"{times[1]:.2f}", "")  # fmt: skip
    return table


def growth(args: argparse.Namespace) -> Table:
    """Tokens of plays of which one thing is doubled; on a model of two layers, since only tokens are counted."""
    start = workload.Shape(*(getattr(args, field.name) for field in fields(workload.Shape)))
    shapes = {"as it is": start, "twice the beats": replace(start, beats=2 * start.beats),
              "twice the roles": replace(start, roles=2 * start.roles),
              "twice the questions": replace(start, probes=2 * start.probes)}  # fmt: skip
    table = Table("", "asked", "in the tree", "evaluated", "of the tree", "times", title="What growth costs, in tokens")
    first = 0
    for name, shape in shapes.items():
        with LlamaModel(model_file("tiny"), replace(settings_of(args), n_ctx=16384)) as model:
            for beat in workload.beats(shape):
                model.answer(beat.lines)
                model.answer(beat.probes)
            usage = model.usage
        first = first or usage.evaluated
        table.add_row(name, f"{usage.asked:,}", f"{usage.tree:,}", f"{usage.evaluated:,}",
                      f"{usage.evaluated / usage.tree:.3f}", f"{usage.evaluated / first:.2f}")  # fmt: skip
    return table


def rerolls(args: argparse.Namespace) -> Table:
    """Many replies to one prompt in one batch, beside one."""
    beat, settings = work_of(args)[-1], settings_of(args)
    path = model_file(args.shape).path
    table = Table("replies", "tokens a CPU second", "times", title=f"{args.shape}: replies to one prompt, side by side")
    rates: dict[int, list[float]] = {1: [], 8: [], 32: []}
    for _ in range(args.repeat):
        for count, found in rates.items():
            found.append(opponents.rerolls(path, settings, beat, count))
    for count, found in rates.items():
        times = median(a / b for a, b in zip(found, rates[1], strict=True))
        table.add_row(str(count), f"{median(found):.1f}", f"{times:.2f}")
    return table


def formats(args: argparse.Namespace) -> Table:
    """The built-in model in several formats: what a play costs, how much its numbers move, and what it takes."""
    table = Table(
        "format", "MB", "tokens a CPU second", "noise, nats", "memory, MiB", title="Formats of the built-in model"
    )
    names = [name for name in ("Q4_0", "Q4_1", "Q8_0", "BF16", "F16", "F32") if name in FORMATS]
    settings, beats = settings_of(args), work_of(args)
    files = {name: convert(builtin_model(), name, CACHE / "formats") for name in names if name != "Q4_1"}
    files["Q4_1"] = ModelFile(builtin_model())
    rates: dict[str, list[float]] = {name: [] for name in files}
    for _ in range(args.repeat):
        for name, file in files.items():
            spent = opponents.engine(file.path, settings, beats)
            rates[name].append(spent.tokens / spent.cpu)
    for name, file in files.items():
        with LlamaModel(file, settings) as model:
            noise = model.card.noise
        need = needed(check_gguf(file.path), settings).total / 2**20
        size = file.path.stat().st_size / 1e6
        table.add_row(name, f"{size:.0f}", f"{median(rates[name]):.0f}", f"{noise:.2g}", f"{need:,.0f}")
    return table


TRIED: dict[str, dict[str, int | bool]] = {
    "as it is": {},
    "cells left where they are": {"arrange": False},
    "plain attention": {"flash_attn": False},
    "nothing let go of": {"keep": 10**9},
    "let go of after 2,048 tokens instead of 4,096": {"keep": 2048},
    "128 tokens computed at once instead of 512": {"n_ubatch": 128},
    "batches of 1,024 with 256 outputs": {"n_batch": 1024, "n_outputs": 256},
    "32 sequences instead of 128": {"n_seq_max": 32},
}


def tried(args: argparse.Namespace) -> Table:
    """The same play under settings that were tried, beside those that were kept."""
    table = Table("settings", "tokens", "calls", "CPU s", "of as it is", title=f"What was tried, {args.beats} beats")
    path, beats = model_file(args.shape).path, work_of(args)
    found: dict[str, list[Spent]] = {name: [] for name in TRIED}
    for _ in range(args.repeat):
        for name, changes in TRIED.items():
            settings = replace(settings_of(args), **changes)  # type: ignore[arg-type]
            found[name].append(opponents.engine(path, settings, beats, with_floor=False))
            print(f"{name}: {found[name][-1].cpu:.1f} CPU s", file=sys.stderr)
    for name, spent in found.items():
        times = median(one.cpu / usual.cpu for one, usual in zip(spent, found["as it is"], strict=True))
        cpu = median(one.cpu for one in spent)
        table.add_row(name, f"{spent[0].tokens:,}", f"{spent[0].batches:,}", f"{cpu:.1f}", f"{times:.2f}")
    return table


def parsed(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="The engine beside its opponents and its floor.")
    what = ["compare", "growth", "rerolls", "tried", "formats", "server"]
    parser.add_argument("what", nargs="?", default="compare", choices=what)
    parser.add_argument("--shape", choices=["builtin", "tiny", "half", "half-f16"], default="builtin")
    for name, value in asdict(workload.Shape()).items():
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--n-ctx", type=int, default=8192)
    parser.add_argument("--threads", type=int, help="else as many as there are processors")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--without", nargs="*", default=[], choices=[*LOOPS, "server"])
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--said", help=argparse.SUPPRESS)
    return parser.parse_args(argv)


def main(argv: Sequence[str]) -> int:
    args = parsed(argv)
    if args.one:
        print(json.dumps(asdict(one(args))))
        return 0
    match args.what:
        case "server":
            print(build_server())
        case "growth":
            shown(growth(args), args.markdown)
        case "rerolls":
            shown(rerolls(args), args.markdown)
        case "tried":
            shown(tried(args), args.markdown)
        case "formats":
            shown(formats(args), args.markdown)
        case _:
            shown(compare(args, argv), args.markdown)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
