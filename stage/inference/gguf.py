"""Reading the header of a GGUF file, with every length and count checked against the file before it is believed.

The native loader may abort the process on a header that lies, so files are read here first. This module knows the
file layout (GGUF specification, versions 2 and 3) and nothing of what a model is used for.
"""

from __future__ import annotations

import math
import mmap
import struct
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from stage.errors import ModelError

_SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_UINT32, _STRING, _ARRAY = 4, 8, 9

BLOCKS: dict[int, tuple[int, int]] = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 36),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292), 16: (256, 66),
    17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82), 23: (256, 136),
    24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54),
    35: (256, 66), 39: (32, 17), 40: (64, 36), 41: (128, 18), 42: (64, 18),
}  # fmt: skip
"""Per tensor type: weights per block, bytes per block."""


FILE_TYPES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S",
    12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K", 19: "IQ2_XXS",
    20: "IQ2_XS", 21: "Q2_K_S", 22: "IQ3_XS", 23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL", 26: "IQ3_S", 27: "IQ3_M",
    28: "IQ2_S", 29: "IQ2_M", 30: "IQ4_XS", 31: "IQ1_M", 32: "BF16", 36: "TQ1_0", 37: "TQ2_0", 38: "MXFP4",
}  # fmt: skip
"""``general.file_type`` of GGUF files, as llama.cpp numbers and names them."""


@dataclass(frozen=True)
class Array:
    """A metadata array: what it is made of, how many there are, and the items of those shorter than `SHORT`. ``at`` is
    where in the file they begin."""

    kind: int
    count: int
    items: tuple[str | int | float | bool, ...] = ()
    at: int = field(default=0, compare=False)


SHORT = 64
"""Arrays longer than this are measured but not kept: vocabularies are large and needed only by the loader."""

Metadata = dict[str, str | int | float | bool | Array]


@dataclass(frozen=True)
class Header:
    """What a GGUF file says about itself."""

    version: int
    metadata: Metadata
    tensors: int
    """How many tensors it holds."""
    weights: int
    """How many numbers they hold together."""
    size: int
    """Bytes the file must have for its last tensor to be whole."""

    @property
    def quantization(self) -> str:
        """The format of its weights by llama.cpp's name; ``unknown`` if it is not said."""
        number = self.metadata.get("general.file_type")
        return FILE_TYPES.get(number, "unknown") if isinstance(number, int) else "unknown"


class _FlawError(Exception):
    """What is wrong with the bytes; becomes a ModelError that also names the file and the remedy."""


class _Bytes:
    """A cursor that never reads beyond the end."""

    def __init__(self, data: bytes | mmap.mmap) -> None:
        self.data = data
        self.at = 0

    @property
    def left(self) -> int:
        return len(self.data) - self.at

    def skip(self, size: int, what: str) -> int:
        if size < 0 or size > self.left:
            raise _FlawError(f"it ends within {what}")
        self.at += size
        return self.at - size

    def number(self, code: str, what: str) -> int:
        return int(self.scalar(code, what))

    def scalar(self, code: str, what: str) -> int | float | bool:
        start = self.skip(struct.calcsize(code), what)
        value: int | float | bool = struct.unpack_from(code, self.data, start)[0]
        return value

    def text(self, what: str) -> str:
        start = self.skip(self.number("<Q", what), what)
        return self.data[start : self.at].decode("utf-8", "replace")


def _read_array(source: _Bytes, key: str) -> Array:
    kind = source.number("<I", f"the type of {key}")
    count = source.number("<Q", f"the length of {key}")
    if kind == _STRING:
        if count > source.left // 8:
            raise _FlawError(f"{key} claims {count} texts, more than the file could hold")
        if count <= SHORT:
            return Array(kind, count, tuple(source.text(key) for _ in range(count)))
        at = source.at
        for _ in range(count):
            source.skip(source.number("<Q", key), key)
        return Array(kind, count, at=at)
    if kind not in _SCALARS:
        raise _FlawError(f"{key} is an array of the unknown type {kind}")
    if count > SHORT:
        source.skip(count * struct.calcsize(_SCALARS[kind]), key)
        return Array(kind, count)
    return Array(kind, count, tuple(source.scalar(_SCALARS[kind], key) for _ in range(count)))


def _read_metadata(source: _Bytes, count: int) -> Metadata:
    metadata: Metadata = {}
    for _ in range(count):
        key = source.text("a metadata key")
        kind = source.number("<I", f"the type of {key}")
        if key in metadata:
            raise _FlawError(f"the metadata names {key!r} twice")
        if key == "general.alignment" and kind != _UINT32:
            raise _FlawError(f"{key} is of type {kind}, not a 32-bit count")
        if kind == _ARRAY:
            metadata[key] = _read_array(source, key)
        elif kind == _STRING:
            metadata[key] = source.text(key)
        elif kind in _SCALARS:
            metadata[key] = source.scalar(_SCALARS[kind], key)
        else:
            raise _FlawError(f"{key} has the unknown type {kind}")
    return metadata


def _read_tensors(source: _Bytes, count: int, alignment: int) -> tuple[int, int]:
    """Check every tensor's description; returns how many weights there are, and the bytes from the start of the data
    to the end of the last one."""
    total = end = 0
    names = set()
    for _ in range(count):
        name = source.text("a tensor's name")
        dimensions = source.number("<I", f"the shape of {name}")
        if name in names or not 1 <= dimensions <= 4:
            raise _FlawError(f"tensor {name!r} is described twice or has {dimensions} dimensions")
        names.add(name)
        shape = [source.number("<Q", f"the shape of {name}") for _ in range(dimensions)]
        kind = source.number("<I", f"the type of {name}")
        offset = source.number("<Q", f"the place of {name}")
        if kind not in BLOCKS:
            raise _FlawError(f"tensor {name!r} has the unknown type {kind}; a newer version may know it")
        weights, size = BLOCKS[kind]
        if offset % alignment or shape[0] % weights or not all(0 < side < 2**40 for side in shape):
            raise _FlawError(f"tensor {name!r} has an impossible shape {shape} or place {offset}")
        total += math.prod(shape)
        end = max(end, offset + math.prod(shape) // weights * size)
    return total, end


def _check_vocabulary(metadata: Metadata) -> None:
    """The arrays about tokens must be of the right kind and of one length: the loader indexes one by the other."""
    tokens = metadata.get("tokenizer.ggml.tokens")
    if tokens is None:
        return
    kinds = {"tokens": _STRING, "merges": _STRING, "scores": 6, "token_type": 5}
    for name, kind in kinds.items():
        value = metadata.get(f"tokenizer.ggml.{name}")
        if value is None:
            continue
        if not isinstance(value, Array) or value.kind != kind:
            raise _FlawError(f"tokenizer.ggml.{name} is not the array it should be")
        if name != "merges" and isinstance(tokens, Array) and value.count != tokens.count:
            raise _FlawError(f"tokenizer.ggml.{name} has {value.count} entries for {tokens.count} tokens")


def parse(data: bytes | mmap.mmap) -> Header:
    """The header of a GGUF file given by its bytes; `_FlawError` names the first thing that cannot be."""
    source = _Bytes(data)
    if data[:4] != b"GGUF":
        raise _FlawError(f"it is not a GGUF file: it begins with {bytes(data[:4])!r}")
    source.skip(4, "its signature")
    version = source.number("<I", "its version")
    if version not in (2, 3):
        raise _FlawError(f"its GGUF version is {version}; versions 2 and 3 can be read")
    tensors = source.number("<Q", "its tensor count")
    entries = source.number("<Q", "its metadata count")
    if tensors > source.left // 24 or entries > source.left // 12:
        raise _FlawError(f"it claims {tensors} tensors and {entries} metadata entries, more than it could hold")
    metadata = _read_metadata(source, entries)
    if not isinstance(metadata.get("general.architecture"), str):
        raise _FlawError("its metadata does not say which architecture it is of")
    alignment = metadata.get("general.alignment", 32)
    if not isinstance(alignment, int) or alignment < 1 or alignment & (alignment - 1) or alignment > 2**20:
        raise _FlawError(f"its alignment of {alignment!r} is not a power of two")
    _check_vocabulary(metadata)
    weights, end = _read_tensors(source, tensors, alignment)
    size = -(-source.at // alignment) * alignment + end
    if size > len(data):
        raise _FlawError(f"its tensors need {size:,} bytes and the file has {len(data):,}: it was cut short")
    return Header(version, metadata, tensors, weights, size)


def check_gguf(path: str | Path) -> Header:
    """Read and check the header of a model file; ModelError says what is wrong with which file and what helps."""
    path = Path(path)
    if not path.exists():
        raise ModelError(f"{path}: no such model file; check the path, or leave the model out to use the built-in one")
    if path.is_dir():
        raise ModelError(f"{path}: is a directory; name the .gguf file within it")
    try:
        with path.open("rb") as file:
            if not path.stat().st_size:
                raise _FlawError("it is empty")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return parse(data)
    except _FlawError as flaw:
        raise ModelError(f"{path}: {flaw}; fetch the file again or name another GGUF") from flaw
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: cannot be read ({error}); check its permissions") from error


def texts(path: Path, array: Array, places: Collection[int]) -> dict[int, str]:
    """The texts at some places of an array of texts of a sound file; places that it does not have are left out."""
    last = min(max(places, default=-1), array.count - 1)
    if array.items:
        return {n: str(array.items[n]) for n in places if 0 <= n < array.count}
    found = {}
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        source = _Bytes(data)
        source.at = array.at
        for place in range(last + 1):
            if place in places:
                found[place] = source.text("a text")
            else:
                source.skip(source.number("<Q", "a text"), "a text")
    return found
