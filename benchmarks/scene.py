"""What one scene costs on a real model: tokens asked, evaluated, and in the prefix tree; time; memory.

    python benchmarks/scene.py [SCENE] [-m MODEL] [--no-mirrors] [--sharing none] [--json]

Nothing is written to disk. Tokens of a scene are the same each time; seconds and memory are the machine's.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from stage.errors import StageError
from stage.inference.llama import LlamaModel
from stage.inference.memory import peak
from stage.inference.opening import open_model
from stage.inference.requests import Usage
from stage.inference.settings import Settings as Inference
from stage.performing.audiences import Unwatched
from stage.performing.play import perform
from stage.performing.settings import Settings
from stage.performing.transcript import Answer
from stage.resources import scenarios_folder
from stage.roles.views import Context
from stage.scenes.yaml_reader import load


@dataclass
class Clock(Unwatched):
    """An audience that notes what the model had done by the end of each beat."""

    model: LlamaModel
    began: float = field(default_factory=time.perf_counter)
    marks: list[tuple[float, Usage]] = field(default_factory=list)
    answers: int = 0

    def answer(self, answer: Answer) -> None:
        self.answers += 1

    def beat_ended(self, number: int) -> None:
        self.marks.append((time.perf_counter() - self.began, self.model.usage))


def measured(path: Path, spec: str | None, settings: Settings, inference: Inference) -> dict[str, Any]:
    """Perform a scene once on a freshly loaded model, and say what it cost."""
    scene = load(path)
    began = time.perf_counter()
    with open_model(spec, inference) as model:
        loaded = time.perf_counter() - began
        clock = Clock(model)
        perform(scene, model, settings, clock)
        seconds = time.perf_counter() - clock.began
        usage, name = model.usage, model.card.name
        ends = [*(when for when, _ in clock.marks), seconds]
    return {
        "scene": path.stem,
        "model": name,
        "settings": {**asdict(settings), "context": str(settings.context)},
        "sharing": inference.sharing,
        "threads": inference.threads,
        "python": platform.python_version(),
        "requests": usage.requests,
        "probes": clock.answers,
        "tokens_asked": usage.asked,
        "tokens_in_tree": usage.tree,
        "tokens_evaluated": usage.evaluated,
        "evaluated_per_asked": usage.evaluated / usage.asked,
        "evaluated_per_tree": usage.evaluated / usage.tree,
        "seconds_loading": loaded,
        "seconds": seconds,
        "seconds_per_beat": seconds / len(scene.beats),
        "longest_stretch": max(b - a for a, b in zip([0.0, *ends], ends, strict=False)),
        "evaluated_per_second": usage.evaluated / usage.seconds,
        "asked_per_second": usage.asked / usage.seconds,
        "peak_memory": peak(),
    }


ROWS = (
    ("requests", "requests", "{:,.0f}"),
    ("probes", "probes answered", "{:,.0f}"),
    ("tokens_asked", "tokens asked", "{:,.0f}"),
    ("tokens_in_tree", "tokens in the prefix tree", "{:,.0f}"),
    ("tokens_evaluated", "tokens evaluated", "{:,.0f}"),
    ("evaluated_per_asked", "evaluated / asked", "{:.3f}"),
    ("evaluated_per_tree", "evaluated / tree", "{:.3f}"),
    ("seconds_loading", "seconds to load the model", "{:.2f}"),
    ("seconds", "seconds to perform", "{:.2f}"),
    ("seconds_per_beat", "seconds per beat", "{:.2f}"),
    ("longest_stretch", "longest time from beat to beat", "{:.2f}"),
    ("evaluated_per_second", "tokens evaluated per second", "{:,.0f}"),
    ("asked_per_second", "tokens asked per second", "{:,.0f}"),
    ("peak_memory", "peak memory, MiB", "{:,.0f}"),
)
"""What is shown, under which name and how."""


def table(found: dict[str, Any]) -> Table:
    title = f"{found['scene']} on {found['model']}, {found['threads']} threads, sharing {found['sharing']}"
    shown = Table(title=title, min_width=min(80, len(title)))
    shown.add_column("measure")
    shown.add_column("value", justify="right")
    for key, name, form in ROWS:
        value = found[key] / 2**20 if key == "peak_memory" else found[key]
        shown.add_row(name, form.format(value))
    return shown


def parsed(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="What one scene costs on a real model.")
    parser.add_argument("scene", nargs="?", default="sally_anne", help="a scene file, or the name of a shipped scene")
    parser.add_argument("-m", "--model", help="a GGUF file or hf:repo/file.gguf; else the built-in model")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--context", default="isolated", help="isolated, shared or windowed:N")
    parser.add_argument("--no-mirrors", dest="mirrors", action="store_false")
    parser.add_argument("--sharing", choices=["tree", "none"], default="tree")
    parser.add_argument("--threads", type=int, help="else as many as there are processors")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    args = parsed(argv)
    path = Path(args.scene)
    if not path.exists():
        path = scenarios_folder() / f"{args.scene}.yaml"
    inference = replace(Inference(sharing=args.sharing), **({"threads": args.threads} if args.threads else {}))
    try:
        settings = Settings(args.seed, Context.parse(args.context), mirrors=args.mirrors)
        found = measured(path, args.model, settings, inference)
    except StageError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    if args.json:
        print(json.dumps(found, indent=2))
    else:
        Console().print(table(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
