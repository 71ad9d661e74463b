"""Complaints about scenes, as a compiler shows them: the line, a mark below the place, and what to do."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.text import Text

from stage.errors import Complaint, Severity
from stage.report.safe import printable

COLOURS = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.NOTE: "bold blue"}
WIDEST = 100
"""Characters that are shown of a line of a scene."""
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


def as_github(complaint: Complaint) -> str:
    """A complaint as a workflow command of GitHub Actions, which shows it beside the line in a review."""
    kind = "notice" if complaint.severity is Severity.NOTE else str(complaint.severity)
    where = {"file": complaint.file, "line": complaint.line, "col": complaint.column, "title": complaint.rule}
    properties = ",".join(f"{key}={_escaped(str(value), ',:')}" for key, value in where.items() if value)
    return f"::{kind} {properties}::{_escaped(printable(complaint.message))}"


def _escaped(text: str, also: str = "") -> str:
    for letter in f"%\r\n{also}":
        text = text.replace(letter, f"%{ord(letter):02X}")
    return text


def as_json(complaints: Iterable[Complaint], files: Sequence[str]) -> dict[str, Any]:
    rows: list[Mapping[str, Any]] = [
        {
            "file": c.file,
            "line": c.line,
            "column": c.column,
            "rule": c.rule,
            "severity": str(c.severity),
            "message": c.message,
        }
        for c in complaints
    ]
    return {"files": list(files), "complaints": rows}


def summary(complaints: Sequence[Complaint], files: int) -> str:
    """'2 scenes, 1 error, 3 warnings'; the word "complaints" where there are none."""
    counts = Counter(c.severity for c in complaints)
    parts = [_counted(counts[s], str(s)) for s in Severity if counts[s]] or ["0 complaints"]
    return ", ".join([_counted(files, "scene"), *parts])


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"
