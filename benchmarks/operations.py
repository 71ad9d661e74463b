"""Where the time of a batch goes, operation by operation: with nothing before it, and over a cache that is in use.

    python benchmarks/operations.py [--cells 0 2048 4096] [--rows 256] [--no-flash-attn] [--markdown]
    python benchmarks/operations.py --beats 6       of a whole play, beside its batches over an empty cache

The library is made to compute one operation at a time, which costs little on batches of this size. Seconds are of
processors, on one thread. The cells in use belong to other sequences than the batch, as in a play with many views.
"""

from __future__ import annotations

import argparse
import ctypes
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import llama_cpp
import opponents
import workload
from opponents import Batch
from rich.table import Table
from tables import shown

from stage.inference import native
from stage.inference.native import Native
from stage.inference.opening import serving_file
from stage.inference.prefixes import Row
from stage.inference.settings import Settings

_base = ctypes.CDLL(str(next((Path(llama_cpp.__file__).parent / "lib").glob("libggml-base.*"))))
_base.ggml_op_desc.restype = ctypes.c_char_p
_base.ggml_op_desc.argtypes = [ctypes.c_void_p]
_base.ggml_get_name.restype = ctypes.c_char_p
_base.ggml_get_name.argtypes = [ctypes.c_void_p]

spent: dict[str, float] = defaultdict(float)
_last = 0.0


@llama_cpp.ggml_backend_sched_eval_callback  # type: ignore[untyped-decorator]
def _after_each(tensor: int, ask: bool, _: object) -> bool:
    global _last
    now = time.process_time()
    if not ask:
        name = _base.ggml_op_desc(tensor).decode()
        label = _base.ggml_get_name(tensor).decode()
        spent["logits" if label.startswith("result_output") else name] += now - _last
    _last = now
    return True


@contextmanager
def watched() -> Iterator[None]:
    """Contexts that are opened meanwhile tell after each operation."""
    default = native.llama_cpp.llama_context_default_params

    def params() -> object:
        made = default()
        made.cb_eval = _after_each
        return made

    native.llama_cpp.llama_context_default_params = params
    try:
        yield
    finally:
        native.llama_cpp.llama_context_default_params = default


def measured(cells: int, rows: int, flash_attn: bool) -> dict[str, float]:
    """Seconds of a batch by operation, over so many cells that it does not see."""
    with watched():
        model = Native(serving_file(None).path, Settings(threads=1, flash_attn=flash_attn))
    for start in range(0, cells, 256):
        model.decode([Row(1000 + n, n, [1 + start // 256]) for n in range(min(256, cells - start))])
    spent.clear()
    began = time.process_time()
    model.decode([Row(2000 + n, n, [0], n % 8 == 0) for n in range(rows)])
    spent["all"] = time.process_time() - began
    model.close()
    return dict(spent)


def played(beats: int) -> dict[str, dict[str, float]]:
    """Seconds by operation of a play and of its floor, of each the batches on which scores are built and the steps of
    replies."""
    found: dict[str, dict[str, float]] = {}
    decode, floor = Native.decode, opponents.floor
    now = "play"

    def noted(self: Native, rows: Sequence[Row], hurried: bool = False) -> None:
        spent.clear()
        began = time.process_time()
        decode(self, rows, hurried)
        times = found.setdefault(f"{now}, {'replies' if hurried else 'batches'}", defaultdict(float))
        for operation, seconds in (*spent.items(), ("all", time.process_time() - began)):
            times[operation] += seconds

    def then(model: Native, batches: Sequence[Batch], deep: bool) -> tuple[float, float]:
        nonlocal now
        now = "floor"
        return (0.0, 0.0) if deep else floor(model, batches, deep)

    with watched(), patch.object(Native, "decode", noted), patch.object(opponents, "floor", then):
        work = list(workload.beats(workload.Shape(beats=beats)))
        opponents.engine(serving_file(None).path, Settings(threads=1), work)
    return found


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="Where the time of a batch goes.")
    parser.add_argument("--cells", type=int, nargs="+", default=[0, 2048, 4096])
    parser.add_argument("--rows", type=int, default=256)
    parser.add_argument("--no-flash-attn", dest="flash", action="store_false")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--beats", type=int, help="of a play of so many beats")
    args = parser.parse_args(argv)
    if args.beats:
        found, unit, scale = played(args.beats), f"CPU s of a play of {args.beats} beats", 1
    else:
        found = {f"{cells:,} cells": measured(cells, args.rows, args.flash) for cells in args.cells}
        kind = "flash attention" if args.flash else "plain attention"
        unit, scale = f"CPU ms of a batch of {args.rows} rows, {kind}", 1000
    table = Table("operation", *found, title=unit)
    names = {name for times in found.values() for name in times}
    for name in sorted(names, key=lambda n: -max(t.get(n, 0) for t in found.values()))[:9]:
        cells = (scale * times.get(name, 0) for times in found.values())
        table.add_row(name, *(f"{value:.0f}" if scale > 1 else f"{value:.2f}" for value in cells))
    shown(table, args.markdown)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
