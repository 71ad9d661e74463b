"""ToMATO (Shinoda et al., AAAI 2025): conversations of two models that played people and wrote down what they thought;
questions of the first and second order about what was thought at a line.

PATH is ``tomato.json`` or another file of the same rows, or the folder: of it ``tomato.json`` is read, which holds the
others, or where it is missing all of them. Nothing is derived; the fields of a row that say the same thing twice are
held against each other.
"""

from __future__ import annotations

import re
from pathlib import Path

from stage.importers.files import files, read_rows, stem
from stage.importers.items import NotUnderstoodError, Reading, Row
from stage.importers.story import Asked, Imported, Passage

WHOLE = "tomato.json"
OPTIONS = ("a0", "a1", "a2", "a3")

_ID = re.compile(r"(\d)\w\w-order-belief(?:-about-([a-z]+))?_.*")
"""The names of second-order questions say what they are about."""


def read(path: Path) -> Imported:
    reading = Reading("tomato")
    found = files(path, "tomato*.json", "tomato*.jsonl")
    whole = [f for f in found if f.name == WHOLE] or found
    return reading.each(whole, lambda file: _read(reading, file))


def _read(reading: Reading, file: Path) -> None:
    for number, value in read_rows(file):
        named = value.get("q_id") if isinstance(value, dict) else None
        with reading.item(named if isinstance(named, str) and named else f"{stem(file)}:{number}") as name:
            row = Row.of(value)
            text = row.text("conversation")
            reading.put(text, Passage(name, text, ()), _asked(name, row))


def _asked(name: str, row: Row) -> Asked:
    options = tuple(row.text(field) for field in OPTIONS)
    at, order, state = row.number("a_idx"), row.number("order"), row.text("mental_state")
    if not 0 <= at < len(options):
        raise NotUnderstoodError(str(at), f"the answer is one of {len(options)}, from 0")
    return Asked(
        name,
        f"{state}/order_{order}",
        row.text("q"),
        options,
        options[at],
        order,
        state,
        row.flag("false_belief"),
        amiss=_amiss(name, row, options[at], order, state),
    )


def _amiss(name: str, row: Row, label: str, order: int, state: str) -> str:
    """What the row says twice, and not the same each time; else empty."""
    if row.has("a_str") and (said := row.text("a_str")) != label:
        return f"the answer is given by its number and in words, which are another: {said}"
    match = _ID.fullmatch(name)
    if match and int(match[1]) != order:
        return f"the order is {order}, and by its name {match[1]}"
    if match and match[2] and match[2] != state:
        return f"it is about {state}, and by its name about {match[2]}"
    return ""
