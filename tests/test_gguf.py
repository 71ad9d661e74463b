"""The GGUF reader on tiny hand-made files: whole, cut, bent, and not GGUF at all."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stage.errors import ModelError
from stage.inference.description import describe
from stage.inference.files import ModelFile
from stage.inference.gguf import Array, check_gguf
from stage.inference.gguf import texts as texts_of
from stage.inference.settings import Settings


def text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def entry(key: str, kind: int, value: bytes) -> bytes:
    return text(key) + struct.pack("<I", kind) + value


def texts(*values: str) -> bytes:
    return struct.pack("<IQ", 8, len(values)) + b"".join(text(v) for v in values)


def tensor(name: str, shape: tuple[int, ...], kind: int, offset: int) -> bytes:
    return text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset)


ENTRIES = [
    entry("general.architecture", 8, text("llama")),
    entry("general.name", 8, text("Tiny Sally")),
    entry("general.alignment", 4, struct.pack("<I", 32)),
    entry("llama.context_length", 4, struct.pack("<I", 128)),
    entry("llama.epsilon", 6, struct.pack("<f", 0.5)),
    entry("tokenizer.ggml.add_bos_token", 7, b"\x01"),
    entry("tokenizer.ggml.tokens", 9, texts(*(f"t{n}" for n in range(70)))),
    entry("tokenizer.ggml.token_type", 9, struct.pack("<IQ", 5, 70) + struct.pack("<70i", *range(70))),
    entry("general.tags", 9, texts("marble", "basket")),
]
TENSORS = [tensor("embedding", (32, 4), 8, 0), tensor("norm", (8,), 0, 160)]


def gguf(entries: list[bytes] = ENTRIES, tensors: list[bytes] = TENSORS, version: int = 3, data: int = 192) -> bytes:
    header = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(entries)) + b"".join(entries) + b"".join(tensors)
    return header + bytes(-len(header) % 32) + bytes(data)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return tmp_path / "tiny.gguf"


def test_a_whole_file_is_read(model: Path) -> None:
    model.write_bytes(gguf())
    header = check_gguf(model)
    assert (header.version, header.tensors, header.size) == (3, 2, len(gguf()))
    assert header.metadata["general.name"] == "Tiny Sally"
    assert header.metadata["llama.context_length"] == 128
    assert header.metadata["llama.epsilon"] == 0.5
    assert header.metadata["tokenizer.ggml.add_bos_token"] is True
    assert header.metadata["tokenizer.ggml.tokens"] == Array(8, 70)
    assert header.metadata["general.tags"] == Array(8, 2, ("marble", "basket"))


def test_texts_of_a_long_array_are_found_again(model: Path) -> None:
    model.write_bytes(gguf())
    told = check_gguf(model).metadata
    vocabulary, tags = told["tokenizer.ggml.tokens"], told["general.tags"]
    assert isinstance(vocabulary, Array)
    assert vocabulary.items == ()
    assert texts_of(model, vocabulary, {0, 3, 69, 70, -1}) == {0: "t0", 3: "t3", 69: "t69"}
    assert texts_of(model, vocabulary, ()) == {}
    assert isinstance(tags, Array)
    assert texts_of(model, tags, [1, 2]) == {1: "basket"}


def test_cut_anywhere_it_is_refused(model: Path) -> None:
    whole = gguf()
    for length in range(len(whole)):
        model.write_bytes(whole[:length])
        with pytest.raises(ModelError, match=r"tiny\.gguf: .*; "):
            check_gguf(model)


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, len(gguf()) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_bent_bytes_are_refused_or_harmless(model: Path, changes: list[tuple[int, int]]) -> None:
    data = bytearray(gguf())
    for at, value in changes:
        data[at] = value
    model.write_bytes(data)
    try:
        header = check_gguf(model)
    except ModelError:
        return
    assert header.size <= len(data)


KEYS = ("general.architecture", "general.name", "general.alignment", "tokenizer.ggml.tokens", "tokenizer.ggml.model",
        "tokenizer.ggml.eos_token_id", "tokenizer.ggml.bos_token_id", "tokenizer.chat_template", "llama.block_count",
        "llama.context_length", "llama.embedding_length", "llama.attention.head_count", "llama.attention.head_count_kv",
        "llama.attention.key_length", "llama.feed_forward_length", "llama.vocab_size", "\x1b[2J")  # fmt: skip
numbers = st.sampled_from([0, 1, 2, 32, 2**31 - 1, 2**31, 2**32 - 1, 2**62, 2**63, 2**64 - 1])


@st.composite
def entry_of_any_kind(draw: st.DrawFn) -> bytes:
    """An entry that is rightly written, of whatever kind."""
    key, kind, number = draw(st.sampled_from(KEYS)), draw(st.integers(0, 12)), draw(numbers)
    size = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
    if kind == 8:
        return entry(key, 8, text(draw(st.text(max_size=20))))
    if kind == 9:
        inner = draw(st.sampled_from([*size, 8]))
        some = draw(st.lists(st.text(max_size=4) if inner == 8 else numbers, max_size=80))
        parts = [text(str(i)) if inner == 8 else int(i).to_bytes(8, "little")[: size[inner]] for i in some]
        return entry(key, 9, struct.pack("<IQ", inner, len(parts)) + b"".join(parts))
    return entry(key, kind, number.to_bytes(8, "little")[: size[kind]] if kind != 7 else bytes([number % 2]))


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(entry_of_any_kind(), max_size=8))
def test_whatever_a_header_says_is_described_or_refused(model: Path, entries: list[bytes]) -> None:
    """All of it as the commands tell it."""
    said = {e[:30]: e for e in [ENTRIES[0], *entries]}
    model.write_bytes(gguf([*said.values()]))
    try:
        found = describe(ModelFile(model), Settings())
    except ModelError:
        return
    assert json.loads(json.dumps(found.to_json()))
    assert min(found.need.cache, found.need.buffers) >= 0


def test_every_single_bit_flip_is_refused_or_harmless(model: Path) -> None:
    whole = gguf()
    refused = 0
    for bit in range(8 * (len(whole) - 192)):
        data = bytearray(whole)
        data[bit // 8] ^= 1 << bit % 8
        model.write_bytes(data)
        try:
            assert check_gguf(model).size <= len(data)
        except ModelError:
            refused += 1
    assert refused > 1000


@pytest.mark.parametrize(
    ("data", "wrong"),
    [
        (b"", "it is empty"),
        (b"PK\x03\x04 a zip file", "not a GGUF file"),
        (b"version https://git-lfs.github.com/spec/v1\n", "not a GGUF file"),
        (gguf(version=1), "version is 1"),
        (gguf(version=50331648), "version is 50331648"),
        (gguf(data=191), "cut short"),
        (gguf(entries=ENTRIES[1:]), "which architecture"),
        (gguf(entries=[*ENTRIES, ENTRIES[0]]), "twice"),
        (gguf(entries=[*ENTRIES[:2], entry("general.alignment", 4, struct.pack("<I", 24))]), "power of two"),
        (gguf(entries=[*ENTRIES[:2], entry("general.alignment", 10, struct.pack("<Q", 32))]), "32-bit"),
        (gguf(entries=[*ENTRIES, entry("x", 13, b"")]), "unknown type 13"),
        (gguf(entries=[*ENTRIES, entry("x", 9, struct.pack("<IQ", 9, 1))]), "unknown type 9"),
        (gguf(entries=[*ENTRIES, entry("x", 9, struct.pack("<IQ", 8, 2**62))]), "more than the file could hold"),
        (gguf(entries=[*ENTRIES, entry("x", 9, struct.pack("<IQ", 0, 2**62))]), "ends within x"),
        (gguf(entries=[*ENTRIES, entry("x", 8, struct.pack("<Q", 2**63))]), "ends within x"),
        (gguf(entries=[*ENTRIES, entry("tokenizer.ggml.merges", 8, text("a b"))]), "not the array"),
        (gguf(entries=[*ENTRIES, entry("tokenizer.ggml.scores", 9, struct.pack("<IQf", 6, 1, 0))]), "70 tokens"),
        (gguf(tensors=[tensor("a", (1,), 99, 0)]), "unknown type 99"),
        (gguf(tensors=[tensor("a", (31,), 8, 0)]), "impossible shape"),
        (gguf(tensors=[tensor("a", (32,), 8, 7)]), "impossible shape"),
        (gguf(tensors=[tensor("a", (2**63, 2**63), 0, 0)]), "impossible shape"),
        (gguf(tensors=[tensor("a", (2**39, 2**39), 0, 0)]), "cut short"),
        (gguf(tensors=[tensor("a", (), 0, 0)]), "0 dimensions"),
        (gguf(tensors=[TENSORS[0], TENSORS[0]]), "described twice"),
        (b"GGUF" + struct.pack("<IQQ", 3, 2**60, 0), "more than it could hold"),
    ],
)
def test_what_is_wrong_is_said(model: Path, data: bytes, wrong: str) -> None:
    model.write_bytes(data)
    with pytest.raises(ModelError) as refusal:
        check_gguf(model)
    assert wrong in str(refusal.value)
    assert str(refusal.value).startswith(f"{model}: ")


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such model file"):
        check_gguf(tmp_path / "absent.gguf")
    with pytest.raises(ModelError, match="is a directory"):
        check_gguf(tmp_path)
