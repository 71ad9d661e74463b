"""How far flash attention moves a score after a long view, by how many tokens the last batch has.

    python benchmarks/long_views.py [--lengths 2000 8000 32000] [--markdown]
    python benchmarks/long_views.py --builtin --lengths 500 2000 7000
    python benchmarks/long_views.py --scattered F16 Q8_0 --lengths 100 300 600 1200

A model of one layer with random unquantized weights reads a random view, or the built-in one a story, in batches of 512
tokens, but for the last one. Told is the largest difference among the hundred likeliest next tokens from attention
computed the plain way; with --scattered, between the built-in model's view whose cells lie side by side and one whose
cells lie among those of another, over all positions up to a length.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import platformdirs
import random_model
from numpy.typing import NDArray
from rich.table import Table
from tables import shown

from stage.inference.conversion import convert
from stage.inference.models import builtin_model
from stage.inference.native import Native
from stage.inference.noise import apart, read, story
from stage.inference.opening import serving_file
from stage.inference.prefixes import Row
from stage.inference.sampling import log_normalizer
from stage.inference.settings import Settings

FORMATS = platformdirs.user_cache_path("llm-stage", appauthor=False) / "formats"
SHAPE = random_model.Shape(layers=1, width=32, heads=1, heads_kv=1, hidden=32)
BATCH, SMALL, LARGE = 512, 2, 128
"""Tokens in a batch, and in the last one."""


@dataclass
class Reader:
    """A model that has read so many tokens of a view."""

    native: Native
    view: tuple[int, ...]
    held: int = 0

    def log_probs(self, length: int, last: int, hurried: bool = False) -> NDArray[np.float64]:
        """Of every token, after so many tokens of the view, the last of which are one batch."""
        before = length - last
        self.native.cut(0, min(self.held, before))
        for start in range(min(self.held, before), before, BATCH):
            self.native.decode(self._rows(start, min(start + BATCH, before)))
        self.native.decode(self._rows(before, length), hurried)
        self.held = length - LARGE
        logits = self.native.logits(last - 1)
        return logits.astype(np.float64) - log_normalizer(logits)

    def _rows(self, start: int, end: int) -> list[Row]:
        return [Row(self.view[n], n, [0], n == end - 1) for n in range(start, end)]


def scattered(formats: Sequence[str], lengths: Sequence[int], threads: int) -> Table:
    """What the places of a view's cells do to scores, by format and by the length of the view."""
    table = Table("format", *(f"up to {length:,}" for length in lengths), title="Nats away from cells side by side")
    for form in formats:
        settings = Settings(n_ctx=2 * max(lengths), n_batch=BATCH, threads=threads)
        native = Native(convert(builtin_model(), form, FORMATS).path, settings)
        views = {n: tuple(told(native, max(lengths), 100 * n)) for n in (0, 1)}
        alone, other = read(native, {0: views[0]}, LARGE), read(native, views, LARGE, scattered=True)
        moves = {at: apart(alone[0, at], other[0, at]) for number, at in alone}
        table.add_row(form, *(f"{max(move for at, move in moves.items() if at <= n):.4f}" for n in lengths))
        native.close()
    return table


def told(native: Native, length: int, first: int = 0) -> tuple[int, ...]:
    """So many tokens of stories."""
    return native.tokenize(" ".join(story(first + n) for n in range(length // 500 + 1)), False)[:length]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lengths", nargs="+", type=int, default=[2000, 8000, 32000])
    parser.add_argument("--builtin", action="store_true", help="the built-in model")
    parser.add_argument("--scattered", nargs="+", metavar="FORMAT", help="of the built-in model")
    parser.add_argument("--threads", type=int, default=Settings().threads)
    parser.add_argument("--markdown", action="store_true")
    args = parser.parse_args()
    if args.scattered:
        shown(scattered(args.scattered, sorted(args.lengths), args.threads), args.markdown)
        return
    table = Table(title="Nats away from plain attention")
    headers = (
        f"{SMALL} tokens at once",
        f"{SMALL}, filled up to a tile",
        f"{LARGE} at once",
        f"plain, {SMALL} at once",
    )
    for header in ("tokens", *headers):
        table.add_column(header, justify="right")
    with tempfile.TemporaryDirectory() as folder:
        random_path = Path(folder) / "long.gguf"
        path = serving_file(None).path if args.builtin else random_model.write(random_path, SHAPE, builtin_model())
        most = max(args.lengths)
        natives = [
            Native(path, Settings(n_ctx=most + BATCH, n_batch=BATCH, flash_attn=on, threads=args.threads))
            for on in (True, False)
        ]
        view = told(natives[0], most) if args.builtin else tuple(random.Random(1).choices(range(100, 400), k=most))
        flash, plain = (Reader(native, view) for native in natives)
        for length in sorted(args.lengths):
            true = plain.log_probs(length, LARGE)
            likeliest = np.argsort(-true)[:100]
            found = (
                flash.log_probs(length, SMALL, hurried=True),
                flash.log_probs(length, SMALL),
                flash.log_probs(length, LARGE),
                plain.log_probs(length, SMALL),
            )
            table.add_row(f"{length:,}", *(f"{np.abs(one - true)[likeliest].max():.4f}" for one in found))
        for native in natives:
            native.close()
    shown(table, args.markdown)


if __name__ == "__main__":
    main()
