"""ToMBench (Chen et al., ACL 2024): twenty tasks, each a file of short stories with questions to choose answers to, in
Chinese and in the English made from it.

PATH is one task's ``.jsonl``, or the folder of them. Every line is two items, ``zh`` and ``en``: the English is a
translation by machine, in which names and words drift within one item. The False Belief Task tells two kinds of set
stories, of where a thing is and of what is in a thing with a misleading label: these are read as events. All else, and
what drifts too far, is prose with a question.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stage.importers import tombench_contents, tombench_places
from stage.importers.files import read_rows, stem
from stage.importers.items import NotUnderstoodError, Reading, Row
from stage.importers.story import Asked, Imported, Passage, Question, Story, Unparsed

LETTERS = "ABCD"
LANGUAGES: Mapping[str, tuple[str, str, str]] = {
    "zh": ("故事", "问题", "选项{}"),
    "en": ("STORY", "QUESTION", "OPTION-{}"),
}
"""Where a row has the story, the question and, with a letter in it, the options."""

_NUMBERED = re.compile(r"^[A-D]\. ")


@dataclass(frozen=True)
class Item:
    """A row in one of its languages. ``ability`` is what it is said to test ("Belief: Location false beliefs")."""

    id: str
    language: str
    task: str
    text: str
    asked: str
    options: tuple[str, ...]
    label: str
    ability: str

    def as_prose(self, not_understood: Unparsed | None = None) -> Asked:
        return Asked(
            self.id,
            f"{self.language}/{self.task}",
            self.asked,
            self.options,
            self.label,
            order=2 if "second-order" in self.ability.lower() else None,
            state=self.ability.partition(":")[0].strip().lower(),
            not_understood=not_understood,
        )


Understand = Callable[[str, str, str, str, str, tuple[str, ...]], tuple[Any, Story, Question]]
"""From id, language, story, question, label and options to what tells the story from others, the story without
questions, and the question. Raises `NotUnderstoodError`."""

EVENTS: Mapping[str, Understand] = {
    "Location false beliefs": tombench_places.understood,
    "Content false beliefs": tombench_contents.understood,
}
"""By a word of the ability: how the set stories of it are read."""


def read(path: Path) -> Imported:
    reading = Reading("tombench")
    return reading.of(path, ("*.jsonl",), lambda file: _read(reading, file))


def _read(reading: Reading, file: Path) -> None:
    for number, value in read_rows(file):
        for language in LANGUAGES:
            with reading.item(f"{stem(file)}:{number}:{language}") as name:
                _ask(reading, _item(name, language, stem(file), Row.of(value)))


def _ask(reading: Reading, item: Item) -> None:
    understand = next((events for word, events in EVENTS.items() if word in item.ability), None)
    if understand is None:
        reading.put((item.task, item.text), Passage(item.id, item.text, ()), item.as_prose())
        return
    try:
        key, story, question = understand(item.id, item.language, item.text, item.asked, item.label, item.options)
    except NotUnderstoodError as error:
        asked = item.as_prose(Unparsed(item.id, error.sentence, error.why))
        reading.put((item.task, item.text), Passage(item.id, item.text, ()), asked)
    else:
        reading.ask(key, reading.story(key, lambda: story), question)


def _item(name: str, language: str, task: str, row: Row) -> Item:
    told_in, asked_in, option_in = LANGUAGES[language]
    text, asked = row.text(told_in), row.text(asked_in)
    options = dict(_options(row, option_in))
    letter = row.text(_field(row, "ANSWER")).rstrip(". ")
    if letter not in options:
        raise NotUnderstoodError(asked, f"the answer is {letter}, and there is no such option")
    ability = " ".join(row.text(_field(row, "ABILITY")).split())
    return Item(name, language, task, text, asked, tuple(options.values()), options[letter], ability)


def _options(row: Row, option_in: str) -> Iterator[tuple[str, str]]:
    """Two to four; where there are fewer, the rest is not a number."""
    for letter in LETTERS:
        value = row.get(option_in.format(letter))
        if isinstance(value, str) and value.strip():
            yield letter, _NUMBERED.sub("", value.strip())


def _field(row: Row, name: str) -> str:
    """The key with this English name; both languages stand in it, a line each."""
    return next((k for k in row.fields if k.endswith(name)), name)
