"""How much memory a model will take, from its header and the settings, and how much there is."""

from __future__ import annotations

import resource
import sys
from dataclasses import dataclass
from pathlib import Path

from stage.errors import ModelError
from stage.inference.arrangement import LIFTED
from stage.inference.gguf import Array, Header
from stage.inference.settings import Settings


@dataclass(frozen=True)
class Need:
    """Bytes that a model will take: its weights, the cache of keys and values, and what is computed on."""

    weights: int
    cache: int
    buffers: int

    @property
    def total(self) -> int:
        return self.weights + self.cache + self.buffers


def needed(header: Header, settings: Settings) -> Need:
    """What a model of this header takes with these settings, on the safe side within a tenth for the models that were
    tried. What the header does not say counts as nothing."""
    dims = _Dimensions(header)
    heads_kv, _ = dims.per_layer("attention.head_count_kv") or dims.per_layer("attention.head_count") or (0, 0)
    _, heads = dims.per_layer("attention.head_count") or (0, 0)
    _, hidden = dims.per_layer("feed_forward_length") or (0, 0)
    width = dims.number("embedding_length")
    key = dims.number("attention.key_length") or (width // heads if heads else 0)
    value = dims.number("attention.value_length") or key
    cell = heads_kv * (key + value) * 2
    cache = (settings.n_ctx + 256 * settings.tiled) * cell  # some are set aside to fill batches up
    lifted = LIFTED * cell * (settings.tiled and settings.arrange)
    batch = settings.n_ubatch or settings.n_batch
    attention = 0 if settings.tiled else 4 * heads * batch * settings.n_ctx
    layers = 4 * batch * (4 * width + 2 * hidden)
    outputs = 4 * min(settings.n_outputs, settings.n_batch) * dims.vocabulary
    mask = 4 * batch * settings.n_ctx
    return Need(header.size, cache, attention + layers + mask + 2 * outputs + lifted)


def available() -> int | None:
    """Bytes that can be had: what the system says, within the limit of the control group; None if neither is known."""
    found = [free for free in (_of_system("MemAvailable:"), _group()) if free is not None]
    return min(found, default=None)


def check_fits(path: Path, header: Header, settings: Settings) -> None:
    """ModelError, with what helps, if a model will not fit into the memory that can be had."""
    need, there = needed(header, settings), available()
    if there is None or need.total <= there or settings.gpu_layers:
        return
    advice = ["close other programs", "choose a smaller model or a smaller quantization"]
    if need.cache + need.buffers > need.weights / 4:
        advice.insert(0, "ask for a shorter context (--n-ctx)")
    raise ModelError(
        f"{path}: needs about {mib(need.total)} of memory and {mib(there)} can be had: {mib(need.weights)} for the "
        f"model, {mib(need.cache)} for a cache of {settings.n_ctx} tokens, {mib(need.buffers)} to compute on; "
        f"{', or '.join(advice)}"
    )


def peak() -> int:
    """The most bytes that this process has held at once."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


class _Dimensions:
    """The sizes in a header, under its architecture's name."""

    def __init__(self, header: Header) -> None:
        self._metadata = header.metadata
        self._prefix = str(header.metadata["general.architecture"])

    def number(self, key: str) -> int:
        """0 where the header does not say, or says what is no size."""
        value = self._metadata.get(f"{self._prefix}.{key}")
        return max(0, value) if isinstance(value, int) else 0

    def per_layer(self, key: str) -> tuple[int, int] | None:
        """The sum over the layers and the largest of them: some models give one number for all, some a list. Nothing
        is made as long as a header claims that a model has layers: it may lie."""
        value = self._metadata.get(f"{self._prefix}.{key}")
        if isinstance(value, Array):
            numbers = [max(0, int(item)) for item in value.items if isinstance(item, int)]
            return (sum(numbers), max(numbers)) if numbers else None
        return (self.number(key) * self.number("block_count"), self.number(key)) if isinstance(value, int) else None

    @property
    def vocabulary(self) -> int:
        tokens = self._metadata.get("tokenizer.ggml.tokens")
        return tokens.count if isinstance(tokens, Array) else self.number("vocab_size")


def installed() -> int | None:
    """Bytes of memory that the machine has."""
    return _of_system("MemTotal:")


def group_limit() -> int | None:
    """Bytes that the control group of this process may hold together; None without a limit."""
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text().strip()
    except OSError:
        return None
    return int(limit) if limit.isdigit() else None


def _of_system(name: str) -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    found = [int(line.split()[1]) * 1024 for line in lines if line.startswith(name)]
    return found[0] if found else None


def _group() -> int | None:
    limit = group_limit()
    try:
        used = int(Path("/sys/fs/cgroup/memory.current").read_text())
    except (OSError, ValueError):
        return None
    return None if limit is None else max(0, limit - used)


def mib(size: int) -> str:
    return f"{size / 2**20:,.0f} MiB"
