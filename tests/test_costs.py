"""What a performance costs is told while it runs."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import random_model
from rich.console import Console

from stage.inference.llama import LlamaModel
from stage.inference.models import builtin_model
from stage.inference.requests import ModelCard, Progress, Reply, Request, Score, Script, Usage
from stage.inference.settings import Settings
from stage.performing.costs import BeatCost, Costs, Estimate, in_words, weights
from stage.records.session import inference_of
from stage.report.costs import table
from stage.resources import scenarios_folder
from stage.scenes.yaml_reader import load

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Metered:
    """A model that has used up what the test says."""

    usage: Usage = field(default_factory=Usage)
    card: ModelCard = field(default_factory=lambda: ModelCard("metered"))

    def answer(self, requests: list[Request]) -> list[Reply]:
        raise AssertionError("it is not asked")

    def floor(self, usage: Usage) -> float:
        return usage.evaluated / 100

    def use(self, tokens: int, seconds: float, asked: int = 0) -> None:
        more = Usage(asked or tokens, tokens, tokens, 1, 1, 0, seconds)
        self.usage = Usage(*(a + b for a, b in zip(vars(self.usage).values(), vars(more).values(), strict=True)))


def test_beats_are_told_apart_and_what_was_spent_before_is_not_counted() -> None:
    model, costs = Metered(), Costs(print, floors=True)
    model.use(999, 99)
    costs.follow(model)  # type: ignore[arg-type]
    model.use(200, 4, asked=1000)
    costs.beat_ended(1)
    costs.beat_ended(2)
    model.use(50, 1)
    costs.beat_ended(3)
    assert [(c.beat, c.usage.evaluated, c.reused, c.floor) for c in costs.beats] == [
        (1, 200, 800, 2.0), (2, 0, 0, 0.0), (3, 50, 0, 0.5),
    ]  # fmt: skip
    console = Console(width=80, file=io.StringIO(), record=True)
    console.print(table(costs.beats))
    lines = [line.split() for line in console.export_text().splitlines()]
    assert ["1", "1,000", "800", "200", "200", "1", "4.0", "50", "50"] in lines
    assert ["all", "1,050", "800", "250", "250", "2", "5.0", "50", "50"] in lines
    assert not any(line[:1] == ["2"] for line in lines)  # nothing was asked


def test_a_run_that_slows_down_tenfold_says_so_and_no_other() -> None:
    said: list[str] = []
    model, costs = Metered(), Costs(said.append)
    costs.follow(model)  # type: ignore[arg-type]
    for number, (tokens, seconds) in enumerate([(400, 4.0), (300, 3.0), (400, 30.0), (8, 20.0), (100, 1.0)]):
        model.use(tokens, seconds)
        costs.beat_ended(number)
    assert not said
    model.use(400, 60.0)
    costs.beat_ended(5)
    assert len(said) == 1
    assert re.match(r"Beat 5 took 60 s, 1\d times longer for its work", said[0])


def test_what_is_left_is_estimated_from_what_was_done() -> None:
    now = [100.0]
    estimate = Estimate([2, 2, 6, 10], lambda: now[0])
    estimate.begin()
    assert estimate.left is None
    now[0] = 110
    estimate.beat_ended(1)
    assert estimate.left == 40
    estimate.beat_ended(3)
    assert estimate.left == 0
    assert [in_words(s) for s in (8.4, 300, 7500)] == ["8 s", "5 min", "2 h 5 min"]


def test_questions_make_a_beat_heavy() -> None:
    scene = load(scenarios_folder() / "sally_anne.yaml")
    found = weights(scene)
    assert len(found) == len(scene.beats) + 1
    assert found[0] == found[2] == 0 < found[5] == 2 < found[1]
    assert max(found) == found[4]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return random_model.write(tmp_path_factory.mktemp("model") / "tiny.gguf", random_model.TINY, builtin_model())


def test_progress_grows_to_what_was_expected(tiny: Path) -> None:
    told: list[Progress] = []
    with LlamaModel(tiny, Settings(n_batch=64, n_seq_max=16, threads=1)) as model:
        model.watcher = told.append
        model.answer([Score(Script(f"Number {n}: the marble is in the"), (" box", " big basket")) for n in range(20)])
        assert model.floor(Usage(evaluated=1000, batches=10)) > model.floor(Usage(evaluated=500, batches=10)) > 0
    assert [p.done for p in told] == sorted(p.done for p in told)
    assert len(told) > 2
    assert told[-1].done == told[-1].expected


def test_how_a_model_was_run_is_in_its_card(tiny: Path) -> None:
    settings = Settings(n_ctx=512, n_batch=64, n_seq_max=16, threads=1, flash_attn=False, arrange=False, sharing="none")
    with LlamaModel(tiny, settings) as model:
        assert inference_of(model.card) == replace(settings, decode_threads=1, n_ubatch=64)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "stage", "run", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_the_command_tells_and_strict_is_strict(tiny: Path, tmp_path: Path) -> None:
    usual = run(
        "whisper", "-m", str(tiny), "--stats", "--no-mirrors", "--out", str(tmp_path / "usual"), "--threads", "1"
    )
    assert usual.returncode == 0, usual.stderr
    assert re.search(r"beat +needed +reused +evaluated +bound +calls +seconds +tokens/s +% of floor", usual.stderr)
    assert re.search(r"Peak memory [0-9,]+ MiB", usual.stderr)
    assert "needed" not in usual.stdout
    strict = run("whisper", "-m", str(tiny), "--strict", "--no-mirrors", "--out", str(tmp_path / "strict"))
    assert strict.returncode == 0, strict.stderr
    details = [
        json.loads((tmp_path / n / "manifest.json").read_text())["model"]["details"] for n in ("usual", "strict")
    ]
    assert [d["sharing"] for d in details] == ["tree", "none"]
    for name in (
        "file_type",
        "n_batch",
        "threads",
        "decode_threads",
        "flash_attn",
        "llama_cpp_python",
        "system",
        "origin",
    ):
        assert name in details[0]


def test_costs_that_are_nothing_divide_by_nothing() -> None:
    assert table([BeatCost(1, Usage(requests=1))]).row_count == 2
