"""Where the time of a batch goes, operation by operation: with nothing before it, and over a cache that is in use.

    python benchmarks/operations.py [--cells 0 2048 4096] [--rows 256] [--no-flash-attn] [--markdown]

The library is made to compute one operation at a time, which costs little on batches of this size. Seconds are of
processors, on one thread. The cells in use belong to other sequences than the batch, as in a play with many views.
"""

from __future__ import annotations

import argparse
import ctypes
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import llama_cpp
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


def measured(cells: int, rows: int, flash_attn: bool) -> dict[str, float]:
    """Seconds of a batch by operation, over so many cells that it does not see."""
    default = native.llama_cpp.llama_context_default_params

    def watched() -> object:
        params = default()
        params.cb_eval = _after_each
        return params

    native.llama_cpp.llama_context_default_params = watched
    try:
        model = Native(serving_file(None).path, Settings(threads=1, flash_attn=flash_attn))
    finally:
        native.llama_cpp.llama_context_default_params = default
    for start in range(0, cells, 256):
        model.decode([Row(1000 + n, n, [1 + start // 256]) for n in range(min(256, cells - start))])
    spent.clear()
    began = time.process_time()
    model.decode([Row(2000 + n, n, [0], n % 8 == 0) for n in range(rows)])
    spent["all"] = time.process_time() - began
    model.close()
    return dict(spent)


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="Where the time of a batch goes.")
    parser.add_argument("--cells", type=int, nargs="+", default=[0, 2048, 4096])
    parser.add_argument("--rows", type=int, default=256)
    parser.add_argument("--no-flash-attn", dest="flash", action="store_false")
    parser.add_argument("--markdown", action="store_true")
    args = parser.parse_args(argv)
    found = {cells: measured(cells, args.rows, args.flash) for cells in args.cells}
    kind = "flash attention" if args.flash else "plain attention"
    table = Table("operation", *(f"{n:,} cells" for n in found), title=f"CPU ms of a batch of {args.rows} rows, {kind}")
    names = sorted(
        {name for times in found.values() for name in times}, key=lambda n: -max(t.get(n, 0) for t in found.values())
    )
    for name in names[:9]:
        table.add_row(name, *(f"{1000 * times.get(name, 0):.0f}" for times in found.values()))
    shown(table, args.markdown)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
