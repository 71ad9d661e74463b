"""GGUF files with random weights, of any size: speed does not depend on what weights are, nor does bookkeeping.

The vocabulary and the chat template are those of another file, unless a shape has no template. The same shape and seed give the same bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_U32, _F32, _BOOL, _STRING, _ARRAY = 4, 6, 7, 8, 9
_ALIGNMENT = 32
_TYPES = {"F32": (0, 0), "F16": (1, 1), "Q8_0": (8, 7)}
"""Per format: the number of its tensors' type and of the file's."""


@dataclass(frozen=True)
class Shape:
    """The sizes of a model. ``kind`` is llama (attention), gemma3 (attention that in every other layer, the first
    among them, reaches ``window`` tokens back) or mamba (a recurrent state, which cannot be cut)."""

    layers: int = 2
    width: int = 64
    heads: int = 4
    heads_kv: int = 2
    hidden: int = 128
    context: int = 65536
    weights: Literal["F32", "F16", "Q8_0"] = "F32"
    kind: Literal["llama", "gemma3", "mamba"] = "llama"
    window: int = 16
    chat: bool = True
    bos: bool = False


TINY = Shape()
SLIDING = Shape(kind="gemma3")
RECURRENT = Shape(kind="mamba")
HALF_BILLION = Shape(24, 896, 14, 2, 4864, 32768, "Q8_0")
"""The shape of Qwen2.5-0.5B, but for its vocabulary."""


def write(path: Path, shape: Shape, vocabulary: Path, seed: int = 0) -> Path:
    """Write a model of this shape with the vocabulary of the file ``vocabulary``; returns ``path``."""
    rng = np.random.default_rng(seed)
    entries = [*_numbers(shape), *_borrowed(shape, vocabulary)]
    tensors = list(_mamba(shape) if shape.kind == "mamba" else _attention(shape))
    tensors.insert(0, ("token_embd.weight", (shape.width, _tokens(vocabulary))))
    tensors.append(("output_norm.weight", (shape.width,)))
    described, offset = b"", 0
    for name, dims in tensors:
        kind = _TYPES[shape.weights][0] if _is_matrix(name, dims) else 0
        described += _text(name) + struct.pack(f"<I{len(dims)}QIQ", len(dims), *dims, kind, offset)
        offset += -(-_bytes(dims, kind) // _ALIGNMENT) * _ALIGNMENT
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(entries)) + b"".join(entries) + described
    with path.open("wb") as file:
        file.write(head + bytes(-len(head) % _ALIGNMENT))
        for name, dims in tensors:
            data = _random(rng, name, dims, shape.weights)
            file.write(data + bytes(-len(data) % _ALIGNMENT))
    return path


def _numbers(shape: Shape) -> Iterator[bytes]:
    yield _entry("general.architecture", _STRING, _text(shape.kind))
    yield _entry("general.file_type", _U32, struct.pack("<I", _TYPES[shape.weights][1]))
    sizes = {"block_count": shape.layers, "embedding_length": shape.width, "context_length": shape.context}
    if shape.kind == "mamba":
        sizes |= {"ssm.conv_kernel": 4, "ssm.inner_size": 2 * shape.width, "ssm.state_size": 16}
        sizes |= {"ssm.time_step_rank": 8, "feed_forward_length": 0, "attention.head_count": 0}
    else:
        sizes |= {"feed_forward_length": shape.hidden, "attention.head_count": shape.heads}
        sizes |= {"attention.head_count_kv": shape.heads_kv, "rope.dimension_count": shape.width // shape.heads}
    if shape.kind == "gemma3":
        sizes |= {"attention.sliding_window": shape.window, "attention.sliding_window_pattern": 2}
    for key, value in sizes.items():
        yield _entry(f"{shape.kind}.{key}", _U32, struct.pack("<I", value))
    yield _entry(f"{shape.kind}.attention.layer_norm_rms_epsilon", _F32, struct.pack("<f", 1e-5))


def _attention(shape: Shape) -> Iterator[tuple[str, tuple[int, ...]]]:
    kv = shape.width // shape.heads * shape.heads_kv
    for n in range(shape.layers):
        yield f"blk.{n}.attn_norm.weight", (shape.width,)
        yield f"blk.{n}.attn_q.weight", (shape.width, shape.width)
        yield f"blk.{n}.attn_k.weight", (shape.width, kv)
        yield f"blk.{n}.attn_v.weight", (shape.width, kv)
        yield f"blk.{n}.attn_output.weight", (shape.width, shape.width)
        yield f"blk.{n}.ffn_norm.weight", (shape.width,)
        yield f"blk.{n}.ffn_gate.weight", (shape.width, shape.hidden)
        yield f"blk.{n}.ffn_up.weight", (shape.width, shape.hidden)
        yield f"blk.{n}.ffn_down.weight", (shape.hidden, shape.width)
        if shape.kind == "gemma3":
            yield f"blk.{n}.attn_q_norm.weight", (shape.width // shape.heads,)
            yield f"blk.{n}.attn_k_norm.weight", (shape.width // shape.heads,)
            yield f"blk.{n}.post_attention_norm.weight", (shape.width,)
            yield f"blk.{n}.post_ffw_norm.weight", (shape.width,)


def _mamba(shape: Shape) -> Iterator[tuple[str, tuple[int, ...]]]:
    inner = 2 * shape.width
    for n in range(shape.layers):
        yield f"blk.{n}.attn_norm.weight", (shape.width,)
        yield f"blk.{n}.ssm_in.weight", (shape.width, 2 * inner)
        yield f"blk.{n}.ssm_conv1d.weight", (4, inner)
        yield f"blk.{n}.ssm_conv1d.bias", (inner,)
        yield f"blk.{n}.ssm_x.weight", (inner, 8 + 2 * 16)
        yield f"blk.{n}.ssm_dt.weight", (8, inner)
        yield f"blk.{n}.ssm_dt.bias", (inner,)
        yield f"blk.{n}.ssm_a", (16, inner)
        yield f"blk.{n}.ssm_d", (inner,)
        yield f"blk.{n}.ssm_out.weight", (inner, shape.width)


def _is_matrix(name: str, dims: tuple[int, ...]) -> bool:
    return len(dims) == 2 and dims[0] % 32 == 0 and "ssm_conv1d" not in name


def _bytes(dims: tuple[int, ...], kind: int) -> int:
    count = int(np.prod(dims))
    return {0: 4 * count, 1: 2 * count, 8: count // 32 * 34}[kind]


def _random(rng: np.random.Generator, name: str, dims: tuple[int, ...], weights: str) -> bytes:
    count = int(np.prod(dims))
    if name.endswith("norm.weight"):
        return np.ones(count, dtype="<f4").tobytes()
    if name.endswith("ssm_a"):
        return (-np.exp(rng.standard_normal(count, dtype=np.float32))).astype("<f4").tobytes()
    if not _is_matrix(name, dims) or weights != "Q8_0":
        spread = dims[0] ** -0.5 if len(dims) == 2 else 0.1
        values = rng.standard_normal(count, dtype=np.float32) * np.float32(spread)
        return values.astype("<f2" if _is_matrix(name, dims) and weights == "F16" else "<f4").tobytes()
    blocks: NDArray[np.void] = np.zeros(count // 32, dtype=[("scale", "<f2"), ("values", "i1", 32)])
    blocks["scale"] = dims[0] ** -0.5 / 73
    blocks["values"] = rng.integers(-127, 128, (count // 32, 32), dtype=np.int8)
    return blocks.tobytes()


def _text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def _entry(key: str, kind: int, value: bytes) -> bytes:
    return _text(key) + struct.pack("<I", kind) + value


def _borrowed(shape: Shape, path: Path) -> list[bytes]:
    """The metadata entries about the vocabulary, byte by byte, but for those that the shape decides."""
    own = {"tokenizer.ggml.add_bos_token"} | (set() if shape.chat else {"tokenizer.chat_template"})
    borrowed = [raw for key, raw in _entries(path) if key.startswith("tokenizer.") and key not in own]
    return [*borrowed, _entry("tokenizer.ggml.add_bos_token", _BOOL, struct.pack("?", shape.bos))]


def _tokens(path: Path) -> int:
    raw = dict(_entries(path))["tokenizer.ggml.tokens"]
    start = 8 + len("tokenizer.ggml.tokens") + 4 + 4
    return int(struct.unpack_from("<Q", raw, start)[0])


def _entries(path: Path) -> Iterator[tuple[str, bytes]]:
    data = path.read_bytes()[: 2**24]
    (count,) = struct.unpack_from("<Q", data, 16)
    at = 24
    for _ in range(count):
        start = at
        (length,) = struct.unpack_from("<Q", data, at)
        key = data[at + 8 : at + 8 + length].decode()
        (kind,) = struct.unpack_from("<I", data, at + 8 + length)
        at = _after(data, at + 12 + length, kind)
        yield key, data[start:at]


def _after(data: bytes, at: int, kind: int) -> int:
    """Where a value that begins at ``at`` ends."""
    if kind == _STRING:
        return at + 8 + int(struct.unpack_from("<Q", data, at)[0])
    if kind != _ARRAY:
        return at + _SIZES[kind]
    item, count = struct.unpack_from("<IQ", data, at)
    at += 12
    if item != _STRING:
        return at + _SIZES[item] * int(count)
    for _ in range(count):
        at += 8 + int(struct.unpack_from("<Q", data, at)[0])
    return at
