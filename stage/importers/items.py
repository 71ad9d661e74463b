"""Reading items: one that cannot be understood is listed with its sentence and why, and all others go on."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any

from stage.errors import UsageError
from stage.importers.files import Torn, below, files, preferred
from stage.importers.story import Asked, Imported, Passage, Question, Story, Unparsed

LONGEST = 1000
"""A sentence of more characters fits no pattern: those of the benchmarks have a tenth of it."""
MOST_SENTENCES = 500
"""A story of more sentences is none of a benchmark's: those have fewer than a hundred."""
SHOWN = 200
"""How much of an item is quoted where the item as a whole is meant."""


class NotUnderstoodError(Exception):
    """A sentence that fits no pattern, or cannot be so after those before it; or an item that lacks something."""

    def __init__(self, sentence: str, why: str) -> None:
        super().__init__(f"{why}: {sentence}")
        self.sentence = sentence
        self.why = why


def fits(pattern: re.Pattern[str], sentence: str) -> re.Match[str] | None:
    """The match of a pattern with a whole sentence."""
    return pattern.fullmatch(sentence) if len(sentence) <= LONGEST else None


def bounded(sentences: Sequence[str]) -> Sequence[str]:
    """The sentences, if a story can be as long. Raises `NotUnderstoodError`."""
    if len(sentences) > MOST_SENTENCES:
        raise NotUnderstoodError(sentences[MOST_SENTENCES], f"a story has no more than {MOST_SENTENCES} sentences")
    return sentences


@dataclass(frozen=True)
class Row:
    """One item as a file has it. Whatever is asked for and is not there, or is of another kind, makes the item not
    understood."""

    fields: Mapping[str, Any]

    @classmethod
    def of(cls, value: Any) -> Row:
        if isinstance(value, Torn):
            raise NotUnderstoodError(_quoted(value), f"the line is {value.why}")
        if not isinstance(value, Mapping):
            raise NotUnderstoodError(_quoted(value), "this is no item")
        return cls(value)

    def __str__(self) -> str:
        return _quoted(dict(self.fields))

    def has(self, name: str) -> bool:
        return self.fields.get(name) not in (None, "")

    def get(self, name: str) -> Any:
        if name not in self.fields:
            raise NotUnderstoodError(str(self), f"the item has no {name!r}")
        return self.fields[name]

    def text(self, *names: str) -> str:
        """The text of the first of these fields that is there."""
        name = next((n for n in names if n in self.fields), names[0])
        value = self.get(name)
        if not isinstance(value, str) or not value.strip():
            raise NotUnderstoodError(_quoted(value), f"the item's {name!r} is no text")
        return value.strip()

    def number(self, name: str) -> int:
        value = self.get(name)
        if isinstance(value, bool) or not isinstance(value, int):
            raise NotUnderstoodError(_quoted(value), f"the item's {name!r} is no number")
        return value

    def flag(self, name: str) -> bool:
        value = self.get(name)
        if not isinstance(value, bool):
            raise NotUnderstoodError(_quoted(value), f"the item's {name!r} is neither true nor false")
        return value

    def row(self, name: str) -> Row:
        value = self.get(name)
        if not isinstance(value, Mapping):
            raise NotUnderstoodError(_quoted(value), f"the item's {name!r} is no object")
        return Row(value)

    def list(self, name: str) -> Sequence[Any]:
        value = self.get(name)
        if not isinstance(value, list):
            raise NotUnderstoodError(_quoted(value), f"the item's {name!r} is no list")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        found = self.list(name)
        if not all(isinstance(f, str) for f in found):
            raise NotUnderstoodError(_quoted(found), f"the item's {name!r} is no list of texts")
        return tuple(f.strip() for f in found)


def _quoted(value: Any) -> str:
    text = str(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


@dataclass
class Reading:
    """What a file or folder has held so far."""

    format: str
    items: int = 0
    unparsed: list[Unparsed] = field(default_factory=list)
    left_aside: list[Unparsed] = field(default_factory=list)
    _stories: dict[Any, tuple[Story, list[Question]]] = field(default_factory=dict)
    _passages: dict[Any, tuple[Passage, list[Asked]]] = field(default_factory=dict)

    def item(self, name: str) -> _Item:
        """The context in which one item is read; it is counted, and listed if it is not understood."""
        self.items += 1
        return _Item(self, name)

    def listed(self, name: str) -> _Item:
        """The same for an item that is counted already."""
        return _Item(self, name)

    def story(self, key: Any, make: Callable[[], Story]) -> Story:
        """The story under a key, made where there is none yet."""
        return self._stories[key][0] if key in self._stories else make()

    def ask(self, key: Any, story: Story, question: Question) -> None:
        self._stories.setdefault(key, (story, []))[1].append(question)

    def put(self, key: Any, passage: Passage, asked: Asked) -> None:
        self._passages.setdefault(key, (passage, []))[1].append(asked)

    def whole(self, passage: Passage) -> None:
        """A passage with all its questions, each an item."""
        self.items += len(passage.questions)
        self._passages[passage.id] = (passage, list(passage.questions))

    def of(
        self, path: Path, patterns: Sequence[str], read: Callable[[Path], None], names: Sequence[str] = ()
    ) -> Imported:
        """Read a file, or those of a folder whose names fit ``patterns``: where some are of the benchmark's own
        ``names``, those alone; where none holds an item, those of its subfolders."""
        found, deeper = files(path, *patterns), preferred(below(path, *patterns), *names)
        deeper = [f for f in deeper if f not in found]
        self.each(preferred(found, *names), read, bool(deeper))
        return self.each(deeper, read) if deeper and not self.items else self.imported()

    def each(self, found: Sequence[Path], read: Callable[[Path], None], are_more: bool = False) -> Imported:
        """Read each of these files. One that cannot be read is left aside, unless it is the only one and there are no
        more."""
        for file in found:
            before = self.items
            try:
                read(file)
            except UsageError as error:
                if len(found) == 1 and not are_more:
                    raise
                self.left_aside.append(Unparsed(file.name, "", str(error)))
            else:
                if self.items == before:
                    self.left_aside.append(Unparsed(file.name, "", f"there are no items of format {self.format} in it"))
        return self.imported()

    def imported(self) -> Imported:
        stories = tuple(replace(s, questions=tuple(asked)) for s, asked in self._stories.values())
        passages = tuple(replace(p, questions=tuple(asked)) for p, asked in self._passages.values())
        return Imported(
            self.format, self.items, stories, tuple(self.unparsed), passages, left_aside=tuple(self.left_aside)
        )


@dataclass(frozen=True)
class _Item:
    reading: Reading
    name: str

    def __enter__(self) -> str:
        return self.name

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, NotUnderstoodError):
            return False
        self.reading.unparsed.append(Unparsed(self.name, error.sentence, error.why))
        return True
