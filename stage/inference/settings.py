"""How a model is to be run: sizes, threads and the mode of sharing. Plain values; nothing is loaded here."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

TILE = 64
"""Tokens that have to be computed at once for flash attention on a processor to sum in single precision: llama.cpp's
tile of queries. With fewer, log-probabilities move by 0.03 nat after 100 tokens and by 0.6 after 8,000."""


def available_threads() -> int:
    """Processors this process may use: its affinity, and its control group's quota where there is one."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
    except (OSError, ValueError):
        return count
    return max(1, min(count, int(quota) // int(period))) if quota.isdigit() else count


@dataclass(frozen=True)
class Settings:
    """``n_ctx`` cells are allotted once and hold every cached sequence together; what was not needed while ``keep``
    tokens were evaluated is let go, because attention slows with the cells in use. ``n_batch`` tokens are evaluated
    at a time, ``n_outputs`` of them at most with logits.

    ``n_ubatch`` of those are computed at once (0: all), ``threads`` for batches and ``decode_threads`` where few tokens
    are (0: as many). With ``flash_attn`` attention passes over the cells that no token of a tile sees: it
    costs what a view costs, not what the cache holds. It is used where `TILE` tokens can be computed at once, since for
    fewer llama.cpp sums in half precision. With ``arrange`` cells are laid side by side again where views have come to lie
    scattered and it pays. ``gpu_layers`` is how many layers a build for a GPU keeps there.

    ``sharing`` is ``tree`` (each distinct beginning is evaluated once, requests of one call together) or ``none``
    (each option and each reply is evaluated alone from an empty cache: slow, and free of any influence of one request
    on another). The two agree within the model's noise. The last ``remembered`` scores are not computed again.
    """

    n_ctx: int = 8192
    keep: int = 4096
    n_batch: int = 512
    n_ubatch: int = 0
    n_seq_max: int = 128
    n_outputs: int = 128
    threads: int = field(default_factory=available_threads)
    decode_threads: int = 0
    gpu_layers: int = 0
    flash_attn: bool = True
    arrange: bool = True
    sharing: Literal["tree", "none"] = "tree"
    remembered: int = 100_000

    @property
    def tiled(self) -> bool:
        """Whether attention is computed in tiles."""
        return self.flash_attn and (self.n_ubatch or self.n_batch) >= TILE

    def __post_init__(self) -> None:
        sizes = (self.n_ctx, self.keep, self.n_outputs, self.threads)
        if (
            min(sizes) < 1
            or min(self.n_ubatch, self.decode_threads) < 0
            or not 4 <= self.n_seq_max <= min(254, self.n_batch)
        ):
            raise ValueError(f"cannot run a model with {self!r}")
        if self.sharing not in ("tree", "none"):
            raise ValueError(f"sharing is 'tree' or 'none', got {self.sharing!r}")
