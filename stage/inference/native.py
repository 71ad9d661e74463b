"""llama.cpp's low-level interface as one small object: a model, a context, its cache and its vocabulary.

The only module that knows the native library. It keeps no books: which tokens lie in which sequence is its caller's
business, and what a sequence means is nobody's here. Nothing is written to stderr; what the library has to say is
kept for error messages.
"""

from __future__ import annotations

import ctypes
import os
import tempfile
import weakref
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stage.errors import ModelError
from stage.inference.arrangement import Run
from stage.inference.cache import NoRoomError
from stage.inference.prefixes import Row
from stage.inference.sampling import Logits
from stage.inference.settings import TILE, Settings, available_threads

if "OMP_WAIT_POLICY" not in os.environ:
    # read when the library is loaded: GNU OpenMP's threads otherwise spin so long for each other that a second busy
    # process halves the speed
    os.environ.setdefault("GOMP_SPINCOUNT", "5000")

import llama_cpp

_PAGE = 256
"""Cells come in so many."""
_WARNING, _ERROR, _CONTINUED = 3, 4, 5  # levels of ggml.h
_said: deque[str] = deque(maxlen=12)
_last_level = 0


@llama_cpp.llama_log_callback  # type: ignore[untyped-decorator]
def _listen(level: int, text: bytes, _: object) -> None:
    global _last_level
    _last_level = _last_level if level == _CONTINUED else level
    if _last_level in (_WARNING, _ERROR):
        _said.append(text.decode("utf-8", "replace").strip())


llama_cpp.llama_log_set(_listen, None)  # the module keeps the callback alive
llama_cpp.llama_backend_init()


def _what_was_said() -> str:
    words = "; ".join(line for line in _said if line)
    return words[-600:] or "the library gave no reason"


VERSION = str(llama_cpp.__version__)
SYSTEM = (llama_cpp.llama_print_system_info() or b"").decode("utf-8", "replace").strip()
"""What the library was built for, in its own words."""

REPACKS = "AMX_INT8 = 1" not in SYSTEM
"""Whether weights may be repacked for the processor. Builds with AMX tiles are known to crash in their matrix
product on some machines that announce them (llama.cpp issue 20824), so those keep the weights as they are."""


OFFLOADS = bool(llama_cpp.llama_supports_gpu_offload())
"""Whether this build can keep layers on a GPU."""


@contextmanager
def _overheard() -> Iterator[None]:
    """Keep what the library writes to stderr past its log (its grammar reader does) with what it logs."""
    with tempfile.TemporaryFile() as file:
        stderr = os.dup(2)
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
        file.seek(0)
        _said.extend(" ".join(line.split()) for line in file.read().decode("utf-8", "replace").splitlines())


def quantize(source: Path, target: Path, form: int) -> None:
    """Write the model of ``source`` to ``target`` with its weights in a format, by the library's number of it.

    ModelError if the library refuses; what it has written by then is left to the caller.
    """
    params = llama_cpp.llama_model_quantize_default_params()
    params.ftype, params.allow_requantize, params.nthread = form, True, available_threads()
    _said.clear()
    with _overheard():
        outcome = llama_cpp.llama_model_quantize(os.fsencode(source), os.fsencode(target), params)
    if outcome:
        raise ModelError(f"{source}: llama.cpp could not convert it (code {outcome}): {_what_was_said()}")


def _free(handles: dict[str, Any]) -> None:
    """Free what was made, last made first."""
    for name, free in (
        ("batch", llama_cpp.llama_batch_free),
        ("context", llama_cpp.llama_free),
        ("model", llama_cpp.llama_model_free),
    ):
        if name in handles:
            free(handles.pop(name))


class Native:
    """A loaded model with one context whose sequences share cells. Not to be used from two threads at once."""

    def __init__(self, path: Path, settings: Settings) -> None:
        self._handles: dict[str, Any] = {}
        self.close = weakref.finalize(self, _free, self._handles)
        _said.clear()
        model_params = llama_cpp.llama_model_default_params()
        model_params.n_gpu_layers = settings.gpu_layers
        model_params.use_extra_bufts = REPACKS
        self._model = llama_cpp.llama_model_load_from_file(os.fsencode(path), model_params)
        if not self._model:
            raise ModelError(f"{path}: llama.cpp cannot load it: {_what_was_said()}; try another GGUF or quantization")
        self._handles["model"] = self._model
        if llama_cpp.llama_model_has_encoder(self._model) or not llama_cpp.llama_model_has_decoder(self._model):
            raise ModelError(f"{path}: is not a model that continues text; name a causal language model")
        self._vocab = llama_cpp.llama_model_get_vocab(self._model)
        self.n_vocab: int = llama_cpp.llama_vocab_n_tokens(self._vocab)
        self._open_context(path, settings)

    def _open_context(self, path: Path, settings: Settings) -> None:
        self._live: set[int] = set()
        self._grown: set[int] = set()
        self._loose = False
        self._on_gpu = settings.gpu_layers > 0
        self._shelf: NDArray[np.uint8] = np.empty(0, np.uint8)
        slides = self.shares and llama_cpp.llama_model_n_swa(self._model) > 0
        self._guard = settings.n_seq_max if slides else None
        if slides and 0 < settings.n_ubatch < settings.n_batch:
            raise ModelError(f"{path}: with sliding-window attention n_ubatch is 0")
        fills = self.shares and settings.tiled
        self._filler = settings.n_seq_max + slides if fills else None
        self._n_ubatch = settings.n_ubatch or settings.n_batch
        cells = -(-settings.n_ctx // _PAGE) * _PAGE
        params = llama_cpp.llama_context_default_params()
        params.n_ctx = cells + fills * _PAGE
        params.n_batch = settings.n_batch + fills * TILE
        params.n_ubatch = self._n_ubatch
        params.n_seq_max = settings.n_seq_max + slides + fills
        params.n_outputs_max = max(min(settings.n_outputs, settings.n_batch), params.n_seq_max)
        params.n_outputs_max_per_seq = 0
        params.n_threads = settings.decode_threads or settings.threads
        params.n_threads_batch = settings.threads
        on, off = llama_cpp.LLAMA_FLASH_ATTN_TYPE_ENABLED, llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
        params.flash_attn_type = on if settings.tiled else off
        params.kv_unified = params.swa_full = True
        params.no_perf = True
        self._context = llama_cpp.llama_init_from_model(self._model, params)
        if not self._context:
            raise ModelError(
                f"{path}: no context of {settings.n_ctx} tokens for it: {_what_was_said()}; ask for a smaller one"
            )
        self._handles["context"] = self._context
        self._memory = llama_cpp.llama_get_memory(self._context)
        self._batch = llama_cpp.llama_batch_init(params.n_batch, 0, settings.n_seq_max)
        self._handles["batch"] = self._batch
        self.n_ctx: int = llama_cpp.llama_n_ctx(self._context) - fills * _PAGE

    @property
    def shares(self) -> bool:
        """Whether its cache can be forked in the middle; recurrent and hybrid models keep a state that cannot."""
        return not (llama_cpp.llama_model_is_recurrent(self._model) or llama_cpp.llama_model_is_hybrid(self._model))

    @property
    def fills_up(self) -> bool:
        """Whether batches of fewer tokens than a tile are filled up."""
        return self._filler is not None

    @property
    def n_params(self) -> int:
        return int(llama_cpp.llama_model_n_params(self._model))

    @property
    def n_ctx_train(self) -> int:
        return int(llama_cpp.llama_model_n_ctx_train(self._model))

    # the cache

    def decode(self, rows: Sequence[Row], hurried: bool = False) -> None:
        """Evaluate a batch, growing the cache by one cell per row. NoRoomError leaves everything as it was.

        Unless ``hurried`` (then no score may build on the rows) a batch of fewer rows than a tile is filled up with
        rows of a sequence that nobody reads, in cells that are set aside for them."""
        batch = self._batch
        added = [] if hurried else self._filling(len(rows), rows[0].token)
        batch.n_tokens = len(rows) + len(added)
        for i, row in enumerate((*rows, *added)):
            batch.token[i] = row.token
            batch.pos[i] = row.position
            batch.n_seq_id[i] = len(row.sequences)
            for j, sequence in enumerate(row.sequences):
                batch.seq_id[i][j] = sequence
            batch.logits[i] = row.wanted
        self._hold_all()
        _said.clear()
        outcome = llama_cpp.llama_decode(self._context, batch)
        if added:
            llama_cpp.llama_memory_seq_rm(self._memory, self._filler, -1, -1)
        self._grown.update(sequence for row in rows for sequence in row.sequences)
        if outcome == 1:
            raise NoRoomError
        if outcome:
            raise ModelError(f"llama.cpp could not evaluate {len(rows)} tokens (code {outcome}): {_what_was_said()}")

    def _filling(self, count: int, token: int) -> list[Row]:
        """Rows that make the last part of so many that are computed at once as large as a tile."""
        last = count % self._n_ubatch
        if self._filler is None or not 0 < last < TILE:
            return []
        return [Row(token, n, [self._filler]) for n in range(TILE - last)]

    def logits(self, row: int) -> Logits:
        """A view of the logits after row ``row`` of the last batch; good until the next one."""
        pointer = llama_cpp.llama_get_logits_ith(self._context, row)
        if not pointer:
            raise ModelError(f"llama.cpp has no logits for row {row}: {_what_was_said()}")
        return np.ctypeslib.as_array(pointer, shape=(self.n_vocab,))

    def copy(self, source: int, target: int, length: int) -> None:
        """Let sequence ``target``, which must be empty, share the first ``length`` cells of ``source``."""
        llama_cpp.llama_memory_seq_cp(self._memory, source, target, 0, length)
        self._live.add(target)

    def cut(self, sequence: int, length: int = 0) -> None:
        """Let go of all but the first ``length`` tokens of a sequence."""
        llama_cpp.llama_memory_seq_rm(self._memory, sequence, length, -1)
        self._loose = True
        if not length:
            self._live.discard(sequence)
            self._grown.discard(sequence)

    @property
    def arranges(self) -> bool:
        """Whether `move` may be used. With a sliding window the library leaves out of a saved sequence what its window has
        left; only attention in tiles, as processors compute it, is quicker for it."""
        return self.fills_up and self._guard is None and not self._on_gpu

    def move(self, runs: Sequence[Run]) -> None:
        """Lift runs out of the cache and lay them down again, one after the other, where the first cells are free, as
        they were to the bit. ModelError if the library refuses: what was lifted is lost then."""
        start, lifted = 0, []
        for run in runs:
            end = self._lift(run, start)
            lifted.append((run, start, end - start))
            start = end
        for run, at, size in lifted:
            if not llama_cpp.llama_state_seq_set_data(self._context, self._shelf_at(at), size, self._filler):
                raise ModelError(f"llama.cpp could not put cells back: {_what_was_said()}")
            for sequence in run.slots:
                llama_cpp.llama_memory_seq_cp(self._memory, self._filler, sequence, -1, -1)
            llama_cpp.llama_memory_seq_rm(self._memory, self._filler, -1, -1)

    def _lift(self, run: Run, start: int) -> int:
        """Take a run out of the cache and put it on the shelf, from there on; returns where it ends."""
        llama_cpp.llama_memory_seq_cp(self._memory, run.slots[0], self._filler, run.start, run.end)
        size = llama_cpp.llama_state_seq_get_size(self._context, self._filler)
        end = start + size
        if end > len(self._shelf):
            grown = np.empty(max(end, 2 * len(self._shelf)), np.uint8)
            grown[:start] = self._shelf[:start]
            self._shelf = grown
        if llama_cpp.llama_state_seq_get_data(self._context, self._shelf_at(start), size, self._filler) != size:
            raise ModelError(f"llama.cpp could not save cells: {_what_was_said()}")
        for sequence in (*run.slots, self._filler):
            llama_cpp.llama_memory_seq_rm(self._memory, sequence, run.start, run.end)
        return int(end)

    def _shelf_at(self, offset: int) -> Any:
        return ctypes.cast(self._shelf.ctypes.data + offset, ctypes.POINTER(ctypes.c_uint8))

    def clear(self) -> None:
        """Empty the cache, data and layout both, as if newly made."""
        llama_cpp.llama_memory_clear(self._memory, True)
        self._live.clear()
        self._grown.clear()

    def _hold_all(self) -> None:
        """With a sliding window, let one sequence that is never read hold every cell: the library takes back, unasked,
        cells that a single sequence holds and has moved beyond, and a fork further back would miss them."""
        if self._guard is None:
            return
        self._live |= self._grown
        if self._loose:
            llama_cpp.llama_memory_seq_rm(self._memory, self._guard, -1, -1)
        for sequence in self._live if self._loose else self._grown:
            llama_cpp.llama_memory_seq_cp(self._memory, sequence, self._guard, 0, -1)
        self._loose = False
        self._grown.clear()

    # the vocabulary

    @property
    def adds_bos(self) -> bool:
        return bool(llama_cpp.llama_vocab_get_add_bos(self._vocab)) and self.bos is not None

    @property
    def bos(self) -> int | None:
        token = int(llama_cpp.llama_vocab_bos(self._vocab))
        return token if token >= 0 else None

    @property
    def eos(self) -> int | None:
        token = int(llama_cpp.llama_vocab_eos(self._vocab))
        return token if token >= 0 else None

    def tokenize(self, text: str, special: bool) -> tuple[int, ...]:
        """The tokens of a text, nothing added; special tokens are recognised in it only if ``special``."""
        data = text.encode("utf-8", "replace")
        room = len(data) + 8
        while True:
            tokens = (llama_cpp.llama_token * room)()
            count = llama_cpp.llama_tokenize(self._vocab, data, len(data), tokens, room, False, special)
            if count >= 0:
                return tuple(tokens[:count])
            room = -count

    def piece(self, token: int, special: bool = False) -> bytes:
        """The bytes a token stands for; none for special ones unless ``special``."""
        room = 64
        while True:
            buffer = ctypes.create_string_buffer(room)
            size = llama_cpp.llama_token_to_piece(self._vocab, token, buffer, room, 0, special)
            if size >= 0:
                return buffer.raw[:size]
            room = -size

    def is_end(self, token: int) -> bool:
        """Whether the token ends a text or a turn."""
        return bool(llama_cpp.llama_vocab_is_eog(self._vocab, token))

    @cached_property
    def unspeakable(self) -> NDArray[np.bool_]:
        """Per token, whether it is neither text nor an end: control and unknown tokens."""
        kinds = llama_cpp.LLAMA_TOKEN_ATTR_CONTROL | llama_cpp.LLAMA_TOKEN_ATTR_UNKNOWN
        special = np.array(
            [llama_cpp.llama_vocab_get_attr(self._vocab, t) & kinds != 0 for t in range(self.n_vocab)], dtype=bool
        )
        for token in np.flatnonzero(special):
            special[token] = not self.is_end(int(token))
        return special

    def grammar(self, text: str) -> Grammar:
        """A grammar in GBNF with the rule ``root``, at its beginning."""
        _said.clear()
        with _overheard():
            sampler = llama_cpp.llama_sampler_init_grammar(self._vocab, text.encode("utf-8", "replace"), b"root")
        if not sampler:
            raise ModelError(f"the grammar cannot be read: {_what_was_said()}")
        return Grammar(sampler, self.n_vocab)


class Grammar:
    """What may come next in a text of a formal language."""

    def __init__(self, sampler: Any, n_vocab: int) -> None:
        self._sampler = sampler
        self.close = weakref.finalize(self, llama_cpp.llama_sampler_free, sampler)
        self._data = np.zeros(n_vocab, dtype=[("id", "<i4"), ("logit", "<f4"), ("p", "<f4")])
        self._ids = np.arange(n_vocab, dtype=np.int32)

    def restrict(self, logits: Logits) -> Logits:
        """The logits with minus infinity for every token that cannot come next."""
        self._data["id"] = self._ids
        self._data["logit"] = logits
        pointer = self._data.ctypes.data_as(ctypes.POINTER(llama_cpp.llama_token_data))
        candidates = llama_cpp.llama_token_data_array(pointer, len(self._data), -1, False)
        llama_cpp.llama_sampler_apply(self._sampler, ctypes.byref(candidates))
        restricted: Logits = self._data["logit"].copy()
        return restricted

    def accept(self, token: int) -> None:
        """Go on past a token, which must be one of those that can come next."""
        llama_cpp.llama_sampler_accept(self._sampler, token)
