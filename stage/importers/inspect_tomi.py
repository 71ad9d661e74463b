"""ToMi items as Inspect AI ships them (``theory_of_mind.jsonl``): one item a line, story and question in one text.

PATH is the file, or a folder of ``.jsonl`` files. ``input`` is that text, or a list of chat messages with it.
"""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

from stage.importers.files import read_rows, stem
from stage.importers.items import NotUnderstoodError, Reading, Row
from stage.importers.rooms import story
from stage.importers.story import Imported
from stage.importers.tomi import CONVENTIONS, question_of

_BETWEEN = re.compile(r"(?<=[.?])\s+")
_UNENDED = re.compile(r"((?:likes|dislikes|loves|hates) the [\w-]+) (?=[A-Z])")
"""Sentences of taste have no full stop in ToMi, and here the next one follows on the same line."""


def read(path: Path) -> Imported:
    reading = Reading("inspect")
    return reading.of(path, ("*.jsonl",), lambda file: _read(reading, file), ("theory_of_mind*",))


def _read(reading: Reading, file: Path) -> None:
    for number, value in read_rows(file):
        with reading.item(f"{stem(file)}:{number}") as name:
            *sentences, asked = _sentences(Row.of(value))
            key = tuple(sentences)
            told = reading.story(key, partial(story, name, key, CONVENTIONS))
            reading.ask(key, told, question_of(told, name, asked, Row.of(value).text("target")))


def _sentences(row: Row) -> list[str]:
    """The sentences of an item, the question last. Raises `NotUnderstoodError`."""
    if not (row.has("input") and row.has("target")):
        raise NotUnderstoodError(str(row), "an item has an input and a target")
    said = row.get("input")
    if not isinstance(said, str):
        messages = [Row.of(m) for m in row.list("input")]
        said = " ".join(m.text("content") for m in messages if m.get("role") == "user")
    found = [s for s in _BETWEEN.split(_UNENDED.sub(r"\1. ", said.strip())) if s]
    if len(found) < 2:
        raise NotUnderstoodError(said, "an item has a story and a question")
    return found
