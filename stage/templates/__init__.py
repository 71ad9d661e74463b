"""Scenes to begin with: one commented file for each kind, in this folder."""

from __future__ import annotations

import os
from pathlib import Path

from stage.scenes.schema import FILE

TEMPLATES = ("false-belief", "secret", "lie", "heist", "improvised", "benchmark")


def begun(template: str, target: Path) -> str:
    """The text of a template for a file at ``target``, with the line from which editors learn the schema.

    The schema is named relative to the file where both lie below one project, else by its full path."""
    text = (Path(__file__).with_name(f"{template}.yaml")).read_text(encoding="utf-8")
    return f"# yaml-language-server: $schema={_schema_from(target.resolve().parent)}\n{text}"


def _schema_from(folder: Path) -> str:
    relative = os.path.relpath(FILE, folder)
    return relative if relative.count("..") <= 2 else str(FILE)
