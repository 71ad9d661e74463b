"""Where the stage is used: its folders, the terminal, and the environment."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import platformdirs

from stage.doctor.diagnosis import Diagnosis, Finding, at_home, without_secrets
from stage.inference.memory import mib
from stage.inference.models import models_dir

TOLD = (
    "HF_HOME", "HF_HUB_CACHE", "HF_ENDPOINT", "HF_HUB_OFFLINE", "HF_HUB_DISABLE_XET", "HF_HUB_DISABLE_IMPLICIT_TOKEN",
    "XDG_CACHE_HOME", "OMP_NUM_THREADS", "OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "CUDA_VISIBLE_DEVICES", "NO_COLOR",
    "TERM", "COLUMNS", "LANG", "LC_ALL", "PYTHONUTF8", "PYTHONIOENCODING", "TMPDIR",
)  # fmt: skip
"""Names in the environment whose values are told."""
KEPT_BACK = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
"""Names of which only is told whether they are set: they may hold what is secret."""
ROOM = 500 * 2**20
"""Bytes that a disk should have free: the converted built-in model and some runs."""


def folders(found: Diagnosis, runs: Path) -> dict[str, Any]:
    from huggingface_hub.constants import HF_HUB_CACHE

    places = {
        "cache": platformdirs.user_cache_path("llm-stage", appauthor=False),
        "models": models_dir(),
        "hub": Path(HF_HUB_CACHE),
        "runs": runs,
        "temporary": Path(tempfile.gettempdir()),
    }
    told = {}
    for name, folder in places.items():
        nearest = next(p for p in (folder.absolute(), *folder.absolute().parents) if p.exists())
        problem = _unwritable(nearest)
        free = shutil.disk_usage(nearest).free
        told[name] = f"{at_home(folder.absolute())} ({problem or 'writable'}, {mib(free)} free)"
        if problem:
            found.findings.append(
                Finding(
                    f"the folder {at_home(folder.absolute())} ({name}) is {problem}",
                    {
                        "runs": "name another with --runs",
                        "hub": "set HF_HOME to another",
                        "temporary": "set TMPDIR",
                    }.get(name, "set XDG_CACHE_HOME to a folder of your own; without it nothing is kept between runs"),
                    name == "hub",
                )
            )
        elif free < ROOM:
            found.findings.append(Finding(f"{at_home(nearest)} has only {mib(free)} free ({name})", "make room there"))
    return told


def _unwritable(folder: Path) -> str:
    """Why nothing can be put there; empty if something can."""
    if not folder.is_dir():
        return "not a folder"
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x")
    except OSError as error:
        return f"not writable: {error.strerror}"
    return ""


def terminal(found: Diagnosis) -> dict[str, Any]:
    encoding = getattr(sys.stdout, "encoding", None) or "unknown"
    if encoding.lower().replace("-", "") not in ("utf8", "unknown"):
        found.findings.append(
            Finding(f"the output is encoded as {encoding}: not every letter can be shown", "set PYTHONUTF8=1", True)
        )
    size = shutil.get_terminal_size()
    return {
        "stdout": "a terminal" if sys.stdout.isatty() else "not a terminal",
        "size": f"{size.columns} x {size.lines}",
        "colour": "no (NO_COLOR)" if os.environ.get("NO_COLOR") else "as the terminal has it",
        "encoding": encoding,
        "file names": sys.getfilesystemencoding(),
    }


def environment(found: Diagnosis) -> dict[str, Any]:
    told = {name: without_secrets(at_home(os.environ[name])) for name in TOLD if name in os.environ}
    hidden = [name for name in KEPT_BACK if name in os.environ or name.lower() in os.environ]
    return told | dict.fromkeys(hidden, "set (not shown)")
