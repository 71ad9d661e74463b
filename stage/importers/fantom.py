"""FANToM (Kim et al., EMNLP 2023): conversations that people join and leave, and questions about who knows what was
said while somebody was out.

PATH is ``fantom_v1.json``, or its folder. A set of questions is about one piece of information. Its conversation is the
short one; answers that hold of the whole conversation only ("no:long") stand with the whole one. Nothing is derived.
The labels of a set are held against each other: who can answer, who has access to the information and whose belief is
of one who has (accessible) or has not (inaccessible) must be the same people throughout.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stage.importers.files import read_rows, stem
from stage.importers.items import NotUnderstoodError, Reading, Row
from stage.importers.story import Asked, Imported, Passage

YES, NO = "yes", "no"
LONG = "no:long"
"""No, in the whole conversation; in the short one the person does not appear."""
ONE_ROW = ("factQA", "answerabilityQA_list", "infoAccessibilityQA_list")
MANY_ROWS = ("beliefQAs", "answerabilityQAs_binary", "infoAccessibilityQAs_binary")

_WHOSE = re.compile(r"\b(?:[Dd]oes|[Dd]id|[Dd]o|[Ww]ould|[Ww]ill|[Ii]s|[Mm]ight|[Cc]ould) ([A-Z][\w'-]*)")


@dataclass(frozen=True)
class _Set:
    """What the questions of a set share: the information asked for, and the people whom its lists name."""

    id: str
    short: str
    whole: str
    fact: str
    information: str
    people: frozenset[str]


def read(path: Path) -> Imported:
    reading = Reading("fantom")
    return reading.of(path, ("*.json", "*.jsonl"), lambda file: _read(reading, file), ("fantom*",))


def _read(reading: Reading, file: Path) -> None:
    for number, value in read_rows(file):
        try:
            row = Row.of(value)
            about = _set(row, f"{stem(file)}:{number}")
        except NotUnderstoodError as error:
            with reading.item(f"{stem(file)}:{number}"):
                raise error
        else:
            for name, field, at in _places(row, about):
                with reading.item(name):
                    _ask(reading, about, _asked(name, field, _part(row, field, at), about))


def _set(row: Row, otherwise: str) -> _Set:
    name = row.text("set_id") if row.has("set_id") else otherwise
    fact = row.row("factQA")
    people: set[str] = set()
    for field in ONE_ROW[1:]:
        if row.has(field):
            people |= {*row.row(field).texts("correct_answer"), *row.row(field).texts("wrong_answer")}
    question = fact.text("question")
    return _Set(
        name,
        row.text("short_context"),
        row.text("full_context"),
        question,
        f"{question} {fact.text('correct_answer')}",
        frozenset(people),
    )


def _places(row: Row, about: _Set) -> Iterator[tuple[str, str, int]]:
    """The name of each question, and where it stands."""
    for field in ONE_ROW:
        if row.has(field):
            yield f"{about.id}:{field}", field, 0
    for field in MANY_ROWS:
        value = row.fields.get(field)
        for at in range(len(value) if isinstance(value, list) else value is not None):
            yield f"{about.id}:{field}:{at}", field, at


def _part(row: Row, field: str, at: int) -> Row:
    return row.row(field) if field in ONE_ROW else Row.of(row.list(field)[at])


def _ask(reading: Reading, about: _Set, asked: Asked) -> None:
    is_long = asked.label == LONG
    name, text = (f"{about.id}:whole", about.whole) if is_long else (about.id, about.short)
    reading.put((name, text), Passage(name, text, ()), asked)


def _asked(name: str, field: str, row: Row, about: _Set) -> Asked:
    kind = row.text("question_type") if row.has("question_type") else field
    question = row.text("question")
    match field:
        case "factQA":
            return Asked(name, kind, question, (), row.text("correct_answer"), order=0)
        case "beliefQAs":
            return _belief(name, kind, question, row, about)
        case "answerabilityQA_list" | "infoAccessibilityQA_list":
            return _list(name, kind, f"{_target(field, about)}\n{question}", row)
        case _:
            label = row.text("correct_answer")
            if label not in (YES, NO, LONG):
                raise NotUnderstoodError(question, f"the answer is {label}, neither {YES} nor {NO}")
            who = _whose(question, about)
            claims = ((f"{who} knows", NO if label == LONG else label),) if who else ()
            options = (YES, LONG) if label == LONG else (YES, NO)
            text = f"{_target(field, about)}\n{question}"
            return Asked(name, kind, text, options, label, 1, "knowledge", claims=claims)


def _target(field: str, about: _Set) -> str:
    return f"Target: {about.fact}" if field.startswith("answerability") else f"Information: {about.information}"


def _belief(name: str, kind: str, question: str, row: Row, about: _Set) -> Asked:
    right, wrong = row.text("correct_answer"), row.text("wrong_answer")
    nesting = row.text("tom_type") if row.has("tom_type") else ""
    order = 2 if nesting.startswith("second") else 1 if nesting.startswith("first") else None
    access = row.text("missed_info_accessibility") if row.has("missed_info_accessibility") else kind.rpartition(":")[2]
    if access not in ("accessible", "inaccessible"):
        raise NotUnderstoodError(question, "it is not said whether the information is accessible")
    knows = YES if access == "accessible" else NO
    who = _whose(question, about) if order == 1 else ""
    return Asked(
        name,
        f"{kind}/{nesting}" if nesting else kind,
        question,
        tuple(sorted((right, wrong))),
        right,
        order,
        "belief",
        false_belief=knows == NO,
        claims=((f"{who} knows", knows),) if who else (),
        amiss="" if f":{access}" in kind or "accessible" not in kind else f"it is called {access}, and of type {kind}",
    )


def _list(name: str, kind: str, text: str, row: Row) -> Asked:
    aware, unaware = row.texts("correct_answer"), row.texts("wrong_answer")
    both = sorted({*aware} & {*unaware})
    claims = [(f"{who} knows", YES) for who in aware] + [(f"{who} knows", NO) for who in unaware]
    amiss = f"{both[0]} is in the right and in the wrong answer" if both else ""
    return Asked(name, kind, text, (), ", ".join(aware), 1, "knowledge", claims=tuple(claims), amiss=amiss)


def _whose(question: str, about: _Set) -> str:
    """Whose mind is asked about, if it is one of the people of the set; else empty."""
    return next((who for who in _WHOSE.findall(question) if who in about.people), "")
