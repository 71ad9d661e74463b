"""The files a user names: one file, or those of a folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from stage.errors import UsageError


def files(path: Path, pattern: str) -> list[Path]:
    """The file itself, or the files of a folder whose names fit, sorted; at least one."""
    found = sorted(p for p in path.glob(pattern) if p.is_file()) if path.is_dir() else [path]
    if not found:
        raise UsageError(f"there is no {pattern} in {path}")
    return found


def read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text: {error}") from error


def read_json(path: Path) -> Any:
    try:
        return json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise UsageError(f"{path} is not JSON: {error}") from error


def read_object(path: Path) -> dict[str, Any]:
    found = read_json(path)
    if not isinstance(found, dict):
        raise UsageError(f"{path} is not one JSON object")
    return found


def read_lines(path: Path) -> list[tuple[int, Any]]:
    """The JSON values of a file with one a line, each with its line number."""
    found = []
    for number, line in enumerate(read_text(path).splitlines(), 1):
        if line.strip():
            try:
                found.append((number, json.loads(line)))
            except json.JSONDecodeError as error:
                raise UsageError(f"{path}:{number} is not JSON: {error}") from error
    return found
