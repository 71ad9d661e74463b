"""What a model file says about itself, and whether this machine can hold it; no weight is read."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from stage.errors import ModelError
from stage.inference.files import ModelFile, sha256_of
from stage.inference.gguf import Array, Metadata, check_gguf, texts
from stage.inference.memory import Need, available, check_fits, needed
from stage.inference.settings import Settings

SPECIAL = ("bos", "eos", "eot", "unknown", "padding")


@dataclass(frozen=True)
class SpecialToken:
    """A token that means something to the model; ``text`` is None where the file does not have one for its number."""

    id: int
    text: str | None


@dataclass(frozen=True)
class Description:
    """A model file. Numbers are None where the file does not say them; ``refusal`` is empty unless the model would be
    refused for want of memory. ``sha256`` is of the whole file."""

    file: ModelFile
    sha256: str
    size: int
    name: str
    architecture: str
    parameters: int
    quantization: str
    layers: int | None
    context_trained: int | None
    vocabulary: str
    template: bool
    special_tokens: dict[str, SpecialToken]
    need: Need
    available: int | None
    refusal: str

    def to_json(self) -> dict[str, Any]:
        return {
            "path": str(self.file.path),
            "origin": self.file.origin,
            "sha256": self.sha256,
            "bytes": self.size,
            "name": self.name,
            "architecture": self.architecture,
            "parameters": self.parameters,
            "quantization": self.quantization,
            "layers": self.layers,
            "context_trained": self.context_trained,
            "vocabulary": self.vocabulary,
            "chat_template": self.template,
            "special_tokens": {name: asdict(token) for name, token in self.special_tokens.items()},
            "memory": {
                "weights": self.need.weights,
                "cache": self.need.cache,
                "buffers": self.need.buffers,
                "total": self.need.total,
                "available": self.available,
            },
            "refusal": self.refusal,
        }


def describe(file: ModelFile, settings: Settings) -> Description:
    """ModelError if the file is not sound; one that is too large is described, with the refusal."""
    header = check_gguf(file.path)
    told = header.metadata
    architecture = str(told["general.architecture"])

    def number(key: str) -> int | None:
        value = told.get(key)
        return value if isinstance(value, int) else None

    try:
        check_fits(file.path, header, settings)
        refusal = ""
    except ModelError as error:
        refusal = str(error)
    return Description(
        file,
        file.sha256 or sha256_of(file.path),
        file.path.stat().st_size,
        str(told.get("general.name", "")),
        architecture,
        header.weights,
        header.quantization,
        number(f"{architecture}.block_count"),
        number(f"{architecture}.context_length"),
        str(told.get("tokenizer.ggml.model", "")),
        isinstance(told.get("tokenizer.chat_template"), str),
        _special_tokens(file.path, told),
        needed(header, settings),
        available(),
        refusal,
    )


def _special_tokens(path: Path, told: Metadata) -> dict[str, SpecialToken]:
    said = {name: told.get(f"tokenizer.ggml.{name}_token_id") for name in SPECIAL}
    numbers = {name: number for name, number in said.items() if isinstance(number, int)}
    vocabulary = told.get("tokenizer.ggml.tokens")
    known = texts(path, vocabulary, numbers.values()) if isinstance(vocabulary, Array) else {}
    return {name: SpecialToken(number, known.get(number)) for name, number in numbers.items()}
