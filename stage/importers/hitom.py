"""Hi-ToM (He et al., Findings of EMNLP 2023): questions to the fourth order about rooms that people leave one by one,
half of the stories with claims, true and false, made afterwards.

PATH is ``Hi-ToM_data.json`` or its folder. The notes of its prompts give the rules: a hearer trusts whoever left the
room later than itself; the order of leaving is known to all; nobody else knows of a private word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from stage.errors import UsageError
from stage.importers.files import files, read_json
from stage.importers.rooms import NotUnderstoodError, asked_of, story, thing_asked
from stage.importers.story import Imported, Question, Story, Unparsed
from stage.setting import Conventions, Reveals, TrustRule

CONVENTIONS = Conventions(entering=Reveals.EVERYTHING, trust=TrustRule.LEFT_LATER)

_REALITY = re.compile(r"Where is the ([\w-]+) really\?")
_BELIEF = re.compile(r"Where does (\w+) (?:really )?think (?:(\w+ thinks(?: \w+ thinks)*) )?the ([\w-]+) is\?")
_INSTRUCTION = re.compile(r"Read the following story and answer .*|\*+|Story:")


def read(path: Path) -> Imported:
    stories: dict[tuple[str, ...], Story] = {}
    unparsed: list[Unparsed] = []
    items = 0
    for file in files(path, "*.json"):
        data = read_json(file)
        rows = data.get("data") if isinstance(data, dict) else data
        if not isinstance(rows, list):
            raise UsageError(f"{file} has no list of items, neither as a whole nor as its 'data'")
        for row in rows:
            items += 1
            name = str(row.get("sample_id", items)) if isinstance(row, dict) else str(items)
            try:
                if not isinstance(row, dict):
                    raise NotUnderstoodError(str(row), "this is no item")
                sentences = _sentences(str(row["story"]))
                told = stories.get(sentences) or story(name, sentences, CONVENTIONS)
                question = _question(told, name, row)
            except NotUnderstoodError as error:
                unparsed.append(Unparsed(name, error.sentence, error.why))
            except KeyError as error:
                unparsed.append(Unparsed(name, str(row), f"the item has no {error}"))
            else:
                stories[sentences] = replace(told, questions=(*told.questions, question))
    return Imported("hitom", items, tuple(stories.values()), tuple(unparsed))


def _sentences(text: str) -> tuple[str, ...]:
    """The numbered sentences; the instructions between which the prompts put them are no part of the story."""
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        number, _, rest = line.partition(" ")
        if number.isdigit():
            found.append(rest)
        elif not _INSTRUCTION.fullmatch(line):
            raise NotUnderstoodError(line, "neither a numbered sentence nor an instruction")
    return tuple(found)


def _question(told: Story, name: str, row: Mapping[str, Any]) -> Question:
    asked = str(row["question"]).strip()
    if match := _REALITY.fullmatch(asked):
        names: list[str] = []
        thing = match[1]
    elif match := _BELIEF.fullmatch(asked):
        names = [match[1], *(match[2] or "").replace(" thinks", "").split()]
        thing = match[3]
    else:
        raise NotUnderstoodError(asked, "no pattern fits the question")
    if len(names) != row["question_order"]:
        raise NotUnderstoodError(asked, f"this is no question of order {row['question_order']}")
    kind = f"{row['prompting_type']}/order_{len(names)}" + "/deception" * bool(row["deception"])
    options = tuple(re.sub(r"^[A-Z]\. ", "", o) for o in str(row["choices"]).split(", "))
    viewpoint = asked_of(told, names, asked)
    return Question(name, kind, asked, viewpoint, thing_asked(told, thing, asked), str(row["answer"]).strip(), options)
