"""A model file loaded for trial in a process of its own.

llama.cpp ends the whole process on some files whose header passes every check here. So a file that was never loaded
before is first loaded by a child, which also evaluates a token; only then by the process that has something to lose.
"""

from __future__ import annotations

import hashlib
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import platformdirs

from stage.errors import ModelError
from stage.inference.native import VERSION, Native
from stage.inference.prefixes import Row
from stage.inference.sampling import log_normalizer
from stage.inference.settings import Settings

PATIENCE = 60.0
"""Seconds that a small file may take; as many again for each `SLOWEST` times that many bytes."""
SLOWEST = 20_000_000
"""Bytes a second that a disk reads at least."""

_SETTINGS = Settings(n_ctx=256, keep=1, n_batch=32, n_seq_max=4, n_outputs=4, threads=1)
_SPARED = 2 * 2**30
"""Bytes of address space that a child may take beside three times its file."""


def attempt(path: Path, patience: float = PATIENCE) -> None:
    """Load a file in a child process and evaluate one token. ModelError if that fails, however it does: refused,
    aborted, crashed, out of memory or out of time."""
    limit = patience + path.stat().st_size / SLOWEST
    code = "import sys; from stage.inference.trial import child; sys.exit(child(sys.argv[1]))"
    env = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "GGML_NO_BACKTRACE": "1"}
    command = [sys.executable, "-P", "-c", code, str(path)]
    try:
        done = subprocess.run(command, capture_output=True, env=env, timeout=limit, check=False)
    except subprocess.TimeoutExpired as error:
        raise ModelError(f"{path}: could not be loaded for trial within {limit:.0f} s; {_REMEDY}") from error
    except OSError as error:
        raise ModelError(f"{path}: cannot be loaded for trial: {error.strerror}") from error
    if done.returncode == ModelError.exit_code:
        raise ModelError(done.stdout.decode("utf-8", "replace").strip())
    if done.returncode:
        how = f"by {_signal(-done.returncode)}" if done.returncode < 0 else f"with status {done.returncode}"
        last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2][:300]
        raise ModelError(f"{path}: the process that loaded it for trial ended {how} ({last or 'no word'}); {_REMEDY}")


_REMEDY = "it is damaged, or made for another version of llama.cpp: fetch it again or name another GGUF"


def check_loadable(path: Path) -> None:
    """`attempt` a file unless this very one passed before with this llama.cpp; that is remembered where it can be."""
    mark = platformdirs.user_cache_path("llm-stage", appauthor=False) / "tried" / _identity(path)
    if mark.exists():
        return
    attempt(path)
    try:
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
    except OSError:
        pass  # tried again next time


def child(name: str) -> int:
    """What the child does; its exit status."""
    path = Path(name)
    _restrain(3 * path.stat().st_size + _SPARED)
    try:
        native = Native(path, _SETTINGS)
        native.decode([Row(0, 0, [0], True)])
        log_normalizer(native.logits(0))  # refuses what is no numbers
    except ModelError as error:
        print(error)
        return ModelError.exit_code
    native.close()
    return 0


def _restrain(memory: int) -> None:
    """Let a header that lies about sizes take no memory that others need, and leave no core behind."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (held + memory, held + memory))


def _identity(path: Path) -> str:
    """Another name for every other state of a file, by what its folder says of it, and for every build."""
    seen = path.stat()
    told = f"{path.resolve()}\0{seen.st_size}\0{seen.st_mtime_ns}\0{seen.st_ino}\0{VERSION}"
    return hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
