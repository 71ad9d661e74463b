"""ToMi (Le, Boureau & Nickel, EMNLP 2019): numbered sentences, each story repeated for each of its questions.

PATH is a ``.txt`` file, with the ``.trace`` of the same name beside it where there is one, or a folder of them. Coming
into a room shows what is in it, to everybody there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from stage.importers.files import files, read_text
from stage.importers.rooms import NotUnderstoodError, asked_of, story, thing_asked
from stage.importers.story import Imported, Question, Story, Unparsed
from stage.setting import Conventions, Reveals

CONVENTIONS = Conventions(entering=Reveals.EVERYTHING)

QUESTIONS = {
    "memory": re.compile(r"Where was the ([\w-]+) at the beginning\?"),
    "reality": re.compile(r"Where is the ([\w-]+) really\?"),
    "first_order": re.compile(r"Where will (\w+) (?:look|search) for the ([\w-]+)\?"),
    "second_order": re.compile(r"Where does (\w+) think that (\w+) (?:searches|looks) for the ([\w-]+)\?"),
}


def read(path: Path) -> Imported:
    stories: dict[tuple[str, ...], Story] = {}
    unparsed: list[Unparsed] = []
    items = 0
    for file in files(path, "*.txt"):
        traces = _traces(file)
        for number, (sentences, asked, label) in enumerate(_items(read_text(file)), 1):
            items += 1
            name = f"{file.stem}:{number}"
            try:
                told = stories.get(sentences) or story(name, sentences, CONVENTIONS)
                question = question_of(told, name, asked, label)
                question = _traced(question, traces[number - 1] if number <= len(traces) else "")
            except NotUnderstoodError as error:
                unparsed.append(Unparsed(name, error.sentence, error.why))
            else:
                stories[sentences] = replace(told, questions=(*told.questions, question))
    return Imported("tomi", items, tuple(stories.values()), tuple(unparsed))


def question_of(told: Story, name: str, asked: str, label: str) -> Question:
    """The question that a sentence puts about a story. Raises `NotUnderstoodError`."""
    for kind, pattern in QUESTIONS.items():
        if match := pattern.fullmatch(asked.strip()):
            *names, thing = match.groups()
            fluent = thing_asked(told, thing, asked)
            return Question(name, kind, asked, asked_of(told, names, asked), fluent, label, at_start=kind == "memory")
    raise NotUnderstoodError(asked, "no pattern fits the question")


def _items(text: str) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Sentences, question and label of each item; a line numbered 1 begins a story."""
    sentences: list[str] = []
    for line in text.splitlines():
        number, _, rest = line.strip().partition(" ")
        if not rest:
            continue
        if number == "1":
            sentences = []
        asked, tab, labels = rest.partition("\t")
        if tab:
            yield tuple(sentences), asked, labels.split("\t")[0].strip()
        else:
            sentences.append(rest)


def _traces(file: Path) -> list[str]:
    beside = file.with_suffix(".trace")
    return read_text(beside).splitlines() if beside.is_file() else []


def _traced(question: Question, trace: str) -> Question:
    """The trace names the kind of question next to last, and says of a belief whether it is other than what is so."""
    kind = trace.split(",")[-2] if trace.count(",") else ""
    if not kind:
        return question
    if not kind.startswith(question.kind):
        raise NotUnderstoodError(question.text, f"the trace calls this question {kind}")
    return replace(question, false_belief=not kind.endswith("_no_tom")) if kind.endswith("_tom") else question
