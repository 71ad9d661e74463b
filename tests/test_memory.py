"""How much memory a model takes is foretold, and what will not fit is refused with what helps."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import random_model

import stage
from stage.errors import ModelError
from stage.inference import memory
from stage.inference.gguf import check_gguf
from stage.inference.llama import LlamaModel
from stage.inference.memory import needed, peak
from stage.inference.models import builtin_model
from stage.inference.settings import Settings


def test_the_need_of_the_built_in_model() -> None:
    """30 layers, 3 heads of 64 for keys and values each, 2 bytes a number: 22.5 KiB a token."""
    need = needed(check_gguf(builtin_model()), Settings(n_ctx=8192, threads=1))
    assert need.cache == (8192 + 256) * 22.5 * 1024
    assert need.weights == builtin_model().stat().st_size
    assert need.total > need.weights + need.cache
    fixed = needed(check_gguf(builtin_model()), Settings(n_ctx=8192, threads=1, arrange=False))
    assert need.total - fixed.total == 512 * 22.5 * 1024  # to lay cells elsewhere


def test_a_header_that_lies_about_its_layers_costs_nothing_to_read() -> None:
    """Each layer counted on its own would take gigabytes here."""
    header = check_gguf(builtin_model())
    lying = replace(header, metadata=header.metadata | {"llama.block_count": 30 + 2**31})
    settings = Settings(n_ctx=8192, threads=1)
    before = peak()
    assert needed(lying, settings).cache == needed(header, settings).cache // 30 * (30 + 2**31)
    assert peak() - before < 2**26


def test_what_does_not_fit_is_refused_with_what_helps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = random_model.write(tmp_path / "tiny.gguf", random_model.TINY, builtin_model())
    with monkeypatch.context() as patch:
        patch.setattr(memory, "available", lambda: 100 * 2**20)
        with pytest.raises(ModelError, match=r"needs about [0-9,]+ MiB of memory and 100 MiB can be had.*--n-ctx"):
            LlamaModel(path, Settings(n_ctx=1_000_000, threads=1))
        LlamaModel(path, Settings(n_ctx=256, threads=1)).close()
        patch.setattr(memory, "available", lambda: None)
        LlamaModel(path, Settings(n_ctx=512, threads=1)).close()
    assert (memory.available() or 0) > 2**20


@pytest.mark.model
@pytest.mark.parametrize("flash", [True, False])
def test_what_was_foretold_is_what_is_taken(flash: bool) -> None:
    """In a process of its own, whose peak is that of the model."""
    code = (
        "import sys\nfrom stage.inference.opening import open_model\nfrom stage.inference.gguf import check_gguf\n"
        "from stage.inference.memory import needed, peak\nfrom stage.inference.settings import Settings\n"
        "from stage.inference.requests import Score, Script\n"
        f"settings = Settings(n_ctx=4096, flash_attn={flash})\n"
        "import stage.inference.llama\nbefore = peak()\n"
        "with open_model(None, settings) as model:\n"
        "    model.answer([Score(Script('marble ' * 500), (' box', ' basket'))])\n"
        "    print(peak() - before, needed(check_gguf(model.path), settings).total)\n"
    )
    env = os.environ | {"PYTHONPATH": str(Path(stage.__file__).parents[1])}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, timeout=300, check=True)
    taken, foretold = map(int, run.stdout.split())
    assert 0.7 * taken < foretold < 1.3 * taken
