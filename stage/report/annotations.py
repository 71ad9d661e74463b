"""Complaints about scenes for other programs, and how many there are. Knows nothing of terminals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stage.errors import Complaint, Severity
from stage.report.safe import printable


def as_github(complaint: Complaint) -> str:
    """A complaint as a workflow command of GitHub Actions, which shows it beside the line in a review."""
    kind = "notice" if complaint.severity is Severity.NOTE else str(complaint.severity)
    where = {"file": complaint.file, "line": complaint.line, "col": complaint.column, "title": complaint.rule}
    properties = ",".join(f"{key}={_escaped(str(value), ',:')}" for key, value in where.items() if value)
    return f"::{kind} {properties}::{_escaped(printable(complaint.whole))}"


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
            "message": c.whole,
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
