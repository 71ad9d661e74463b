"""How far flash attention moves a score after a long view, by how many tokens the last batch has.

    python benchmarks/long_views.py [--lengths 2000 8000 32000] [--markdown]

A model of one layer with random unquantized weights reads a random view in batches of 512 tokens, but for the last one.
Told is the largest difference among the hundred likeliest next tokens from attention computed the plain way.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from pathlib import Path

import numpy as np
import random_model
from numpy.typing import NDArray
from rich.table import Table
from tables import shown

from stage.inference.models import builtin_model
from stage.inference.native import Native
from stage.inference.prefixes import Row
from stage.inference.sampling import log_normalizer
from stage.inference.settings import Settings

SHAPE = random_model.Shape(layers=1, width=32, heads=1, heads_kv=1, hidden=32)
BATCH, SMALL, LARGE = 512, 2, 128
"""Tokens in a batch, and in the last one."""


def log_probs(native: Native, view: tuple[int, ...], last: int) -> NDArray[np.float64]:
    """Of every token, after a view whose last ``last`` tokens are one batch."""
    native.clear()
    rows = [Row(token, n, [0], n == len(view) - 1) for n, token in enumerate(view)]
    before = len(view) - last
    for start in range(0, before, BATCH):
        native.decode(rows[start : min(start + BATCH, before)])
    native.decode(rows[before:])
    logits = native.logits(last - 1)
    return logits.astype(np.float64) - log_normalizer(logits)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lengths", nargs="+", type=int, default=[2000, 8000, 32000])
    parser.add_argument("--markdown", action="store_true")
    args = parser.parse_args()
    table = Table(title="Nats away from plain attention")
    for header in ("tokens", f"flash, last {SMALL}", f"flash, last {LARGE}", f"plain, last {SMALL}"):
        table.add_column(header, justify="right")
    with tempfile.TemporaryDirectory() as folder:
        path = random_model.write(Path(folder) / "long.gguf", SHAPE, builtin_model())
        flash, plain = (
            Native(path, Settings(n_ctx=max(args.lengths) + BATCH, n_batch=BATCH, flash_attn=on))
            for on in (True, False)
        )
        for length in args.lengths:
            view = tuple(random.Random(1).choices(range(100, 400), k=length))
            true = log_probs(plain, view, LARGE)
            likeliest = np.argsort(-true)[:100]
            found = (log_probs(native, view, last) for native, last in ((flash, SMALL), (flash, LARGE), (plain, SMALL)))
            table.add_row(f"{length:,}", *(f"{np.abs(one - true)[likeliest].max():.4f}" for one in found))
        flash.close()
        plain.close()
    shown(table, args.markdown)


if __name__ == "__main__":
    main()
