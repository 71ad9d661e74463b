"""How a model is to be run: sizes, threads and the mode of sharing. Plain values; nothing is loaded here."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal


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
    """``n_ctx`` cells are allotted once and hold every cached sequence together; beyond ``keep`` used ones, what was
    not needed for longest is let go, because attention slows with the cells in use. ``n_batch`` tokens are evaluated
    at a time, ``n_outputs`` of them at most with logits.

    ``sharing`` is ``tree`` (each distinct beginning is evaluated once, requests of one call together) or ``none``
    (each option and each reply is evaluated alone from an empty cache: slow, and free of any influence of one request
    on another). The two agree within the model's noise.
    """

    n_ctx: int = 8192
    keep: int = 4096
    n_batch: int = 512
    n_seq_max: int = 64
    n_outputs: int = 128
    threads: int = field(default_factory=available_threads)
    gpu_layers: int = 0
    sharing: Literal["tree", "none"] = "tree"

    def __post_init__(self) -> None:
        sizes = (self.n_ctx, self.keep, self.n_outputs, self.threads)
        if min(sizes) < 1 or not 4 <= self.n_seq_max <= min(256, self.n_batch):
            raise ValueError(f"cannot run a model with {self!r}")
        if self.sharing not in ("tree", "none"):
            raise ValueError(f"sharing is 'tree' or 'none', got {self.sharing!r}")
