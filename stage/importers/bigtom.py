"""BigToM (Gandhi et al., NeurIPS 2023): short stories made from causal templates, whose conditions are cut out of five
sentences.

PATH is ``bigtom.csv`` or its folder: rows of nineteen fields, ``;`` between them, without a header. Every row gives, as
its authors' script does, the questions of three variables (forward belief, forward action, backward belief), each with
the initial belief shown (``1_``) or not (``0_``), in four conditions: true and false belief, and the two controls in
which something happens that is no matter. What is believed depends on what the sentences mean, so nothing is derived:
the conditions are passages with labels. The script's ``percept_to_belief`` is not made; the label it writes for that
cut is about an event that the cut leaves out. Where there is no ``bigtom.csv``, the conditions are read that the script
made (``0_forward_belief_false_belief/stories.csv``), one of them or the folder of all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from stage.errors import UsageError
from stage.importers.files import Torn, read_table, stem
from stage.importers.items import SHOWN, NotUnderstoodError, Reading, fits
from stage.importers.story import Asked, Imported, Passage

FIELDS = 19
SENTENCES = 5
BELIEF = 3
"""Which of the sentences, from 0, says what is believed at first."""


@dataclass(frozen=True)
class _Variable:
    """What is asked, where the answers of who is aware and who is not stand, and what tells whether he is aware."""

    name: str
    state: str
    question: int
    aware: int
    unaware: int
    clue: tuple[int, int]
    control: tuple[int, int]


VARIABLES = (
    _Variable("forward_belief", "belief", 5, 8, 11, clue=(1, 2), control=(16, 17)),
    _Variable("forward_action", "action", 7, 10, 13, clue=(1, 2), control=(16, 17)),
    _Variable("backward_belief", "belief", 5, 8, 11, clue=(3, 4), control=(4, 4)),
)
"""The field numbers of a row, from 0. Forwards the last sentence is a percept, backwards an action."""

RANDOM_EVENT = 15

CONDITIONS = "stories.csv"
"""The name of the file that the authors' script writes for each condition, in a folder that tells which it is."""
_CONDITION = re.compile(
    r"[01]_(?:forward|backward|percept_to)_(?P<state>belief|action|desire)"
    r"_(?P<condition>true_belief|false_belief|true_control|false_control)"
)


def read(path: Path) -> Imported:
    reading = Reading("bigtom")
    return reading.of(path, ("*.csv",), lambda file: _read(reading, file), ("bigtom*.csv", CONDITIONS))


def _read(reading: Reading, file: Path) -> None:
    if file.name.removesuffix(".gz") == CONDITIONS:
        _read_condition(reading, file)
        return
    for number, row in read_table(file, ";"):
        name = f"{stem(file)}:{number}"
        if isinstance(row, Torn) or (why := _flaw(row)):
            with reading.item(name):
                raise NotUnderstoodError(*((str(row), row.why) if isinstance(row, Torn) else (row[0], why)))
        else:
            for passage in _passages(name, row):
                reading.whole(passage)


def _read_condition(reading: Reading, file: Path) -> None:
    """The rows of a condition: a story as it was cut, a question, the right answer and the wrong one."""
    kind = file.parent.name
    match = fits(_CONDITION, kind)
    if match is None:
        raise UsageError(f"{file} lies in no folder of a condition, such as 0_forward_belief_false_belief")
    for number, row in read_table(file, ";"):
        with reading.item(f"{kind}:{number}") as name:
            if isinstance(row, Torn) or len(row) != 4 or not all(field.strip() for field in row):
                raise NotUnderstoodError(str(row)[:SHOWN], "a row has a story, a question and two answers")
            text, question, right, wrong = map(str.strip, row)
            is_belief = match["state"] == "belief"
            asked = Asked(
                name,
                kind,
                question,
                tuple(sorted((right, wrong))),
                right,
                order=1 if is_belief else None,
                state=match["state"],
                false_belief=match["condition"] == "false_belief",
            )
            reading.put(text, Passage(name, text, ()), asked)


def _flaw(row: Sequence[str]) -> str:
    """Why a row cannot be cut into conditions; empty where it can."""
    if len(row) != FIELDS:
        return f"a row has {FIELDS} fields, this one has {len(row)}"
    count = len(_sentences(row[0]))
    if count != SENTENCES:
        return f"a story has {SENTENCES} sentences, this one has {count}"
    empty = [i + 1 for i in range(RANDOM_EVENT + 3) if i != 14 and not row[i].strip()]
    return f"field {empty[0]} is empty" if empty else ""


def _sentences(story: str) -> list[str]:
    return [f"{s.strip()}." for s in story.split(".") if s.strip()]


def _passages(name: str, row: Sequence[str]) -> Iterator[Passage]:
    """The conditions of a row, one passage for each text that they make."""
    asked: dict[str, list[Asked]] = {}
    for variable in VARIABLES:
        for shown in (0, 1):
            for condition, text, is_aware in _conditions(variable, row, shown):
                kind = f"{shown}_{variable.name}_{condition}"
                options = (row[variable.aware].strip(), row[variable.unaware].strip())
                asked.setdefault(text, []).append(
                    Asked(
                        id=f"{name}:{kind}",
                        kind=kind,
                        text=row[variable.question].strip(),
                        options=options,
                        label=options[0] if is_aware else options[1],
                        order=1 if variable.state == "belief" else None,
                        state=variable.state,
                        false_belief=condition == "false_belief",
                    )
                )
    for number, (text, questions) in enumerate(asked.items(), 1):
        yield Passage(f"{name}.{number}", text, tuple(questions))


def _conditions(variable: _Variable, row: Sequence[str], shown: int) -> Iterator[tuple[str, str, bool]]:
    """Each condition with its text, and whether its label is the answer of who is aware of the event."""
    told = [s for i, s in enumerate(_sentences(row[0])) if shown or i != BELIEF]
    control = [*told[:-1], row[RANDOM_EVENT].strip()]
    aware, unaware = (row[i].strip() for i in variable.clue)
    noticed, missed = (row[i].strip() for i in variable.control)
    yield "true_belief", " ".join([*told, aware]), True
    yield "false_belief", " ".join([*told, unaware]), False
    yield "true_control", " ".join([*control, noticed]), False
    yield "false_control", " ".join([*control, missed]), False
