"""Model files in another format: made once, checked, never half, and done without where they cannot be kept."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import random_model

import stage
from stage.errors import ModelError, UsageError
from stage.inference import conversion
from stage.inference.conversion import convert, served
from stage.inference.files import sha256_of
from stage.inference.gguf import check_gguf
from stage.inference.llama import LlamaModel
from stage.inference.models import builtin_model
from stage.inference.native import Native
from stage.inference.noise import NoiseStore
from stage.inference.settings import Settings


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return random_model.write(tmp_path_factory.mktemp("model") / "tiny.gguf", random_model.TINY, builtin_model())


@pytest.fixture(scope="module")
def deeper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of so many layers that rounding in one shows in the next."""
    shape = random_model.Shape(layers=8, width=128, hidden=256)
    return random_model.write(tmp_path_factory.mktemp("model") / "deeper.gguf", shape, builtin_model())


def test_a_model_is_converted_once(source: Path, tmp_path: Path) -> None:
    made = convert(source, "Q8_0", tmp_path)
    assert made.path.name == f"tiny-{sha256_of(source)[:12]}.Q8_0.gguf"
    assert made.sha256 == sha256_of(made.path)
    header = check_gguf(made.path)
    assert header.quantization == "Q8_0"
    assert header.weights == check_gguf(source).weights
    before = made.path.stat()
    assert convert(source, "Q8_0", tmp_path) == made
    assert (made.path.stat().st_ino, made.path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert sorted(p.suffix for p in tmp_path.iterdir()) == [".gguf", ".json"]


@pytest.mark.parametrize("harm", ["cut", "bent", "no note", "note torn", "another source"])
def test_a_file_that_is_not_what_was_made_is_made_again(source: Path, tmp_path: Path, harm: str) -> None:
    made = convert(source, "F16", tmp_path)
    note = made.path.with_suffix(".json")
    match harm:
        case "cut":
            os.truncate(made.path, 1000)
        case "bent":
            data = bytearray(made.path.read_bytes())
            data[-1000] ^= 1
            made.path.write_bytes(data)
        case "no note":
            note.unlink()
        case "note torn":
            note.write_text(note.read_text()[:40])
        case "another source":
            note.write_text(json.dumps(json.loads(note.read_text()) | {"source_sha256": "0" * 64}))
    assert convert(source, "F16", tmp_path) == made
    assert sha256_of(made.path) == made.sha256


def test_where_nothing_can_be_kept_the_original_is_used_and_the_reason_said(source: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    file = served(source, "F16", tmp_path / "file" / "models")
    assert file.path == source
    assert file.sha256 == sha256_of(source)
    assert file.origin.startswith("as it came; not converted to F16: ")
    with LlamaModel(file, Settings(n_ctx=256, threads=1)) as model:
        assert model.card.details["origin"] == file.origin


def test_a_full_disk_leaves_nothing_behind(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = type("Usage", (), {"free": 1000})
    with monkeypatch.context() as patch:
        patch.setattr(conversion.shutil, "disk_usage", lambda path: full)
        with pytest.raises(ModelError, match="1,000 bytes free"):
            convert(source, "F16", tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_disk_that_fills_up_on_the_way_leaves_nothing_behind(source: Path, tmp_path: Path) -> None:
    code = (
        "import resource, signal, sys\nfrom pathlib import Path\nfrom stage.inference.conversion import served\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nresource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))\n"
        "print(served(Path(sys.argv[1]), 'F16', Path(sys.argv[2])).origin)\n"
    )
    env = os.environ | {"PYTHONPATH": str(Path(stage.__file__).parents[1])}
    run = subprocess.run(
        [sys.executable, "-c", code, str(source), str(tmp_path)],
        capture_output=True, text=True, env=env, timeout=120, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("as it came; not converted to F16: ")
    assert not list(tmp_path.iterdir())


def test_two_processes_may_convert_at_once(source: Path, tmp_path: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom stage.inference.conversion import convert\n"
        "print(convert(Path(sys.argv[1]), 'F16', Path(sys.argv[2])).sha256)\n"
    )
    env = os.environ | {"PYTHONPATH": str(Path(stage.__file__).parents[1])}
    command = [sys.executable, "-c", code, str(source), str(tmp_path)]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) for _ in range(2)]
    outcomes = [run.communicate(timeout=120)[0].strip() for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    assert outcomes[0] == outcomes[1] == convert(source, "F16", tmp_path).sha256
    assert len(list(tmp_path.iterdir())) == 2


def test_forgotten_drafts_are_removed_and_fresh_ones_are_somebodys(source: Path, tmp_path: Path) -> None:
    for name, age in (("old.draft", 7200), ("new.draft", 0)):
        (tmp_path / name).write_text("x")
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    convert(source, "F16", tmp_path)
    assert {p.name for p in tmp_path.glob("*.draft")} == {"new.draft"}


def test_what_is_no_format_or_no_model_is_refused(source: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'F17' is no format"):
        convert(source, "F17", tmp_path)
    (tmp_path / "no.gguf").write_bytes(b"GGUF")
    with pytest.raises(ModelError):
        served(tmp_path / "no.gguf", "F16", tmp_path)


def test_noise_is_measured_once_for_a_model_and_its_circumstances(deeper: Path, tmp_path: Path) -> None:
    coarse = convert(deeper, "Q4_0", tmp_path).path
    store = NoiseStore(tmp_path / "noise")
    found = {}
    for path in (deeper, coarse):
        native = Native(path, Settings(n_ctx=1024, threads=1))
        found[path] = store.noise(native, 512, {"sha256": sha256_of(path)})
        assert 0 < found[path] < 1
        native.close()
    assert found[coarse] > 3 * found[deeper]
    nobody: Native = None  # type: ignore[assignment]
    assert store.noise(nobody, 512, {"sha256": sha256_of(deeper)}) == found[deeper]
    with pytest.raises(AttributeError):
        store.noise(nobody, 512, {"sha256": sha256_of(deeper), "flash_attn": True})
    for file in store.folder.iterdir():
        file.write_text('{"noise": "none"}')
    with pytest.raises(AttributeError):
        store.noise(nobody, 512, {"sha256": sha256_of(deeper)})


def test_the_noise_covers_what_company_does_to_a_score(deeper: Path, tmp_path: Path) -> None:
    """Of a coarse format, on other texts and in other company than it was measured with."""
    from stage.inference.engine import Engine, Job

    path = convert(deeper, "Q4_0", tmp_path).path
    settings = Settings(n_ctx=1024, threads=1)
    native = Native(path, settings)
    noise = NoiseStore(tmp_path / "noise").noise(native, 512, {})
    rng = np.random.default_rng(3)
    prompts = [tuple(int(t) for t in rng.integers(1000, 9000, 30)) for _ in range(8)]
    engine = Engine(native, settings)
    together = engine.score([Job(prompt, ((5,), (6, 7))) for prompt in prompts])
    apart = 0.0
    for prompt in prompts:
        engine.reset()
        alone = engine.score([Job(prompt, ((5,), (6, 7)))])
        apart = max(apart, *(abs(alone[key] - together[key]) for key in alone))
    assert apart <= 2 * noise
    native.close()
