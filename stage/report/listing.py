"""A run in the list of runs: two lines that fit the terminal, and a folder that can be copied from them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from textwrap import wrap
from typing import Any

from rich.cells import cell_len

from stage.report.safe import printable
from stage.report.text import WIDTH, cut


def run_lines(row: Mapping[str, Any], depth: int) -> list[str]:
    """The lines of one row of `stage runs`, ``depth`` steps below what it branches from. Only a folder may be longer
    than `WIDTH`: it is never shortened."""
    indent = "  " * depth
    forked = f"(after beat {row['beat']}) " if "beat" in row else ""
    first = f"{indent}{forked}{printable(row['folder'])}"
    for more in (row["state"], row.get("started", "")[:16].replace("T", " ")):
        longer = f"{first}  {more}"
        if more and (cell_len(longer) <= WIDTH or more == row["state"]):
            first = longer
    below = f"{indent}    "
    if "error" in row:
        return [first, *wrap(printable(row["error"]), WIDTH, initial_indent=below, subsequent_indent=below)]
    if "model" not in row:
        return [first]
    what = row.get("benchmark") or PurePath(row["scenario"]).name.removesuffix(".yaml")
    made = f", {row['context']}, seed {row['seed']}"
    room = WIDTH - len(below) - cell_len(printable(made)) - 2
    model = cut(row["model"], max(room // 2, room - cell_len(printable(what))))
    return [first, f"{below}{cut(what, room - cell_len(model))}, {model}{printable(made)}"]
