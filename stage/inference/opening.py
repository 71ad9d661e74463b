"""From a model's name to a model that can be asked: found, converted if it is the built-in one, and loaded."""

from __future__ import annotations

from stage.inference.conversion import known, served
from stage.inference.files import ModelFile
from stage.inference.gguf import check_gguf
from stage.inference.llama import LlamaModel
from stage.inference.memory import check_fits
from stage.inference.models import find_model
from stage.inference.settings import Settings
from stage.inference.trial import check_loadable

__all__ = ["open_model", "serving_file"]


def serving_file(spec: str | None) -> ModelFile:
    """The file that a model is loaded from: of the built-in one (None) the converted copy, of others their own. A
    converted copy that is named itself keeps its origin."""
    path = find_model(spec)
    return served(path) if spec is None else known(path) or ModelFile(path)


def open_model(spec: str | None, settings: Settings | None = None) -> LlamaModel:
    """Load the model that ``spec`` names: a path, 'hf:owner/repo/file.gguf', or the built-in one (None).

    ModelError where it is missing, unreadable or does not fit. A file that was not converted here is first loaded by
    another process, once: llama.cpp may end the process that loads a damaged one.
    """
    file = serving_file(spec)
    if not file.sha256:
        check_fits(file.path, check_gguf(file.path), settings or Settings())
        check_loadable(file.path)
    return LlamaModel(file, settings)
