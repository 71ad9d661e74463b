"""ToMi items as Inspect AI ships them (``theory_of_mind.jsonl``): one item a line, story and question in one text.

PATH is the file, or a folder of ``.jsonl`` files. ``input`` is that text, or a list of chat messages with it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from stage.importers.files import files, read_lines
from stage.importers.rooms import NotUnderstoodError, story
from stage.importers.story import Imported, Story, Unparsed
from stage.importers.tomi import CONVENTIONS, question_of

_BETWEEN = re.compile(r"(?<=[.?])\s+")
_UNENDED = re.compile(r"((?:likes|dislikes|loves|hates) the [\w-]+) (?=[A-Z])")
"""Sentences of taste have no full stop in ToMi, and here the next one follows on the same line."""


def read(path: Path) -> Imported:
    stories: dict[tuple[str, ...], Story] = {}
    unparsed: list[Unparsed] = []
    items = 0
    for file in files(path, "*.jsonl"):
        for number, row in read_lines(file):
            items += 1
            name = f"{file.stem}:{number}"
            try:
                *sentences, asked = _sentences(row)
                told = stories.get(tuple(sentences)) or story(name, sentences, CONVENTIONS)
                question = question_of(told, name, asked, str(row["target"]))
            except NotUnderstoodError as error:
                unparsed.append(Unparsed(name, error.sentence, error.why))
            else:
                stories[tuple(sentences)] = replace(told, questions=(*told.questions, question))
    return Imported("inspect", items, tuple(stories.values()), tuple(unparsed))


def _sentences(row: Any) -> list[str]:
    """The sentences of an item, the question last. Raises `NotUnderstoodError`."""
    if not isinstance(row, dict) or "input" not in row or "target" not in row:
        raise NotUnderstoodError(str(row), "an item has an input and a target")
    said = row["input"]
    text = said if isinstance(said, str) else " ".join(str(m["content"]) for m in said if m.get("role") == "user")
    found = [s for s in _BETWEEN.split(_UNENDED.sub(r"\1. ", text.strip())) if s]
    if len(found) < 2:
        raise NotUnderstoodError(text, "an item has a story and a question")
    return found
