"""A model file, and in words where it came from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from stage.errors import ModelError


@dataclass(frozen=True)
class ModelFile:
    """A file to load a model from. ``sha256`` is empty where it has not been computed, ``origin`` where the file is
    the one that was asked for, ``name`` where that is the file's own."""

    path: Path
    sha256: str = ""
    origin: str = ""
    name: str = ""


def sha256_of(path: Path) -> str:
    """The sha256 of a file's bytes, in hexadecimal. ModelError if it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror}); check its permissions") from error
