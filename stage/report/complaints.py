"""Complaints about scenes, as a compiler shows them: the line, a mark below the place, and what to do."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.text import Text

from stage.errors import Complaint, Severity
from stage.report.safe import printable

COLOURS = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.NOTE: "bold blue"}
WIDEST = 72
"""Characters that are shown of a line of a scene: as many as fit beside its number."""
_TOKEN = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'|[^\s,:{}\[\]]+|\S")


def as_text(complaint: Complaint, lines: Sequence[str]) -> Text:
    """A complaint with the line of the file that it is about, ``lines`` being the file's."""
    place = f"{complaint.file}:{complaint.line}:{complaint.column}" if complaint.line else complaint.file
    text = Text.assemble(
        (printable(place), "bold"),
        ": ",
        (f"{complaint.severity}[{complaint.rule}]", COLOURS[complaint.severity]),
        f": {printable(complaint.message)}",
    )
    if 0 < complaint.line <= len(lines):
        text.append_text(_excerpt(complaint, lines[complaint.line - 1]))
    for step in complaint.because:
        text.append(f"\n  - {printable(step)}")
    return text


def _excerpt(complaint: Complaint, line: str) -> Text:
    """The line with a mark below what the complaint points at; a long line is cut around it."""
    start = complaint.column - 1
    token = _TOKEN.match(line, start)
    end = token.end() if token else start + 1
    first = max(0, min(start, end - WIDEST // 2)) if end > WIDEST else 0
    shown = printable(line[first : first + WIDEST])
    gutter = f"{complaint.line:>5} | "
    mark = " " * (start - first) + "^" * max(1, min(end, first + WIDEST) - start)
    return Text.assemble(f"\n{gutter}{shown}\n", " " * (len(gutter) - 2) + "| ", (mark, COLOURS[complaint.severity]))
