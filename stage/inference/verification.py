"""Whether a model file is whole: its structure, and its checksum where anybody is known to have one.

A checksum is known of files in the hub's cache (they are named by it), of the built-in model (its package's record
has it) and of converted ones (it lies beside them).
"""

from __future__ import annotations

import base64
import importlib.metadata
from dataclasses import dataclass
from pathlib import Path

from stage.errors import ModelError
from stage.inference.conversion import recorded
from stage.inference.files import sha256_of
from stage.inference.gguf import Header, check_gguf
from stage.inference.hub import agrees
from stage.inference.models import BUILTIN_PACKAGE


@dataclass(frozen=True)
class Verified:
    """A file that was found sound. ``witness`` says in words whose checksum it has; empty where nobody knows one."""

    path: Path
    header: Header
    sha256: str
    witness: str


def verify(path: Path) -> Verified:
    """Read a model file through. ModelError if it is damaged."""
    header = check_gguf(path)
    witness = ""
    for name, known in (("the package that brings it", _packaged(path)), ("its conversion", recorded(path))):
        if known is not None:
            witness = name
            if (found := sha256_of(path)) != known:
                raise _damaged(path, found, known, name)
    blob = path.resolve()
    if _in_hub_cache(blob):
        sound = agrees(blob, blob.name)
        if sound is False:
            raise _damaged(path, sha256_of(path), blob.name, "the hub")
        witness = "the hub" if sound else witness
    return Verified(path, header, sha256_of(path), witness)


def _damaged(path: Path, found: str, known: str, witness: str) -> ModelError:
    return ModelError(
        f"{path}: is damaged: its checksum is {found}, and {known} by what {witness} says; remove it and fetch it again"
    )


def _in_hub_cache(blob: Path) -> bool:
    return blob.parent.name == "blobs" and blob.parent.parent.name.startswith("models--")


def _packaged(path: Path) -> str | None:
    """The sha256 that the built-in model's package was published with; None for other files."""
    for name in importlib.metadata.packages_distributions().get(BUILTIN_PACKAGE, ()):
        for file in importlib.metadata.files(name) or ():
            if file.suffix == ".gguf" and file.hash is not None and Path(str(file.locate())) == path:
                digest = file.hash.value + "=" * (-len(file.hash.value) % 4)
                return base64.urlsafe_b64decode(digest).hex() if file.hash.mode == "sha256" else None
    return None
