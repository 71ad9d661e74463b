"""ToMi (Le, Boureau & Nickel, EMNLP 2019): numbered sentences, each story repeated for each of its questions.

PATH is a ``.txt`` file, with the ``.trace`` of the same name beside it where there is one, or a folder of them. Coming
into a room shows what is in it, to everybody there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from stage.importers.files import lines, stem
from stage.importers.items import NotUnderstoodError, Reading, fits
from stage.importers.rooms import asked_of, story, thing_asked
from stage.importers.story import Imported, Question, Story, Unparsed
from stage.world.setting import Conventions, Reveals

CONVENTIONS = Conventions(entering=Reveals.EVERYTHING)

QUESTIONS = {
    "memory": re.compile(r"Where was the ([\w-]+) at the beginning\?"),
    "reality": re.compile(r"Where is the ([\w-]+) (?:really|now)\?"),
    "first_order": re.compile(r"Where will ([\w'-]+) (?:look|search) for the ([\w-]+)\?"),
    "second_order": re.compile(
        r"Where does ([\w'-]+) think (?:that )?([\w'-]+) (?:searches|looks|will search|will look) for the ([\w-]+)\?"
    ),
}


def read(path: Path) -> Imported:
    reading = Reading("tomi")
    return reading.of(path, ("*.txt",), lambda file: _read(reading, file))


def _read(reading: Reading, file: Path) -> None:
    beside = _beside(file)
    traces = [] if beside is None else list(lines(beside))
    left = iter(traces)
    questions = 0
    for number, (sentences, asked, label) in enumerate(_items(file), 1):
        questions += bool(asked)
        with reading.item(f"{stem(file)}:{number}") as name:
            trace = next(left, "") if asked else ""
            if not asked:
                raise NotUnderstoodError(sentences[-1], "no question with an answer follows; is the file whole?")
            told = reading.story(sentences, partial(story, name, sentences, CONVENTIONS))
            question = question_of(told, name, asked, label)
            reading.ask(sentences, told, _traced(question, trace))
    if beside is not None and len(traces) != questions:
        _tell_of_length(reading, file, beside, questions, len(traces))


def _tell_of_length(reading: Reading, file: Path, beside: Path, questions: int, told: int) -> None:
    """The trace of other length than its text is told with the first line that has no counterpart."""
    line = min(questions, told) + 1
    missing = f"the trace ends before this line, and {file.name} has {questions} questions"
    why = missing if told < questions else f"the trace goes on here, and {file.name} has only {questions} questions"
    reading.left_aside.append(Unparsed(f"{beside.name}:{line}", "", f"{why}; is each of the two files whole?"))


def question_of(told: Story, name: str, asked: str, label: str) -> Question:
    """The question that a sentence puts about a story. Raises `NotUnderstoodError`."""
    for kind, pattern in QUESTIONS.items():
        if match := fits(pattern, asked.strip()):
            *names, thing = match.groups()
            fluent = thing_asked(told, thing, asked)
            return Question(name, kind, asked, asked_of(told, names, asked), fluent, label, at_start=kind == "memory")
    raise NotUnderstoodError(asked, "no pattern fits the question")


def _items(file: Path) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Sentences, question and label of each item; a line numbered 1 begins a story, all others without a number are no
    part of one. A story without a question comes with an empty one."""
    sentences: list[str] = []
    is_asked = True
    for line in lines(file):
        number, _, rest = line.strip().partition(" ")
        if not number.isdecimal() or not rest.strip():
            continue
        if number == "1":
            if not is_asked:
                yield tuple(sentences), "", ""
            sentences, is_asked = [], False
        asked, tab, labels = rest.partition("\t")
        if tab:
            yield tuple(sentences), asked.strip(), labels.split("\t")[0].strip()
            is_asked = True
        else:
            sentences.append(rest.strip())
    if sentences and not is_asked:
        yield tuple(sentences), "", ""


def _beside(file: Path) -> Path | None:
    """The trace of a text, a line for each of its questions; None where there is none."""
    name = f"{stem(file)}.trace"
    return next((p for p in (file.with_name(name), file.with_name(f"{name}.gz")) if p.is_file()), None)


def _traced(question: Question, trace: str) -> Question:
    """The trace names the kind of question next to last, and says of a belief whether it is other than what is so."""
    kind = trace.split(",")[-2] if trace.count(",") else ""
    if not kind:
        return question
    if not kind.startswith(question.kind):
        raise NotUnderstoodError(question.text, f"the trace calls this question {kind}")
    return replace(question, false_belief=not kind.endswith("_no_tom")) if kind.endswith("_tom") else question
