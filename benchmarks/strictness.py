"""How far answers that share their beginnings lie from answers that are each evaluated alone and afresh.

    python benchmarks/strictness.py [SCENE ...] [--formats F16 Q8_0 Q4_1] [--mirrors] [--markdown]

Every scene is performed twice on the built-in model in each format, with `sharing` and with `--strict`. Wordings of
questions that were put to both in the same prompt are compared: by how much the log-probability of an option moves, how
many answers (the mean over their wordings) flip, and how many of those flips were told to be undecided.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean

import platformdirs
from rich.table import Table
from tables import shown

from stage.inference.conversion import convert
from stage.inference.files import ModelFile
from stage.inference.llama import LlamaModel
from stage.inference.models import builtin_model
from stage.inference.settings import Settings as Inference
from stage.performing.audiences import Unwatched
from stage.performing.play import perform
from stage.performing.settings import Settings
from stage.performing.transcript import Answer
from stage.resources import scenarios_folder
from stage.scenes.yaml_reader import load
from stage.scoring.verdicts import verdict

CACHE = platformdirs.user_cache_path("llm-stage", appauthor=False) / "formats"


def file_of(form: str) -> ModelFile:
    return ModelFile(builtin_model()) if form == "Q4_1" else convert(builtin_model(), form, CACHE)


def answers(
    file: ModelFile, names: Sequence[str], inference: Inference, settings: Settings
) -> tuple[list[Answer], float]:
    """All answers of the scenes, and the noise of the model."""
    found: list[Answer] = []
    with LlamaModel(file, inference) as model:
        for name in names:
            path = Path(name) if Path(name).exists() else scenarios_folder() / f"{name}.yaml"
            found += perform(load(path), model, settings, Unwatched()).answers
        return found, model.card.noise


def row(form: str, names: Sequence[str], inference: Inference, settings: Settings) -> tuple[str, ...]:
    """One format: what is compared, how far it moved, what flipped."""
    file = file_of(form)
    shared, noise = answers(file, names, inference, settings)
    alone, _ = answers(file, names, replace(inference, sharing="none"), settings)
    moves, flips, told, compared = [], 0, 0, 0
    for one, other in zip(shared, alone, strict=True):
        pairs = [(a, b) for a, b in zip(one.variants, other.variants, strict=True) if a.prompt == b.prompt]
        moves += [abs(x - y) for a, b in pairs for x, y in zip(a.logprobs, b.logprobs, strict=True)]
        if len(pairs) == len(one.variants):
            compared += 1
            if one.answer != other.answer:
                flips += 1
                told += not (verdict(one, noise).decided and verdict(other, noise).decided)
    return (form, f"{noise:.2g}", str(compared), str(len(moves)), f"{mean(moves):.4f}", f"{max(moves):.4f}", str(flips),
            str(told))  # fmt: skip


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="Shared and strict evaluation, side by side.")
    parser.add_argument("scenes", nargs="*", default=["whisper", "sally_anne"])
    parser.add_argument("--formats", nargs="+", default=["F16", "Q8_0", "Q4_1"])
    parser.add_argument("--mirrors", action="store_true")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--markdown", action="store_true")
    args = parser.parse_args(argv)
    inference = replace(Inference(), **({"threads": args.threads} if args.threads else {}))
    headers = ("format", "noise", "answers", "scores", "mean move", "largest", "flips", "of them undecided")
    table = Table(*headers, title=f"Shared and strict: {', '.join(args.scenes)}")
    for form in args.formats:
        table.add_row(*row(form, args.scenes, inference, Settings(mirrors=args.mirrors)))
    shown(table, args.markdown)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
