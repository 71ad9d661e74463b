"""Hi-ToM (He et al., Findings of EMNLP 2023): questions to the fourth order about rooms that people leave one by one,
half of the stories with claims, true and false, made afterwards.

PATH is ``Hi-ToM_data.json``, or a folder: of that file, or with one text an item as the authors' repository has them
(``Tell/MC/length_1/sample_1/order_0.txt``; MC is called VP elsewhere, CoT CoTP). The notes of its prompts give the
rules: a hearer trusts whoever left the room later than itself; the order of leaving is known to all; nobody else knows
of a private word.
"""

from __future__ import annotations

import re
from pathlib import Path

from stage.errors import UsageError
from stage.importers.files import files, read_json, read_text, stem, subfolder
from stage.importers.items import NotUnderstoodError, Reading, Row, fits
from stage.importers.rooms import asked_of, story, thing_asked
from stage.importers.story import Imported, Question, Story
from stage.world.setting import Conventions, Reveals, TrustRule

CONVENTIONS = Conventions(entering=Reveals.EVERYTHING, trust=TrustRule.LEFT_LATER)

_REALITY = re.compile(r"Where is the ([\w-]+) really\?")
_BELIEF = re.compile(r"Where does (\w+) (?:really )?think (?:(\w+ thinks(?: \w+ thinks)*) )?the ([\w-]+) is\?")
_INSTRUCTION = re.compile(r"Read the following story and answer .*|\*+|Story:")
_ITEM = re.compile(
    r"(?P<story>.*?)\nQuestion:(?P<question>[^\n]*)\nAnswer:(?P<answer>[^\n]*)\nChoices:(?P<choices>[^\n]*)(?:\n.*)?",
    re.DOTALL,
)
_PROMPTS = {"MC": "VP", "CoT": "CoTP"}
"""By the folders of the authors' repository."""


def read(path: Path) -> Imported:
    reading = Reading("hitom")
    found = files(subfolder(path, "Hi-ToM_data"), "*.json", "order_*.txt")
    return reading.each(found, lambda file: _read(reading, file))


def _read(reading: Reading, file: Path) -> None:
    if stem(file).startswith("order_"):
        with reading.item("/".join((*file.parts[-5:-1], stem(file)))) as name:
            _ask(reading, name, _row(file))
        return
    data = read_json(file)
    rows = data.get("data") if isinstance(data, dict) else data
    if not isinstance(rows, list):
        raise UsageError(f"{file} has no list of items, neither as a whole nor as its 'data'")
    for value in rows:
        named = value.get("sample_id") if isinstance(value, dict) else None
        with reading.item(str(reading.items + 1 if named is None else named)) as name:
            row = Row.of(value)
            _ask(reading, name, row)


def _ask(reading: Reading, name: str, row: Row) -> None:
    sentences = _sentences(row.text("story"))
    told = reading.story(sentences, lambda: story(name, sentences, CONVENTIONS))
    reading.ask(sentences, told, _question(told, name, row))


def _row(file: Path) -> Row:
    """The item that a file of its own holds, under the names of the one file; the folders tell the rest of it."""
    match = _ITEM.fullmatch(read_text(file).strip())
    if match is None:
        raise NotUnderstoodError(file.name, "the text has no story, Question, Answer and Choices")
    prompts = [_PROMPTS[part] for part in file.parts if part in _PROMPTS]
    return Row(
        match.groupdict()
        | {
            "prompting_type": prompts[-1] if prompts else "",
            "deception": "Tell" in file.parts,
            "question_order": int(order) if (order := stem(file).removeprefix("order_")).isdecimal() else -1,
        }
    )


def _sentences(text: str) -> tuple[str, ...]:
    """The numbered sentences; the instructions between which the prompts put them are no part of the story."""
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        number, _, rest = line.partition(" ")
        if number.isdigit():
            found.append(rest)
        elif not fits(_INSTRUCTION, line):
            raise NotUnderstoodError(line, "neither a numbered sentence nor an instruction")
    return tuple(found)


def _question(told: Story, name: str, row: Row) -> Question:
    asked = row.text("question")
    if match := fits(_REALITY, asked):
        names: list[str] = []
        thing = match[1]
    elif match := fits(_BELIEF, asked):
        names = [match[1], *(match[2] or "").replace(" thinks", "").split()]
        thing = match[3]
    else:
        raise NotUnderstoodError(asked, "no pattern fits the question")
    if len(names) != (order := row.number("question_order")):
        raise NotUnderstoodError(asked, f"this is no question of order {order}")
    half = f"{row.get('prompting_type')}/" if row.has("prompting_type") else ""
    kind = f"{half}order_{len(names)}" + "/deception" * row.flag("deception")
    options = tuple(re.sub(r"^[A-Z]\. ", "", o.strip()) for o in row.text("choices").split(", "))
    viewpoint = asked_of(told, names, asked)
    return Question(name, kind, asked, viewpoint, thing_asked(told, thing, asked), row.text("answer"), options)
