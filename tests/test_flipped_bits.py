"""A header with single bits flipped, loaded by a child: it may die of it, the command that meets the file does not."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import flip_bits
import pytest
import random_model
from test_cli import stage

from stage.inference.gguf import check_gguf


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("flips")
    vocabulary = flip_bits.vocabulary(folder / "vocabulary.gguf")
    return random_model.write(folder / "whole.gguf", flip_bits.SHAPE, vocabulary)


def test_every_flip_is_refused_or_harmless_or_the_end_of_a_child(whole: Path, tmp_path: Path) -> None:
    data = whole.read_bytes()
    header = 8 * (len(data) - 4 * check_gguf(whole).weights)
    kinds = Counter(
        flip_bits.outcome(flip_bits.flipped(data, bit, tmp_path / "x.gguf")) for bit in range(0, header, 79)
    )
    assert kinds["refused by the checks of the header"] > 50
    assert kinds["refused by llama.cpp"] > 20
    assert kinds["loaded and computed"] > 20
    assert not kinds["child ended by SIGALRM"]


def test_what_llama_cpp_aborts_on_ends_the_commands_with_4(whole: Path, tmp_path: Path) -> None:
    """Two tokens of one text are of these: b becomes another c."""
    data, bent = whole.read_bytes(), tmp_path / "bent.gguf"
    deadly = 8 * (data.index(b"\1\0\0\0\0\0\0\0b") + 8)
    flip_bits.flipped(data, deadly, bent)
    for command in (("models", "verify", bent, "--load"), ("run", "whisper", "-m", bent, "--out", tmp_path / "run")):
        done = stage(*command)
        assert done.code == 4
        assert "the process that loaded it for trial ended by SIGABRT" in done.err
