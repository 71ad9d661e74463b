"""Every bit of a model file's header flipped, one at a time: what becomes of it, and of the command that meets it.

    python benchmarks/flip_bits.py [--every N] [--commands N] [--kept FILE] [--markdown]

A tiny model with a vocabulary of its own is bent at each bit before its weights. What passes the checks of the header is
loaded, and one token computed, by a forked child, as `stage models verify --load` does in a process of its own. Then
that command, and `stage run`, are really given some of the files on which the child died, of each way of dying.

With ``--kept`` what became of each file is written to FILE at once, and is not tried again by who names that file again.
"""

from __future__ import annotations

import argparse
import faulthandler
import hashlib
import os
import signal
import struct
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import random_model
from rich.table import Table
from tables import shown

from stage.errors import ModelError
from stage.inference.gguf import check_gguf
from stage.inference.memory import check_fits
from stage.inference.settings import Settings
from stage.inference.trial import child

SECONDS = 20
"""After which a child is given up."""
TOKENS = ["<|end|>", "Ċ", "Ġ", *"abcdefghijklmnopqrstuvwxyz", "an", "Ġa"]
SHAPE = random_model.Shape(layers=1, width=32, heads=2, heads_kv=1, hidden=32, context=256)


def vocabulary(path: Path) -> Path:
    """A file with nothing but a small vocabulary and a chat template."""
    texts = struct.pack("<IQ", 8, len(TOKENS)) + b"".join(_text(token) for token in TOKENS)
    kinds = struct.pack(f"<IQ{len(TOKENS)}i", 5, len(TOKENS), 3, *[1] * (len(TOKENS) - 1))
    merges = struct.pack("<IQ", 8, 2) + _text("a n") + _text("Ġ a")
    entries = [
        _entry("tokenizer.ggml.model", 8, _text("gpt2")),
        _entry("tokenizer.ggml.pre", 8, _text("smollm")),
        _entry("tokenizer.ggml.tokens", 9, texts),
        _entry("tokenizer.ggml.token_type", 9, kinds),
        _entry("tokenizer.ggml.merges", 9, merges),
        _entry("tokenizer.ggml.eos_token_id", 4, struct.pack("<I", 0)),
        _entry("tokenizer.ggml.bos_token_id", 4, struct.pack("<I", 0)),
        _entry("tokenizer.ggml.add_bos_token", 7, b"\0"),
        _entry("tokenizer.chat_template", 8, _text("{{ messages[0].content }}")),
    ]
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, len(entries)) + b"".join(entries))
    return path


def _text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def _entry(key: str, kind: int, value: bytes) -> bytes:
    return _text(key) + struct.pack("<I", kind) + value


def outcome(path: Path) -> str:
    """What becomes of a file: refused by the checks, refused by llama.cpp, loaded, or how the child ended."""
    try:
        check_fits(path, check_gguf(path), Settings(n_ctx=256, n_batch=32, n_seq_max=4, threads=1))
    except ModelError:
        return "refused by the checks of the header"
    if not (pid := os.fork()):
        for stream in (1, 2):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
        faulthandler.disable()
        signal.alarm(SECONDS)
        try:
            os._exit(child(str(path)))
        finally:
            os._exit(1)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return f"child ended by {signal.Signals(os.WTERMSIG(status)).name}"
    return {0: "loaded and computed", 4: "refused by llama.cpp"}.get(os.WEXITSTATUS(status), "child ended by an error")


class Kept:
    """What became of files that were tried already, by the flipped bit; kept in a file, for one model file only."""

    def __init__(self, path: Path | None, data: bytes) -> None:
        self.path = path
        self.found: dict[int, str] = {}
        digest = hashlib.sha256(data).hexdigest()
        if path is None:
            return
        if not path.exists():
            path.write_text(f"{digest}\n", encoding="utf-8")
        first, *rows = path.read_text(encoding="utf-8").splitlines()
        if first != digest:
            sys.exit(f"{path} tells of another file")
        for row in rows:
            bit, _, what = row.partition(" ")
            self.found[int(bit)] = what

    def add(self, bit: int, what: str) -> None:
        self.found[bit] = what
        if self.path is not None:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(f"{bit} {what}\n")


def flipped(data: bytes, bit: int, path: Path) -> Path:
    bent = bytearray(data)
    bent[bit // 8] ^= 1 << bit % 8
    path.write_bytes(bent)
    return path


def commands(path: Path, folder: Path) -> tuple[int, int]:
    """The exit codes of the two commands that load a model."""
    codes = []
    for command in (["models", "verify", str(path), "--load"], ["run", "whisper", "-m", str(path)]):
        run = [*command, "--out", str(folder / path.stem)] if command[0] == "run" else command
        done = subprocess.run([sys.executable, "-m", "stage", *run], capture_output=True, timeout=300, check=False)
        codes.append(done.returncode)
    return codes[0], codes[1]


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, help="only every Nth bit")
    parser.add_argument(
        "--commands", type=int, default=5, help="files of each deadly kind that are given to the commands"
    )
    parser.add_argument("--kept", type=Path, metavar="FILE", help="goes on from what is in this file, and adds to it")
    parser.add_argument("--markdown", action="store_true")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole = random_model.write(folder / "whole.gguf", SHAPE, vocabulary(folder / "vocabulary.gguf"))
        if (found := outcome(whole)) != "loaded and computed":
            sys.exit(f"the file as it is: {found}")
        data = whole.read_bytes()
        weights = 4 * check_gguf(whole).weights
        bits = range(0, 8 * (len(data) - weights), chosen.every)
        kept = Kept(chosen.kept, data)
        kinds: Counter[str] = Counter()
        deadly: dict[str, list[int]] = defaultdict(list)
        for bit in bits:
            if bit not in kept.found:
                kept.add(bit, outcome(flipped(data, bit, folder / "bent.gguf")))
            found = kept.found[bit]
            kinds[found] += 1
            if found.startswith("child ended"):
                deadly[found].append(bit)
        table = Table(
            "what becomes of it",
            "files",
            "given to the commands",
            "exit codes: verify --load, run",
            title="A header with one bit flipped",
        )
        for kind, count in kinds.most_common():
            given = deadly[kind][:: max(1, len(deadly[kind]) // chosen.commands)][: chosen.commands]
            codes = Counter(commands(flipped(data, bit, folder / f"bit-{bit}.gguf"), folder) for bit in given)
            told = "; ".join(f"{a}, {b} ({n} times)" for (a, b), n in codes.items())
            table.add_row(kind, f"{count:,}", str(len(given)) if given else "", told)
        shown(table, chosen.markdown)
        print(f"{len(bits):,} files, each with one bit of {len(data) - weights:,} bytes of header flipped")


if __name__ == "__main__":
    main(sys.argv[1:])
