"""Model files in another format, converted once and kept in the user's folder of models.

Why: the format that a file was made small with need not be the one that a processor computes well with. A converted
file carries the beginning of its source's sha256 in its name, and beside it lies what it was made from and its own
sha256, without which, or with another one, it is never used. Nothing here knows what a model is asked.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from stage.errors import ModelError, UsageError
from stage.inference.files import ModelFile, sha256_of
from stage.inference.gguf import check_gguf
from stage.inference.models import models_dir
from stage.inference.native import VERSION, quantize

FORMATS = {
    "F32": (0, 32.0), "F16": (1, 16.0), "BF16": (32, 16.0), "Q8_0": (7, 8.5), "Q4_0": (2, 4.5), "Q4_1": (3, 5.0),
    "Q5_0": (8, 5.5), "Q5_1": (9, 6.0), "Q6_K": (18, 6.6), "Q5_K_M": (17, 5.7), "Q4_K_M": (15, 4.9),
}  # fmt: skip
"""Formats by name: llama.cpp's number, and about how many bits a weight takes."""

BUILTIN_FORMAT = "F16"
"""What the built-in model is converted to: as quick as any at reading prompts, and a tenth of their noise or less
(docs/performance.md)."""

_ABANDONED = 3600
"""Seconds after which a draft that nobody finished is taken for forgotten."""


@dataclass(frozen=True)
class _Made:
    """What is kept beside a converted file."""

    source: str
    source_sha256: str
    format: str
    sha256: str
    size: int
    llama_cpp_python: str


def convert(source: Path, form: str, folder: Path | None = None) -> ModelFile:
    """The model of ``source`` in the format ``form``, from ``folder`` (else `models_dir`) if a sound one is there,
    converted otherwise.

    UsageError for a format that is none; ModelError if the source is not sound, or the result cannot be written or is
    not sound. Whatever happens, no half-made file stays or is ever used, and several processes may convert at once.
    """
    if form not in FORMATS:
        raise UsageError(f"{form!r} is no format to convert to; there are {', '.join(FORMATS)}")
    check_gguf(source)
    digest = sha256_of(source)
    folder = models_dir() if folder is None else folder
    stem = source.name.removesuffix(".gguf")
    target = folder / f"{stem}-{digest[:12]}.{form}.gguf"
    file = ModelFile(target, "", f"{source.name} ({digest[:12]}) converted to {form}", f"{stem} in {form}")
    found = _sound(target, digest)
    if found is None:
        found = _make(source, digest, form, target)
    return ModelFile(target, found, file.origin, file.name)


def known(path: Path) -> ModelFile | None:
    """A file that `convert` made, with its origin; None for any other."""
    try:
        made = _Made(**json.loads(_sidecar(path).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    if _sound(path, made.source_sha256) is None:
        return None
    return _described(path, made)


def recorded(path: Path) -> str | None:
    """The sha256 that a converted file had when it was made; None where no such thing is kept beside it."""
    try:
        return _Made(**json.loads(_sidecar(path).read_text(encoding="utf-8"))).sha256
    except (OSError, ValueError, TypeError):
        return None


def _described(path: Path, made: _Made) -> ModelFile:
    origin = f"{made.source} ({made.source_sha256[:12]}) converted to {made.format}"
    return ModelFile(path, made.sha256, origin, f"{made.source.removesuffix('.gguf')} in {made.format}")


def served(source: Path, form: str = BUILTIN_FORMAT, folder: Path | None = None) -> ModelFile:
    """The file that serves best: ``source`` converted, or itself, with the reason, where that cannot be kept."""
    try:
        return convert(source, form, folder)
    except ModelError as error:
        check_gguf(source)
        return ModelFile(source, sha256_of(source), f"as it came; not converted to {form}: {error}", source.stem)


def _sidecar(target: Path) -> Path:
    return target.with_suffix(".json")


def _sound(target: Path, source_sha256: str) -> str | None:
    """The sha256 of a converted file that is what was once made of this source; None if there is none."""
    try:
        made = _Made(**json.loads(_sidecar(target).read_text(encoding="utf-8")))
        if made.source_sha256 != source_sha256 or target.stat().st_size != made.size:
            return None
        return made.sha256 if sha256_of(target) == made.sha256 else None
    except (OSError, ValueError, TypeError, ModelError):
        return None


def _make(source: Path, digest: str, form: str, target: Path) -> str:
    """Convert into a draft, check it, and put it in its place as a whole; returns its sha256."""
    number, bits = FORMATS[form]
    draft = _draft(target, _size_in(source, bits))
    try:
        quantize(source, draft, number)
        check_gguf(draft)
        made = _Made(source.name, digest, form, sha256_of(draft), draft.stat().st_size, VERSION)
        notes = draft.with_suffix(".json")
        notes.write_text(json.dumps(asdict(made), indent=2), encoding="utf-8")
        notes.replace(_sidecar(target))
        draft.replace(target)
    except OSError as error:
        if (found := _sound(target, digest)) is not None:  # another process was quicker, and holds the file open
            return found
        raise ModelError(f"{target}: cannot be written: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)
        draft.with_suffix(".json").unlink(missing_ok=True)
    return made.sha256


def _size_in(source: Path, bits: float) -> int:
    """About how many bytes the model takes at so many bits a weight; vocabulary and norms are small beside it."""
    return int(check_gguf(source).weights * bits / 8 * 1.02) + 2**20


def _draft(target: Path, size: int) -> Path:
    """A new empty file beside the target, where there is room for it; drafts that others left behind are removed."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        for old in target.parent.glob("*.draft"):
            if time.time() - old.stat().st_mtime > _ABANDONED:
                old.unlink(missing_ok=True)
                old.with_suffix(".json").unlink(missing_ok=True)
        free = shutil.disk_usage(target.parent).free
        if free < size:
            raise ModelError(f"{target.parent} has {free:,} bytes free and about {size:,} are needed")
        handle, name = tempfile.mkstemp(".draft", f"{target.stem}.", target.parent)
    except OSError as error:
        raise ModelError(f"{target.parent}: cannot be written ({error.strerror})") from error
    os.close(handle)
    return Path(name)
