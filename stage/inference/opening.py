"""From a model's name to a model that can be asked: found, converted if it is the built-in one, and loaded."""

from __future__ import annotations

from stage.inference.conversion import known, served
from stage.inference.files import ModelFile
from stage.inference.llama import LlamaModel
from stage.inference.models import find_model
from stage.inference.settings import Settings

__all__ = ["open_model", "serving_file"]


def serving_file(spec: str | None) -> ModelFile:
    """The file that a model is loaded from: of the built-in one (None) the converted copy, of others their own. A
    converted copy that is named itself keeps its origin."""
    path = find_model(spec)
    return served(path) if spec is None else known(path) or ModelFile(path)


def open_model(spec: str | None, settings: Settings | None = None) -> LlamaModel:
    """Load the model that ``spec`` names: a path, 'hf:owner/repo/file.gguf', or the built-in one (None).

    ModelError where it is missing, unreadable or does not fit.
    """
    return LlamaModel(serving_file(spec), settings)
