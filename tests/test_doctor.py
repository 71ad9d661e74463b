"""The doctor: what it says of a sound installation, what it finds wrong, and what it keeps to itself."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from test_cli import stage

from stage.doctor import examination, machine, model, surroundings
from stage.doctor.diagnosis import Diagnosis
from stage.errors import ModelError
from stage.inference import models

QUICK = {"machine": ("versions", "library", "processors", "memory"), "model": ("look", "self_test")}


@pytest.mark.model
def test_of_a_sound_installation_it_tells_everything(tmp_path: Path) -> None:
    done = stage("doctor", "--json", "--runs", tmp_path)
    assert done.code == 0, done.out
    told = done.document
    assert told["sound"]
    assert told["versions"]["llama-cpp-python"]
    assert told["self-test"]["the same again"] is True
    assert told["built-in model"]["converted copy sound"] is True
    assert str(Path.home()) == "/" or str(Path.home()) not in done.out


def test_what_is_wrong_comes_first_with_its_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "BUILTIN_PACKAGE", "no_such_package")
    (tmp_path / "runs").write_text("in the way")
    done = stage("doctor", "--runs", tmp_path / "runs")
    assert done.code == 1
    lines = done.out.splitlines()
    wrong = [line for line in lines if line.startswith("Wrong: ")]
    assert lines[0] == wrong[0]
    assert any("(runs) is not a folder" in line for line in wrong)
    assert any("the built-in model is not installed" in line for line in wrong)
    assert done.out.index("name another with --runs") < done.out.index("\nversions\n")
    assert "Traceback" not in done.err


def test_no_secret_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    monkeypatch.setenv("https_proxy", "http://anne:secret@proxy")
    monkeypatch.setenv("HF_ENDPOINT", "https://anne:secret@mirror.example/hub")
    monkeypatch.setenv("HF_HOME", str(Path.home() / "models"))
    monkeypatch.setenv("SECRET_KEY", "secret")
    told = surroundings.environment(Diagnosis())
    assert "secret" not in str(told)
    assert told["HF_TOKEN"] == told["HTTPS_PROXY"] == "set (not shown)"
    assert told["HF_ENDPOINT"] == "https://***@mirror.example/hub"
    assert told["HF_HOME"] == "~/models"


def test_little_memory_and_a_slow_build_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Diagnosis()
    monkeypatch.setattr(machine, "available", lambda: 300 * 2**20)
    monkeypatch.setattr(machine, "SYSTEM", "CPU : SSE3 = 1 |")
    monkeypatch.setattr(machine, "_processor", lambda: {"flags": "fpu avx avx2"})
    machine.memory(found)
    machine.processors(found)
    assert not found.sound
    assert ["only 300 MiB" in found.findings[0].what, "without AVX2" in found.findings[1].what] == [True, True]


def test_a_full_disk_and_a_folder_that_is_not_one_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = Diagnosis()
    monkeypatch.setattr(surroundings.shutil, "disk_usage", lambda _: SimpleNamespace(free=2**20))
    surroundings.folders(found, tmp_path)
    assert any("1 MiB free (runs)" in finding.what for finding in found.findings)
    assert not found.sound


def test_a_model_that_does_not_run_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ModelError("llama.cpp cannot load it")

    found = Diagnosis()
    monkeypatch.setattr(model, "open_model", fails)
    assert "problem" in model.self_test(found)
    assert not found.sound


def test_advice_alone_does_not_make_it_unsound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module, names in ((machine, QUICK["machine"]), (model, QUICK["model"])):
        for name in names:
            monkeypatch.setattr(module, name, lambda _: {})
    monkeypatch.setattr(surroundings.sys, "stdout", SimpleNamespace(encoding="latin-1", isatty=lambda: False))
    found = examination.examine(tmp_path)
    assert [finding.advice for finding in found.findings] == [True]
    assert found.sound
