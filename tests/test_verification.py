"""Model files checked against what is known of them, loaded for trial by a child, described without being loaded."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path

import platformdirs
import pytest
import random_model
from local_hub import COMMIT
from test_cli import stage

from stage.errors import ModelError
from stage.inference import memory, trial, verification
from stage.inference.conversion import convert
from stage.inference.models import builtin_model
from stage.inference.opening import open_model, serving_file
from stage.inference.settings import Settings
from stage.inference.trial import attempt, check_loadable
from stage.inference.verification import verify


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return random_model.write(tmp_path_factory.mktemp("model") / "tiny.gguf", random_model.TINY, builtin_model())


def bent(path: Path) -> None:
    """Change a bit of the last weight."""
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def in_hub_cache(source: Path, folder: Path, name: str) -> Path:
    """A copy of the file as the hub's cache would hold it under this name of its contents."""
    blob = folder / "models--sally--anne" / "blobs" / name
    blob.parent.mkdir(parents=True)
    shutil.copy(source, blob)
    link = folder / "models--sally--anne" / "snapshots" / COMMIT / "tiny.gguf"
    link.parent.mkdir(parents=True)
    link.symlink_to(blob)
    return link


def names(path: Path) -> list[tuple[str, str]]:
    """What contents are called in the hub's cache: by their sha256, or as git calls them."""
    data = path.read_bytes()
    git = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
    return [(hashlib.sha256(data).hexdigest(), "the hub"), (git, "the hub"), ("an-etag", "")]


@pytest.mark.parametrize("which", range(3))
def test_files_of_the_hub_are_named_by_their_contents(tiny: Path, tmp_path: Path, which: int) -> None:
    name, witness = names(tiny)[which]
    path = in_hub_cache(tiny, tmp_path, name)
    assert verify(path).witness == witness
    bent(path.resolve())
    if not witness:
        assert verify(path).witness == ""
        return
    with pytest.raises(ModelError, match=r"is damaged: its checksum is .* by what the hub says"):
        verify(path)


def test_a_converted_file_has_its_checksum_beside_it(tiny: Path, tmp_path: Path) -> None:
    path = convert(tiny, "F16", tmp_path).path
    assert verify(path).witness == "its conversion"
    bent(path)
    with pytest.raises(ModelError, match="by what its conversion says"):
        verify(path)


def test_the_built_in_model_is_what_its_package_was_published_with(monkeypatch: pytest.MonkeyPatch) -> None:
    assert verify(builtin_model()).witness == "the package that brings it"
    monkeypatch.setattr(verification, "sha256_of", lambda _: "0" * 64)
    with pytest.raises(ModelError, match="by what the package that brings it says"):
        verify(builtin_model())


def test_of_other_files_nobody_knows(tiny: Path) -> None:
    assert verify(tiny).witness == ""
    assert verify(tiny).sha256 == hashlib.sha256(tiny.read_bytes()).hexdigest()


def test_a_file_is_tried_once_and_again_when_it_has_changed(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []
    monkeypatch.setattr(trial, "attempt", tried.append)
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda *_, **__: tmp_path / "cache")
    path = tmp_path / "mine.gguf"
    shutil.copy(tiny, path)
    for _ in range(3):
        check_loadable(path)
    assert tried == [path]
    bent(path)
    os.utime(path, ns=(0, 0))
    check_loadable(path)
    assert tried == [path, path]


def test_what_failed_is_tried_again_and_never_loaded_here(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(path: Path) -> None:
        raise ModelError("no")

    monkeypatch.setattr(trial, "attempt", fails)
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda *_, **__: tmp_path / "cache")
    for _ in range(2):
        with pytest.raises(ModelError, match=r"^no$"):
            open_model(str(tiny), Settings(n_ctx=256, threads=1))


ENDS = {
    "os.abort()": r"ended by SIGABRT \(.*\); it is damaged",
    "os.kill(os.getpid(), 11)": r"ended by SIGSEGV \(no word\)",
    "sys.exit('out of memory')": r"ended with status 1 \(out of memory\)",
    "time.sleep(60)": "could not be loaded for trial within 1 s",
    "print('it lies'); sys.exit(4)": "^it lies$",
}


@pytest.mark.parametrize(("does", "said"), ENDS.items(), ids=ENDS.keys())
def test_however_the_child_ends_the_parent_tells(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str, said: str
) -> None:
    """A child that does this instead of loading: its package `stage` is one of this test."""
    package = tmp_path / "stage" / "inference"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (tmp_path / "stage" / "__init__.py").touch()
    (package / "trial.py").write_text(f"import os, sys, time\ndef child(name):\n    {does}\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModelError, match=said):
        attempt(tiny, patience=0.5 if "sleep" in does else 60)


def test_verify_loads_in_a_child_and_exits_with_4_on_what_does_not_load(tiny: Path, tmp_path: Path) -> None:
    sound = stage("models", "verify", tiny, "--load")
    assert (sound.code, sound.out.strip()) == (0, str(tiny))
    assert "computes" in sound.err
    data = bytearray(tiny.read_bytes())
    at = data.index(b"llama.block_count") + len(b"llama.block_count") + 4
    data[at] = 200
    (tmp_path / "bent.gguf").write_bytes(data)
    assert stage("models", "verify", tmp_path / "bent.gguf").code == 0
    bad = stage("models", "verify", tmp_path / "bent.gguf", "--load")
    assert (bad.code, bad.out) == (4, "")
    assert "blk.2.attn_norm.weight" in bad.err
    assert stage("run", "whisper", "-m", tmp_path / "bent.gguf", "--out", tmp_path / "run").code == 4


def test_info_says_what_a_model_is_and_needs(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = stage("models", "info", tiny, "--n-ctx", "1024", "--json").document
    assert {k: told[k] for k in ("architecture", "quantization", "layers", "context_trained", "chat_template")} == {
        "architecture": "llama", "quantization": "F32", "layers": 2, "context_trained": 65536, "chat_template": True
    }  # fmt: skip
    assert told["sha256"] == hashlib.sha256(tiny.read_bytes()).hexdigest()
    assert (
        told["memory"]["cache"] == (1024 + 256) * 2 * 2 * (16 + 16) * 2
    )  # layers, heads, key and value, bytes a number
    assert told["refusal"] == ""
    special = {name: token["text"] for name, token in told["special_tokens"].items()}
    assert (special["bos"], special["eos"]) == ("<|im_start|>", "<|im_end|>")
    monkeypatch.setattr(memory, "available", lambda: 2**20)
    small = stage("models", "info", tiny)
    assert small.code == 0
    assert "special tokens  bos <|im_start|>, eos <|im_end|>" in small.out
    assert "would load      no" in small.out
    assert "It would be refused" in small.err
    assert "--n-ctx" in small.err


@pytest.mark.model
def test_of_the_built_in_model_both_files_are_told_apart() -> None:
    packaged, served = builtin_model(), serving_file(None).path
    told = stage("models", "info", "--json").document
    assert (told["asked_for"], told["path"]) == (str(packaged), str(served))
    shown = stage("models", "info").out
    assert f"model           {packaged}\nserved by       {served}\n" in shown
    sound = stage("models", "verify", "--json").document
    assert (sound["path"], sound["served_by"]["path"]) == (str(packaged), str(served))
    assert sound["served_by"]["sha256"] == told["sha256"]
    assert str(served) in stage("models", "verify").err


def test_what_is_listed_is_the_same_under_both_names() -> None:
    assert stage("models", "list", "--json").document == stage("models", "--json").document
    assert json.loads(stage("models", "list", "--json").out)[0]["source"] == "built-in"
